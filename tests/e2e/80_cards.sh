#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# limit 300
# An address that another card of its guest has now keeps its object, whichever card comes first; one that another guest
# takes over loses the DNS name that we wrote for the former guest, and no other one.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
lab=$TMPDIR/lab
lab_up --guests 4 --endpoints 1
x=10.20.99.7 y=10.20.99.8

# is KEY FIELD VALUE: the address with this key has the value; assigned: the card
is() {
	netbox '
row = nb.one("ipam/ip-addresses", "'"$1"'")
value = {"note": row["description"], "dns": row["dns_name"], "card": (row["assigned_object"] or {}).get("name")}["'"$2"'"]
check(value == "'"$3"'", repr(value))'
}
note() { netbox '
row = nb.one("ipam/ip-addresses", "'"$1"'")
person.call("PATCH", "ipam/ip-addresses/%d/" % row["id"], {"description": "note of '"$2"'"})'; }
alone() { netbox '
rows = [row for row in nb.all("ipam/ip-addresses") if row["address"].startswith("'"$1"'/")]
check(len(rows) == 1, [row["custom_fields"] for row in rows])'; }
moves() { # WORDS FIELDS...
	words=$1
	shift
	check "$words: Proxmox VE" ctl set lab/qemu/700 "$@"
	check "$words: one sync does it" gives 0 sync
	check "$words: all accounts balance" sums
	check "$words: it deletes nothing" look no-deletes
}

check "bootstrap" gives 0 bootstrap
check "a guest with two cards" ctl add lab/qemu/700
ctl set lab/qemu/700 agent=1 status=running net0=virtio=BC:24:11:FF:07:00,bridge=vmbr0 net1=virtio=BC:24:11:FF:07:01,bridge=vmbr0
ctl set lab/qemu/700 ip/net0= ip/net1=$x/24
check "a sync" gives 0 sync
check "a person writes a note at the address" note lab/qemu/700/net1/ip/$x x

mark
moves "the earlier card gets it alone" ip/net1= ip/net0=$x/24
check "the note is there" is lab/qemu/700/net0/ip/$x note "note of x"
check "on the earlier card" is lab/qemu/700/net0/ip/$x card net0
moves "the later card gets it" ip/net0= ip/net1=$x/24
check "the note is there" is lab/qemu/700/net1/ip/$x note "note of x"
moves "the earlier card has it, too" ip/net0=$x/24
check "the note is there" is lab/qemu/700/net0/ip/$x note "note of x"
check "on the earlier card" is lab/qemu/700/net0/ip/$x card net0
check "NetBox has it once" alone $x
mark
check "the next sync succeeds" gives 0 sync
check "and writes nothing" look no-writes
moves "the earlier card loses it" ip/net0=
check "the note is there" is lab/qemu/700/net1/ip/$x note "note of x"
moves "the other card gets another one" ip/net0=$y/24
check "a person writes a note there" note lab/qemu/700/net0/ip/$y y
moves "the cards exchange their addresses" ip/net0=$x/24 ip/net1=$y/24
check "each has its note" is lab/qemu/700/net0/ip/$x note "note of x"
check "the other one, too" is lab/qemu/700/net1/ip/$y note "note of y"

# Another guest takes addresses over.
check "two containers" ctl add lab/lxc/701
ctl add lab/lxc/702
check "have addresses" ctl set lab/lxc/701 hostname=former searchdomain=example.net status=running ip/net0=10.20.99.21/24
check "have addresses" ctl set lab/lxc/702 hostname=other searchdomain=example.net status=running ip/net0=10.20.99.22/24
check "a sync" gives 0 sync
check "the DNS name" is lab/lxc/701/net0/ip/10.20.99.21 dns former.example.net
check "a person writes another DNS name" netbox '
row = nb.one("ipam/ip-addresses", "lab/lxc/702/net0/ip/10.20.99.22")
person.call("PATCH", "ipam/ip-addresses/%d/" % row["id"], {"dns_name": "printer.example.org"})'
check "the containers go" ctl rm lab/lxc/701
ctl rm lab/lxc/702
check "two machines without a domain come" ctl add lab/qemu/703
ctl add lab/qemu/704
ctl set lab/qemu/703 name=plain agent=1 status=running ip/net0=10.20.99.21/24
ctl set lab/qemu/704 name=simple agent=1 status=running ip/net0=10.20.99.22/24
mark
check "a sync" gives "0 4" sync
check "it deletes nothing" look no-deletes
check "the name that we wrote for the former guest is gone" is lab/qemu/703/net0/ip/10.20.99.21 dns ""
check "the name of a person is there" is lab/qemu/704/net0/ip/10.20.99.22 dns printer.example.org
mark
check "the next sync succeeds" gives "0 4" sync
check "and writes nothing" look no-writes
done_testing
