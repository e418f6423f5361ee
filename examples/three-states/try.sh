#!/usr/bin/env bash
# An order that is accepted, shipped and delivered; the fourth request begins anew, since "purge" forgets the key.
. "$(dirname "$0")/../common.sh"
for _ in 1 2 3 4; do ask GET /orders/7; done
