#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# full one
# A plan file from a stranger does no more than a sync of its endpoint, and a recording from a stranger runs no code, waits
# for nothing and asks nobody.
# slow
# limit 500
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
lab_up --guests 4 --endpoints 2
check "bootstrap" gives 0 bootstrap
check "the first sync succeeds" gives 0 sync
check "people have objects of their own" netbox '
cluster = nb.call("POST", "virtualization/clusters/", {"name": "peoples", "type": nb.all("virtualization/cluster-types")[0]["id"]})
nb.call("POST", "virtualization/virtual-machines/", {"name": "peoples", "cluster": cluster["id"]})
nb.call("POST", "extras/tags/", {"name": "peoples", "slug": "peoples"})
vrf = nb.call("POST", "ipam/vrfs/", {"name": "blue"})
nb.call("POST", "ipam/ip-addresses/", {"address": "192.0.2.7/24", "status": "deprecated", "role": "vrrp", "vrf": vrf["id"],
                                       "description": "of people"})
maker = nb.call("POST", "dcim/manufacturers/", {"name": "Acme", "slug": "acme"})
model = nb.call("POST", "dcim/device-types/", {"manufacturer": maker["id"], "model": "FW", "slug": "fw"})
role = nb.call("POST", "dcim/device-roles/", {"name": "Firewall", "slug": "firewall"})
site = nb.all("dcim/sites")[0]
router = nb.call("POST", "dcim/devices/", {"name": "gotcha", "device_type": model["id"], "role": role["id"], "site": site["id"]})
nb.call("POST", "dcim/interfaces/", {"device": router["id"], "name": "wan", "type": "1000base-t"})'
check "a plan without changes is saved" gives 0 plan -o "$TMPDIR/base"
before=$(changes)

# refused CASE CODES WORDS [OPTION...]: the plan is refused before the first write
refused() {
	refused_case=$1 refused_codes=$2 refused_words=$3
	shift 3
	python3 "$e2e/strangers.py" plan "$config" "$TMPDIR/base" "$refused_case" "$TMPDIR/plan" || return 1
	mark
	gives "$refused_codes" apply "$TMPDIR/plan" "$@" && says "$refused_words" && look no-writes
}
no_sync='the plan does what no sync of this endpoint would do'
check "an update of an object of another endpoint is refused" refused foreign-update 5 "$no_sync.*edge/qemu/101.*key does not belong"
check "a delete of an object of another endpoint is refused" refused foreign-delete 5 "key does not belong"
check "a key whose slug only begins like the endpoint is refused" refused slug-prefix 5 "key does not belong"
check "a delete of a guest is refused while prune is off" refused guest-delete 5 "lab/qemu/101: prune.enabled is off"
check "a delete that does not say what it was is refused" refused delete-without-was 5 "does not say what it was"
check "an update that does not say what it was is refused" refused update-without-was 5 "does not say what every value was"
check "also when it says so for one of two fields" refused update-with-part-of-was 5 "does not say what every value was"
check "an adoption under another key is refused" refused other-key 5 "sets the key of another object"
check "a part of a machine of people is refused" refused peoples-parent 5 "belongs to an object that is not ours"
check "a guest in a cluster of people is refused" refused peoples-cluster 5 "belongs to an object that is not ours"
check "a delete of a MAC address of others is refused" refused mac-of-others 5 "not part of an object of ours"
check "a shared kind below the slug is refused" refused shared-kind-below-slug 5 "key does not belong"
check "a delete of a shared object is refused" refused shared-delete 5 "shared objects are never deleted"
check "a change of what people named is refused" refused shared-name 5 "belongs to people"
check "a shared object under another key is refused" refused shared-other-key 5 "make another key"
check "an object of people without the mark is refused" refused take-unmarked 5 "$no_sync.*without the mark that it was adopted"
check "an address that a sync does not adopt is refused" refused take-address 5 "it is in a VRF"
check "a port of a router of people is refused" refused take-port 5 "not below one of ours"
check "a device of people under the name of a node is refused" refused take-device 5 "nothing shows that the device is this node"
check "also under its own name alone" refused take-named-device 5 "nothing shows that the device is this node"
check "a guest in a cluster of people is refused" refused take-vm 5 "not below one of ours"
check "a key that another object has is refused" refused take-twice 5 "gives a key that another object has"
check "a change of the mark alone is refused" refused mark-alone 5 "changes the mark that an object was adopted"
check "a change of the instance id is refused" refused birth-alone 5 "changes the instance id"
check "another key for a guest is refused" refused key-of-guest 5 "the object of a guest that was there in the last run"
check "a part that gets the key of another guest is refused" refused key-of-part 5 "moves an object to another guest"
check "a stage that is not loaded is refused" refused no-such-stage 5 "its stage is not loaded"
check "also for shared objects" refused shared-stage 5 "its stage is not loaded"
check "an update under the name of another module, which may write to another target, is refused" refused stage-of-other-module 5 "another module writes this object"
check "a create, too" refused create-of-other-module 5 "another module writes this object"
check "a stage that does not write the kind is refused" refused stage-of-other-kind 5 "does not write objects of this kind"
check "a plan whose counters hide a delete is refused" refused lie 64 "its stages count 0 objects to delete, its ops are for 1"
check "show refuses it, too" not gives 0 show "$TMPDIR/plan"
check "it does not say that there are no changes" not says "No changes"
check "a plan whose counters hide a change is refused" refused lie-about-updates 64 "its stages count 0 objects to update"
check "tags of any type are refused" refused tags-of-any-type 1 'set.tags is not a value of a vm'
check "a list as a name is refused" refused list-as-name 1 'set.name is not a value of a vm'
check "an object of any type is refused" refused object-of-any-type 1 'set.assigned_object is not a value of a ip'
check "30,000 ops of one key are refused" refused ops-of-one-key 1 'more than 16 ops of "lab/qemu/101"'
check "a chain of 30,000 ops is above the limit of objects" refused chain 5 "writes 30000 objects, more than"
check "with a larger limit it ends without a write, because it cannot begin" refused chain "1 4" "which it refers to, does not exist" --max-objects 40000
check "a deeply nested plan is refused" refused deep 64 "nested deeper than 48 levels"
check "a target of people under a key of ours is not written" refused target-of-another "1 4" "changed in NetBox after the plan was made"
check "NetBox logged no change" unchanged "$before"

# With prune on, the counters of missing guests are asked.
cp "$config" "$TMPDIR/prune.cfg"
printf 'prune: { enabled = true; grace = "0s"; runs = 1; };\n' >>"$config"
grep -q '^prune' "$TMPDIR/prune.cfg" && cp "$TMPDIR/prune.cfg" "$config" && sed -i 's/enabled = false/enabled = true/; s/grace = "[^"]*"/grace = "0s"/' "$config"
check "with prune on, too, a guest that is not missing is kept" refused guest-delete 5 "is not missing for prune.runs and prune.grace"
cp "$TMPDIR/prune.cfg" "$config"

# Recordings
ctl set lab/qemu/101 memory=5120
check "a plan is recorded" gives 2 plan --record "$TMPDIR/record" -o "$TMPDIR/first"
modules=$(cd "${STAGEBOX_BUILD:?}/tests/modules" && pwd)
# replayed CASE CODES WORDS: the recording ends in a few seconds without a request to the lab
replayed() {
	python3 "$e2e/strangers.py" recording "$TMPDIR/record" "$1" "$TMPDIR/changed" || return 1
	asked=$(wc -l <"$lab/requests.ndjson")
	patience=60 gives "$2" plan --replay "$TMPDIR/changed" && says "$3" && same "$(wc -l <"$lab/requests.ndjson")" "$asked"
}
check "a module that only the recording names is not loaded" replayed "modules=$modules" 78 'module "crash_start", which modules of your configuration does not list'
sed "s/\"lxc\" \]/\"lxc\", \"crash_start\" ]/" "$config" >"$TMPDIR/more.cfg"
config_before=$config config=$TMPDIR/more.cfg
check "a folder that only the recording names is not searched" replayed "modules=$modules" 78 'module "crash_start"'
check "no code of that module ran" has_not "$TMPDIR/both" 'signal'
here=$(pwd)
cd "$modules" || exit 1
check "the working folder is not searched either" replayed working-folder 78 'module "crash_start"'
cd "$here" || exit 1
config=$config_before
check "a recording from before all times is refused at once" replayed past 64 'now_s is missing, of the wrong type or out of bounds'
check "a settle time of the recording has bounds" replayed settle 78 'netbox.settle'
check "a recording without answers never asks the servers" replayed no-answers "1 69" 'not in the recording'
check "the recording itself gives its plan" gives 2 plan --replay "$TMPDIR/record" -o "$TMPDIR/again"
check "byte for byte but for the envelope" same_plan "$TMPDIR/first" "$TMPDIR/again"
for each in record first; do
	check "the file $each is private" same "$(stat -c %a "$TMPDIR/$each")" 600
done
check "the store is not readable by others" same "$(stat -c %a "$lab"/stagebox.db)" 600
done_testing
