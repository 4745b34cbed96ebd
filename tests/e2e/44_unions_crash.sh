#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# full netbox
# limit 600
# slow: a run that is killed between the ops by which three stages change the tags of one guest: the next sync leaves the state
# of an undisturbed one.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
. "${STAGEBOX_SRC:?}/tests/e2e/lib_crash.sh"
. "${STAGEBOX_SRC:?}/tests/e2e/lib_tags.sh"
if ! [ -f "$tags_modules/guest_tags.so" ]; then
	skip "a run that is killed between the ops of one set" "there is no build with its test modules"
	done_testing
fi
new_lab() { # NAME: tags of three stages and of people, then a change of all stages
	lab=$TMPDIR/$1
	lab_up --guests 4 --endpoints 1
	ctl set lab/qemu/101 tags="prod;web" && gives 0 bootstrap && with_tags 'tags = "gold silver"; more = "extra";' &&
		gives 0 sync && people_tag lab/qemu/101 && gives 0 sync &&
		ctl set lab/qemu/101 tags="prod;fresh" && with_tags 'tags = "gold bronze"; more = "more";'
}
check "the lab is ready" new_lab calm
mark
check "the undisturbed run succeeds" gives 0 sync
total=$(writes)
check "each stage has done its part" tags_are lab/qemu/101 people prod fresh gold bronze more
dump "$TMPDIR/calm.tags"
hash=$(sha256sum <"$TMPDIR/calm.tags")
lab_down
disturbed_tags() { # K MODE
	kill_job "$1" "$2" || return $?
	gives 0 sync || return 1
	state_is_calm tags || return 1
	mark
	gives 0 sync && state_is_calm tags && look no-writes || return 1
	with_tags 'tags = ""; more = "";'
	ctl set lab/qemu/101 tags= && gives 0 sync && tags_are lab/qemu/101 people
}
each_write disturbed_tags
done_testing
