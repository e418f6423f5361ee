#!/usr/bin/env bash
# GET answers with the body of the latest POST to the same URI, taken from the recorded events.
. "$(dirname "$0")/../common.sh"
ask GET /stock/madrid
ask POST /stock/madrid -d '{"model":"audi","year":2021}'
ask POST /stock/madrid -d '{"model":"seat","year":2019}'
ask GET /stock/madrid
