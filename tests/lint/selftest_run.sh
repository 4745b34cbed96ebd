#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The test runner sees every way in which a suite can fail: each case is a small suite and the count it must get.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
n=0 bad=0

# counts WANTED-LINE WANTED-RC TEXT [OPTION...]: the suite on standard input gets that closing line and exit code.
counts() {
	line=$1 rc=$2 text=$3
	shift 3
	n=$((n + 1))
	cat >"$dir/suite_$n.sh"
	# the outer run's mark must not make the inner one look like a leftover of itself
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

counts '2 passed, 0 failed, 0 skipped' 0 'what passes is counted' <<'E'
echo 'ok 1 - a'; echo 'ok 2 - b'; echo 1..2
E
counts '1 passed, 1 failed, 1 skipped' 1 'not ok fails, SKIP is skipped' <<'E'
echo 1..3; echo 'ok 1 - a'; echo 'not ok 2 - b'; echo 'ok 3 - c # SKIP no'; exit 1
E
counts '1 passed, 1 failed, 0 skipped' 1 'an exit code without a not ok' <<'E'
echo 1..1; echo 'ok 1 - a'; exit 3
E
counts '1 passed, 1 failed, 0 skipped' 1 'a missing plan' <<'E'
echo 'ok 1 - a'
E
counts '1 passed, 1 failed, 0 skipped' 1 'a plan that is not kept' <<'E'
echo 1..2; echo 'ok 1 - a'
E
counts '1 passed, 1 failed, 0 skipped' 1 'a death by signal' <<'E'
echo 1..1; echo 'ok 1 - a'; kill -SEGV $$
E
counts '1 passed, 1 failed, 0 skipped' 1 'a time-out' <<'E'
# limit 1
echo 1..1; echo 'ok 1 - a'; sleep 30
E
counts '1 passed, 1 failed, 0 skipped' 1 'a sanitizer report in the output' <<'E'
echo 1..1; echo 'ok 1 - a'; echo 'x.c:3:1: runtime error: signed integer overflow'
E
counts '1 passed, 1 failed, 0 skipped' 1 'a sanitizer report of a process in the background' <<'E'
echo 1..1; echo 'ok 1 - a'
report=${ASAN_OPTIONS#log_path=}
echo '==1==ERROR: AddressSanitizer: heap-use-after-free' >"${report%%:*}.1"
E
counts '1 passed, 1 failed, 0 skipped' 1 'a process that outlives its suite' <<'E'
echo 1..1; echo 'ok 1 - a'
setsid sleep 77.7 >/dev/null 2>&1 &
E
counts '0 passed, 0 failed, 0 skipped' 1 'no test at all fails' --quick <<'E'
# slow
echo 1..1; echo 'ok 1 - a'
E
counts '0 passed, 0 failed, 1 skipped' 1 'a suite that skips itself' <<'E'
echo '1..0 # SKIP no root'
E
counts 'live: 1 passed, 0 failed' 0 'a label stands before the closing line' --label live <<'E'
echo 1..1; echo 'ok 1 - a'
E
n=$((n + 1))
if ps -e -o args | grep -q '^sleep 77\.7'; then
	echo "not ok $n - and is ended"
	bad=1
else
	echo "ok $n - and is ended"
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
