#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# limit 600
# Nodes with all that their network is, on the real NetBox, which has rules of its own for cables, parents and LAGs.
. "${STAGEBOX_SRC:?}/tests/live/lib_live.sh"
. "$e2e/lib_nodes.sh"
live_up --guests 6 --endpoints 1
nodes_suite

# A cable, which the lab does not know.
port_type() { netbox 'print(nb.one("dcim/interfaces", "lab/node/pve1/eno3")["type"]["value"])'; }
was=$(port_type)
check "a person plugs a cable into a port, of a type that is known" netbox '
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
check "Proxmox VE makes a bond of it, which a plan" gives 0 plan --endpoint lab
check "leaves alone, as it says" says 'has a cable or is marked as connected'
before=$(changes)
check "a sync" gives 0 sync --endpoint lab
check "writes nothing to it" unchanged "$before"
check "and the cable is where it was" netbox '
port = nb.one("dcim/interfaces", "lab/node/pve1/eno3")
check(port["type"]["value"] == "1000base-t" and port["cable"], port)'
ctl set lab/node/pve1 iface/eno3.type=eth
check "the cable is pulled" netbox '
nb.call("DELETE", "dcim/cables/%d/" % nb.one("dcim/interfaces", "lab/node/pve1/eno3")["cable"]["id"])'
check "the next sync" gives 0 sync --endpoint lab
check "makes the port what it was" same "$(port_type)" "$was"
done_testing
