#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Days of changes: one sync per day brings NetBox in step with Proxmox VE, and a second one has nothing to do.
# slow
# limit 240
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"

# days SEED DAYS: simulate a number of days in a lab of its own
days() {
	seed=$1
	lab=$TMPDIR/lab.$seed
	lab_up --seed "$seed" --guests 24 --endpoints 2
	prune_on
	check "[seed $seed] bootstrap" gives 0 bootstrap
	check "[seed $seed] the first sync" gives 0 sync
	day=0
	while [ $day -lt "$2" ]; do
		day=$((day + 1))
		ctl churn 50
		[ $((day % 2)) = 0 ] || ctl shuffle $((seed * 100 + day))
		vmid=$((100 + (seed * 7 + day * 3) % 11))
		ctl rm "lab/qemu/$vmid" >/dev/null || ctl rm "lab/lxc/$vmid" >/dev/null
		check "[seed $seed, day $day] a sync" gives 0 sync
		check "[seed $seed, day $day] NetBox matches Proxmox VE" mirrors --kept
		mark
		check "[seed $seed, day $day] another sync has nothing to do" gives 0 sync
		check "[seed $seed, day $day] another sync writes nothing" look no-writes
	done
	lab_down
}
for each_seed in ${E2E_SEEDS:-1 2 3}; do
	days "$each_seed" "${E2E_DAYS:-4}"
done
done_testing
