#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Objects that lost their key, because an administrator took their type from the custom field, are taken back as ours;
# what a person created is adopted.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
lab_up --guests 4 --endpoints 1
check "bootstrap" gives 0 bootstrap
ctl add lab/qemu/700
check "the first sync" gives 0 sync
check "addresses lose their key" netbox '
field = [row for row in nb.all("extras/custom-fields") if row["name"] == "stagebox_key"][0]
types = field["object_types"]
rows = nb.all("ipam/ip-addresses")
check(rows)
for row in rows:
    person.call("PATCH", "ipam/ip-addresses/%d/" % row["id"], {"custom_fields": {"stagebox_key": None}})'
check "and a person creates another one on an interface" netbox '
nic = nb.one("virtualization/interfaces", "lab/qemu/700/net0")
person.call("POST", "ipam/ip-addresses/", {"address": "10.99.0.9/24", "assigned_object_id": nic["id"],
            "assigned_object_type": "virtualization.vminterface", "custom_fields": {"stagebox_adopted": False}})'
ctl set lab/qemu/700 agent=1 status=running ip/net0=10.99.0.9/24
check "a sync succeeds" gives "0 4" sync
check "what stagebox created is ours again and not adopted" netbox '
rows = [row for row in nb.all("ipam/ip-addresses") if row["address"] != "10.99.0.9/24"]
check(rows)
back = [row for row in rows if row["custom_fields"]["stagebox_key"]]
check(back and len(back) >= len(rows) - 2, rows) # a guest that is off does not report its own
for row in rows:
    check(row["custom_fields"]["stagebox_adopted"] is False, row["address"], row["custom_fields"])'
check "what the person created is adopted" netbox '
row = nb.one("ipam/ip-addresses", "lab/qemu/700/net0/ip/10.99.0.9")
check(row["custom_fields"]["stagebox_adopted"] is True, row["custom_fields"])'
check "all accounts balance" sums
mark
check "a second sync succeeds" gives "0 4" sync
check "and writes nothing" look no-writes
done_testing
