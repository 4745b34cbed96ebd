#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Objects that NetBox has already are found, or the doubt is reported: never silently a second one.
# slow
# limit 300
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
lab_up --guests 8 --endpoints 1
set_conf 's/site = "[^"]*"/site = "HQ"/'
check "bootstrap prepares NetBox" gives 0 bootstrap
check "people have devices in no cluster, a VLAN group with another slug, and guests elsewhere" netbox '
post = lambda path, **body: person.call("POST", path + "/", body)
site = post("dcim/sites", name="HQ", slug="hq")
maker = post("dcim/manufacturers", name="Acme", slug="acme")
kind = post("dcim/device-types", manufacturer=maker["id"], model="Server", slug="server")
role = post("dcim/device-roles", name="Hypervisor", slug="hypervisor")
ours = post("dcim/device-roles", name="Proxmox Node", slug="proxmox-node")
post("dcim/devices", name="PVE1.example.com", device_type=kind["id"], role=role["id"], site=site["id"])
post("dcim/devices", name="pve2.example.com", device_type=kind["id"], role=ours["id"], site=site["id"])
post("ipam/vlan-groups", name="lab", slug="vlans-of-lab")
other = post("virtualization/clusters", name="other", type=post("virtualization/cluster-types", name="x", slug="x")["id"])
post("virtualization/virtual-machines", name="APP01", cluster=other["id"])'
ctl set lab/qemu/103 name=app01
ctl set lab/qemu/101 net0=virtio=BC:24:11:55:00:01,bridge=vmbr0,tag=20

check "the plan reports a conflict and writes nothing" gives 3 plan --format json
check "the plan lists objects that may exist already" python3 - "$TMPDIR/out" <<'PY'
import json, sys
part = json.load(open(sys.argv[1]))["plan"]["endpoints"][0]
similar = [(entry["key"], entry["by"], entry["other"]["name"]) for entry in part["similar"]]
assert ("lab/qemu/103", "name", "APP01") in similar, similar
conflicts = [entry for entry in part["conflicts"] if entry["key"] == "lab/node/pve1"]
assert len(conflicts) == 1, part["conflicts"]
why = conflicts[0]["why"]
assert "PVE1.example.com" in why and "HQ" in why and "adopt_nodes" in why and "/dcim/devices/" in why, why
PY
check "the first sync reports the same" gives 3 sync
check "it prints the similar guest with its URL" says 'same name: "APP01" in cluster other, http://.*/virtualization/virtual-machines/[0-9]*/'
check "the device with our role is adopted, the other one is not, and no second one is created" netbox '
rows = {row["name"]: row["custom_fields"]["stagebox_key"] for row in nb.all("dcim/devices")}
check(rows.get("pve2.example.com") == "lab/node/pve2", rows)
check(rows.get("PVE1.example.com") is None and "pve1" not in rows and "PVE1" not in rows and "pve2" not in rows, rows)'
check "the VLAN is in the group that has the name" netbox '
rows = nb.all("ipam/vlans")
check(rows and {row["group"]["slug"] for row in rows} == {"vlans-of-lab"}, rows)
check(len(nb.all("ipam/vlan-groups")) == 1)'
mark
check "a second sync reports the conflict again" gives 3 sync
check "a second sync writes nothing" look no-writes
check "with adopt_nodes = named" set_conf '1i adopt_nodes = "named";'
check "the device is adopted by its name alone" gives 0 sync
check "there is one device of each node" netbox '
rows = {row["name"]: row["custom_fields"]["stagebox_key"] for row in nb.all("dcim/devices")}
check(rows.get("PVE1.example.com") == "lab/node/pve1", rows)'
mark
check "a further sync has nothing to do" gives 0 sync
check "a further sync writes nothing" look no-writes
done_testing
