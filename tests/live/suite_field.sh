#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# limit 2400
# The suites of tests/e2e that hold the rules of tests/FIELD.md, on a real NetBox, as far as they do not need one that
# fails at will: one case of each kind, with STAGEBOX_TEST_FULL=1 (./dev live --full) all. ./dev live 75_matching runs one
# of them alone.
. "${STAGEBOX_SRC:?}/tests/live/lib_live.sh"

suites=69_field
if [ -n "${STAGEBOX_TEST_FULL:-}" ]; then
	suites="69_field 70_refused 72_required 74_release 75_matching 79_moves 80_moves 81_touched 83_primary 84_facts"
fi
for each in $suites; do
	repeat "$each"
done
done_testing
