#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# limit 600
# The network of nodes on a real NetBox, which has its own rules for cables, parents and LAGs.
. "${STAGEBOX_SRC:?}/tests/live/lib_live.sh"
. "$e2e/lib_nodes.sh"
live_up --guests 6 --endpoints 1
nodes_suite

# The simulated NetBox has no cables.
port_type() { netbox 'print(nb.one("dcim/interfaces", "lab/node/pve1/eno3")["type"]["value"])'; }
was=$(port_type)
check "a person sets the type of a port and connects a cable to it" netbox '
port = nb.one("dcim/interfaces", "lab/node/pve1/eno3")
node = nb.one("dcim/devices", "lab/node/pve1")
switch = nb.call("POST", "dcim/devices/", {"name": "switch", "site": node["site"]["id"], "role": node["role"]["id"],
                 "device_type": node["device_type"]["id"]})
peer = nb.call("POST", "dcim/interfaces/", {"device": switch["id"], "name": "ge-0", "type": "1000base-t"})
nb.call("PATCH", "dcim/interfaces/%d/" % port["id"], {"type": "1000base-t"})
ends = [[{"object_type": "dcim.interface", "object_id": one["id"]}] for one in (port, peer)]
nb.call("POST", "dcim/cables/", {"a_terminations": ends[0], "b_terminations": ends[1]})
check(nb.one("dcim/interfaces", "lab/node/pve1/eno3")["_occupied"])'
ctl set lab/node/pve1 iface/eno3.type=bond iface/eno3.slaves=
check "a port that became a bond in Proxmox VE is not in the plan if it has a cable" gives 0 plan --endpoint lab
check "the plan says that the port has a cable" says 'has a cable or is marked as connected'
before=$(changes)
check "a sync with the cable succeeds" gives 0 sync --endpoint lab
check "a sync with the cable writes nothing" unchanged "$before"
check "port and cable are unchanged" netbox '
port = nb.one("dcim/interfaces", "lab/node/pve1/eno3")
check(port["type"]["value"] == "1000base-t" and port["cable"], port)'
ctl set lab/node/pve1 iface/eno3.type=eth
check "a person deletes the cable" netbox '
nb.call("DELETE", "dcim/cables/%d/" % nb.one("dcim/interfaces", "lab/node/pve1/eno3")["cable"]["id"])'
check "the next sync succeeds" gives 0 sync --endpoint lab
check "the next sync restores the type of the port" same "$(port_type)" "$was"
done_testing
