#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# versions each
# slow
# Each pair of versions: first sync, a sync without changes, changes, unreadable sources, crashes.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
lab_up --guests 8 --endpoints 1

check "the servers have the required versions" netbox '
check(nb.call("GET", "status/")["netbox-version"].startswith("'"$netbox_version"'."))
check(pves[0].get("/version")["release"].startswith("'"$pve"'."))'
check "a sync before bootstrap is a configuration error" gives 78 sync
check "bootstrap prepares NetBox" gives 0 bootstrap
mark
check "a plan finds changes" gives 2 plan
check "a plan writes nothing" look no-writes
mark
check "the first sync succeeds" gives 0 sync
check "NetBox refuses no write" same "$(look statuses)" "200 201"
check "Proxmox VE is only read" look only-gets pve:lab
# Up to 4.6 NetBox computes the config context of each guest row, also in answers to writes, and the engine never uses it.
check "every request for guests excludes the config context" sh -c '
	grep -h "/api/virtualization/virtual-machines/?" "$1" >"$2" || exit 1
	case $3 in 4.7) ! grep exclude "$2" ;; *) ! grep -v "exclude=config_context&" "$2" ;; esac' - \
	"$lab/requests.ndjson" "$TMPDIR/guest-requests" "$netbox_version"
check "every field of every object matches Proxmox VE" mirrors
dump "$TMPDIR/first"

mark
check "a second sync has nothing to do" gives 0 sync
rm -f "$lab"/stagebox.db*
check "a sync without a store has nothing to do" gives 0 sync
check "both syncs write nothing" look no-writes

check "a person adds a guest and switches off the filter of stagebox_key" netbox '
cluster = nb.one("virtualization/clusters", "lab/cluster")
vm = person.call("POST", "virtualization/virtual-machines/", {"name": "a stranger", "cluster": cluster["id"]})
person.call("POST", "virtualization/interfaces/", {"virtual_machine": vm["id"], "name": "net0"})
field = next(row for row in nb.all("extras/custom-fields") if row["name"] == "stagebox_key")
person.call("PATCH", "extras/custom-fields/%d/" % field["id"], {"filter_logic": "disabled"})'
prune_on
mark
check "a sync with pruning succeeds although NetBox returns unfiltered lists" gives 0 sync
check "the guest of the person is not changed" look no-writes
check "the filter is switched on again" netbox '
field = next(row for row in nb.all("extras/custom-fields") if row["name"] == "stagebox_key")
person.call("PATCH", "extras/custom-fields/%d/" % field["id"], {"filter_logic": "exact"})'

ctl set lab/qemu/101 name=renamed memory=4096 cores=3 tags="prod;fresh" onboot=1 description="first
second"
ctl set lab/qemu/101 net0=virtio=BC:24:11:FF:00:01,bridge=vmbr0,tag=77
ctl set lab/qemu/101 net9=e1000=BC:24:11:FF:00:09,bridge=vmbr0,trunks=10-12 scsi9=local-lvm:vm-101-disk-9,size=1025K
ctl add lab/qemu/700
ctl add lab/qemu/701
ctl set lab/qemu/700 name=left
ctl set lab/qemu/701 name=right
check "changes at the source are synced" gives 0 sync
check "NetBox holds all changes" mirrors
ctl set lab/qemu/700 name=right
ctl set lab/qemu/701 name=left
ctl set lab/qemu/101 net9= scsi9=
check "two guests swap their names, a NIC and a disk are deleted" gives 0 sync
check "NetBox matches Proxmox VE after the swap" mirrors
ctl fault netbox reject-name left-alone
ctl set lab/qemu/700 name=left-alone
ctl set lab/qemu/701 memory=3072
ctl add lab/qemu/702
check "a sync with an object that NetBox refuses is partial" gives "1 4" sync
check "all other objects are written" netbox '
check(nb.one("virtualization/virtual-machines", "lab/qemu/701")["memory"] == 3072)
check(nb.one("virtualization/virtual-machines", "lab/qemu/702"))
check(nb.one("virtualization/virtual-machines", "lab/qemu/700")["name"] == "right")'
ctl clear
check "a sync of the refused object writes it" gives 0 sync --target lab/qemu/700
check "NetBox matches Proxmox VE after the refusal" mirrors

ctl fault lab empty-resources
mark
check "a sync with an empty list of guests is partial" gives 4 sync
ctl clear
ctl fault lab node-offline pve2
check "a sync with an offline node is partial" gives 4 sync
ctl clear
ctl fault netbox short-page virtual-machines
check "a sync with an incomplete list of NetBox is partial or failed" gives "1 4" sync
ctl clear
check "none of these syncs deletes anything" look no-deletes
check "the next sync succeeds" gives 0 sync
check "NetBox matches Proxmox VE after the partial syncs" mirrors

# crash K MODE: kill the job while its K-th write is under way; NetBox commits that write late, or it is lost
n_held() { grep -c '"held":true' "$lab/requests.ndjson"; }
more_held() { [ "$(n_held)" -gt "$before" ]; }
crash() {
	before=$(n_held)
	ctl hold-write "$1" "$2" || return 1
	"$STAGEBOX" sync --config "$config" >"$TMPDIR/sync.out" 2>&1 &
	sync=$!
	wait_for 60 more_held || { cat "$TMPDIR/sync.out"; return 1; }
	kill -9 "$("$STAGEBOX" run show last --format json --config "$config" |
		python3 -c 'import json, sys; print(json.load(sys.stdin)["pid"])')"
	wait "$sync"
	return 0
}
once() { netbox '
for path in ("virtualization/virtual-machines", "virtualization/interfaces", "virtualization/virtual-disks",
             "ipam/ip-addresses", "dcim/mac-addresses"):
    keys = [row["custom_fields"].get("stagebox_key") for row in nb.all(path)]
    keys = [key for key in keys if key]
    check(len(keys) == len(set(keys)), path, sorted(key for key in keys if keys.count(key) > 1)[:5])
for port in nb.all("virtualization/interfaces"):
    macs = [row for row in nb.all("dcim/mac-addresses") if row["assigned_object_id"] == port["id"]
            and row["assigned_object_type"] == "virtualization.vminterface"]
    check(len(macs) < 2, port["name"], len(macs))'; }

vmid=800
# A new guest takes three writes: guest, disk, interface; up to NetBox 4.6 also its MAC address and primary_mac_address.
cases='1:commit 2:drop 3:commit'
[ "$netbox_version" = 4.7 ] || cases="$cases 4:commit 4:drop 5:drop"
for case in $cases; do
	ctl add lab/qemu/$vmid
	check "a job is killed in write ${case%:*} of a new guest, then ${case#*:}" crash "${case%:*}" "${case#*:}"
	check "the sync after the kill succeeds" gives 0 sync
	check "every key exists once" once
	vmid=$((vmid + 1))
done
check "NetBox matches Proxmox VE in the end" mirrors
mark
check "the last sync has nothing to do" gives 0 sync
check "the last sync writes nothing" look no-writes
done_testing
