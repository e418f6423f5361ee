#!/usr/bin/env bash
# DELETE puts the GET of the same URI in another state, in which it answers 404; PUT brings it back.
. "$(dirname "$0")/../common.sh"
ask GET /users/ada
ask DELETE /users/ada
ask GET /users/ada
ask GET /users/ada
ask PUT /users/ada
ask GET /users/ada
