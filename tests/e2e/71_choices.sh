#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# FIELD_CHOICES of NetBox: a status that it does not offer is not written, and nothing else is lost.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
no_refusals() { look statuses >"$TMPDIR/statuses"; has_not "$TMPDIR/statuses" '[45][0-9][0-9]'; }
status_of() { netbox 'print((nb.one("virtualization/virtual-machines", "'"$1"'") or {"status": {"value": "none"}})["status"]["value"])'; }
options() { python3 -c '
import json, sys
log = [json.loads(line) for line in open(sys.argv[1])][int(sys.argv[2]):]
print(sum(1 for entry in log if entry["method"] == "OPTIONS"))' "$lab/requests.ndjson" "$since"; }
lab_up --guests 8 --endpoints 1
check "bootstrap" gives 0 bootstrap
ctl set lab/qemu/101 status=paused
ctl fault netbox choices virtualization.virtualmachine.status=active,offline,planned
mark
check "a sync of a paused guest is partial where NetBox has no such status" gives 4 sync
check "no write is refused" no_refusals
check "the output names the status and what to do, once" same "$(grep -c 'does not offer the status "paused": add it to FIELD_CHOICES' "$TMPDIR/out")" 1
check "the guest is there, and not active" same "$(status_of lab/qemu/101)" offline
check "with all its parts" netbox '
check([row for row in nb.all("virtualization/interfaces") if row["custom_fields"]["stagebox_key"].startswith("lab/qemu/101/")])'
check "the accounts balance" sums create
mark
check "the second sync is partial" gives 4 sync
check "it writes nothing" look no-writes
check "it says the same once" same "$(grep -c 'does not offer the status "paused"' "$TMPDIR/out")" 1
check "the choices cost one request" same "$(options)" 1
ctl set lab/qemu/101 status=running
check "a status that NetBox offers is written" gives 0 sync
check "NetBox has it" same "$(status_of lab/qemu/101)" active
mark
check "a sync without a change succeeds" gives 0 sync
check "and does not ask for choices" same "$(options)" 0
ctl clear
ctl fault netbox choices virtualization.virtualmachine.status=active,decommissioning
ctl add lab/qemu/700
ctl set lab/qemu/700 status=paused
check "a new guest waits when NetBox offers no status for it" gives 4 sync
check "it is not there" same "$(status_of lab/qemu/700)" none
check "the reason is reported" says 'lab/qemu/700 is not created: NetBox does not offer the status "paused"'
check "the accounts balance" sums unknown
ctl clear
check "it is created when NetBox offers the status" gives 0 sync
check "with its status" same "$(status_of lab/qemu/700)" paused
done_testing
