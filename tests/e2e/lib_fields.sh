# SPDX-License-Identifier: Apache-2.0
# Shared by the suites with a second module that writes a field of guests; they source it after lib.sh.
fields_modules=$(dirname "$STAGEBOX")/tests/modules

# with_fields OPTIONS: from now on the module guest_fields is loaded, with these options
with_fields() {
	mkdir -p "$TMPDIR/modules"
	cp "$(dirname "$STAGEBOX")"/modules/*.so "$fields_modules/guest_fields.so" "$TMPDIR/modules/"
	set_conf "s|^modules.*|modules = [ \"cluster\", \"qemu\", \"lxc\", \"guest_fields\" ]; module_dir = \"$TMPDIR/modules\";|" \
		'/^options: /d'
	printf 'options: { guest_fields: { %s }; };\n' "$1" >>"$config"
}
# stage_is MODULE SCRIPT: lines of Python with stage, the entry of the module's first stage in the record of the last run
stage_is() { last '
stage = [entry for entry in stages if entry["module"].startswith("'"$1"'")][0]
counts = stage["response"]["counts"]
left_out = stage["response"].get("left_out", [])
'"$2"; }
