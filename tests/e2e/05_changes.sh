#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Changes at the source are written to NetBox; objects and values of people in NetBox are kept.
# slow
# limit 300
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
lab_up --guests 12 --endpoints 1

vm='nb.one("virtualization/virtual-machines", "lab/qemu/101")'
check "bootstrap prepares NetBox" gives 0 bootstrap

# A VM and a cluster that exist already, unowned.
check "a person created the cluster and one VM before" netbox '
kind = nb.call("POST", "virtualization/cluster-types/", {"name": "Proxmox VE", "slug": "proxmox-ve"})
cluster = nb.call("POST", "virtualization/clusters/", {"name": "lab", "type": kind["id"]})
vm = nb.call("POST", "virtualization/virtual-machines/", {"name": "app01", "cluster": cluster["id"], "description": "by hand",
                                                         "comments": "wanted"})
nb.call("POST", "virtualization/virtual-machines/", {"name": "a stranger", "cluster": cluster["id"]})
tag = nb.call("POST", "extras/tags/", {"name": "by-hand", "slug": "by-hand"})'
check "a plan with adoptions ends with exit code 2" gives 2 plan
check "the plan names the adoptions" says "adopt"
check "the first sync succeeds" gives 0 sync
check "the VM of that name is adopted, not duplicated, and keeps the values of people" netbox '
rows = [row for row in nb.all("virtualization/virtual-machines") if row["name"] == "app01"]
check(len(rows) == 1, len(rows))
check(rows[0]["custom_fields"]["stagebox_key"] == "lab/qemu/103", rows[0]["custom_fields"])
check(rows[0]["description"] == "by hand", rows[0]["description"])
check(rows[0]["comments"] == "wanted", rows[0]["comments"])
clusters = nb.all("virtualization/clusters")
check(len(clusters) == 1 and clusters[0]["custom_fields"]["stagebox_key"] == "lab/cluster", clusters)'
check "an unrelated VM in the cluster is unchanged" netbox '
rows = [row for row in nb.all("virtualization/virtual-machines") if row["name"] == "a stranger"]
check(len(rows) == 1 and rows[0]["custom_fields"]["stagebox_key"] is None, rows)'
mark
check "a second sync has nothing to do" gives 0 sync
check "a second sync writes nothing" look no-writes

# Objects that people create beside ours.
check "a person adds a disk, an interface with an address, and a tag to a guest" netbox '
vm = '"$vm"'
nb.call("POST", "virtualization/virtual-disks/", {"virtual_machine": vm["id"], "name": "by hand", "size": 100})
port = nb.call("POST", "virtualization/interfaces/", {"virtual_machine": vm["id"], "name": "by hand"})
nb.call("POST", "ipam/ip-addresses/", {"address": "192.0.2.77/24", "assigned_object_type": "virtualization.vminterface",
                                       "assigned_object_id": port["id"]})
nb.call("PATCH", "virtualization/virtual-machines/%d/" % vm["id"],
        {"tags": [{"id": tag["id"]} for tag in vm["tags"]] + [{"slug": "by-hand"}], "description": "a person wrote this"})'
by_hand() { netbox '
vm = '"$vm"'
disks = [row for row in nb.all("virtualization/virtual-disks") if row["name"] == "by hand"]
check(len(disks) == 1 and disks[0]["size"] == 100, disks)
check(len([row for row in nb.all("virtualization/interfaces") if row["name"] == "by hand"]) == 1, "interface")
check(len([row for row in nb.all("ipam/ip-addresses") if row["address"] == "192.0.2.77/24"]) == 1, "address")
check("by-hand" in [tag["slug"] for tag in vm["tags"]], [tag["slug"] for tag in vm["tags"]])
check(vm["description"] == "a person wrote this", vm["description"])'; }
mark
check "a sync beside objects of people succeeds" gives 0 sync
check "a sync beside objects of people writes nothing" look no-writes
check "all objects of people are kept" by_hand

# Changes of the guest at the source.
ctl set lab/qemu/101 name=renamed memory=4096 cores=3 sockets=2 tags="prod;fresh" onboot=1 ostype=win11
ctl set lab/qemu/101 scsi0=local-lvm:vm-101-disk-0,size=40G net0=virtio=BC:24:11:FF:00:01,bridge=vmbr0,tag=77
ctl set lab/qemu/101 net9=e1000=BC:24:11:FF:00:09,bridge=vmbr0,trunks=10-12 scsi9=local-lvm:vm-101-disk-9,size=1025K
check "changes at the source are synced" gives 0 sync
check "name, size, tags, platform, disk, MAC, VLAN, new NIC, new disk" netbox '
vm = '"$vm"'
check(vm["name"] == "renamed", vm["name"])
check(vm["memory"] == 4096 and float(vm["vcpus"]) == 6, vm["memory"], vm["vcpus"])
check(sorted(tag["name"] for tag in vm["tags"]) == ["by-hand", "fresh", "prod"], [tag["name"] for tag in vm["tags"]])
check(vm["platform"]["name"] == "Windows 11/2022/2025", vm["platform"])
check(vm["start_on_boot"]["value"] == "on", vm["start_on_boot"])
check(nb.one("virtualization/virtual-disks", "lab/qemu/101/scsi0")["size"] == 40960)
check(nb.one("virtualization/virtual-disks", "lab/qemu/101/scsi9")["size"] == 2, "1025K is 2 MiB, rounded up")
port = nb.one("virtualization/interfaces", "lab/qemu/101/net0")
check(port["mac_address"] == "BC:24:11:FF:00:01", port["mac_address"])
check(port["mode"]["value"] == "access" and port["untagged_vlan"]["vid"] == 77, port["mode"], port["untagged_vlan"])
port = nb.one("virtualization/interfaces", "lab/qemu/101/net9")
check(port["mac_address"] == "BC:24:11:FF:00:09", port["mac_address"])
check(port["mode"]["value"] == "tagged" and [vlan["vid"] for vlan in port["tagged_vlans"]] == [10, 11, 12], port["tagged_vlans"])'
check "the changes at the source keep the objects of people" by_hand
mark
check "the sync after the changes has nothing to do" gives 0 sync
check "the sync after the changes writes nothing" look no-writes

ctl set lab/qemu/101 tags="prod" net9= scsi9=
check "a tag, a NIC and a disk are removed at the source" gives 0 sync
check "they are deleted in NetBox, although pruning of guests is off" netbox '
vm = '"$vm"'
check(sorted(tag["name"] for tag in vm["tags"]) == ["by-hand", "prod"], [tag["name"] for tag in vm["tags"]])
check(nb.one("virtualization/interfaces", "lab/qemu/101/net9") is None, "net9 is still there")
check(nb.one("virtualization/virtual-disks", "lab/qemu/101/scsi9") is None, "scsi9 is still there")'
check "the removal keeps the objects of people" by_hand

# Status and node.
ctl set lab/qemu/101 status=stopped
check "the sync of a stopped guest succeeds" gives 0 sync
check "the stopped guest is offline in NetBox and keeps its addresses" netbox '
vm = '"$vm"'
check(vm["status"]["value"] == "offline", vm["status"])
check([row for row in nb.all("ipam/ip-addresses") if (row["custom_fields"]["stagebox_key"] or "").startswith("lab/qemu/101/")])'
ctl set lab/qemu/101 status=running
node() { python3 -c '
import sys
from servers import of_config
pve = of_config(sys.argv[1])[1][0]
print(next(row["node"] for row in pve.get("/cluster/resources") if row.get("vmid") == 101))' "$config"; }
here=$(node)
there=pve1
[ "$here" != pve1 ] || there=pve2
check "a guest migrates" ctl move lab/qemu/101 $there
check "the sync of the migrated guest succeeds" gives 0 sync
check "the device of the migrated guest is the new node, and it is active again" netbox '
vm = '"$vm"'
check(vm["device"]["name"] == "'$there'", vm["device"])
check(vm["status"]["value"] == "active", vm["status"])'

# A person and the source change one field.
check "the source changes a description that a person changed" ctl set lab/qemu/101 description="the source wrote this"
check "a change on both sides is a conflict" gives 3 sync
check "the conflict names its object" says "lab/qemu/101"
check "the value of the person is kept" by_hand
check "the next plan has the conflict too" gives 3 plan
check "the person accepts the value of the source" netbox '
vm = '"$vm"'
nb.call("PATCH", "virtualization/virtual-machines/%d/" % vm["id"], {"description": "the source wrote this"})'
check "the conflict is resolved" gives 0 sync

# Two guests that swap their names.
ctl add lab/qemu/700
ctl add lab/qemu/701
ctl set lab/qemu/700 name=left
ctl set lab/qemu/701 name=right
check "two more guests are created" gives 0 sync
ctl set lab/qemu/700 name=right
ctl set lab/qemu/701 name=left
check "a sync after they swapped their names succeeds" gives 0 sync
check "each has the other name" netbox '
check(nb.one("virtualization/virtual-machines", "lab/qemu/700")["name"] == "right")
check(nb.one("virtualization/virtual-machines", "lab/qemu/701")["name"] == "left")'

# Pruning.
ctl rm lab/qemu/700
check "a guest is removed while pruning is off" gives 0 sync
there() { netbox 'check(nb.one("virtualization/virtual-machines", "'"$1"'"))'; }
gone() { netbox 'check(nb.one("virtualization/virtual-machines", "'"$1"'") is None, "it is still there")'; }
check "NetBox keeps the removed guest" there lab/qemu/700
check "the next sync succeeds, too" gives 0 sync
check "the next sync keeps the removed guest" there lab/qemu/700
rm -f "$lab"/stagebox.db*
set_conf 's/^prune:.*/prune: { enabled = true; runs = 3; grace = "0s"; max_percent = 50; };/'
mark
check "prune.runs = 3: the first sync" gives 0 sync
check "prune.runs = 3: the second sync" gives 0 sync
check "a plan does not count as a run" gives "0 2" plan
check "a second plan does not count as a run" gives "0 2" plan
check "two syncs delete nothing" look no-deletes
check "two syncs keep the removed guest" there lab/qemu/700
check "prune.runs = 3: the third sync" gives 0 sync
check "the third sync deletes the guest" gone lab/qemu/700
check "the third sync deletes all parts of the guest" netbox '
for path in ("virtualization/virtual-disks", "virtualization/interfaces", "ipam/ip-addresses"):
    left = [row["custom_fields"]["stagebox_key"] for row in nb.all(path)]
    check(not [key for key in left if (key or "").startswith("lab/qemu/700")], path)'
check "pruning keeps the objects of people" netbox '
check(len([row for row in nb.all("virtualization/virtual-disks") if row["name"] == "by hand"]) == 1)
check(len([row for row in nb.all("virtualization/virtual-machines") if row["name"] == "a stranger"]) == 1)'
set_conf 's/^prune:.*/prune: { enabled = true; runs = 1; grace = "0s"; max_percent = 10; };/'
for each in 104 106 108; do ctl rm lab/qemu/$each; done
mark
check "more deletes than the limit are refused" gives 5 sync
check "a refused prune deletes nothing" look no-deletes
check "the record names the prune limit" last 'check("prune" in text, text)'
set_conf 's/^prune:.*/prune: { enabled = true; runs = 1; grace = "1h"; max_percent = 100; };/'
mark
check "a sync before the grace time has passed succeeds" gives 0 sync
check "a sync before the grace time has passed deletes nothing" look no-deletes
prune_on
check "a sync without prune limits succeeds" gives 0 sync
check "a sync without prune limits deletes the guests" gone lab/qemu/104

# A reused VMID is another guest.
reuse() {
	ctl rm lab/qemu/701 && ctl add lab/qemu/701 && ctl set lab/qemu/701 smbios1=uuid=11111111-2222-3333-4444-5555555555"$1"
}
of_701() { netbox '
rows = [[row["id"], row["last_updated"]] for path in ("virtualization/virtual-machines", "virtualization/interfaces",
        "virtualization/virtual-disks", "ipam/ip-addresses") for row in nb.all(path)
        if (row["custom_fields"]["stagebox_key"] or "").startswith("lab/qemu/701")]
print(json.dumps(rows))'; }
set_conf 's/^prune:.*/prune: { enabled = false; };/'
of_701 >"$TMPDIR/before"
check "NetBox has a guest with the VMID" has "$TMPDIR/before" '\['
check "the VMID is reused by another guest" reuse 01
check "a reused VMID with pruning off is a conflict" gives 3 sync
check "the conflict names the object" says "lab/qemu/701"
of_701 >"$TMPDIR/after"
check "the old object is unchanged with all its parts" cmp "$TMPDIR/before" "$TMPDIR/after"
prune_on
check "a sync of the reused VMID with pruning on succeeds" gives 0 sync
check "the guest with the reused VMID is a new object" netbox '
vm = nb.one("virtualization/virtual-machines", "lab/qemu/701")
check(vm["custom_fields"]["stagebox_birth"] == "11111111-2222-3333-4444-555555555501", vm["custom_fields"])
old = json.loads(open("'"$TMPDIR/before"'").read())
check(vm["id"] != old[0][0], "it is the old object", vm["id"])
check(vm["primary_ip4"], "without its primary address")'
mark
check "the sync after the replacement has nothing to do" gives 0 sync
check "the sync after the replacement writes nothing" look no-writes

# A name that NetBox refuses.
ctl fault netbox reject-name left-alone
ctl add lab/qemu/800
ctl add lab/qemu/801
ctl set lab/qemu/800 name=left-alone
check "a sync with an object that NetBox refuses is partial" gives "1 4" sync
check "the other objects of its batch are created" there lab/qemu/801
check "the record names the refused object" last 'check("lab/qemu/800" in text, text)'
mark
check "the next sync is partial, too" gives 4 sync
check "and does not send the object again" look no-writes
ctl clear
check "a sync of the object after NetBox accepts the name succeeds" gives 0 sync --target lab/qemu/800
check "the refused object is created later" there lab/qemu/800
# A shared object in a group that NetBox has already: the plan names the group by its id.
check "a guest gets a NIC in a VLAN that NetBox lacks" ctl set lab/qemu/101 net5=virtio=BC:24:11:AA:05:05,bridge=vmbr0,tag=777
check "this is saved in a plan" gives "2 3" plan -o "$TMPDIR/plan"
check "the saved plan is applied" gives "0 3" apply "$TMPDIR/plan"
check "the VLAN is there" netbox 'check([row for row in nb.all("ipam/vlans") if row["vid"] == 777])'
done_testing
