#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# full netbox
# One value that NetBox refuses costs that value: the object is written without it, and nothing else is lost.
# slow
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
no_refusals() { look statuses >"$TMPDIR/statuses"; has_not "$TMPDIR/statuses" '[45][0-9][0-9]'; }
posts() { python3 -c '
import json, sys
log = [json.loads(line) for line in open(sys.argv[1])][int(sys.argv[2]):]
print(sum(1 for entry in log if entry["method"] in ("POST", "PATCH") and sys.argv[3] in entry["path"]))' \
	"$lab/requests.ndjson" "$since" "$@"; }
at_most() { [ "$1" -le "$2" ] || { echo "$1 is more than $2"; return 1; }; }
# left FIELD WORDS N [KIND]: the record has this field with these words, and N objects
left() { last '
found = [entry for stage in stages for entry in stage["response"].get("left_out", []) if entry["field"] == "'"$1"'" and entry["kind"] == "'"${4:-vm}"'"]
check(len({entry["words"] for entry in found}) == 1, "entries:", found)
check(found and re.search("""'"$2"'""", found[0]["words"]), found)
check(sum(len(entry["objects"]) for entry in found) == '"$3"', found)
check(any(stage["status"] == "partial" for stage in stages), "no stage is partial")'; }
complete() { netbox '
vms = nb.all("virtualization/virtual-machines")
check(len(vms) == '"$1"', len(vms), "guests")
for path in ("virtualization/interfaces", "virtualization/virtual-disks", "ipam/ip-addresses"):
    check(nb.all(path), path, "is empty")'; }
again() { # the second sync: nothing is written, and it says the same
	mark
	check "the second sync is partial" gives 4 sync
	check "the second sync writes nothing" look no-writes
	check "the accounts of the second sync balance" sums same
}

# A tag that is limited to other types of objects, among good ones.
guests=100
simulated || guests=12
lab=$TMPDIR/tag
lab_up --guests $guests --endpoints 1
check "bootstrap" gives 0 bootstrap
ctl set lab/qemu/101 'tags=prod;web'
check "people limit a tag to devices" netbox '
nb.call("POST", "extras/tags/", {"name": "prod", "slug": "prod", "object_types": ["dcim.device"]})'
mark
check "a sync with a tag that guests may not have is partial" gives 4 sync
check "no request is refused, because NetBox says so before" no_refusals
check "the output names the tag once" same "$(grep -c 'limits the tag "prod"' "$TMPDIR/out")" 1
check "the guest is there with its other tags" netbox '
vm = nb.one("virtualization/virtual-machines", "lab/qemu/101")
names = {tag["name"] for tag in vm["tags"]}
check("web" in names and "prod" not in names, names)'
check "and all other objects are" complete $guests
check "the accounts balance" sums create
again
check "people allow the tag" netbox '
row = nb.all("extras/tags", "&slug=prod")[0]
nb.call("PATCH", "extras/tags/%d/" % row["id"], {"object_types": []})'
check "the next sync sets the tag" gives 0 sync
check "the guest has both tags" netbox '
names = {tag["name"] for tag in nb.one("virtualization/virtual-machines", "lab/qemu/101")["tags"]}
check(names >= {"web", "prod"}, names)'
lab_down
simulated || done_testing # a real NetBox does not refuse values at will

# The same, where NetBox refuses the write.
lab=$TMPDIR/late
lab_up --guests 100 --endpoints 1
check "bootstrap" gives 0 bootstrap
ctl set lab/qemu/101 'tags=prod;web'
ctl fault netbox refuse virtualization.virtualmachine.tags=prod:quote
mark
check "a sync with a tag that NetBox refuses is partial" gives 4 sync
check "the record has the tag with NetBox's words" left tags 'The value prod is not allowed here' "$(netbox '
print(sum(1 for row in pves[0].get("/cluster/resources") if row.get("type") in ("qemu", "lxc") and "prod" in row.get("tags", "").split(";")))')"
check "the guest is there with its other tags" netbox '
vm = nb.one("virtualization/virtual-machines", "lab/qemu/101")
names = {tag["name"] for tag in vm["tags"]}
check("web" in names and "prod" not in names, names)'
check "and all other objects are" complete 100
check "the batch is sent few times" at_most "$(posts virtualization/virtual-machines)" 12
again
check "a plan does not contain the refused value" gives 4 plan
check "a plan writes nothing" says 'No changes'
lab_down

# Refusals that name the field, quote the value, or say nothing.
lab=$TMPDIR/words
lab_up --guests 8 --endpoints 1
check "bootstrap" gives 0 bootstrap
ctl set lab/qemu/101 memory=3333
ctl set lab/qemu/106 'description=forbidden words'
ctl set lab/qemu/108 cores=7 sockets=1
ctl fault netbox refuse virtualization.virtualmachine.memory=3333:field
ctl fault netbox refuse 'virtualization.virtualmachine.comments=forbidden words:500'
ctl fault netbox refuse 'virtualization.virtualmachine.description=forbidden words:500'
ctl fault netbox refuse virtualization.virtualmachine.vcpus=7:all
mark
check "a sync with three refused values is partial" gives 4 sync
check "the refused memory is named with NetBox's words" left memory 'This value is not allowed' 1
check "the value of the 500 is found" last '
found = [entry for stage in stages for entry in stage["response"].get("left_out", []) if entry["field"] in ("description", "comments")]
check(len(found) == 1 and found[0]["objects"] == ["lab/qemu/106"], found)'
check "the value that NetBox does not name at all is found" left vcpus 'Custom validation failed' 1
check "no object is refused" last '
check(not [op for stage in stages for op in stage["response"].get("quarantine", [])], [stage["response"].get("quarantine") for stage in stages])'
check "all objects are there" complete 8
check "the accounts balance" sums create
again
ctl clear
check "a changed value is tried at once" ctl set lab/qemu/101 memory=3334
check "and written" gives 4 sync
check "NetBox has it" netbox 'check(nb.one("virtualization/virtual-machines", "lab/qemu/101")["memory"] == 3334)'
lab_down

# An update whose value is refused.
lab=$TMPDIR/update
lab_up --guests 8 --endpoints 1
check "bootstrap" gives 0 bootstrap
check "the first sync succeeds" gives 0 sync
ctl set lab/qemu/101 memory=3333 cores=3
ctl fault netbox refuse virtualization.virtualmachine.memory=3333:500
check "an update with one refused value is partial" gives 4 sync
check "the other value is written" netbox '
vm = nb.one("virtualization/virtual-machines", "lab/qemu/101")
check(vm["memory"] != 3333 and vm["vcpus"] % 3 == 0, vm["memory"], vm["vcpus"])'
check "the record names it" left memory 'ValueError' 1
again
lab_down

# Objects that NetBox refuses as they are, for a value of theirs that nobody sends.
lab=$TMPDIR/as_it_is
lab_up --guests 24 --endpoints 1
check "bootstrap" gives 0 bootstrap
check "the first sync succeeds" gives 0 sync
netbox 'print("\n".join(sorted(vm["custom_fields"]["stagebox_key"] + "=" + vm["name"] for vm in nb.all("virtualization/virtual-machines"))))' >"$TMPDIR/guests"
while IFS='=' read -r key name; do
	ctl set "$key" memory=7777
	n_guests=$((${n_guests:-0} + 1))
	[ $((n_guests % 3)) -eq 0 ] || ctl fault netbox refuse "virtualization.virtualmachine.name=$name:field"
done <"$TMPDIR/guests"
check "a sync is partial" gives 4 sync
check "no value is left out" last '
check(not [entry for stage in stages for entry in stage["response"].get("left_out", [])])'
check "16 objects are refused as they are, for the field that NetBox names" last '
lost = [op for stage in stages for op in stage["response"].get("quarantine", [])]
check(len(lost) == 16 and all("refuses the object as it is" in op["cause"] and "name:" in op["cause"] for op in lost), lost[:2])'
check "the other 8 have the new memory" netbox '
check(len([vm for vm in nb.all("virtualization/virtual-machines") if vm["memory"] == 7777]) == 8)'
check "the accounts balance" sums update failed
ctl clear
check "the next sync writes all" gives 0 sync
check "NetBox has them" netbox '
check(all(vm["memory"] == 7777 for vm in nb.all("virtualization/virtual-machines")))'
lab_down

# A refused name of a guest that NetBox has costs the name.
lab=$TMPDIR/renamed
lab_up --guests 4 --endpoints 1
check "bootstrap" gives 0 bootstrap
check "the first sync succeeds" gives 0 sync
ctl set lab/qemu/101 name=forbidden memory=8192
ctl fault netbox refuse virtualization.virtualmachine.name=forbidden:field
check "the sync is partial" gives 4 sync
check "the name is left out" left name 'This value is not allowed' 1
check "the memory is written" netbox 'check(nb.one("virtualization/virtual-machines", "lab/qemu/101")["memory"] == 8192)'
again
ctl clear
check "NetBox takes the name now, and the next sync does not know" gives 4 sync
mark
check "a plan with --retry has it" gives 2 plan --retry
check "and remembers what the last sync knew" gives 4 plan
check "a sync with --retry tries it at once" gives 0 sync --retry
check "NetBox has the name" netbox 'check(nb.one("virtualization/virtual-machines", "lab/qemu/101")["name"] == "forbidden")'
check "nothing is left to try" gives 0 sync
ctl set lab/qemu/101 memory=3331
ctl set lab/lxc/102 memory=3332
ctl fault netbox refuse virtualization.virtualmachine.memory=3331:field
ctl fault netbox refuse virtualization.virtualmachine.memory=3332:field
check "a sync with two values of one field is partial" gives 4 sync
check "one line names the field, with the number of objects" out_has '^left out: memory of 2 guests: This value is not allowed'
grep '^left out' "$TMPDIR/out" >"$TMPDIR/first"
again
check "the next sync has the same line" same "$(grep '^left out' "$TMPDIR/out")" "$(cat "$TMPDIR/first")"
lab_down

# A refused name costs its object: NetBox needs it.
lab=$TMPDIR/name
lab_up --guests 8 --endpoints 1
check "bootstrap" gives 0 bootstrap
ctl fault netbox refuse dcim.device.name=pve2:all
check "a node is refused" gives 4 sync
check "its guests are there, without the node" netbox '
vms = nb.all("virtualization/virtual-machines")
check(len(vms) == 8, len(vms))
check([vm for vm in vms if vm["device"] is None], "no guest is without a node")'
check "the reference to the node is reported" left device 'lab/node/pve2' "$(netbox '
print(sum(1 for vm in nb.all("virtualization/virtual-machines") if vm["device"] is None))')"
check "the next sync is partial, and notes the node's name at the guests" gives 4 sync
again
check "it gives NetBox's reason" says 'not created again, because NetBox refused that'
a_day_later
mark
check "the sync on the next day tries the node again, and is partial, because the others are in step" gives 4 sync
check "with few requests" at_most "$(posts dcim/devices)" 6
check "the one after it does not" gives 4 sync
again
ctl clear
check "a sync of the node alone tries it at once" gives "0 4" sync --target lab/node/pve2
check "when the node is there, so are the references" gives 0 sync
check "every guest has its node" netbox '
check(not [vm for vm in nb.all("virtualization/virtual-machines") if vm["device"] is None])'
lab_down
done_testing
