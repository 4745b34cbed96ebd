#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What apply and run show say of an action: what was done and what was not, which task still runs, what a task warned of, and
# how to go on.
# versions one
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
. "$e2e/lib_actions.sh"
power_or_skip "words about actions"
check "a lab with a module that acts" power_lab lab

# Half done
power 'restart = [ "106" ]; start = [ "107" ];'
check "a plan to restart one guest and start another" gives 2 plan -o "$TMPDIR/plan"
check "the start of the first one will fail" ctl fault pve:lab task-fail "disk is full" --path qemu/106/status/start
check "apply ends with an error" gives "1 4" apply "$TMPDIR/plan"
half='! restart lab/qemu/106: failed: stop is done, start failed: disk is full (task UPID:pve[0-9]:.* on node pve[0-9]). The guest may be down'
check "and says what is done and what is not" says "$half. .stagebox apply $TMPDIR/plan. goes on"
check "and that the other guest is done" out_has '! start lab/lxc/107: done'
check "run show says the same" gives 0 run show last
check "without the name of the file" says "$half. Applying the same plan file goes on"
check "JSON has the actions" gives "1 4" apply "$TMPDIR/plan" --format json
check "with their requests" python3 -c 'import json, sys
action = json.load(open(sys.argv[1]))["runs"][0]["actions"][0]
assert action["key"] == "lab/qemu/106" and action["state"] == "failed", action
assert [c["call"] for c in action["calls"]] == ["stop", "start", "start"], action' "$TMPDIR/out"
check "the fault ends" ctl clear
check "applied again" gives 0 apply "$TMPDIR/plan"
check "it is done" out_has '! restart lab/qemu/106: done'

# A task that still runs
power 'restart = [ "103" ];'
check "a sync reads what the started guest has" gives 0 sync
check "a plan" gives 2 plan -o "$TMPDIR/plan"
check "a stop that hangs" ctl fault pve:lab task-hang --path status/stop
open_task() {
	python3 -c 'import sqlite3, sys
sys.exit(not sqlite3.connect(sys.argv[1]).execute("SELECT count(*) FROM call WHERE outcome = ? AND task <> ?", ("open", "")).fetchone()[0])' \
		"$lab/stagebox.db"
}
interrupted() {
	"$STAGEBOX" apply "$TMPDIR/plan" --config "$config" >"$TMPDIR/out" 2>"$TMPDIR/err" &
	command=$!
	wait_for 20 open_task || return 1
	sleep 0.5
	kill -TERM $command
	wait $command
	code=$?
	same "$code" 143
}
check "is interrupted" interrupted
check "while it ran, apply named node and task" err_has 'lab: stop of lab/qemu/103 runs on node pve[0-9]: task UPID:pve[0-9]:'
hangs='! restart lab/qemu/103: not finished: stop is under way, task UPID:pve[0-9]:.* on node pve[0-9]. The guest may be down'
check "at the end it says that the task is under way" says "$hangs. .stagebox apply $TMPDIR/plan. goes on"
check "run show says so, too" gives 0 run show last
check "after the run" says "$hangs"
check "the task ends" ctl clear
check "applied again, it goes on" gives 0 apply "$TMPDIR/plan"
check "and stops nothing twice" began 103 "stop start"

# A warning is a success, and is said
power 'restart = [ "104" ];'
check "a plan" gives 2 plan -o "$TMPDIR/plan"
check "a start that warns" ctl fault pve:lab task-warn "no bridge" --path status/start
check "is a success" gives 0 apply "$TMPDIR/plan"
check "and apply says so" out_has '! restart lab/qemu/104: done: stop is done, start is done: WARNINGS: 1 (task UPID:'
check "run show, too" gives 0 run show last
check "with the task" out_has '! start lab/qemu/104 on node pve[0-9]: done: WARNINGS: 1  UPID:'
# A server that does not answer about a task
power 'restart = [ "103" ]; why = "again";'
check "a plan" gives 2 plan -o "$TMPDIR/plan"
check "a stop that hangs" ctl fault pve:lab task-hang --path status/stop
check "and a node that does not answer about its task" ctl fault pve:lab 500 --path tasks/UPID
check "apply gives up after a while" gives "1 4" apply "$TMPDIR/plan"
check "and names node and task" says 'what became of "stop" is not known (node pve[0-9], task UPID:pve[0-9]:[0-9A-F:]*:qmstop:103:operate@pve!stagebox:): apply the plan again later: GET /nodes/'
check "so that people can read them" not has "$TMPDIR/both" 'UPID%'
check "it is clear that the guest may be down" says 'restart lab/qemu/103: failed: stop is under way, task UPID:.* The guest may be down'
check "the node answers again" ctl clear
check "applied again, it goes on" gives 0 apply "$TMPDIR/plan"
check "and stops nothing twice" began 103 "stop start stop start"
check "the lab stops" lab_down
done_testing
