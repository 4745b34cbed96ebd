#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# full netbox
# versions netbox
# A part that vanishes is deleted at once, unless people worked on it: then it stays, is listed, and is deleted with its
# parent, or by the rules of prune. A guest that reports no address is not believed at once.
# slow
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
lab_up --guests 6 --endpoints 1
agent='agent=1 status=running'
# shellcheck disable=SC2086 # words
vm() { ctl add "lab/qemu/$1" && ctl set "lab/qemu/$1" $agent "ip/net0=$2" "scsi5=local-lvm:vm-$1-disk-5,size=5G" \
	net5=virtio,bridge=vmbr0; }
check "bootstrap" gives 0 bootstrap
# A custom field with a default value is on every object, which is not people's work.
check "a person makes custom fields" netbox '
for name, default in (("monitoring", "yes"), ("rack_unit", None)):
    person.call("POST", "extras/custom-fields/", {"name": name, "type": "text", "default": default,
        "object_types": ["virtualization.vminterface", "virtualization.virtualdisk", "ipam.ipaddress", "dcim.interface"]})'
for each in 700 701 702 703 704; do vm $each 10.20.99.$((each - 690))/24; done
for each in br7 br8 br9; do ctl set lab/node/pve1 iface/$each.type=bridge iface/$each.active=1; done
check "the first sync" gives 0 sync
check "people work on parts: a description, tag, value, address, cable, and nothing" netbox '
patch = lambda path, key, body: person.call("PATCH", "%s/%d/" % (path, nb.one(path, key)["id"]), body)
tag = person.call("POST", "extras/tags/", {"name": "inventory", "slug": "inventory"})
patch("virtualization/virtual-disks", "lab/qemu/700/scsi5", {"description": "the database"})
patch("virtualization/virtual-disks", "lab/qemu/701/scsi5", {"tags": [tag["id"]]})
patch("virtualization/virtual-disks", "lab/qemu/702/scsi5", {"custom_fields": {"rack_unit": "7"}})
person.call("POST", "ipam/ip-addresses/", {"address": "10.99.9.9/24", "assigned_object_type": "virtualization.vminterface",
            "assigned_object_id": nb.one("virtualization/interfaces", "lab/qemu/700/net5")["id"]})
patch("dcim/interfaces", "lab/node/pve1/br8", {"description": "the lab of Anna"})
patch("dcim/interfaces", "lab/node/pve1/br9", {"type": "1000base-t", "mark_connected": True})'
for each in 700 701 702 703; do ctl set lab/qemu/$each scsi5= net5=; done
for each in br7 br8 br9; do ctl set lab/node/pve1 iface/$each.type=; done

check "a plan succeeds" gives 2 plan
check "and lists the parts that are kept, with the reason" out_has 'lab/qemu/701/scsi5.*people gave it a tag'
check "a sync succeeds" gives 0 sync
there() { netbox '
keys = [row["custom_fields"]["stagebox_key"] for path in ("virtualization/virtual-disks", "virtualization/interfaces",
        "dcim/interfaces", "ipam/ip-addresses") for row in nb.all(path)]
missing = [key for key in "'"$1"'".split() if key not in keys]
extra = [key for key in "'"$2"'".split() if key in keys]
check(not missing and not extra, "missing", missing, "not deleted", extra)'; }
kept='lab/qemu/700/scsi5 lab/qemu/701/scsi5 lab/qemu/702/scsi5 lab/qemu/700/net5 lab/node/pve1/br8 lab/node/pve1/br9'
check "parts that people worked on are there, all others are deleted" there "$kept" \
	"lab/qemu/703/scsi5 lab/qemu/701/net5 lab/qemu/702/net5 lab/qemu/703/net5 lab/node/pve1/br7"
check "the run lists them" last '
entries = {entry["key"]: entry["why"] for entry in run["record"]["kept"]}
check(sorted(entries) == sorted("'"$kept"'".split()), entries)
check("description" in entries["lab/qemu/700/scsi5"] and "rack_unit" in entries["lab/qemu/702/scsi5"], entries)
check("10.99.9.9" in entries["lab/qemu/700/net5"] and "cable" in entries["lab/node/pve1/br9"], entries)'
check "and all accounts balance" sums
mark
check "the next sync keeps them" gives 0 sync
check "and counts them in its line" says 'lab: no changes.* parts kept (see --verbose)'
check "and writes nothing" look no-writes
rm -f "$lab"/stagebox.db*
check "a sync without a store keeps them, too" gives 0 sync
check "and writes nothing" look no-writes

# An address with a note, of a NIC that goes away: the NIC stays with it.
check "a person writes a note on an address" netbox '
row = nb.one("ipam/ip-addresses", "lab/qemu/704/net0/ip/10.20.99.14")
person.call("PATCH", "ipam/ip-addresses/%d/" % row["id"], {"comments": "in the firewall"})'
ctl set lab/qemu/704 net0=
check "its NIC is removed: a sync succeeds" gives 0 sync
check "the address is there, with its NIC" there "lab/qemu/704/net0 lab/qemu/704/net0/ip/10.20.99.14" ""

# Kept parts are deleted with their parent, or by the rules of prune.
prune_on
check "a sync with prune deletes them by its rules" gives 0 sync
check "they are deleted" there "" "$kept lab/qemu/704/net0"
check "and all accounts balance" sums delete

# A guest that reports no address.
set_conf 's/^prune:.*/prune: { address_runs = 2; address_grace = "0s"; };/'
ctl set lab/qemu/700 ip/net0=
mark
check "a guest reports no address any more" gives 0 sync --verbose
check "the first time nothing is written" look no-writes
check "and the run says that the address is kept" says '10.20.99.10.*reports no address'
check "all accounts balance" sums
ctl set lab/qemu/700 ip/net0=10.20.99.10/24
mark
check "it reports the address again" gives 0 sync
check "which changes nothing" look no-writes
ctl set lab/qemu/700 ip/net0=
check "two more runs without the address" gives 0 sync
check "succeed" gives 0 sync
check "then it is deleted" there "" lab/qemu/700/net0/ip/10.20.99.10
ctl set lab/qemu/701 ip/net0=10.20.99.77/24
check "an address that another one replaced is deleted at once" gives 0 sync
check "in the same run" there lab/qemu/701/net0/ip/10.20.99.77 lab/qemu/701/net0/ip/10.20.99.11
set_conf 's/^prune:.*/prune: { address_grace = "1h"; };/'
ctl set lab/qemu/702 ip/net0=
for each in 1 2 3; do gives 0 sync >/dev/null; done
check "before the time has passed the address is kept" there lab/qemu/702/net0/ip/10.20.99.12 ""
check "a person writes a note on it" netbox '
row = nb.one("ipam/ip-addresses", "lab/qemu/702/net0/ip/10.20.99.12")
person.call("PATCH", "ipam/ip-addresses/%d/" % row["id"], {"description": "by hand"})'
ctl set lab/qemu/703 ip/net0=10.20.99.13/24,10.20.99.12/24
check "another guest has it now" gives 0 sync
check "it moves there at once, with the note" netbox '
row = nb.one("ipam/ip-addresses", "lab/qemu/703/net0/ip/10.20.99.12")
check(row["description"] == "by hand", row)'
mark
check "the next sync finds no difference" gives 0 sync
check "and writes nothing" look no-writes
done_testing
