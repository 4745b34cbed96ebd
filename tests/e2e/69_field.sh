#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# versions each
# limit 300
# One case of each kind of tests/FIELD.md, K1 to K7, in two syncs: in ./dev live also on the real NetBox. The suites 70 to 84
# have the others.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
nic=virtio=BC:24:11:FF:07:00,bridge=vmbr0,tag=20
agent='agent=1 status=running'
site() { set_conf "s/^\(\t\tsite = \).*/\1\"$1\";/"; }
# guest KEY CONDITION: it is true of row, the virtual machine
guest() { netbox 'row = nb.one("virtualization/virtual-machines", "'"$1"'")
check(row and '"$2"', row)'; }
# noted PATH KEY: the object has this key now, and the note of a person
noted() { netbox 'row = nb.one("'"$1"'", "'"$2"'")
check(row and row["description"] == "by hand", row)'; }

lab_up --guests 6 --endpoints 1
site berlin
check "bootstrap" gives 0 bootstrap
check "NetBox has values and objects of people" netbox '
post = lambda path, **body: person.call("POST", path + "/", body)
post("extras/tags", name="archive", slug="archive", object_types=["dcim.device"])
post("extras/custom-fields", name="monitoring", type="text", required=True, default="yes",
     object_types=["virtualization.virtualmachine", "virtualization.vminterface"])
site = post("dcim/sites", name="berlin", slug="berlin")
maker = post("dcim/manufacturers", name="Acme", slug="acme")
kind = post("dcim/device-types", manufacturer=maker["id"], model="Server", slug="server")
role = post("dcim/device-roles", name="Proxmox Node", slug="proxmox-node")
post("dcim/devices", name="PVE2.example.com", device_type=kind["id"], role=role["id"], site=site["id"])
post("ipam/vlan-groups", name="lab", slug="vlans-of-lab")
post("ipam/ip-addresses", address="198.51.100.20/24", status="reserved", description="by hand")'
# shellcheck disable=SC2086 # words
the_first_world() {
	ctl set lab/node/pve1 iface/eno3.altnames=enp1s0f2 iface/eno3.cidr=10.77.0.1/24 &&
		ctl add lab/qemu/700 && ctl set lab/qemu/700 $agent net0=$nic ip/net0=10.20.99.7/24 'tags=archive;web' &&
		ctl set lab/qemu/700 scsi1=local-lvm:vm-700-disk-1,size=10G &&
		ctl add lab/qemu/701 && ctl set lab/qemu/701 $agent name=heirloom ip/net0=192.168.1.17/32,192.168.1.170/24 &&
		ctl add lab/qemu/703 && ctl set lab/qemu/703 $agent ip/net0=198.51.100.20/24 &&
		ctl add lab/qemu/704 && ctl set lab/qemu/704 status=stopped ide2=local-lvm:vm-704-cloudinit,media=cdrom \
		ipconfig0=ip=10.3.0.14/16
}
check "Proxmox VE has guests" the_first_world
check "the first sync leaves one value out" gives 4 sync
check "K1: it names the tag that guests may not have" says 'limits the tag "archive"'
check "K1: the guest has its other tag, and the default of the required field" guest lab/qemu/700 \
	'[tag["name"] for tag in row["tags"]] == ["web"] and row["custom_fields"]["monitoring"] == "yes"'
check "K3: the device with a second witness is adopted, no second one is made" netbox '
rows = {row["name"]: row["custom_fields"]["stagebox_key"] for row in nb.all("dcim/devices")}
check(rows.get("PVE2.example.com") == "lab/node/pve2" and "pve2" not in rows, rows)'
check "K3: the VLAN group of the same name is used" netbox '
check({row["group"]["slug"] for row in nb.all("ipam/vlans")} == {"vlans-of-lab"} and len(nb.all("ipam/vlan-groups")) == 1)'
check "K4: a single address beside a network is not primary" guest lab/qemu/701 'row["primary_ip4"]["address"] == "192.168.1.170/24"'
check "K5: a reserved address is adopted and primary in the first run" guest lab/qemu/703 \
	'row["primary_ip4"]["address"] == "198.51.100.20/24"'
check "K5: and keeps its description" noted ipam/ip-addresses lab/qemu/703/net0/ip/198.51.100.20
check "K7: a guest that never ran has its configured address" guest lab/qemu/704 'row["primary_ip4"]["address"] == "10.3.0.14/16"'
mark
check "a second sync is partial again" gives 4 sync
check "and writes nothing" look no-writes

check "people write notes and connect a cable" netbox '
keys = {"dcim/interfaces": "lab/node/pve1/eno3", "virtualization/interfaces": "lab/qemu/700/net0",
        "virtualization/virtual-disks": "lab/qemu/700/scsi1", "ipam/ip-addresses": "lab/qemu/701/net0/ip/192.168.1.170"}
for path, key in keys.items():
    person.call("PATCH", "%s/%d/" % (path, nb.one(path, key)["id"]), {"description": "by hand"})'
ctl plug lab/node/pve1/eno3
# shellcheck disable=SC2086 # words
the_world_moves() {
	ctl set lab/node/pve1 iface/eno3.type= iface/nic2.type=eth iface/nic2.altnames=eno3,enp1s0f2 iface/nic2.cidr=10.77.0.1/24 &&
		ctl set lab/qemu/700 net0= scsi1= tags=web && ctl set lab/qemu/700 net3=$nic ip/net3=10.20.99.7/24 &&
		ctl rm lab/qemu/701 && ctl add lab/qemu/702 &&
		ctl set lab/qemu/702 $agent name=heirloom ip/net0=192.168.1.170/24 && site paris
}
check "a card, a NIC, an address and a name move in Proxmox VE, and the endpoint to another site" the_world_moves
mark
check "one sync moves everything" gives 0 sync
check "NetBox refuses no write" same "$(look statuses | tr ' ' '\n' | grep -v '^20')" ""
check "all accounts balance" sums
if [ "$pve" = 9 ]; then
	check "K2: a card whose name was pinned keeps its note" noted dcim/interfaces lab/node/pve1/nic2
	check "K2: and its cable" netbox 'check(nb.one("dcim/interfaces", "lab/node/pve1/nic2")["cable"])'
fi
check "K2: a NIC with the same MAC address keeps its note" noted virtualization/interfaces lab/qemu/700/net3
check "K2: a disk on which a person worked is kept" noted virtualization/virtual-disks lab/qemu/700/scsi1
check "K5: the address of a destroyed guest moves to the guest that has it" noted ipam/ip-addresses lab/qemu/702/net0/ip/192.168.1.170
check "K5: and so does its name" guest lab/qemu/702 'row["name"] == "heirloom" and row["primary_ip4"]["address"] == "192.168.1.170/24"'
check "K6: cluster, nodes and guests are in the new site" netbox '
for path in ("dcim/devices", "virtualization/virtual-machines"):
    sites = {row["site"] and row["site"]["name"] for row in nb.all(path) if row["custom_fields"]["stagebox_key"]}
    check(sites == {"paris"}, path, sites)
check({row["scope"]["name"] for row in nb.all("virtualization/clusters")} == {"paris"})'
mark
check "the next sync succeeds" gives 0 sync
check "and writes nothing" look no-writes
done_testing
