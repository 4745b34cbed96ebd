#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Promises of the pages about what is not touched: objects of people beside ours, and all data when somebody goes back.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
lab_up --guests 8 --endpoints 1

# --- an object without a key is not changed -----------------------------------------------------------------------

# Each kind that stagebox writes, made by a person, with names and values that the source has as well.
check "a person has objects of every kind" netbox '
maker = person.call("POST", "dcim/manufacturers/", {"name": "Acme", "slug": "acme"})
kind = person.call("POST", "dcim/device-types/", {"manufacturer": maker["id"], "model": "FW", "slug": "fw"})
role = person.call("POST", "dcim/device-roles/", {"name": "Firewall", "slug": "firewall"})
site = person.call("POST", "dcim/sites/", {"name": "Attic", "slug": "attic"})
device = person.call("POST", "dcim/devices/", {"name": "fw1", "device_type": kind["id"], "role": role["id"], "site": site["id"]})
port = person.call("POST", "dcim/interfaces/", {"device": device["id"], "name": "vmbr0", "type": "bridge"})
sort = person.call("POST", "virtualization/cluster-types/", {"name": "Other", "slug": "other"})
cluster = person.call("POST", "virtualization/clusters/", {"name": "elsewhere", "type": sort["id"]})
name = [row["name"] for row in pves[0].get("/cluster/resources") if row.get("vmid") == 101][0]
vm = person.call("POST", "virtualization/virtual-machines/", {"name": name, "cluster": cluster["id"], "memory": 77})
nic = person.call("POST", "virtualization/interfaces/", {"virtual_machine": vm["id"], "name": "net0"})
person.call("POST", "virtualization/virtual-disks/", {"virtual_machine": vm["id"], "name": "scsi0", "size": 5})
person.call("POST", "ipam/ip-addresses/", {"address": "203.0.113.9/24", "assigned_object_type": "virtualization.vminterface",
            "assigned_object_id": nic["id"]})
group = person.call("POST", "ipam/vlan-groups/", {"name": "attic", "slug": "attic"})
person.call("POST", "ipam/vlans/", {"name": "of people", "vid": 120, "group": group["id"]})
person.call("POST", "extras/tags/", {"name": "Attic", "slug": "attic", "color": "112233"})'
# rows: the objects of people, which have no key, as NetBox shows them
rows() {
	netbox '
shared = {"dcim/manufacturers": "acme", "dcim/device-types": "fw", "dcim/device-roles": "firewall", "dcim/sites": "attic",
          "virtualization/cluster-types": "other", "ipam/vlan-groups": "attic", "ipam/vlans": "of people", "extras/tags": "attic"}
owned = ("dcim/devices", "dcim/interfaces", "virtualization/clusters", "virtualization/virtual-machines",
         "virtualization/interfaces", "virtualization/virtual-disks", "ipam/ip-addresses")
for path in list(shared) + list(owned):
    for row in nb.all(path):
        if (row.get("custom_fields") or {}).get("stagebox_key"):
            continue
        if path in shared and shared[path] not in (row.get("slug"), row.get("name")):
            continue
        print(path, json.dumps({name: value for name, value in row.items()
                                if not name.endswith("_count") and name != "custom_fields"}, sort_keys=True))'
}
rows >"$TMPDIR/people"
check "they are all there" same "$(wc -l <"$TMPDIR/people" | tr -d ' ')" 15
as_before() { rows >"$TMPDIR/now" && diff "$TMPDIR/people" "$TMPDIR/now"; }
check "bootstrap" gives 0 bootstrap
check "a first sync" gives 0 sync
check "changes nothing of them" as_before
prune_on
ctl set lab/qemu/101 memory=5120 name=renamed
ctl rm lab/qemu/103
ctl rm lab/lxc/102
check "a sync with changes and deletes" gives 0 sync
check "changes nothing of them" as_before
check "the vanished guests are gone" netbox 'check(not nb.one("virtualization/virtual-machines", "lab/qemu/103"))'

# --- going back -----------------------------------------------------------------------------------------------------

# "to release all objects, delete the custom fields whose names begin with stagebox_"
ours() {
	netbox 'print(sorted((path, row["id"], row.get("name") or row.get("address")) for path in
    ("virtualization/virtual-machines", "dcim/devices", "virtualization/clusters", "virtualization/interfaces", "ipam/ip-addresses")
    for row in nb.all(path)))'
}
ours >"$TMPDIR/ours"
check "a person deletes the custom fields of stagebox" netbox '
for row in nb.all("extras/custom-fields"):
    if row["name"].startswith("stagebox_"):
        person.call("DELETE", "extras/custom-fields/%d/" % row["id"])
check(not [row for row in nb.all("extras/custom-fields") if row["name"].startswith("stagebox_")])'
mark
check "a sync is refused from then on" gives 78 sync
check "and writes nothing" look no-writes
all_stay() { ours >"$TMPDIR/now" && cmp "$TMPDIR/ours" "$TMPDIR/now"; }
check "all objects are still there" all_stay
lab_down
done_testing
