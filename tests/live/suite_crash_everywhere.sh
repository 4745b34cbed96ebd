#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# limit 2400
# only full
# alone: the settle time of the test is short, so other work must not delay a late commit
# As tests/e2e/40_crash_everywhere.sh, with a real NetBox and one write of each of several kinds: the proxy freezes the
# write, the test kills the job or the command, the proxy commits the write late or drops it, and one more sync brings
# NetBox to the same state as an undisturbed run. It takes ten minutes, so ./dev live runs it only with --full;
# ./dev test freezes writes of the simulated NetBox.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
. "$STAGEBOX_SRC/tests/live/real.sh"
. "$e2e/lib_crash.sh"

new_lab() {
	lab=$TMPDIR/$1
	lab_up --guests 6 --endpoints 1
	prune_on
}

# frozen_at WHAT METHOD PATH MODE VICTIM
frozen_at() {
	k=$(nth_write "$TMPDIR/lab.calm.$1/requests.ndjson" "$from" "$2" "$3")
	check "$1: the undisturbed run sends $2 $3" test -n "$k" || return
	one "$1" "$k" "$4" "$5"
	grep '"held":true' "$lab/requests.ndjson" | sed 's/.*"method":"\([A-Z]*\)","path":"\([^"?]*\).*/\1 \2/' >>"$TMPDIR/kinds"
}
# calm_run WHAT: an undisturbed run; sets $from to the line of the log at which it begins
calm_run() {
	calm "$1"
	from=$since
	echo "# $1: $total writes"
}
print_kinds() { sort -u "$TMPDIR/kinds" | sed 's/^/# frozen: /'; }
enough_kinds() { [ "$(sort -u "$TMPDIR/kinds" | wc -l)" -ge "$1" ] || { print_kinds; return 1; }; }

calm_run bootstrap
frozen_at bootstrap POST extras/custom-fields commit job

calm_run first
frozen_at first POST virtualization/virtual-machines commit command
frozen_at first PATCH virtualization/virtual-machines drop command
frozen_at first POST ipam/vlans drop job
frozen_at first POST dcim/devices commit job
frozen_at first POST virtualization/virtual-machines drop job
frozen_at first POST virtualization/interfaces commit job
frozen_at first POST ipam/ip-addresses drop command

calm_run second
frozen_at second POST virtualization/virtual-disks commit job
frozen_at second DELETE virtualization/interfaces drop command
frozen_at second PATCH virtualization/interfaces commit command
frozen_at second DELETE virtualization/virtual-machines commit job
check "writes of at least seven kinds were frozen" enough_kinds 7
print_kinds
new_lab lab.end
lab_down
done_testing
