#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Actions on Proxmox VE: a stage plans them, only `stagebox apply` of a saved plan carries them out, with a token of its own.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
. "$e2e/lib_actions.sh"
power_or_skip "actions on Proxmox VE"
check "a lab with a module that acts" power_lab lab

power 'start = [ "107", "103" ]; restart = [ "104" ];'
mark
check "a plan has the actions" gives 2 plan -o "$TMPDIR/plan"
check "an action has its system, its name and what it was planned from" has "$TMPDIR/plan" \
	'"key":"lab/lxc/107","kind":"vm","stage":"power.guests","system":"pve","verb":"start","was":{"node":"pve[0-9]","status":"stopped"}'
check "a person reads what it does to which guest" out_has '! start lab/lxc/107'
check "a guest that is so already has none" has_not "$TMPDIR/plan" '"key":"lab/qemu/103"'
check "a plan writes nothing to Proxmox VE" same "$(posts)" 0
check "a plan, twice, is the same" gives 2 plan -o "$TMPDIR/plan2"
check "in its pure part" same_plan "$TMPDIR/plan" "$TMPDIR/plan2"
check "a sync leaves the actions out" gives 0 sync
check "and its record says so" last 'check("2 actions on Proxmox VE are left out" in json.dumps(run["record"]))'
check "a sync writes nothing to Proxmox VE" same "$(posts)" 0
check "its counters add up" sums same skipped

check "apply carries them out" gives 0 apply "$TMPDIR/plan"
check "each guest gets what its action says" began 107 start
check "in its steps" began 104 "stop start"
check "its counters add up" sums update
check "the record has the actions with their tasks" last '
stages = [s for part in run["record"].values() if isinstance(part, dict) and "response" in part
          for s in part["response"]["stages"]]
actions = [a for s in stages for a in s["response"].get("actions", [])]
check(sorted((a["key"], a["verb"], a["state"], len(a["calls"])) for a in actions) ==
      [("lab/lxc/107", "start", "done", 1), ("lab/qemu/104", "restart", "done", 2)], actions)
check(len(run["calls"]) == 3 and all(c["outcome"] == "done" and c["task"].startswith("UPID:") for c in run["calls"]), run["calls"])'
check "run show prints them" gives 0 run show last
check "with task and node" out_has '! start lab/lxc/107 on node pve[0-9]: done  UPID:'
mark
check "applying the plan once more" gives 0 apply "$TMPDIR/plan"
check "does nothing twice" same "$(posts)" 0
check "and counts the guests as the same" sums same
check "a sync afterwards has the new state in NetBox" gives 0 sync
check "of the started guest" netbox 'vm = [v for v in nb.all("virtualization/virtual-machines") if v["custom_fields"]["stagebox_key"] == "lab/lxc/107"]
check(vm[0]["status"]["value"] == "active", vm)'

# What the plan saw must still hold
power 'restart = [ "106" ];'
check "a plan for a guest that runs" gives 2 plan -o "$TMPDIR/stale"
check "which is stopped by somebody" ctl set lab/qemu/106 status=stopped
mark
check "is refused by its stage" gives "1 4" apply "$TMPDIR/stale"
check "with both states" says "it is stopped now, the plan saw it running"
check "and nothing is written" same "$(posts)" 0
check "back to a running guest" ctl set lab/qemu/106 status=running

# What was carried out is in the store alone
check "a plan with actions" gives 2 plan -o "$TMPDIR/other"
check "names its store" has "$TMPDIR/other" '"store":"[0-9a-f]*"'
mv "$lab/stagebox.db" "$TMPDIR/kept.db"
rm -f "$lab/stagebox.db-wal" "$lab/stagebox.db-shm"
mark
check "with another store" gives 5 apply "$TMPDIR/other"
check "is refused" says "was made with another store"
check "with what to do" says "if the store was deleted, make a new plan"
check "also with a plan of another site" says "If the plan is of another site, apply it with the configuration of that site"
check "and nothing is written" same "$(posts)" 0
check "the store is back" mv "$TMPDIR/kept.db" "$lab/stagebox.db"

# Gates
check "a plan" gives 2 plan -o "$TMPDIR/plan3"
cp "$config" "$TMPDIR/config"
set_conf 's/write_token = "[^"]*"; //'
mark
check "without a write_token it is refused" gives 5 apply "$TMPDIR/plan3"
check "and says what to set" err_has "endpoint lab has no write_token: set it"
check "nothing is written" same "$(posts)" 0
cp "$TMPDIR/config" "$config"
set_conf "s|lab/tokens/lab-write|no-such-file|"
check "a write_token that cannot be read" gives 78 apply "$TMPDIR/plan3"
check "is named" err_has "write_token"
cp "$TMPDIR/config" "$config"
# forged SCRIPT: the plan with a change, by a stranger who can make hashes
forged() { python3 "$e2e/plans.py" change "$TMPDIR/plan3" "$TMPDIR/forged" "op = doc['endpoints'][0]['ops'][0]
$1"; }
check "a plan with another action" forged "op['verb'] = 'destroy'"
check "that no stage declares is refused" gives 5 apply "$TMPDIR/forged"
check "by its name" err_has "destroy of lab/qemu/106: its stage has no such action"
check "a plan for another endpoint's guest" forged "op['key'] = 'edge/qemu/106'"
check "is refused" gives 5 apply "$TMPDIR/forged"
check "a plan for a system without actions" forged "op['system'] = 'ssh'"
check "is refused, too" gives "1 64 78" apply "$TMPDIR/forged"
check "nothing was written" same "$(posts)" 0

# What the server refuses
check "a task that fails" ctl fault pve:lab task-fail "disk is full"
check "ends its action" gives "1 4" apply "$TMPDIR/plan3"
check "with the words of the task" says "task UPID:[^ ]* failed: disk is full"
check "the fault ends" ctl clear
check "applied again, it is tried again" gives 0 apply "$TMPDIR/plan3"
check "and done once" began 106 "stop stop start"
power 'restart = [ "103" ];'
check "a plan for 103" gives 2 plan -o "$TMPDIR/plan4"
check "a token that has expired" ctl fault pve:lab write-token-expired
mark
check "cannot look" gives "1 4 77" apply "$TMPDIR/plan4"
check "and writes nothing" same "$(posts)" 0
check "the fault ends" ctl clear
check "an answer that is lost" ctl fault pve:lab lose-answer --times 1 --path status/stop
check "is found by its task" gives 0 apply "$TMPDIR/plan4"
check "and never sent twice" began 103 "stop start"

# What a module does wrong costs its action only
for each in nothing:"neither began a step nor ended" error:"it fails on request" other-node:'is not the name of a node' \
	twice:"one at a time"; do
	power 'restart = [ "103" ]; fault = "'"${each%%:*}"'";'
	check "fault ${each%%:*}: a plan" gives 2 plan -o "$TMPDIR/bad"
	mark
	check "fault ${each%%:*}: its action fails" gives "1 4" apply "$TMPDIR/bad"
	check "fault ${each%%:*}: with a reason" says "${each#*:}"
	check "fault ${each%%:*}: nothing is written" same "$(posts)" 0
done
power 'restart = [ "103" ]; fault = "crash";'
check "a module that crashes in apply" gives "1 4" apply "$TMPDIR/bad"
check "costs the run, which names it" says "power"
check "no secret is in the store" not grep -q -a -F "$(sed 's/.*=//' "$lab/tokens/lab-write")" "$lab/stagebox.db"
check "nor in a record" not grep -r -q -F "$(sed 's/.*=//' "$lab/tokens/lab-write")" "$TMPDIR/out" "$TMPDIR/err" "$TMPDIR/run.json"
check "the lab stops" lab_down
done_testing
