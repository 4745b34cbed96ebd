#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# full one
# limit 900
# slow: a move to another home that is killed at any of its writes is finished by the next one.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
. "$e2e/lib_crash.sh"
. "$e2e/lib_home.sh"
if ! [ -f "$home_modules/shelf.so" ] || ! simulated; then
	skip "a move that is killed" "there is no build with its test modules, or no simulated NetBox with the plugin"
	done_testing
fi
new_lab() { # NAME: objects in the home $from, of which a person changed one; the configuration names $to
	lab=$TMPDIR/$1
	home_lab --guests 2 --endpoints 1 --plugins custom-objects=0.7.1
	with_shelf 'shelves = 2; label = "ours";' "inventory = \"$from\";"
	gives 0 bootstrap && gives "0 4" sync || return 1
	if [ "$from" = fields ]; then
		put_document 'shelves["lab/shelf/pve1/0"]["note"] = "by a person"'
	else
		objects 'put("lab/shelf/pve1/0", note="by a person")'
	fi || return 1
	with_shelf 'shelves = 2; label = "ours";' "inventory = \"$to\";"
}
disturbed_move() { # K MODE
	kill_job "$1" "$2" "bootstrap --move-home" || return $?
	gives 0 bootstrap --move-home || return 1
	state_is_calm move || return 1
	gives 0 bootstrap --move-home --plan || return 1
	mark
	gives "0 4" sync && look no-writes
}
moves() { # FROM TO
	from=$1 to=$2
	check "$from to $to: the lab is ready" new_lab calm
	mark
	check "$from to $to: the undisturbed move succeeds" gives 0 bootstrap --move-home
	total=$(writes)
	check "$from to $to: it writes" test "$total" -ge 4
	dump "$TMPDIR/calm.move"
	hash=$(sha256sum <"$TMPDIR/calm.move")
	lab_down
	each_write disturbed_move
}
moves fields custom-objects
moves custom-objects fields
done_testing
