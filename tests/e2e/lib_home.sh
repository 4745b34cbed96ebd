# SPDX-License-Identifier: Apache-2.0
# Shared by the suites of kinds with a home; they source it after lib.sh.

home_modules=$(dirname "$STAGEBOX")/tests/modules
# home_lab OPTIONS...: a lab whose configuration has the module shelf
home_lab() {
	mkdir -p "$TMPDIR/modules"
	cp -f "$(dirname "$STAGEBOX")"/modules/*.so "$home_modules/shelf.so" "$TMPDIR/modules/"
	lab_up "$@"
	set_conf "s|^module_dir.*||"
	cp "$config" "$TMPDIR/bare.cfg"
	with_shelf
}
# with_shelf [OPTIONS [LINE]]: the configuration with options of the module, and one more line
with_shelf() {
	sed "s|^modules.*|modules = [ \"cluster\", \"qemu\", \"lxc\", \"shelf\" ]; module_dir = \"$TMPDIR/modules\";|" \
		"$TMPDIR/bare.cfg" >"$config"
	printf 'options: { shelf: { %s }; };\n%s\n' "${1-}" "${2-}" >>"$config"
}
# shelves PYTHON: checks the document "doc" of the cluster lab, its shelves "shelves" by key, and "field", its name
shelves() { netbox '
field = "stagebox_shelf"
cluster = [row for row in nb.all("virtualization/clusters") if row["custom_fields"]["stagebox_key"] == "lab/cluster"][0]
doc = cluster["custom_fields"].get(field) or {}
shelves = doc.get("shelf", {})
'"$1"; }
# put_document PYTHON: a person changes the document
put_document() { shelves "$1"'
nb.call("PATCH", "virtualization/clusters/%d/" % cluster["id"], {"custom_fields": {field: doc}})'; }
