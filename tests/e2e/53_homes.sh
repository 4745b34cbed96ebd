#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# full netbox
# A kind that NetBox has no model for is kept in a JSON custom field of its parents, and is planned, compared, written, kept by
# policies and counted like any kind.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
. "$e2e/lib_home.sh"
if ! [ -f "$home_modules/shelf.so" ]; then
	skip "kinds with a home" "there is no build with its test modules"
	done_testing
fi

quiet() { mark; gives "0 3 4" sync && look no-writes; }
home_lab --guests 4 --endpoints 1
cp "$config" "$TMPDIR/shelf.cfg"
cp "$TMPDIR/bare.cfg" "$config"
check "bootstrap without the module" gives 0 bootstrap
check "notes no home" netbox '
rows = [row for row in nb.all("extras/custom-fields") if row["name"] == "stagebox_key"]
check(len(rows[0]["description"].split()) == 2, rows[0]["description"])'
check "the first sync" gives "0 4" sync
cp "$TMPDIR/shelf.cfg" "$config"
check "before there is a home, a sync goes on without it" gives 0 sync
check "and the stage says what to do" last '
stages = [s for part in run["record"].values() if isinstance(part, dict) and "response" in part
          for s in part["response"]["stages"] if s["resource"] == "shelves"]
check(stages and stages[0]["status"] == "skipped" and "run `stagebox bootstrap`" in stages[0]["error"], stages)'
with_shelf "" 'inventory = "off";'
check "with inventory = off bootstrap makes none" gives 0 bootstrap
check "and a sync skips the stage" gives 0 sync
check "with the option" last 'check("option inventory" in json.dumps(run["record"]), run["record"])'
with_shelf
check "bootstrap --plan shows the field" gives 2 bootstrap --plan
check "by its name" out_has stagebox_shelf
check "bootstrap makes it" gives 0 bootstrap
check "and notes the home beside the instance id" netbox '
rows = [row for row in nb.all("extras/custom-fields") if row["name"] == "stagebox_key"]
words = rows[0]["description"].split()
check(len(words) == 3 and words[2] == "fields", words)'
check "on the kind of the parents" netbox '
rows = [row for row in nb.all("extras/custom-fields") if row["name"] == "stagebox_shelf"]
check(rows[0]["type"]["value"] == "json" and rows[0]["object_types"] == ["virtualization.cluster"], rows)'
check "a second bootstrap changes nothing" gives 0 bootstrap --plan
check "doctor is content" gives 0 doctor

check "a plan has an op for each object" gives 2 plan
check "with its fields" out_has '+ lab/shelf/pve1/0  title: lab/shelf/pve1/0, .*height: 42'
mark
check "a sync creates them" gives 0 sync
check "in one request" same "$(writes)" 1
check "in the document of their parent" shelves '
check(sorted(shelves) == ["lab/shelf/pve%d/%d" % (n, i) for n in (1, 2, 3) for i in (0, 1)], doc)
check(shelves["lab/shelf/pve1/0"]["height"] == 42 and shelves["lab/shelf/pve1/0"]["payload"] == {"x": "x" * 10}, shelves)'
check "references are ids" shelves '
devices = {row["id"]: row["name"] for row in nb.all("dcim/devices")}
check(devices[shelves["lab/shelf/pve2/1"]["device"]] == "pve2", shelves)'
check "its counters add up" last '
stages = [s for part in run["record"].values() if isinstance(part, dict) and "response" in part
          for s in part["response"]["stages"] if s["resource"] == "shelves"]
check(stages[0]["response"]["counts"]["create"] == 6, stages)'
check "a second sync writes nothing" quiet

with_shelf 'height = 43; shelves = 1;'
check "a change, and vanished objects" gives 2 plan
check "are planned for each" out_has '\- lab/shelf/pve3/1'
check "a sync writes them" gives 0 sync
check "to the document" shelves '
check(sorted(shelves) == ["lab/shelf/pve%d/0" % n for n in (1, 2, 3)], shelves)
check(all(shelf["height"] == 43 for shelf in shelves.values()), shelves)'
check "a second sync writes nothing" quiet

# Policies
with_shelf 'height = 43; shelves = 1; label = "ours";'
check "a text is written" gives 0 sync
check "a person changes it, and a number, in NetBox" put_document '
shelves["lab/shelf/pve1/0"].update(note="by a person", height=7)'
check "the text stays, the number is corrected" gives 0 sync
check "each by its policy" shelves '
shelf = shelves["lab/shelf/pve1/0"]
check(shelf["note"] == "by a person" and shelf["height"] == 43, shelf)'
with_shelf 'height = 43; shelves = 1; label = "changed";'
check "when the source changes it, too, it is a conflict" gives 3 sync
check "and stays" shelves 'check(shelves["lab/shelf/pve1/0"]["note"] == "by a person", shelves)'
check "the others are written" shelves 'check(shelves["lab/shelf/pve2/0"]["note"] == "changed", shelves)'
with_shelf 'height = 43; shelves = 1;' 'policy: { shelf: { height = "never"; note = "never"; }; };'
check "a policy of the configuration holds" gives 0 sync
with_shelf 'height = 50; shelves = 1;' 'policy: { shelf: { height = "never"; note = "never"; }; };'
check "never" quiet

# What people do to the document
with_shelf 'shelves = 1;'
check "back to the values of the source" gives "0 3" sync
check "a person deletes one object" put_document 'del shelves["lab/shelf/pve2/0"]'
check "it comes back" gives "0 3" sync
check "in the document" shelves 'check("lab/shelf/pve2/0" in shelves, shelves)'
check "a person adds members of another sort" put_document 'doc["theirs"] = {"a": 1}; doc["text"] = "b"'
check "a change of the source" with_shelf 'shelves = 2;'
check "is written" gives "0 3" sync
check "and theirs stays" shelves 'check(doc["theirs"] == {"a": 1} and doc["text"] == "b" and len(shelves) == 6, doc)'
check "a person replaces the document by a text" netbox '
cluster = [row for row in nb.all("virtualization/clusters") if row["custom_fields"]["stagebox_key"] == "lab/cluster"][0]
nb.call("PATCH", "virtualization/clusters/%d/" % cluster["id"], {"custom_fields": {"stagebox_shelf": "gone"}})'
check "all objects come back" gives "0 3" sync
check "in a new document" shelves 'check(len(shelves) == 6, doc)'

# 64 KiB
with_shelf 'shelves = 2; bytes = 20000;'
check "payloads that have no room" gives "0 3" sync
check "are left out, the others are there" shelves '
import json
check(len(json.dumps(doc)) < 66000 and len(shelves) == 6, len(json.dumps(doc)))
check(len(doc["truncated"]) == 3, doc.get("truncated"))
check(sum("payload" in shelf for shelf in shelves.values()) == 3, doc["truncated"])'
check "a second sync writes nothing" quiet
check "and plans nothing" gives "0 3" plan
check "for them" not out_has '~ lab/shelf/'
check "and says that they are left out" last 'check("have 64 KiB in NetBox" in json.dumps(run["record"]), run["record"])'
with_shelf 'shelves = 1; bytes = 20000; height = 41;'
check "objects vanish, so that there is room" gives "0 3" sync
with_shelf 'shelves = 1; bytes = 20000; height = 42;'
check "with the next change of their objects they are written" gives "0 3" sync
check "all of them" shelves 'check("truncated" not in doc and all("payload" in s for s in shelves.values()), doc.keys())'

# A home that is gone
check "a person deletes the custom field" netbox '
row = [row for row in nb.all("extras/custom-fields") if row["name"] == "stagebox_shelf"][0]
nb.call("DELETE", "extras/custom-fields/%d/" % row["id"])'
check "the stage is skipped, the others run" gives 0 sync
check "with the remedy" last 'check("NetBox has no custom field stagebox_shelf" in json.dumps(run["record"]), run["record"])'
check "bootstrap makes it anew" gives 0 bootstrap
check "and a sync fills it" gives "0 3" sync
check "with all objects" shelves 'check(len(shelves) == 3, shelves)'

# Saved plans
with_shelf 'shelves = 1; height = 60;'
check "a saved plan" gives 2 plan -o "$TMPDIR/plan"
check "somebody changes an object of it" put_document 'shelves["lab/shelf/pve1/0"]["height"] = 1'
check "is applied to what did not change" gives "1 4" apply "$TMPDIR/plan"
check "and refuses what did" shelves '
heights = {key: shelf["height"] for key, shelf in shelves.items()}
check(heights == {"lab/shelf/pve1/0": 1, "lab/shelf/pve2/0": 60, "lab/shelf/pve3/0": 60}, heights)'
simulated || done_testing # a real NetBox has no faults at will
check "an unread list of parents deletes nothing" ctl fault netbox short-page clusters
with_shelf 'shelves = 0;'
check "a sync with it" gives "0 4" sync
check "the fault ends" ctl clear
check "and the objects are there" shelves 'check(len(shelves) == 3, shelves)'
check "the lab stops" lab_down
done_testing
