#!/usr/bin/env bash
# Runs an image as an Azure Web App for Containers: makes the group, the plan and the app where they are not there, and gives the app the image.
#
# Usage: deploy/azure-web-app.sh [--dry-run] IMAGE APP
#
# IMAGE is what push-image.sh pushed, such as ghcr.io/example/canopy-boston:3; APP is the name of the app, and of APP.azurewebsites.net.
# AZURE_GROUP and AZURE_LOCATION say where. REGISTRY_USER and REGISTRY_TOKEN are who may pull; without them the image is public.
# `az login` comes before. --dry-run prints the commands and runs none.
set -euo pipefail
# shellcheck source=deploy/steps.sh
source "$(dirname "$0")/steps.sh"

options "$@"
if ((${#arguments[@]} != 2)); then usage; fi
image=${arguments[0]} app=${arguments[1]}
needs_tool az "Azure's command line, https://aka.ms/azure-cli"
needs_variable AZURE_GROUP "the resource group, such as predictions"
needs_variable AZURE_LOCATION "a region, such as westeurope"
if [[ -n ${REGISTRY_USER:-}${REGISTRY_TOKEN:-} ]]; then
  needs_variable REGISTRY_USER "who may pull the image"
  needs_variable REGISTRY_TOKEN "a token of this user"
fi

step az group create --name "$AZURE_GROUP" --location "$AZURE_LOCATION" --output none
# B1 has 1.75 GiB for all apps of the plan; the server takes a few dozen MB.
step az appservice plan create --name "$app-plan" --resource-group "$AZURE_GROUP" --is-linux --sku B1 --output none
step az webapp create --name "$app" --resource-group "$AZURE_GROUP" --plan "$app-plan" \
  --container-image-name "$image" --https-only true --output none

# Settings are the environment of the container. They go by a file, since a command line can be read by others.
settings=$(answer SETTINGS mktemp)
clean_up "$settings"
values=(WEBSITES_PORT=8000 HOST=0.0.0.0 PORT=8000 ADMIN_BIND=off LOG_FORMAT=json)
if [[ -n ${REGISTRY_TOKEN:-} ]]; then
  values+=("DOCKER_REGISTRY_SERVER_URL=https://${image%%/*}" "DOCKER_REGISTRY_SERVER_USERNAME=$REGISTRY_USER")
fi
if [[ -z $dry_run ]]; then
  {
    printf '%s\n' "${values[@]}"
    [[ -z ${REGISTRY_TOKEN:-} ]] || printf 'DOCKER_REGISTRY_SERVER_PASSWORD=%s\n' "$REGISTRY_TOKEN"
  } | python3 -c 'import json, sys; print(json.dumps(dict(line.rstrip("\n").split("=", 1) for line in sys.stdin)))' >"$settings"
else
  echo "# $settings: ${values[*]}${REGISTRY_TOKEN:+ DOCKER_REGISTRY_SERVER_PASSWORD=\$REGISTRY_TOKEN}"
fi
step az webapp config appsettings set --name "$app" --resource-group "$AZURE_GROUP" --settings "@$settings" --output none
step az webapp config container set --name "$app" --resource-group "$AZURE_GROUP" --container-image-name "$image" --output none
step az webapp config set --name "$app" --resource-group "$AZURE_GROUP" --always-on true \
  --generic-configurations '{"healthCheckPath": "/health/ready"}' --output none
step az webapp restart --name "$app" --resource-group "$AZURE_GROUP"
ready "https://$app.azurewebsites.net"
