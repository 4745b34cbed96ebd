#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Custom fields that people require in NetBox: their default is sent, and a field without one is named.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
no_refusals() { look statuses >"$TMPDIR/statuses"; has_not "$TMPDIR/statuses" '[45][0-9][0-9]'; }
require() { # TYPES DEFAULT
	netbox 'nb.call("POST", "extras/custom-fields/", {"name": "monitoring", "type": "text", "required": True, "default": '"$2"', "object_types": ['"$1"']})'
}
lab=$TMPDIR/default
lab_up --guests 8 --endpoints 1
check "bootstrap" gives 0 bootstrap
check "people require a custom field with a default" require '"virtualization.virtualmachine", "dcim.device", "dcim.site", "virtualization.vminterface"' '"yes"'
mark
check "the first sync succeeds" gives 0 sync
check "no write is refused" no_refusals
check "all objects have the default" netbox '
for path in ("virtualization/virtual-machines", "dcim/devices", "virtualization/interfaces"):
    rows = nb.all(path)
    check(rows and all(row["custom_fields"]["monitoring"] == "yes" for row in rows), path, len(rows))'
check "people set another value" netbox '
vm = nb.one("virtualization/virtual-machines", "lab/qemu/101")
nb.call("PATCH", "virtualization/virtual-machines/%d/" % vm["id"], {"custom_fields": {"monitoring": "no"}})'
mark
check "the second sync succeeds" gives 0 sync
check "the second sync writes nothing" look no-writes
ctl set lab/qemu/101 memory=3333
check "an update succeeds" gives 0 sync
check "and leaves the value of people" netbox 'check(nb.one("virtualization/virtual-machines", "lab/qemu/101")["custom_fields"]["monitoring"] == "no")'
lab_down

lab=$TMPDIR/none
lab_up --guests 8 --endpoints 1
check "bootstrap" gives 0 bootstrap
check "people require a custom field without a default" require '"virtualization.virtualmachine"' None
mark
check "the sync is partial" gives 4 sync
check "no write is refused" no_refusals
check "the field is named with what to do" says 'requires the custom field "monitoring" of every virtualization.virtualmachine and has no default for it: set a default in NetBox'
check "everything else is there" netbox '
check(len(nb.all("dcim/devices")) == 3 and nb.all("dcim/interfaces"))'
check "the accounts balance" sums create unknown
mark
check "the second sync is partial" gives 4 sync
check "and writes nothing" look no-writes
check "people give it a default" netbox '
row = nb.all("extras/custom-fields", "&name=monitoring")[0]
nb.call("PATCH", "extras/custom-fields/%d/" % row["id"], {"default": "yes"})'
check "the next sync creates the guests" gives 0 sync
check "NetBox equals Proxmox VE" mirrors
lab_down
done_testing
