#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# `stagebox kinds`: every kind, field, policy and trait, as the code and the configuration have them, without a server.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
. "$e2e/lib_modules.sh"
: "${STAGEBOX_BUILD:?}"

# kinds_are PYTHON: checks the JSON of all kinds; "kinds" is the list, "by" has them by name, "vm" is one of them, "field"
# finds a field of it
kinds_are() {
	gives 0 kinds --format json || return 1
	python3 - "$TMPDIR/out" "$STAGEBOX_SRC" <<-PY
		import json, re, sys
		kinds, src = json.load(open(sys.argv[1])), sys.argv[2]
		by = {kind["kind"]: kind for kind in kinds}
		vm = by["vm"]
		def field(name, kind="vm"):
		    return next(row for row in by[kind]["fields"] if row["field"] == name)
		def check(what, *why):
		    if not what:
		        sys.exit(" ".join(map(str, why)) or "no")
		$1
	PY
}

configure_with '' cluster qemu lxc
check "the kinds are listed without a server" gives 0 kinds
check "with path and natural key" out_has '^vm  *owned  *virtualization/virtual-machines  *cluster, name  *core '
check "and the stages that write them" out_has '^virtual-disk .*lxc.disks, qemu.disks'
check "every kind of core is listed, in its order" kinds_are '
table = open(src + "/core/model/kinds_table.c").read()
names = re.findall(r"^\t\t\.name = \"([a-z-]+)\",$", table, re.M)
check(len(names) > 20 and [kind["kind"] for kind in kinds] == names, names)'
check "a kind is owned, shared or a part of another object" kinds_are '
check(vm["ownership"] == "owned" and by["tag"]["ownership"] == "shared" and by["ip"]["ownership"] == "child")
check(by["vm-interface"]["parent"] == "virtual_machine" and "parent" not in vm)
check({kind["ownership"] for kind in kinds} == {"owned", "shared", "child"})'
check "a field has its type, target and length" kinds_are '
check(field("memory")["type"] == "int" and field("tags") | {"type": "tags", "kind": "tag"} == field("tags"))
check(field("name")["max_chars"] == 64 and "max_chars" not in field("memory"), field("name"))'
check "a field has the stages that write it" kinds_are '
check(set(field("memory")["stages"]) == {"qemu.guests", "lxc.guests"}, field("memory"))
check(set(field("primary_ip4")["stages"]) == {"qemu.addresses", "lxc.addresses"}, field("primary_ip4"))'
check "a shared kind has the stages that may request it" kinds_are 'check("qemu.guests" in by["tag"]["stages"], by["tag"]["stages"])'
check "a kind that only bootstrap writes has no stage" kinds_are 'check(by["custom-field"]["stages"] == [], by["custom-field"])'
check "an owned kind lists its custom fields" kinds_are '
check({"stagebox_key", "stagebox_birth"} <= {row["name"] for row in vm["custom_fields"]}, vm["custom_fields"])
check(by["tag"]["custom_fields"] == [])'
check "without a policy of the configuration the default is in force" kinds_are '
check(all(row["policy"] == row["default"] for kind in kinds for row in kind["fields"]))'
stages_agree() {
	gives 0 stages --format json || return 1
	cp "$TMPDIR/out" "$TMPDIR/stages"
	kinds_are '
stages = json.load(open(sys.argv[1].replace("/out", "/stages")))
wanted = {(stage["stage"], kind) for stage in stages for kind in stage["writes"]}
found = {(stage, kind["kind"]) for kind in kinds for stage in kind["stages"] if kind["ownership"] != "shared"}
check(wanted == found, wanted ^ found)'
}
check "the stages of owned kinds are those that stages lists" stages_agree
check "each type, policy and ownership is one that the page of JSON names" kinds_are '
page = next(line for line in open(src + "/docs/CLI-JSON.md") if line.startswith("| `kinds`"))
words = {row[what] for kind in kinds for row in kind["fields"] for what in ("type", "default", "policy")} | {kind["ownership"] for kind in kinds}
check(all("`%s`" % word in page for word in words), [word for word in words if "`%s`" % word not in page])'

# --- traits ----------------------------------------------------------------------------------------------

traits_known() {
	for word in $(sed -n 's/^\tSB_\(TRAIT\|KIND\)_\([A-Z]*\) = 1u << .*/\2/p' "$STAGEBOX_SRC/include/stagebox/kind.h" | tr 'A-Z' 'a-z'); do
		has "$STAGEBOX_SRC/core/load/kinds_described.c" "\"$word\"" && has "$STAGEBOX_SRC/cmd/kinds.c" "{\"$word\"," || return 1
	done
}
check "every trait of the headers has a name and words" traits_known
check "traits of fields and kinds are listed" kinds_are '
check("birth" in vm["traits"] and "title" in field("name")["traits"] and "serial" in by["ip"]["traits"])
check("witness" in field("mac_address", "vm-interface")["traits"])'
all_in_words() {
	gives 0 kinds --format json || return 1
	for each in $(python3 -c 'import json, sys; print(*(kind["kind"] for kind in json.load(open(sys.argv[1]))))' "$TMPDIR/out"); do
		gives 0 kinds "$each" && has "$TMPDIR/out" "^kind  *$each$" && has_not "$TMPDIR/out" ': $' || return 1
	done
}
check "each kind is described, and each of its traits in words" all_in_words

# --- one kind ----------------------------------------------------------------------------------------------

check "one kind is described" gives 0 kinds vm
check "with its natural key" out_has '^natural key  *cluster, name$'
check "with its ownership in words" out_has '^ownership  *owned: .*stagebox_key'
check "with its fields" out_has '^memory  *int '
check "with its custom fields" out_has '^stagebox_key  *text '
check "as JSON it is the row of the list" sh -c '"$1" kinds vm --format json --config "$2" >"$3/one" && "$1" kinds --format json --config "$2" >"$3/all" &&
	python3 -c "import json, sys; one, every = (json.load(open(path)) for path in sys.argv[1:]); sys.exit(one not in every or one[\"kind\"] != \"vm\")" "$3/one" "$3/all"' \
	sh "$STAGEBOX" "$config" "$TMPDIR"
check "an unknown kind is a usage error" gives 64 kinds vm-interfaces
check "that names the nearest one" says 'no kind "vm-interfaces" (did you mean "vm-interface"?)'
check "two kinds are a usage error" gives 64 kinds vm ip
completes() { same "$("$STAGEBOX" complete --config "$config" kinds "$1" | tr '\n' ' ')" "$2"; }
check "the name of a kind is completed" completes vm- 'vm-type vm-interface '

# --- what the configuration and modules change ----------------------------------------------------------------

configure_with 'policy: { description = "never"; vm: { memory = "create-only"; description = "always"; }; };' cluster qemu lxc
check "the policy of the configuration is shown beside the default" kinds_are '
check(field("memory") | {"default": "always", "policy": "create-only"} == field("memory"), field("memory"))
check(field("description", "device") | {"default": "if-unchanged", "policy": "never"} == field("description", "device"))'
check "that of a kind wins over that of a field" kinds_are 'check(field("description")["policy"] == "always", field("description"))'
configure_with 'policy: { vm: { memory = "intent"; }; };' cluster qemu lxc
check "a configuration that cannot work is an error" gives 78 kinds
configure_with '' cluster
check "without a module for guests nothing writes virtual machines" kinds_are 'check(vm["stages"] == [] and by["cluster"]["stages"] == ["cluster.cluster"])'
own=$STAGEBOX_BUILD/tests/modules
if [ -f "$own/tally.so" ] && [ -f "$own/traits.so" ]; then
	mkdir "$TMPDIR/modules"
	cp "$own/tally.so" "$own/traits.so" "$own/shelf.so" "$own/crash_start.so" "$TMPDIR/modules/"
	configure_with "module_path = [ \"$TMPDIR/modules\" ];" cluster qemu lxc tally
	check "a custom field of a module is a field of the kind" kinds_are '
check(field("stagebox_tally_rack") | {"custom": True, "policy": "if-unchanged", "stages": ["tally.guests"]} == field("stagebox_tally_rack"))
check("tally.guests" in vm["stages"] and not field("memory")["custom"])
check("stagebox_tally_rack" in {row["name"] for row in vm["custom_fields"]})'
	configure_with "module_path = [ \"$TMPDIR/modules\" ];" traits
	check "a kind of a module has its module" kinds_are 'check(by["shaft"]["module"] == "traits" and vm["module"] == "core")'
	configure_with "module_path = [ \"$TMPDIR/modules\" ];" cluster qemu lxc shelf
	check "a kind that NetBox has no model for has its home" kinds_are '
homes = {kind["kind"]: kind["home"] for kind in kinds if "home" in kind}
check(homes == {"shelf": "stagebox_shelf"} and by["shelf"]["module"] == "shelf" and by["shelf"]["parent"], homes)'
	configure_with "module_path = [ \"$TMPDIR/modules\" ];" crash_start
	check "a module that crashes while it is loaded is an error of the configuration" gives 78 kinds
	check "which names the module" err_has 'crash_start'
else
	for each in 1 2 3 4 5; do skip "kinds and fields of modules ($each)" "there are no test modules in $own"; done
fi
done_testing
