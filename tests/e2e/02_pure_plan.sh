#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A plan writes nothing; its pure part has the same bytes for any order of answers, and can be replayed from a recording
# without a network.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
lab_up --guests 10 --endpoints 2
check "bootstrap prepares NetBox" gives 0 bootstrap

# one_hash TIMES FROM: the plans of that many orders of answers are the same
one_hash() {
	i=0
	rm -f "$TMPDIR"/plan.*
	while [ $i -lt "$1" ]; do
		i=$((i + 1))
		ctl shuffle $(($2 + i)) || return 1
		gives 2 plan -o "$TMPDIR/plan.$i" || return 1
	done
	same_plan "$TMPDIR"/plan.*
}
no_run_stored() { gives 0 runs --format json && python3 -c '
import json, sys
sys.exit(any(run["mode"] != "bootstrap" for run in json.load(open(sys.argv[1]))))' "$TMPDIR/out"; }

mark
check "a plan with changes ends with exit code 2" gives 2 plan -o "$TMPDIR/first"
check "the plan is saved as a file" test -s "$TMPDIR/first"
check "a second plan ends with exit code 2" gives 2 plan -o "$TMPDIR/again"
check "both plans have the same bytes" same_plan "$TMPDIR/first" "$TMPDIR/again"
check "20 orders of answers give one plan" one_hash 20 100
check "no plan wrote anything" look no-writes
check "a plan is not stored as a run" no_run_stored
check "its pure part can be read alone" python3 "$e2e/plans.py" pure "$TMPDIR/first" "$TMPDIR/pure"
check "and contains no path, time or server" has_not "$TMPDIR/pure" "$lab\|127.0.0.1\|$(date +%Y-%m-%d)\|[^0-9a-f]$(date +%s | cut -c1-6)[0-9]\{4\}[^0-9a-f]"
check "a plan contains no path and no server" has_not "$TMPDIR/first" "$lab\|127.0.0.1"

ctl clear
check "a plan can be recorded" gives 2 plan --record "$TMPDIR/record" -o "$TMPDIR/recorded"
check "recording does not change the plan" same_plan "$TMPDIR/first" "$TMPDIR/recorded"
check "a recording contains no secret" python3 -c '
import sys
record = open(sys.argv[1]).read()
for name in ("netbox", "lab", "edge"):
    token = open(sys.argv[2] + "/tokens/" + name).read().strip()
    assert token not in record and token.split("=")[-1].split(".")[-1] not in record, name' "$TMPDIR/record" "$lab"

# replayed PLAN: the recording gives the same plan without a network
alone='unshare -rn'
$alone true 2>/dev/null || alone='unshare -n'
replayed() {
	$alone "$STAGEBOX" plan --replay "$TMPDIR/record" -o "$TMPDIR/replayed" --config "$config" >"$TMPDIR/out" 2>"$TMPDIR/err"
	code=$?
	[ $code = 2 ] || { echo "exit code $code"; cat "$TMPDIR/out" "$TMPDIR/err"; return 1; }
	same_plan "$1" "$TMPDIR/replayed"
}
if $alone true 2>/dev/null; then
	check "a replay in an empty network namespace gives the same bytes" replayed "$TMPDIR/first"
else
	skip "a replay in an empty network namespace gives the same bytes" "cannot create a network namespace"
fi

check "the first sync succeeds" gives 0 sync
ctl churn 60
ctl rm lab/qemu/101
mark
check "a plan of updates ends with exit code 2" gives 2 plan --record "$TMPDIR/record" -o "$TMPDIR/second"
check "5 orders of answers give one plan of updates" one_hash 5 200
check "all of them are the plan of updates" same_plan "$TMPDIR/second" "$TMPDIR/plan.1"
check "still nothing was written" look no-writes
if $alone true 2>/dev/null; then
	check "the replayed plan of updates has the same bytes" replayed "$TMPDIR/second"
else
	skip "the replayed plan of updates has the same bytes" "cannot create a network namespace"
fi
check "plan --format json ends with exit code 2" gives 2 plan --format json
check "its output is valid JSON" python3 -m json.tool "$TMPDIR/out"
lab_down

# Two configs are refused, and one of the answers comes a second after everything else.
lab=$TMPDIR/refused
lab_up --guests 10 --endpoints 1
pve_url=$(sed -n 's/.*urls = \[ "\([^"]*\)" \].*/\1/p' "$config")
cp "$config" "$TMPDIR/good.cfg"
gives 0 bootstrap
# refused RULES LATE: a plan while the gate refuses these configs, that of guest LATE after the others; saved as plan.LATE
refused() {
	: >"$TMPDIR/port"
	python3 "$e2e/gate.py" to="$pve_url" refuses="$1" slow="$2" >"$TMPDIR/port" 2>/dev/null &
	gate=$!
	wait_for 10 test -s "$TMPDIR/port" || return 1
	sed "s|urls = \[.*\]|urls = [ \"http://127.0.0.1:$(cat "$TMPDIR/port")\" ]|" "$TMPDIR/good.cfg" >"$config"
	gives 4 plan --format json -o "$TMPDIR/plan.$2"
	code=$?
	kill "$gate"
	return $code
}
one_cause() {
	python3 -c '
import json, sys
causes = []
def walk(value):
    if isinstance(value, dict):
        causes.extend(value.get("causes") or [])
        value = list(value.values())
    for each in value if isinstance(value, list) else []:
        walk(each)
walk(json.load(open(sys.argv[1])))
found = [cause for cause in causes if "HTTP 403" in cause["text"]]
sys.exit(0 if found and len({cause["text"] for cause in found}) == 1 and
         all({key.split("/")[2] for key in cause["keys"]} == {"101", "108"} for cause in found) else print(found) or 1)' "$TMPDIR/plan.101"
}
check "a plan while two configs are refused, the first one late" refused 101:403,108:403 101
check "both are one cause with their keys" one_cause
check "a plan with the other one late" refused 101:403,108:403 108
check "has the same bytes" same_plan "$TMPDIR/plan.101" "$TMPDIR/plan.108"
check "a plan with two reasons, the first one late" refused 101:500,108:403 101
check "a plan with the second one late" refused 101:500,108:403 108
check "has the same bytes, too" same_plan "$TMPDIR/plan.101" "$TMPDIR/plan.108"
done_testing
