#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# limit 1200
# The suites of tests/e2e that hold the rules of tests/FIELD.md, on a real NetBox, as far as they do not need one that
# fails at will. ./dev live 75_matching runs one of them alone.
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
for each in 70_refused 72_required; do
	repeat "$each"
done
done_testing
