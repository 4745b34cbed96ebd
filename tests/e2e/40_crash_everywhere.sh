#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# full netbox
# The job or the command of a run is killed during any of its writes, which NetBox commits late or never: after one more
# sync NetBox is as after an undisturbed run. STAGEBOX_TEST_FULL=1 tests every write, otherwise a sample.
# slow
# limit 1800
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
. "$e2e/lib_crash.sh"
full=${STAGEBOX_TEST_FULL:-}
# every write on the default pair of versions, a sample on the others
[ "$pve/$netbox_version" = 9/4.7 ] || full=

new_lab() {
	lab=$TMPDIR/$1
	lab_up --guests 6 --endpoints 1
	prune_on
}

for what in bootstrap first second; do
	calm $what
	echo "# $what: $total writes"
	if [ -n "$full" ] || [ "$total" -lt 4 ]; then
		k=0
		while [ $k -lt "$total" ]; do
			k=$((k + 1))
			both $what $k
		done
	else
		one $what 2 commit job
		one $what $((total / 3)) drop job
		one $what $((total / 2)) commit command
		one $what $((total - 1)) commit job
		one $what $((total - 2)) drop job
	fi
done
done_testing
