#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# full one
# limit 900
# slow: a run that is killed while it writes custom objects or makes their type: the next one leaves the state of an undisturbed one.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
. "$e2e/lib_crash.sh"
. "$e2e/lib_home.sh"
if ! [ -f "$home_modules/shelf.so" ] || ! simulated; then
	skip "a run that is killed while it writes custom objects" \
		"there is no build with its test modules, or no simulated NetBox with the plugin"
	done_testing
fi
new_lab() { # NAME: custom objects; then some are created, some change and some vanish
	lab=$TMPDIR/$1
	home_lab --guests 2 --endpoints 1 --plugins custom-objects=0.7.1
	with_shelf 'shelves = 2;' && gives 0 bootstrap && gives "0 4" sync &&
		ctl set lab/node/pve1 description=changed >/dev/null 2>&1
	with_shelf "$changes"
}
disturbed_objects() { # K MODE
	kill_job "$1" "$2" || return $?
	gives "0 4" sync || return 1
	state_is_calm home || return 1
	mark
	gives "0 4" sync && state_is_calm home && look no-writes
}
for changes in 'shelves = 3; height = 43;' 'shelves = 1; height = 44;'; do
	check "$changes: the lab is ready" new_lab calm
	mark
	check "$changes: the undisturbed run succeeds" gives "0 4" sync
	total=$(writes)
	check "$changes: it writes" test "$total" -gt 0
	dump "$TMPDIR/calm.home"
	hash=$(sha256sum <"$TMPDIR/calm.home")
	lab_down
	each_write disturbed_objects
done

# A bootstrap that makes the type
new_lab() { # NAME
	lab=$TMPDIR/$1
	home_lab --guests 2 --endpoints 1 --plugins custom-objects=0.7.1
}
disturbed_bootstrap() { # K MODE
	kill_job "$1" "$2" bootstrap || return $?
	gives 0 bootstrap || return 1
	gives 0 bootstrap --plan || return 1
	gives "0 4" sync && state_is_calm bootstrap
}
new_lab calm
mark
check "an undisturbed bootstrap" gives 0 bootstrap
total=$(writes)
check "and sync" gives "0 4" sync
dump "$TMPDIR/calm.bootstrap"
hash=$(sha256sum <"$TMPDIR/calm.bootstrap")
lab_down
each_write disturbed_bootstrap
done_testing
