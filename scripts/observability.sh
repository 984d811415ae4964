#!/usr/bin/env bash
# Checks what Prometheus gets, with promtool: alert rules, their tests, and the page of a running server.
#
# Usage: scripts/observability.sh
#
# PROMTOOL names the program (in Debian's package prometheus); without it there is nothing to check with, and that is said.
# SERVER and TRAINER name the built programs (default: those in target/debug).
set -euo pipefail
cd "$(dirname "$0")/.."

promtool=${PROMTOOL:-promtool}
if ! command -v "$promtool" >/dev/null; then
  echo "observability: skipped, there is no promtool"
  exit 0
fi
server=${SERVER:-target/debug/server}
trainer=${TRAINER:-target/debug/trainer}
work=$(mktemp -d)
pid=
trap '[[ -z $pid ]] || kill "$pid" 2>/dev/null || true; rm -rf "$work"' EXIT

(
  cd deploy/observability
  "$promtool" check config --syntax-only prometheus.yml
  "$promtool" check rules alerts.yml
  "$promtool" test rules alerts.test.yml
)

"$trainer" train --conf configs/boston.json --set output.dir="$work/models" --quiet
"$server" --model-folder "$work/models" --bind 127.0.0.1:0 --admin-bind 127.0.0.1:0 --log-format text 2>"$work/server.log" &
pid=$!
url=
for _ in {1..100}; do
  url=$(grep -o 'http://127.0.0.1:[0-9]*' "$work/server.log" | head -n 1 || true)
  [[ -n $url ]] && break
  sleep 0.1
done
# The admin address, which has the metrics, is told before the main one.
admin=http://$(grep 'admin resources' "$work/server.log" | grep -o '127.0.0.1:[0-9]*' | head -n 1)
python3 - "$url" "$admin" "$work" <<'PYTHON'
import sys
import urllib.error
import urllib.request

url, admin, work = sys.argv[1:]


def ask(path, body=None, base=url, **headers):
    request = urllib.request.Request(base + path, data=body, headers=headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return answer.read()
    except urllib.error.HTTPError as error:
        return error.read()


ask("/predict", b"[0.00632,18,2.31,0,0.538,6.575,65.2,4.09,1,296,15.3,396.9,4.98]")
ask("/predict", b"[1]")
ask("/nowhere")
with open(f"{work}/metrics.txt", "wb") as page:
    page.write(ask("/metrics", base=admin))
PYTHON
"$promtool" check metrics <"$work/metrics.txt"
echo "observability: $(grep -c '^# TYPE' "$work/metrics.txt") metrics checked"
