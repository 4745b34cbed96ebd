#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# limit 600
# Nodes with all that their network is, on the real NetBox, which has rules of its own for cables, parents and LAGs.
. "${STAGEBOX_SRC:?}/tests/live/lib_live.sh"
. "$e2e/lib_nodes.sh"
live_up --guests 6 --endpoints 1
nodes_suite
done_testing
