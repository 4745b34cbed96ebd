#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# limit 300
# Ceph of both versions of Proxmox VE, kept in fields of the cluster and its nodes: what is read, what is written, and what stays
# when something cannot be read.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
. "$e2e/lib_ceph.sh"
ceph_lab --guests 2 --endpoints 1
broken='{"status": 500, "text": "broken"}'
answers() { printf '%s\n' "$2" >"$TMPDIR/answer" && ctl answer lab "$1" "$TMPDIR/answer"; }
journal() { netbox '
words = [(row["kind"]["value"], row["comments"].split("\n")[0])
         for row in sorted(nb.all("extras/journal-entries"), key=lambda row: row["id"])]
'"$1"; }

check "bootstrap makes the fields" gives 0 bootstrap
check "there is something to do" gives 2 plan
check "the text of a plan has the steps of a rule in their order" out_has 'steps: \[set_chooseleaf_tries 5, set_choose_tries 100, take default class hdd, chooseleaf indep 0 type host, emit\]'
check "and answers as they are: an id makes no reference of them, and decimals are numbers" same \
	"$(grep -o 'payload: {"device_class":"hdd","id":2,\|"bias":1.0,' "$TMPDIR/out" | sort -u | tr '\n' ' ')" '"bias":1.0, payload: {"device_class":"hdd","id":2, '
mark
check "the first sync" gives "0 4" sync
check "all stages are ok" ceph_stages 'check(set(e["status"] for e in stages.values()) == {"ok"}, stages)'
check "the record names each stage with its time and counters" ceph_stages '
check(list(stages) and sorted(stages) == ["crush", "daemons", "filesystems", "flags", "osds", "pools", "status"], list(stages))
check(all("runtime_seconds" in e and "counts" in e["response"] for e in stages.values()), stages)
check(run["record"]["ceph_sync"]["params"] == {"resources": ["full"], "netbox_branch_schema_id": None}, run["record"]["ceph_sync"]["params"])'
check "each list is asked for once, with GET" python3 -c '
import sys
calls = sys.argv[1].splitlines()
assert len(calls) == len(set(calls)) == 10 and all(call.startswith("GET ") for call in calls), calls' "$(ceph_calls)"
check "the cluster is healthy" ceph 'check(health == "HEALTH_OK" and ceph["ceph-cluster"]["lab/ceph-cluster/ceph"]["health"] == "HEALTH_OK", health)'
check "with its FSID and its monitors in quorum" ceph '
row = ceph["ceph-cluster"]["lab/ceph-cluster/ceph"]
check(len(row["fsid"]) == 36 and row["quorum_names"] == ["pve1", "pve2", "pve3"], row)'
check "three nodes that list three monitors are three daemons" ceph '
check([name for name in names["ceph-daemon"] if name.startswith("mon/")] == ["mon/pve1", "mon/pve2", "mon/pve3"], names["ceph-daemon"])'
check "each OSD of the tree and its shadows is there once, on its host" ceph '
hosts = {key.split("/")[2]: row["host"] for key, row in ceph["ceph-osd"].items()}
check(len(hosts) == 6 and sorted(hosts.values()) == ["pve1", "pve1", "pve2", "pve2", "pve3", "pve3"], hosts)'
check "pools have their rule by name, and their share in percent" ceph '
check(all(isinstance(row["crush_rule"], str) and 0 <= row["percent_used"] <= 100 for row in ceph["ceph-pool"].values()), ceph["ceph-pool"])'
check "a filesystem has its data pools on either version" ceph '
check(ceph["ceph-filesystem"] and all(row["data_pools"] for row in ceph["ceph-filesystem"].values()), ceph["ceph-filesystem"])'
check "rules have what the map says of them" ceph '
rule = ceph["ceph-crush-rule"]["lab/ceph-crush-rule/replicated_rule"]
check(rule["rule_id"] == 0 and rule["rule_type"] == "replicated" and len(rule["steps"]) == 3, rule)'
check "there are exactly the eleven flags of people" ceph '
check(names["ceph-flag"] == ["nobackfill", "nodeep-scrub", "nodown", "noin", "noout", "norebalance", "norecover", "noscrub",
                             "notieragent", "noup", "pause"], names["ceph-flag"])'
check "answers are kept whole" ceph '
check(all(row["payload"] for kind in ceph for row in ceph[kind].values()), ceph)'
check "no secret is in them" ceph 'check("AQ" not in str(ceph) and "keyring" not in str(ceph), ceph)'
check "numbers that always change alone write nothing" quiet
check "a node is found by its name, beside rows of the module" gives "0 4" sync --target pve1
check "which nothing can aim at" gives 64 sync --target lab/ceph/node
check "nor do they a second time" quiet

# Something happens
check "an OSD goes down" ctl set lab/ceph/osd/2 up=0
check "a sync notes it" gives "0 4" sync
check "in the OSD" ceph 'check(ceph["ceph-osd"]["lab/ceph-osd/2"]["up"] is False, ceph["ceph-osd"])'
check "in the health of the cluster" ceph 'check(health == "HEALTH_WARN", health)'
check "as a check" ceph '
row = ceph["ceph-health-check"]["lab/ceph-health-check/OSD_DOWN"]
check(row["severity"] == "HEALTH_WARN" and "1 osds down" in row["summary"] and row["first_seen_at"], row)'
check "and in the journal" journal '
check(("warning", "lab/ceph-osd/2: up: true -> false") in words, words)
check(("warning", "lab/cluster: stagebox_ceph_health: HEALTH_OK -> HEALTH_WARN") in words, words)'
check "once" quiet
check "it is up again" ctl set lab/ceph/osd/2 up=1
check "a sync notes that, too" gives "0 4" sync
check "the check is gone" ceph 'check(not ceph["ceph-health-check"] and health == "HEALTH_OK", ceph["ceph-health-check"])'
check "the journal has its end" journal 'check(("success", "lab/ceph-osd/2: up: false -> true") in words, words)'
check "a flag is set" ctl set lab/ceph/flag/noout value=1
check "an OSD is taken out" ctl set lab/ceph/osd/1 in=0
check "a daemon stops" ctl set lab/ceph/mgr/pve2 state=stopped
check "a pool is created" ctl add lab/ceph/pool/images
check "a sync writes all of it" gives "0 4" sync
check "to NetBox" ceph '
check(ceph["ceph-flag"]["lab/ceph-flag/noout"]["enabled"] is True, ceph["ceph-flag"])
check(ceph["ceph-osd"]["lab/ceph-osd/1"]["in_cluster"] is False, ceph["ceph-osd"])
check(ceph["ceph-daemon"]["lab/ceph-daemon/mgr/pve2"]["state"] == "stopped", ceph["ceph-daemon"])
check("images" in names["ceph-pool"], names)'
check "a pool is removed" ctl rm lab/ceph/pool/images
check "and so is its object, at once" gives "0 4" sync
check "with nothing else" ceph 'check("images" not in names["ceph-pool"] and len(names["ceph-osd"]) == 6, names)'

check "a manager is removed" ctl rm lab/ceph/mgr/pve3
check "with its object" gives "0 4" sync
check "and only it" ceph 'check("mgr/pve3" not in names["ceph-daemon"] and "mon/pve3" in names["ceph-daemon"], names)'
check "it is created again" ctl add lab/ceph/mgr/pve3
check "beside the monitor that has its name" gives "0 4" sync
check "in NetBox, too" ceph 'check("mgr/pve3" in names["ceph-daemon"] and "mon/pve3" in names["ceph-daemon"], names)'

# Selection
check "two stages are selected by their words, in any case" gives "0 4" sync --resources OSDs,pools,osds
check "and only they are recorded" ceph_stages 'check(sorted(stages) == ["osds", "pools"], list(stages))'
check "in the words of the user" last 'check(run["record"]["ceph_sync"]["params"]["resources"] == ["OSDs", "pools", "osds"], run["record"]["ceph_sync"]["params"])'
check "all of the module is a word, too" gives "0 4" sync --resources ceph.full
check "with seven stages" ceph_stages 'check(len(stages) == 7, list(stages))'
mark
check "an unknown word is refused" gives 64 sync --resources osds,discs
check "before any call" same "$(ceph_calls)" ''

# What cannot be read
before=$(ceph 'print(names)')
for list in pool osd mon fs rules; do
	check "$list answers 500 on each node" answers "/nodes/pve1/ceph/$list" "$broken"
	for node in pve2 pve3; do answers "/nodes/$node/ceph/$list" "$broken"; done
	mark
	check "$list: a sync with it is partial" gives 4 sync
	check "$list: nothing is deleted" same "$(ceph 'print(names)')" "$before"
	check "$list: nothing is written" look no-writes
	ctl clear
done
check "one node answers 500" answers "/nodes/pve1/ceph/status" "$broken"
mark
check "another one is asked" gives 0 sync
check "and then all the others" python3 -c '
import sys
calls = sys.argv[1].splitlines()
assert sum("/status" in call for call in calls) == 2 and not any("pve1" in call for call in calls[1:]), calls' "$(ceph_calls)"
ctl clear

# Hosts
check "an OSD is below no host" ctl set lab/ceph/osd/5 place=stray
check "its daemon says where it is" gives "0 4" sync
check "so that it stays" ceph 'check(ceph["ceph-osd"]["lab/ceph-osd/5"]["host"] == "pve3", ceph["ceph-osd"]["lab/ceph-osd/5"])'
check "the daemons cannot be listed" answers /cluster/ceph/metadata "$broken"
check "and it goes down" ctl set lab/ceph/osd/5 up=0
check "a sync is partial" gives 4 sync
check "with the reason" says 'hosts of OSDs: GET /cluster/ceph/metadata'
check "its state is noted, and its node stays" ceph '
row = ceph["ceph-osd"]["lab/ceph-osd/5"]
check(row["up"] is False and row["host"] == "pve3", row)'
check "as are all others" ceph 'check(len(ceph["ceph-osd"]) == 6, names["ceph-osd"])'
ctl clear
check "it is up again" ctl set lab/ceph/osd/5 up=1
check "below its host" ctl set lab/ceph/osd/5 place=
check "as the next sync says" gives "0 4" sync
check "in NetBox" ceph 'check(ceph["ceph-osd"]["lab/ceph-osd/5"]["up"] is True, ceph["ceph-osd"])'

# A node goes
check "a node goes offline" ctl fault lab node-offline pve3
check "a manager changes meanwhile" ctl set lab/ceph/mgr/pve2 state=standby
check "a sync" gives "0 4" sync
check "keeps the daemons of that node" ceph 'check("mgr/pve3" in names["ceph-daemon"], names["ceph-daemon"])'
check "and writes the others whole" ceph '
row = ceph["ceph-daemon"]["lab/ceph-daemon/mgr/pve2"]
check(row["state"] == "standby" and row["payload"].get("state") == "standby", row)'
ctl clear
check "the node returns" gives "0 4" sync

# Options
set_conf '$aoptions: { ceph: { pool_details = true; }; };'
check "with pool_details" gives "0 4" sync
check "the space that is left is written at once" ceph '
check(all(row["max_available_bytes"] for row in ceph["ceph-pool"].values()), ceph["ceph-pool"])'
check "and then like other numbers" quiet
set_conf '/^options: { ceph/d'

# No Ceph
check "the first node has no Ceph" ctl set lab/ceph/node/pve1 installed=0
check "the next one answers" gives "0 4" sync
check "for all stages" ceph_stages 'check(set(e["status"] for e in stages.values()) == {"ok"}, stages)'
check "flags come from the tree then" ceph 'check(len(names["ceph-flag"]) == 11 and ceph["ceph-flag"]["lab/ceph-flag/noout"]["enabled"] is True, names)'
check "the node has it again" ctl set lab/ceph/node/pve1 installed=1
before=$(ceph 'print(names)')
for state in absent uninitialized; do
	check "$state: Ceph is not there" ctl set lab/ceph state=$state
	mark
	check "$state: a sync is ok" gives 0 sync
	check "$state: its stages are skipped" ceph_stages 'check(set(e["status"] for e in stages.values()) == {"skipped"}, stages)'
	check "$state: they say why" ceph_stages 'check("no node has Ceph" in stages["status"]["error"], stages["status"])'
	check "$state: nothing changes" look no-writes
	check "$state: in NetBox" same "$(ceph 'print(names)')" "$before"
done
check "it is back" ctl set lab/ceph state=ready
check "as before" gives "0 4" sync

# Nothing writes to Ceph: all functions that can are in write.h
sed -n 's/.*\(sb_[a-z_]*\)(.*/\1/p' "$STAGEBOX_SRC/include/stagebox/write.h" | sort -u >"$TMPDIR/writing"
check "writes to Proxmox VE have functions of their own" has "$TMPDIR/writing" '^sb_act$'
for module in ceph ha; do
	nm -D --undefined-only "$(dirname "$STAGEBOX")/modules/$module.so" | sed 's/.* //; s/@.*//' | sort -u >"$TMPDIR/used"
	check "$module uses functions of stagebox" has "$TMPDIR/used" '^sb_rows_read$'
	check "$module uses none that writes to Proxmox VE" same "$(comm -12 "$TMPDIR/writing" "$TMPDIR/used")" ''
done

# An auditor
check "doctor knows what is needed" gives 0 doctor
check "the token may not read" ctl revoke Sys.Audit
check "doctor says so" gives 77 doctor
check "naming the privilege" out_has 'Sys.Audit'
ctl grant Sys.Audit
done_testing
