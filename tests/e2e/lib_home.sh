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
# objects PYTHON: checks the custom objects "shelves" by key, as NetBox returns them; put() changes one, as another user
objects() { netbox '
path = "plugins/custom-objects/stagebox-shelf"
shelves = {row["stagebox_key"]: row for row in nb.all(path)}
def put(key, **values): person.call("PATCH", "%s/%d/" % (path, shelves[key]["id"]), values)
'"$1"; }
# types PYTHON: checks the type "shelf" of custom objects, its fields "fields" by name, and "note", what bootstrap noted
types() { netbox '
types = {row["slug"]: row for row in nb.all("plugins/custom-objects/custom-object-types")}
shelf = types.get("stagebox-shelf")
fields = {field["name"]: field for field in shelf["fields"]} if shelf else {}
note = " ".join(row["description"] for row in nb.all("extras/custom-fields") if row["name"] == "stagebox_key").split()
'"$1"; }
# plugin VERSION: exchanges the plugin of the simulated NetBox; "" removes it
plugin() { ctl set netbox/plugin/custom-objects "version=$1"; }
# stage_says TEXT: the stage of shelves is skipped with this reason
stage_says() { last '
stages = [s for part in run["record"].values() if isinstance(part, dict) and "response" in part
          for s in part["response"]["stages"] if s["resource"] == "shelves"]
check(stages and stages[0]["status"] == "skipped" and """'"$1"'""" in stages[0]["error"], stages)'; }
