#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Objects of people: an agent that reports an address takes none that people keep, and what was adopted is released.
# slow
# limit 300
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
lab_up --guests 12 --endpoints 1
own=$(netbox '
pve = pves[0]
node = [row["node"] for row in pve.get("/cluster/resources") if row.get("vmid") == 101][0]
nics = pve.get(f"/nodes/{node}/qemu/101/agent/network-get-interfaces")["result"]
print(",".join(f"{a[\"ip-address\"]}/{a[\"prefix\"]}" for nic in nics if nic["name"].startswith("e")
               for a in nic.get("ip-addresses", []) if a["ip-address-type"] == "ipv4"))' 2>/dev/null)
[ -n "$own" ] || own=10.20.77.7/24

check "bootstrap prepares NetBox" gives 0 bootstrap
check "the mark of adopted objects is a hidden boolean" netbox '
field = nb.call("GET", "extras/custom-fields/?name=stagebox_adopted")["results"][0]
check(field["type"]["value"] == "boolean" and field["ui_visible"]["value"] == "hidden", field)
check("ipam.ipaddress" in field["object_types"] and "dcim.device" in field["object_types"], field["object_types"])'
check "the first sync succeeds" gives 0 sync
check "objects that we create are marked as not adopted" netbox '
rows = [row for path in ("virtualization/virtual-machines", "ipam/ip-addresses", "dcim/devices") for row in nb.all(path)]
check(rows and {row["custom_fields"]["stagebox_adopted"] for row in rows} == {False})'

# Every sort of row that people keep for the address that an agent reports.
check "people keep rows for the addresses that the agent will report" netbox '
vrf = person.call("POST", "ipam/vrfs/", {"name": "blue"})
maker = person.call("POST", "dcim/manufacturers/", {"name": "Acme", "slug": "acme"})
kind = person.call("POST", "dcim/device-types/", {"manufacturer": maker["id"], "model": "FW", "slug": "fw"})
role = person.call("POST", "dcim/device-roles/", {"name": "Firewall", "slug": "firewall"})
site = person.call("POST", "dcim/sites/", {"name": "DMZ", "slug": "dmz"})
device = person.call("POST", "dcim/devices/", {"name": "fw1", "device_type": kind["id"], "role": role["id"], "site": site["id"]})
port = person.call("POST", "dcim/interfaces/", {"device": device["id"], "name": "wan", "type": "1000base-t"})
def keep(address, **more):
    person.call("POST", "ipam/ip-addresses/", dict({"address": address}, **more))
keep("198.51.100.1/24", status="reserved", dns_name="www.example.com", description="of people")
keep("198.51.100.2/24", status="deprecated", description="of people")
keep("198.51.100.3/24", role="vrrp", description="of people")
keep("198.51.100.4/24", vrf=vrf["id"], description="of people")
keep("198.51.100.5/24", description="of people", assigned_object_type="dcim.interface", assigned_object_id=port["id"])'
rows_of_people() {
	netbox '
for row in nb.all("ipam/ip-addresses", "&parent=198.51.100.0/24"):
    print(row["id"], row["address"], row["status"]["value"], row["role"] and row["role"]["value"], row["vrf"] and row["vrf"]["id"],
          row["dns_name"], row["description"], row["assigned_object_id"], row["custom_fields"]["stagebox_key"],
          row["custom_fields"]["stagebox_adopted"])'
}
people=$(rows_of_people)
check "an agent reports all of them" ctl set lab/qemu/101 \
	"ip/net0=$own,198.51.100.1/24,198.51.100.2/24,198.51.100.3/24,198.51.100.4/24,198.51.100.5/24"
check "the sync reports that four of them are left alone" gives 3 sync
cp "$TMPDIR/out" "$TMPDIR/report"
for each in 'role vrrp' 'status is deprecated' 'in a VRF' 'assigned to wan of fw1'; do
	check "it says why: $each" has "$TMPDIR/report" "$each"
done
check "it names the objects by their URL" has "$TMPDIR/report" 'http://127.0.0.1:[0-9]*/ipam/ip-addresses/[0-9]*/'
check "it names the two ways out" has "$TMPDIR/report" 'assign it to this object in NetBox, or delete it'
check "only the reserved address is adopted, and keeps what people wrote" netbox '
rows = {row["address"].split("/")[0]: row for row in nb.all("ipam/ip-addresses", "&parent=198.51.100.0/24")}
mine = [address for address, row in rows.items() if row["custom_fields"]["stagebox_key"]]
check(len(rows) == 5 and mine == ["198.51.100.1"], mine, len(rows))
row = rows["198.51.100.1"]
check(row["custom_fields"]["stagebox_adopted"] is True, row["custom_fields"])
check(row["dns_name"] == "www.example.com" and row["description"] == "of people" and row["status"]["value"] == "reserved", row)
check(row["assigned_object"]["virtual_machine"]["name"], row)'
mark
check "a second sync reports the same" gives 3 sync
check "a second sync writes nothing" look no-writes

# refuses OLD NEW WORDS: the saved plan with OLD replaced, and sealed again, is not applied
refuses() {
	tr '\n' ' ' <"$TMPDIR/plan" | sed "s/$1/$2/" >"$TMPDIR/unsealed"
	python3 "$e2e/plans.py" change "$TMPDIR/unsealed" "$TMPDIR/changed" pass || return 1
	mark
	gives 5 apply "$TMPDIR/changed" && says "$3" && look no-writes
}

check "the agent stops reporting them" ctl set lab/qemu/101 "ip/net0=$own"
check "the plan shows one release" gives 2 plan --format json
check "a release is an update of its own" python3 - "$TMPDIR/out" <<'PY'
import json, sys
ops = json.load(open(sys.argv[1]))["plan"]["endpoints"][0]["ops"]
release = [op for op in ops if op["why"] == "released"]
assert len(release) == 1 and release[0]["verb"] == "update" and release[0]["kind"] == "ip", ops
assert release[0]["set"] == {"stagebox_key": None, "stagebox_adopted": None, "assigned_object": None}, release
assert not [op for op in ops if op["verb"] == "delete"], ops
PY
check "the release is saved in a plan" gives 2 plan -o "$TMPDIR/plan"
check "a plan that also changes what it releases is refused" refuses '"assigned_object": *null' '"description": "taken"' "gives an object back and changes it"
check "a plan that releases another object is refused" refuses '"target": *[0-9]*' '"target": 1' "its target is another object"
check "the saved plan is applied" gives 0 apply "$TMPDIR/plan"
check "it counts the release" says '1 released'
check "its sums add up" sums release
same_rows() {
	[ "$(rows_of_people)" = "$people" ] || { rows_of_people; echo "were:"; echo "$people"; return 1; }
}
check "every row of people is as it was before the attack" same_rows
mark
check "a sync after the release has nothing to do" gives 0 sync
check "a sync after the release writes nothing" look no-writes

# Objects of 0.1.0 have no mark: the change log shows who created them.
check "people have a further address" netbox '
person.call("POST", "ipam/ip-addresses/", {"address": "198.51.100.7/24", "description": "of people"})'
check "the agent reports both" ctl set lab/qemu/101 "ip/net0=$own,198.51.100.7/24,198.51.100.8/24"
check "the sync adopts one and creates one" gives 0 sync
check "both lose their mark" netbox '
for row in nb.all("ipam/ip-addresses", "&parent=198.51.100.0/24"):
    if row["custom_fields"]["stagebox_key"]:
        nb.call("PATCH", "ipam/ip-addresses/%d/" % row["id"], {"custom_fields": {"stagebox_adopted": None}})'
check "the agent stops reporting both" ctl set lab/qemu/101 "ip/net0=$own"
check "the sync after that succeeds" gives 0 sync
check "the address that our user created is deleted, the other one released" netbox '
rows = {row["address"].split("/")[0]: row for row in nb.all("ipam/ip-addresses", "&parent=198.51.100.0/24")}
check("198.51.100.8" not in rows and "198.51.100.7" in rows, sorted(rows))
check(rows["198.51.100.7"]["custom_fields"]["stagebox_key"] is None and rows["198.51.100.7"]["assigned_object_id"] is None)'

# NetBox deletes addresses with their interface, and does not give up a primary address.
check "the guest has a network card with an address of people" ctl set lab/qemu/101 \
	net7=virtio=BC:24:11:77:00:07,bridge=vmbr0 ip/net7=198.51.100.1/24
check "the address is adopted at the new interface" gives 0 sync
check "it becomes the primary address by hand" netbox '
row = [row for row in nb.all("ipam/ip-addresses") if row["address"] == "198.51.100.1/24"][0]
vm = nb.one("virtualization/virtual-machines", "lab/qemu/101")
person.call("PATCH", "virtualization/virtual-machines/%d/" % vm["id"], {"primary_ip4": row["id"]})'
check "the network card vanishes" ctl set lab/qemu/101 net7=
if simulated; then
	ctl fault netbox deny ipam.change_ipaddress
	check "a sync that may not write the release is partial" gives 4 sync
	ctl clear
	check "while the release fails the interface stays" netbox '
check(nb.one("virtualization/interfaces", "lab/qemu/101/net7"))
check([row for row in nb.all("ipam/ip-addresses") if row["address"] == "198.51.100.1/24"])'
fi
check "the release succeeds, then the delete of the interface" gives 0 sync
check "the interface is deleted, the address of people is not" netbox '
check(not nb.one("virtualization/interfaces", "lab/qemu/101/net7"))
row = [row for row in nb.all("ipam/ip-addresses") if row["address"] == "198.51.100.1/24"][0]
check(row["custom_fields"]["stagebox_key"] is None and row["assigned_object_id"] is None and row["dns_name"] == "www.example.com", row)'

# Reserving an address and then using it: the new guest refers to the address in the run that adopts it.
check "people reserve an address for a guest" netbox '
person.call("POST", "ipam/ip-addresses/", {"address": "198.51.100.20/24", "status": "reserved", "description": "of people"})'
ctl add lab/qemu/940
check "a new guest reports it" ctl set lab/qemu/940 ip/net0=198.51.100.20/24
check "the first sync of the guest succeeds" gives 0 sync
check "the address is adopted, keeps its description and is primary" netbox '
vm = nb.one("virtualization/virtual-machines", "lab/qemu/940")
check(vm["primary_ip4"] and vm["primary_ip4"]["address"] == "198.51.100.20/24", vm["primary_ip4"])
rows = [row for row in nb.all("ipam/ip-addresses") if row["address"] == "198.51.100.20/24"]
check(len(rows) == 1 and rows[0]["description"] == "of people" and rows[0]["status"]["value"] == "reserved", rows)'

# A guest of people, with prune.
check "people created a VM, and then the guest" netbox '
cluster = nb.one("virtualization/clusters", "lab/cluster")
person.call("POST", "virtualization/virtual-machines/", {"name": "legacy", "cluster": cluster["id"], "comments": "of people"})'
ctl add lab/qemu/950
ctl set lab/qemu/950 name=legacy
check "the VM is adopted" gives 0 sync
ctl rm lab/qemu/950
prune_on
check "the VM is released, not deleted" gives 0 sync
check "its name, cluster and comment stay" netbox '
row = [row for row in nb.all("virtualization/virtual-machines") if row["name"] == "legacy"][0]
check(row["custom_fields"]["stagebox_key"] is None and row["custom_fields"]["stagebox_adopted"] is None, row["custom_fields"])
check(row["cluster"]["name"] == "lab" and row["comments"] == "of people", row)'
check "nothing of ours is left below it" netbox '
check(not [row for path in ("virtualization/interfaces", "virtualization/virtual-disks") for row in nb.all(path)
           if row["virtual_machine"]["name"] == "legacy" and (row["custom_fields"]["stagebox_key"] or "").startswith("lab/")])'
mark
check "a sync after that has nothing to do" gives 0 sync
check "a sync after that writes nothing" look no-writes

# prune.adopted = "delete" for those who want it.
set_conf 's/^prune:.*/prune: { adopted = "delete"; };/'
check "the agent reports the reserved address again" ctl set lab/qemu/101 "ip/net0=$own,198.51.100.1/24"
check "it is adopted again" gives 0 sync
check "and is gone at the source again" ctl set lab/qemu/101 "ip/net0=$own"
check "the sync with prune.adopted = delete succeeds" gives 0 sync
check "the address is deleted" netbox '
check(not [row for row in nb.all("ipam/ip-addresses") if row["address"] == "198.51.100.1/24"])'

# A NetBox that 0.1.0 prepared.
check "the custom field of a later version is missing" netbox '
field = nb.call("GET", "extras/custom-fields/?name=stagebox_adopted")["results"][0]
nb.call("DELETE", "extras/custom-fields/%d/" % field["id"])
person.call("POST", "ipam/ip-addresses/", {"address": "198.51.100.9/24", "description": "of people"})'
ctl set lab/qemu/101 "ip/net0=$own,198.51.100.9/24,198.51.100.10/24"
check "a sync without it goes on, and is partial where it would adopt" gives 4 sync
check "it says what to run" says 'run .stagebox bootstrap'
check "it creates what needs no adoption" netbox '
rows = {row["address"]: row for row in nb.all("ipam/ip-addresses", "&parent=198.51.100.0/24")}
check(rows["198.51.100.10/24"]["custom_fields"]["stagebox_key"], rows)
check(not rows["198.51.100.9/24"]["custom_fields"]["stagebox_key"], rows)'
check "bootstrap creates the field" gives 0 bootstrap
check "then the sync is complete" gives 0 sync
done_testing
