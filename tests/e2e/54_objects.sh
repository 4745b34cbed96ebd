#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# full one
# limit 300
# A kind that NetBox has no model for is kept as custom objects, and is planned, compared, written, kept by policies and counted
# like any kind. Bootstrap chooses this home once.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
. "$e2e/lib_home.sh"
if ! [ -f "$home_modules/shelf.so" ]; then
	skip "custom objects" "there is no build with its test modules"
	done_testing
fi

quiet() { mark; gives "0 3 4" sync && look no-writes; }
home_lab --guests 4 --endpoints 1 --plugins custom-objects=0.7.1
cp "$TMPDIR/bare.cfg" "$config"
check "bootstrap without a kind that needs a home" gives 0 bootstrap
check "notes none and makes no type" types 'check(len(note) == 2 and not types, (note, types))'
check "the first sync" gives "0 4" sync

# The type
with_shelf
check "bootstrap --plan shows the type" gives 2 bootstrap --plan
check "by its slug" out_has '+ custom-object-type/stagebox-shelf'
check "with its fields" out_has 'schema_fields: {"cluster":{"id":2,'
check "and writes nothing" types 'check(not types and len(note) == 2, types)'
check "bootstrap makes it" gives 0 bootstrap
simulated || check "people may change types and objects" allow person "kinds + tables"
check "and notes the home beside the instance id" types 'check(note[2:] == ["custom-objects"], note)'
check "with plain names" types '
check((shelf["name"], shelf["verbose_name"], shelf["verbose_name_plural"], shelf["group_name"]) ==
      ("stagebox_shelf", "Shelf", "Shelves", "Proxmox VE"), shelf)'
check "and the instance id" types 'check(note[1] in shelf["description"], shelf["description"])'
check "its fields have the numbers of the module, ours are above" types '
check({name: field["schema_id"] for name, field in fields.items()} ==
      {"title": 1, "cluster": 2, "device": 3, "height": 4, "slot": 5, "note": 6, "payload": 7, "stagebox_key": 10001,
       "stagebox_adopted": 10002}, fields)'
check "the key is unique, the title shown" types '
check(fields["stagebox_key"]["unique"] and fields["stagebox_key"]["required"], fields["stagebox_key"])
check(fields["title"]["primary"] and not fields["stagebox_key"]["primary"], fields["title"])'
check "objects vanish with their parent only" types '
check(fields["cluster"]["on_delete_behavior"] == "cascade" and fields["device"]["on_delete_behavior"] == "set_null", fields)'
check "no custom field is made" netbox '
check(not [row for row in nb.all("extras/custom-fields") if row["name"] == "stagebox_shelf"])'
check "a second bootstrap changes nothing" gives 0 bootstrap --plan

# The objects
check "a plan has an op for each object" gives 2 plan
check "with its fields" out_has '+ lab/shelf/pve1/0  title: lab/shelf/pve1/0, .*height: 42'
mark
check "a sync creates them" gives "0 4" sync
check "in one request" same "$(writes)" 1
check "with their keys and values" objects '
check(sorted(shelves) == ["lab/shelf/pve%d/%d" % (n, i) for n in (1, 2, 3) for i in (0, 1)], list(shelves))
row = shelves["lab/shelf/pve1/0"]
check(row["height"] == 42 and row["payload"] == {"x": "x" * 10} and row["display"] == "lab/shelf/pve1/0", row)
check(row["cluster"]["name"] == "lab" and row["device"]["name"] == "pve1" and row["stagebox_adopted"] is False, row)'
check "its counters add up" last '
stages = [s for part in run["record"].values() if isinstance(part, dict) and "response" in part
          for s in part["response"]["stages"] if s["resource"] == "shelves"]
check(stages[0]["response"]["counts"]["create"] == 6, stages)'
check "a second sync writes nothing" quiet

with_shelf 'height = 43; shelves = 1;'
check "a change, and vanished objects" gives 2 plan
check "are planned for each" out_has '\- lab/shelf/pve3/1'
check "a sync writes them" gives "0 4" sync
check "to NetBox" objects '
check(sorted(shelves) == ["lab/shelf/pve%d/0" % n for n in (1, 2, 3)], list(shelves))
check(all(row["height"] == 43 for row in shelves.values()), shelves)'
check "a second sync writes nothing" quiet

# Policies
with_shelf 'height = 43; shelves = 1; label = "ours";'
check "a text is written" gives "0 4" sync
check "a person changes it, and a number, in NetBox" objects 'put("lab/shelf/pve1/0", note="by a person", height=7)'
check "the text stays, the number is corrected" gives "0 4" sync
check "each by its policy" objects '
row = shelves["lab/shelf/pve1/0"]
check(row["note"] == "by a person" and row["height"] == 43, row)'
with_shelf 'height = 43; shelves = 1; label = "changed";'
check "when the source changes it, too, it is a conflict" gives 3 sync
check "and stays" objects 'check(shelves["lab/shelf/pve1/0"]["note"] == "by a person", shelves)'
check "the others are written" objects 'check(shelves["lab/shelf/pve2/0"]["note"] == "changed", shelves)'
check "without the store" rm -f "$lab"/stagebox.db*
check "NetBox's change log says whose value it is" gives 3 sync
check "so that it stays" objects 'check(shelves["lab/shelf/pve1/0"]["note"] == "by a person", shelves)'
with_shelf 'height = 50; shelves = 1;' 'policy: { shelf: { height = "never"; note = "never"; }; };'
check "a policy of the configuration holds" quiet

# What people do to the objects
with_shelf 'shelves = 1;'
check "back to the values of the source" gives "0 3 4" sync
check "a person deletes an object" objects 'nb.call("DELETE", "%s/%d/" % (path, shelves["lab/shelf/pve2/0"]["id"]))'
check "it comes back" gives "0 3 4" sync
check "with its key" objects 'check("lab/shelf/pve2/0" in shelves, list(shelves))'
check "a person makes an object of their own" objects '
nb.call("POST", path + "/", {"title": "mine", "stagebox_key": "mine", "cluster": shelves["lab/shelf/pve1/0"]["cluster"]["id"]})'
check "it is nothing to a sync" quiet
check "and stays" objects 'check("mine" in shelves, list(shelves))'

# What people do to the type
check "a person gives it other words and a field" types '
nb.call("PATCH", "plugins/custom-objects/custom-object-types/%d/" % shelf["id"], {"verbose_name": "Regal", "group_name": "Storage"})
nb.call("POST", "plugins/custom-objects/custom-object-type-fields/",
        {"custom_object_type": shelf["id"], "name": "room", "type": "text"})'
check "bootstrap keeps them" gives 0 bootstrap --plan
check "and syncs go on" quiet
check "a person deletes a field of ours" types '
nb.call("DELETE", "plugins/custom-objects/custom-object-type-fields/%d/" % fields["height"]["id"])'
check "the stage is skipped, the others run" gives "0 4" sync
check "with the remedy" stage_says 'has no field "height": run `stagebox bootstrap`'
check "bootstrap --plan shows that it comes back" gives 2 bootstrap --plan
check "as a change of the type" out_has '~ custom-object-type/stagebox-shelf'
check "bootstrap makes it anew" gives 0 bootstrap
check "beside the field and the words of people" types '
check(fields["height"]["schema_id"] == 4 and fields["room"]["schema_id"] > 10002 and shelf["verbose_name"] == "Regal", shelf)'
check "and a sync fills it" gives "0 3 4" sync
check "for all objects" objects 'check(all(row["height"] == 42 for key, row in shelves.items() if key != "mine"), shelves)'

# A home that is not as it was
check "the plugin is removed" plugin ""
check "the stage is skipped, the others run" gives "0 4" sync
check "with what to do" stage_says "does not have the plugin netbox-custom-objects"
if simulated; then
	check "an old version" plugin 0.6.0
	check "is skipped" gives "0 4" sync
	check "too" stage_says "update it to 0.7 or newer"
fi
check "the plugin is back" plugin 0.7.1
check "with all objects" quiet
with_shelf 'shelves = 1;' 'inventory = "fields";'
check "a configuration that names another home" gives "0 4" sync
check "is skipped with both ways out" stage_says "run \`stagebox bootstrap --move-home\`, or set the option to"
check "and changes no object" objects 'check(len(shelves) == 4, list(shelves))'
with_shelf 'shelves = 1;'
check "a person takes our mark from the type" types '
nb.call("PATCH", "plugins/custom-objects/custom-object-types/%d/" % shelf["id"], {"description": "mine"})'
check "it is not one of ours any more" gives "0 4" sync
check "and says so" stage_says "is not one of stagebox"
mark
check "bootstrap refuses it" gives 78 bootstrap
check "with the way out" err_has "rename or delete it"
check "before anything is written" look no-writes
check "the mark is put back" types '
nb.call("PATCH", "plugins/custom-objects/custom-object-types/%d/" % shelf["id"], {"description": "stagebox " + note[1]})'
check "and a sync goes on" quiet

# Saved plans
with_shelf 'shelves = 1; height = 60;'
check "a saved plan" gives "2 3" plan -o "$TMPDIR/plan"
check "somebody changes an object of it" objects 'put("lab/shelf/pve1/0", height=1)'
check "is applied to what did not change" gives "1 4" apply "$TMPDIR/plan"
check "and refuses what did" objects '
check({key: row["height"] for key, row in shelves.items() if key != "mine"} ==
      {"lab/shelf/pve1/0": 1, "lab/shelf/pve2/0": 60, "lab/shelf/pve3/0": 60}, shelves)'

# What NetBox does not say
if ! simulated; then done_testing; fi
with_shelf 'shelves = 2;'
check "an unread list deletes and creates nothing" ctl fault netbox short-page stagebox-shelf
check "a sync with it" gives "0 3 4" sync
check "the fault ends" ctl clear
check "and the objects are as before" objects 'check(len(shelves) == 4, list(shelves))'
check "the lab stops" lab_down
done_testing
