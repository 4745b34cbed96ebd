#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# full netbox
# A NetBox that another tool or people filled: its objects are recognised, listed in the plan, corrected and adopted.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"

# taken_over WORDS ADOPTED: from the first plan to a second sync that writes nothing
taken_over() {
	check "$1: bootstrap prepares NetBox" gives 0 bootstrap
	mark
	check "$1: the plan has changes" gives 2 plan --format json
	cp "$TMPDIR/out" "$TMPDIR/plan"
	check "$1: the plan writes nothing" look no-writes
	check "$1: the plan lists the adoptions" python3 - "$TMPDIR/plan" "$2" <<'PY'
import json, re, sys
plan = json.load(open(sys.argv[1]))["plan"]
ops = [op for part in plan["endpoints"] for op in part["ops"]]
adopted = [op for op in ops if op["verb"] == "update" and "stagebox_key" in op["set"]]
by = sorted({re.sub(r": it was .*", "", op["why"]) for op in adopted})
assert adopted and all(op["why"].startswith("adopted by ") for op in adopted), by
assert any(sys.argv[2] in words for words in by), by
vms = [op for op in adopted if op["kind"] == "vm"]
assert all(re.search(r': it was vm \d+ ".+"$', op["why"]) for op in vms), vms[0]["why"]
assert not [op for op in ops if op["verb"] == "delete"]
PY
	before=$(netbox 'print("ids", sorted(row["id"] for row in nb.all("virtualization/virtual-machines")))')
	check "$1: the sync succeeds" gives 0 sync
	check "$1: no existing object is deleted" netbox "
have = {row['id'] for row in nb.all('virtualization/virtual-machines')}
check(set(eval('''$before'''[4:])) <= have)"
	mark
	check "$1: the second sync has nothing to do" gives 0 sync
	check "$1: the second sync writes nothing" look no-writes
	rm -f "$lab"/*.db*
	mark
	check "$1: a sync without its store has nothing to do" gives 0 sync
	check "$1: a sync without its store writes nothing" look no-writes
}

lab_up --guests 24 --legacy proxbox
taken_over "netbox-proxbox" "a sync-state row of netbox-proxbox"
check "the name, the tag and the comment of a person are kept" netbox '
vm = nb.one("virtualization/virtual-machines", "lab/qemu/101") or nb.one("virtualization/virtual-machines", "lab/lxc/101")
check(vm["name"] == "lab-by-hand" and vm["comments"] == "Ask Ada before a restart.", vm["name"], vm["comments"])
check("crown-jewels" in [tag["slug"] for tag in vm["tags"]], vm["tags"])'
check "a tag of Proxmox VE that the tool lost is restored" netbox '
vm = [row for row in nb.all("virtualization/virtual-machines") if row["name"] == "lab-by-hand"][0]
kind, vmid = vm["custom_fields"]["stagebox_key"].split("/")[1:]
pve = [one for one in pves if one.slug == "lab"][0]
node = [row["node"] for row in pve.get("/cluster/resources") if row.get("vmid") == int(vmid)][0]
tags = pve.get(f"/nodes/{node}/{kind}/{vmid}/config").get("tags", "")
check(tags, "this guest has no tag")
check(set(tags.split(";")) <= {tag["slug"] for tag in vm["tags"]}, tags, vm["tags"])'
check "an existing guest that the tool marked as gone loses the mark" netbox '
rows = [row for row in nb.all("virtualization/virtual-machines") if row["custom_fields"]["stagebox_key"]]
check(not [row for row in rows if row["status"]["value"] == "decommissioning"])
check(not [row for row in rows if "proxbox-soft-deleted" in [tag["slug"] for tag in row["tags"]]])
check([row for row in rows if "proxbox" in [tag["slug"] for tag in row["tags"]]], "the other tags of the tool went, too")'
check "a guest that no longer exists is not adopted" netbox '
rows = [row for row in nb.all("virtualization/virtual-machines") if row["name"] == "old-erp"]
check(len(rows) == 2 and not [row for row in rows if row["custom_fields"]["stagebox_key"]], len(rows))
check({row["status"]["value"] for row in rows} == {"decommissioning"})'
check "every interface has its MAC address" netbox '
ports = [row for row in nb.all("virtualization/interfaces") if row["custom_fields"]["stagebox_key"]]
check(ports and all(port["primary_mac_address"] for port in ports))'
check "a disk of 528K has the size 1 MiB" netbox '
sizes = {row["size"] for row in nb.all("virtualization/virtual-disks") if row["name"].startswith("efidisk") and row["custom_fields"]["stagebox_key"]}
check(sizes == {1}, sizes)'
check "an interface that the tool named as the guest's system does is renamed, not replaced" netbox '
rows = nb.all("virtualization/interfaces")
check(not [row for row in rows if row["name"].startswith("ens")], [row["name"] for row in rows if row["name"].startswith("ens")])'
check "generated texts of the tool are replaced" netbox '
check(not [row for row in nb.all("virtualization/virtual-machines") if row["custom_fields"]["stagebox_key"] and row["description"].startswith("Synced from")])'

# The token may not read the plugin's rows.
lab_down
lab=$TMPDIR/forbidden
lab_up --guests 8 --endpoints 1 --legacy proxbox
check "a plugin whose rows may not be read: bootstrap" gives 0 bootstrap
ctl fault netbox 403 --path /plugins/proxbox/
mark
check "a sync that may not read the plugin is partial" gives 4 sync
check "the reason is the missing permission" says "may not\|permission"
check "no guest, node or cluster is written" netbox '
check(not [row for path in ("virtualization/clusters", "dcim/devices", "virtualization/virtual-machines")
           for row in nb.all(path) if row["custom_fields"].get("stagebox_key")])
check(len(nb.all("virtualization/virtual-machines")) == 9, len(nb.all("virtualization/virtual-machines")))'
ctl clear
ctl fault netbox 403 --path sync-state/virtual-machines
check "a sync that may not read the rows of guests is partial" gives 4 sync
check "it adopts the cluster and the nodes, but no guest" netbox '
check([row["custom_fields"]["stagebox_key"] for row in nb.all("virtualization/clusters")] == ["lab/cluster"])
check(not [row for row in nb.all("virtualization/virtual-machines") if row["custom_fields"]["stagebox_key"]])'
ctl clear
check "a sync that may read all rows succeeds" gives 0 sync
check "the sync creates no duplicate" netbox 'check(len(nb.all("virtualization/virtual-machines")) == 9)'
lab_down

lab=$TMPDIR/fields
lab_up --guests 16 --legacy proxbox-fields
# Two objects have the same VMID.
netbox '
rows = nb.all("virtualization/virtual-machines")
numbers = {row["custom_fields"]["proxmox_vm_id"]: row for row in rows if row["cluster"]["id"] == 1}
vmids = sorted(number for number in numbers if number < 9000)
copy = numbers[vmids[1]]
nb.call("POST", "virtualization/virtual-machines/", {"name": "a-copy", "cluster": 1,
        "custom_fields": copy["custom_fields"]})
print(vmids)' >"$TMPDIR/vmids"
check "netbox-proxbox without its plugin: bootstrap" gives 0 bootstrap
check "two objects with one VMID are a conflict" gives 3 plan
check "the conflict names both objects" says 'several NetBox objects match by the custom field proxmox_vm_id of netbox-proxbox: vm [0-9]* ".*", vm [0-9]* "a-copy"'
check "the sync ends with a conflict" gives 3 sync
check "the sync adopts neither of the two objects" netbox '
rows = [row for row in nb.all("virtualization/virtual-machines")]
number = [row for row in rows if row["name"] == "a-copy"][0]["custom_fields"]["proxmox_vm_id"]
both = [row for row in rows if row["custom_fields"]["proxmox_vm_id"] == number and row["cluster"]["id"] == 1]
check(len(both) == 2 and not [row for row in both if row["custom_fields"]["stagebox_key"]], len(both))'
check "a person deletes one of the two objects" netbox '
row = [row for row in nb.all("virtualization/virtual-machines") if row["name"] == "a-copy"][0]
nb.call("DELETE", "virtualization/virtual-machines/%d/" % row["id"])'
check "the next sync adopts the other object" gives 0 sync
lab_down

lab=$TMPDIR/again
lab_up --guests 16 --legacy proxbox-fields
taken_over "netbox-proxbox by its fields" "the custom field proxmox_vm_id of netbox-proxbox"
lab_down

lab=$TMPDIR/reused
lab_up --guests 8 --endpoints 1 --legacy proxbox-fields
netbox '
row = [row for row in nb.all("virtualization/virtual-machines") if row["custom_fields"]["proxmox_vm_type"] == "qemu" and row["custom_fields"]["proxmox_vm_id"] < 9000][0]
nb.call("PATCH", "virtualization/virtual-machines/%d/" % row["id"], {"serial": "00000000-1111-4222-8333-444444444444"})'
check "another machine with the VMID of a guest: bootstrap" gives 0 bootstrap
check "another machine with the VMID of a guest is a conflict" gives 3 sync
check "the conflict names the hardware UUID" says "another hardware UUID"
lab_down

lab=$TMPDIR/ssot
lab_up --guests 24 --legacy ssot
taken_over "netbox-ssot" "the source id of netbox-ssot"
check "disks of netbox-ssot get the names and sizes of Proxmox VE, and are not replaced" netbox '
rows = nb.all("virtualization/virtual-disks")
check(not [row["name"] for row in rows if ":" in row["name"]])
check(not [row for row in rows if not row["custom_fields"]["stagebox_key"]])
check(not [row["size"] for row in rows if row["size"] % 1000 == 0 and row["size"] % 1024], "sizes in thousands are left")'
check "the tag of netbox-ssot is kept" netbox '
rows = [row for row in nb.all("virtualization/virtual-machines") if row["custom_fields"]["source_id"]]
check(rows and all("netbox-ssot" in [tag["slug"] for tag in row["tags"]] for row in rows))'
lab_down

# Nodes with a domain in their names, as netbox-ssot (assignDomainName) and people write them.
lab=$TMPDIR/domain
lab_up --guests 6 --endpoints 1 --legacy ssot
check "two nodes have a domain in NetBox, and two other machines have similar names" netbox '
nodes = {row["name"]: row for row in nb.all("dcim/devices")}
first = nodes["pve1"]
nb.call("PATCH", "dcim/devices/%d/" % first["id"], {"name": "PVE1.example.com"})
nb.call("PATCH", "dcim/devices/%d/" % nodes["pve2"]["id"], {"name": "pve2.example.com"})
for name in ("pve11.example.com", "pve3.elsewhere.example.com"):
    nb.call("POST", "dcim/devices/", {"name": name, "site": first["site"]["id"], "role": first["role"]["id"],
            "device_type": first["device_type"]["id"]})'
check "nodes with a domain: bootstrap" gives 0 bootstrap
check "nodes with a domain: the plan has changes" gives 2 plan
check "the plan names the rule that recognised them" out_has 'adopted by its host name with a domain, in our cluster: it was device [0-9]* "PVE1.example.com"'
check "nodes with a domain: the sync succeeds" gives 0 sync
check "the sync creates no device and adopts the existing nodes" netbox '
keys = {row["name"]: row["custom_fields"]["stagebox_key"] for row in nb.all("dcim/devices")}
check(keys == {"PVE1.example.com": "lab/node/pve1", "pve2.example.com": "lab/node/pve2", "pve3": "lab/node/pve3",
               "pve11.example.com": None, "pve3.elsewhere.example.com": None}, keys)'
mark
check "nodes with a domain: the second sync has nothing to do" gives 0 sync
check "nodes with a domain: the second sync writes nothing" look no-writes
lab_down

lab=$TMPDIR/domains
lab_up --guests 6 --endpoints 1 --legacy ssot
netbox '
first = [row for row in nb.all("dcim/devices") if row["name"] == "pve1"][0]
nb.call("PATCH", "dcim/devices/%d/" % first["id"], {"name": "pve1.example.com"})
nb.call("POST", "dcim/devices/", {"name": "pve1.example.net", "site": first["site"]["id"], "role": first["role"]["id"],
        "device_type": first["device_type"]["id"], "cluster": first["cluster"]["id"]})'
check "a node under two domains: bootstrap" gives 0 bootstrap
check "a node under two domains is a conflict" gives 3 sync
check "the conflict names both devices" says 'several NetBox objects match by its host name with a domain, in our cluster: device [0-9]* "pve1.example.com", device [0-9]* "pve1.example.net"'
check "neither device is adopted" netbox '
check(not [row["name"] for row in nb.all("dcim/devices") if row["custom_fields"]["stagebox_key"] and row["name"].startswith("pve1")])'
lab_down

lab=$TMPDIR/people
lab_up --guests 24 --legacy people
taken_over "people" "its name"
check "the texts of people are kept" netbox '
rows = [row for row in nb.all("virtualization/virtual-machines") if row["comments"] == "Ask Ada."]
check(len(rows) > 15 and all(row["description"] == "written by hand" for row in rows), len(rows))
check(nb.one("virtualization/clusters", "lab/cluster")["description"] == "The cluster in room 3")'
check "values that differ from Proxmox VE are corrected" netbox '
check(not [row["memory"] for row in nb.all("virtualization/virtual-machines") if row["memory"] % 1000 == 0])'
lab_down
done_testing
