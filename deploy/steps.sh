#!/usr/bin/env bash
# What the scripts in this folder share; they source it. A script says what it does in its own comment, which --help prints.
#
# With --dry-run a step is printed in place of being run, and neither tools nor secrets are needed.

dry_run=
arguments=()

# Takes the options off the command line; the rest is in `arguments`.
options() {
  local argument
  for argument in "$@"; do
    case $argument in
    --dry-run) dry_run=1 ;;
    -h | --help)
      told
      exit 0
      ;;
    -*) fail "unknown option $argument" ;;
    *) arguments+=("$argument") ;;
    esac
  done
}

# The comment at the head of the script.
told() {
  sed -n '2,/^[^#]/s/^# \{0,1\}//p' "$0"
}

usage() {
  sed -n 's/^# \(Usage: .*\)/\1/p' "$0" >&2
  exit 2
}

fail() {
  echo "$(basename "$0"): $*" >&2
  exit 2
}

# Refuses to begin without a program.
needs_tool() {
  [[ -n $dry_run ]] || command -v "$1" >/dev/null || fail "needs $1, which is not installed${2:+: $2}"
}

# Refuses to begin without a file.
needs_file() {
  [[ -n $dry_run || -f $1 ]] || fail "there is no file $1"
}

# Name and version of the model in the name of an artifact, in `model` and `version`.
named() {
  local file=${1##*/}
  [[ $file =~ ^([a-z0-9][a-z0-9_-]*)-v([0-9]+)-[0-9TZ]+\.canopy$ ]] ||
    fail "$file is no artifact: expected a name such as boston-v3-20261121T081500Z.canopy"
  # shellcheck disable=SC2034 # the scripts read them
  model=${BASH_REMATCH[1]} version=${BASH_REMATCH[2]}
}

# Waits until the server at an address is ready.
ready() {
  step curl --fail --silent --show-error --retry 30 --retry-delay 5 --retry-all-errors --output /dev/null "$1/health/ready"
}

# Removes a file or folder at the end, whatever comes.
clean_up() {
  [[ -n $dry_run ]] || leftovers+=("$1")
}
leftovers=()
trap '((${#leftovers[@]} == 0)) || rm -rf "${leftovers[@]}"' EXIT

# Refuses to begin without an environment variable.
needs_variable() {
  if [[ -n $dry_run ]]; then
    # Shown in its place.
    [[ -n ${!1:-} ]] || printf -v "$1" '%s' "<$1>"
  else
    [[ -n ${!1:-} ]] || fail "needs the environment variable $1: $2"
  fi
}

# Runs a command, or prints it.
step() {
  if [[ -n $dry_run ]]; then
    shown "$@"
  else
    "$@"
  fi
}

# Runs a command that reads a secret from standard input, or prints it. The secret is the value of a variable and never printed.
step_with_secret() {
  local variable=$1
  shift
  if [[ -n $dry_run ]]; then
    echo "printf '%s' \"\$$variable\" | $(shown "$@")"
  else
    printf '%s' "${!variable}" | "$@"
  fi
}

# The answer of a command; its name where it is only printed.
answer() {
  local name=$1
  shift
  if [[ -n $dry_run ]]; then
    shown "$@" >&2
    echo "<$name>"
  else
    "$@"
  fi
}

# A command as a shell would read it.
shown() {
  local words=() word
  for word in "$@"; do
    # What is left open is shown as it is.
    if [[ $word =~ ^[A-Za-z0-9_@%+=:,./\<\>{}\*-]+$ ]]; then
      words+=("$word")
    else
      words+=("'${word//\'/\'\\\'\'}'")
    fi
  done
  echo "${words[*]}"
}
