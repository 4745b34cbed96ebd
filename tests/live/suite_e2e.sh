#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# limit 600
# A user's way on a real NetBox: bootstrap, a first sync of 48 guests, a sync without changes, three changes, a crash.
. "${STAGEBOX_SRC:?}/tests/live/lib_live.sh"
live_up

keys_once() { netbox '
for path in ("virtualization/virtual-machines", "virtualization/interfaces", "virtualization/virtual-disks",
             "ipam/ip-addresses", "dcim/devices", "dcim/interfaces", "virtualization/clusters"):
    keys = [key for key in (row["custom_fields"].get("stagebox_key") for row in nb.all(path)) if key]
    check(len(keys) == len(set(keys)), path, sorted(key for key in keys if keys.count(key) > 1)[:5])'; }
manual_objects_exist() { netbox '
vm = nb.one("virtualization/virtual-machines", "lab/qemu/101")
check(len([row for row in nb.all("virtualization/virtual-disks") if row["name"] == "by hand"]) == 1, "disk")
check(len([row for row in nb.all("virtualization/interfaces") if row["name"] == "by hand"]) == 1, "interface")
check(len([row for row in nb.all("ipam/ip-addresses") if row["address"] == "192.0.2.77/24"]) == 1, "address")
check("by-hand" in [tag["slug"] for tag in vm["tags"]], "tag")
check(vm["comments"] == "a person wrote this", vm["comments"])
check(len([row for row in nb.all("virtualization/virtual-machines") if row["name"] == "a stranger"]) == 1, "VM")'; }

before=$(changes)
check "a sync before bootstrap is a configuration error" gives 78 sync
check "a refused sync writes nothing" unchanged "$before"
check "bootstrap prepares NetBox" gives 0 bootstrap
before=$(changes)
check "a second bootstrap succeeds" gives 0 bootstrap
check "a second bootstrap writes nothing" unchanged "$before"
check "a plan succeeds" gives 2 plan -o "$TMPDIR/plan"
check "a plan writes nothing" unchanged "$before"

check "the first sync succeeds" gives 0 sync
check "every field of every object equals that in Proxmox VE" mirrors
check "NetBox has 48 guests" netbox '
keys = [row["custom_fields"]["stagebox_key"] for row in nb.all("virtualization/virtual-machines")]
check(len(keys) == 48, len(keys))'
check "no key is used twice" keys_once

before=$(changes)
check "a second sync succeeds" gives 0 sync
check "a second sync writes nothing" unchanged "$before"
rm -f "$lab"/stagebox.db*
check "a sync after the store was deleted succeeds" gives 0 sync
check "a sync after the store was deleted writes nothing" unchanged "$before"

check "a person adds a VM, a disk, an interface, an address, a tag and comments" netbox '
vm = nb.one("virtualization/virtual-machines", "lab/qemu/101")
nb.call("POST", "extras/tags/", {"name": "by-hand", "slug": "by-hand"})
nb.call("POST", "virtualization/virtual-machines/", {"name": "a stranger", "cluster": vm["cluster"]["id"]})
port = nb.call("POST", "virtualization/interfaces/", {"virtual_machine": vm["id"], "name": "by hand"})
nb.call("POST", "ipam/ip-addresses/", {"address": "192.0.2.77/24", "assigned_object_type": "virtualization.vminterface",
                                       "assigned_object_id": port["id"]})
nb.call("POST", "virtualization/virtual-disks/", {"virtual_machine": vm["id"], "name": "by hand", "size": 100})
nb.call("PATCH", "virtualization/virtual-machines/%d/" % vm["id"],
        {"tags": [{"id": tag["id"]} for tag in vm["tags"]] + [{"slug": "by-hand"}], "comments": "a person wrote this"})'
before=$(changes)
check "a sync beside manual objects succeeds" gives 0 sync
check "it writes nothing" unchanged "$before"
check "the manual objects are unchanged" manual_objects_exist

ctl set lab/qemu/101 memory=8192
ctl set lab/qemu/103 name=renamed net0=virtio=BC:24:11:FF:00:03,bridge=vmbr0,tag=88
ctl set lab/lxc/107 cores=7 tags="dns;fresh"
check "a plan for three changes succeeds" gives 2 plan -o "$TMPDIR/plan"
check "apply succeeds" gives 0 apply "$TMPDIR/plan"
check "NetBox has the changed values" netbox '
check(nb.one("virtualization/virtual-machines", "lab/qemu/101")["memory"] == 8192)
check(nb.one("virtualization/virtual-machines", "lab/qemu/103")["name"] == "renamed")
port = nb.one("virtualization/interfaces", "lab/qemu/103/net0")
check(port["mac_address"] == "BC:24:11:FF:00:03" and port["untagged_vlan"]["vid"] == 88, port)
vm = nb.one("virtualization/virtual-machines", "lab/lxc/107")
check(float(vm["vcpus"]) == 7 and "fresh" in [tag["name"] for tag in vm["tags"]], vm["vcpus"], vm["tags"])'
check "a plan after apply is empty" gives 0 plan
check "a guest is added in Proxmox VE" ctl add lab/qemu/900
ctl set lab/qemu/900 scsi1=local-lvm:vm-900-disk-1,size=10G net1=virtio,bridge=vmbr0 ip/net1=10.20.99.9/24
check "a sync of the new guest succeeds" gives 0 sync
check "the manual objects are unchanged after it" manual_objects_exist

# A crash in the middle of the writes.
for each in 910 911 912 913 914 915 916 917 918 919 920 921 922 923 924; do ctl add lab/qemu/$each; done
ctl churn 50
"$STAGEBOX" sync --config "$config" >"$TMPDIR/sync.out" 2>"$TMPDIR/sync.err" &
sync=$!
# Writes the pid of the job to $TMPDIR/job once it has a request in flight.
job_is_writing() {
	"$STAGEBOX" run show last --format json --config "$config" >"$TMPDIR/run.json" 2>/dev/null || return 1
	python3 -c '
import json, sys
run = json.load(open(sys.argv[1]))
open_ = [row for row in run["requests"] if row["outcome"] in ("begun", None, "")]
if run["status"] != "running" or not open_ or run["pid"] <= 0:
    sys.exit(1)
print(run["pid"], file=open(sys.argv[2], "w"))' "$TMPDIR/run.json" "$TMPDIR/job"
}
check "a sync is writing" wait_for 60 job_is_writing
kill -9 "$(cat "$TMPDIR/job")"
wait "$sync"
check "a sync whose job is killed ends with exit code 1" same "$?" 1
check "the next sync succeeds" gives 0 sync
check "no key is used twice after the crash" keys_once
before=$(changes)
check "another sync succeeds" gives 0 sync
check "another sync writes nothing" unchanged "$before"
check "the manual objects are unchanged after the crash" manual_objects_exist
check "all other fields equal those in Proxmox VE" sh -c "python3 '$e2e/mirror.py' '$config' --kept >'$TMPDIR/mirror' 2>&1 || ! grep -v 'lab/qemu/101: \(comments\|tags\|disk\) \|fields compared' '$TMPDIR/mirror'"
done_testing
