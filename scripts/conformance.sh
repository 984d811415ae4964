#!/usr/bin/env bash
# Asks a running server whether it does what its OpenAPI document says, once for each model. Two of the models are asked once more
# on a server that needs API keys: by each way to show one that its document names, and with a key that lacks a scope.
#
# Usage: scripts/conformance.sh [FOLDER]
#
# FOLDER holds the artifacts (*.canopy); without one, every config in configs/ whose data is here is trained into a
# temporary folder first.
# SERVER and TRAINER name the programs (default: those in target/debug), EXAMPLES how many requests are drawn for each
# operation, SEED where drawing begins. The Python packages come from scripts/conformance-requirements.txt.
set -euo pipefail
cd "$(dirname "$0")/.."

server=${SERVER:-target/debug/server}
trainer=${TRAINER:-target/debug/trainer}
examples=${EXAMPLES:-30}
seed=${SEED:-1}
venv=.venv
work=$(mktemp -d)
pid=

stop() {
  if [[ -n $pid ]]; then
    kill "$pid" 2>/dev/null || true
    wait "$pid" || true
    pid=
  fi
}
trap 'stop; rm -rf "$work"' EXIT

if [[ ! -x $venv/bin/st || ! -x $venv/bin/openapi-spec-validator ]]; then
  [[ -x $venv/bin/pip ]] || python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --requirement scripts/conformance-requirements.txt
fi

folder=${1:-$work/artifacts}
if (($# == 0)); then
  for config in configs/*.json; do
    [[ $config == *.schema.json ]] && continue
    data=$("$venv/bin/python" -c 'import json, sys; print(json.load(open(sys.argv[1]))["data"]["path"])' "$config")
    if [[ ! -f $data ]]; then
      echo "skipped $config: its data, $data, is not here"
      continue
    fi
    "$trainer" train --conf "$config" --set output.dir="$folder" --quiet >"$work/train.log" 2>&1 || {
      cat "$work/train.log"
      echo "cannot train $config"
      exit 1
    }
  done
  # A second version of one of them, with intervals.
  "$trainer" train --conf configs/boston.json --set model.interval=0.9 --set output.dir="$folder" --quiet
fi

# Starts the server of a model on a free port, with further options, and sets `url`.
start() {
  # The log of the server before must be gone when this one is looked for, which may not run yet.
  rm -f "$work/server.log"
  "$server" --model "$1" --bind 127.0.0.1:0 --log-format text "${@:2}" 2>"$work/server.log" &
  pid=$!
  for _ in {1..100}; do
    url=$(grep -s -o 'http://127.0.0.1:[0-9]*' "$work/server.log" | head -n 1 || true)
    [[ -n $url ]] && return 0
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  cat "$work/server.log"
  echo "the server does not start"
  return 1
}

# Compares the running server with its document, which a key may be needed for, by a config of Schemathesis.
compare() {
  curl --silent --show-error --fail --header "X-API-Key: ${2:-}" "$url/openapi.json" \
    >"$work/openapi.json" || {
    cat "$work/server.log"
    echo "$url gives no document"
    return 1
  }
  "$venv/bin/openapi-spec-validator" --errors all "$work/openapi.json" || return 1
  "$venv/bin/st" --config-file "$1" run "$work/openapi.json" --url "$url" --checks all \
    --phases examples,coverage,fuzzing,stateful --max-examples "$examples" --seed "$seed" --no-color || return 1
}

open_to_all() {
  start "$1" || return 1
  compare schemathesis.toml
}

# Makes a key of this name and these scopes, and gives it.
new_key() {
  "$server" --new-api-key "$1" --scopes "$2" --api-keys-file "$work/keys" | head -n 1
}

# The same with keys. Schemathesis leaves the key away and sends wrong ones by itself, and knows from the document how to show it.
behind_keys() {
  rm -f "$work/keys"
  local key lacking
  key=$(new_key all predict,metadata) && lacking=$(new_key lacking metadata) || return 1
  start "$1" --api-keys-file "$work/keys" || return 1
  for way in "bearer.bearer=$key" "apiKey.api_key=$key" "apiKey.api_key=$lacking"; do
    echo "== ${way%=*}"
    {
      cat schemathesis.toml
      printf '\n[auth.openapi.%s]\n%s = "%s"\n' "${way%%.*}" "$(expr "$way" : '[^.]*\.\([^=]*\)')" "${way#*=}"
    } >"$work/schemathesis.toml"
    compare "$work/schemathesis.toml" "$key" || return 1
  done
}

# Tries one comparison of a model, and counts it.
try() {
  local name
  name="$(basename "$2")${3:-}"
  if [[ -f $2 ]] && "$1" "$2" >"$work/report.log" 2>&1; then
    passed=$((passed + 1))
    echo "ok      $name"
  else
    failed=$((failed + 1))
    echo "FAILED  $name"
    [[ ! -f $work/report.log ]] || cat "$work/report.log"
  fi
  stop
}

passed=0
failed=0
for artifact in "$folder"/*.canopy; do
  try open_to_all "$artifact"
done
# A regression and a classification are enough: what keys open does not depend on the model.
for artifact in "$folder"/boston-v1-*.canopy "$folder"/iris-v1-*.canopy; do
  [[ ! -f $artifact ]] || try behind_keys "$artifact" ", behind keys"
done
echo "conformance: $passed passed, $failed failed"
((failed == 0 && passed > 0))
