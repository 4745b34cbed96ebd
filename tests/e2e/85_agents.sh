#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# full pve
# versions pve
# slow
# limit 300
# Guest agents that hang: addresses are kept, a run waits for them for a bounded time, and later runs ask them less often.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
lab_up --guests 24 --endpoints 1
# Three guests whose agent reports an address.
# shellcheck disable=SC2046 # words
set -- $(python3 -c '
import sys
from servers import Refused, of_config
pve = of_config(sys.argv[1])[1][0]
found = []
for row in sorted(pve.get("/cluster/resources?type=vm"), key=lambda row: row["vmid"]):
    try:
        if row["type"] == "qemu" and row["status"] == "running" and not row.get("lock"):
            answer = pve.get("/nodes/%s/qemu/%d/agent/network-get-interfaces" % (row["node"], row["vmid"]))
            if any("ip-addresses" in nic and nic["name"][0] in "eE" for nic in answer["result"]):
                found.append(row["vmid"])
    except Refused:
        pass
print(*found[:3])' "$config")
[ $# = 3 ] || { echo "Bail out! the lab has no three guests with an agent"; exit 1; }
first=$1 second=$2 third=$3

addresses() { netbox '
print(sorted((row["custom_fields"]["stagebox_key"], row["address"], str(row["role"])) for row in nb.all("ipam/ip-addresses")))
print(sorted((vm["name"], str(vm["primary_ip4"] and vm["primary_ip4"]["id"])) for vm in nb.all("virtualization/virtual-machines")))'; }
kept() { addresses >"$TMPDIR/now" && cmp "$TMPDIR/first" "$TMPDIR/now"; }
asked() { look reads "/qemu/$1/agent"; }
asked_both() { echo "$(asked "$first") $(asked "$second")"; }
# memory [SECONDS]: what is remembered of agents, after making it older by that time
memory() { python3 - "$lab/stagebox.db" "${1:-0}" <<'PY'
import sqlite3, sys
store = sqlite3.connect(sys.argv[1])
store.execute("UPDATE agent SET asked = asked - ?", (int(sys.argv[2]),))
store.commit()
for row in store.execute("SELECT * FROM agent ORDER BY key"):
    print(*row)
PY
}
same_memory() { memory >"$TMPDIR/memory.now" && cmp "$TMPDIR/memory" "$TMPDIR/memory.now"; }
# limited PARTS: the last run is ok, with one limit for so many guests in one line
limited() {
	[ "$(grep -c '^ *limit' "$TMPDIR/out")" = 1 ] || { echo "not one line:"; cat "$TMPDIR/out"; return 1; }
	last '
check(run["status"] == "ok", run["status"])
guests = next(stage for stage in stages if stage["module"] == "qemu_sync" and stage["resource"] == "guests")
check(guests["status"] == "ok", guests["status"])
limits = guests["limits"]
check(len(limits) == 1 and limits[0]["code"] == "timeout" and limits[0]["parts"] == '"$1"', limits)'
}

# The lab's agents hang for 8 s, and its log has a request when it was answered: the default of 10 s gives an agent 6.5 s.
set_conf 's/^modules = .*/&\nlimits: { agent_wait = "20s"; };/'
check "bootstrap" gives 0 bootstrap
check "a first sync succeeds" gives 0 sync
check "NetBox has the addresses of all agents" mirrors
addresses >"$TMPDIR/first"
check "nothing is remembered of agents that answer" same "$(memory)" ""

ctl fault lab agent-hang "$first"
ctl fault lab agent-hang "$second"
mark
check "a run in which two agents hang is partial" gives 4 sync
check "it reports what it waits for" err_has '^lab: waiting up to [0-9]* s: guest agents'
check "both are one line" same "$(grep -c 'agent/network-get-interfaces' "$TMPDIR/out")" 1
check "the record has one cause with both guests" last '
causes = [cause for stage in stages for cause in stage["response"].get("causes", []) if "agent/network-get-interfaces" in cause["text"]]
guests = {key for cause in causes for key in cause["keys"]}
check(len({cause["text"] for cause in causes}) == 1, causes)
check({"lab/qemu/'"$first"'", "lab/qemu/'"$second"'"} <= guests, causes)'
check "all accounts balance, with unknown addresses" sums unknown
check "nothing is written" look no-writes
check "the addresses are kept" kept
mark
check "the next run asks again and is partial" gives 4 sync
check "each agent was asked once" same "$(asked_both)" "1 1"
mark
check "the third run is ok" gives 0 sync
check "it reports both guests in one line" limited 2
check "it does not ask them" same "$(asked "($first|$second)")" 0
check "the other agents are asked" differ "$(look reads /agent/)" 0
check "all accounts balance, with unknown addresses" sums unknown
check "nothing is written" look no-writes
check "the addresses are kept" kept
mark
check "a further run is the same" gives 0 sync
check "it does not ask them either" same "$(asked "($first|$second)")" 0
check "and writes nothing" look no-writes

# The memory is an input of a run; a plan uses it and does not change it.
memory >"$TMPDIR/memory"
check "a plan is ok, too" gives 0 plan
check "and reports them in one line" says '^limit: lab qemu.guests: 2 parts are not read'
check "the memory is the same" same_memory
memory 400 >"$TMPDIR/memory"
mark
check "a plan is recorded when their time has come" gives 0 plan --record "$TMPDIR/record" -o "$TMPDIR/recorded"
check "it asked both" same "$(asked_both)" "1 1"
check "it does not change the memory" same_memory
mark
check "a sync then asks both, for the third time" gives 0 sync
check "it did" same "$(asked_both)" "1 1"
check "silent in three runs running they are a limit: the run is ok" limited 2
check "the memory has changed" not same_memory
mark
check "the recording is replayed" gives 0 plan --replay "$TMPDIR/record" -o "$TMPDIR/replayed"
check "to the same plan, with the memory of the recording" same_plan "$TMPDIR/recorded" "$TMPDIR/replayed"
check "without any request" same "$(look reads .)" 0
memory 600 >"$TMPDIR/memory"
mark
check "ten minutes after the third silence a sync is ok" gives 0 sync
check "and does not ask them" same "$(asked "($first|$second)")" 0
check "the memory is the same" same_memory
check "the addresses are kept" kept

# A restart or another config: asked at once.
ctl set "lab/qemu/$first" status=stopped
ctl set "lab/qemu/$first" status=running
mark
check "a guest with a silent agent restarts: its silence is news" gives 4 sync
check "its agent is asked, the other one is not" same "$(asked_both)" "1 0"
check "nothing is written" look no-writes
check "the addresses are kept" kept
ctl set "lab/qemu/$second" memory=3072
mark
check "the config of the other guest changes: its silence is news" gives 4 sync
check "both agents are asked" same "$(asked_both)" "1 1"
check "the addresses are kept" kept

ctl clear
memory 400 >"$TMPDIR/memory"
ctl set "lab/qemu/$first" ip/net0=10.20.99.19/24
mark
check "the agents answer again: a sync is ok" gives 0 sync
check "both are asked" same "$(asked_both)" "1 1"
check "no limit is reported" not out_has "limit"
check "NetBox has the new address" netbox 'check(any(row["address"] == "10.20.99.19/24" for row in nb.all("ipam/ip-addresses")))'
check "nothing is remembered of them" same "$(memory)" ""
mark
check "a further sync succeeds" gives 0 sync
check "and writes nothing" look no-writes

set_conf 's/agent_wait = "20s"/agent_wait = "2s"/'
ctl fault lab agent-hang "$third"
before=$(date +%s)
check "a run that may wait 2 s for agents is partial" gives 4 sync
check "it did not wait until the server gave up" test $(($(date +%s) - before)) -lt 8
check "it names the time" says 'agent/network-get-interfaces: .*[0-9] ms'
check "the record names the guest" last 'check("lab/qemu/'"$third"'" in text)'
check "its silence is remembered" differ "$(memory)" ""
done_testing
