#!/usr/bin/env bash
# Puts the server and a model on a virtual machine with systemd, or a newer one of either in their place.
#
# Usage: deploy/virtual-machine/install.sh [--dry-run] USER@HOST SERVER ARTIFACT
#
# SERVER is the built program (target/release/server), ARTIFACT a model. USER may use sudo there. Older models stay in
# /var/lib/canopy-models, and a running server takes the new one without a pause; it is begun again only when program or unit changed.
# --dry-run prints the commands and runs none.
set -euo pipefail
# shellcheck source=deploy/steps.sh
source "$(dirname "$0")/../steps.sh"

options "$@"
if ((${#arguments[@]} != 3)); then usage; fi
host=${arguments[0]} server=${arguments[1]} artifact=${arguments[2]}
named "$artifact"
needs_tool ssh
needs_tool scp
needs_file "$server"
needs_file "$artifact"
unit=$(dirname "$0")/canopy.service

folder=$(answer FOLDER ssh "$host" mktemp --directory)
step scp "$server" "$host:$folder/server"
step scp "$unit" "$host:$folder/canopy.service"
step scp "$artifact" "$host:$folder/"
# A file gets its name once it is whole: the running server looks into the folder.
step ssh "$host" "set -e
cd '$folder'
sudo install -d -m 755 /var/lib/canopy-models
sudo install -m 644 '$(basename "$artifact")' /var/lib/canopy-models/.incoming
sudo mv /var/lib/canopy-models/.incoming '/var/lib/canopy-models/$(basename "$artifact")'
changed=
if ! cmp --silent server /usr/local/bin/canopy-server; then
  sudo install -m 755 server /usr/local/bin/canopy-server.new
  sudo mv /usr/local/bin/canopy-server.new /usr/local/bin/canopy-server
  changed=1
fi
if ! cmp --silent canopy.service /etc/systemd/system/canopy.service; then
  sudo install -m 644 canopy.service /etc/systemd/system/canopy.service
  sudo systemctl daemon-reload
  changed=1
fi
sudo systemctl enable --now canopy
[ -z \"\$changed\" ] || sudo systemctl restart canopy
cd / && rm -r '$folder'
for _ in \$(seq 30); do
  /usr/local/bin/canopy-server --health-check && exit 0
  sleep 1
done
sudo systemctl status canopy --no-pager --lines 20
exit 1"
