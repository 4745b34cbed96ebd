# SPDX-License-Identifier: Apache-2.0
# Tests of the network of nodes with a simulated or a real NetBox: sourced after lib.sh, with a running lab.

nodes_suite() {
	check "bootstrap" gives 0 bootstrap
	check "the first sync is complete" gives 0 sync --endpoint lab
	check "all ports, bonds, VLANs and addresses of all nodes equal those in Proxmox VE" mirrors lab
	check "members refer to their bond, ports to their bridge, VLANs to their parent" netbox '
port = lambda key: nb.one("dcim/interfaces", "lab/node/" + key)
check(port("pve1/eno1")["lag"]["name"] == "bond0" and port("pve1/eno2")["lag"]["name"] == "bond0")
check(port("pve1/bond0")["bridge"]["name"] == "vmbr0" and port("pve1/bond0")["type"]["value"] == "lag")
check(port("pve1/vmbr0.120")["parent"]["name"] == "vmbr0" and port("pve1/vmbr0.120")["untagged_vlan"]["vid"] == 120)
check(port("pve2/vlan140")["parent"]["name"] == "bond0" and port("pve2/vlan140")["mode"]["value"] == "access")
check(port("pve3/enp66s0f1")["lag"]["name"] == "bond1" and port("pve3/bond1")["bridge"]["name"] == "vmbr2")
check(sorted(vlan["vid"] for vlan in port("pve3/bond1")["tagged_vlans"]) == [110, 130, 131, 132])
check(port("pve3/mgmt0")["bridge"]["name"] == "vmbr2" and port("pve3/mgmt0")["untagged_vlan"]["vid"] == 130)
# Since version 9 Proxmox VE lists names of a card that contain its MAC address
check(port("pve1/eno1")["mac_address"] == ("3C:EC:EF:14:01:01" if "'"$pve"'" == "9" else None), port("pve1/eno1")["mac_address"])'
	check "a device has type, notes and primary addresses" netbox '
device = nb.one("dcim/devices", "lab/node/pve1")
check(device["device_type"]["model"] == "Proxmox VE node", device["device_type"])
check(device["custom_fields"]["stagebox_cpu"] == "AMD EPYC 7302P 16-Core Processor", device["custom_fields"])
check(device["platform"]["name"] == "Proxmox VE " + "'"$pve"'", device["platform"])
check(device["description"] == "rack 12, unit 7", device["description"])
check(device["primary_ip4"] and device["primary_ip6"], device["primary_ip4"], device["primary_ip6"])'
	before=$(changes)
	check "the second sync finds no difference" gives 0 sync --endpoint lab
	check "and NetBox logs no change" unchanged "$before"

	# The type and state of a connected port, set by a person, are kept.
	check "a person sets the type of a port and marks it as connected" netbox '
port = nb.one("dcim/interfaces", "lab/node/pve1/eno3")
nb.call("PATCH", "dcim/interfaces/%d/" % port["id"], {"type": "1000base-t", "mark_connected": True, "mode": "tagged-all"})'
	ctl set lab/node/pve1 iface/eno3.type=bond iface/eno3.slaves= iface/eno3.autostart=1
	printf 'policy: { interface: { type = "always"; }; };\n' >>"$config"
	check "a plan succeeds" gives 0 plan --endpoint lab
	check "and lists the port as kept" says 'has a cable or is marked as connected'
	check "a sync succeeds" gives 0 sync --endpoint lab
	check "and keeps the port as it is" netbox '
port = nb.one("dcim/interfaces", "lab/node/pve1/eno3")
check(port["type"]["value"] == "1000base-t" and port["mark_connected"] and port["mode"]["value"] == "tagged-all", port)'
	ctl set lab/node/pve1 iface/eno3.type=eth
	check "a person removes the mark" netbox '
port = nb.one("dcim/interfaces", "lab/node/pve1/eno3")
nb.call("PATCH", "dcim/interfaces/%d/" % port["id"], {"mark_connected": False, "mode": None})'
	check "the next sync succeeds" gives 0 sync --endpoint lab

	# A bridge is deleted with the VLAN on it; another VLAN moves; a bond loses a member.
	ctl set lab/node/pve2 iface/br9.type=bridge iface/br9.active=1 iface/br9.cidr=10.99.0.1/24
	ctl set lab/node/pve2 iface/br9.7.type=vlan iface/br9.7.vlan-raw-device=br9 iface/br9.7.vlan-id=7
	ctl set lab/node/pve2 iface/vlan8.type=vlan iface/vlan8.vlan-raw-device=br9 iface/vlan8.vlan-id=8
	check "a new bridge with two VLANs is synced" gives 0 sync --endpoint lab
	check "NetBox equals Proxmox VE" mirrors lab
	ctl set lab/node/pve2 iface/br9.type= iface/br9.7.type= iface/vlan8.vlan-raw-device=vmbr0 iface/bond0.slaves=eno1
	check "the bridge is deleted with one VLAN, the other VLAN moves" gives 0 sync --endpoint lab
	check "NetBox equals Proxmox VE again" mirrors lab
	check "and nothing of the bridge is left" netbox '
check(not [row for row in nb.all("dcim/interfaces") if row["name"] in ("br9", "br9.7")])
check(not [row for row in nb.all("ipam/ip-addresses") if row["address"] == "10.99.0.1/24"])
check(nb.one("dcim/interfaces", "lab/node/pve2/eno2")["lag"] is None)'

	# Names.
	printf 'device_name = "{cluster_slug}-{node}";\n' >>"$config"
	check "a sync with another name template renames the devices" gives 0 sync --endpoint lab
	check "guests refer to the devices as before" netbox '
names = sorted(row["name"] for row in nb.all("dcim/devices") if row["custom_fields"]["stagebox_key"].startswith("lab/"))
check(names == ["lab-pve1", "lab-pve2", "lab-pve3"], names)
check(all(vm["device"]["name"] in names for vm in nb.all("virtualization/virtual-machines")
          if vm["custom_fields"]["stagebox_key"].startswith("lab/")))'
	set_conf 's/device_name = "[^"]*"/device_name = "same"/'
	check "a template without {node} is refused" gives 78 sync --endpoint lab
	set_conf 's/device_name = "[^"]*"/device_name = "{cluster}-{node}"/'
	before=$(changes)
	check "the next sync finds no difference" gives 0 sync --endpoint lab
	check "and NetBox logs no change" unchanged "$before"
}
