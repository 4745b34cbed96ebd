# SPDX-License-Identifier: Apache-2.0
# Shared by the suites with a second module that adds tags to guests; they source it after lib.sh.
tags_modules=$(dirname "$STAGEBOX")/tests/modules

# with_tags OPTIONS: from now on the module guest_tags is loaded, with these options
with_tags() {
	mkdir -p "$TMPDIR/modules"
	cp "$(dirname "$STAGEBOX")"/modules/*.so "$tags_modules/guest_tags.so" "$TMPDIR/modules/"
	set_conf "s|^modules.*|modules = [ \"cluster\", \"qemu\", \"lxc\", \"guest_tags\" ]; module_dir = \"$TMPDIR/modules\";|" \
		'/^options: /d'
	printf 'options: { guest_tags: { %s }; };\n' "$1" >>"$config"
}
# without_tags: it is not loaded
without_tags() { set_conf 's|^modules.*|modules = [ "cluster", "qemu", "lxc" ];|' '/^options: /d'; }
# tags_are KEY [TAG...]: the tags of a guest in NetBox, in any order
tags_are() { netbox '
found = sorted(tag["name"] for tag in nb.one("virtualization/virtual-machines", "'"$1"'")["tags"])
wanted = sorted("'"$(shift; echo "$*")"'".split())
check(found == wanted, found, "instead of", wanted)'; }
# people_tag KEY: a person gives a guest the tag "people"
people_tag() { netbox '
if not nb.call("GET", "extras/tags/?slug=people")["results"]:
    person.call("POST", "extras/tags/", {"name": "people", "slug": "people"})
vm = nb.one("virtualization/virtual-machines", "'"$1"'")
person.call("PATCH", "virtualization/virtual-machines/%d/" % vm["id"],
            {"tags": [{"id": tag["id"]} for tag in vm["tags"]] + [{"slug": "people"}]})'; }
# syncs writes|quiet [CODES]: a sync; quiet = it writes nothing
syncs() { mark; gives "${2:-0}" sync || return 1; [ "$1" = writes ] || look no-writes; }
