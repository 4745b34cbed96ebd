#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every sort of op that a sync can plan is also applied from a saved plan: the sums add up, and the next sync writes nothing.
# A plan that is applied a second time counts nothing as written. 88_strangers.sh has the ops that are refused.
# slow
# limit 400
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
lab_up --guests 2 --endpoints 2
agent='agent=1 status=running'

# holds OP...: the saved plan has these ops, each "VERB KIND KEY", or "release KIND KEY"
holds() {
	python3 - "$TMPDIR/plan" "$@" <<'PY'
import json, sys
plan = json.load(open(sys.argv[1], encoding="utf-8"))
ops = plan["shared"] + [op for endpoint in plan["endpoints"] for op in endpoint["ops"]]
found = [" ".join(("release" if op["why"] == "released" else op["verb"], op["kind"], op["key"])) for op in ops]
missing = [words for words in sys.argv[2:] if words not in found]
if missing:
    sys.exit("no %s in:\n%s" % (missing, "\n".join(found)))
PY
}
# saved SENTENCE OP...: a plan with these ops is saved and applied; $codes: the exit codes of apply and of the next sync
codes=0
saved() {
	saved_words=$1
	shift
	rm -f "$TMPDIR/plan"
	check "$saved_words: a plan is saved" gives "${planned:-2}" plan -o "$TMPDIR/plan"
	check "$saved_words: it has the op" holds "$@"
	check "$saved_words: it is applied" gives "$codes" apply "$TMPDIR/plan"
	check "$saved_words: the sums add up" sums
	mark
	check "$saved_words: the next sync succeeds" gives "$codes" sync
	check "$saved_words: and writes nothing" look no-writes
}
# counts WORDS: the sums of the last run, such as "release=0 same=2"
counts() {
	last 'pass' && python3 - "$TMPDIR/run.json" "$@" <<'PY'
import json, sys
total = {}
for body in json.load(open(sys.argv[1], encoding="utf-8"))["record"].values():
    for stage in body["response"]["stages"] if isinstance(body, dict) and "response" in body else []:
        for name, n in stage["response"]["counts"].items():
            total[name] = total.get(name, 0) + n
wrong = [words for words in sys.argv[2:] if total[words.split("=")[0]] != int(words.split("=")[1])]
sys.exit("not %s: %s" % (wrong, total) if wrong else 0)
PY
}
# second WORDS...: the plan is applied once more, which writes nothing and counts so
second() {
	mark
	check "$saved_words: a second apply succeeds" gives "$codes" apply "$TMPDIR/plan"
	check "$saved_words: it writes nothing" look no-writes
	check "$saved_words: it counts nothing as written" counts create=0 update=0 delete=0 release=0 "$@"
	check "$saved_words: the sums of the second apply add up" sums
}

# refused_again: the plan is about a second object of a key, which is not there any more
refused_again() { mark && gives 5 apply "$TMPDIR/plan" && look no-writes; }

check "bootstrap" gives 0 bootstrap
check "people have a VLAN group with a slug of their own" netbox '
person.call("POST", "ipam/vlan-groups/", {"name": "lab", "slug": "vlans-of-lab"})'
# shellcheck disable=SC2086 # words
for each in 301 302 303 304; do
	ctl add lab/qemu/$each
	ctl set lab/qemu/$each $agent name=guest-$each ip/net0=10.99.0.${each#30}/24
done
saved "everything is new" "create vm lab/qemu/301" "create ip lab/qemu/301/net0/ip/10.99.0.1" "create vlan-group shared/vlan-group/edge" \
	"create vlan shared/vlan/lab/120" "create device lab/node/pve1" "update vm lab/qemu/301"

# Objects of ours that change
ctl set lab/qemu/301 memory=3072 net1=virtio=BC:24:11:88:01:01,bridge=vmbr0,tag=77 scsi1=local-lvm:vm-301-disk-1,size=10G
saved "values and new parts, in a VLAN group with another slug" "update vm lab/qemu/301" "create vm-interface lab/qemu/301/net1" \
	"create virtual-disk lab/qemu/301/scsi1" "create vlan shared/vlan/lab/77"
ctl set lab/qemu/301 net1=virtio=BC:24:11:88:01:02,bridge=vmbr0,tag=77
case $netbox_version in # since 4.7 an interface takes its address in its own write
4.5 | 4.6) mac='mac-address lab/qemu/301/net1/mac' ;;
*) mac='vm-interface lab/qemu/301/net1' ;;
esac
saved "another MAC address" "update $mac"
ctl set lab/qemu/301 net1= && ctl set lab/qemu/301 net3=virtio=BC:24:11:88:01:02,bridge=vmbr0,tag=77
saved "a part that moves" "update vm-interface lab/qemu/301/net3"
second
ctl set lab/qemu/301 net3= && ctl set lab/qemu/301 scsi1=
saved "parts that are gone" "delete vm-interface lab/qemu/301/net3" "delete virtual-disk lab/qemu/301/scsi1"
second
ctl set lab/qemu/301 name=guest-302 && ctl set lab/qemu/302 name=guest-301
saved "two guests that swap their names" "update vm lab/qemu/301" "update vm lab/qemu/302"
ctl set lab/qemu/301 ip/net0=10.99.0.2/24 && ctl set lab/qemu/302 ip/net0=10.99.0.1/24
saved "two guests that swap their addresses" "update ip lab/qemu/301/net0/ip/10.99.0.2" "update ip lab/qemu/302/net0/ip/10.99.0.1"

# Second objects with a key, which a crash can leave
duplicate_vm() { netbox '
vm = nb.one("virtualization/virtual-machines", "'"$1"'")
fields = {"stagebox_key": "'"$1"'", "stagebox_adopted": '"$3"'}
if not fields["stagebox_adopted"]: # created twice by an interrupted run
    fields["stagebox_birth"] = vm["custom_fields"]["stagebox_birth"]
nb.call("POST", "virtualization/virtual-machines/", {"name": "'"$2"'", "cluster": vm["cluster"]["id"], "custom_fields": fields})'; }
duplicate_ip() { netbox '
nb.call("POST", "ipam/ip-addresses/", {"address": "'"$2"'", "description": "of people",
        "custom_fields": {"stagebox_key": "'"$1"'", "stagebox_adopted": '"$3"'}})'; }
check "a guest has a second object in NetBox" duplicate_vm lab/qemu/301 second False
saved "a duplicate guest" "delete vm lab/qemu/301"
check "a plan that deletes it once more is refused" refused_again
check "a guest that changes has a second object" duplicate_vm lab/qemu/301 second False
ctl set lab/qemu/301 memory=4096
saved "a duplicate of a guest that changes" "delete vm lab/qemu/301" "update vm lab/qemu/301"
check "a guest has a second object that people made" duplicate_vm lab/qemu/301 theirs True
planned=4 # two objects with one key, and why one of them loses it
saved "a duplicate guest that was adopted" "release vm lab/qemu/301"
planned=
check "a plan that gives it back once more is refused" refused_again
check "it is still there" netbox 'check([row for row in nb.all("virtualization/virtual-machines") if row["name"] == "theirs"])'
check "an address has a second object" duplicate_ip lab/qemu/303/net0/ip/10.99.0.3 10.99.0.33/24 False
saved "a duplicate address" "delete ip lab/qemu/303/net0/ip/10.99.0.3"
check "an address has a second object that people made" duplicate_ip lab/qemu/303/net0/ip/10.99.0.3 10.99.0.33/24 True
planned=4
saved "a duplicate address that was adopted" "release ip lab/qemu/303/net0/ip/10.99.0.3"
planned=

# Objects of people
check "people reserve an address and create a VM" netbox '
person.call("POST", "ipam/ip-addresses/", {"address": "198.51.100.5/24", "status": "reserved", "description": "of people"})
cluster = nb.one("virtualization/clusters", "lab/cluster")
person.call("POST", "virtualization/virtual-machines/", {"name": "legacy", "cluster": cluster["id"], "comments": "of people"})'
ctl set lab/qemu/303 ip/net0=198.51.100.5/24
ctl add lab/qemu/350
ctl set lab/qemu/350 name=legacy
saved "an address and a VM of people" "update ip lab/qemu/303/net0/ip/198.51.100.5" "update vm lab/qemu/350" "delete ip lab/qemu/303/net0/ip/10.99.0.3"
check "the guest with the adopted address has a second object" duplicate_vm lab/qemu/303 second False
saved "a duplicate of a guest with an adopted address" "delete vm lab/qemu/303"
check "the address stays adopted" netbox 'check(nb.one("ipam/ip-addresses", "lab/qemu/303/net0/ip/198.51.100.5"))'
ctl set lab/qemu/303 ip/net0=10.99.0.3/24
saved "the address that was primary is given back" "release ip lab/qemu/303/net0/ip/198.51.100.5" "update vm lab/qemu/303"
ctl set lab/qemu/303 ip/net0=198.51.100.5/24
check "the address is adopted again" gives 0 sync
ctl set lab/qemu/303 ip/net0=
set_conf 's/^prune:.*/prune: { enabled = false; address_runs = 1; address_grace = "0s"; };/'
saved "the only address is given back" "release ip lab/qemu/303/net0/ip/198.51.100.5" "update vm lab/qemu/303"
second same=2

# Names and VMIDs that are used again
ctl rm lab/qemu/304 && ctl add lab/qemu/305 && ctl set lab/qemu/305 name=guest-304
saved "a name of a guest that vanished and is kept" "create vm lab/qemu/305" "update vm lab/qemu/304"
prune_on
ctl rm lab/qemu/305 && ctl add lab/qemu/305 && ctl set lab/qemu/305 name=other-305
saved "a VMID of another guest" "delete vm lab/qemu/305" "create vm lab/qemu/305" "delete vm lab/qemu/304"

# Guests that vanished
ctl set lab/qemu/302 ip/net0=198.51.100.5/24
check "a guest has an adopted address" gives 0 sync
ctl rm lab/qemu/302
ctl rm lab/qemu/350
saved "guests that are gone" "delete vm lab/qemu/302" "release ip lab/qemu/302/net0/ip/198.51.100.5" "release vm lab/qemu/350"
codes=4 # the updates of their primary addresses have no object
second
codes=0

# The endpoint
set_conf '/slug = "lab"/,/site = /s/\(\t\tsite = \).*/\1"berlin";/'
saved "another site" "update cluster lab/cluster" "update device lab/node/pve1" "create site shared/site/berlin"
ctl add edge/qemu/800
# shellcheck disable=SC2086 # words
ctl set edge/qemu/800 $agent
check "another endpoint has a new guest" gives 0 sync
set_conf 's/^prune:.*/prune: { enabled = false; };/'
ctl rm lab/qemu/301
check "a guest of the first endpoint vanished and is kept" gives 0 sync --endpoint lab
ctl set edge/qemu/800 ip/net0=10.99.0.2/24
saved "an address that moves to another endpoint" "update ip edge/qemu/800/net0/ip/10.99.0.2" "update vm lab/qemu/301"
second
done_testing
