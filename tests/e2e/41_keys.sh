#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# An object with a key that cannot be printed costs itself only: it is named, kept, and everything else is synced.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
lab_up --guests 4 --endpoints 1
check "bootstrap" gives 0 bootstrap
check "the first sync succeeds" gives 0 sync
check "somebody adds addresses with keys of ours that cannot be printed" netbox '
for number, end in ((1, "\u202eevil"), (2, "\u0007")):
    nb.call("POST", "ipam/ip-addresses/", {"address": "198.51.100.%d/32" % number, "custom_fields": {"stagebox_key": "lab/qemu/101/net0/ip/" + end}})'
ctl set lab/qemu/101 memory=6000
check "a sync is partial" gives 4 sync
check "it names the object by its URL" out_has '/ipam/ip-addresses/[0-9]*/ has a stagebox_key with a character that cannot be printed'
check "the change of a guest is written" netbox 'check(nb.one("virtualization/virtual-machines", "lab/qemu/101")["memory"] == 6000)'
check "the addresses are still there" netbox '
for number in (1, 2):
    check(nb.all("ipam/ip-addresses", "&address=198.51.100.%d" % number), number)'
check "the accounts balance" sums same
mark
check "the next sync says the same" gives 4 sync
check "and writes nothing" look no-writes
check "people delete them" netbox '
for number in (1, 2):
    for row in nb.all("ipam/ip-addresses", "&address=198.51.100.%d" % number):
        nb.call("DELETE", "ipam/ip-addresses/%d/" % row["id"])'
check "then all is well" gives 0 sync
check "the store has such keys of an earlier version" python3 -c '
import sqlite3, sys, time
with sqlite3.connect(sys.argv[1]) as store:
    key, now = "lab/qemu/101/net0/ip/\u202eevil", int(time.time()) - 60
    store.execute("INSERT INTO miss VALUES (?, ?, 1, ?)", ("lab", key, now))
    store.execute("INSERT INTO agent VALUES (?, ?, ?, 1, ?, 8000, ?)", ("lab", key, "silent", now, "c"))
    for each in (key, ""):
        store.execute("INSERT INTO refusal VALUES (?, ?, ?, ?, ?, ?, ?, ?)", ("lab", "vm", each, "memory", "", "no", sys.argv[2] + ".3", now))' "$lab/stagebox.db" "$netbox_version"
ctl set lab/qemu/101 memory=6001
check "the next sync does without them" gives 0 sync

# The same from Proxmox VE.
odd=$(printf 'vm\342\200\256br9')
ctl set lab/node/pve1 "iface/$odd.type=bridge" "iface/$odd.active=1" "iface/$odd.cidr=10.88.0.1/24"
ctl set lab/node/pve1 iface/br8.type=bridge iface/br8.active=1
check "a node gets an interface whose name cannot be printed, and the sync is partial" gives 4 sync
check "it says what to do" out_has 'its name in Proxmox VE contains a character that cannot be printed.*rename it there'
check "the other new interface is created" netbox 'check(nb.one("dcim/interfaces", "lab/node/pve1/br8"))'
check "the accounts balance" sums create unknown
lab_down
done_testing
