#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# full netbox
# limit 300
# A value that people want to hear of, which an object of a kind with a home gets or loses, is an entry in the journal of its
# parent: planned with the update, written after it, once. Without a change of the field there is no entry.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
. "$e2e/lib_crash.sh"
. "$e2e/lib_home.sh"
if ! [ -f "$home_modules/shelf.so" ]; then
	skip "entries of the journal" "there is no build with its test modules"
	done_testing
fi
# note TEXT: what the source says of each shelf
note() { with_shelf "shelves = 1; label = \"$1\";"; }
# journal PYTHON: checks the entries "entries" of one shelf, oldest first, and "words", the first line of each
journal() { netbox '
rows = nb.all("extras/journal-entries")
entries = sorted((row for row in rows if row["comments"].startswith("lab/shelf/pve1/")), key=lambda row: row["id"])
check(len(rows) == 3 * len(entries), len(rows), len(entries))
words = [row["comments"].split("\n")[0] for row in entries]
'"$1"; }
quiet() { mark; gives "0 3 4" sync && look no-writes; }
new_lab() { # NAME: a shelf of each of three nodes, whose note is "fine"
	lab=$TMPDIR/$1
	home_lab --guests 1 --endpoints 1
	note fine && gives 0 bootstrap && gives "0 4" sync
}

new_lab lab.first
check "the first values of an object have no entry" journal 'check(not entries, words)'
note other
check "a change between other values" gives "0 3 4" sync
check "has none, either" journal 'check(not entries, words)'

note broken
check "a value of the list" gives 2 plan
check "is in the plan with the entry" out_has '+ lab/shelf/pve1/0/journal/note'
check "which has the old value and the new one" out_has 'other -> broken'
mark
check "a sync writes both" gives "0 3 4" sync
check "in two requests" same "$(writes)" 2
check "as a warning on the cluster, with key, change and run" journal '
check(words == ["lab/shelf/pve1/0: note: other -> broken"], words)
entry = entries[0]
check(entry["kind"]["value"] == "warning" and entry["assigned_object_type"] == "virtualization.cluster", entry)
check(entry["assigned_object"]["name"] == "lab" and entry["comments"].split("\n\n")[1].startswith("stagebox run "), entry)'
check "the record counts it in the stage" last '
kinds = [s for part in run["record"].values() if isinstance(part, dict) and "response" in part
         for s in part["response"]["stages"] if s["resource"] == "shelves"][0]["response"]["kinds"]
check(kinds["journal-entry"]["create"] == 3 and kinds["shelf"]["update"] == 3, kinds)'
check "a second sync writes nothing" quiet
note fine
check "the end of it" gives "0 3 4" sync
check "is an entry, too" journal '
check(words[1:] == ["lab/shelf/pve1/0: note: broken -> fine"] and entries[1]["kind"]["value"] == "success", words)'

note broken
check "a saved plan has it" gives "2 3" plan -o "$TMPDIR/plan"
check "and is applied" gives "0 4" apply "$TMPDIR/plan"
check "once" journal 'check(len(entries) == 3 and words[2].endswith("fine -> broken"), words)'
check "again it finds the value there" gives "0 4" apply "$TMPDIR/plan"
check "and writes no entry" journal 'check(len(entries) == 3, words)'
# forged SCRIPT: the plan with its first entry "entry" changed, by a stranger who can make hashes
forged() { python3 "$e2e/plans.py" change "$TMPDIR/plan" "$TMPDIR/forged" "
entry = [op for op in doc['endpoints'][0]['ops'] if op['kind'] == 'journal-entry'][0]
$1"; }
note fine
check "the plan for the way back" gives "2 3" plan -o "$TMPDIR/plan"
check "with other words in its entry" forged "entry['set']['comments'] = 'pay me'"
check "is refused" gives 5 apply "$TMPDIR/forged"
check "with an entry at another object" forged "entry['set']['assigned_object']['id'] = 4711"
check "too" gives 5 apply "$TMPDIR/forged"
check "with one at a site of people" forged "entry['set']['assigned_object'] = {'type': 'dcim.site', 'id': 1}"
check "too" gives 5 apply "$TMPDIR/forged"
check "with one that waits for nothing" forged "entry['claims'] = ['journal-entry|nothing']"
check "too" gives 5 apply "$TMPDIR/forged"
check "with an update whose target is to be created" forged "
update = [op for op in doc['endpoints'][0]['ops'] if op['kind'] == 'shelf'][0]
update['target'] = {'\$ref': update['key']}"
check "too" gives 5 apply "$TMPDIR/forged"
check "with an entry of nothing that the plan changes" forged "entry['key'] = 'lab/shelf/pve1/7/journal/note'"
check "too" gives 5 apply "$TMPDIR/forged"
check "nothing of them is written" journal 'check(len(entries) == 3, words)'
check "the plan as it was is applied" gives "0 4" apply "$TMPDIR/plan"
check "with its entry" journal 'check(len(entries) == 4, words)'
lab_down

# The entry is the second write. One that NetBox commits late is not written again; one that is lost is not made up for, since
# nothing changes any more.
frozen_entry() { # MODE ENTRIES
	new_lab "lab.$1" || return 1
	note broken
	total=2
	mark
	frozen sync 2 "$1" || return $?
	killed=$(date +%s.%N)
	kill -9 "$job"
	wait "$command" 2>/dev/null
	gives "0 3 4" sync && settled "$1" && journal "check(len(entries) == $2, words)" && quiet
}
try_case "an entry whose answer is lost is committed late: it is there once" frozen_entry commit 1
try_case "an entry that is lost: its request is settled, and nothing waits for it" frozen_entry drop 0
done_testing
