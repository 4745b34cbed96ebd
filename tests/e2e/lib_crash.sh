# SPDX-License-Identifier: Apache-2.0
# Shared by the suites that kill a run whose K-th write is frozen; they source it after lib.sh. They define
# new_lab NAME: a lab that is ready for the run; and may replace hold, dump and lab_down.

# hold K MODE: freeze the K-th write from now on; once its client is gone NetBox commits it late, or it is lost
hold() { ctl hold-write "$1" "$2"; }

# before_WHAT: a lab that is ready for the run
before_bootstrap() { new_lab "$1"; }
before_first() { new_lab "$1" && gives 0 bootstrap; }
# A sync that creates, changes and deletes objects, and swaps two names.
before_second() {
	before_first "$1" && ctl add lab/qemu/700 && ctl add lab/qemu/701 && ctl set lab/qemu/700 name=left &&
		ctl set lab/qemu/701 name=right && gives "0 4" sync &&
		ctl set lab/qemu/700 name=right && ctl set lab/qemu/701 name=left &&
		ctl set lab/qemu/101 memory=4096 net0=virtio=BC:24:11:FF:00:01,bridge=vmbr0,tag=77 tags="prod;fresh" \
			scsi9=local-lvm:vm-101-disk-9,size=5G scsi0=local-lvm:vm-101-disk-0,size=40G &&
		ctl set lab/qemu/104 scsi1= net1= && ctl rm lab/qemu/106 && ctl add lab/qemu/702
}
run_of() { [ "$1" = bootstrap ] && echo bootstrap || echo sync; }

calm() { # WHAT: run undisturbed; the final state is in $TMPDIR/calm.WHAT, the number of its writes in $total
	check "$1: the lab is ready" "before_$1" "lab.calm.$1"
	mark
	check "$1: the undisturbed run succeeds" gives "0 4" "$(run_of "$1")"
	total=$(writes)
	[ "$1" != bootstrap ] || check "$1: the sync after it succeeds" gives 0 sync
	dump "$TMPDIR/calm.$1"
	hash=$(sha256sum <"$TMPDIR/calm.$1")
	lab_down
}

# nth_write LOG LINE METHOD PATH: prints the number of the first such write in a log from this line on
nth_write() {
	python3 -c '
import json, sys
rows = [json.loads(line) for line in open(sys.argv[1])][int(sys.argv[2]):]
writes = [row for row in rows if row["server"] == "netbox" and row["method"] not in ("GET", "OPTIONS")]
numbers = [k for k, row in enumerate(writes, 1)
           if row["method"] == sys.argv[3] and row["path"].split("?")[0] == "/api/" + sys.argv[4] + "/"]
print(numbers[0] if numbers else "")' "$1" "$2" "$3" "$4"
}
held() { grep -q '"held":true' "$lab/requests.ndjson"; }
ended() { ! kill -0 "$command" 2>/dev/null; }
held_or_ended() { held || ended; }
job_pid() { "$STAGEBOX" run show last --format json --config "$config" 2>/dev/null | python3 -c '
import json, sys
run = json.load(sys.stdin)
sys.exit(0 if run["status"] == "running" and run["pid"] > 0 and print(run["id"], run["pid"]) is None else 1)'; }
# frozen "RUN..." K MODE: a run in the background ($command) whose K-th write is frozen; its job is $job, its number $id
frozen() {
	hold "$2" "$3" || return 1
	# shellcheck disable=SC2086 # a command with its options
	"$STAGEBOX" $1 --config "$config" >"$TMPDIR/run.out" 2>"$TMPDIR/run.err" &
	command=$!
	wait_for 60 held_or_ended
	# The number of requests varies by one or two, because the batches depend on the order of the answers.
	held || [ "$2" -lt $((total - 1)) ] || return 9
	held || { echo "no write was held"; cat "$TMPDIR/run.err"; return 1; }
	known=$(job_pid) || { echo "no running job is recorded"; return 1; }
	id=${known% *} job=${known#* }
}
keys_once() { netbox '
for path in ("virtualization/virtual-machines", "virtualization/interfaces", "virtualization/virtual-disks",
             "ipam/ip-addresses", "dcim/devices", "dcim/interfaces", "virtualization/clusters"):
    keys = [row["custom_fields"]["stagebox_key"] for row in nb.all(path)]
    check(len(keys) == len(set(keys)), path, sorted(key for key in keys if keys.count(key) > 1)[:5])'; }
state_is_calm() { # WHAT
	dump "$TMPDIR/state"
	[ "$(sha256sum <"$TMPDIR/state")" = "$hash" ] || same_state "$TMPDIR/calm.$1" "$TMPDIR/state"
}
settled() { # MODE
	gives 0 run show "$id" --format json &&
		python3 "$e2e/frozen.py" "$lab/requests.ndjson" "$since" "$killed" "$1" "$TMPDIR/out"
}

# disturbed WHAT K MODE VICTIM: one case as one check; the output shows the first command that failed
disturbed() {
	"before_$1" "lab.$1.$2.$3.$4" || return 1
	mark
	frozen "$(run_of "$1")" "$2" "$3" || return $?
	killed=$(date +%s.%N)
	[ "$4" = job ] && kill -9 "$job" || kill -9 "$command"
	wait "$command" 2>/dev/null
	# The next run begins before NetBox commits the frozen write.
	[ "$1" != bootstrap ] || gives 0 bootstrap || return 1
	gives "0 4" sync || return 1
	settled "$3" || return 1
	keys_once || return 1
	state_is_calm "$1" || return 1
	mark
	gives 0 sync && state_is_calm "$1" && look no-writes
}
case_passed() { # STATUS
	[ "$1" = 0 ] || { cat "$TMPDIR/case"; return 1; }
}
try_case() { # SENTENCE COMMAND...: one case with a lab of its own
	sentence=$1
	shift
	"$@" >"$TMPDIR/case" 2>&1
	status=$?
	if [ $status = 9 ]; then
		skip "$sentence" "this run had fewer writes"
	else
		check "$sentence" case_passed $status || sed 's/^/# /' "$TMPDIR/run.err" | tail -n 5
	fi
	lab_down 2>/dev/null
}
one() { # WHAT K MODE VICTIM
	try_case "$1: write $2 of $total is frozen, its $4 is killed, then $3: one more sync repairs the state" disturbed "$@"
}
kill_job() { # K MODE [RUN...]: in a new lab, a sync or RUN whose K-th write is frozen and whose job is killed
	new_lab "lab.$1.$2" || return 1
	mark
	frozen "${3-sync}" "$1" "$2" || return $?
	killed=$(date +%s.%N)
	kill -9 "$job"
	wait "$command" 2>/dev/null
	:
}
each_write() { # COMMAND [alternately]: COMMAND K MODE for each write, with commit and with drop, or with these in turns
	k=1
	while [ $k -le "$total" ]; do
		modes='commit drop'
		[ $# = 1 ] || { [ $((k % 2)) = 0 ] && modes=commit || modes=drop; }
		for mode in $modes; do
			try_case "write $k of $total is frozen, its job is killed, then $mode: one more sync repairs the state" "$1" $k $mode
		done
		k=$((k + 1))
	done
}
both() { # WHAT K: with commit and with drop, the job and the command in turns
	if [ $(($2 % 2)) = 0 ]; then set -- "$1" "$2" job command; else set -- "$1" "$2" command job; fi
	one "$1" "$2" commit "$3"
	one "$1" "$2" drop "$4"
}
