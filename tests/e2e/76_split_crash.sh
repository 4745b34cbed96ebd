#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# full netbox
# limit 600
# slow: a run that is killed while it sends the ops of two stages apart: the next sync leaves the state of an undisturbed
# one.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
. "${STAGEBOX_SRC:?}/tests/e2e/lib_crash.sh"
. "${STAGEBOX_SRC:?}/tests/e2e/lib_fields.sh"
if ! [ -f "$fields_modules/guest_fields.so" ]; then
	skip "a run that is killed in the middle of a split" "there is no build with its test modules"
	done_testing
fi
new_lab() { # NAME: a first sync, then updates of two stages; one value of the second is refused, naming no field
	lab=$TMPDIR/$1
	lab_up --guests 4 --endpoints 1
	gives 0 bootstrap && gives 0 sync && with_fields 'bad_vmid = 101;' &&
		ctl set lab/qemu/101 memory=3072 && ctl set lab/qemu/104 memory=3072 &&
		ctl fault netbox refuse virtualization.virtualmachine.serial=BAD:all
}
check "the lab is ready" new_lab calm
mark
check "the undisturbed run is partial" gives 4 sync
total=$(writes)
check "it sent the refused item again by op" last '
found = [entry for stage in stages for entry in stage["response"].get("left_out", [])]
check(len(found) == 1 and found[0]["field"] == "serial" and found[0]["objects"] == ["lab/qemu/101"], found)'
dump "$TMPDIR/calm.split"
hash=$(sha256sum <"$TMPDIR/calm.split")
lab_down
disturbed_split() { # K MODE
	kill_job "$1" "$2" || return $?
	gives 4 sync || return 1
	keys_once && state_is_calm split || return 1
	mark
	gives 4 sync && state_is_calm split && look no-writes
}
each_write disturbed_split
done_testing
