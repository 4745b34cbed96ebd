#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What goes first: needs, names and addresses that are freed; nothing else waits.
# slow
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"

lab=$TMPDIR/large
lab_up --guests 300 --endpoints 1
check "bootstrap" gives 0 bootstrap
mark
check "a first sync of 300 guests" gives 0 sync
check "its journal can be read" gives 0 run show last --format json
check "disks of a guest in one request, addresses in one lane, no kind waits for the end of another" \
	python3 "$e2e/order.py" "$lab/requests.ndjson" "$since" "$TMPDIR/out"
check "NetBox says what Proxmox VE says" mirrors
lab_down

lab=$TMPDIR/moves
lab_up --guests 6 --endpoints 1
check "bootstrap" gives 0 bootstrap
for each in 700 701 702; do ctl add lab/qemu/$each; done
# guest NUMBER NAME ADDRESSES: how it stands at the source
guest() { ctl set "lab/qemu/$1" name="$2" && ctl set "lab/qemu/$1" ip/net0="$3"; }
# is NUMBER NAME PRIMARY ADDRESSES: how it stands in NetBox
is() { netbox '
key = "lab/qemu/'"$1"'"
vm = nb.one("virtualization/virtual-machines", key)
check(vm["name"] == "'"$2"'", key, "is called", vm["name"])
check((vm["primary_ip4"] or {}).get("address", "") == "'"$3"'", key, "has the primary address", vm["primary_ip4"])
own = sorted(row["address"] for row in nb.all("ipam/ip-addresses")
             if (row["custom_fields"]["stagebox_key"] or "").startswith(key + "/"))
check(own == sorted("'"$4"'".split()), key, "has", own)'; }
quiet() {
	mark
	gives 0 sync && look no-writes
}
guest 700 left 10.99.0.1/24
guest 701 right 10.99.0.2/24
guest 702 third 10.99.0.3/24
check "three guests" gives 0 sync
check "the first as it should be" is 700 left 10.99.0.1/24 10.99.0.1/24

guest 700 right 10.99.0.1/24
guest 701 left 10.99.0.2/24
check "two guests swap their names in one run" gives 0 sync
check "the one" is 700 right 10.99.0.1/24 10.99.0.1/24
check "the other" is 701 left 10.99.0.2/24 10.99.0.2/24
check "no name of the way is left" netbox '
check(not [vm["name"] for vm in nb.all("virtualization/virtual-machines") if "swap" in vm["name"]])'
check "and then there is nothing to do" quiet

guest 700 right 10.99.0.2/24
guest 701 left 10.99.0.1/24
check "two guests swap their addresses in one run" gives 0 sync
check "the one, with the primary address" is 700 right 10.99.0.2/24 10.99.0.2/24
check "the other, with the primary address" is 701 left 10.99.0.1/24 10.99.0.1/24
check "and then there is nothing to do, either" quiet

guest 700 right 10.99.0.2/24,10.99.0.1/24
guest 701 left 10.99.0.7/24
check "an address moves to a guest that has one, and is the better one there" gives 0 sync
check "it is primary where it has come" is 700 right 10.99.0.1/24 "10.99.0.1/24 10.99.0.2/24"
check "where it was another one is" is 701 left 10.99.0.7/24 10.99.0.7/24
check "nothing is left to do" quiet

guest 701 left ""
guest 700 right 10.99.0.7/24
check "an address moves with its primary, the guest has no other" gives 0 sync
check "it is primary where it has come, the old ones are gone" is 700 right 10.99.0.7/24 10.99.0.7/24
check "where it was none is left" is 701 left "" ""
check "nothing is left to do" quiet

guest 700 third 10.99.0.3/24
guest 701 right 10.99.0.7/24
guest 702 left 10.99.0.2/24
check "three guests change names and addresses round" gives 0 sync
check "the first" is 700 third 10.99.0.3/24 10.99.0.3/24
check "the second" is 701 right 10.99.0.7/24 10.99.0.7/24
check "the third" is 702 left 10.99.0.2/24 10.99.0.2/24
check "nothing is left to do" quiet

guest 702 left 10.99.0.9/24
ctl rm lab/qemu/700
prune_on
ctl add lab/qemu/703
guest 703 third 10.99.0.3/24
check "a new guest takes name and address of one that is deleted" gives 0 sync
check "at once" is 703 third 10.99.0.3/24 10.99.0.3/24
check "nothing is left to do" quiet
done_testing
