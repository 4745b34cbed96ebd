#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Each folder of tests/golden has a recording and the pure part of the plan that a replay must give, byte for byte.
# UPDATE_GOLDEN=1 rewrites the plans; tests/golden/record.sh makes the recordings.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
golden=$STAGEBOX_SRC/tests/golden

replays() {
	case=$1
	gunzip -c "$case/record.gz" >"$TMPDIR/record" || return 1
	"$STAGEBOX" plan --replay "$TMPDIR/record" -o "$TMPDIR/plan" >"$TMPDIR/out" 2>"$TMPDIR/err"
	code=$?
	wanted=$(cat "$case/exit")
	[ $code = "$wanted" ] || { echo "exit code $code instead of $wanted"; cat "$TMPDIR/err"; return 1; }
	python3 "$e2e/plans.py" pure "$TMPDIR/plan" "$TMPDIR/plan.json" || return 1
	if [ -n "${UPDATE_GOLDEN:-}" ]; then
		cp "$TMPDIR/plan.json" "$case/plan.json"
		return 0
	fi
	cmp -s "$case/plan.json" "$TMPDIR/plan.json" && return 0
	diff -u "$case/plan.json" "$TMPDIR/plan.json" | head -n 60
	return 1
}
for each in "$golden"/*/; do
	[ -f "$each/record.gz" ] || continue
	check "the recording $(basename "$each") gives its plan: $(cat "$each/about")" replays "${each%/}"
done
check "there are recordings" test "$n" -gt 0
done_testing
