#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ./dev demo, the tour at the beginning of README.md, works and leaves nothing behind.
# slow
# limit 180
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
cd "$STAGEBOX_SRC" || exit 1
worktree_state() { git status --porcelain 2>/dev/null; }
before=$(worktree_state)
./dev demo >"$TMPDIR/out" 2>"$TMPDIR/err"
code=$?
check "./dev demo succeeds" same $code 0 || { tail -n 40 "$TMPDIR/out" "$TMPDIR/err" | sed 's/^/# /'; }
for each in 'qemu.guests' 'created:' 'no changes' 'writes to NetBox: 0' 'memory: .* -> 8192' 'name: .* -> renamed' '3 to change' 'Stopping the lab'; do
	check "the output contains: $each" out_has "$each"
done
check "./dev demo does not change the work tree" same "$(worktree_state)" "$before"
done_testing
