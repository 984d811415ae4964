#!/usr/bin/env bash
# Releases an image on Heroku, or on any platform like it that tells a container by PORT where to listen.
#
# Usage: deploy/heroku.sh [--dry-run] IMAGE APP
#
# IMAGE is one that is here, such as canopy-boston:3; APP is an app of the container stack (heroku create APP --stack container).
# HEROKU_API_KEY is who releases. The platform sets PORT, which the server reads, and the image listens on all addresses.
# --dry-run prints the commands and runs none.
set -euo pipefail
# shellcheck source=deploy/steps.sh
source "$(dirname "$0")/steps.sh"

options "$@"
if ((${#arguments[@]} != 2)); then usage; fi
image=${arguments[0]} app=${arguments[1]}
needs_tool docker
needs_tool heroku "Heroku's command line, https://devcenter.heroku.com/articles/heroku-cli"
needs_variable HEROKU_API_KEY "a key of the account, of 'heroku authorizations:create'"

step_with_secret HEROKU_API_KEY docker login registry.heroku.com --username=_ --password-stdin
step docker tag "$image" "registry.heroku.com/$app/web"
step docker push "registry.heroku.com/$app/web"
# A dyno cannot be reached but at PORT.
step heroku config:set --app "$app" ADMIN_BIND=off LOG_FORMAT=json
step heroku container:release web --app "$app"
ready "https://$app.herokuapp.com"
