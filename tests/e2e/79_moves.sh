#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# full netbox
# Objects that NetBox checks against each other move to another site or cluster in one run, also after a run that was
# killed at any of its writes.
# slow
# limit 1200
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
. "$e2e/lib_crash.sh"

new_lab() {
	lab=$TMPDIR/$1
	lab_up --guests 4 --endpoints 1
}
# site NAME: the site of the endpoint in the configuration
site() { set_conf "s/^\(\t\tsite = \).*/\1\"$1\";/"; }
# is_at CLUSTER NODES: the names of the sites, "" = none; guests are where their cluster is. Without a site there,
# NetBox itself gives guests the site of their node since 4.6.
is_at() {
	netbox '
clusters, nodes, guests = (nb.all(path) for path in ("virtualization/clusters", "dcim/devices", "virtualization/virtual-machines"))
check(clusters and nodes and guests)
for row in clusters:
    check(((row["scope"] or {}).get("name") or "") == "'"$1"'", row["name"], row["scope"])
allowed = {"'"$1"'"} if "'"$1"'" or "'"$netbox_version"'" == "4.5" else {"", "'"$2"'"}
for rows, names in ((guests, allowed), (nodes, {"'"$2"'"})):
    for row in rows:
        check(((row["site"] or {}).get("name") or "") in names, row["name"], row["site"])'
}
moves() { # FROM-WORDS TO CLUSTER-SITE NODE-SITE
	site "$2"
	mark
	check "$1: one sync moves everything" gives 0 sync
	check "$1: NetBox refuses no write" same "$(look statuses)" "${5:-200 201}"
	check "$1: cluster, nodes and guests are there" is_at "$3" "$4"
	mark
	check "$1: the next sync succeeds" gives 0 sync
	check "$1: and writes nothing" look no-writes
}

new_lab ways
site ""
check "bootstrap" gives 0 bootstrap
check "a sync without a site" gives 0 sync
default='Proxmox Default Site - lab'
check "cluster and guests have no site, nodes the default site" is_at "" "$default"
moves "no site, then a site" berlin berlin berlin
moves "a site, then another one" paris paris paris
moves "a site, then none" "" "" "$default" 200
moves "again a site" rome rome rome

# What a person moved in NetBox belongs to the source: device and guests are checked against each other.
check "a person moves a node to another cluster" netbox '
kind = nb.all("virtualization/cluster-types")[0]["id"]
other = person.call("POST", "virtualization/clusters/", {"name": "elsewhere", "type": kind})
node = nb.one("dcim/devices", "lab/node/pve1")
person.call("PATCH", "dcim/devices/%d/" % node["id"], {"cluster": other["id"]})'
for vmid in 101 103 104; do ctl set lab/qemu/$vmid memory=3072; done
mark
check "one sync takes the node back and changes its guests" gives 0 sync
check "NetBox refuses no write" same "$(look statuses)" 200
check "the node is in its cluster" netbox 'check(nb.one("dcim/devices", "lab/node/pve1")["cluster"]["name"] == "lab")'
lab_down

# Two clusters of one name: NetBox allows them in different sites only.
lab=$TMPDIR/names
lab_up --guests 4 --endpoints 2
set_conf 's/^\(\t\tsite = \).*/\1"berlin";\n\t\tcluster_name = "pve";/'
check "two endpoints with one cluster name: bootstrap" gives 0 bootstrap
check "in one site the second one is a conflict" gives "3 4" sync
check "which names the other endpoint and the option" says 'the cluster "pve" in NetBox is \(lab\|edge\)/cluster: if .* is the same Proxmox VE, .*; else set cluster_name of this endpoint'
check "and the run of the endpoint that reflected nothing is not ok" gives 0 runs --format json
check "its status says so" python3 -c '
import json, sys
runs = [run for run in json.load(open(sys.argv[1])) if run["mode"] == "sync"]
print(runs)
sys.exit(sorted(run["status"] == "ok" for run in runs) != [False, True])' "$TMPDIR/out"
set_conf '/slug = "edge"/,/site = /s/berlin/paris/'
check "in two sites both are reflected" gives 0 sync
check "as two clusters of one name" netbox '
sites = sorted((row["name"], row["scope"]["name"]) for row in nb.all("virtualization/clusters"))
check(sites == [("pve", "berlin"), ("pve", "paris")], sites)'
set_conf 's/cluster_name = "pve"/cluster_name = "{cluster_slug}-{endpoint}"/'
check "a template makes other names" gives 0 sync
dump "$TMPDIR/named"
check "from the name of the cluster and the slug of the endpoint" has "$TMPDIR/named" '"name": "lab-lab"'
set_conf 's/cluster_name = "[^"]*"/cluster_name = "{node}"/'
check "another placeholder is refused" gives 78 sync
lab_down

before_move() {
	new_lab "$1" && site berlin && gives 0 bootstrap && gives 0 sync && site paris
}
calm move
echo "# move: $total writes"
k=0
if ! simulated; then
	one move $((total / 2)) commit job
	done_testing
fi
while [ $k -lt "$total" ]; do
	k=$((k + 1))
	both move $k
done
done_testing
