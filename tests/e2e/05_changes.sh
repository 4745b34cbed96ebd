#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What changes at the source changes in NetBox; what people made or changed in NetBox stays theirs.
# slow
# limit 300
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
lab_up --guests 12 --endpoints 1

vm='nb.one("virtualization/virtual-machines", "lab/qemu/101")'
check "bootstrap" gives 0 bootstrap

# A VM and a cluster that are there already, nobody's.
check "a person made the cluster and one VM before" netbox '
kind = nb.call("POST", "virtualization/cluster-types/", {"name": "Cluster", "slug": "cluster"})
cluster = nb.call("POST", "virtualization/clusters/", {"name": "lab", "type": kind["id"]})
vm = nb.call("POST", "virtualization/virtual-machines/", {"name": "app01", "cluster": cluster["id"], "description": "by hand",
                                                         "comments": "wanted"})
nb.call("POST", "virtualization/virtual-machines/", {"name": "a stranger", "cluster": cluster["id"]})
tag = nb.call("POST", "extras/tags/", {"name": "by-hand", "slug": "by-hand"})'
check "a plan tells what it would adopt" gives 2 plan
check "in words" says "adopt"
check "the first sync" gives 0 sync
check "the VM of that name was adopted, not doubled, and what people wrote there stays" netbox '
rows = [row for row in nb.all("virtualization/virtual-machines") if row["name"] == "app01"]
check(len(rows) == 1, len(rows))
check(rows[0]["custom_fields"]["stagebox_key"] == "lab/qemu/103", rows[0]["custom_fields"])
check(rows[0]["description"] == "by hand", rows[0]["description"])
check(rows[0]["comments"] == "wanted", rows[0]["comments"])
clusters = nb.all("virtualization/clusters")
check(len(clusters) == 1 and clusters[0]["custom_fields"]["stagebox_key"] == "lab/cluster", clusters)'
check "a stranger in the cluster is left alone" netbox '
rows = [row for row in nb.all("virtualization/virtual-machines") if row["name"] == "a stranger"]
check(len(rows) == 1 and rows[0]["custom_fields"]["stagebox_key"] is None, rows)'
mark
check "a second sync has nothing to do" gives 0 sync
check "and writes nothing" look no-writes

# Things made by hand beside ours.
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
check "a sync leaves them" gives 0 sync
check "without a write" look no-writes
check "all of them" by_hand

# What happens to the guest at the source.
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
check "what people made is still there" by_hand
mark
check "after that nothing is left to do" gives 0 sync
check "and nothing is written" look no-writes

ctl set lab/qemu/101 tags="prod" net9= scsi9=
check "a tag, a NIC and a disk go at the source" gives 0 sync
check "and in NetBox, although pruning of guests is off" netbox '
vm = '"$vm"'
check(sorted(tag["name"] for tag in vm["tags"]) == ["by-hand", "prod"], [tag["name"] for tag in vm["tags"]])
check(nb.one("virtualization/interfaces", "lab/qemu/101/net9") is None, "net9 is still there")
check(nb.one("virtualization/virtual-disks", "lab/qemu/101/scsi9") is None, "scsi9 is still there")'
check "what people made is still there, really" by_hand

# Status and place.
ctl set lab/qemu/101 status=stopped
check "a guest is stopped" gives 0 sync
check "and offline in NetBox, its addresses are kept" netbox '
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
check "a guest moves" ctl move lab/qemu/101 $there
check "and is synced" gives 0 sync
check "its device is the new node, it is active again" netbox '
vm = '"$vm"'
check(vm["device"]["name"] == "'$there'", vm["device"])
check(vm["status"]["value"] == "active", vm["status"])'

# Two who change one field.
check "a person and the source change one description" ctl set lab/qemu/101 description="the source wrote this"
check "that is a conflict" gives 3 sync
check "whose object is named" says "lab/qemu/101"
check "and what the person wrote stays" by_hand
check "it stays one" gives 3 plan
check "the person gives way" netbox '
vm = '"$vm"'
nb.call("PATCH", "virtualization/virtual-machines/%d/" % vm["id"], {"description": "the source wrote this"})'
check "and it is none any more" gives 0 sync

# Names that meet.
ctl add lab/qemu/700
ctl add lab/qemu/701
ctl set lab/qemu/700 name=left
ctl set lab/qemu/701 name=right
check "two more guests" gives 0 sync
ctl set lab/qemu/700 name=right
ctl set lab/qemu/701 name=left
check "they swap their names" gives 0 sync
check "each has the other name" netbox '
check(nb.one("virtualization/virtual-machines", "lab/qemu/700")["name"] == "right")
check(nb.one("virtualization/virtual-machines", "lab/qemu/701")["name"] == "left")'

# Pruning.
ctl rm lab/qemu/700
check "a guest goes while pruning is off" gives 0 sync
there() { netbox 'check(nb.one("virtualization/virtual-machines", "'"$1"'"))'; }
gone() { netbox 'check(nb.one("virtualization/virtual-machines", "'"$1"'") is None, "it is still there")'; }
check "and is kept" there lab/qemu/700
check "for ever" gives 0 sync
check "ever" there lab/qemu/700
rm -f "$lab"/stagebox.db*
set_conf 's/^prune:.*/prune: { enabled = true; runs = 3; grace = "0s"; max_percent = 50; };/'
mark
check "with pruning on and 3 runs: the first" gives 0 sync
check "the second" gives 0 sync
check "a plan is none of them" gives "0 2" plan
check "a plan is really none of them" gives "0 2" plan
check "nothing is deleted yet" look no-deletes
check "it is there" there lab/qemu/700
check "the third run" gives 0 sync
check "takes it away" gone lab/qemu/700
check "with all that was below it" netbox '
for path in ("virtualization/virtual-disks", "virtualization/interfaces", "ipam/ip-addresses"):
    left = [row["custom_fields"]["stagebox_key"] for row in nb.all(path)]
    check(not [key for key in left if (key or "").startswith("lab/qemu/700")], path)'
check "what people made is there after all of it" netbox '
check(len([row for row in nb.all("virtualization/virtual-disks") if row["name"] == "by hand"]) == 1)
check(len([row for row in nb.all("virtualization/virtual-machines") if row["name"] == "a stranger"]) == 1)'
set_conf 's/^prune:.*/prune: { enabled = true; runs = 1; grace = "0s"; max_percent = 10; };/'
for each in 104 106 108; do ctl rm lab/qemu/$each; done
mark
check "more than the limit at once is refused by the gate" gives 5 sync
check "and none is deleted" look no-deletes
check "which the record says" last 'check("prune" in text, text)'
set_conf 's/^prune:.*/prune: { enabled = true; runs = 1; grace = "1h"; max_percent = 100; };/'
mark
check "the grace time has not passed" gives 0 sync
check "so nothing is deleted" look no-deletes
prune_on
check "without limits they go" gives 0 sync
check "now" gone lab/qemu/104

# A number that is used again is another guest.
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
check "there is a guest of that number" has "$TMPDIR/before" '\['
check "its number is used for another one" reuse 01
check "with pruning off that needs a decision" gives 3 sync
check "and names it" says "lab/qemu/701"
of_701 >"$TMPDIR/after"
check "the old object is left alone with all it has" cmp "$TMPDIR/before" "$TMPDIR/after"
prune_on
check "with pruning on" gives 0 sync
check "it is a new object" netbox '
vm = nb.one("virtualization/virtual-machines", "lab/qemu/701")
check(vm["custom_fields"]["stagebox_birth"] == "11111111-2222-3333-4444-555555555501", vm["custom_fields"])
old = json.loads(open("'"$TMPDIR/before"'").read())
check(vm["id"] != old[0][0], "it is the old object", vm["id"])
check(vm["primary_ip4"], "without its primary address")'
mark
check "after that nothing is left to do" gives 0 sync
check "and nothing is written" look no-writes

# Sizes, addresses and a dead name.
ctl fault netbox reject-name left-alone
ctl add lab/qemu/800
ctl add lab/qemu/801
ctl set lab/qemu/800 name=left-alone
check "an object that NetBox refuses is quarantined" gives "1 4" sync
check "the others of its batch come" there lab/qemu/801
check "the record names it" last 'check("lab/qemu/800" in text, text)'
ctl clear
check "and later it comes, too" gives 0 sync
check "with the rest" there lab/qemu/800
done_testing
