#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# full pve
# Facts as they are read: configs with a bad property, old lists, hidden bridges, vnets, tags with case, limits.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
lab_up --guests 4 --endpoints 1
field() { netbox 'row = nb.one("'"$1"'", "'"$2"'")
check(row, "it is missing")
check('"$3"', row)'; }
guest() { field virtualization/virtual-machines "$1" "$2"; }
nic() { field virtualization/interfaces "$1" "$2"; }
quiet() { mark && gives "${1:-0}" sync && look no-writes; }

check "bootstrap" gives 0 bootstrap
for each in 301 302 303; do ctl add lab/qemu/$each; done
ctl set lab/qemu/301 name=nixos net0=virtio=00:00:00:00:00:00,bridge=vmbr0,tag=30 net1=virtio=BC:24:11:AA:00:01,bridge=vmbr0
check "a config with a bad MAC address is synced partially" gives 4 sync
check "the guest is there" guest lab/qemu/301 'row["name"] == "nixos"'
check "with the NIC, without its MAC address" nic lab/qemu/301/net0 'row["mac_address"] is None and row["untagged_vlan"]["vid"] == 30'
check "and with the other one" nic lab/qemu/301/net1 'row["mac_address"] == "BC:24:11:AA:00:01"'
check "the reason is reported" says '00:00:00:00:00:00'
check "a second sync writes nothing" quiet 4
ctl set lab/qemu/301 net0=virtio=BC:24:11:AA:00:00,bridge=vmbr0,tag=30
check "a valid MAC address is written" gives 0 sync
check "it is there" nic lab/qemu/301/net0 'row["mac_address"] == "BC:24:11:AA:00:00"'

# Names come from configs: the list of guests is old while pvestatd is stopped.
ctl set lab/qemu/302 name=former
check "a guest has a name" gives 0 sync
ctl fault lab pvestatd-stopped
ctl set lab/qemu/302 name=newer
ctl set lab/qemu/303 name=former
check "while the list is old, two guests are renamed" gives 0 sync
check "one has its new name" guest lab/qemu/302 'row["name"] == "newer"'
check "the other one has the name that is free now" guest lab/qemu/303 'row["name"] == "former"'
ctl clear
check "the next sync finds nothing" quiet
ctl fault lab pvestatd-stopped expired
check "without any status a sync changes nothing" quiet 4
ctl clear

simulated || done_testing # what follows does not depend on NetBox

# What is active differs from answer to answer.
ctl fault lab active-flaps
check "a sync with other values of active writes nothing" quiet
check "and another one" quiet
check "a bridge that starts at boot is enabled" field dcim/interfaces lab/node/pve1/vmbr0 'row["enabled"]'
ctl clear

# Without SDN.Audit bridges are hidden.
ctl fault lab no-sdn-audit
check "a sync without SDN.Audit writes nothing" quiet 4
check "the parent of a VLAN stays" field dcim/interfaces lab/node/pve1/vmbr0.120 'row["parent"]["name"] == "vmbr0"'
ctl clear

ctl set lab/zone/prod type=vlan bridge=vmbr0
ctl set lab/vnet/v140 zone=prod tag=1140
ctl set lab/qemu/301 net1=virtio=BC:24:11:AA:00:01,bridge=v140
check "a NIC is connected to a vnet" gives 0 sync
check "it has the VLAN of the vnet" nic lab/qemu/301/net1 'row["untagged_vlan"]["vid"] == 1140'
vlan_name() { netbox 'check([row["name"] for row in nb.all("ipam/vlans") if row["vid"] == '"$1"'] == ["'"$2"'"])'; }
check "which has the id of the vnet as its name" vlan_name 1140 v140
ctl fault lab no-sdn-audit
check "while the token cannot see the vnet nothing is written" quiet 4
ctl clear
ctl set lab/zone/dmz type=vlan bridge=vmbr1
ctl set lab/vnet/v150 zone=prod tag=1150 alias=Office
ctl set lab/vnet/w150 zone=dmz tag=1150 alias=Guests
ctl set lab/qemu/301 net1=virtio=BC:24:11:AA:00:01,bridge=w150
check "a plan reports two vnets with one VLAN" gives 2 plan
check "with both" out_has 'duplicate: VLAN .*1150.*: lab/vnet/v150, lab/vnet/w150'
check "a NIC moves to the second one" gives 0 sync
check "the alias of the first one names the VLAN" vlan_name 1150 Office
ctl set lab/vnet/v150 alias=Staff
check "another alias renames nothing" quiet
netbox 'row = [row for row in nb.all("ipam/vlans") if row["vid"] == 1140][0]
nb.call("PATCH", "ipam/vlans/%d/" % row["id"], {"name": "mine"})'
check "a person renames a VLAN, and a sync writes nothing" quiet
check "the name stays" vlan_name 1140 mine

# Locks, states and addresses.
ctl set lab/qemu/302 ip/net0=10.30.0.2/24 lock=backup
check "an agent is asked during a backup" gives 0 sync
check "the address is there" field ipam/ip-addresses lab/qemu/302/net0/ip/10.30.0.2 True
ctl set lab/qemu/302 ip/net0=10.30.0.3/24 lock=migrate
check "not during a migration" quiet 4
check "which is reported" says 'locked (migrate)'
ctl set lab/qemu/302 lock=
ctl add lab/qemu/304
ctl set lab/qemu/304 status=stopped ide2=local-lvm:vm-304-cloudinit,media=cdrom ipconfig0=ip=10.3.0.14/16
check "a guest that never ran has static addresses" gives 0 sync
check "its configured address is there, and primary" guest lab/qemu/304 'row["primary_ip4"]["address"] == "10.3.0.14/16"'
ctl set lab/qemu/304 status=running ip/net0=10.3.0.99/16
check "it runs with another address" gives 0 sync
ctl set lab/qemu/304 status=stopped
check "it is stopped" gives 0 sync
check "what the agent said stays" netbox '
keys = [row["custom_fields"]["stagebox_key"] for row in nb.all("ipam/ip-addresses")]
check([key for key in keys if (key or "").startswith("lab/qemu/304/")] == ["lab/qemu/304/net0/ip/10.3.0.99"], keys)'
check "a second sync writes nothing" quiet

# A guest with new tags in each run. The first day has ten times the limit.
set_conf '$a limits: { shared_per_day = 5; };'
ctl set lab/qemu/302 tags='n1;n2;n3;n4;n5;n6;n7;n8' memory=3331
check "on the first day of an endpoint more tags are created than the limit" gives 0 sync
python3 -c 'import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as store:
    store.execute("UPDATE request SET begun = begun - 172800")
    store.execute("UPDATE run SET started = started - 172800, ended = ended - 172800")
    store.execute("UPDATE fact SET value = value - 172800 WHERE name = ?", ("first-run:lab",))' "$lab/stagebox.db"
ctl set lab/qemu/302 tags='n11;n12;n13;n14' memory=3332
check "on a later day tags within the limit are created" gives 0 sync
ctl set lab/qemu/302 tags='n21;n22;n23;n24' memory=3333
check "more in the next run make it partial" gives 4 sync
check "with the option" says 'kind tag in 24 hours (limits.shared_per_day)'
check "the guest has the one that was left, and its other values" guest lab/qemu/302 'row["memory"] == 3333 and len(row["tags"]) == 1'
check "a second sync creates none" quiet 4
set_conf 's/shared_per_day = 5;/shared_per_day = 8;/'
check "with a higher limit the rest is created" gives 0 sync
check "all four" guest lab/qemu/302 'len(row["tags"]) == 4'
set_conf '/^limits: { shared_per_day/d'

# Long notes: Proxmox VE's own limit is 8192 characters (above it: test_guest_properties).
ctl set lab/qemu/302 description="$(printf '%08192d' 1)"
check "notes of 8192 characters are written" gives 0 sync
check "the whole text" guest lab/qemu/302 'len(row["comments"]) == 8192'
check "the journal does not keep them" gives 0 run show last --changes
check "but their size and hash" out_has 'comments: sha256:[0-9a-f]*, 8194 bytes'

# Tags with case, a disk without a limit, two NICs of one name.
ctl set lab/options tag-style=case-sensitive=1
ctl set lab/qemu/302 tags='Prod;prod' scsi1=local-lvm:vm-302-disk-1,size=0T
ctl add lab/lxc/305
ctl set lab/lxc/305 net1=name=eth0,hwaddr=BC:24:11:AA:05:01,bridge=vmbr0
check "tags, sizes and names are synced" gives 0 sync
check "tags keep their case" guest lab/qemu/302 'sorted(tag["name"] for tag in row["tags"]) == ["Prod", "prod"]'
check "a disk without a limit is skipped" netbox 'check(nb.one("virtualization/virtual-disks", "lab/qemu/302/scsi1") is None)'
check "the second NIC of a name has its number" nic lab/lxc/305/net1 'row["name"] == "eth0 (net1)"'
check "a second sync writes nothing" quiet

# Two NICs with one MAC address; a prefix that the agent does not know.
ctl set lab/qemu/303 net0=virtio=BC:24:11:AA:03:00,bridge=vmbr0,tag=7 net1=virtio=BC:24:11:AA:03:00,bridge=vmbr0,tag=42 \
	ip/net0=10.7.0.5/24 ip/net1=10.42.0.5/24
check "two NICs share a MAC address" gives 0 sync
check "the order of the interfaces decides" field ipam/ip-addresses lab/qemu/303/net1/ip/10.42.0.5 'row["address"] == "10.42.0.5/24"'
ctl add lab/qemu/306
ctl set lab/qemu/306 net0=virtio=BC:24:11:AA:06:00,bridge=vmbr0,tag=42 ip/net0=10.42.0.6/-1
check "an agent does not know a prefix" gives 0 sync
check "it is that of the neighbours" field ipam/ip-addresses lab/qemu/306/net0/ip/10.42.0.6 'row["address"] == "10.42.0.6/24"'

# Limits.
many=$(python3 -c 'print(",".join("10.50.0.%d/24" % i for i in range(1, 70)))')
ctl set lab/qemu/302 ip/net0="$many"
check "more addresses than the limit are not written" quiet 4
check "the option is named" says 'max_nic_addresses'
printf 'options: { qemu: { max_nic_addresses = 100; }; };\n' >>"$config"
check "with a higher limit they are" gives 0 sync
check "all of them are there" netbox '
check(len([row for row in nb.all("ipam/ip-addresses") if row["address"].startswith("10.50.0.")]) == 69)'
done_testing
