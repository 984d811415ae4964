#!/usr/bin/env bash
# Trains one model on a Slurm cluster: N tasks that grow a part of the trees each, and one behind them that merges.
#
# Usage: deploy/training/slurm-submit.sh [--dry-run] CONFIG SHARDS MODELS N
#
# CONFIG and its data, the folder SHARDS and the folder MODELS are on a file system that all nodes see. TRAINER names the program
# (default: trainer). --dry-run prints the commands and runs none.
set -euo pipefail
# shellcheck source=deploy/steps.sh
source "$(dirname "$0")/../steps.sh"

options "$@"
if ((${#arguments[@]} != 4)); then usage; fi
config=${arguments[0]} shards=${arguments[1]} models=${arguments[2]} count=${arguments[3]}
[[ $count =~ ^[1-9][0-9]*$ ]] || fail "N is $count, expected the number of shards"
needs_tool sbatch
here=$(dirname "$0")

job=$(answer "JOB" sbatch --parsable "--array=1-$count" "$here/slurm-shards.sbatch" "$config" "$shards")
# A cluster's name may stand behind the number.
step sbatch "--dependency=afterok:${job%%;*}" "$here/slurm-merge.sbatch" "$config" "$shards" "$models" "$count"
