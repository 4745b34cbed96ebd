#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The first sync needs bootstrap; after it each field in NetBox equals that in Proxmox VE.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
lab_up

check "a sync before bootstrap is a configuration error" gives 78 sync
check "the error names bootstrap" err_has bootstrap
check "a refused sync writes nothing" look no-writes
check "a plan before bootstrap is a configuration error" gives 78 plan
check "bootstrap prepares NetBox" gives 0 bootstrap
check "the instance id of NetBox is a UUID in the description of stagebox_key" netbox '
fields = {row["name"]: row for row in nb.all("extras/custom-fields")}
check("stagebox_key" in fields and "stagebox_birth" in fields, list(fields))
check(re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", fields["stagebox_key"]["description"]))'
mark
check "a second bootstrap succeeds" gives 0 bootstrap
check "a second bootstrap writes nothing" look no-writes

mark
check "the first sync succeeds" gives 0 sync
check "Proxmox VE gets GET requests only" look only-gets pve:lab
check "NetBox refuses no write" same "$(look statuses)" "200 201"
"$STAGEBOX" lab ctl --dir "$lab" show >"$TMPDIR/show"
for each in e1000= e1000e= rtl8139= vmxnet3= virtio= link_down=1 mtu=1, mtu=9000 trunks= size=528K size=33554432K size=512M \
	size=1025M size=2T media=cdrom -cloudinit ip=dhcp; do
	check "the lab has a guest with $each" has "$TMPDIR/show" "$each"
done
check "every field of every object equals that in Proxmox VE" mirrors
check "of guests with the same name, ignoring case, the lowest VMID keeps it and the others get their VMID appended" netbox '
names = {row["custom_fields"]["stagebox_key"]: row["name"] for row in nb.all("virtualization/virtual-machines")}
check(names.get("lab/lxc/102") == "dns01", names.get("lab/lxc/102"))
check(names.get("lab/qemu/113") == "DNS01 (113)", names.get("lab/qemu/113"))
check(names.get("lab/qemu/126") == "MONITOR-TEST-01 (126)", names.get("lab/qemu/126"))
check(names.get("edge/lxc/102") == "dns01", names.get("edge/lxc/102"))
check(len(names) == 48, len(names))'
check "every MAC address of a NIC is a MAC address object of its interface" netbox '
ports = nb.all("virtualization/interfaces")
cards = [row for row in nb.all("dcim/interfaces") if row["mac_address"]]
macs = nb.all("dcim/mac-addresses")
check(len(macs) == len(ports) + len(cards), len(macs), "MAC addresses,", len(ports), "interfaces,", len(cards), "cards")
# since version 9 Proxmox VE lists names of a card that contain its MAC address
check(len(cards) == (8 if "'"$pve"'" == "9" else 0), len(cards), "cards with a MAC address in one of their names")
check(all(port["primary_mac_address"] for port in ports))'
check "the disk size of a VM is the sum of its disks" netbox '
sizes = {}
for disk in nb.all("virtualization/virtual-disks"):
    sizes[disk["virtual_machine"]["id"]] = sizes.get(disk["virtual_machine"]["id"], 0) + disk["size"]
for vm in nb.all("virtualization/virtual-machines"):
    check((vm["disk"] or 0) == sizes.get(vm["id"], 0), vm["name"], vm["disk"], sizes.get(vm["id"]))'
check "an address that several guests share is written for each of them, with the role vip" netbox '
rows = [row for row in nb.all("ipam/ip-addresses") if row["address"] == "10.30.0.40/32"]
check(len(rows) == 2, len(rows))
check(all((row["role"] or {}).get("value") == "vip" for row in rows), [row["role"] for row in rows])'
check "an address of a container has its hostname as DNS name" netbox '
names = {row["custom_fields"]["stagebox_key"]: row["dns_name"] for row in nb.all("ipam/ip-addresses")}
check(names["lab/lxc/102/net0/ip/10.20.32.50"] == "dns01", repr(names["lab/lxc/102/net0/ip/10.20.32.50"]))'
check "every object has a key, and no key is used twice" netbox '
for path in ("virtualization/virtual-machines", "virtualization/interfaces", "virtualization/virtual-disks",
             "ipam/ip-addresses", "dcim/devices", "dcim/interfaces", "virtualization/clusters"):
    keys = [row["custom_fields"].get("stagebox_key") for row in nb.all(path)]
    check(len(keys) == len(set(keys)), path, sorted(key for key in keys if keys.count(key) > 1)[:5])
    check(None not in keys, path, "has objects without a key")'

check "runs lists the runs" gives 0 runs --format json
check "the last two runs are ok syncs of both endpoints, with the pid of the job" python3 -c '
import json, sys
runs = json.load(open(sys.argv[1]))[:2]
bad = [run for run in runs if run["status"] != "ok" or run["pid"] <= 0 or run["mode"] != "sync"]
print(runs)
sys.exit(bool(bad) or [run["endpoint"] for run in runs] != ["edge", "lab"])' "$TMPDIR/out"
check "the record has the documented members, and its counts match NetBox" last '
check(run["status"] == "ok", run["status"])
for part in ("cluster_sync", "qemu_sync", "lxc_sync"):
    body = run["record"].get(part)
    check(body, part, "is not in the record:", list(run["record"]))
    if body:
        check("resources" in body["params"] and "netbox_branch_schema_id" in body["params"], body["params"])
        check(isinstance(body["runtime_seconds"], (int, float)), part, body.get("runtime_seconds"))
check({stage["resource"] for stage in stages} >= {"cluster", "nodes", "interfaces", "guests", "disks", "addresses"})
for stage in stages:
    check(stage["status"] == "ok", stage)
    counts = stage["response"].get("counts")
    check(counts and set(counts) >= {"create", "update", "same", "delete", "skipped", "failed", "unknown"}, stage)
guests = sum(stage["response"]["counts"]["create"] for stage in stages if stage["resource"] == "guests")
slug = run["endpoint"]
mine = [vm for vm in nb.all("virtualization/virtual-machines")
        if vm["custom_fields"]["stagebox_key"].startswith(slug + "/")]
check(guests == len(mine), guests, "counted,", len(mine), "there")'

ctl set lab/lxc/102 searchdomain="example.net example.org"
ctl set lab/qemu/103 name=app01.example.com
check "a sync after a change of domains succeeds" gives 0 sync
check "DNS names contain the first search domain or the domain of the name" netbox '
names = {row["custom_fields"]["stagebox_key"]: row["dns_name"] for row in nb.all("ipam/ip-addresses")}
check(names["lab/lxc/102/net0/ip/10.20.32.50"] == "dns01.example.net", repr(names["lab/lxc/102/net0/ip/10.20.32.50"]))
check(names["lab/qemu/103/net1/ip/10.20.64.50"] == "app01.example.com", repr(names["lab/qemu/103/net1/ip/10.20.64.50"]))'

check "a guest is added in Proxmox VE" ctl add lab/qemu/900
ctl set lab/qemu/900 scsi1=local-lvm:vm-900-disk-1,size=10G net1=virtio,bridge=vmbr0 ip/net1=10.20.99.9/24
mark
check "a sync of the new guest succeeds" gives 0 sync
objects=8
[ "$netbox_version" = 4.7 ] || objects=12
check "the new guest takes 8 writes: the VM, 2 interfaces, 2 disks, 2 addresses, the primary address; 12 before NetBox 4.7" \
	same "$(look count-objects)" $objects
check "the new guest in NetBox equals that in Proxmox VE" mirrors lab

set_conf 's/^modules = .*/&\noptions: { qemu: { agent_hostname = true; }; };/'
mark
check "a sync with agent_hostname succeeds" gives 0 sync --endpoint lab
check "with agent_hostname guest agents are asked for host names" differ "$(look reads get-host-name)" 0
set_conf 's/^options: .*/options: { qemu: { agent = false; templates = false; }; lxc: { templates = false; }; };/'
mark
check "a sync with agent = false and templates = false succeeds" gives 0 sync
check "with agent = false no guest agent is asked" same "$(look reads /agent/)" 0
check "agent = false and templates = false delete nothing" look no-deletes
done_testing
