#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# An address that a guest of another endpoint has now moves there, with the notes of people, when its own endpoint was
# read completely and lacks it; before that it is a conflict that names the owner.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
lab_up --guests 4 --endpoints 2
agent='agent=1 status=running'
check "bootstrap" gives 0 bootstrap
# shellcheck disable=SC2086 # words
{
	ctl add lab/qemu/700
	ctl set lab/qemu/700 $agent ip/net0=10.99.0.7/24
}
check "the first sync" gives 0 sync
check "a person writes a note on an address" netbox '
row = nb.one("ipam/ip-addresses", "lab/qemu/700/net0/ip/10.99.0.7")
person.call("PATCH", "ipam/ip-addresses/%d/" % row["id"], {"description": "in the firewall"})'
# shellcheck disable=SC2086 # words
{
	ctl add edge/qemu/800
	ctl set edge/qemu/800 $agent ip/net0=10.99.0.7/24
}
check "a guest of another endpoint reports the same address" gives "3 4" sync --endpoint edge
check "the conflict names the owner" last 'check("lab/qemu/700/net0/ip/10.99.0.7" in text, text)'
check "the address stays where it is" netbox 'nb.one("ipam/ip-addresses", "lab/qemu/700/net0/ip/10.99.0.7")'
ctl rm lab/qemu/700
check "while the own endpoint was not read again" gives "3 4" sync --endpoint edge
check "nothing changes" netbox 'nb.one("ipam/ip-addresses", "lab/qemu/700/net0/ip/10.99.0.7")'
check "the own endpoint is read, and its guest has vanished" gives 0 sync --endpoint lab
check "then the address moves" gives 0 sync --endpoint edge
check "with its note, and is the primary one of the new owner only" netbox '
row = nb.one("ipam/ip-addresses", "edge/qemu/800/net0/ip/10.99.0.7")
check(row["description"] == "in the firewall", row)
check(nb.one("virtualization/virtual-machines", "edge/qemu/800")["primary_ip4"]["id"] == row["id"])
check(nb.one("virtualization/virtual-machines", "lab/qemu/700")["primary_ip4"] is None)'
check "all accounts balance" sums
mark
check "a second sync of both succeeds" gives 0 sync
check "and writes nothing" look no-writes
done_testing
