#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A user of NetBox who copies a key of ours to an object, or marks an object as ours, gets no object deleted.
# slow
# limit 400
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
lab_up --guests 4 --endpoints 1
check "bootstrap" gives 0 bootstrap
check "the first sync succeeds" gives 0 sync
vms=virtualization/virtual-machines

# copy_key KEY [FIELDS]: a person makes a VM in our cluster, writes a comment to the VM of KEY, and copies KEY
copy_key() {
	netbox '
vm = nb.one("'"$vms"'", "'"$1"'")
number = vm["id"]
person.call("PATCH", f"'"$vms"'/{number}/", {"comments": "of people"})
copy = person.call("POST", "'"$vms"'/", {"name": "tenant-vm", "cluster": vm["cluster"]["id"], "comments": "of the tenant"})
number = copy["id"]
person.call("PATCH", f"'"$vms"'/{number}/", {"custom_fields": {"stagebox_key": "'"$1"'"'"${2-}"'}})
print(vm["id"], copy["id"])'
}
# has_copy IDS: both are there with their comments, and the first one has the key
has_copy() {
	netbox '
ours, copy = [nb.call("GET", f"'"$vms"'/{number}/") for number in "'"$1"'".split()]
check(ours["comments"] == "of people" and ours["custom_fields"]["stagebox_key"], ours)
check(copy["comments"] == "of the tenant" and copy["name"] == "tenant-vm", copy)
check('"$2"', copy["custom_fields"])'
}
released='all(copy["custom_fields"][name] is None for name in ("stagebox_key", "stagebox_birth", "stagebox_adopted"))'

# The copy is the older object: it exists before the guest.
check "a tenant has a VM" netbox '
cluster = nb.all("virtualization/clusters")[0]
person.call("POST", "'"$vms"'/", {"name": "tenant-old", "cluster": cluster["id"], "comments": "of the tenant"})'
check "a guest appears" ctl add lab/qemu/778
check "it is created" gives 0 sync
check "the older VM of the tenant gets its key, with all that a copy can have" netbox '
real = nb.one("'"$vms"'", "lab/qemu/778")
number = real["id"]
person.call("PATCH", f"'"$vms"'/{number}/", {"comments": "of people"})
old = [row for row in nb.all("'"$vms"'") if row["name"] == "tenant-old"][0]
check(old["id"] < real["id"], old["id"], real["id"])
mine = {name: value for name, value in real["custom_fields"].items() if name.startswith("stagebox_")}
number = old["id"]
person.call("PATCH", f"'"$vms"'/{number}/", {"custom_fields": mine})'
check "the plan releases the copy" gives 4 plan -o "$TMPDIR/copy.plan"
check "and deletes nothing" out_has '0 to delete'
check "it names the copy, not our object" out_has '~ lab/qemu/778 "tenant-old" .*vm [0-9]* "tenant-old" has a copy'
check "it names both objects" out_has 'NetBox has lab/qemu/778 twice.*/virtual-machines/[0-9]*/ is ours.*vm [0-9]* "tenant-old"'
check "the saved plan does it" gives 0 apply "$TMPDIR/copy.plan"
check "our object stays with its comments, and the copy loses only the key" netbox '
real = nb.one("'"$vms"'", "lab/qemu/778")
old = [row for row in nb.all("'"$vms"'") if row["name"] == "tenant-old"][0]
check(real["comments"] == "of people" and real["custom_fields"]["stagebox_key"] == "lab/qemu/778", real)
check(old["comments"] == "of the tenant" and old["cluster"] and old["custom_fields"]["stagebox_key"] is None, old)'
mark
check "the next sync succeeds" gives 0 sync
check "and writes nothing" look no-writes

ids=$(copy_key lab/qemu/101)
check "a younger copy of a key is released, too" gives 4 sync
check "both objects are there" has_copy "$ids" "$released"

# With prune on and without the real guest, a copy is not deleted in its place.
prune_on
check "a person marks a VM as ours, with a key that no guest has" netbox '
vm = [row for row in nb.all("'"$vms"'") if row["name"] == "tenant-vm"][0]
number = vm["id"]
person.call("PATCH", f"'"$vms"'/{number}/", {"custom_fields": {"stagebox_key": "lab/qemu/4711", "stagebox_adopted": False}})'
check "the sync with prune on succeeds" gives 0 sync
check "the VM is released, not deleted" has_copy "$ids" "$released"
check "a guest of ours that is gone is still deleted" ctl rm lab/qemu/778
check "by a sync" gives 0 sync
check "it is" netbox 'check(not nb.one("'"$vms"'", "lab/qemu/778"))'
done_testing
