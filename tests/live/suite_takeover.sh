#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# limit 600
# Adoption on a real NetBox: objects of netbox-proxbox (by its custom fields) and of netbox-ssot are found with NetBox's
# filters, corrected and adopted. The plugin itself is not installed.
. "${STAGEBOX_SRC:?}/tests/live/lib_live.sh"
live_up --guests 24

# lab as netbox-proxbox, edge as netbox-ssot
check "NetBox contains the objects that the other tools create" netbox '
def post(path, body):
    return nb.call("POST", path + "/", body)["id"]

def slug(path, text, **more):
    return post(path, dict(more, name=text, slug=re.sub("[^a-z0-9]+", "-", text.lower())))

def field(name, kind):
    post("extras/custom-fields", {"name": name, "type": kind, "object_types": ["virtualization.virtualmachine", "dcim.device"]})

def sizes(config, wrong):
    for key, value in config.items():
        found = re.search(r"size=(\d+)([KMGT])", str(value))
        if re.fullmatch(r"(scsi|virtio|sata|ide|mp|efidisk)\d+|rootfs", key) and found and "media=cdrom" not in value:
            yield key, value.split(",")[0], wrong(int(found[1]), found[2])

maker = slug("dcim/manufacturers", "Proxmox")
model = post("dcim/device-types", {"manufacturer": maker, "model": "Proxmox Generic Device", "slug": "proxmox-generic-device"})
role = slug("dcim/device-roles", "Proxmox Node")
own = {"proxbox": slug("extras/tags", "Proxbox"), "ssot": slug("extras/tags", "netbox-ssot"),
       "gone": slug("extras/tags", "proxbox-soft-deleted"), "theirs": slug("extras/tags", "crown-jewels")}
for name, kind in (("proxmox_vm_id", "integer"), ("proxmox_vm_type", "text"), ("proxmox_cluster", "text"),
                   ("source", "text"), ("source_id", "text")):
    field(name, kind)
for pve in pves:
    rows = pve.get("/cluster/status")
    cluster_name = ([row["name"] for row in rows if row["type"] == "cluster"] or [row["name"] for row in rows])[0]
    site = slug("dcim/sites", pve.site, status="active")
    kind = slug("virtualization/cluster-types", "Type of " + pve.slug)
    cluster = post("virtualization/clusters", {"name": cluster_name, "type": kind, "scope_type": "dcim.site", "scope_id": site})
    # netbox-ssot has an option to append a domain
    domain = "" if pve.slug == "lab" else ".example.com"
    nodes = {row["name"]: post("dcim/devices", {"name": row["name"] + domain, "device_type": model, "role": role, "site": site,
             "cluster": cluster, "description": "Proxmox Node " + row["name"]}) for row in rows if row["type"] == "node"}
    seen = set()
    for n, row in enumerate(sorted((row for row in pve.get("/cluster/resources") if "vmid" in row), key=lambda row: row["vmid"])):
        name = row["name"] if row["name"].lower() not in seen else "%s (2)" % row["name"]
        if name.lower() in seen:
            continue
        seen.add(name.lower())
        config = pve.get("/nodes/%s/%s/%s/config" % (row["node"], row["type"], row["vmid"]))
        proxbox = pve.slug == "lab"
        custom = ({"proxmox_vm_id": row["vmid"], "proxmox_vm_type": row["type"], "proxmox_cluster": cluster_name} if proxbox
                  else {"source": "edge", "source_id": str(row["vmid"])})
        tags = [own["proxbox" if proxbox else "ssot"]]
        vm = post("virtualization/virtual-machines", {"name": "by-hand-%d" % n if n == 1 else name, "cluster": cluster, "site": site,
                  "device": nodes[row["node"]], "memory": row["maxmem"] // 2**20, "tags": tags + [own["theirs"]] * (n == 1) +
                  [own["gone"]] * (n == 2), "status": "decommissioning" if n == 2 else "active", "custom_fields": custom,
                  "description": "Synced from Proxmox node " + row["node"] if proxbox else "",
                  "comments": "Ask Ada." if n == 1 else ""})
        for key, value in config.items():
            if re.fullmatch(r"net\d+", key):
                mac = re.search(r"(?:[0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}", value)[0]
                named = re.search(r"name=([^,]+)", value)
                body = {"virtual_machine": vm, "name": named[1] if named else key if proxbox else "ens1" + key[3:]}
                if not proxbox or "virtio=" in value or "hwaddr=" in value:
                    body["mac_address"] = mac.upper()
                post("virtualization/interfaces", body)
        wrong = ((lambda n, unit: n * {"K": 1, "M": 1, "G": 1024, "T": 1048576}[unit]) if proxbox
                 else (lambda n, unit: n * {"K": 0, "M": 0, "G": 1000, "T": 1000000}[unit]))
        for key, volume, size in sizes(config, wrong):
            if size:
                post("virtualization/virtual-disks", {"virtual_machine": vm, "name": key if proxbox else volume, "size": size,
                     "description": "Storage: %s | Format: raw" % volume.split(":")[0] if proxbox else volume})
    gone = {"name": "old-erp", "cluster": cluster, "status": "decommissioning", "tags": [own["gone"]]}
    post("virtualization/virtual-machines", dict(gone, custom_fields={"proxmox_vm_id": 9001} if pve.slug == "lab" else {}))'
netbox 'print({row["id"] for row in nb.all("virtualization/virtual-machines")})' >"$TMPDIR/ids"

check "bootstrap prepares NetBox" gives 0 bootstrap
before=$(changes)
check "audit-takeover succeeds" gives 0 audit-takeover --format json
cp "$TMPDIR/out" "$TMPDIR/audit"
check "audit-takeover finds guests, nodes and clusters" python3 - "$TMPDIR/audit" <<'PY'
import json, sys
for part in json.load(open(sys.argv[1]))["endpoints"]:
    by = {(entry["kind"], entry["by"]): entry["count"] for entry in part["adopted"]}
    rule = "the custom field proxmox_vm_id of netbox-proxbox" if part["slug"] == "lab" else "the source id of netbox-ssot"
    assert by[("vm", rule)] >= 10, by
    node = "its name in our cluster" if part["slug"] == "lab" else "its host name with a domain, in our cluster"
    assert by[("cluster", "its name")] == 1 and by[("device", node)] >= 1, by
    ids = {entry["id"]: entry["count"] for entry in part["wrong"]}
    assert ids.get("wrong-disk-size"), ids
    assert part["slug"] != "lab" or ids.get("lost-mac"), ids
    assert [entry["name"] for entry in part["left"] if entry["stale"]] == ["old-erp"], part["left"]
PY
check "a plan succeeds" gives 2 plan
check "the plan names the object that is adopted" out_has 'adopted by the custom field proxmox_vm_id of netbox-proxbox: it was vm [0-9]* "'
check "audit-takeover and plan write nothing" same "$(changes)" "$before"
check "the sync succeeds" gives 0 sync
check "the sync creates no duplicate of an existing guest" netbox "
have = $(cat "$TMPDIR/ids")
rows = nb.all('virtualization/virtual-machines')
check(have <= {row['id'] for row in rows}, 'some were deleted')
new = [row['custom_fields']['stagebox_key'] for row in rows if row['id'] not in have]
check(len(new) <= 2, new)"
check "the name, the tag and the comment of a person are kept" netbox '
rows = [row for row in nb.all("virtualization/virtual-machines") if row["name"].startswith("by-hand")]
check(len(rows) == 2 and all(row["comments"] == "Ask Ada." and "crown-jewels" in [tag["slug"] for tag in row["tags"]]
                             and row["custom_fields"]["stagebox_key"] for row in rows), rows)'
check "a guest that was marked as deleted becomes active" netbox '
rows = [row for row in nb.all("virtualization/virtual-machines") if row["custom_fields"]["stagebox_key"]]
check(not [row["name"] for row in rows if "proxbox-soft-deleted" in [tag["slug"] for tag in row["tags"]]])
check(not [row["name"] for row in rows if row["status"]["value"] == "decommissioning"])'
check "every interface has exactly one MAC address" netbox '
ports = [row for row in nb.all("virtualization/interfaces") if row["custom_fields"]["stagebox_key"]]
check(ports and all(port["primary_mac_address"] for port in ports))
check(all(len(port["mac_addresses"]) == 1 for port in ports), [port["name"] for port in ports if len(port["mac_addresses"]) != 1])'
check "the disk size of a guest is the sum of its disks" netbox '
sums = {}
for disk in nb.all("virtualization/virtual-disks"):
    sums[disk["virtual_machine"]["id"]] = sums.get(disk["virtual_machine"]["id"], 0) + disk["size"]
for vm in nb.all("virtualization/virtual-machines"):
    check((vm["disk"] or 0) == sums.get(vm["id"], 0), vm["name"], vm["disk"], sums.get(vm["id"]))'
before=$(changes)
check "a second sync succeeds" gives 0 sync
check "a second sync writes nothing" same "$(changes)" "$before"
check "NetBox contains two unowned objects with the same VMID" netbox '
row = [row for row in nb.all("virtualization/virtual-machines") if row["custom_fields"]["proxmox_vm_id"] and row["custom_fields"]["stagebox_key"]][0]
nb.call("PATCH", "virtualization/virtual-machines/%d/" % row["id"], {"custom_fields": {"stagebox_key": None, "stagebox_birth": None}})
nb.call("POST", "virtualization/virtual-machines/", {"name": "a-copy", "cluster": row["cluster"]["id"],
        "custom_fields": {name: row["custom_fields"][name] for name in ("proxmox_vm_id", "proxmox_vm_type", "proxmox_cluster")}})'
check "two candidates for a guest are a conflict" gives 3 plan
check "the conflict names both" says 'several NetBox objects match .* "a-copy"'
lab_down
done_testing
