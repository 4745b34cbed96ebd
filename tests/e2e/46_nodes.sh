#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Nodes with all that their network is: bonds, bridges, VLANs, Open vSwitch, addresses, names.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
. "$e2e/lib_nodes.sh"
lab_up --guests 6 --endpoints 1
nodes_suite
done_testing
