#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Each term of both sums has its own counter: runs in which all of them count. One that forgets to count an object is
# unbalanced.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"

lab_up --guests 12 --endpoints 1
check "bootstrap" gives 0 bootstrap
check "a first sync" gives 0 sync
check "all is new, and balances" sums create
ctl set lab/qemu/104 memory=4096 cores=3
check "a plan of two changes of one guest" gives 2 plan -o "$TMPDIR/plan.json"
check "a person makes both before it is applied" netbox '
vm = nb.one("virtualization/virtual-machines", "lab/qemu/104")
op = next(op for op in json.load(open("'"$TMPDIR"'/plan.json"))["endpoints"][0]["ops"] if op["key"] == "lab/qemu/104")
nb.call("PATCH", "virtualization/virtual-machines/%d/" % vm["id"], op["set"])'
check "then nothing is left to write" gives 0 apply "$TMPDIR/plan.json"
check "the guest counts as the same, and all balances" sums same
set_conf 's/^prune:.*/prune: { enabled = true; runs = 1; grace = "0s"; max_percent = 100; };/'
for each in 700 701; do
	ctl add lab/qemu/$each
	ctl move lab/qemu/$each pve1
done
ctl set lab/qemu/701 name=refused
ctl fault netbox reject-name refused
ctl set lab/qemu/104 memory=8192
ctl rm lab/qemu/101
check "a node is gone" ctl fault pve:lab node-offline pve2
check "something of everything" gives 4 sync
check "no term is missing, and both sums balance" sums create update same skipped failed unknown matched delete kept
done_testing
