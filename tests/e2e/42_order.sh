#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# full one
# The order of writes: dependencies first, and ops that free a name or an address; nothing else waits.
# slow
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"

lab=$TMPDIR/large
lab_up --guests 300 --endpoints 1
check "bootstrap" gives 0 bootstrap
mark
check "a first sync of 300 guests" gives 0 sync
check "its journal is shown" gives 0 run show last --format json
check "disks of a guest share a request, addresses are sent one after the other, no kind waits for the end of another" \
	python3 "$e2e/order.py" "$lab/requests.ndjson" "$since" "$TMPDIR/out"
check "NetBox matches Proxmox VE" mirrors
lab_down

lab=$TMPDIR/moves
lab_up --guests 6 --endpoints 1
check "bootstrap" gives 0 bootstrap
for each in 700 701 702; do ctl add lab/qemu/$each; done
# guest NUMBER NAME ADDRESSES: set a guest at the source
guest() { ctl set "lab/qemu/$1" name="$2" && ctl set "lab/qemu/$1" ip/net0="$3"; }
# is NUMBER NAME PRIMARY ADDRESSES: check a guest in NetBox
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
check "three guests are created" gives 0 sync
check "the first guest is in NetBox" is 700 left 10.99.0.1/24 10.99.0.1/24

guest 700 right 10.99.0.1/24
guest 701 left 10.99.0.2/24
check "two guests swap their names in one run" gives 0 sync
check "the first guest has its new name" is 700 right 10.99.0.1/24 10.99.0.1/24
check "the second guest has its new name" is 701 left 10.99.0.2/24 10.99.0.2/24
check "no temporary name is left" netbox '
check(not [vm["name"] for vm in nb.all("virtualization/virtual-machines") if "swap" in vm["name"]])'
check "another sync after the names has nothing to do" quiet

guest 700 right 10.99.0.2/24
guest 701 left 10.99.0.1/24
check "two guests swap their addresses in one run" gives 0 sync
check "the first guest has its new primary address" is 700 right 10.99.0.2/24 10.99.0.2/24
check "the second guest has its new primary address" is 701 left 10.99.0.1/24 10.99.0.1/24
check "another sync after the addresses has nothing to do" quiet

guest 700 right 10.99.0.2/24,10.99.0.1/24
guest 701 left 10.99.0.7/24
check "an address moves to a guest that has another one" gives 0 sync
check "its new guest keeps its primary address" is 700 right 10.99.0.2/24 "10.99.0.1/24 10.99.0.2/24"
check "its former guest has another primary address" is 701 left 10.99.0.7/24 10.99.0.7/24
check "another sync after the address has nothing to do" quiet

guest 701 left ""
guest 700 right 10.99.0.7/24
check "the only address of a guest, its primary one, moves" gives 0 sync
check "it is the primary address of its new guest, whose old ones are deleted" is 700 right 10.99.0.7/24 10.99.0.7/24
check "its former guest has no address" is 701 left "" ""
check "another sync after the only address has nothing to do" quiet

guest 700 third 10.99.0.3/24
guest 701 right 10.99.0.7/24
guest 702 left 10.99.0.2/24
check "three guests rotate their names and addresses in one run" gives 0 sync
check "the first guest has its new name and address" is 700 third 10.99.0.3/24 10.99.0.3/24
check "the second guest has its new name and address" is 701 right 10.99.0.7/24 10.99.0.7/24
check "the third guest has its new name and address" is 702 left 10.99.0.2/24 10.99.0.2/24
check "another sync after the rotation has nothing to do" quiet

guest 702 left 10.99.0.9/24
ctl rm lab/qemu/700
prune_on
ctl add lab/qemu/703
guest 703 third 10.99.0.3/24
check "a new guest takes name and address of a deleted guest" gives 0 sync
check "the new guest has them in the same run" is 703 third 10.99.0.3/24 10.99.0.3/24
check "another sync after the deletion has nothing to do" quiet

# Of one guest the store does not know any more who gave the name; of the other it does.
python3 -c 'import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as store:
    assert store.execute("DELETE FROM applied WHERE key = ?", ("lab/qemu/702",)).rowcount == 1' "$lab/stagebox.db"
guest 701 left 10.99.0.7/24
guest 702 fresh 10.99.0.9/24
check "who gave a name is asked before anything is blocked by it" gives 0 sync
check "the guest that gives its name up has its new one" is 702 fresh 10.99.0.9/24 10.99.0.9/24
check "and the other guest has that name in the same run" is 701 left 10.99.0.7/24 10.99.0.7/24
check "another sync after the question has nothing to do" quiet
done_testing
