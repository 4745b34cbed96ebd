#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# full pve
# versions pve
# A token without the privilege for agents (PVEAuditor before Proxmox VE 9): reported once, no data lost, not partial.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
auditor=yes
privilege=VM.GuestAgent.Audit
[ "$pve" = 9 ] || privilege=VM.Monitor
lab_up --guests 16 --endpoints 1
ctl revoke $privilege || exit 1
check "bootstrap" gives 0 bootstrap
mark
check "a first sync with such a token is complete" gives 0 sync
check "it reports the missing privilege, and what to do" says "limit qemu.guests: .*the token lacks $privilege.*agent = false"
# Requests in flight at the time of the first refusal may be refused too, at most one for each agent.
asked() { look reads /agent/; }
refused=$(asked)
check "agents are not asked again once refused" test "$refused" -le 8
check "all data from other sources is in NetBox" mirrors
check "the record has the limit once, with the number of affected guests" last '
guests = next(stage for stage in stages if stage["module"] == "qemu_sync" and stage["resource"] == "guests")
check(run["status"] == "ok" and guests["status"] == "ok", run["status"], guests["status"])
check(len(guests["limits"]) == 1, guests["limits"])
limit = guests["limits"][0]
check(limit["code"] == "forbidden" and "'$privilege'" in limit["text"] and limit["parts"] > 1, limit)'
mark
check "a second sync finds no difference" gives 0 sync
check "a plan is empty" gives 0 plan
check "and reports the limit too" says "limit: lab qemu.guests: .*$privilege"
check "nothing is written" look no-writes

check "the token gets the privilege" ctl grant $privilege
check "a sync succeeds" gives 0 sync
check "and writes all addresses" mirrors
check "no limit is reported" not out_has "limit"
addresses() { netbox '
print(sorted((row["custom_fields"]["stagebox_key"], row["address"], str(row["role"])) for row in nb.all("ipam/ip-addresses")))
print(sorted((vm["name"], str(vm["primary_ip4"] and vm["primary_ip4"]["id"])) for vm in nb.all("virtualization/virtual-machines")))'; }
addresses >"$TMPDIR/with"
check "the token loses the privilege" ctl revoke $privilege
prune_on
mark
check "a sync succeeds without it" gives 0 sync
check "and writes nothing" look no-writes
addresses >"$TMPDIR/without"
check "no address is lost, and all primary ones stay" cmp "$TMPDIR/with" "$TMPDIR/without"
check "kept addresses are counted as unknown, and all accounts balance" sums unknown
check "and no other objects are" last '
for stage in stages:
    unknown = stage["response"]["counts"]["unknown"]
    check((unknown > 0) == (stage["module"] == "qemu_sync" and stage["resource"] == "addresses"), stage)'
ctl add lab/qemu/900
ctl set lab/qemu/900 agent=1 status=running ip/net0=10.20.99.9/24
check "a new guest is synced without its address" gives 0 sync
check "but with its interface" netbox '
check(nb.one("virtualization/interfaces", "lab/qemu/900/net0"))
check(not nb.one("ipam/ip-addresses", "lab/qemu/900/net0/ip/10.20.99.9"))'
ctl rm lab/qemu/900
check "a sync after the guest was removed succeeds" gives 0 sync
check "and deletes it" netbox 'check(not nb.one("virtualization/virtual-machines", "lab/qemu/900"))'

# An agent that hangs makes the run partial, because it is a failure and not a limit.
check "the token gets the privilege again" ctl grant $privilege
vmid=$(python3 -c '
import sys
from servers import of_config
print(next(row["vmid"] for row in of_config(sys.argv[1])[1][0].get("/cluster/resources")
           if row["type"] == "qemu" and row["status"] == "running" and not row.get("lock")))' "$config")
ctl set "lab/qemu/$vmid" agent=1
ctl fault lab agent-hang "$vmid"
check "an agent that hangs is not a limit: the run is partial" gives 4 sync
check "and no limit is reported" not says "the token lacks"
done_testing
