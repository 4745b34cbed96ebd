# SPDX-License-Identifier: Apache-2.0
"""The models that stagebox writes: a valid body of each, and facts that are not in the field table."""
import json
import os

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
DATA = os.path.join(TESTS, "data")
RECORDED = os.path.join(os.path.dirname(TESTS), "lab", "netbox", "data", "netbox-4.6.8.json")  # the lab is generated from it

# Objects that exist before the first case, in this order: (names, path, bodies). "$name" is the id of an earlier one.
SETUP = (
    (("tagA", "tagB"), "extras/tags", ({"name": "Alpha", "slug": "alpha"}, {"name": "Beta", "slug": "beta"})),
    (("cfText", "cfInt"), "extras/custom-fields", (
        {"name": "stagebox_key", "type": "text", "filter_logic": "exact", "label": "Key", "search_weight": 0,
         "object_types": ["dcim.device", "dcim.interface", "ipam.ipaddress", "virtualization.cluster",
                          "virtualization.virtualmachine", "virtualization.vminterface",
                          "virtualization.virtualdisk"]},
        {"name": "number", "type": "integer", "validation_minimum": 1,
         "object_types": ["virtualization.virtualmachine", "dcim.device"]})),
    (("siteA", "siteB"), "dcim/sites", ({"name": "Aachen", "slug": "aachen"}, {"name": "Bonn", "slug": "bonn"})),
    (("manA", "manB"), "dcim/manufacturers", ({"name": "Acme", "slug": "acme"}, {"name": "Bolt", "slug": "bolt"})),
    (("dtA", "dtB"), "dcim/device-types", ({"manufacturer": "$manA", "model": "One", "slug": "one"},
                                           {"manufacturer": "$manB", "model": "Two", "slug": "two"})),
    (("roleA", "roleB"), "dcim/device-roles", ({"name": "Host", "slug": "host"}, {"name": "Guest", "slug": "guest"})),
    (("platA", "platB"), "dcim/platforms", ({"name": "Linux", "slug": "linux"},
                                            {"name": "Firm", "slug": "firm", "manufacturer": "$manB"})),
    (("ctA", "ctB"), "virtualization/cluster-types", ({"name": "Proxmox VE", "slug": "proxmox-ve"},
                                                      {"name": "Other", "slug": "other"})),
    (("clA", "clB"), "virtualization/clusters", (
        {"name": "alpha", "type": "$ctA", "custom_fields": {"stagebox_key": "lab"}},
        {"name": "beta", "type": "$ctB", "scope_type": "dcim.site", "scope_id": "$siteB"})),
    (("vtA",), "virtualization/virtual-machine-types", ({"name": "Container", "slug": "container"},)),
    (("vgA", "vgB"), "ipam/vlan-groups", ({"name": "Lan", "slug": "lan"},
                                          {"name": "Few", "slug": "few", "vid_ranges": [[100, 110]]})),
    (("vlA", "vlB"), "ipam/vlans", ({"vid": 10, "name": "ten", "group": "$vgA"},
                                    {"vid": 20, "name": "twenty", "site": "$siteB"})),
    (("devA", "devB"), "dcim/devices", (
        {"name": "node1", "device_type": "$dtA", "role": "$roleA", "site": "$siteA", "cluster": "$clA",
         "custom_fields": {"stagebox_key": "lab/node/node1"}},
        {"name": "node2", "device_type": "$dtA", "role": "$roleA", "site": "$siteA"})),
    (("ifA",), "dcim/interfaces", ({"device": "$devA", "name": "eno1", "type": "1000base-t"},)),
    (("ifB", "ifC", "ifD"), "dcim/interfaces", (
        {"device": "$devA", "name": "vmbr0", "type": "bridge", "custom_fields": {"stagebox_key": "lab/node/node1/vmbr0"}},
        {"device": "$devA", "name": "vmbr0.5", "type": "virtual", "parent": "$ifA"},
        {"device": "$devB", "name": "eno1", "type": "1000base-t"})),
    (("vmA", "vmB"), "virtualization/virtual-machines", (
        {"name": "web", "cluster": "$clA", "site": "$siteA", "device": "$devA", "virtual_machine_type": "$vtA",
         "role": "$roleB", "platform": "$platA", "vcpus": 2, "memory": 2048, "tags": ["$tagA"],
         "custom_fields": {"stagebox_key": "lab/qemu/101", "number": 101}},
        {"name": "db", "cluster": "$clA", "custom_fields": {"stagebox_key": "lab/qemu/102"}})),
    (("viA",), "virtualization/interfaces", (
        {"virtual_machine": "$vmA", "name": "net0", "mac_address": "BC:24:11:00:00:01",
         "custom_fields": {"stagebox_key": "lab/qemu/101/net0"}},)),
    (("viB", "viC"), "virtualization/interfaces", (
        {"virtual_machine": "$vmA", "name": "net0.7", "parent": "$viA"}, {"virtual_machine": "$vmB", "name": "net0"})),
    (("diskA",), "virtualization/virtual-disks", (
        {"virtual_machine": "$vmA", "name": "scsi0", "size": 32768, "custom_fields": {"stagebox_key": "lab/qemu/101/scsi0"}},)),
    (("macA",), "dcim/mac-addresses", ({"mac_address": "BC:24:11:00:00:02"},)),
    (("ipA", "ipB"), "ipam/ip-addresses", (
        {"address": "10.0.0.1/24", "assigned_object_type": "virtualization.vminterface", "assigned_object_id": "$viA",
         "custom_fields": {"stagebox_key": "lab/qemu/101/net0/ip/10.0.0.1"}},
        {"address": "2001:db8::1/64", "dns_name": "b.example.net"})),
)
# Changes after all of them are created: (path, name, body).
LINKS = (("virtualization/virtual-machines", "$vmA", {"primary_ip4": "$ipA"}),)


def _named(prefix, **more):
    return lambda n: {"name": f"{prefix} {n}", "slug": f"{prefix.lower()}-{n}", **more}


# new(n): the n-th valid body. patch: a valid change. used: an object that others protect from deletion (409).
# refs: valid references. more: valid values of fields that new() does not set. patches: successive changes.
MODELS = {
    "extras.tag": {"new": _named("Tag", color="aabbcc"), "patch": {"color": "112233", "description": "new"},
                   "more": {"weight": 7, "object_types": ["dcim.site"]}},
    "extras.customfield": {
        "new": lambda n: {"name": f"field_{n}", "type": "text", "object_types": ["dcim.site"], "filter_logic": "exact"},
        "patch": {"label": "Label", "description": "new"},
        "more": {"ui_visible": "if-set", "ui_editable": "hidden", "search_weight": 0, "weight": 5}},
    "extras.customlink": {
        "new": lambda n: {"name": f"link {n}", "object_types": ["dcim.site"], "link_text": "{{ object.name }}",
                          "link_url": "https://example.net/", "new_window": True},
        "patch": {"link_text": "Site", "enabled": False}, "more": {"group_name": "Links", "button_class": "blue", "weight": 5}},
    "dcim.manufacturer": {"new": _named("Maker"), "patch": {"description": "new"}, "used": "manA"},
    "dcim.devicetype": {
        "new": lambda n: {"manufacturer": "$manA", "model": f"Model {n}", "slug": f"model-{n}"},
        "patch": {"part_number": "p-1", "u_height": 2}, "used": "dtA", "refs": {"manufacturer": "$manB"},
        "more": {"is_full_depth": False, "u_height": 0.5, "default_platform": "$platA"}},
    "dcim.devicerole": {"new": _named("Role", color="00ff00"), "patch": {"vm_role": False}, "used": "roleA",
                        "refs": {"parent": "$roleA"}},
    "dcim.platform": {"new": _named("Plat"), "patch": {"description": "new"},
                      "refs": {"manufacturer": "$manA", "parent": "$platA"}},
    "dcim.site": {"new": _named("Site", status="active"), "patch": {"status": "planned", "facility": "F1"}, "used": "siteA",
                  "more": {"latitude": 50.5, "longitude": -1.25, "physical_address": "A street\nA town"}},
    "virtualization.clustertype": {"new": _named("Type"), "patch": {"description": "new"}, "used": "ctA"},
    "virtualization.virtualmachinetype": {
        "new": _named("Kind"), "patch": {"default_memory": 512}, "used": "vtA", "refs": {"default_platform": "$platA"},
        "more": {"default_vcpus": 1.5}},
    "ipam.vlangroup": {"new": _named("Group"), "patch": {"description": "new"}, "used": "vgA",
                       "more": {"scope_type": "dcim.site", "scope_id": "$siteA", "vid_ranges": [[1, 5], [7, 9]]}},
    "ipam.vlan": {
        "new": lambda n: {"vid": 100 + n, "name": f"vlan {n}", "group": "$vgA", "status": "active"},
        "patch": {"name": "renamed", "status": "reserved"}, "refs": {"group": "$vgA", "site": "$siteA"},
        "more": {"qinq_role": "svlan"}},
    "virtualization.cluster": {
        "new": lambda n: {"name": f"cluster {n}", "type": "$ctA", "status": "active", "scope_type": "dcim.site",
                          "scope_id": "$siteA", "custom_fields": {"stagebox_key": f"c{n}"}},
        "patch": {"status": "staging", "description": "new"}, "used": "clA", "refs": {"type": "$ctB"}},
    "dcim.device": {
        "new": lambda n: {"name": f"host {n}", "device_type": "$dtA", "role": "$roleA", "site": "$siteA",
                          "cluster": "$clA", "status": "active", "custom_fields": {"stagebox_key": f"lab/node/h{n}"}},
        "patch": {"serial": "S1", "status": "offline", "comments": "two\nlines"}, "used": "devA",
        "refs": {"device_type": "$dtB", "role": "$roleB", "site": "$siteA", "cluster": "$clA", "platform": "$platA"},
        "more": {"asset_tag": "A-1", "local_context_data": {"a": [1, 2]}}},
    "dcim.interface": {
        "new": lambda n: {"device": "$devA", "name": f"eth{n}", "type": "virtual", "enabled": True, "mtu": 1500,
                          "custom_fields": {"stagebox_key": f"lab/node/node1/eth{n}"}},
        "patch": {"mtu": 9000, "enabled": False, "description": "new"}, "used": "ifA",
        "refs": {"parent": "$ifA", "bridge": "$ifB", "untagged_vlan": "$vlA"},
        "more": {"mode": "tagged", "tagged_vlans": ["$vlA"], "speed": 1000000, "duplex": "full", "label": "left",
                 "mac_address": "BC:24:11:00:01:01"}},
    "virtualization.virtualmachine": {
        "new": lambda n: {"name": f"vm {n}", "cluster": "$clA", "status": "active", "start_on_boot": "on", "vcpus": 2.5,
                          "memory": 1024, "custom_fields": {"stagebox_key": f"lab/qemu/{900 + n}"}},
        "patch": {"memory": 4096, "vcpus": 4, "status": "offline", "tags": ["$tagA", "$tagB"]},
        "patches": ({"custom_fields": {"number": 5}}, {"custom_fields": {"number": None}},
                    {"custom_fields": {"number": "5"}}, {"custom_fields": {"number": 0}}, {"primary_ip4": "$ipA"},
                    {"site": "$siteB"}, {"device": "$devB"}, {"cluster": "$clB"}, {"cluster": None},
                    {"add_tags": ["$tagB"]}, {"remove_tags": ["$tagA"]}, {"tags": []}, {"disk": None}),
        "refs": {"cluster": "$clA", "site": "$siteA", "device": "$devA", "role": "$roleA", "platform": "$platB",
                 "virtual_machine_type": "$vtA"},
        "more": {"serial": "S9", "comments": "text", "disk": 100, "local_context_data": {"b": None}}},
    "virtualization.vminterface": {
        "new": lambda n: {"virtual_machine": "$vmA", "name": f"net{10 + n}", "enabled": True, "mtu": 1400,
                          "mac_address": f"BC:24:11:00:02:{n:02X}", "custom_fields": {"stagebox_key": f"lab/qemu/101/net{10 + n}"}},
        "patch": {"mode": "tagged", "untagged_vlan": "$vlA", "tagged_vlans": ["$vlA"], "mtu": 1500}, "used": "viA",
        "refs": {"virtual_machine": "$vmB", "parent": "$viA", "bridge": "$viA", "untagged_vlan": "$vlA"},
        "patches": ({"mac_address": "BC:24:11:00:09:01"}, {"mac_address": "bc-24-11-00-09-02", "mtu": 1300},
                    {"mac_address": "BC:24:11:00:09:02", "mtu": 1301}, {"mac_address": "BC:24:11:00:09:01"},
                    {"mac_address": None}, {"mac_address": None, "mtu": 1302}, {"mode": "access"}, {"mode": None}),
        "more": {"mode": "access", "description": "d"}},
    "dcim.macaddress": {
        "new": lambda n: {"mac_address": f"BC:24:11:00:03:{n:02X}"}, "patch": {"description": "new"},
        "more": {"assigned_object_type": "virtualization.vminterface", "assigned_object_id": "$viC"}},
    "virtualization.virtualdisk": {
        "new": lambda n: {"virtual_machine": "$vmA", "name": f"scsi{10 + n}", "size": 1000 * n,
                          "custom_fields": {"stagebox_key": f"lab/qemu/101/scsi{10 + n}"}},
        "patch": {"size": 5000, "description": "new"}, "refs": {"virtual_machine": "$vmB"}},
    "ipam.ipaddress": {
        "new": lambda n: {"address": f"10.0.1.{n}/24", "status": "active",
                          "assigned_object_type": "virtualization.vminterface", "assigned_object_id": "$viC",
                          "custom_fields": {"stagebox_key": f"lab/qemu/102/net0/ip/10.0.1.{n}"}},
        "patch": {"dns_name": "Web.Example.NET", "status": "dhcp"}, "more": {"role": "anycast"},
        "patches": ({"address": "10.0.0.1/24"}, {"address": "2001:DB8::00:5/64"}, {"address": "10.0.1.0/24"},
                    {"assigned_object_id": "$viA"}, {"assigned_object_type": None, "assigned_object_id": None},
                    {"dns_name": "no blank"}, {"status": "slaac"})},
}


# Fields that stagebox writes. Others are tested on create only, with fewer wrong values.
WRITTEN = set("""name label slug color description type object_types filter_logic ui_visible ui_editable search_weight
    manufacturer model vm_role status group vid scope_type scope_id tags custom_fields device_type role platform site
    cluster serial comments primary_ip4 primary_ip6 device enabled mtu parent bridge lag mode untagged_vlan tagged_vlans
    start_on_boot virtual_machine_type vcpus memory disk virtual_machine mac_address size address assigned_object_type
    assigned_object_id dns_name link_text link_url new_window""".split())
# Models that the recorded facts do not have.
MORE_FIELDS = {"extras.customlink": {"path": "extras/custom-links", "fields": {
    "object_types": {"type": "content_type_list", "required": True},
    "name": {"type": "string", "required": True, "max_length": 100},
    "enabled": {"type": "boolean"},
    "link_text": {"type": "string", "required": True},
    "link_url": {"type": "string", "required": True},
    "weight": {"type": "integer", "min": 0, "max": 32767},
    "group_name": {"type": "string", "blank": True, "max_length": 50},
    "button_class": {"type": "choice", "choices": ["default", "blue"]},
    "new_window": {"type": "boolean"}}}}


def fields_of():
    """{model: {"path", "fields": {name: rule}}} of NetBox 4.7: the writable fields and their rules."""
    with open(RECORDED, encoding="utf-8") as text:
        models = json.load(text)["models"]
    out = {}
    for model, facts in models.items():
        fields = dict(facts["fields"])
        for name, rule in facts.get("since_4_7", {}).items():
            fields[name] = dict(fields.get(name, {}), **rule)
        out[model] = {"path": facts["path"][len("/api/"):-1],
                      "fields": {name: rule for name, rule in fields.items() if not rule.get("read_only")}}
    return dict(out, **MORE_FIELDS)
