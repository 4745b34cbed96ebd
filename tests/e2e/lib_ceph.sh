# SPDX-License-Identifier: Apache-2.0
# Shared by the suites of Ceph; they source it after lib.sh.

# ceph_lab OPTIONS...: a lab whose endpoint "lab" has Ceph, and a configuration with the module
ceph_lab() {
	lab_up "$@"
	set_conf 's|^modules.*|modules = [ "cluster", "ceph" ];|'
}
# ceph PYTHON: checks "ceph", {kind: {key: fields}}, in whichever home NetBox has it, and "health", the field of the cluster
ceph() { netbox '
plurals = {"ceph-cluster": "ceph-clusters", "ceph-health-check": "ceph-health-checks", "ceph-daemon": "ceph-daemons",
           "ceph-osd": "ceph-osds", "ceph-pool": "ceph-pools", "ceph-filesystem": "ceph-filesystems",
           "ceph-crush-rule": "ceph-crush-rules", "ceph-flag": "ceph-flags"}
note = " ".join(row["description"] for row in nb.all("extras/custom-fields") if row["name"] == "stagebox_key").split()
ceph = {kind: {} for kind in plurals}
cluster = nb.one("virtualization/clusters", "lab/cluster")
if "custom-objects" in note:
    for kind, slug in plurals.items():
        ceph[kind] = {row["stagebox_key"]: row for row in nb.all("plugins/custom-objects/stagebox-" + slug)}
else:
    for row in [cluster] + nb.all("dcim/devices"):
        for kind, objects in (row["custom_fields"].get("stagebox_ceph") or {}).items():
            if kind in ceph:
                ceph[kind].update(objects)
health = cluster["custom_fields"].get("stagebox_ceph_health")
health = health["value"] if isinstance(health, dict) else health
names = {kind: sorted(key.split("/", 2)[2] for key in objects) for kind, objects in ceph.items()}
'"$1"; }
# ceph_stages PYTHON: checks "stages", {word: entry of the record}, of the last run
ceph_stages() { last '
stages = {entry["resource"]: entry for entry in run["record"]["ceph_sync"]["response"]["stages"]}
'"$1"; }
# ceph_calls: prints the paths of Ceph that were asked for since mark, with their methods
ceph_calls() { python3 -c '
import json, sys
for line in list(open(sys.argv[1]))[int(sys.argv[2]):]:
    entry = json.loads(line)
    if entry["server"].startswith("pve:") and "/ceph/" in entry["path"]:
        print(entry["method"], entry["path"])' "$lab/requests.ndjson" "$since"; }
quiet() { mark; gives "0 4" sync && look no-writes; }
