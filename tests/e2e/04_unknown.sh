#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# full pve
# Data that could not be read causes no harm: even with pruning without limits no fault deletes, duplicates or loses an object.
# slow
# limit 600
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"

# Two labs of one seed: one gets the faults, the other shows the expected result.
calm=$TMPDIR/calm
lab=$calm
lab_up --guests 12 --endpoints 1
prune_on
gives 0 bootstrap || exit 1
lab=$TMPDIR/lab
lab_up --guests 12 --endpoints 1
prune_on
check "bootstrap prepares NetBox" gives 0 bootstrap
check "the first sync succeeds" gives 0 sync
on_calm() {
	(lab=$calm config=$calm/stagebox.cfg && "$@")
}
both() { ctl "$@" && on_calm ctl "$@"; }
check "the first sync of the calm lab succeeds" on_calm gives 0 sync

number=500
# Something to write beside the unknown part: a new guest, and changes of two others.
stir() {
	number=$((number + 1))
	both add lab/qemu/$number && both set lab/qemu/101 memory=$((number * 8)) &&
		both set lab/lxc/102 description="note $number"
}
has_all_guests() { netbox '
keys = {row["custom_fields"]["stagebox_key"] for row in nb.all("virtualization/virtual-machines")}
for key in json.load(open("'"$TMPDIR/guests"'")):
    check(key in keys, key, "is gone")'; }
remember_guests() { python3 -c '
import json, sys
from servers import of_config
nb = of_config(sys.argv[1])[0]
json.dump([row["custom_fields"]["stagebox_key"] for row in nb.all("virtualization/virtual-machines")], open(sys.argv[2], "w"))' \
	"$config" "$TMPDIR/guests"; }
named() { last '
word = "'"$1"'"
check(run["status"] in ("partial", "failed"), "status", run["status"])
check(re.search(word, json.dumps(run.get("record"), ensure_ascii=False), re.I), "no", word, "in the record:", json.dumps(run.get("record"), ensure_ascii=False))'; }

# suffer CODES WORD SERVER KIND [ARG]: a sync with that fault, then one without it
suffer() {
	codes=$1 word=$2
	shift 2
	check "[$*] guests change before the fault" stir
	remember_guests
	ctl fault "$@" || return
	mark
	check "[$*] a sync is partial or fails" gives "$codes" sync
	check "[$*] the sync deletes nothing" look no-deletes
	ctl clear
	check "[$*] no guest is missing in NetBox" has_all_guests
	check "[$*] the record names the cause" named "$word"
	check "[$*] after the fault a sync succeeds" gives 0 sync
	check "[$*] NetBox mirrors Proxmox VE" mirrors
}

suffer "4" "pve2" lab node-offline pve2
suffer "4" "list of guests|resources" lab empty-resources
suffer "4" "VM.Audit" lab permission-filter
suffer "4" "pve2" lab node-frozen pve2
suffer "4 69 77" "Sys.Audit" lab no-sys-audit
suffer "4 69" "595" lab daemon-stopped
suffer "4 69" "500" lab pmxcfs-stopped

# All answers of a server fail, so that no run gets beyond its first request.
for kind in 502 500 truncate garbage drop; do
	suffer "4 69" "127.0.0.1|endpoint" lab $kind
	suffer "4 69" "127.0.0.1|NetBox" netbox $kind
done

# One read of a run fails, the others succeed.
for kind in 500 truncate drop; do
	suffer "4 69" "resources|list of guests" lab $kind --path /cluster/resources
	suffer "4 69" "status" lab $kind --path /cluster/status
	suffer "4 69" "lab/qemu/104" lab $kind --path /qemu/104/config
	suffer "4 69" "lab/lxc/105" lab $kind --path /lxc/105/interfaces
	suffer "4 69" "pve1" lab $kind --path /nodes/pve1/network
done
for path in virtualization/virtual-machines virtualization/interfaces virtualization/virtual-disks ipam/ip-addresses \
	dcim/devices; do
	for kind in 502 truncate; do
		suffer "4 69" "${path##*/}|NetBox" netbox $kind --path /api/$path
	done
done

# An incomplete list of NetBox: no object of its kind may be created.
short() { # WORD-OF-THE-PATH NO-POST...
	word=$1
	shift
	check "[netbox short-page $word] guests change before the fault" stir
	remember_guests
	ctl fault netbox short-page "$word"
	mark
	check "[netbox short-page $word] a sync is partial or fails" gives "4 69" sync
	check "[netbox short-page $word] the sync deletes nothing" look no-deletes
	for each in "$@"; do
		check "[netbox short-page $word] the sync creates no $each" look no-post "$each"
	done
	check "[netbox short-page $word] the record names the cause" named "short|rows|complete|whole|count"
	ctl clear
	check "[netbox short-page $word] no guest is missing in NetBox" has_all_guests
	check "[netbox short-page $word] after the fault a sync succeeds" gives 0 sync
	check "[netbox short-page $word] NetBox mirrors Proxmox VE" mirrors
}
short "" virtual-machines virtualization/interfaces virtual-disks ip-addresses
short virtual-machines virtual-machines virtualization/interfaces virtual-disks ip-addresses
short virtualization/interfaces virtualization/interfaces ip-addresses
short virtual-disks virtual-disks
short ip-addresses ip-addresses
short devices dcim/devices
short tags extras/tags
short vlans ipam/vlans

# A guest agent that hangs: the addresses of its guest are kept, those of other guests are still updated.
agent=$(python3 - "$config" <<'PY'
import sys
from servers import Refused, of_config
pve = of_config(sys.argv[1])[1][0]
for row in sorted(pve.get("/cluster/resources"), key=lambda row: row.get("vmid", 0)):
    if row["type"] == "qemu" and row["status"] == "running":
        try:
            pve.get(f"/nodes/{row['node']}/qemu/{row['vmid']}/agent/network-get-interfaces")
            print(row["vmid"])
            break
        except Refused:
            pass
PY
)
addresses() { python3 - "$config" "lab/qemu/$agent/" <<'PY'
import json, sys
from servers import of_config
nb = of_config(sys.argv[1])[0]
rows = [[row["custom_fields"]["stagebox_key"], row["address"], row["id"], row["dns_name"], row["last_updated"]]
        for row in nb.all("ipam/ip-addresses") if (row["custom_fields"]["stagebox_key"] or "").startswith(sys.argv[2])]
assert rows
print(json.dumps(sorted(rows), indent=1))
PY
}
check "there is a guest with an agent" test -n "$agent"
check "[agent-hang] guests change before the fault" stir
both set lab/qemu/"$agent" ip/net0=10.20.200.77/24
addresses >"$TMPDIR/before"
ctl fault lab agent-hang "$agent"
mark
check "[agent-hang] a sync is partial" gives 4 sync
check "[agent-hang] the sync deletes nothing" look no-deletes
addresses >"$TMPDIR/after"
check "[agent-hang] the addresses of its guest are unchanged" cmp "$TMPDIR/before" "$TMPDIR/after"
check "[agent-hang] the record names the guest" named "lab/qemu/$agent"
check "[agent-hang] the new guest is created" netbox 'check(nb.one("virtualization/virtual-machines", "lab/qemu/'$number'"))'
ctl clear
check "[agent-hang] after the fault a sync succeeds" gives 0 sync
check "[agent-hang] NetBox has the new address" mirrors

# A guest that is removed while the list is unknown is deleted later; no other guest is deleted before.
both rm lab/qemu/501
remember_guests
ctl fault lab empty-resources
mark
check "a guest that is removed while the list is empty is kept" gives 4 sync
check "all other guests are kept" has_all_guests
check "that sync deletes nothing" look no-deletes
ctl clear
check "with a complete list the removed guest is deleted" gives 0 sync
check "no other guest is deleted" mirrors
mark
check "the calm lab syncs" on_calm gives 0 sync
dump "$TMPDIR/suffered"
on_calm dump "$TMPDIR/undisturbed"
check "after all faults NetBox has the same state as without faults" same_state "$TMPDIR/undisturbed" "$TMPDIR/suffered"
check "two failed answers are requested again" ctl fault lab 502 --times 2
check "the sync with two failed answers succeeds" gives 0 sync
done_testing
