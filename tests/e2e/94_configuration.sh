#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Errors of a configuration are found all at once, each with its place and what was expected.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
lab_up --guests 2 --endpoints 1
good=$config
config=$TMPDIR/bad.cfg
# with SED...: the configuration of the lab with these changes
with() {
	cp "$good" "$config"
	set_conf "$@"
}
lines_say() { same "$(grep -c '^stagebox: ' "$TMPDIR/err")" "$1"; }

# --- one run of the check names everything -----------------------------------------------------------------

with 's|^netbox: {|netbox: { settel = "1s";|' 's|^prune: .*|prune: { runs = 0; };|' 's|site = |sit = |'
check "wrong options end with 78" gives 78 config check
check "each of them is reported" lines_say 3
for each in 'unknown option netbox.settel (did you mean "settle"?)' 'prune.runs: 0 is out of bounds: 1 to 100' 'unknown option endpoints\[0\].sit (did you mean "site"?)'; do
	check "the report has: $each" err_has "$each"
done
check "any other command reports all of them, too" gives 78 sync
check "each is one line of the journal" lines_say 3
with 's|tokens/netbox|tokens/none1|' 's|tokens/lab|tokens/none2|' 's|^modules = .*|modules = [ "cluster", "qemmu" ]; options: { exmple: { a = 1; }; cluster: { device_typ = "x"; device_nam = "y"; }; };|'
check "missing secrets, modules and options of modules end with 78" gives 78 config check
for each in 'none1' 'none2' 'options.exmple: no module of this name is listed' 'unknown option device_typ (did you mean "device_type"?)' 'unknown option device_nam' \
	'module "qemmu": No such file: .* (did you mean "qemu"?); the modules there: ceph, cluster, ha, lxc, qemu'; do
	check "the report has: $each" err_has "$each"
done
with 's|^modules = .*|modules = [ "cluster", "qemu" ]; options: { exmple: { a = 1; }; };|'
check "options of a module that does not exist are an error of every command" gives 78 plan
check "the message names them" err_has 'options.exmple'
with 's|^modules = .*|modules = [ "cluster" ]; options: { qemu: { agent = false; }; };|'
check "options of a module that is only not listed are none" gives 0 config check

# --- branching ----------------------------------------------------------------------------------------------

with 's|^modules = .*|modules = [ "cluster", "qemu" ]; branching: { mode = "required"; modules: { qmeu: { wait = 5; }; ceph: { }; }; };|' \
	's|site = |branching: { modules: { clutser: { }; }; }; site = |'
check "branching of modules that do not exist is an error" gives 78 config check
check "it is one for each of them" lines_say 2
check "the message suggests the nearest module" err_has 'branching.modules.qmeu: no module of this name is listed in modules (did you mean "qemu"?)'
check "and names the endpoint" err_has 'endpoint lab: branching.modules.clutser: no module of this name is listed'
check "any other command refuses it, too" gives 78 stages
with 's|^modules = .*|modules = [ "cluster", "qemu" ]; branching: { modules: { qemu: { wait = 5; }; ceph: { }; }; };|'
check "that of a module that is only not listed is none" gives 0 config check
check "config dump prints it" gives 0 config dump
check "with what is set" out_has 'wait = "5s";'

# --- words of single errors ----------------------------------------------------------------------------------

with 's|^modules = .*|modules = [ "cluster", yes ];|'
"$STAGEBOX" config check --config "$config" >"$TMPDIR/out" 2>"$TMPDIR/err"
check "a syntax error says what was expected, and what was found" err_has 'expected a value after .* found "yes"'
check "a URL under two slugs is refused" with "s|^endpoints: (|endpoints: ( { slug = \"second\"; urls = [ \"$(sed -n 's/.*urls = \[ "\([^"]*\)" \].*/\1/p' "$good")\" ]; use_https = false; token = \"env:T\"; },|"
check "with 78" gives 78 plan
check "the message names the other endpoint" err_has 'is already a URL of endpoints\[0\]: one cluster has one slug'
cp "$STAGEBOX_SRC/etc/stagebox.cfg" "$config"
check "the example is not a configuration" gives 78 sync
check "the message says so and names init" err_has 'is still the example: .*stagebox init'

# --- dump ------------------------------------------------------------------------------------------------------

with 's|^modules = .*|modules = [ "cluster", "qemu" ]; options: { qemu: { agent = false; }; };|'
check "config dump prints the options of modules" gives 0 config dump
check "with the values of the file" out_has 'agent = false;'
check "and with the defaults of the modules" out_has 'agent_osinfo = false;'
check "also of modules that the file does not mention" out_has 'device_type = "generic";'
cp "$TMPDIR/out" "$TMPDIR/dumped.cfg"
config=$TMPDIR/dumped.cfg
check "what was printed is a configuration" gives 0 config check
done_testing
