#!/usr/bin/env bash
# A default provision: every POST comes back as JSON, wherever it was sent.
. "$(dirname "$0")/../common.sh"
ask POST '/hooks/build?token=abc' -H "$json" -d '{"ref":"main","commits":[{"id":1},{"id":2}]}'
ask POST /anywhere -H 'content-type: text/plain' -d 'no JSON at all'
