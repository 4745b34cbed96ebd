#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# slow
# limit 600
# A guest that is under another key now, in another endpoint or under another VMID, is the same object in NetBox when its
# hardware UUID proves it; where nothing is certain, both objects are kept, whatever prune says.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
. "$e2e/lib_crash.sh"

new_lab() {
	lab=$TMPDIR/$1
	lab_up --guests 4 --endpoints 2
}
uuid=0d7c8a3e-1111-4222-8333-44445555
# guest KEY NUMBER ADDRESS: adds a virtual machine with this UUID and MAC address
guest() {
	ctl add "$1" && ctl set "$1" agent=1 status=running name=moving "smbios1=uuid=$uuid$2" \
		"net0=virtio=BC:24:11:FF:09:01,bridge=vmbr0,tag=70" "ip/net0=$3/24"
}
# work KEY: what people add to a virtual machine and its parts
work() {
	netbox '
vm = nb.one("virtualization/virtual-machines", "'"$1"'")
tenant = person.call("POST", "tenancy/tenants/", {"name": "ours", "slug": "ours"})
person.call("PATCH", "virtualization/virtual-machines/%d/" % vm["id"],
            {"tenant": tenant["id"], "comments": "by hand", "description": "a note"})
for path in ("virtualization/interfaces", "ipam/ip-addresses"):
    for row in nb.all(path):
        if (row["custom_fields"]["stagebox_key"] or "").startswith("'"$1"'/"):
            person.call("PATCH", "%s/%d/" % (path, row["id"]), {"description": "by hand"})'
}
# is_kept KEY CLUSTER: the work of people is at the object of this key, and nothing has another key of the guest
is_kept() {
	netbox '
vms = [row for row in nb.all("virtualization/virtual-machines") if row["tenant"]]
check(len(vms) == 1, vms)
vm = vms[0]
check(vm["custom_fields"]["stagebox_key"] == "'"$1"'", vm["custom_fields"])
check(vm["cluster"]["name"] == "'"$2"'" and vm["comments"] == "by hand" and vm["description"] == "a note", vm)
for path in ("virtualization/interfaces", "ipam/ip-addresses"):
    rows = [row for row in nb.all(path) if row["description"] == "by hand"]
    check(rows, path)
    for row in rows:
        check(row["custom_fields"]["stagebox_key"].startswith("'"$1"'/"), row["custom_fields"])
check(vm["primary_ip4"]["address"].startswith("10.99.0.7"), vm["primary_ip4"])
check(len([row for row in nb.all("virtualization/virtual-machines") if row["name"] == "moving"]) == 1)'
}

new_lab other_endpoint
check "bootstrap" gives 0 bootstrap
guest lab/qemu/700 0001 10.99.0.7
check "the first sync" gives 0 sync
check "people work on the guest" work lab/qemu/700
ctl rm lab/qemu/700
guest edge/qemu/800 0001 10.99.0.7
check "the first endpoint lacks it, the second one has it" gives 0 sync
check "the object has moved with what people wrote" is_kept edge/qemu/800 edge-pve1
check "all accounts balance" sums
mark
check "a second sync succeeds" gives 0 sync
check "and writes nothing" look no-writes
prune_on
check "prune deletes nothing of it" gives 0 sync
check "the object is still there" is_kept edge/qemu/800 edge-pve1
lab_down

# The new endpoint is read first: it cannot know yet that the other one lacks the guest.
new_lab other_order
check "bootstrap" gives 0 bootstrap
guest edge/qemu/800 0002 10.99.0.8
check "the first sync" gives 0 sync
ctl rm edge/qemu/800
guest lab/qemu/700 0002 10.99.0.9
check "the new object is announced as the same guest" gives "0 2" plan --endpoint lab
check "with both keys" out_has 'lab/qemu/700  *has the same hardware UUID as edge/qemu/800'
prune_on
check "a sync of both" gives 0 sync
check "keeps both objects, whatever prune says" netbox '
nb.one("virtualization/virtual-machines", "lab/qemu/700")
nb.one("virtualization/virtual-machines", "edge/qemu/800")'
check "and says why" says 'edge/qemu/800  *has the same hardware UUID as lab/qemu/700'
lab_down

new_lab other_vmid
check "bootstrap" gives 0 bootstrap
guest lab/qemu/700 0003 10.99.0.7
check "the first sync" gives 0 sync
check "people work on the guest" work lab/qemu/700
ctl rm lab/qemu/700
guest lab/qemu/701 0003 10.99.0.7
prune_on
check "the guest is restored under another VMID" gives 0 sync
check "the object has moved with what people wrote" is_kept lab/qemu/701 lab
mark
check "a second sync succeeds" gives 0 sync
check "and writes nothing" look no-writes
ctl add lab/qemu/702
ctl set lab/qemu/702 "smbios1=uuid=${uuid}0003" name=copy
check "a clone with the same UUID is another guest" gives 0 sync
check "the object stays where it is" is_kept lab/qemu/701 lab
lab_down

simulated || done_testing

# A saved plan moves it, too.
new_lab saved
check "bootstrap" gives 0 bootstrap
guest lab/qemu/700 0004 10.99.0.7
check "the first sync" gives 0 sync
check "people work on the guest" work lab/qemu/700
ctl rm lab/qemu/700
guest edge/qemu/800 0004 10.99.0.7
check "its own endpoint lacks it" gives 0 sync --endpoint lab
check "the move is saved in a plan" gives 2 plan -o "$TMPDIR/plan"
check "and the plan is applied" gives 0 apply "$TMPDIR/plan"
check "its object moved" is_kept edge/qemu/800 edge-pve1
mark
check "a sync after it succeeds" gives 0 sync
check "and writes nothing" look no-writes
lab_down

before_guests() {
	before_first "$1" && guest lab/qemu/700 0005 10.99.0.7 && gives "0 4" sync && work lab/qemu/700 &&
		ctl rm lab/qemu/700 && guest edge/qemu/800 0005 10.99.0.7
}
calm guests
points="1 2 3"
[ -z "${STAGEBOX_TEST_FULL:-}" ] || points=$(seq "$total")
for k in $points; do
	if [ $((k % 2)) = 0 ]; then one guests "$k" commit job; else one guests "$k" drop command; fi
done
done_testing
