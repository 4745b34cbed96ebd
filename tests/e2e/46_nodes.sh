#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Nodes with their networks: bonds, bridges, VLANs, Open vSwitch, addresses, names.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
. "$e2e/lib_nodes.sh"
lab_up --guests 6 --endpoints 1
nodes_suite

# The operating system of guests, with the option agent_osinfo.
printf 'options: { qemu: { agent_osinfo = true; }; };\n' >>"$config"
mark
check "agents are asked for the operating system" gives 0 sync --endpoint lab
check "the platform is its name and version" netbox '
names = {vm["platform"]["name"] for vm in nb.all("virtualization/virtual-machines") if vm["platform"]}
check("Debian GNU/Linux 13" in names, names)
check(not [name for name in names if "trixie" in name], names)'
asked=$(tail -n "+$((since + 1))" "$lab/requests.ndjson" | grep -c 'agent/get-osinfo')
check "each agent is asked at most once" test "$asked" -le "$(tail -n "+$((since + 1))" "$lab/requests.ndjson" | grep -c 'agent/network-get-interfaces')"
for each in 101 102 103 104 105 106; do ctl fault lab agent-hang $each >/dev/null 2>&1; done
mark
check "a sync with agents that hang is partial" gives '0 4' sync --endpoint lab
check "and changes no platform" look no-writes
done_testing
