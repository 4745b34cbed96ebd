#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Bulk, and nothing to do where nothing changed; saved plans do what they say or are refused.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
lab_up
check "bootstrap" gives 0 bootstrap
mark
check "the first sync" gives 0 sync
check "80 % of what it creates travels in POSTs of at least 20" look bulk 80 20
dump "$TMPDIR/first"

mark
check "the second sync has nothing to do" gives 0 sync
check "and writes nothing" look no-writes
check "a plan has no changes" gives 0 plan
check "a plan for programs says so, too" gives 0 plan --format json
rm -f "$lab"/stagebox.db*
check "a sync whose store was deleted has nothing to do" gives 0 sync
check "and writes nothing" look no-writes
check "another one neither" gives 0 sync
check "still no write" look no-writes
dump "$TMPDIR/second"
check "the state is the one of the first sync" same_state "$TMPDIR/first" "$TMPDIR/second"

ctl set lab/qemu/101 memory=8192
ctl set lab/qemu/103 name=renamed
ctl set lab/lxc/107 cores=7
check "what changes at the source is planned" gives 2 plan -o "$TMPDIR/plan"
mark
check "applying the plan does it" gives 0 apply "$TMPDIR/plan"
check "with 3 objects written" same "$(look count-objects)" 3
check "and Proxmox VE is what NetBox says" mirrors
check "after that a plan is empty" gives 0 plan
mark
check "the same plan again has nothing to do" gives 0 apply "$TMPDIR/plan"
check "and writes nothing" look no-writes

ctl add lab/qemu/910
check "a new guest is planned" gives 2 plan -o "$TMPDIR/plan"
check "and applied" gives 0 apply "$TMPDIR/plan"
mark
check "the same plan again creates nothing twice" gives "0 1 3 4 5" apply "$TMPDIR/plan"
check "because nothing is written" look no-writes
check "it is there once" netbox '
keys = [row["custom_fields"]["stagebox_key"] for row in nb.all("virtualization/virtual-machines")]
check(keys.count("lab/qemu/910") == 1, keys.count("lab/qemu/910"))'
check "as Proxmox VE says it" mirrors

ctl set lab/qemu/101 memory=9216
ctl set lab/qemu/103 name=renamed2
check "another plan" gives 2 plan -o "$TMPDIR/plan"
check "meanwhile somebody changes that memory in NetBox" netbox '
vm = nb.one("virtualization/virtual-machines", "lab/qemu/101")
nb.call("PATCH", "virtualization/virtual-machines/%d/" % vm["id"], {"memory": 1234})'
check "applying says that it is not whole" gives "1 3 4 5" apply "$TMPDIR/plan"
check "and names the object" says "lab/qemu/101"
check "what is stale was left alone, the rest was done" netbox '
vm = nb.one("virtualization/virtual-machines", "lab/qemu/101")
check(vm["memory"] == 1234, vm["memory"])
vm = nb.one("virtualization/virtual-machines", "lab/qemu/103")
check(vm["name"] == "renamed2", vm["name"])'
check "a plan of another NetBox or none is refused" gives "64 78" apply "$TMPDIR/first"
check "the next sync mends it" gives 0 sync
check "and NetBox says what Proxmox VE says" mirrors
done_testing
