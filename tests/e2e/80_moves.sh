#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# slow
# limit 600
# A part that has another key at the source keeps its object in NetBox, with what people attached to it; a run that is
# killed in the middle of a move is repaired by the next one.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
. "$e2e/lib_crash.sh"

new_lab() {
	lab=$TMPDIR/$1
	lab_up --guests 6 --endpoints 1
}
nic=virtio=BC:24:11:FF:07:00,bridge=vmbr0,tag=70
agent='agent=1 status=running'

# A world with a port, a NIC, a disk and addresses, which get new keys at the source after people worked on them.
before_moves() {
	before_first "$1" && the_old_world && gives "0 4" sync && peoples_work && the_world_moves
}
# shellcheck disable=SC2086 # words
the_old_world() {
	ctl set lab/node/pve1 iface/eno3.altnames=enp1s0f2 iface/eno3.cidr=10.77.0.1/24 &&
		ctl set lab/node/pve1 iface/eno3.50.type=vlan iface/eno3.50.vlan-raw-device=eno3 iface/eno3.50.vlan-id=50 &&
		ctl add lab/qemu/700 && ctl set lab/qemu/700 $agent net0=$nic &&
		ctl set lab/qemu/700 ip/net0=10.20.99.7/24 scsi1=local-lvm:vm-700-disk-1,size=10G &&
		ctl add lab/qemu/701 && ctl set lab/qemu/701 $agent ip/net0=10.20.99.8/24 name=heirloom
}
peoples_work() {
	netbox '
keys = {"dcim/interfaces": ["lab/node/pve1/eno3", "lab/node/pve1/eno3.50"],
        "ipam/ip-addresses": ["lab/node/pve1/eno3/ip/10.77.0.1", "lab/qemu/700/net0/ip/10.20.99.7",
                              "lab/qemu/701/net0/ip/10.20.99.8"],
        "virtualization/interfaces": ["lab/qemu/700/net0"],
        "virtualization/virtual-disks": ["lab/qemu/700/scsi1"]}
for path, names in keys.items():
    for row in nb.all(path):
        if row["custom_fields"]["stagebox_key"] in names:
            person.call("PATCH", "%s/%d/" % (path, row["id"]), {"description": "by hand"})' &&
		ctl plug lab/node/pve1/eno3
}
# shellcheck disable=SC2086 # words
the_world_moves() {
	ctl set lab/node/pve1 iface/eno3.50.type= iface/eno3.type= &&
		ctl set lab/node/pve1 iface/nic2.type=eth iface/nic2.altnames=eno3,enp1s0f2 iface/nic2.cidr=10.77.0.1/24 &&
		ctl set lab/node/pve1 iface/nic2.50.type=vlan iface/nic2.50.vlan-raw-device=nic2 iface/nic2.50.vlan-id=50 &&
		ctl set lab/qemu/700 net0= scsi1= && ctl set lab/qemu/700 net3=$nic virtio1=local-lvm:vm-700-disk-1,size=10G &&
		ctl set lab/qemu/700 ip/net3=10.20.99.7/24 &&
		ctl rm lab/qemu/701 && ctl add lab/qemu/702 && ctl set lab/qemu/702 $agent ip/net0=10.20.99.8/24 name=heirloom
}
# noted PATH KEY: the object has this key now, and the note of a person
noted() { netbox '
row = nb.one("'"$1"'", "'"$2"'")
check(row["description"] == "by hand", row["description"])'; }

lab=$TMPDIR/lab.plain
check "the lab is ready, people have worked on parts, and the parts got other keys" before_moves lab.plain
mark
check "a plan succeeds" gives 2 plan -o "$TMPDIR/plan"
check "and says what moves" says 'moved: it was lab/qemu/700/net0'
check "a sync succeeds" gives "0 4" sync
check "and deletes nothing" look no-deletes
check "all accounts balance" sums
if [ "$pve" = 9 ]; then
	check "a card whose name was pinned keeps its object, the note and the cable" noted dcim/interfaces lab/node/pve1/nic2
	check "which is still connected" netbox 'check(nb.one("dcim/interfaces", "lab/node/pve1/nic2")["cable"])'
	check "a VLAN on it moves with it" noted dcim/interfaces lab/node/pve1/nic2.50
	check "and so does its address" noted ipam/ip-addresses lab/node/pve1/nic2/ip/10.77.0.1
fi
check "a NIC with the same MAC address keeps its object" noted virtualization/interfaces lab/qemu/700/net3
check "and its address" noted ipam/ip-addresses lab/qemu/700/net3/ip/10.20.99.7
check "which is still the primary one" netbox '
vm = nb.one("virtualization/virtual-machines", "lab/qemu/700")
check(vm["primary_ip4"]["address"] == "10.20.99.7/24", vm["primary_ip4"])'
check "a disk with the same volume keeps its object" noted virtualization/virtual-disks lab/qemu/700/virtio1
check "the address of a destroyed guest moves to the guest that has it now" noted ipam/ip-addresses lab/qemu/702/net0/ip/10.20.99.8
check "which has it as its primary one, and has taken the name" netbox '
vm = nb.one("virtualization/virtual-machines", "lab/qemu/702")
check(vm["primary_ip4"]["address"] == "10.20.99.8/24", vm["primary_ip4"])
check(vm["name"] == "heirloom", vm["name"])
old = nb.one("virtualization/virtual-machines", "lab/qemu/701")
check(old["name"] == "heirloom (701)", old["name"])
check(old["primary_ip4"] is None, old["primary_ip4"])'
mark
check "a second sync succeeds" gives 0 sync
check "and writes nothing" look no-writes
rm -f "$lab"/stagebox.db*
check "nor does one without a store" gives 0 sync
check "it writes nothing either" look no-writes
lab_down

simulated || done_testing

lab=$TMPDIR/lab.saved
check "another lab with the same changes" before_moves lab.saved
check "the moves are saved in a plan" gives 2 plan -o "$TMPDIR/plan"
check "and the plan is applied" gives 0 apply "$TMPDIR/plan"
check "its objects moved" noted virtualization/interfaces lab/qemu/700/net3
mark
check "a sync after it succeeds" gives 0 sync
check "and writes nothing" look no-writes
lab_down

# STAGEBOX_TEST_FULL=1 tests every write on the default pair of versions, otherwise a sample.
calm moves
if [ -n "${STAGEBOX_TEST_FULL:-}" ] && [ "$pve/$netbox_version" = 9/4.7 ]; then
	points=$(seq "$total")
else
	points="2 $((total / 3)) $((total / 2)) $((total - 1))"
fi
for k in $points; do
	case $((k % 4)) in
	0) one moves "$k" commit job ;;
	1) one moves "$k" drop command ;;
	2) one moves "$k" drop job ;;
	*) one moves "$k" commit command ;;
	esac
done
done_testing
