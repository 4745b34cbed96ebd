#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Nothing is passed over in silence, and numbers agree: vanished objects, causes, counters, exit codes, output.
. "$STAGEBOX_SRC/tests/e2e/lib.sh"
lines() { same "$(wc -l <"$1" | tr -d ' ')" "$2"; }
# document PYTHON: a condition on doc, the JSON of the last output
document() { python3 -c "import json, sys; doc = json.load(open(sys.argv[1])); sys.exit(0 if ($1) else print(json.dumps(doc)[:3000]) or 1)" "$TMPDIR/out"; }
last_line() { tail -n 1 "$1" >"$TMPDIR/tail" && has "$TMPDIR/tail" "$2"; }
# stop_writing: interrupts a sync while a write is held
stop_writing() {
	ctl hold-write 6 commit || return 1
	"$STAGEBOX" sync --config "$config" >"$TMPDIR/out" 2>"$TMPDIR/err" &
	pid=$!
	wait_for 60 grep -q '"held":true' "$lab/requests.ndjson" || return 1
	kill -INT "$pid"
	wait "$pid"
	same $? 130
}

lab_up --guests 12 --endpoints 1
gives 0 bootstrap
check "a sync is interrupted while it writes" stop_writing
check "its output names what the journal knows of it" out_has 'written before it was stopped, by the journal: [1-9][0-9]* created'
check "the last line counts it, too" last_line "$TMPDIR/out" '^[1-9][0-9]* changes (.*; not done: lab (cancelled'
check "the sync after it says that it waits, for what and how long" gives 0 sync
check "the waiting names seconds and setting" err_has 'waiting up to [0-9]* s: requests of an earlier run without an answer.*netbox.settle'
check "a sync without changes is one line" gives 0 sync
check "the line has objects, seconds and run" out_has '^lab: no changes, [0-9]* objects.*, [0-9.]* s (run [0-9]*)$'
check "there is no other line" lines "$TMPDIR/out" 1
check "and nothing on stderr" lines "$TMPDIR/err" 0
check "with --verbose it is the table" gives 0 sync --verbose
check "whose last row is the sum" out_has '^total '
check "a quiet sync prints nothing" gives 0 sync -q
check "neither on stdout" lines "$TMPDIR/out" 0
check "nor on stderr" lines "$TMPDIR/err" 0

ctl set lab/qemu/101 scsi6=local-lvm:vm-101-disk-6,size=0T scsi7=local-lvm:vm-101-disk-7,size=0T
check "a plan with disks that are skipped" gives 0 plan
check "names the cause" out_has '^[a-z: ]*2 skipped: its size is 0, which means no limit'
check "a sync skips them, too" gives 0 sync --format json
check "its JSON has the cause with its objects" document 'any("its size is 0" in c["text"] and sorted(c["keys"]) == ["lab/qemu/101/scsi6", "lab/qemu/101/scsi7"] and c["skipped"] == 2 for part in doc["runs"][0]["record"].values() if isinstance(part, dict) and "response" in part for s in part["response"]["stages"] for c in s["response"].get("causes", []))'
check "skipped objects of causes are those of the counters" document 'all(sum(c.get("skipped", 0) for c in s["response"].get("causes", [])) == s["response"]["counts"].get("skipped", 0) for part in doc["runs"][0]["record"].values() if isinstance(part, dict) and "response" in part for s in part["response"]["stages"])'
check "with --verbose the objects are below their cause" gives 0 sync -v
check "by their keys" out_has '^    lab/qemu/101/scsi7'
ctl set lab/qemu/101 scsi6= scsi7=

ctl rm lab/qemu/104
check "a guest vanishes and a sync keeps it" gives 0 sync
check "the sync names it" out_has '^1 guest is gone at the source and kept (prune is off): lab/qemu/104 '
check "the table has a column for it" gives 0 sync -v
check "with its parts" out_has ' KEPT '
check "stale lists it" gives 0 stale
check "with key, kind and reason" out_has 'lab/qemu/104 .* guest .* prune is off'
check "stale gives JSON" gives 0 stale --format json
check "with name, runs and parts" document 'len(doc) == 1 and doc[0]["key"] == "lab/qemu/104" and doc[0]["runs"] >= 2 and doc[0]["parts"] > 0 and doc[0]["name"]'
check "a plan lists what prune would delete" gives 0 plan
check "although there are no changes" out_has '  = lab/qemu/104 .* part'

prune_on
check "a plan with prune" gives 2 plan -o "$TMPDIR/plan" --format json
planned=$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["summary"]["delete"])' "$TMPDIR/out")
check "counts the parts of a guest as a run does" test "$planned" -gt 2
check "an audit counts the same" gives 0 audit-takeover --format json
check "in objects" document "doc['cost']['objects'] == $planned"
check "a limit on objects counts them, too" gives 5 plan --max-objects "$((planned - 1))"
check "show prints the saved plan" gives 0 show "$TMPDIR/plan"
check "with the name and the parts of the guest" out_has '  - lab/qemu/104 ".*", with its parts: '
check "and the kinds at its end" out_has '^guests  *1$'
check "apply carries it out" gives 0 apply "$TMPDIR/plan" --format json
check "and counts the same" document "doc['runs'][0]['totals']['delete'] == $planned"
check "nothing is stale any more" gives 0 stale
check "and stale says so" out_has 'No object is gone'

ctl fault lab node-offline pve2
check "one node is offline" gives 4 sync
check "one cause is one line, with the number of objects" out_has '^[0-9]* unknown.*: node pve2 is not online$'
check "and the only one of this cause" same "$(grep -c 'pve2 is not online' "$TMPDIR/out")" 1
check "the JSON has all objects of the cause" gives 4 sync --format json
check "as many as it counts" document 'all(c["objects"] == len(c["keys"]) for part in doc["runs"][0]["record"].values() if isinstance(part, dict) and "response" in part for s in part["response"]["stages"] for c in s["response"].get("causes", []) if c["keys"])'
check "unknown objects of causes are those of the counters" document 'all(sum(c.get("unknown", 0) for c in s["response"].get("causes", [])) == s["response"]["counts"].get("unknown", 0) for part in doc["runs"][0]["record"].values() if isinstance(part, dict) and "response" in part for s in part["response"]["stages"])'
check "with --verbose they are printed" gives 4 sync -v
check "below the cause" out_has '^    lab/lxc/'
check "a quiet sync prints the cause on stderr" gives 4 sync -q
check "and only there" lines "$TMPDIR/out" 0
check "with the endpoint" err_has '^lab: [0-9]* unknown.*: node pve2 is not online'
ctl clear

ctl set lab/qemu/103 description='first line
second line' memory=3072
check "a plan of changed notes and memory" gives 2 plan
check "has a unit" out_has 'memory: [0-9]* MiB -> 3072 MiB'
check "shows ends of lines" out_has 'first line.nsecond line'
check "names the guest" out_has '  ~ lab/qemu/103 "'
check "a sync writes them" gives 0 sync
check "runs has duration, exit code and counts" gives 0 runs
check "in its newest row" out_has ' ok  *0 .* changed'
check "run show --changes prints what was written" gives 0 run show last --changes
check "with key and value" out_has '  ~ lab/qemu/103  .*memory: 3072 MiB'

ctl fault netbox reject-name poison
ctl add lab/qemu/195
ctl set lab/qemu/195 name=poison
check "NetBox refuses one object" gives "1 4" sync --format json
check "a stage with a failed object is not ok" document 'all(s["status"] != "ok" for part in doc["runs"][0]["record"].values() if isinstance(part, dict) and "response" in part for s in part["response"]["stages"] if s["response"]["counts"]["failed"]) and doc["runs"][0]["totals"]["failed"] >= 1'
check "failed objects of causes are those of the counters" document 'all(sum(c.get("failed", 0) for c in s["response"].get("causes", [])) >= s["response"]["counts"]["failed"] for part in doc["runs"][0]["record"].values() if isinstance(part, dict) and "response" in part for s in part["response"]["stages"])'
ctl clear
lab_down
done_testing
