#!/usr/bin/env bash
# Retrains models that changed: scripts/retrain.sh TRAINER FOLDER CONFIG...
# FOLDER is the registry; its reports of this run are put together in FOLDER/reports/latest.md. The exit code is the highest of all.
set -euo pipefail
trainer=$1 folder=$2
shift 2

mkdir -p "$folder/reports"
latest=$folder/reports/latest.md
: >"$latest"
worst=0
for config in "$@"; do
  code=0
  outcome=$("$trainer" retrain --conf "$config" --set "output.dir=$folder" --json) || code=$?
  if ((code > worst)); then worst=$code; fi
  report=$(sed -n 's/^  "report": "\(.*\)"$/\1/p' <<<"$outcome")
  if [[ -n $report ]]; then
    cat "$report" >>"$latest"
  elif ((code == 0)); then
    echo "$config: nothing has changed." >>"$latest"
  else
    echo "$config: failed with exit code $code; the log of the run says why. The champion stays." >>"$latest"
  fi
  echo >>"$latest"
  echo "$config: exit code $code"
done
exit "$worst"
