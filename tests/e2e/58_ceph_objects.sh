#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# full netbox
# limit 300
# Ceph as custom objects of NetBox: types with plain names, a page for each OSD, and answers that are written without being read.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
. "$e2e/lib_ceph.sh"
ceph_lab --guests 2 --endpoints 1 --plugins custom-objects=0.7.1
# rows SLUG PYTHON: checks "rows" of a type by the last part of their keys
rows() { netbox '
rows = {row["stagebox_key"].split("/", 2)[2]: row for row in nb.all("plugins/custom-objects/stagebox-'"$1"'")}
'"$2"; }
# asked SLUG: prints the fields that lists of this type asked NetBox for since mark
asked() { python3 -c '
import json, re, sys
for line in list(open(sys.argv[1]))[int(sys.argv[2]):]:
    entry = json.loads(line)
    if entry["server"] == "netbox" and entry["method"] == "GET" and "/stagebox-%s/" % sys.argv[3] in entry["path"]:
        print(entry["path"])' "$lab/requests.ndjson" "$since" "$1"; }

check "bootstrap makes the types" gives 0 bootstrap
check "eight, with plain names in one group" netbox '
types = {row["slug"]: row for row in nb.all("plugins/custom-objects/custom-object-types")}
names = sorted(row["verbose_name"] for slug, row in types.items() if slug.startswith("stagebox-ceph-"))
check(names == ["Ceph CRUSH rule", "Ceph OSD", "Ceph cluster", "Ceph daemon", "Ceph filesystem", "Ceph flag", "Ceph health check", "Ceph pool"], names)
check(sorted(slug for slug in types if slug.startswith("stagebox-ceph-")) == [
    "stagebox-ceph-clusters", "stagebox-ceph-crush-rules", "stagebox-ceph-daemons", "stagebox-ceph-filesystems",
    "stagebox-ceph-flags", "stagebox-ceph-health-checks", "stagebox-ceph-osds", "stagebox-ceph-pools"], types)
check(all(row["group_name"] == "Proxmox VE" for slug, row in types.items() if slug.startswith("stagebox-ceph-")), types)'
check "lists do not show what programs read" netbox '
def word(value): return value["value"] if isinstance(value, dict) else value
hidden = set(field["name"] for row in nb.all("plugins/custom-objects/custom-object-types") for field in row["fields"]
             if word(field["ui_visible"]) == "hidden")
check(hidden == {"payload", "stagebox_digest", "stagebox_adopted"}, hidden)'
check "bootstrap a second time changes nothing" gives 0 bootstrap --plan
check "the first sync" gives "0 4" sync
check "each object was created" ceph '
check({kind: len(objects) for kind, objects in ceph.items()} == {
    "ceph-cluster": 1, "ceph-health-check": 0, "ceph-daemon": len(names["ceph-daemon"]), "ceph-osd": 6, "ceph-pool": len(names["ceph-pool"]),
    "ceph-filesystem": 1, "ceph-crush-rule": len(names["ceph-crush-rule"]), "ceph-flag": 11}, names)
check(len(names["ceph-pool"]) > 2 and len(names["ceph-daemon"]) > 6, names)'
check "an OSD refers to its node and its cluster" rows ceph-osds '
check(all(row["device"]["name"] == row["host"] and row["cluster"]["name"] == "lab" for row in rows.values()), rows)'
check "sizes are whole numbers of bytes" rows ceph-osds 'check(all(row["total_bytes"] > 2 ** 32 for row in rows.values()), rows)'
check "a filesystem refers to its metadata pool" rows ceph-filesystems '
check(all(row["metadata_pool"]["display"] == "cephfs_metadata" for row in rows.values()), rows)'
check "the answer about an OSD is there" rows ceph-osds 'check(all(row["payload"]["name"] == row["name"] for row in rows.values()), rows)'
check "a health check has a page while it lasts" ctl set lab/ceph/osd/4 up=0
mark
check "a sync" gives "0 4" sync
check "reads the digest in place of the answer" python3 -c '
import sys
lists = [path for path in sys.argv[1].splitlines() if "isw=lab" in path]
assert lists and all("stagebox_digest" in path and "payload" not in path for path in lists), lists' "$(asked ceph-osds)"
check "creates it" rows ceph-health-checks 'check("OSD_DOWN" in rows and rows["OSD_DOWN"]["severity"] == "HEALTH_WARN", rows)'
check "and writes the answer with the OSD" rows ceph-osds 'check(rows["4"]["up"] is False and rows["4"]["payload"]["status"] == "down", rows["4"])'
check "a sync with other latencies writes nothing" quiet
check "the disk is back" ctl set lab/ceph/osd/4 up=1
check "the next sync" gives "0 4" sync
check "ends the check" rows ceph-health-checks 'check(not rows, rows)'
check "the journal of the node has both" netbox '
words = [row["comments"].split("\n")[0] for row in sorted(nb.all("extras/journal-entries"), key=lambda row: row["id"])]
check([line for line in words if "ceph-osd/4" in line] == ["lab/ceph-osd/4: up: true -> false", "lab/ceph-osd/4: up: false -> true"], words)'
check "people filter by it" netbox '
down = nb.call("GET", "plugins/custom-objects/stagebox-ceph-osds/?up=false")
check(down["count"] == 0, down)
check(nb.call("GET", "plugins/custom-objects/stagebox-ceph-osds/?device_class=hdd")["count"] > 0)'

# Old numbers
if simulated; then
	set_conf '$aoptions: { ceph: { refresh = "1s"; }; };'
	sleep 1.2
	check "after ceph.refresh numbers are written without another change" gives "0 4" sync
	check "with the answers they are from" last 'check(sum(part["response"]["kinds"].get("ceph-osd", {}).get("update", 0) for name in ("ceph_sync",) for part in run["record"][name]["response"]["stages"]) == 6, run["record"]["ceph_sync"])'
	check "flags have no such numbers" last '
stages = {entry["resource"]: entry for entry in run["record"]["ceph_sync"]["response"]["stages"]}
check(stages["flags"]["response"]["counts"]["update"] == 0, stages["flags"])'
	set_conf '/^options: { ceph/d'
fi

# The home goes
set_conf '$ainventory = "fields";'
check "bootstrap --move-home moves all objects" gives 0 bootstrap --move-home
check "to the fields of clusters and nodes" ceph 'check(len(names["ceph-osd"]) == 6 and len(names["ceph-flag"]) == 11, names)'
check "a sync goes on there" gives "0 4" sync
check "and then writes nothing" quiet

# And comes back, with objects whose answers had no room
check "nodes have many OSDs" ctl set lab/ceph osds=80
check "a sync leaves out some of their answers" gives "0 4" sync
check "but no OSD" ceph '
osds = ceph["ceph-osd"].values()
check(len(osds) == 240 and 0 < sum("payload" in osd for osd in osds) < 240, [len(osds), sum("payload" in osd for osd in osds)])'
set_conf '/^inventory/d'
set_conf '$ainventory = "custom-objects";'
check "bootstrap --move-home moves them back" gives 0 bootstrap --move-home
check "a sync" gives "0 4" sync
check "writes the answers that had no room" ceph '
check(len(ceph["ceph-osd"]) == 240 and all(osd["payload"] for osd in ceph["ceph-osd"].values()), len(ceph["ceph-osd"]))'
check "and then nothing" quiet
done_testing
