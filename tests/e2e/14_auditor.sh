#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# versions pve
# A token that may not ask agents (an auditor before Proxmox VE 9): said once with the way out, nothing lost, no alarm.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
auditor=yes
privilege=VM.GuestAgent.Audit
[ "$pve" = 9 ] || privilege=VM.Monitor
lab_up --guests 16 --endpoints 1
ctl revoke $privilege || exit 1
check "bootstrap" gives 0 bootstrap
mark
check "a first sync with such a token is whole" gives 0 sync
check "it says what is missing, and what to do" says "limit qemu.guests: .*the token lacks $privilege.*agent = false"
# What was under way when the first refusal came may be refused, too: never more than one for each agent.
asked() { look reads /agent/; }
refused=$(asked)
check "agents are not asked again once refused" test "$refused" -le 8
check "what is not an agent's word is there" mirrors
check "the record has the limit once, with how many guests it is about" last '
guests = next(stage for stage in stages if stage["module"] == "qemu_sync" and stage["resource"] == "guests")
check(run["status"] == "ok" and guests["status"] == "ok", run["status"], guests["status"])
check(len(guests["limits"]) == 1, guests["limits"])
limit = guests["limits"][0]
check(limit["code"] == "forbidden" and "'$privilege'" in limit["text"] and limit["parts"] > 1, limit)'
mark
check "a second sync has nothing to do" gives 0 sync
check "a plan is empty, and says it too" gives 0 plan
check "in these words" says "limit: lab qemu.guests: .*$privilege"
check "nothing is written" look no-writes

check "the right comes" ctl grant $privilege
check "and with it the addresses" gives 0 sync
check "all of them" mirrors
check "nothing is said of a limit" not out_has "limit"
addresses() { netbox '
print(sorted((row["custom_fields"]["stagebox_key"], row["address"], str(row["role"])) for row in nb.all("ipam/ip-addresses")))
print(sorted((vm["name"], str(vm["primary_ip4"] and vm["primary_ip4"]["id"])) for vm in nb.all("virtualization/virtual-machines")))'; }
addresses >"$TMPDIR/with"
check "the right goes" ctl revoke $privilege
prune_on
mark
check "a sync goes on" gives 0 sync
check "it writes nothing" look no-writes
addresses >"$TMPDIR/without"
check "no address is lost, and each primary one stays" cmp "$TMPDIR/with" "$TMPDIR/without"
check "what is kept for that is counted as unknown, and the sums are whole" sums unknown
check "and nothing else is" last '
for stage in stages:
    unknown = stage["response"]["counts"]["unknown"]
    check((unknown > 0) == (stage["module"] == "qemu_sync" and stage["resource"] == "addresses"), stage)'
ctl add lab/qemu/900
ctl set lab/qemu/900 agent=1 status=running ip/net0=10.20.99.9/24
check "a new guest is synced without its address" gives 0 sync
check "but for that" netbox '
check(nb.one("virtualization/interfaces", "lab/qemu/900/net0"))
check(not nb.one("ipam/ip-addresses", "lab/qemu/900/net0/ip/10.20.99.9"))'
ctl rm lab/qemu/900
check "a guest that goes takes its parts along" gives 0 sync
check "as always" netbox 'check(not nb.one("virtualization/virtual-machines", "lab/qemu/900"))'

# One guest whose agent hangs, while others are beyond the token's rights: that is an alarm.
check "the right comes back" ctl grant $privilege
vmid=$(python3 -c '
import sys
from servers import of_config
print(next(row["vmid"] for row in of_config(sys.argv[1])[1][0].get("/cluster/resources")
           if row["type"] == "qemu" and row["status"] == "running" and not row.get("lock")))' "$config")
ctl set "lab/qemu/$vmid" agent=1
ctl fault lab agent-hang "$vmid"
check "an agent that hangs is no limit: the run is partial" gives 4 sync
check "and the text is another one" not says "the token lacks"
done_testing
