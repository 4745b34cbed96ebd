#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# full one
# slow
# limit 300
# Tags that several stages and people give a guest: each stage adds and removes its own, and one that does not know its tags
# now keeps them.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
. "${STAGEBOX_SRC:?}/tests/e2e/lib_tags.sh"
if ! [ -f "$tags_modules/guest_tags.so" ]; then
	skip "several stages write tags of guests" "there is no build with its test modules"
	done_testing
fi

lab_up --guests 6 --endpoints 1
ctl set lab/qemu/101 tags="prod;web"
ctl set lab/lxc/102 tags="infra"
check "bootstrap" gives 0 bootstrap
check "the first sync" gives 0 sync
check "a person adds a tag" people_tag lab/qemu/101
check "also to a container" people_tag lab/lxc/102

with_tags 'tags = "gold silver";'
check "a second module may write the tags of guests" gives 0 config check
check "the plan has an op of its stage" gives 2 plan -o "$TMPDIR/plan.json"
check "for each guest" python3 -c '
import json, sys
ops = [(op["key"], op["stage"]) for op in json.load(open(sys.argv[1]))["endpoints"][0]["ops"]]
assert sorted(ops) == [("lab/lxc/102", "guest_tags.first"), ("lab/qemu/101", "guest_tags.first")], ops' "$TMPDIR/plan.json"
check "the sync adds the tags" syncs writes
check "beside those of the others" tags_are lab/qemu/101 people prod web gold silver
check "also those of a container" tags_are lab/lxc/102 people infra gold silver
check "the accounts balance" sums update
check "the second sync writes nothing" syncs nothing

ctl set lab/qemu/101 tags="prod;fresh" memory=3072
with_tags 'tags = "gold bronze"; more = "extra";'
check "three stages change the tags of a guest in one run" syncs writes
check "each change is done, and no other" tags_are lab/qemu/101 people prod fresh gold bronze extra
check "the other values of the guest, too" netbox '
check(nb.one("virtualization/virtual-machines", "lab/qemu/101")["memory"] == 3072)'
check "the accounts balance" sums update
check "the next sync writes nothing" syncs nothing

with_tags 'tags = "gold bronze";'
check "a stage withdraws its tag" syncs writes
check "only that one is removed" tags_are lab/qemu/101 people prod fresh gold bronze

ctl fault lab 403 --path /pools
ctl set lab/qemu/101 tags="prod"
check "a sync in which the second module knows nothing is partial" syncs writes 4
check "its tags stay, and the change of the guest is done" tags_are lab/qemu/101 people prod gold bronze
ctl clear
check "when it knows them again, nothing is to be written" syncs nothing

with_tags 'tags = "gold";'
ctl set lab/qemu/101 tags="prod;web"
check "a sync of the guests alone" gives 0 sync --resources qemu.guests
check "leaves the tags of the stages that are not selected" tags_are lab/qemu/101 people prod web gold bronze
ctl set lab/qemu/101 tags="prod"
check "a sync of the second module alone" gives 0 sync --resources guest_tags.first
check "leaves the tags of the guest's own stage" tags_are lab/qemu/101 people prod web gold
check "the next sync removes them" syncs writes
check "and only them" tags_are lab/qemu/101 people prod gold

without_tags
ctl set lab/qemu/101 tags="fresh"
check "a sync without the second module" syncs writes
check "leaves its tags" tags_are lab/qemu/101 people fresh gold
check "the next one writes nothing" syncs nothing
with_tags 'tags = "gold";'
check "with the module nothing is to be written" syncs nothing

ctl set lab/qemu/101 tags="fresh;web"
check "the guest gets a tag" syncs writes
with_tags 'guests = "qemu/101"; tags = "gold =web";'
check "the module wants the same one" syncs nothing
ctl set lab/qemu/101 tags="fresh"
check "the guest does not have it any more" syncs nothing
check "it stays, because the module wants it" tags_are lab/qemu/101 people fresh gold web
with_tags 'guests = "qemu/101"; tags = "gold";'
ctl set lab/qemu/101 tags="fresh;web"
check "the guest has it again in the run in which the module withdraws it" syncs nothing
with_tags 'guests = "qemu/101"; tags = "gold =web";'
ctl set lab/qemu/101 tags="fresh"
check "the guest loses it in the run in which the module wants it" syncs nothing
check "it stays" tags_are lab/qemu/101 people fresh gold web
with_tags 'tags = "";'
check "no stage wants its tags any more" syncs writes
check "they are removed" tags_are lab/qemu/101 people fresh

# Saved plans.
with_tags 'tags = "gold"; more = "extra";'
ctl set lab/qemu/101 tags="web"
check "a plan of the three stages is saved" gives 2 plan -o "$TMPDIR/saved.json"
mark
check "and applied" gives 0 apply "$TMPDIR/saved.json"
check "each stage has done its part" tags_are lab/qemu/101 people web gold extra
check "the accounts balance" sums update
mark
check "applied a second time" gives 0 apply "$TMPDIR/saved.json"
check "it writes nothing" look no-writes
check "the tags stay" tags_are lab/qemu/101 people web gold extra
with_tags 'tags = "gold"; guests = "qemu/101 qemu/700";'
ctl set lab/qemu/101 tags=
ctl add lab/qemu/700
ctl set lab/qemu/700 tags="new"
check "what was applied is remembered: a plan removes what is withdrawn" gives 2 plan -o "$TMPDIR/saved.json"
check "and is applied" gives 0 apply "$TMPDIR/saved.json"
check "it removes nothing else" tags_are lab/qemu/101 people gold
check "a new guest has the tags of both" tags_are lab/qemu/700 new gold
check "the accounts balance" sums create update
check "the next sync writes nothing" syncs nothing
lab_down
done_testing
