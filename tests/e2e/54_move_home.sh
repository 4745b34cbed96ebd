#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# full one
# limit 600
# bootstrap --move-home moves the objects of kinds that NetBox has no model for from one home to the other one, with what people
# wrote there, and removes the former home when all are moved.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
. "$e2e/lib_home.sh"
if ! [ -f "$home_modules/shelf.so" ] || ! simulated; then
	skip "moving a home" "there is no build with its test modules, or no simulated NetBox with the plugin"
	done_testing
fi

quiet() { mark; gives "0 3 4" sync && look no-writes; }
as_fields() { with_shelf "${1-}" 'inventory = "fields";'; }
as_objects() { with_shelf "${1-}" 'inventory = "custom-objects";'; }
home_lab --guests 4 --endpoints 1 --plugins custom-objects=0.7.1
check "before the first bootstrap nothing can be moved" gives 78 bootstrap --move-home
as_fields 'label = "ours";'
check "fields are the home" gives 0 bootstrap
check "a sync fills them" gives "0 4" sync
check "a person changes a text" put_document 'shelves["lab/shelf/pve1/0"]["note"] = "by a person"'
check "without another home in the option" gives 0 bootstrap --move-home
with_shelf 'label = "ours";'
check "auto names none" gives 78 bootstrap --move-home
check "and says what to do" err_has "name the home that they shall have in the option inventory"

as_objects 'label = "ours";'
mark
check "a plan shows the move" gives 2 bootstrap --move-home --plan
check "the new home" out_has '+ custom-object-type/stagebox-shelf'
check "each object" out_has '+ lab/shelf/pve1/0 .*note: by a person'
check "and the removal" out_has '\- custom-field/stagebox_shelf'
check "all counted" out_has 'Plan: 7 to create, 2 to change, 1 to delete'
check "and writes nothing" look no-writes
check "it is moved" gives 0 bootstrap --move-home
check "the note says so" types 'check(note[2:] == ["custom-objects"], note)'
check "with the values, those of people too" objects '
check(len(shelves) == 6 and shelves["lab/shelf/pve1/0"]["note"] == "by a person", shelves)
check(shelves["lab/shelf/pve2/1"]["note"] == "ours" and shelves["lab/shelf/pve2/1"]["device"]["name"] == "pve2", shelves)'
check "the field is gone" netbox 'check(not [row for row in nb.all("extras/custom-fields") if row["name"] == "stagebox_shelf"])'
check "moving again changes nothing" gives 0 bootstrap --move-home --plan
check "a sync writes nothing" quiet
check "and keeps what the person wrote" objects 'check(shelves["lab/shelf/pve1/0"]["note"] == "by a person", shelves)'

check "a person makes an object of the type" objects '
person.call("POST", path + "/", {"title": "mine", "stagebox_key": "mine", "cluster": shelves["lab/shelf/pve1/0"]["cluster"]["id"]})'
as_fields 'label = "ours";'
check "back to fields" gives 0 bootstrap --move-home
check "the type stays for it" err_has 'stays, because people made objects of it'
check "with it" objects 'check("mine" in shelves, list(shelves))'
check "the objects are in the field" shelves 'check(len(shelves) == 6 and shelves["lab/shelf/pve1/0"]["note"] == "by a person", shelves)'
check "the note says so" types 'check(note[2:] == ["fields"], note)'
check "a sync writes nothing" quiet

check "a person adds something to the document" put_document 'doc["theirs"] = 1'
as_objects 'label = "ours";'
check "to custom objects, of which some are left there" gives 0 bootstrap --move-home
check "the field stays for it" err_has 'stays, because it has values that are not of stagebox'
check "the objects are complete" objects 'check(len(shelves) == 7, list(shelves))'
check "a sync writes nothing" quiet
check "the lab stops" lab_down
done_testing
