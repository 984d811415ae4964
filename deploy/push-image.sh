#!/usr/bin/env bash
# Builds the image of one artifact and pushes it to a container registry, as canopy-NAME:VERSION.
#
# Usage: deploy/push-image.sh [--dry-run] ARTIFACT
#
# ARTIFACT is a file of the registry of models, such as registry/boston-v3-20261121T081500Z.canopy.
# REGISTRY is where images go, such as ghcr.io/example; REGISTRY_USER and REGISTRY_TOKEN are who pushes there.
# --dry-run prints the commands and runs none.
set -euo pipefail
# shellcheck source=deploy/steps.sh
source "$(dirname "$0")/steps.sh"

options "$@"
if ((${#arguments[@]} != 1)); then usage; fi
artifact=${arguments[0]}
named "$artifact"
needs_tool docker
needs_file "$artifact"
needs_variable REGISTRY "where images go, such as ghcr.io/example"
needs_variable REGISTRY_USER "the user who pushes"
needs_variable REGISTRY_TOKEN "a token of this user"
[[ -n $dry_run ]] || artifact=$(realpath "$artifact")
cd "$(dirname "$0")/.."

image=canopy-$model:$version
models=$(answer FOLDER mktemp --directory)
clean_up "$models"
step mkdir "$models/models"
step cp "$artifact" "$models/models/"
# The folder takes the place of the stage that would train a model.
step docker buildx build --load --build-context "model=$models" --build-arg "MODEL_VERSION=$version" \
  --build-arg "VERSION=$version" --tag "$image" .
step_with_secret REGISTRY_TOKEN docker login "${REGISTRY%%/*}" --username "$REGISTRY_USER" --password-stdin
step docker tag "$image" "$REGISTRY/$image"
step docker push "$REGISTRY/$image"
