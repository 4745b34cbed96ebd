#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The limits of prune hold for all stages together: when guests and containers vanish, and both together are above a limit,
# none is deleted, in this sync and in the next ones.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
lab_up --guests 8 --endpoints 1
check "bootstrap" gives 0 bootstrap
for each in qemu/701 qemu/702 qemu/703 lxc/801 lxc/802 lxc/803; do ctl add lab/$each; done
check "the first sync" gives 0 sync
set_conf 's/^prune:.*/prune: { enabled = true; runs = 1; grace = "0s"; max_percent = 100; max_count = 5; };/'
for each in qemu/701 qemu/702 qemu/703 lxc/801 lxc/802 lxc/803; do ctl rm lab/$each; done
mark
check "three guests and three containers vanish, and five may: a sync is refused" gives 5 sync
check "the message has the sum, the option and its value" says '6 of kind vm would be deleted, and prune.max_count allows 5'
check "nothing is deleted" look no-deletes
check "the next sync is refused, too" gives 5 sync
check "and deletes nothing" look no-deletes
set_conf 's/max_count = 5/max_count = 6/'
check "with a limit of six a sync succeeds" gives 0 sync
check "and deletes all of them" netbox '
keys = [vm["custom_fields"]["stagebox_key"] for vm in nb.all("virtualization/virtual-machines")]
check(not [key for key in keys if key and key[-3:] > "700"], keys)'
done_testing
