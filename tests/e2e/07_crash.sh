#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# full netbox
# After a job or a command was killed during a write, the next sync leaves no object duplicated and none missing.
# slow
# limit 300
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
size='--guests 6 --endpoints 1'

# A run without disturbance: its final state, and the number of its writes.
lab=$TMPDIR/calm
# shellcheck disable=SC2086 # words
lab_up $size
check "bootstrap" gives 0 bootstrap
mark
check "a first sync without disturbance" gives 0 sync
total=$(writes)
dump "$TMPDIR/undisturbed"
lab_down

held() { grep -q '"held":true' "$lab/requests.ndjson"; }
job_pid() { "$STAGEBOX" run show last --format json --config "$config" 2>/dev/null | python3 -c '
import json, sys
run = json.load(sys.stdin)
sys.exit(0 if run["status"] == "running" and run["pid"] > 0 and print(run["pid"]) is None else 1)'; }
# frozen K MODE: a sync in the background ($sync) whose K-th write is frozen, its job is $job
frozen() {
	ctl hold-write "$1" "$2" || return 1
	"$STAGEBOX" sync --config "$config" >"$TMPDIR/sync.out" 2>"$TMPDIR/sync.err" &
	sync=$!
	wait_for 60 held || { echo "no write was held"; cat "$TMPDIR/sync.err"; return 1; }
	job=$(job_pid) || { echo "no running job is recorded"; return 1; }
}
ends() { # CODES
	wait "$sync"
	code=$?
	for each_code in $1; do [ $code != "$each_code" ] || return 0; done
	echo "the sync ended with $code instead of $1"
	cat "$TMPDIR/sync.out" "$TMPDIR/sync.err"
	return 1
}
keys_once() { netbox '
for path in ("virtualization/virtual-machines", "virtualization/interfaces", "virtualization/virtual-disks",
             "ipam/ip-addresses", "dcim/devices", "dcim/interfaces", "virtualization/clusters"):
    keys = [row["custom_fields"]["stagebox_key"] for row in nb.all(path)]
    check(len(keys) == len(set(keys)), path, sorted(key for key in keys if keys.count(key) > 1)[:5])'; }
recovered() { # LABEL
	check "$1: the next sync succeeds" gives 0 sync
	check "$1: every key exists once" keys_once
	dump "$TMPDIR/recovered"
	check "$1: the state is that of an undisturbed run" same_state "$TMPDIR/undisturbed" "$TMPDIR/recovered"
	mark
	check "$1: another sync has nothing to do" gives 0 sync
	check "$1: another sync writes nothing" look no-writes
}
case_up() {
	lab=$TMPDIR/lab.$case
	# shellcheck disable=SC2086 # words
	lab_up $size
	gives 0 bootstrap
}

case=0
for k in 1 $(((total + 1) / 2)) "$total"; do
	for mode in commit drop; do
		case=$((case + 1))
		label="write $k of $total frozen, then $mode"
		check "$label: bootstrap" case_up
		check "$label: the write is under way" frozen "$k" "$mode" || { lab_down; continue; }
		kill -9 "$job"
		check "$label: a killed job makes the command exit with 1" ends 1
		check "$label: the run is recorded as failed, with the signal" last '
check(run["status"] == "failed", run["status"])
check(re.search(r"signal 9|SIGKILL", text), text)
check("\"signal\": 9" in text, text)'
		recovered "$label"
		check "$label: the runs are listed" gives 0 runs --format json
		check "$label: the killed run is listed as failed" python3 -c '
import json, sys
runs = json.load(open(sys.argv[1]))
sys.exit([run["status"] for run in runs if run["mode"] == "sync"] != ["ok", "ok", "failed"] and str(runs))' "$TMPDIR/out"
		lab_down
	done
done

for mode in commit drop; do
	case=$((case + 1))
	k=$(((total + 1) / 2))
	label="the command is killed while write $k is frozen, then $mode"
	check "$label: bootstrap" case_up
	check "$label: the write is under way" frozen "$k" "$mode" || { lab_down; continue; }
	kill -9 "$sync"
	wait "$sync" 2>/dev/null
	check "$label: its job ends, too" wait_for 10 not kill -0 "$job"
	recovered "$label"
	check "$label: the runs are listed" gives 0 runs --format json
	check "$label: the killed run is listed as interrupted" python3 -c '
import json, sys
runs = json.load(open(sys.argv[1]))
sys.exit([run["status"] for run in runs if run["mode"] == "sync"] != ["ok", "ok", "interrupted"] and str(runs))' "$TMPDIR/out"
	lab_down
done

# SIGTERM to the command ends its job cleanly.
case=$((case + 1))
label="the command gets SIGTERM while a write is frozen"
check "$label: bootstrap" case_up
check "$label: the write is under way" frozen 2 commit
kill -TERM "$sync"
check "$label: the command exits with 128 + 15" ends 143
check "$label: its job ends, too" wait_for 10 not kill -0 "$job"
check "$label: the run is recorded as cancelled or interrupted" last 'check(run["status"] in ("cancelled", "interrupted"), run["status"])'
recovered "$label"
lab_down

# The connection is closed during a write, and the job continues.
case=$((case + 1))
label="NetBox closes the connection of a write"
check "$label: bootstrap" case_up
ctl hold-write 3 commit
"$STAGEBOX" sync --config "$config" >"$TMPDIR/sync.out" 2>"$TMPDIR/sync.err" &
sync=$!
wait_for 60 held
ctl clear
check "$label: the sync ends" ends "0 1 4"
recovered "$label"
done_testing
