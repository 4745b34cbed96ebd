#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# full one
# slow
# limit 300
# Tags that several stages and people give a guest, after the store was lost: NetBox's change log shows which stage added
# which, so that each removes its own, and those of a stage that knows nothing or is not loaded stay.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
. "${STAGEBOX_SRC:?}/tests/e2e/lib_tags.sh"
if ! [ -f "$tags_modules/guest_tags.so" ]; then
	skip "several stages write tags of guests" "there is no build with its test modules"
	done_testing
fi

lab_up --guests 6 --endpoints 1
ctl set lab/qemu/101 tags="fresh"
check "bootstrap" gives 0 bootstrap
check "the first sync" gives 0 sync
check "a person adds a tag" people_tag lab/qemu/101

with_tags 'tags = "gold";'
check "the module adds its tag" syncs writes
rm -f "$lab"/stagebox.db*
check "without the store nothing is to be written" syncs nothing
rm -f "$lab"/stagebox.db*
ctl fault lab 403 --path /pools
ctl set lab/qemu/101 tags="prod"
check "without the store and without the second module's data" syncs writes 4
check "NetBox's change log shows whose the tags are: those of the second module stay" tags_are lab/qemu/101 people prod gold
ctl clear
check "when all stages know" syncs nothing
rm -f "$lab"/stagebox.db*
without_tags
ctl set lab/qemu/101 tags="prod;web"
check "the store is lost while the second module is not loaded" syncs writes
check "its tags stay" tags_are lab/qemu/101 people prod web gold
rm -f "$lab"/stagebox.db*
ctl set lab/qemu/101 tags="prod"
check "without the store the guest loses a tag" syncs writes
check "only that one is removed" tags_are lab/qemu/101 people prod gold
with_tags 'guests = "qemu/101"; tags = "gold =people";'
check "the module, loaded again, also wants a tag that people gave" syncs nothing
rm -f "$lab"/stagebox.db*
with_tags 'tags = "";'
check "without the store the module withdraws both" syncs writes
check "its own is removed, people's stays" tags_are lab/qemu/101 people prod
with_tags 'guests = "qemu/101"; tags = "=people";'
check "the module wants the one of people again" syncs nothing
with_tags 'guests = "qemu/101"; tags = "";'
check "and withdraws it, with the store" syncs nothing
check "it stays, because people gave it first" tags_are lab/qemu/101 people prod
lab_down
done_testing
