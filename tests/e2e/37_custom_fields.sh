#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# full netbox
# A module adds custom fields of each type to a kind of core: bootstrap creates them, doctor misses them, and they are
# compared, written, kept by policies and left out when refused, like any field.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
own=$(dirname "$STAGEBOX")/tests/modules
if ! [ -f "$own/tally.so" ]; then
	skip "a module adds custom fields" "there is no build with its test modules"
	done_testing
fi
mkdir "$TMPDIR/modules"
cp "$(dirname "$STAGEBOX")"/modules/*.so "$own/tally.so" "$own/many_fields.so" "$TMPDIR/modules/"
lab_up --guests 6 --endpoints 1
set_conf "s|^module_dir.*||"
cp "$config" "$TMPDIR/bare.cfg"
check "bootstrap without the module" gives 0 bootstrap
check "the first sync" gives 0 sync
# with_tally [OPTIONS]: the configuration with the module and its options
with_tally() {
	sed "s|^modules.*|modules = [ \"cluster\", \"qemu\", \"lxc\", \"tally\" ]; module_dir = \"$TMPDIR/modules\";|" \
		"$TMPDIR/bare.cfg" >"$config"
	printf 'options: { tally: { %s }; };\n' "${1-}" >>"$config"
}
# fields PYTHON: checks the list "mine" of the custom fields of each virtual machine of type qemu
fields() { netbox '
mine = [row["custom_fields"] for row in nb.all("virtualization/virtual-machines")
        if "/qemu/" in (row["custom_fields"]["stagebox_key"] or "")]
plain = lambda value: value.get("value") if isinstance(value, dict) and "value" in value else value
check(mine, "there is no guest")
'"$1"; }

with_tally
check "doctor names the fields that NetBox lacks" gives 0 doctor
check "as a warning" out_has 'goes on without what is missing: .*stagebox_tally_state.*stagebox_tally_load'
mark
check "a sync before bootstrap goes on without them" gives 0 sync
check "with a warning that names them" err_has 'stagebox_tally_rack.*run .stagebox bootstrap'
check "and writes nothing" look no-writes
check "bootstrap --plan shows them" gives 2 bootstrap --plan
check "each" out_has 'stagebox_tally_detail'
check "bootstrap creates them" gives 0 bootstrap
check "in the group of all fields, with their types and object types" netbox '
rows = {row["name"]: row for row in nb.all("extras/custom-fields") if row["name"].startswith("stagebox_tally_")}
types = {name[len("stagebox_tally_"):]: row["type"]["value"] for name, row in rows.items()}
check(types == {"state": "select", "rack": "text", "units": "integer", "share": "decimal", "spare": "boolean",
                "detail": "json", "log": "longtext", "load": "integer"}, types)
check(all(row["object_types"] == ["virtualization.virtualmachine"] for row in rows.values()), rows)
check(all(row["group_name"] == "Proxmox VE" for row in rows.values()), rows)
hidden = [name for name, row in rows.items() if row["ui_visible"]["value"] == "hidden"]
check(hidden == ["stagebox_tally_detail"], hidden)
sets = {row["name"]: row["extra_choices"] for row in nb.all("extras/custom-field-choice-sets")}
check(sets["stagebox_tally_state"] == [["new", "new"], ["used", "used"], ["broken", "broken"]], sets)'
check "a second bootstrap changes nothing" gives 0 bootstrap --plan
check "doctor is content" gives 0 doctor
check "about the fields" not out_has 'goes on without what is missing'
check "a sync writes the values" gives 0 sync
check "of all types" fields '
for row in mine:
    check(plain(row["stagebox_tally_state"]) == "used", row)
    check(row["stagebox_tally_rack"] == "R1" and row["stagebox_tally_log"] == "first\nsecond", row)
    check(float(row["stagebox_tally_share"]) == 0.25 and row["stagebox_tally_detail"]["slots"] == [1, 2], row)
    check(row["stagebox_tally_spare"] in (True, False) and row["stagebox_tally_load"] == 10, row)'
mark
check "the next sync has nothing to write" gives 0 sync
check "at all" look no-writes

with_tally 'rack = "R2"; state = "broken"; load = 90;'
check "values that change are updated" gives 0 sync
check "with the volatile one" fields '
for row in mine:
    check(plain(row["stagebox_tally_state"]) == "broken" and row["stagebox_tally_rack"] == "R2", row)
    check(row["stagebox_tally_load"] == 90, row)'
with_tally 'rack = "R2"; state = "broken"; load = 91;'
mark
check "a sync with another volatile value alone" gives 0 sync
check "writes nothing" look no-writes

by_hand() { netbox '
row = [row for row in nb.all("virtualization/virtual-machines") if "/qemu/" in (row["custom_fields"]["stagebox_key"] or "")][0]
nb.call("PATCH", "virtualization/virtual-machines/%d/" % row["id"], {"custom_fields": {"stagebox_tally_rack": "'"$1"'"}})'; }
check "a person changes a field that is if-unchanged" by_hand "by hand"
with_tally 'rack = "R2"; state = "used"; load = 91;'
check "a sync changes another field" gives 0 sync
check "and keeps the value of the person" fields '
racks = sorted(row["stagebox_tally_rack"] for row in mine)
check(racks.count("by hand") == 1 and set(racks) == {"by hand", "R2"}, racks)
check(all(plain(row["stagebox_tally_state"]) == "used" for row in mine), mine)'
with_tally 'rack = "R3"; state = "used"; load = 91;'
check "a change on both sides is a conflict" gives 3 sync
check "which names the field" out_has 'stagebox_tally_rack: NetBox has by hand, the source has R3'
check "the person agrees" by_hand R3
check "and the conflict has ended" gives 0 sync

with_tally 'rack = ""; state = "lost"; load = 91;'
mark
check "a value that is not one of the module's own choices fails its stage" gives 1 sync
check "with the field, the value and the choices" out_has 'field "stagebox_tally_state" of kind "vm": the value "lost" is not one of its choices: new, used, broken'
check "nothing of the stage is written" look no-writes
with_tally 'rack = ""; state = "used"; load = 91;'
printf 'policy: { vm: { stagebox_tally_state = "never"; }; };\n' >>"$config"
check "with the policy never nothing is sent of the field" gives 0 sync
check "but the others" fields 'check(all(row["stagebox_tally_rack"] in (None, "") for row in mine), mine)'
with_tally 'state = "new";'
printf 'policy: { vm: { stagebox_tally_colour = "never"; }; machine: { name = "never"; }; adress = "never"; };\n' >>"$config"
check "policies of fields and kinds that do not exist are refused" gives 78 config check
check "with the nearest name of a field of a module" says 'policy.vm.stagebox_tally_colour: kind "vm" has no such field'
check "of a kind" says 'policy.machine.name: the loaded modules have no kind "machine"'
check "and of a field of any kind" says 'policy.adress: no kind of the loaded modules has this field .did you mean "address"'
check "a sync does not begin with them" gives 78 sync
with_tally 'state = "new";'
check "rights netbox has the sets of choices" gives 0 rights netbox --server-version 4.7
check "because a field has choices" out_has 'extras.customfieldchoiceset'
check "a value of a field that is if-unchanged" gives 0 sync
check "people delete the field" netbox '
row = [row for row in nb.all("extras/custom-fields") if row["name"] == "stagebox_tally_rack"][0]
nb.call("DELETE", "extras/custom-fields/%d/" % row["id"])'
check "bootstrap makes it again" gives 0 bootstrap
check "a sync writes its values again, because no person emptied them" gives 0 sync
check "to all objects" fields '
check(all(row["stagebox_tally_rack"] == "R1" for row in mine), mine)'
check "people rename the set of choices of a field" netbox '
row = [row for row in nb.all("extras/custom-field-choice-sets") if row["name"] == "stagebox_tally_state"][0]
nb.call("PATCH", "extras/custom-field-choice-sets/%d/" % row["id"], {"name": "Our states"})'
check "bootstrap still knows it by its field" gives 0 bootstrap --plan
check "people replace a field by one of another type" netbox '
row = [row for row in nb.all("extras/custom-fields") if row["name"] == "stagebox_tally_units"][0]
nb.call("DELETE", "extras/custom-fields/%d/" % row["id"])
nb.call("POST", "extras/custom-fields/", {"name": "stagebox_tally_units", "type": "text",
                                          "object_types": ["virtualization.virtualmachine"]})'
check "doctor warns about it" gives 0 doctor
check "with both types" out_has 'stagebox_tally_units has the type text instead of integer'
sed "s|^modules.*|modules = [ \"cluster\", \"qemu\", \"lxc\", \"many_fields\" ]; module_dir = \"$TMPDIR/modules\";|" \
	"$TMPDIR/bare.cfg" >"$config"
mark
check "more fields than one request can name are created" gives 0 bootstrap
check "all of them" netbox '
check(len([row for row in nb.all("extras/custom-fields") if row["name"].startswith("stagebox_many_fields_")]) == 55)'
check "a second bootstrap knows them all" gives 0 bootstrap --plan
check "so does doctor" gives 0 doctor
check "without a warning" not out_has 'goes on without what is missing'
check "and a sync" gives 0 sync
check "whose requests name at most fifty" python3 -c '
import json, sys
lines = [json.loads(line)["path"] for line in open(sys.argv[1])][int(sys.argv[2]):]
counts = [path.count("&name=") for path in lines if "custom-fields" in path]
assert counts and max(counts) == 50, counts' "$lab/requests.ndjson" "$since"
cp "$TMPDIR/bare.cfg" "$config"
check "without the module" gives 0 rights netbox --server-version 4.7
check "it does not" not out_has 'extras.customfieldchoiceset'
mark
check "a sync without the module leaves its values" gives 0 sync
check "as they are" look no-writes
done_testing
