#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Each term of both sums of an account has its own counter. In these runs all of them count, so that a counter that
# misses an object makes a run unbalanced.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"

lab_up --guests 12 --endpoints 1
check "bootstrap" gives 0 bootstrap
check "a first sync" gives 0 sync
check "all objects are counted as created, and the accounts balance" sums create
ctl set lab/qemu/104 memory=4096 cores=3
check "a plan has two changes of one guest" gives 2 plan -o "$TMPDIR/plan.json"
check "a person makes both changes before the plan is applied" netbox '
vm = nb.one("virtualization/virtual-machines", "lab/qemu/104")
op = next(op for op in json.load(open("'"$TMPDIR"'/plan.json"))["endpoints"][0]["ops"] if op["key"] == "lab/qemu/104")
nb.call("PATCH", "virtualization/virtual-machines/%d/" % vm["id"], op["set"])'
check "apply has nothing to write" gives 0 apply "$TMPDIR/plan.json"
check "the guest is counted as the same, and the accounts balance" sums same
set_conf 's/^prune:.*/prune: { enabled = true; runs = 1; grace = "0s"; max_percent = 100; };/'
for each in 700 701; do
	ctl add lab/qemu/$each
	ctl move lab/qemu/$each pve1
done
ctl set lab/qemu/701 name=refused
ctl fault netbox reject-name refused
ctl set lab/qemu/104 memory=8192
ctl rm lab/qemu/101
check "a node goes offline" ctl fault pve:lab node-offline pve2
check "a sync with all outcomes is partial" gives 4 sync
check "every counter counts, and the accounts balance" sums create update same skipped failed unknown matched delete kept
done_testing
