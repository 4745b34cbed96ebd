#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# versions netbox
# The address of each NIC is its interface's primary one, whichever steps NetBox wants; people's addresses stay theirs.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
lab_up --guests 6 --endpoints 1
check "bootstrap" gives 0 bootstrap

# A machine of a person with an interface that has the address of the NIC it is about to become, and one of his own.
check "a person has a VM with an interface and two addresses already" netbox '
cluster_type = person.call("POST", "virtualization/cluster-types/", {"name": "Cluster", "slug": "cluster"})
cluster = person.call("POST", "virtualization/clusters/", {"name": "lab", "type": cluster_type["id"]})
name = next(row["name"] for row in pves[0].get("/cluster/resources") if row.get("vmid") == 103)
vm = person.call("POST", "virtualization/virtual-machines/", {"name": name, "cluster": cluster["id"]})
port = person.call("POST", "virtualization/interfaces/", {"virtual_machine": vm["id"], "name": "net0"})
for mac in ("BC:24:11:14:00:08", "02:00:00:00:00:01"):
    person.call("POST", "dcim/mac-addresses/", {"mac_address": mac, "assigned_object_type": "virtualization.vminterface",
                                            "assigned_object_id": port["id"], "description": "by hand"})'
mark
check "the first sync" gives 0 sync
check "no write is refused" same "$(look statuses)" "200 201"
check "every NIC has its address" mirrors

# macs KEY: the rows of an interface, the primary one with a star
macs() { netbox '
port = nb.one("virtualization/interfaces", "'"$1"'")
primary = (port["primary_mac_address"] or {}).get("id")
print(*sorted(row["mac_address"][-2:] + "*" * (row["id"] == primary) for row in nb.all("dcim/mac-addresses")
              if row["assigned_object_id"] == port["id"] and row["assigned_object_type"] == "virtualization.vminterface"))' | grep -v '^#'; }
one_each() { netbox '
for port in nb.all("virtualization/interfaces"):
    mine = [row for row in nb.all("dcim/mac-addresses") if row["assigned_object_id"] == port["id"]
            and row["assigned_object_type"] == "virtualization.vminterface" and row["description"] != "by hand"]
    theirs = [row for row in nb.all("dcim/mac-addresses") if row["assigned_object_id"] == port["id"]
              and row["assigned_object_type"] == "virtualization.vminterface"
              and row["description"] == "by hand" and row["mac_address"] == port["mac_address"]]
    check(len(mine) + len(theirs) == 1, port["virtual_machine"]["name"], port["name"], mine, theirs)'; }
check "as one row" one_each
check "the row that the person made for it is used, the other one stays" same "$(macs lab/qemu/103/net0)" "01 08*"
keys() { netbox '
keys = [row["custom_fields"].get("stagebox_key") for row in nb.all("dcim/mac-addresses")
        if row["assigned_object_type"] == "virtualization.vminterface"]
ports = [row["custom_fields"]["stagebox_key"] + "/mac" for row in nb.all("virtualization/interfaces")]
check(sorted(key for key in keys if key) == (sorted(ports) if "'"$netbox_version"'" < "4.7" else []), keys)
check(keys.count(None) == (1 if "'"$netbox_version"'" < "4.7" else len(keys)), keys)'; }
check "where it takes a write of its own a row has a key, so that a crash cannot double it" keys
mark
check "a second sync has nothing to do" gives 0 sync
rm -f "$lab"/stagebox.db*
check "nor one without a store" gives 0 sync
check "and neither writes" look no-writes

check "people add an address to an interface of ours, and the same as ours to a device" netbox '
port = nb.one("virtualization/interfaces", "lab/qemu/101/net0")
for mac in ("02:00:00:00:00:02", "BC:24:11:14:00:01"):
    other = nb.one("dcim/interfaces", "lab/node/pve1/vmbr0")
    person.call("POST", "dcim/mac-addresses/", {"mac_address": mac, "description": "by hand",
            "assigned_object_type": "virtualization.vminterface" if mac[1] == "2" else "dcim.interface",
            "assigned_object_id": port["id"] if mac[1] == "2" else other["id"]})'
mark
check "a sync leaves that alone" gives 0 sync
check "without a write" look no-writes
check "both are there" same "$(macs lab/qemu/101/net0)" "01* 02"

ctl set lab/qemu/101 net0=virtio=BC:24:11:FF:00:A1,bridge=vmbr0
check "a NIC gets another address" gives 0 sync
check "it is the primary one, the old one is gone, the person's stays" same "$(macs lab/qemu/101/net0)" "02 A1*"
mark
check "after that nothing is left to do" gives 0 sync
check "and nothing is written" look no-writes

check "a person makes his own the primary one" netbox '
port = nb.one("virtualization/interfaces", "lab/qemu/101/net0")
mac = next(row for row in nb.all("dcim/mac-addresses") if row["mac_address"] == "02:00:00:00:00:02")
person.call("PATCH", "virtualization/interfaces/%d/" % port["id"], {"primary_mac_address": mac["id"]})'
check "the next sync" gives 0 sync
check "takes the one that the NIC has, and his stays" same "$(macs lab/qemu/101/net0)" "02 A1*"
check "a person takes the primary one away" netbox '
port = nb.one("virtualization/interfaces", "lab/qemu/101/net0")
person.call("PATCH", "virtualization/interfaces/%d/" % port["id"], {"primary_mac_address": None})'
check "the next sync" gives 0 sync
check "brings it back" same "$(macs lab/qemu/101/net0)" "02 A1*"
check "a person deletes its row, and gives the address to a device" netbox '
person.call("POST", "dcim/mac-addresses/", {"mac_address": "BC:24:11:FF:00:A1", "description": "by hand",
            "assigned_object_type": "dcim.interface",
            "assigned_object_id": nb.one("dcim/interfaces", "lab/node/pve1/vmbr0")["id"]})
mac = next(row for row in nb.all("dcim/mac-addresses") if row["mac_address"] == "BC:24:11:FF:00:A1"
           and row["description"] != "by hand")
person.call("PATCH", "virtualization/interfaces/%d/" % mac["assigned_object_id"], {"primary_mac_address": None})
person.call("DELETE", "dcim/mac-addresses/%d/" % mac["id"])'
check "the next sync" gives 0 sync
check "makes it anew, whoever else has the address" same "$(macs lab/qemu/101/net0)" "02 A1*"
check "once" one_each

ctl set lab/qemu/101 net0=virtio=BC:24:11:FF:00:A2,bridge=vmbr0 net1=virtio=BC:24:11:FF:00:A1,bridge=vmbr0
ctl set lab/qemu/101 net8=virtio=BC:24:11:FF:00:A8,bridge=vmbr0
check "a NIC gets the address of another one, and a third one comes" gives 0 sync
ctl set lab/qemu/101 net0=virtio=BC:24:11:FF:00:A1,bridge=vmbr0 net1=virtio=BC:24:11:FF:00:A2,bridge=vmbr0
check "two swap their addresses, by a saved plan" gives 2 plan -o "$TMPDIR/plan"
check "which is applied" gives 0 apply "$TMPDIR/plan"
check "every NIC has its address" mirrors
check "and no other" one_each
ctl set lab/qemu/101 net8=
check "a NIC goes" gives 0 sync
check "with its address" netbox '
check("BC:24:11:FF:00:A8" not in [row["mac_address"] for row in nb.all("dcim/mac-addresses")])'
check "what is owned and seen adds up" sums
prune_on
ctl rm lab/qemu/103
check "a guest goes" gives 0 sync
check "with the addresses of its interfaces" netbox '
check(not [row for row in nb.all("dcim/mac-addresses") if row["assigned_object_id"] is None], "left behind")
check(not [row for row in nb.all("dcim/mac-addresses") if row["mac_address"] == "02:00:00:00:00:01"])'
check "and the sums are whole" sums
mark
check "after that nothing is left to do" gives 0 sync
check "and nothing is written" look no-writes
done_testing
