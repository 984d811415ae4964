#!/usr/bin/env bash
# Checks which crate reaches which: the arrows of ARCHITECTURE.md, those that must be there and those that must not.
# Only what ships counts, so development dependencies are left out.
set -euo pipefail
cd "$(dirname "$0")/.."

declare -A reached
failures=0

# Names of all packages that a crate reaches, itself left out.
reaches() {
  local crate=$1
  if [[ -z ${reached[$crate]:-} ]]; then
    reached[$crate]=$(cargo tree --locked --package "$crate" --edges normal,build --prefix none --format '{p}' |
      tail -n +2 | cut -d ' ' -f 1 | sort -u)
  fi
}

must_reach() {
  local crate=$1 other
  shift
  reaches "$crate"
  for other in "$@"; do
    if ! grep -qxF "$other" <<<"${reached[$crate]}"; then
      echo "$crate must reach $other, but does not" >&2
      failures=$((failures + 1))
    fi
  done
}

must_not_reach() {
  local crate=$1 other
  shift
  reaches "$crate"
  for other in "$@"; do
    if grep -qxF "$other" <<<"${reached[$crate]}"; then
      echo "$crate must not reach $other:" >&2
      cargo tree --locked --package "$crate" --edges normal,build --invert "$other" >&2 || true
      failures=$((failures + 1))
    fi
  done
}

must_reach trainer drift forest-learner forest-onnx forest model-core registry
must_reach drift model-core
must_reach registry model-core
must_reach forest-onnx forest model-core
must_reach forest-learner forest model-core
must_reach forest model-core
must_reach server drift forest inference-proto model-core registry

must_not_reach model-core forest forest-learner forest-onnx trainer server csv actix-web rand rand_chacha rayon linfa ndarray
must_not_reach forest forest-learner forest-onnx trainer server csv actix-web rand rand_chacha linfa
must_not_reach forest-learner forest-onnx trainer server csv actix-web
must_not_reach forest-onnx forest-learner trainer server csv actix-web linfa
must_not_reach drift forest forest-learner forest-onnx registry trainer server csv actix-web rand rand_chacha rayon linfa
must_not_reach registry forest forest-learner forest-onnx trainer server csv actix-web linfa
must_not_reach trainer server inference-proto actix-web utoipa
must_not_reach inference-proto model-core forest forest-learner forest-onnx trainer server prost-build protox hyper
must_not_reach server prost-build protox forest-learner forest-onnx trainer linfa linfa-trees linfa-ensemble

# SQL on clusters is a workspace of its own, larger than all the rest. What the lock files hold is enough to know, and is at hand.
locked() { grep -qxF "name = \"$2\"" "$1"; }
for other in forest model-core; do
  if ! locked datafusion/Cargo.lock "$other"; then
    echo "datafusion must reach $other, but does not" >&2
    failures=$((failures + 1))
  fi
done
for other in trainer server forest-learner actix-web linfa; do
  if locked datafusion/Cargo.lock "$other"; then
    echo "datafusion must not reach $other, but datafusion/Cargo.lock holds it" >&2
    failures=$((failures + 1))
  fi
done
for other in datafusion ballista arrow-array; do
  if locked Cargo.lock "$other"; then
    echo "the main workspace must not reach $other, but Cargo.lock holds it" >&2
    failures=$((failures + 1))
  fi
done

if ((failures > 0)); then
  echo "$failures arrows are wrong; ARCHITECTURE.md shows the right ones" >&2
  exit 1
fi
echo "crate arrows are right"
