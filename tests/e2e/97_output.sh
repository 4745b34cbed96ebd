#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What people read: the live line of a run, seconds that add up, names and order in a plan.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
document() { python3 -c "import json, sys; doc = json.load(open(sys.argv[1])); sys.exit(0 if ($1) else print(json.dumps(doc)[:3000]) or 1)" "$TMPDIR/out"; }
# on_terminal FILE COMMAND...: runs the program with a terminal as stderr; FILE gets what that shows, one state per line
on_terminal() {
	python3 - "$1" "$STAGEBOX" "$2" --config "$config" <<'PY'
import os, pty, subprocess, sys
ours, theirs = pty.openpty()
job = subprocess.Popen(sys.argv[2:], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=theirs)
os.close(theirs)
shown = b""
while True:
    try:
        part = os.read(ours, 65536)
    except OSError:  # the last process that had it is gone
        break
    if not part:
        break
    shown += part
with open(sys.argv[1], "w", encoding="utf-8") as out:
    out.write(shown.decode("utf-8", "replace").replace("\033[K", "").replace("\r", "\n"))
sys.exit(job.wait())
PY
}

lab_up --guests 24 --endpoints 1
check "bootstrap" gives 0 bootstrap
check "a first sync at a terminal" on_terminal "$TMPDIR/shown" sync
check "shows what it reads" has "$TMPDIR/shown" '^lab  reading  '
check "and then how much is written of the whole run" has "$TMPDIR/shown" '^lab  writing  [0-9]* of [0-9]* objects'
one_total() { # the total is that of the run, so it does not change with the stage
	sed -n 's/^lab  writing  [0-9]* of \([0-9]*\) objects.*/\1/p' "$TMPDIR/shown" | sort -u >"$TMPDIR/totals"
	same "$(wc -l <"$TMPDIR/totals" | tr -d ' ')" 1
}
check "with one total from the first to the last stage" one_total
grows() { sed -n 's/^lab  writing  \([0-9]*\) of .*/\1/p' "$TMPDIR/shown" >"$TMPDIR/done" && sort -n "$TMPDIR/done" | cmp - "$TMPDIR/done"; }
check "and a number that only grows" grows
check "no line is left behind" same "$(tail -c 1 "$TMPDIR/shown" | tr -d '\n')" ''
check "without a terminal there is no such line" gives 0 sync
check "but nothing" same "$(cat "$TMPDIR/err")" ''

ctl set lab/qemu/101 memory=7168
started=$(date +%s)
check "a sync with a change" gives 0 sync --format json
ended=$(date +%s)
check "its seconds are the sum of those of its stages" document 'abs(doc["runs"][0]["totals"]["seconds"] - sum(s["own_seconds"] for part in doc["runs"][0]["record"].values() if isinstance(part, dict) and "response" in part for s in part["response"]["stages"])) < 0.1'
check "and not more than it took" document "doc['runs'][0]['totals']['seconds'] <= $ended - $started + 1"
check "the table of the run" gives 0 run show last
sum_is_total() { awk '$1 == "total" { total = $NF } /^(shared|cluster|qemu|lxc)/ { sum += $NF } END { print sum, total; exit !(sum - total < 1 && total - sum < 1) }' "$TMPDIR/out"; }
check "has the sum of its column SECONDS in its last row" sum_is_total

ctl set lab/qemu/101 'net0=virtio=BC:24:11:97:00:01,bridge=vmbr0,trunks=100;20;3'
ctl move lab/qemu/103 pve2
check "a plan with new VLANs and a guest on another node" gives 2 plan
check "sorts VLANs by number" out_has 'tagged_vlans: .*vlan/lab/3\b.*vlan/lab/20\b.*vlan/lab/100\b'
check "also those that are created" sh -c 'grep -o "^  + vlan/lab/[0-9]*" "$1" | grep -o "[0-9]*$" >"$2" && sort -n "$2" | cmp - "$2"' sh "$TMPDIR/out" "$TMPDIR/vlans"
check "names a reference by its key" out_has 'device: lab/node/pve[13].* -> lab/node/pve2'
check "and no object by its id" has_not "$TMPDIR/out" '"id"'
lab_down
done_testing
