#!/usr/bin/env bash
# Provisions are tried in the order in which they were posted; the one without a URI answers what is left.
. "$(dirname "$0")/../common.sh"
ask GET /ctrl/v2/id-555001234/ts-1615562841
ask GET /ctrl/v2/id-555112244/ts-1615562841
ask GET /ctrl/v2/id-999999999/ts-1615562841
