# SPDX-License-Identifier: Apache-2.0
"""state.py dump|wipe CONFIG: prints the content of a NetBox without ids, times and UUIDs; or deletes all of it."""
import json
import re
import sys

from servers import of_config

# In the order in which they can be deleted: an object after those that refer to it.
LISTS = (
    "dcim/cables", "virtualization/virtual-machines", "dcim/devices", "virtualization/virtual-disks", "virtualization/interfaces",
    "dcim/interfaces", "ipam/ip-addresses", "dcim/mac-addresses", "ipam/prefixes", "virtualization/clusters",
    "virtualization/cluster-groups", "virtualization/cluster-types", "virtualization/virtual-machine-types",
    "ipam/vlans", "ipam/vlan-groups", "ipam/vrfs", "dcim/platforms", "dcim/device-types", "dcim/device-roles",
    "dcim/manufacturers", "dcim/sites", "tenancy/tenants", "extras/journal-entries",
    "extras/custom-links", "extras/custom-fields", "extras/custom-field-choice-sets", "extras/tags",
)
BRANCHES = "plugins/branching/branches"
# The types of netbox-custom-objects, which go with their objects.
TYPES = "plugins/custom-objects/custom-object-types"
BY_NATURE = {"id", "url", "display_url", "created", "last_updated", "assigned_object_id", "scope_id", "config_context",
             "custom_object_type", "schema_document", "table_model_name", "object_type_name"}
UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
LAB = re.compile(r"(127\.0\.0\.1|localhost):\d+")  # in custom links


def plain(value):
    """The value without ids, times and URLs; related objects are identified by their names."""
    if isinstance(value, dict):
        return {key: plain(part) for key, part in value.items() if key not in BY_NATURE}
    if isinstance(value, list):
        return sorted((plain(part) for part in value), key=lambda part: json.dumps(part, sort_keys=True))
    return LAB.sub("LAB", UUID.sub("UUID", value)) if isinstance(value, str) else value


def lists(nb):
    """The paths that this NetBox has: virtual machine types exist since 4.6, custom objects with a plugin."""
    types = "virtual-machine-types" in nb.call("GET", "virtualization/")
    found = [path for path in LISTS if types or not path.endswith("virtual-machine-types")]
    return [TYPES] + found if "netbox_custom_objects" in nb.call("GET", "status/")["plugins"] else found


def dump(nb):
    paths = lists(nb)
    if TYPES in paths:
        paths += ["plugins/custom-objects/" + row["slug"] for row in nb.all(TYPES)]
    return {path: plain(nb.all(path)) for path in paths}


def wipe(nb):
    if "netbox_branching" in nb.call("GET", "status/")["plugins"]:
        for row in nb.all(BRANCHES):
            nb.call("DELETE", f"{BRANCHES}/{row['id']}/")
    for path in lists(nb):
        while True:
            rows = nb.call("GET", f"{path}/?brief=1&limit=100")["results"]
            if not rows:
                break
            nb.call("DELETE", path + "/", [{"id": row["id"]} for row in rows])


def main():
    nb, _ = of_config(sys.argv[2])
    if sys.argv[1] == "wipe":
        wipe(nb)
    else:
        json.dump(dump(nb), sys.stdout, indent=1, sort_keys=True, ensure_ascii=False)
        print()


if __name__ == "__main__":
    main()
