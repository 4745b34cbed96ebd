#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# limit 2400
# The suites of tests/e2e that hold the rules of tests/FIELD.md, on a real NetBox, as far as they do not need one that
# fails at will: one case of each kind, with STAGEBOX_TEST_FULL=1 (./dev live --full) all. ./dev live 75_matching runs one
# of them alone.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"

# repeat SUITE: its results are results of this suite
repeat() {
	mkdir "$TMPDIR/$1"
	began=$(date +%s)
	{
		TMPDIR=$TMPDIR/$1 sh "$e2e/$1.sh"
		echo $? >"$TMPDIR/$1.code"
	} | sed -u "s/^\(not ok\|ok\) [0-9]* - /&$1: /"
	echo "# $1: $(($(date +%s) - began)) s"
	check "$1 ran to its end" same "$(cat "$TMPDIR/$1.code")" 0
}
suites=69_field
if [ -n "${STAGEBOX_TEST_FULL:-}" ]; then
	suites="69_field 70_refused 72_required 74_release 75_matching 79_moves 80_moves 81_touched 83_primary 84_facts"
fi
for each in $suites; do
	repeat "$each"
done
done_testing
