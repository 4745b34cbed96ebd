#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The job that carries out an action dies at each of its I/O calls, from the first event of the action to its end: the plan,
# applied again, goes on where it was, and no request is sent twice. STAGEBOX_TEST_FULL=1 tries every call, otherwise a
# sample.
# versions one
# slow
# limit 1800
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
. "$e2e/lib_actions.sh"
if ! [ -f "$own/power.so" ] || ! grep -q -a torture_fails "$STAGEBOX"; then
	skip "a job that dies during an action" "this program cannot be made to die: use build-asan"
	done_testing
fi
check "a lab with a module that acts" power_lab lab
rounds=0
# planned: a plan that restarts 103, unlike those before
planned() {
	rounds=$((rounds + 1))
	power "restart = [ \"103\" ]; why = \"round $rounds\";"
	gives 2 plan -o "$TMPDIR/plan"
}
# restarted: each round stopped and started the guest once
restarted() {
	wanted=$(i=0; while [ $i -lt $rounds ]; do echo "stop start"; i=$((i + 1)); done | tr '\n' ' ')
	began 103 "${wanted% }"
}
settled() { journal >"$TMPDIR/journal" && has_not "$TMPDIR/journal" ' open$'; }

# killed N: the job dies at its N-th call; true also when it has fewer
killed() {
	SB_TORTURE="job kill $1" "$STAGEBOX" apply "$TMPDIR/plan" --config "$config" >"$TMPDIR/out" 2>"$TMPDIR/err"
	code=$?
	case $code in
	0) died= ;;
	1) died=1 && says "signal 9" ;;
	*) echo "exit code $code" && cat "$TMPDIR/err" && return 1 ;;
	esac
}
step=${STAGEBOX_TEST_FULL:+1}
at=1 died=1
while [ -n "$died" ] && [ $at -lt 400 ]; do
	check "call $at: a plan" planned
	check "call $at: the job dies, or ends" killed $at
	if [ -n "$died" ]; then
		check "call $at: applied again it succeeds" gives 0 apply "$TMPDIR/plan"
	fi
	check "call $at: the guest was stopped and started once" restarted
	check "call $at: nothing is open" settled
	at=$((at + ${step:-7}))
done
check "the job had more than 20 calls" [ $at -gt 20 ]

# The command dies, too, while a task runs
open_tasks() {
	same "$(python3 -c 'import sqlite3, sys
print(sqlite3.connect(sys.argv[1]).execute("SELECT count(*) FROM call WHERE outcome = ? AND task <> ?", ("open", "")).fetchone()[0])' \
		"$lab/stagebox.db")" 1
}
slow() {
	ctl fault pve:lab task-slow 2 && planned || return 1
	"$STAGEBOX" apply "$TMPDIR/plan" --config "$config" >"$TMPDIR/slow.out" 2>&1 &
	command=$!
	wait_for 20 open_tasks || return 1
	kill -9 $command
	wait $command 2>/dev/null
	true
}
check "the command dies while a task runs" slow
check "a sync does not touch the action" gives 0 sync
check "whose request is open" open_tasks
check "applied again it waits for that task" gives 0 apply "$TMPDIR/plan"
check "the guest was stopped and started once" restarted
check "nothing is open" settled

# Another plan for the same guest first learns what became of the request of this one
check "the command dies once more while a task runs" slow
check "another plan, made while it stops" planned
check "is applied after that task, and sees that the guest has changed" gives "1 4" apply "$TMPDIR/plan"
check "with both states" says "it is stopped now, the plan saw it running"
check "the request of the first plan is not open any more" not open_tasks
check "the lab stops" lab_down
done_testing
