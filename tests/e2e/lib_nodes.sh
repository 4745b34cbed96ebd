# SPDX-License-Identifier: Apache-2.0
# The network of nodes, for a lab's NetBox and for a real one: sourced after lib.sh, with a lab that is up.

nodes_suite() {
	check "bootstrap" gives 0 bootstrap
	check "the first sync is whole" gives 0 sync --endpoint lab
	check "every port, bond, VLAN and address of every node is what Proxmox VE says" mirrors lab
	check "members name their bond, ports their bridge, VLANs what they stand on" netbox '
port = lambda key: nb.one("dcim/interfaces", "lab/node/" + key)
check(port("pve1/eno1")["lag"]["name"] == "bond0" and port("pve1/eno2")["lag"]["name"] == "bond0")
check(port("pve1/bond0")["bridge"]["name"] == "vmbr0" and port("pve1/bond0")["type"]["value"] == "lag")
check(port("pve1/vmbr0.120")["parent"]["name"] == "vmbr0" and port("pve1/vmbr0.120")["untagged_vlan"]["vid"] == 120)
check(port("pve2/vlan140")["parent"]["name"] == "bond0" and port("pve2/vlan140")["mode"]["value"] == "access")
check(port("pve3/enp66s0f1")["lag"]["name"] == "bond1" and port("pve3/bond1")["bridge"]["name"] == "vmbr2")
check(sorted(vlan["vid"] for vlan in port("pve3/bond1")["tagged_vlans"]) == [110, 130, 131, 132])
check(port("pve3/mgmt0")["bridge"]["name"] == "vmbr2" and port("pve3/mgmt0")["untagged_vlan"]["vid"] == 130)
# Proxmox VE tells the address of a card, in a name of it, since 9
check(port("pve1/eno1")["mac_address"] == ("3C:EC:EF:14:01:01" if "'"$pve"'" == "9" else None), port("pve1/eno1")["mac_address"])'
	check "a device has type, notes and primary addresses" netbox '
device = nb.one("dcim/devices", "lab/node/pve1")
check(device["device_type"]["model"] == "AMD EPYC 7302P 16-Core Processor", device["device_type"])
check(device["description"] == "rack 12, unit 7", device["description"])
check(device["primary_ip4"] and device["primary_ip6"], device["primary_ip4"], device["primary_ip6"])'
	before=$(changes)
	check "the second sync has nothing to do" gives 0 sync --endpoint lab
	check "and NetBox logs no change" unchanged "$before"

	# What a person says of a plug stays.
	check "a person marks a port as connected, of a type that is known" netbox '
port = nb.one("dcim/interfaces", "lab/node/pve1/eno3")
nb.call("PATCH", "dcim/interfaces/%d/" % port["id"], {"type": "1000base-t", "mark_connected": True, "mode": "tagged-all"})'
	ctl set lab/node/pve1 iface/eno3.type=bond iface/eno3.slaves=
	printf 'policy: { interface: { type = "always"; }; };\n' >>"$config"
	check "which a plan says" gives 0 plan --endpoint lab
	check "is kept" says 'has a cable or is marked as connected'
	check "a sync" gives 0 sync --endpoint lab
	check "keeps it" netbox '
port = nb.one("dcim/interfaces", "lab/node/pve1/eno3")
check(port["type"]["value"] == "1000base-t" and port["mark_connected"] and port["mode"]["value"] == "tagged-all", port)'
	ctl set lab/node/pve1 iface/eno3.type=eth
	check "the plug is pulled" netbox '
port = nb.one("dcim/interfaces", "lab/node/pve1/eno3")
nb.call("PATCH", "dcim/interfaces/%d/" % port["id"], {"mark_connected": False, "mode": None})'
	check "and the port is what it was" gives 0 sync --endpoint lab

	# A bridge goes with the VLAN on it; another VLAN moves; a bond gets one member less.
	ctl set lab/node/pve2 iface/br9.type=bridge iface/br9.active=1 iface/br9.cidr=10.99.0.1/24
	ctl set lab/node/pve2 iface/br9.7.type=vlan iface/br9.7.vlan-raw-device=br9 iface/br9.7.vlan-id=7
	ctl set lab/node/pve2 iface/vlan8.type=vlan iface/vlan8.vlan-raw-device=br9 iface/vlan8.vlan-id=8
	check "a bridge with two VLANs comes" gives 0 sync --endpoint lab
	check "as it is" mirrors lab
	ctl set lab/node/pve2 iface/br9.type= iface/br9.7.type= iface/vlan8.vlan-raw-device=vmbr0 iface/bond0.slaves=eno1
	check "it goes with one of them, the other moves" gives 0 sync --endpoint lab
	check "as Proxmox VE says" mirrors lab
	check "and nothing is left" netbox '
check(not [row for row in nb.all("dcim/interfaces") if row["name"] in ("br9", "br9.7")])
check(not [row for row in nb.all("ipam/ip-addresses") if row["address"] == "10.99.0.1/24"])
check(nb.one("dcim/interfaces", "lab/node/pve2/eno2")["lag"] is None)'

	# Names.
	printf 'device_name = "{cluster_slug}-{node}";\n' >>"$config"
	check "another template renames the devices" gives 0 sync --endpoint lab
	check "whose guests refer to them as before" netbox '
names = sorted(row["name"] for row in nb.all("dcim/devices") if row["custom_fields"]["stagebox_key"].startswith("lab/"))
check(names == ["lab-pve1", "lab-pve2", "lab-pve3"], names)
check(all(vm["device"]["name"] in names for vm in nb.all("virtualization/virtual-machines")
          if vm["custom_fields"]["stagebox_key"].startswith("lab/")))'
	set_conf 's/device_name = "[^"]*"/device_name = "same"/'
	check "a template without {node} is refused" gives 78 sync --endpoint lab
	set_conf 's/device_name = "[^"]*"/device_name = "{cluster}-{node}"/'
	before=$(changes)
	check "after that there is nothing to do" gives 0 sync --endpoint lab
	check "and NetBox logs no change" unchanged "$before"
}
