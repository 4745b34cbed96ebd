#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# NetBox shows a token only some objects: hidden objects are unknown, not absent, and are not created again.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
lab_up --guests 8 --endpoints 1
check "bootstrap prepares NetBox" gives 0 bootstrap
mark
check "a first sync succeeds" gives 0 sync
check "a first sync into an empty NetBox does not request the counts of parents" not grep -q virtualmachine_count "$lab/requests.ndjson"
dump "$TMPDIR/before.json"
name=$(python3 - "$TMPDIR/before.json" <<'PY'
import json, sys
rows = json.load(open(sys.argv[1], encoding="utf-8"))["virtualization/virtual-machines"]
print(sorted(row["name"] for row in rows)[0])
PY
)
unchanged() { dump "$TMPDIR/now.json" && same_state "$TMPDIR/before.json" "$TMPDIR/now.json"; }

ctl fault netbox hide "virtualization.virtualmachine=$name"
mark
check "a sync with a guest that is hidden from the token is partial" gives 4 sync
check "the reason names the hidden object type and the permission to grant" says 'unconstrained view permission on virtualization.virtualmachine'
check "the partial sync writes nothing" look no-writes
check "the partial sync leaves NetBox unchanged" unchanged
check "the accounts balance" sums
ctl clear
check "a sync that sees the guest again succeeds" gives 0 sync
check "a sync that sees the guest again leaves NetBox unchanged" unchanged

node=$(python3 - "$TMPDIR/before.json" <<'PY'
import json, sys
rows = json.load(open(sys.argv[1], encoding="utf-8"))["dcim/devices"]
print(sorted(row["name"] for row in rows)[0])
PY
)
ctl fault netbox hide "dcim.device=$node"
mark
check "a sync with a hidden node is partial" gives 4 sync
check "the reason names the object type of nodes" says 'unconstrained view permission on dcim.device'
check "no duplicate of the node is created" unchanged
ctl clear
mark
check "a sync that sees the node again succeeds" gives 0 sync
check "a sync that sees the node again writes nothing" look no-writes
done_testing
