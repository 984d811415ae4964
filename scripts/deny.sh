#!/usr/bin/env bash
# Licences, bans and sources of all dependencies, and their advisories where the advisory database can be fetched.
set -euo pipefail
cd "$(dirname "$0")/.."

if ! command -v cargo-deny >/dev/null; then
  echo "cargo-deny is missing: cargo install --locked cargo-deny@0.20.2" >&2
  exit 1
fi
cargo deny --locked --offline check bans licenses sources
if cargo deny --locked fetch db 2>/dev/null; then
  cargo deny --locked check advisories
else
  echo "the advisory database cannot be fetched here: advisories are not checked" >&2
fi
