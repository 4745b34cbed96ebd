#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The primary address of a guest, and addresses that several guests report.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
lab_up --guests 4 --endpoints 1
vm() { printf 'nb.one("virtualization/virtual-machines", "%s")' "$1"; }
primary() { netbox 'vm = '"$(vm "$1")"'
now = vm["primary_ip4"] and vm["primary_ip4"]["address"]
check(now == "'"$2"'", now)'; }
role() { netbox 'row = nb.one("ipam/ip-addresses", "'"$1"'")
check(row and (row["role"] or {}).get("value") == '"$2"', row and row["role"])'; }
quiet() { mark && gives 0 sync && look no-writes; }

check "bootstrap" gives 0 bootstrap
for each in 201 202 203; do ctl add lab/qemu/$each; done
ctl set lab/qemu/201 ip/net0=192.168.1.17/32,192.168.1.170/24,172.17.0.1/16
ctl set lab/qemu/202 ip/net0=192.168.1.17/32,192.168.1.171/24
ctl set lab/qemu/203 ip/net0=10.20.0.3/24,10.20.0.2/24
check "the first sync succeeds" gives 0 sync
check "a single address beside a network is not primary" primary lab/qemu/201 192.168.1.170/24
check "nor at the other guest that has it" primary lab/qemu/202 192.168.1.171/24
check "it has the role vip at both" role lab/qemu/201/net0/ip/192.168.1.17 '"vip"'
check "of equal ones the first in the order of the guest is primary" primary lab/qemu/203 10.20.0.3/24
check "a second sync writes nothing" quiet

check "a person chooses another primary address" netbox 'vm = '"$(vm lab/qemu/203)"'
other = nb.one("ipam/ip-addresses", "lab/qemu/203/net0/ip/10.20.0.2")
nb.call("PATCH", "virtualization/virtual-machines/%d/" % vm["id"], {"primary_ip4": other["id"]})'
check "a sync keeps it" quiet
check "it is still primary" primary lab/qemu/203 10.20.0.2/24
check "a person chooses the worse one of another guest" netbox 'vm = '"$(vm lab/qemu/201)"'
other = nb.one("ipam/ip-addresses", "lab/qemu/201/net0/ip/192.168.1.17")
nb.call("PATCH", "virtualization/virtual-machines/%d/" % vm["id"], {"primary_ip4": other["id"]})'
check "a sync keeps that, too" quiet
check "it is still primary" primary lab/qemu/201 192.168.1.17/32
ctl set lab/qemu/203 ip/net0=10.20.0.3/24,10.20.0.9/24
check "when the chosen address is gone" gives 0 sync
check "the first of the others is primary" primary lab/qemu/203 10.20.0.3/24
check "a second sync writes nothing" quiet
ctl shuffle 5
check "another order of answers changes nothing" quiet
ctl clear

# A guest claims the only address of its neighbour.
ctl set lab/qemu/203 ip/net0=10.20.0.3/24
check "a guest has one address" gives 0 sync
ctl set lab/qemu/202 ip/net0=192.168.1.171/24,10.20.0.3/24
check "another guest claims it" gives 0 sync
check "the primary address of the first guest stays" primary lab/qemu/203 10.20.0.3/24
check "both have the role vip" role lab/qemu/203/net0/ip/10.20.0.3 '"vip"'
check "a second sync writes nothing" quiet
ctl set lab/qemu/202 ip/net0=192.168.1.171/24
check "the claim ends, while other guests are off" gives 0 sync
check "the role is gone" role lab/qemu/203/net0/ip/10.20.0.3 None
check "the primary address of the first guest stays" primary lab/qemu/203 10.20.0.3/24
check "a second sync writes nothing" quiet
done_testing
