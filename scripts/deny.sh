#!/usr/bin/env bash
# Licences, bans and sources of all dependencies, and their advisories where the advisory database can be fetched: of the
# workspace and of those beside it, which have lock files of their own.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v cargo-deny >/dev/null; then
  echo "cargo-deny is missing: cargo install --locked cargo-deny@0.20.2" >&2
  exit 1
fi
# What one workspace has no use for, another has.
unused=(--allow license-not-encountered --allow license-exception-not-encountered --allow advisory-not-detected)
deny() {
  cargo-deny --config deny.toml --locked --manifest-path "$1" check "${unused[@]}" "${@:2}"
}

checks=(bans licenses sources)
if cargo-deny --locked fetch db 2>/dev/null; then
  checks+=(advisories)
else
  echo "the advisory database cannot be fetched here: advisories are not checked" >&2
fi
for manifest in Cargo.toml datafusion/Cargo.toml fuzz/Cargo.toml; do
  echo "== $manifest"
  deny "$manifest" "${checks[@]}"
done
