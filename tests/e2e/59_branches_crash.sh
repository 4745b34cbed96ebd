#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# full netbox
# limit 900
# A run into a branch is killed at each of its writes: when the branch is created, while it is written, and when its merge is
# asked for. NetBox commits that write late, or never. One more sync goes on where it was: main ends as after an undisturbed
# run, and no branch is left.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
. "$e2e/lib_crash.sh"
. "$e2e/lib_branches.sh"

new_lab() {
	lab=$TMPDIR/$1
	branch_lab --guests 2 --endpoints 1 || return 1
	branching 'mode = "required";'
}
# A sync that creates, changes and deletes, after a first one to main.
before_changes() {
	new_lab "$1" && ctl add lab/qemu/701 && gives "0 4" sync --branch off &&
		ctl add lab/qemu/700 && ctl set lab/qemu/101 memory=4096 scsi9=local-lvm:vm-101-disk-9,size=5G && ctl rm lab/qemu/701
}
no_branch_left() { branches '
left = [(row["name"], status(row)) for row in rows if status(row) != "merged"]
check(not left, left)'; }
# killed_at K MODE VICTIM: one case as one check; the output shows the first command that failed
killed_at() {
	before_changes "lab.$1.$2.$3" || return 1
	mark
	frozen sync "$1" "$2" || return $?
	[ "$3" = job ] && kill -9 "$job" || kill -9 "$command"
	wait "$command" 2>/dev/null
	gives "0 4" sync || return 1
	keys_once || return 1
	state_is_calm changes || return 1
	no_branch_left || return 1
	mark
	gives "0 4" sync && look no-writes && state_is_calm changes
}
# in_conflict POLICY: a run whose merge was never sent; then a person changes in main what its branch changed
in_conflict() {
	before_changes "lab.$1" || return 1
	branching 'mode = "required"; on_conflict = "'"$1"'";'
	mark
	frozen sync "$total" drop || return $?
	kill -9 "$job"
	wait "$command" 2>/dev/null
	netbox '
row = nb.one("virtualization/virtual-machines", "lab/qemu/101")
person.call("PATCH", "virtualization/virtual-machines/%d/" % row["id"], {"memory": 1111, "comments": "by a person"})'
}
main_has() { netbox '
row = nb.one("virtualization/virtual-machines", "lab/qemu/101")
check(row["memory"] == '"$1"' and row["comments"] == "by a person", row)'; }
left_to_people() {
	in_conflict fail || return $?
	gives 3 sync && main_has 1111 && recorded '
check(branch["state"] == "open", branch)
check(["memory"] == [field for row in branch["conflicts"] for field in row["fields"]], branch)' || return 1
	gives 5 sync
}
branch_wins() {
	in_conflict acknowledge || return $?
	gives "0 4" sync && main_has 4096 && no_branch_left
}
# a run that was killed before its first write into the branch, and whose changes were withdrawn
emptied() {
	new_lab lab.emptied && gives "0 4" sync --branch off || return 1
	was=$(netbox 'print(nb.one("virtualization/virtual-machines", "lab/qemu/101")["memory"])')
	ctl set lab/qemu/101 memory=$((was + 1024)) || return 1
	mark
	frozen sync 2 drop || return $?
	kill -9 "$job"
	wait "$command" 2>/dev/null
	branches 'check(len(rows) == 1 and status(branch) == "ready", rows)' && ctl set lab/qemu/101 "memory=$was" || return 1
	mark
	gives "0 4" sync && branches 'check(not rows, rows)' && look no-post /merge/
}

calm changes
try_case "a branch into which nothing was written is deleted, without a merge" emptied
try_case "what main and the branch changed is left to people, with the names of the fields" left_to_people
try_case "with on_conflict = acknowledge the branch wins, and other fields of main stay" branch_wins
k=1
while [ $k -le "$total" ]; do
	[ $((k % 2)) = 0 ] && victims='job command' || victims='command job'
	# shellcheck disable=SC2086 # two words
	set -- $victims
	for mode in commit drop; do
		if [ -n "${STAGEBOX_TEST_FULL-}" ] || [ "$mode" = commit ] || [ $k = 1 ] || [ $k = "$total" ]; then
			try_case "write $k of $total is frozen, its $1 is killed, then $mode: one more sync goes on with the branch" \
				killed_at $k $mode "$1"
		fi
		shift
	done
	k=$((k + 1))
done
done_testing
