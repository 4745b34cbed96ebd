#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# full netbox
# A refused object fails, the ops that depend on it are skipped, the record names them, and the accounts balance.
# slow
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
posts() { python3 -c '
import json, sys
log = [json.loads(line) for line in open(sys.argv[1])][int(sys.argv[2]):]
print(sum(1 for entry in log if entry["method"] == "POST" and sys.argv[3] in entry["path"]
          and (len(sys.argv) < 5 or entry["status"] == int(sys.argv[4]))))' \
	"$lab/requests.ndjson" "$since" "$@"; }
at_most() { [ "$1" -le "$2" ] || { echo "$1 is more than $2"; return 1; }; }

# One name in a batch of a hundred is refused.
lab=$TMPDIR/one
lab_up --guests 100 --endpoints 1
check "bootstrap" gives 0 bootstrap
check "NetBox will refuse one name" ctl fault netbox reject-name web01
mark
check "a run with one refused object is partial" gives 4 sync
check "one request of its kind is refused" same "$(posts virtualization/virtual-machines 400)" 1
check "the batch is sent again without the object, and not divided" at_most "$(posts virtualization/virtual-machines)" 3
check "all other guests are created" netbox '
keys = {row["custom_fields"]["stagebox_key"] for row in nb.all("virtualization/virtual-machines")}
check(len(keys) == 99, len(keys))
check("lab/qemu/101" not in keys, "the refused guest exists")'
check "all ops that depend on it are skipped with the cause" last '
lost = [op for stage in stages for op in stage["response"].get("quarantine", [])]
check([op["key"] for op in lost if op["state"] == "failed"] == ["lab/qemu/101"], lost)
check("rejected" in [op for op in lost if op["state"] == "failed"][0]["cause"], lost)
skipped = [op for op in lost if op["state"] == "skipped"]
check({op["kind"] for op in skipped} >= {"vm-interface", "virtual-disk", "ip"}, skipped)
check(all(op["key"].startswith("lab/qemu/101/") or op["kind"] == "vm" for op in skipped), skipped)
check(all("lab/qemu/101" in op["cause"] and "rejected" in op["cause"] for op in skipped), skipped)'
check "the accounts balance" sums create skipped failed
check "the run is shown" gives 0 run show last --verbose
check "it names the cause, with the refused object and those that depend on it" out_has '^1 failed, [1-9][0-9]* skipped: .*rejected'
check "it lists these objects" out_has '^    lab/qemu/101$'
mark
check "the next run is partial, too" gives 4 sync
check "it sends nothing again" look no-writes
check "it gives the reason once, with the guest and what depends on it" same "$(grep -c 'rejected' "$TMPDIR/out")" 1
check "its accounts balance" sums same skipped
ctl clear
check "a run of the guest alone creates it" gives 0 sync --target lab/qemu/101
check "and all its parts" netbox '
check(nb.one("virtualization/virtual-machines", "lab/qemu/101"))
check([row for row in nb.all("ipam/ip-addresses") if (row["custom_fields"]["stagebox_key"] or "").startswith("lab/qemu/101/")])'
check "the accounts of this run balance" sums create same
check "the run after it has nothing to do" gives 0 sync
lab_down

# NetBox refuses a total disk size that exceeds its integer type without naming the disk; halving finds it.
lab=$TMPDIR/halves
lab_up --guests 60 --endpoints 1
check "bootstrap" gives 0 bootstrap
ctl set lab/qemu/101 scsi20=local-lvm:vm-101-disk-20,size=1500T scsi21=local-lvm:vm-101-disk-21,size=1500T
mark
check "a refusal that names no object makes the run partial" gives 4 sync
check "one disk is refused, all others are created" last '
lost = [op["key"] for stage in stages for op in stage["response"].get("quarantine", []) if op["kind"] == "virtual-disk"]
check(len(lost) == 1 and lost[0] in ("lab/qemu/101/scsi20", "lab/qemu/101/scsi21"), lost)'
check "the accounts balance" sums create failed
check "halving takes few requests" at_most "$(posts virtualization/virtual-disks)" 25
lab_down

# Most objects of a kind are refused for one value.
lab=$TMPDIR/kind
lab_up --guests 100 --endpoints 1
check "bootstrap" gives 0 bootstrap
# virtual machines only, each with that disk, so that every request holds at least eight of them
numbers() { netbox 'print(*(row["vmid"] for row in pves[0].get("/cluster/resources") if row.get("type") == "'"$1"'"))'; }
for vmid in $(numbers lxc); do
	ctl rm "lab/lxc/$vmid"
	ctl add "lab/qemu/$vmid"
done
for vmid in $(numbers qemu); do
	ctl set "lab/qemu/$vmid" "scsi0=local-lvm:vm-$vmid-disk-0,size=8G"
done
check "NetBox will refuse a name that many disks have" ctl fault netbox reject-name scsi0
mark
check "the run is partial" gives 4 sync
# up to four requests are under way when the first is refused; the number of the others depends on the machine's speed
check "the circuit breaker opens after very few refused requests" at_most "$(posts virtualization/virtual-disks 400)" 4
check "the cause names the eight equal refusals" last '
causes = [op["cause"] for stage in stages for op in stage["response"].get("quarantine", []) if op["kind"] == "virtual-disk"]
check(len([cause for cause in causes if "refused 8 objects of kind virtual-disk with the same error" in cause]) > 8, causes[:3])'
check "all other objects are created, disks with other names among them" netbox '
check(len(nb.all("virtualization/virtual-machines")) == 100)
check(len(nb.all("ipam/ip-addresses")) > 100)
names = {disk["name"] for disk in nb.all("virtualization/virtual-disks")}
check(names and "scsi0" not in names, names)'
check "the accounts balance" sums create failed
mark
check "the next run is partial, too" gives 4 sync
check "it tries none of the refused objects" look no-writes
ctl clear
a_day_later
check "the run on the next day creates all disks" gives 0 sync
lab_down
done_testing
