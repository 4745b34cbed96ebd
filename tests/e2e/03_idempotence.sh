#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Creates travel in bulk, an unchanged source causes no write, and saved plans are applied exactly or refused.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
lab_up
check "bootstrap prepares NetBox" gives 0 bootstrap
mark
check "the first sync succeeds" gives 0 sync
check "80 % of its creates are sent in POSTs of at least 20" look bulk 80 20
dump "$TMPDIR/first"

mark
check "the second sync has nothing to do" gives 0 sync
check "the second sync writes nothing" look no-writes
check "a plan has no changes" gives 0 plan
check "a plan in JSON has no changes" gives 0 plan --format json
rm -f "$lab"/stagebox.db*
check "a sync whose store was deleted has nothing to do" gives 0 sync
check "a sync whose store was deleted writes nothing" look no-writes
check "the sync after that has nothing to do" gives 0 sync
check "the sync after that writes nothing" look no-writes
dump "$TMPDIR/second"
check "the state is that of the first sync" same_state "$TMPDIR/first" "$TMPDIR/second"

ctl set lab/qemu/101 memory=8192
ctl set lab/qemu/103 name=renamed
ctl set lab/lxc/107 cores=7
check "changes at the source are planned" gives 2 plan -o "$TMPDIR/plan"
mark
check "the plan is applied" gives 0 apply "$TMPDIR/plan"
check "applying it writes 3 objects" same "$(look count-objects)" 3
check "NetBox mirrors Proxmox VE after the apply" mirrors
check "the next plan is empty" gives 0 plan
mark
check "the same plan again has nothing to do" gives 0 apply "$TMPDIR/plan"
check "the same plan again writes nothing" look no-writes

ctl add lab/qemu/910
check "a new guest is planned" gives 2 plan -o "$TMPDIR/plan"
check "the new guest is created by the apply" gives 0 apply "$TMPDIR/plan"
mark
check "the same plan again creates nothing twice" gives "0 1 3 4 5" apply "$TMPDIR/plan"
check "the repeated plan writes nothing" look no-writes
check "NetBox has the new guest once" netbox '
keys = [row["custom_fields"]["stagebox_key"] for row in nb.all("virtualization/virtual-machines")]
check(keys.count("lab/qemu/910") == 1, keys.count("lab/qemu/910"))'
check "NetBox mirrors Proxmox VE with the new guest" mirrors

ctl set lab/qemu/101 memory=9216
ctl set lab/qemu/103 name=renamed2
check "another plan is made" gives 2 plan -o "$TMPDIR/plan"
check "meanwhile a person changes that memory in NetBox" netbox '
vm = nb.one("virtualization/virtual-machines", "lab/qemu/101")
nb.call("PATCH", "virtualization/virtual-machines/%d/" % vm["id"], {"memory": 1234})'
check "applying the stale plan is not a full success" gives "1 3 4 5" apply "$TMPDIR/plan"
check "the apply names the stale object" says "lab/qemu/101"
check "the stale object is unchanged, the rest is written" netbox '
vm = nb.one("virtualization/virtual-machines", "lab/qemu/101")
check(vm["memory"] == 1234, vm["memory"])
vm = nb.one("virtualization/virtual-machines", "lab/qemu/103")
check(vm["name"] == "renamed2", vm["name"])'
check "a plan of another NetBox, or a file that is not a plan, is refused" gives "64 78" apply "$TMPDIR/first"
check "the next sync fixes the stale object" gives 0 sync
check "NetBox mirrors Proxmox VE after that sync" mirrors
done_testing
