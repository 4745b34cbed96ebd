#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Replaces the recordings of tests/golden by new ones from a lab: run sh tests/golden/record.sh, then
# UPDATE_GOLDEN=1 ./dev test tests/e2e/10_golden.sh, and review the difference. The fuzz target "job" uses two of them.
top=$(cd "$(dirname "$0")/../.." && pwd) || exit 1
STAGEBOX=${STAGEBOX:-$top/build/stagebox}
TMPDIR=$(mktemp -d)
STAGEBOX_SRC=$top
export STAGEBOX TMPDIR STAGEBOX_SRC
. "$top/tests/e2e/lib.sh"

# record_plan CASE CODE WORDS
record_plan() {
	dir=$top/tests/golden/$1
	mkdir -p "$dir"
	gives "$2" plan --record "$TMPDIR/record" -o "$TMPDIR/plan" || exit 1
	gzip -9 -n -c "$TMPDIR/record" >"$dir/record.gz"
	printf '%s\n' "$2" >"$dir/exit"
	printf '%s\n' "$3" >"$dir/about"
	python3 "$e2e/plans.py" pure "$TMPDIR/plan" "$dir/plan.json"
}

lab_up --guests 8 --endpoints 2
gives 0 bootstrap || exit 1
record_plan first 2 'all objects are new'
gives 0 sync || exit 1
record_plan same 0 'nothing has changed'
ctl churn 60
ctl rm lab/qemu/101
ctl set lab/qemu/103 name=renamed description='first line' tags='prod;fresh' net0=
record_plan changed 2 'names, sizes, notes, tags, a NIC and a deleted guest'
ctl fault lab node-offline pve2
record_plan offline 4 'one node is offline: its guests are kept'
ctl clear
ctl fault lab empty-resources
record_plan empty 4 'the list of guests is empty, which does not prove that they were deleted'
ctl clear
lab_down
python3 "$top/tests/fuzz/job_base.py" || exit 1
rm -rf "$TMPDIR"
finish 0
