#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What people see in NetBox: the custom fields of bootstrap, and the migration of those of 0.1.0.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
. "$e2e/lib_doctor.sh"
lab_up --guests 6 --endpoints 1

# made_by_0_1_0: custom fields as stagebox 0.1.0 left them
made_by_0_1_0() {
	netbox '
fields = {row["name"]: row for row in nb.all("extras/custom-fields")}
for name in ("stagebox_adopted", "stagebox_vmid", "stagebox_node", "stagebox_cpu"):
    if name in fields:
        nb.call("DELETE", "extras/custom-fields/%d/" % fields[name]["id"])
for name, label in (("stagebox_key", "stagebox key"), ("stagebox_birth", "stagebox birth")):
    nb.call("PATCH", "extras/custom-fields/%d/" % fields[name]["id"],
            {"label": label, "group_name": "", "ui_visible": "if-set"})'
}

check "a plan of bootstrap has pending changes" gives 2 bootstrap --plan
check "and lists the custom fields" out_has 'stagebox_vmid'
check "and writes nothing" look no-writes
check "bootstrap succeeds" gives 0 bootstrap
check "all custom fields are in one group, with labels for people" netbox '
fields = {row["name"]: row for row in nb.all("extras/custom-fields")}
labels = {"stagebox_key": "Key", "stagebox_birth": "Instance id", "stagebox_adopted": "Adopted",
          "stagebox_vmid": "VMID", "stagebox_node": "Node", "stagebox_cpu": "CPU"}
for name, label in labels.items():
    check(name in fields, name, "is missing")
    check(fields[name]["label"] == label, fields[name]["label"])
    check(fields[name]["group_name"] == "Proxmox VE", fields[name]["group_name"])
    check(fields[name]["ui_editable"]["value"] == "no", name)
    hidden = name in ("stagebox_birth", "stagebox_adopted")
    check(fields[name]["ui_visible"]["value"] == ("hidden" if hidden else "if-set"), name)'
check "the VMID is a number that the global search finds" netbox '
field = nb.all("extras/custom-fields", "&name=stagebox_vmid")[0]
check(field["type"]["value"] == "integer" and field["search_weight"] > 0, field)
check(field["object_types"] == ["virtualization.virtualmachine"], field["object_types"])'
check "every kind with a key can carry the mark of adoption" netbox '
types = {row["name"]: sorted(row["object_types"]) for row in nb.all("extras/custom-fields")}
check(types["stagebox_adopted"] == types["stagebox_key"], types)'
mark
check "a second bootstrap succeeds" gives 0 bootstrap
check "and writes nothing" look no-writes
check "doctor finds NetBox prepared" doctor 0
check "with its instance id" finds ok netbox bootstrap 'instance id'
mark
check "the first sync succeeds" gives 0 sync
check "guests have their VMID, nodes their processor; the node is named only without a device" netbox '
for vm in nb.all("virtualization/virtual-machines"):
    fields = vm["custom_fields"]
    check(fields["stagebox_vmid"] == int(fields["stagebox_key"].split("/")[2]), fields)
    check(vm["device"] and fields["stagebox_node"] is None, vm["device"], fields)
node = nb.one("dcim/devices", "lab/node/pve1")
check(node["custom_fields"]["stagebox_cpu"] and node["device_type"]["model"] == "Proxmox VE node", node)
check(nb.all("virtualization/cluster-types")[0]["name"] == "Proxmox VE")'
check "roles have a quiet colour" netbox '
check({row["color"] for row in nb.all("dcim/device-roles")} == {"9e9e9e"}, [row["color"] for row in nb.all("dcim/device-roles")])'
check "VLAN groups have the site of their endpoint as scope" netbox '
groups = nb.all("ipam/vlan-groups")
check(groups and all(row["scope_type"] == "dcim.site" and row["scope"]["name"] == "lab-dc1" for row in groups), groups)'
check "the change log names run and stage" netbox '
last = nb.call("GET", "core/object-changes/?limit=500&changed_object_type_id__n=0")["results"]
words = {row["message"] for row in last}
check(any(re.fullmatch(r"stagebox run \d+: qemu.guests", word) for word in words), words)
check(any(re.fullmatch(r"stagebox run \d+: shared", word) for word in words), words)
check("" not in words, words)'
check "the definitions are those of 0.1.0" made_by_0_1_0
instance=$(netbox 'print(nb.all("extras/custom-fields", "&name=stagebox_key")[0]["description"])')
check "a sync after an upgrade goes on without the new fields" gives 0 sync
check "and names them with the command to run" err_has 'stagebox_adopted, stagebox_vmid.*run .stagebox bootstrap.'
check "doctor succeeds with a warning" doctor 0
check "which names the fields and the command" finds warning netbox bootstrap 'stagebox_birth, stagebox_adopted'
check "a plan of the migration has pending changes" gives 2 bootstrap --plan
check "and shows the new label" out_has 'Instance id'
check "bootstrap migrates" gives 0 bootstrap
check "labels, group and visibility are those of this version" netbox '
fields = {row["name"]: row for row in nb.all("extras/custom-fields")}
check(fields["stagebox_key"]["label"] == "Key" and fields["stagebox_key"]["group_name"] == "Proxmox VE")
check(fields["stagebox_birth"]["ui_visible"]["value"] == "hidden")
check("stagebox_vmid" in fields and "stagebox_cpu" in fields, list(fields))'
check "the instance id of NetBox stays" same \
	"$(netbox 'print(nb.all("extras/custom-fields", "&name=stagebox_key")[0]["description"])')" "$instance"
mark
check "bootstrap after the migration succeeds" gives 0 bootstrap
check "and writes nothing" look no-writes

check "a person changes label and visibility of a definition of 0.1.0" made_by_0_1_0
netbox '
row = nb.all("extras/custom-fields", "&name=stagebox_birth")[0]
nb.call("PATCH", "extras/custom-fields/%d/" % row["id"], {"label": "UUID", "ui_visible": "always"})'
check "bootstrap succeeds" gives 0 bootstrap
check "what the person changed stays, the group is added" netbox '
row = nb.all("extras/custom-fields", "&name=stagebox_birth")[0]
check((row["label"], row["ui_visible"]["value"], row["group_name"]) == ("UUID", "always", "Proxmox VE"), row)'

netbox '
row = nb.all("extras/custom-fields", "&name=stagebox_node")[0]
nb.call("DELETE", "extras/custom-fields/%d/" % row["id"])
nb.call("POST", "extras/custom-fields/", {"name": "stagebox_node", "type": "integer",
        "object_types": ["virtualization.virtualmachine"]})'
check "a custom field of another type is refused with its name" gives "1 3 5 78" bootstrap
check "and the message names both types" err_has 'stagebox_node.* of type integer instead of text'

link='nb.all("extras/custom-links")'
check "the link is one for guests, nodes and clusters, which looks at stagebox_key only" netbox '
links = '"$link"'
check(len(links) == 1 and links[0]["name"] == "Open in Proxmox VE" and links[0]["enabled"], links)
check(sorted(links[0]["object_types"]) == ["dcim.device", "virtualization.cluster", "virtualization.virtualmachine"], links)
check(set(re.findall(r"object\.[a-z_.]+", links[0]["link_text"] + links[0]["link_url"])) == {"object.cf.stagebox_key"}, links)'
done_testing
