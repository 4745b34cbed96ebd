#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Tests of the test runner: each case is a small suite with the counts that the runner must print.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
n=0 bad=0

# run_counts WANTED-LINE WANTED-RC TEXT [OPTION...]: runs the suite on standard input; checks last line and exit code.
run_counts() {
	line=$1 rc=$2 text=$3
	shift 3
	n=$((n + 1))
	cat >"$dir/suite_$n.sh"
	# run.py finds leftover processes by an environment variable, which the inner run replaces
	python3 "$top/tests/run.py" "$@" "$dir/suite_$n.sh" >"$dir/out" 2>&1
	got=$?
	if [ "$(tail -n 1 "$dir/out")" = "$line" ] && [ $got = "$rc" ]; then
		echo "ok $n - $text"
	else
		echo "not ok $n - $text"
		sed 's/^/# /' "$dir/out"
		echo "# exit code $got"
		bad=1
	fi
}

run_counts '2 passed, 0 failed, 0 skipped' 0 'passed tests are counted' <<'E'
echo 'ok 1 - a'; echo 'ok 2 - b'; echo 1..2
E
run_counts '1 passed, 1 failed, 1 skipped' 1 'not ok counts as failed, SKIP as skipped' <<'E'
echo 1..3; echo 'ok 1 - a'; echo 'not ok 2 - b'; echo 'ok 3 - c # SKIP no'; exit 1
E
run_counts '1 passed, 1 failed, 0 skipped' 1 'an exit code without a not ok is a failure' <<'E'
echo 1..1; echo 'ok 1 - a'; exit 3
E
run_counts '1 passed, 1 failed, 0 skipped' 1 'a missing plan is a failure' <<'E'
echo 'ok 1 - a'
E
run_counts '1 passed, 1 failed, 0 skipped' 1 'a plan with another number of tests is a failure' <<'E'
echo 1..2; echo 'ok 1 - a'
E
run_counts '1 passed, 1 failed, 0 skipped' 1 'a command that does not exist is a failure' <<'E'
echo 1..1; echo 'ok 1 - a'; check_that_is_gone b
E
run_counts '1 passed, 1 failed, 0 skipped' 1 'an end by a signal is a failure' <<'E'
echo 1..1; echo 'ok 1 - a'; kill -SEGV $$
E
run_counts '1 passed, 1 failed, 0 skipped' 1 'a suite above its time limit is a failure' <<'E'
# limit 1
echo 1..1; echo 'ok 1 - a'; sleep 30
E
run_counts '1 passed, 1 failed, 0 skipped' 1 'a sanitizer report in the output is a failure' <<'E'
echo 1..1; echo 'ok 1 - a'; echo 'x.c:3:1: runtime error: signed integer overflow'
E
run_counts '1 passed, 1 failed, 0 skipped' 1 'a sanitizer report of a background process is a failure' <<'E'
echo 1..1; echo 'ok 1 - a'
report=${ASAN_OPTIONS#log_path=}
echo '==1==ERROR: AddressSanitizer: heap-use-after-free' >"${report%%:*}.1"
E
run_counts '1 passed, 1 failed, 0 skipped' 1 'a process that outlives its suite is a failure' <<'E'
echo 1..1; echo 'ok 1 - a'
setsid sleep 77.7 >/dev/null 2>&1 &
E
run_counts '0 passed, 0 failed, 0 skipped' 1 'a run without tests is a failure' --quick <<'E'
# slow
echo 1..1; echo 'ok 1 - a'
E
run_counts '0 passed, 0 failed, 1 skipped' 1 'a suite that skips itself counts as skipped' <<'E'
echo '1..0 # SKIP no root'
E
run_counts 'live: 1 passed, 0 failed' 0 'the label precedes the last line' --label live <<'E'
echo 1..1; echo 'ok 1 - a'
E
n=$((n + 1))
if ps -e -o args | grep -q '^sleep 77\.7'; then
	echo "not ok $n - a process that outlives its suite is killed"
	bad=1
else
	echo "ok $n - a process that outlives its suite is killed"
fi
n=$((n + 1))
cp "$dir/suite_1.sh" "$dir/tmp.sh"
cat >"$dir/tmp.sh" <<'E'
echo 1..1; mktemp -d >"$(dirname "$0")/where"; echo 'ok 1 - a'
E
python3 "$top/tests/run.py" "$dir/tmp.sh" >/dev/null
if [ -s "$dir/where" ] && [ ! -e "$(cat "$dir/where")" ]; then
	echo "ok $n - the folder of a suite is removed"
else
	echo "not ok $n - the folder of a suite is removed"
	bad=1
fi
echo "1..$n"
exit $bad
