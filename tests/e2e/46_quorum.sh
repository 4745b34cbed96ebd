#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A part of a cluster that lost its quorum answers with lists that may be outdated: a node that is missing from them keeps
# its device, ports and addresses, even with pruning without limits; and so when only the HA status reports it.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
lab_up --guests 6 --endpoints 1
prune_on
check "bootstrap" gives 0 bootstrap
check "the first sync" gives 0 sync

# without_pve3 QUORATE: the lists lack a node, and /cluster/status has this quorum
without_pve3() { python3 -c '
import json, sys
from servers import of_config
lab = of_config(sys.argv[1])[1][0]
status, resources = lab.get("/cluster/status"), lab.get("/cluster/resources")
for item in status:
    if item["type"] == "cluster":
        item["quorate"] = int(sys.argv[2])
status = [item for item in status if item.get("name") != "pve3"]
resources = [item for item in resources if item.get("node") != "pve3"]
for name, data in (("status", status), ("resources", resources)):
    with open(sys.argv[3] + "/" + name, "w") as file:
        json.dump({"status": 200, "body": {"data": data}}, file)' "$config" "$1" "$TMPDIR" &&
	ctl answer lab /cluster/status "$TMPDIR/status" && ctl answer lab /cluster/resources "$TMPDIR/resources"; }
of_node() { netbox '
print(json.dumps([[path, row["id"]] for path in ("dcim/devices", "dcim/interfaces", "dcim/mac-addresses", "ipam/ip-addresses")
                  for row in nb.all(path) if (row["custom_fields"].get("stagebox_key") or "").startswith("lab/node/pve3")]))'; }
keeps() { of_node >"$TMPDIR/after" && cmp "$TMPDIR/before" "$TMPDIR/after"; }

of_node >"$TMPDIR/before"
check "NetBox has the node with its parts" has "$TMPDIR/before" 'dcim/interfaces'
check "a node is missing, and the cluster has no quorum" without_pve3 0
check "a sync is partial" gives 4 sync
check "and names the reason" says 'no quorum'
check "the node keeps all of its parts" keeps
check "the status has quorum again" without_pve3 1
printf '{"status": 200, "body": {"data": [{"type": "quorum", "id": "quorum", "node": "pve1", "quorate": 0}]}}' >"$TMPDIR/ha"
ctl answer lab /cluster/ha/status/current "$TMPDIR/ha"
check "but HA has none: a sync is partial" gives 4 sync
check "the node keeps its device and all parts" keeps
printf '{"status": 500, "body": {"data": null}}' >"$TMPDIR/ha"
ctl answer lab /cluster/ha/status/current "$TMPDIR/ha"
check "the HA status cannot be read: a sync is partial" gives 4 sync
check "and the node keeps all of it" keeps
done_testing
