#!/usr/bin/env bash
# What a new machine does first: it gets a container engine, and serves the image at every start. ec2.sh fills in the names between @.
set -euo pipefail

dnf install --assumeyes docker
systemctl enable --now docker
aws ecr get-login-password --region '@REGION@' | docker login '@REGISTRY@' --username AWS --password-stdin
docker run --detach --name canopy --restart unless-stopped --publish 80:8000 \
  --env PORT=8000 --env ADMIN_BIND=off --env LOG_FORMAT=json \
  --memory 768m --read-only --cap-drop ALL --security-opt no-new-privileges '@IMAGE@'
