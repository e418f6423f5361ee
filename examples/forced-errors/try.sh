#!/usr/bin/env bash
# The client decides what goes wrong; "break" ends the list, "onFilterFail" is the other branch of a condition.
. "$(dirname "$0")/../common.sh"
ask PUT /accounts/7 -d '{"amount":50,"currency":"EUR"}'
ask PUT /accounts/7 -d '{"amount":50,"currency":"USD"}'
ask PUT /accounts/7 -d '{"amount":50,"currency":"EUR","fail":"yes"}'
