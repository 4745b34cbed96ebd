#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# needs plugins
# only full
# limit 7200
# alone: the settle time of the test is short, so other work must not delay a late commit
# Custom objects of a real NetBox are the home of a kind: what people and the plugin can do to it, a crash at each write, many
# objects. tests/e2e holds the rules with the simulated NetBox.
. "${STAGEBOX_SRC:?}/tests/live/lib_live.sh"
. "$STAGEBOX_SRC/tests/live/real.sh"
. "$e2e/lib_crash.sh"
. "$e2e/lib_home.sh"
patience=1200 # 1,000 objects take minutes when other work slows NetBox

# in_objects [OPTIONS]: the configuration with custom objects as the home, and options of the module shelf
in_objects() { with_shelf "${1-}" 'inventory = "custom-objects";'; }
new_lab() { # NAME [OPTIONS]
	lab=$TMPDIR/$1
	home_lab --guests 2 --endpoints 1
	(config=$TMPDIR/bare.cfg && prune_on)
	in_objects "${2-shelves = 1;}"
}
# rows PYTHON: checks the objects "rows" by key and their type "kind"
rows() { netbox '
path = "plugins/custom-objects/"
types = {row["slug"]: row for row in nb.all(path + "custom-object-types")}
kind = types.get("stagebox-shelf")
rows = {row["stagebox_key"]: row for row in nb.all(path + "stagebox-shelf")} if kind else {}
'"$1"; }
quiet() { mark; gives "0 3 4" sync && look no-writes; }
# skipped WORDS: the stage of shelves was skipped in the last run, with these words in the reason
skipped() { last '
stage = [each for each in stages if each["resource"] == "shelves"][0]
check(stage["status"] == "skipped" and "'"$1"'" in stage["error"], stage)'; }

if ! [ -f "$home_modules/shelf.so" ]; then
	skip "custom objects" "there is no build with its test modules"
	done_testing
fi
new_lab lab.first
if ! "$STAGEBOX" config check --config "$config" >"$TMPDIR/checked" 2>&1; then
	skip "custom objects" "this program has no home in custom objects"
	done_testing
fi

check "bootstrap makes the type" gives 0 bootstrap
check "with our mark and with our ids" rows '
check("stagebox " in kind["description"] and kind["group_name"] == "Proxmox VE", kind)
ids = [field["schema_id"] for field in kind["fields"]]
check(len(ids) == len(set(ids)) and None not in ids, ids)'
check "a second bootstrap plans nothing" gives 0 bootstrap --plan
check "a sync writes the objects" gives "0 4" sync
check "with their references" rows '
check(len(rows) == 3 and all(row["cluster"]["name"] and row["device"]["name"] in key for key, row in rows.items()), rows)'
check "a second sync writes nothing" quiet
check "without the store it writes nothing, either" sh -c "rm -f '$lab'/stagebox.db*"
check "as nothing differs" quiet

# --- many --------------------------------------------------------------------------------------------
began=$(date +%s)
in_objects 'shelves = 334;'
mark
check "1,000 objects are created" gives "0 4" sync
check "in few requests" test "$(writes)" -le 15
check "all of them" rows 'check(len(rows) == 1002, len(rows))'
check "a sync that finds them writes nothing" quiet
in_objects 'shelves = 334; height = 43;'
check "1,000 objects are changed" gives "0 4" sync
check "each" rows 'check(all(row["height"] == 43 for row in rows.values()))'
in_objects 'shelves = 1; height = 43;'
check "nearly all are deleted" gives "0 4" sync
check "but those that live" rows 'check(len(rows) == 3, len(rows))'
check "and nothing is left to do" quiet
echo "# 1,000 objects: $(($(date +%s) - began)) s"

# --- a plugin that disappears ------------------------------------------------------------------------
check "NetBox runs without the plugin" exchange_plugins ""
check "the stage is skipped, the others run" gives "0 4" sync
check "with the reason" skipped "netbox-custom-objects"
check "the plugin is back" exchange_plugins 0.7.1
check "with all objects, and nothing to do" quiet

# --- rights ------------------------------------------------------------------------------------------
use_token() { (umask 077 && printf '%s\n' "$1" >"$lab/tokens/netbox"); }
as_worker() { use_token "$(cat "$TMPDIR/worker.rw")" && gives "$@"; }
as_admin() { use_token "$STAGEBOX_LIVE_TOKEN" && "$@"; }
check "there is a user with the rights on all but custom objects" make_user worker "view add change delete"
check "whose sync leaves the stage out, the others run" as_worker "0 4" sync
check "with the reason" skipped ""
check "the user may see the types" as_admin allow worker kinds
check "a sync leaves the stage out, the others run" as_worker "0 4" sync
check "and says which right is missing" skipped ".table"
check "the user may do everything with the objects" as_admin allow worker tables
check "a sync reads them" as_worker "0 3 4" sync
check "so that a change is written" in_objects 'shelves = 1; height = 44;'
check "by that user" as_worker "0 3 4" sync
check "to each" as_admin rows 'check(all(row["height"] == 44 for row in rows.values()), rows)'
check "another user may change them" allow person "kinds + tables"
check "a change of a person" rows '
person.call("PATCH", "%sstagebox-shelf/%d/" % (path, rows["lab/shelf/pve1/0"]["id"]), {"height": 7})'
check "is corrected" gives "0 3 4" sync
check "in NetBox" rows 'check(rows["lab/shelf/pve1/0"]["height"] == 44, rows)'

# --- types of people ---------------------------------------------------------------------------------
person_type() { netbox '
nb.call("POST", "plugins/custom-objects/custom-object-types/", {"name": "'"$1"'", "slug": "'"$2"'", "description": "by a person"})'; }
new_lab lab.slug
check "a person has a type with our slug" person_type theirs stagebox-shelf
mark
check "bootstrap refuses it" gives 78 bootstrap
check "and names it" says "stagebox-shelf"
check "before it writes anything" look no-writes
check "the type is as it was" rows 'check(kind["description"] == "by a person" and not kind["fields"], kind)'

new_lab lab.name
check "a person has a type with the name of ours" person_type stagebox_shelf theirs
mark
check "bootstrap refuses it, too" gives 78 bootstrap
check "and says what is in the way" says "stagebox_shelf"
check "before it writes anything else" look no-writes
check "the person renames it" netbox '
kind = nb.all("plugins/custom-objects/custom-object-types")[0]
nb.call("PATCH", "plugins/custom-objects/custom-object-types/%d/" % kind["id"], {"name": "theirs"})'
check "then bootstrap succeeds" gives 0 bootstrap
check "and a sync, too" gives "0 4" sync

# --- a crash at each write ---------------------------------------------------------------------------
calm bootstrap
schema=$(nth_write "$TMPDIR/lab.calm.bootstrap/requests.ndjson" "$since" POST plugins/custom-objects/schema/apply)
check "bootstrap sends a schema" test -n "$schema"
for mode in commit drop; do
	one bootstrap "${schema:-1}" $mode job
done
# the home is the one that bootstrap chooses here
for each in 53_homes_crash 54_objects 55_journal 58_ceph_objects; do
	repeat "$each"
done
done_testing
