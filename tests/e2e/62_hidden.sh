#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A token that NetBox shows only some objects: what it cannot see is unknown, not absent, and is not created again.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
lab_up --guests 8 --endpoints 1
check "bootstrap" gives 0 bootstrap
mark
check "a first sync" gives 0 sync
check "into an empty NetBox asks no parent how much it has" not grep -q virtualmachine_count "$lab/requests.ndjson"
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
check "with a guest that is hidden from us a sync is partial" gives 4 sync
check "the reason names what is hidden, and how to see it" says 'view on virtualization.virtualmachine without constraints'
check "nothing is written" look no-writes
check "and NetBox is as it was" unchanged
check "the accounts balance" sums
ctl clear
check "seen again, it is as it was" gives 0 sync
check "and nothing was missing" unchanged

node=$(python3 - "$TMPDIR/before.json" <<'PY'
import json, sys
rows = json.load(open(sys.argv[1], encoding="utf-8"))["dcim/devices"]
print(sorted(row["name"] for row in rows)[0])
PY
)
ctl fault netbox hide "dcim.device=$node"
mark
check "a node that is hidden makes it partial, too" gives 4 sync
check "and is named by its type" says 'view on dcim.device without constraints'
check "no second one is made" unchanged
ctl clear
mark
check "after that all is well" gives 0 sync
check "without a write" look no-writes
done_testing
