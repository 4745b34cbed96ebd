#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# full one
# limit 300
# Which home the first bootstrap chooses for kinds that NetBox has no model for, and what bootstrap, sync and doctor say about the
# rights on custom objects.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
. "$e2e/lib_home.sh"
if ! [ -f "$home_modules/shelf.so" ] || ! simulated; then
	skip "choosing a home" "there is no build with its test modules, or no simulated NetBox with the plugin"
	done_testing
fi
as_objects() { with_shelf "" 'inventory = "custom-objects";'; }
custom=netbox_custom_objects

home_lab --guests 2 --endpoints 1 --plugins custom-objects=0.7.1
check "rights netbox prints those for types" gives 0 rights netbox
check "by their object type" out_has "$custom.customobjecttype"
ctl fault netbox deny $custom.add_customobjecttype
check "a token that may not make types" gives 2 bootstrap --plan
check "gets fields" out_has '+ custom-field/stagebox_shelf'
check "and the way to custom objects is named" err_has "grant its user view, add and change on $custom.customobjecttype"
as_objects
check "with custom-objects in the option it is a missing right" gives 77 bootstrap
ctl clear
check "without the plugin" plugin ""
check "the option cannot be met" gives 78 bootstrap
check "and says what to do" err_has "install and enable it"
with_shelf
check "auto takes fields" gives 2 bootstrap --plan
check "and plans them" out_has '+ custom-field/stagebox_shelf'
check "an old plugin" plugin 0.6.0
check "is as none" gives 2 bootstrap --plan
check "for auto" out_has '+ custom-field/stagebox_shelf'
check "the plugin is there" plugin 0.7.1
check "a person has a type of our slug" netbox '
person.call("POST", "plugins/custom-objects/custom-object-types/", {"name": "shelves", "slug": "stagebox-shelf"})'
mark
check "bootstrap does not touch it" gives 78 bootstrap
check "and says so" err_has 'has a custom object type "stagebox-shelf" that is not one of stagebox'
check "before anything is written" look no-writes
check "it is deleted" types 'person.call("DELETE", "plugins/custom-objects/custom-object-types/%d/" % shelf["id"])'
check "a person has a type with the name of ours" netbox '
person.call("POST", "plugins/custom-objects/custom-object-types/", {"name": "stagebox_shelf", "slug": "theirs"})'
mark
check "bootstrap does not send its schema" gives 78 bootstrap
check "and names the type" err_has 'a custom object type "theirs" with the name "stagebox_shelf"'
check "before anything is written, too" look no-writes
check "it gets another name" netbox '
theirs = [row["id"] for row in nb.all("plugins/custom-objects/custom-object-types") if row["slug"] == "theirs"][0]
person.call("PATCH", "plugins/custom-objects/custom-object-types/%d/" % theirs, {"name": "theirs"})'
check "bootstrap makes ours" gives 0 bootstrap
check "and has nothing to add" not err_has "the token lacks"
check "as the home" types 'check(note[2:] == ["custom-objects"], note)'
check "doctor is content" gives 0 doctor
check "with the type" out_has "1 types of custom objects, with plugin netbox-custom-objects 0.7.1"

type=$(netbox 'print([row["id"] for row in nb.all("plugins/custom-objects/custom-object-types") if row["slug"] == "stagebox-shelf"][0])')
ctl fault netbox deny "$custom.add_table${type}model"
check "bootstrap ends with the rights that are missing" gives 0 bootstrap
check "by their names" err_has "the token lacks $custom.add_table${type}model"
check "doctor names them, too" gives 77 doctor
check "by the same names" out_has "the token lacks $custom.add_table${type}model"
ctl clear
ctl fault netbox deny "$custom.view_table${type}model"
check "what cannot be read is skipped, the others run" gives "0 4" sync
check "with the right to grant" stage_says "view, add, change and delete on $custom.table${type}model"
ctl clear
ctl fault netbox deny "$custom.view_customobjecttype"
check "types that cannot be read are" gives "0 4" sync
check "skipped, too" stage_says "custom-object-types"
ctl clear
check "with all rights a sync goes on" gives "0 4" sync
check "and makes the objects" objects 'check(len(shelves) == 6, list(shelves))'
check "without the plugin doctor warns" plugin ""
check "and goes on" gives 0 doctor
check "with what a sync does" out_has "a sync skips the stages whose objects are custom objects"
check "bootstrap does the rest" gives 0 bootstrap
check "and says what it did not do" err_has "types of custom objects are neither made nor checked: NetBox does not have the plugin"
check "the lab stops" lab_down
done_testing
