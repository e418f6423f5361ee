#!/usr/bin/env bash
# The last eight digits of a phone number make an address: the same phone gets the same one, and nothing is stored.
. "$(dirname "$0")/../common.sh"
ask POST /sessions -d '{"phone":"34655112233"}'
ask POST /sessions -d '{"phone":"34655112299"}'
ask POST /sessions -d '{"phone":"34655112233"}'
