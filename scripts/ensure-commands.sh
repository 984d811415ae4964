#!/usr/bin/env bash
# Makes sure that commands exist, and installs the Debian package of each missing one.
# Usage: scripts/ensure-commands.sh make cc python3-venv ...
set -euo pipefail

present() {
  case $1 in
  # Debian ships python3 without the part that makes an environment with pip in it.
  python3-venv) python3 -c 'import venv, ensurepip' 2>/dev/null ;;
  # Elsewhere the same browser has other names.
  chromium) [[ -n ${CHROMIUM:-} ]] || { command -v chromium || command -v chromium-browser || command -v google-chrome || [[ -d "/Applications/Google Chrome.app" ]]; } >/dev/null ;;
  *) command -v "$1" >/dev/null ;;
  esac
}

packages=()
for command in "$@"; do
  if ! present "$command"; then
    case $command in
    cc) packages+=(gcc libc6-dev) ;;
    node) packages+=(nodejs) ;;
    c++) packages+=(g++) ;;
    promtool) packages+=(prometheus) ;;
    *) packages+=("$command") ;;
    esac
  fi
done
if ((${#packages[@]} == 0)); then
  exit 0
fi

as_root=()
if ((EUID != 0)); then
  as_root=(sudo --non-interactive)
fi
if ! command -v apt-get >/dev/null || { ((EUID != 0)) && ! sudo --non-interactive true 2>/dev/null; }; then
  echo "missing: ${packages[*]}; install them with your system's package manager" >&2
  exit 1
fi
echo "installing ${packages[*]}"
# One at a time.
exec 9<"$0"
flock 9
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -qq --yes --no-install-recommends "${packages[@]}" >/dev/null
