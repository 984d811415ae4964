#!/usr/bin/env bash
# Asks a running server whether it does what its OpenAPI document says, once for each model.
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

# Starts the server on a free port and sets `url`.
start() {
  "$server" --model "$1" --bind 127.0.0.1:0 --log-format text 2>"$work/server.log" &
  pid=$!
  for _ in {1..100}; do
    url=$(grep -o 'http://127.0.0.1:[0-9]*' "$work/server.log" | head -n 1 || true)
    [[ -n $url ]] && return 0
    kill -0 "$pid" 2>/dev/null || break
    sleep 0.1
  done
  cat "$work/server.log"
  echo "the server does not start"
  return 1
}

# Compares one model's server with its document.
compare() {
  start "$1" || return 1
  "$venv/bin/python" -c 'import sys, urllib.request; sys.stdout.buffer.write(urllib.request.urlopen(sys.argv[1]).read())' \
    "$url/openapi.json" >"$work/openapi.json" || return 1
  "$venv/bin/openapi-spec-validator" --errors all "$work/openapi.json" || return 1
  "$venv/bin/st" run "$url/openapi.json" --checks all --phases examples,coverage,fuzzing,stateful \
    --max-examples "$examples" --seed "$seed" --no-color || return 1
}

passed=0
failed=0
for artifact in "$folder"/*.canopy; do
  name=$(basename "$artifact")
  if [[ -f $artifact ]] && compare "$artifact" >"$work/report.log" 2>&1; then
    passed=$((passed + 1))
    echo "ok      $name"
  else
    failed=$((failed + 1))
    echo "FAILED  $name"
    [[ ! -f $work/report.log ]] || cat "$work/report.log"
  fi
  stop
done
echo "conformance: $passed passed, $failed failed"
((failed == 0 && passed > 0))
