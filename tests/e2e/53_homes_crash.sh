#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# full netbox
# limit 600
# slow: a run that is killed while it writes objects into their home: the next sync leaves the state of an undisturbed one.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
. "$e2e/lib_crash.sh"
. "$e2e/lib_home.sh"
if ! [ -f "$home_modules/shelf.so" ]; then
	skip "a run that is killed while it writes a home" "there is no build with its test modules"
	done_testing
fi
new_lab() { # NAME: objects in their home; then some are created, some change and some vanish
	lab=$TMPDIR/$1
	home_lab --guests 2 --endpoints 1
	with_shelf 'shelves = 2;' && gives 0 bootstrap && gives "0 4" sync &&
		ctl set lab/node/pve1 description=changed >/dev/null 2>&1
	with_shelf "$changes"
}
disturbed_home() { # K MODE
	kill_job "$1" "$2" || return $?
	gives "0 4" sync || return 1
	state_is_calm home || return 1
	mark
	gives "0 4" sync && state_is_calm home && look no-writes
}
for changes in 'shelves = 3; height = 43;' 'shelves = 1; height = 44;' 'shelves = 2; bytes = 20000;'; do
	check "$changes: the lab is ready" new_lab calm
	mark
	check "$changes: the undisturbed run succeeds" gives "0 4" sync
	total=$(writes)
	check "$changes: it writes" test "$total" -gt 0
	dump "$TMPDIR/calm.home"
	hash=$(sha256sum <"$TMPDIR/calm.home")
	lab_down
	each_write disturbed_home
done
done_testing
