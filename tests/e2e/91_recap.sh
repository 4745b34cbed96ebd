#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
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
lab_down
done_testing
