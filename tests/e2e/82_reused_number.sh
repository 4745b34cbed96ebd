#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A saved plan does what a sync does when a VMID was reused: the new guest takes the place of the old one.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
lab_up --guests 6 --endpoints 1
prune_on
check "bootstrap" gives 0 bootstrap
ctl add lab/qemu/700
ctl set lab/qemu/700 name=old
check "the first sync" gives 0 sync
ctl rm lab/qemu/700
ctl add lab/qemu/700
ctl set lab/qemu/700 name=new memory=3072 scsi3=local-lvm:vm-700-disk-3,size=3G
check "a plan replaces the guest" gives 2 plan -o "$TMPDIR/plan"
check "it deletes the old one and creates the new one" netbox '
plan = json.load(open("'"$TMPDIR/plan"'"))
verbs = [op["verb"] for part in plan["endpoints"] for op in part["ops"] if op["key"] == "lab/qemu/700"]
check(verbs[:2] == ["delete", "create"], verbs)'
check "the plan is applied" gives 0 apply "$TMPDIR/plan"
check "the new guest is there with its parts" netbox '
vm = nb.one("virtualization/virtual-machines", "lab/qemu/700")
check(vm["name"] == "new" and vm["memory"] == 3072, vm["name"], vm["memory"])
nb.one("virtualization/virtual-disks", "lab/qemu/700/scsi3")
nb.one("virtualization/interfaces", "lab/qemu/700/net0")'
check "NetBox equals Proxmox VE" mirrors
check "and all accounts balance" sums
mark
check "a sync after it succeeds" gives 0 sync
check "and writes nothing" look no-writes
check "the plan cannot be applied a second time" gives "1 4" apply "$TMPDIR/plan"
check "which leaves the guest as it is" netbox '
check(nb.one("virtualization/virtual-machines", "lab/qemu/700")["name"] == "new")'
done_testing
