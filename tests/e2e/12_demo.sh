#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The tour that README.md begins with.
# slow
# limit 180
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
cd "$STAGEBOX_SRC" || exit 1
state() { git status --porcelain 2>/dev/null; }
before=$(state)
./dev demo >"$TMPDIR/out" 2>"$TMPDIR/err"
code=$?
check "./dev demo ends well" same $code 0 || { tail -n 40 "$TMPDIR/out" "$TMPDIR/err" | sed 's/^/# /'; }
for each in 'qemu.guests' 'created:' '^0 changes' 'writes to NetBox: 0' 'memory: .* -> 8192' 'name: .* -> renamed' '3 to change' 'The lab goes down'; do
	check "it shows: $each" out_has "$each"
done
check "it leaves the work tree as it was" same "$(state)" "$before"
done_testing
