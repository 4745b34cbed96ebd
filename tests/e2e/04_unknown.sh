#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What could not be read harms nothing: with pruning wide open no fault deletes, duplicates or forgets.
# slow
# limit 600
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"

# Two labs of one seed: one suffers, the other is what it must come to.
calm=$TMPDIR/calm
lab=$calm
lab_up --guests 12 --endpoints 1
prune_on
gives 0 bootstrap || exit 1
lab=$TMPDIR/lab
lab_up --guests 12 --endpoints 1
prune_on
check "bootstrap" gives 0 bootstrap
check "the first sync" gives 0 sync
on_calm() {
	(lab=$calm config=$calm/stagebox.cfg && "$@")
}
both() { ctl "$@" && on_calm ctl "$@"; }
check "and of the calm lab" on_calm gives 0 sync

number=500
# Something to write beside what is not known: a new guest, and one that changes.
stir() {
	number=$((number + 1))
	both add lab/qemu/$number && both set lab/qemu/101 memory=$((number * 8)) &&
		both set lab/lxc/102 description="note $number"
}
vanished() { netbox '
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

# suffer CODES WORD SERVER KIND [ARG]: a sync under that fault, then one without it
suffer() {
	codes=$1 word=$2
	shift 2
	check "[$*] before it" stir
	remember_guests
	ctl fault "$@" || return
	mark
	check "[$*] a sync is not whole" gives "$codes" sync
	check "[$*] deletes nothing" look no-deletes
	ctl clear
	check "[$*] takes no guest away" vanished
	check "[$*] the record names the cause" named "$word"
	check "[$*] when it is over, a sync is whole" gives 0 sync
	check "[$*] and NetBox says what Proxmox VE says" mirrors
}

suffer "4" "pve2" lab node-offline pve2
suffer "4" "list of guests|resources" lab empty-resources
suffer "4" "VM.Audit" lab permission-filter
suffer "4" "pve2" lab node-frozen pve2
suffer "4 69 77" "Sys.Audit" lab no-sys-audit
suffer "4 69" "595" lab daemon-stopped
suffer "4 69" "500" lab pmxcfs-stopped

# Everything of a server, so that no run gets beyond its first request.
for kind in 502 500 truncate garbage drop; do
	suffer "4 69" "127.0.0.1|endpoint" lab $kind
	suffer "4 69" "127.0.0.1|NetBox" netbox $kind
done

# One read of a run: the others are good.
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

# A NetBox list that is short: nothing of its kind may be created.
short() { # WORD-OF-THE-PATH NO-POST...
	word=$1
	shift
	check "[netbox short-page $word] before it" stir
	remember_guests
	ctl fault netbox short-page "$word"
	mark
	check "[netbox short-page $word] a sync is not whole" gives "4 69" sync
	check "[netbox short-page $word] deletes nothing" look no-deletes
	for each in "$@"; do
		check "[netbox short-page $word] creates no $each" look no-post "$each"
	done
	check "[netbox short-page $word] the record names the cause" named "short|rows|complete|whole|count"
	ctl clear
	check "[netbox short-page $word] takes no guest away" vanished
	check "[netbox short-page $word] when it is over, a sync is whole" gives 0 sync
	check "[netbox short-page $word] and NetBox says what Proxmox VE says" mirrors
}
short "" virtual-machines virtualization/interfaces virtual-disks ip-addresses
short virtual-machines virtual-machines virtualization/interfaces virtual-disks ip-addresses
short virtualization/interfaces virtualization/interfaces ip-addresses
short virtual-disks virtual-disks
short ip-addresses ip-addresses
short devices dcim/devices
short tags extras/tags
short vlans ipam/vlans

# An agent that hangs: the addresses of its guest stay, those of the others go on.
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
check "[agent-hang] before it" stir
both set lab/qemu/"$agent" ip/net0=10.20.200.77/24
addresses >"$TMPDIR/before"
ctl fault lab agent-hang "$agent"
mark
check "[agent-hang] a sync is not whole" gives 4 sync
check "[agent-hang] deletes nothing" look no-deletes
addresses >"$TMPDIR/after"
check "[agent-hang] the addresses of its guest are untouched" cmp "$TMPDIR/before" "$TMPDIR/after"
check "[agent-hang] the record names the guest" named "lab/qemu/$agent"
check "[agent-hang] the new guest came all the same" netbox 'check(nb.one("virtualization/virtual-machines", "lab/qemu/'$number'"))'
ctl clear
check "[agent-hang] when it is over, a sync is whole" gives 0 sync
check "[agent-hang] and the new address is there" mirrors

# A guest that goes while the list is not known goes later; it was never taken for gone before.
both rm lab/qemu/501
remember_guests
ctl fault lab empty-resources
mark
check "a guest that goes while the list is empty is kept" gives 4 sync
check "with all others" vanished
check "nothing is deleted" look no-deletes
ctl clear
check "when the list is whole again it is deleted" gives 0 sync
check "it alone" mirrors
mark
check "the calm lab syncs" on_calm gives 0 sync
dump "$TMPDIR/suffered"
on_calm dump "$TMPDIR/undisturbed"
check "after all that NetBox holds what it holds without faults" same_state "$TMPDIR/undisturbed" "$TMPDIR/suffered"
check "a few broken answers are asked for again" ctl fault lab 502 --times 2
check "and the sync is whole" gives 0 sync
done_testing
