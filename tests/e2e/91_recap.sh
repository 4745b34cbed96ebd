#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# full netbox
# Several endpoints in one command: exit codes, the recap, duplicates between them, a target.
. "$STAGEBOX_SRC/tests/e2e/lib.sh"
document() { python3 -c "import json, sys; doc = json.load(open(sys.argv[1])); sys.exit(0 if ($1) else print(json.dumps(doc)[:3000]) or 1)" "$TMPDIR/out"; }
last_line() { tail -n 1 "$1" >"$TMPDIR/tail" && has "$TMPDIR/tail" "$2"; }

lab_up --guests 12 --endpoints 2
gives 0 bootstrap
check "a first sync of two endpoints" gives 0 sync
check "ends with a recap of both" out_has '^ENDPOINT  STATUS'
check "no line of a table is wider than 80 characters" sh -c '! grep -E "^(STAGE|shared|cluster|qemu|lxc|total|ENDPOINT|lab |edge )" "$1" | grep -E "^.{81}"' sh "$TMPDIR/out"
check "names that both endpoints have are reported" out_has '^duplicate: guest name .*: lab/.*, edge/'
check "run show last shows the whole command" gives 0 run show last
check "with the first endpoint" out_has ' sync of "lab": ok'
check "and the last" out_has ' sync of "edge": ok'
check "in JSON it is the last run, with all runs" gives 0 run show last --format json
check "of the command" document '[r["endpoint"] for r in doc["runs"]] == ["lab", "edge"] and doc["endpoint"] == "edge"'

# A plan of one endpoint of two is not the plan of both.
check "nothing changes, and one endpoint cannot be read" ctl fault edge drop
check "a plan of both" gives 4 plan
check "does not say that nothing would be written" has_not "$TMPDIR/out" 'nothing would be written'
check "and names the endpoint in its last lines" out_has '; not planned: edge$'
ctl clear

# Addresses and MAC addresses that both endpoints have; the address is written once, by the first one.
for each in lab edge; do ctl set $each/qemu/101 net0=virtio=BC:24:11:91:00:01,bridge=vmbr0 ip/net0=10.91.0.5/24; done
once() { same "$(grep -c "^duplicate: $1" "$TMPDIR/out")" 1; }
check "a plan of both endpoints" gives "2 3" plan
check "reports the address once" once 'address 10.91.0.5: lab/qemu/101, edge/qemu/101$'
check "and the MAC address" once 'MAC address bc:24:11:91:00:01: lab/qemu/101, edge/qemu/101$'
check "a sync of both" gives "0 3" sync
check "reports the address once" once 'address 10.91.0.5: lab/qemu/101, edge/qemu/101$'
check "and the MAC address" once 'MAC address bc:24:11:91:00:01: lab/qemu/101, edge/qemu/101$'
check "in JSON, too" gives "0 3" sync --format json
check "beside the runs" document '{"what": "address", "value": "10.91.0.5", "keys": ["lab/qemu/101", "edge/qemu/101"]} in doc["duplicates"]'
ctl set lab/qemu/103 ip/net0=10.91.0.5/24
check "a second guest of one endpoint has it" gives "0 2 3" plan --endpoint lab
check "which is reported" once 'address 10.91.0.5: lab/qemu/101, lab/qemu/103$'
check "by a sync, too" gives "0 3" sync --endpoint lab
check "once" once 'address 10.91.0.5: lab/qemu/101, lab/qemu/103$'
ctl set lab/qemu/103 ip/net0=10.91.0.103/24
ctl set edge/qemu/101 net0=virtio=BC:24:11:91:00:02,bridge=vmbr0 ip/net0=10.91.1.5/24
check "without them" gives "0 4" sync
check "it is not reported any more" has_not "$TMPDIR/out" '10.91.0.5'

ctl fault edge drop
check "an endpoint that cannot be reached beside one that was done is 4" gives 4 sync
check "the last line names it" last_line "$TMPDIR/out" 'not done: edge (failed, net)$'
check "its error is on stderr" err_has '^stagebox: edge: '
check "a plan has the same code, with changes or not" gives 4 plan
ctl fault lab drop
check "no endpoint that was done is 69" gives 69 sync
ctl clear
ctl fault netbox drop
check "a NetBox that cannot be reached is 69" gives 69 sync
check "and one line for all endpoints" same "$(grep -c '^stagebox: lab, edge: ' "$TMPDIR/err") $(grep -c '^stagebox: ' "$TMPDIR/err")" "1 1"
ctl clear

asked() { sed -n "$((since + 1)),\$p" "$lab/requests.ndjson" | grep -c "\"server\":\"pve:$1\""; }
refused() { gives 64 "$@" && same "$(writes)" 0; }
mark
check "a target that matches nothing is refused" refused sync --target lab/qemu/1010
check "with the key that was meant" err_has 'did you mean "lab/qemu/10[0-9]"'
check "so is one of an endpoint that does not exist" refused plan --target labb/qemu/101
check "with the keys that there are" err_has 'keys begin with: lab/... edge/...'
check "a name that both endpoints have is refused" refused sync --target web01
check "with its keys" err_has 'lab/qemu/101, edge/qemu/101'
check "so is a name that nothing has" refused sync --target wbe01x
ctl set lab/qemu/101 name=unique memory=5000
ctl set lab/qemu/103 memory=5000
gives 0 sync --target lab/qemu/103
mark
check "a unique name is a target" gives 0 sync --target Unique -v
check "its object is written" out_has '^1 change (0 created, 1 updated'
check "its endpoint alone is synced" has_not "$TMPDIR/out" '^edge'
mark
check "a VMID that several endpoints have is refused" refused sync --target 101
check "with the keys" err_has 'lab/qemu/101'
ctl add edge/qemu/777
check "a VMID that one has is a target" gives 2 plan --target 777
check "of its endpoint alone" has_not "$TMPDIR/out" '^lab'
ctl rm edge/qemu/777
mark
check "a key asks its endpoint only" gives 0 plan --target edge/qemu/101
check "and not the other one" same "$(asked lab)" 0
check "the count is of real requests" test "$(asked edge)" -gt 0
ctl fault edge drop
check "a key needs no other endpoint" gives 0 plan --target lab/qemu/101
check "a name needs all" gives 69 plan --target unique
ctl clear
lab_down
done_testing
