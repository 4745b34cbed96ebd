# SPDX-License-Identifier: Apache-2.0
"""strangers.py plan CONFIG BASE CASE OUT | strangers.py recording FILE CASE OUT: writes a file as nobody's stagebox made it."""
import copy
import json
import sys

from plans import seal
from servers import of_config


def op(key, kind, verb, **more):
    return dict({"key": key, "kind": kind, "verb": verb, "stage": "qemu.guests", "why": ""}, **more)


def vm_of(nb, key):
    return nb.one("virtualization/virtual-machines", key)


def take(key, kind, target, adopted, stage, **more):
    """An op that gives the object a key of ours."""
    new = dict({"stagebox_key": key, "stagebox_adopted": adopted}, **more)
    was = {name: (target.get(name) if name in more else None) for name in new}
    return [op(key, kind, "update", stage=stage, target=target["id"], set=new, was=was)]


def key_cases(nb, vm, person):
    """What a plan file does to objects of people by the key and the marks, and by a stage that is not loaded."""
    net0 = nb.one("virtualization/interfaces", "lab/qemu/101/net0")
    found = {"address": [row for row in nb.all("ipam/ip-addresses") if row["description"] == "of people"],
             "device": [row for row in nb.all("dcim/devices") if row["name"] == "gotcha"],
             "port": [row for row in nb.all("dcim/interfaces") if row["name"] == "wan"]}
    if not all(found.values()):
        return {}
    address, device, port = [rows[0] for rows in found.values()]
    below = "lab/qemu/101/net0/ip/" + address["address"].split("/")[0]
    assigned = {"assigned_object": {"type": "virtualization.vminterface", "id": net0["id"]}}
    keyed = {str(row["custom_fields"]["stagebox_key"]): row for row in nb.all("virtualization/virtual-machines")}
    key = [each for each in keyed if each.startswith("lab/") and each != "lab/qemu/101"][0]
    other, ours = keyed[key], {"stagebox_key": key}
    return {
        "take-unmarked": take(below, "ip", address, False, "qemu.addresses"),
        "take-address": take(below, "ip", address, True, "qemu.addresses", **assigned),
        "take-port": take("lab/node/pve1/wan", "interface", port, True, "cluster.interfaces"),
        "take-device": take("lab/node/pve9", "device", device, True, "cluster.nodes"),
        "take-named-device": take("lab/node/gotcha", "device", device, True, "cluster.nodes"),
        "take-vm": take("lab/qemu/999", "vm", person, True, "qemu.guests"),
        "take-twice": take("lab/qemu/101", "vm", person, True, "qemu.guests"),
        "mark-alone": [op("lab/qemu/101", "vm", "update", target=vm["id"], set={"stagebox_adopted": True},
                          was={"stagebox_adopted": False})],
        "birth-alone": [op("lab/qemu/101", "vm", "update", target=vm["id"], set={"stagebox_birth": "x"},
                           was={"stagebox_birth": vm["custom_fields"]["stagebox_birth"]})],
        "key-of-guest": [op("lab/qemu/999", "vm", "update", target=other["id"], set={"stagebox_key": "lab/qemu/999"}, was=ours)],
        "key-of-part": [op(key + "/net9", "vm-interface", "update", stage=key.split("/")[1] + ".interfaces", target=net0["id"],
                           set={"stagebox_key": key + "/net9"}, was={"stagebox_key": "lab/qemu/101/net0"})],
        "no-such-stage": [op("lab/qemu/101", "vm", "update", stage="no.such", target=vm["id"], set={"memory": 1},
                             was={"memory": vm["memory"]})],
        "stage-of-other-module": [op("lab/qemu/101", "vm", "update", stage="lxc.guests", target=vm["id"], set={"memory": 1},
                                     was={"memory": vm["memory"]})],
        "create-of-other-module": [op("lab/qemu/998", "vm", "create", stage="lxc.guests",
                                      set={"name": "x", "cluster": vm["cluster"]["id"], "status": "active"})],
        "stage-of-other-kind": [op("lab/qemu/101/net9", "vm-interface", "create", stage="qemu.guests",
                                   set={"name": "net9", "virtual_machine": vm["id"]})],
    }


def plan_case(nb, case):
    """(ops, shared ops) of the endpoint lab"""
    vm, foreign = vm_of(nb, "lab/qemu/101"), vm_of(nb, "edge/qemu/101")
    tag = [row for row in nb.all("extras/tags") if row["slug"] == "peoples"][0]
    person = [row for row in nb.all("virtualization/virtual-machines") if row["name"] == "peoples"][0]
    memory = {"set": {"memory": 1}, "was": {"memory": vm["memory"]}}
    chain = [op("lab/node/pve1/x0", "interface", "create", stage="cluster.interfaces",
                set={"name": "x0", "type": "other", "device": {"$ref": "lab/node/none"}})]
    chain += [op("lab/node/pve1/x%d" % i, "interface", "create", stage="cluster.interfaces",
                 set={"name": "x%d" % i, "type": "other", "device": {"$ref": "lab/node/none"},
                      "parent": {"$ref": "lab/node/pve1/x%d" % (i - 1)}}) for i in range(1, 30000)]
    cases = {
        "foreign-update": [op("edge/qemu/101", "vm", "update", target=foreign["id"], set={"memory": 1},
                              was={"memory": foreign["memory"]})],
        "foreign-delete": [op("edge/qemu/101", "vm", "delete", target=foreign["id"], was={"name": foreign["name"]})],
        "slug-prefix": [op("lab2/qemu/101", "vm", "update", target=vm["id"], **memory)],
        "guest-delete": [op("lab/qemu/101", "vm", "delete", target=vm["id"], was={"name": vm["name"]})],
        "delete-without-was": [op("lab/qemu/101/net0", "vm-interface", "delete", target=1)],
        "update-without-was": [op("lab/qemu/101", "vm", "update", target=vm["id"], set={"memory": 1})],
        "update-with-part-of-was": [op("lab/qemu/101", "vm", "update", target=vm["id"], set={"memory": 1, "vcpus": 1},
                                       was={"memory": vm["memory"]})],
        "other-key": [op("lab/qemu/101", "vm", "update", target=person["id"], set={"stagebox_key": "edge/qemu/9"},
                         was={"name": "peoples"})],
        "peoples-parent": [op("lab/qemu/101/net9", "vm-interface", "create", stage="qemu.interfaces",
                              set={"name": "net9", "virtual_machine": person["id"]})],
        "peoples-cluster": [op("lab/qemu/999", "vm", "create", set={"name": "x", "cluster": person["cluster"]["id"]})],
        "mac-of-others": [op("lab/qemu/101/net0/mac/AA", "mac", "delete", target=987654, was={"mac_address": "AA"})],
        "shared-kind-below-slug": [op("lab/qemu/101", "tag", "update", target=tag["id"], set={"name": "x"}, was={"name": tag["name"]})],
        "tags-of-any-type": [op("lab/qemu/101", "vm", "update", target=vm["id"], set={"tags": ["a", {}]}, was={"tags": ["a", {}]})],
        "list-as-name": [op("lab/qemu/101", "vm", "update", target=vm["id"], set={"name": [1]}, was={"name": vm["name"]})],
        "object-of-any-type": [op("lab/qemu/101/net0/ip/1.2.3.4", "ip", "create",
                                  set={"address": "1.2.3.4/24", "assigned_object": [[]]})],
        "lie": [op("lab/qemu/101", "vm", "delete", target=vm["id"], was={"name": vm["name"]})],
        "lie-about-updates": [op("lab/qemu/101", "vm", "update", target=vm["id"], **memory)],
        "ops-of-one-key": [op("lab/qemu/101", "vm", "update", target=vm["id"], **memory)] * 30000,
        "chain": chain,
        "target-of-another": [op("lab/qemu/101", "vm", "update", target=person["id"], **memory)],
    }
    cases.update(key_cases(nb, vm, person))
    shared = {
        "shared-stage": [op("shared/tag/aaa", "tag", "create", stage="no.such", set={"name": "aaa", "slug": "aaa"})],
        "shared-delete": [op("shared/tag/peoples", "tag", "delete", stage="shared", target=tag["id"], was={"name": tag["name"]})],
        "shared-name": [op("shared/tag/peoples", "tag", "update", stage="shared", target=tag["id"], set={"name": "ours"},
                           was={"name": tag["name"]})],
        "shared-other-key": [op("shared/tag/aaa", "tag", "create", stage="shared", set={"name": "bbb", "slug": "bbb"})],
    }
    return cases.get(case, []), shared.get(case, [])


def count(ops):
    """The counters of ops, as a stranger makes them fit."""
    keys = {verb: {each["key"] for each in ops if each["verb"] == verb and each["kind"] != "mac"}
            for verb in ("create", "update", "delete")}
    return {"create": len(keys["create"]), "update": len(keys["update"] - keys["create"] - keys["delete"]),
            "delete": len(keys["delete"])}


def make_plan(config, base, case, out):
    nb, _ = of_config(config)
    with open(base, encoding="utf-8") as text:
        doc = json.load(text)
    ops, shared = plan_case(nb, case)
    if not ops and not shared and case != "deep":
        sys.exit("no case " + case)
    for endpoint in doc["endpoints"]:
        endpoint["ops"] = ops if endpoint["slug"] == "lab" else []
        if not case.startswith("lie"):
            endpoint["stages"] = [{"stage": "qemu.guests", "response": {"counts": count(endpoint["ops"])}}]
    doc["shared"] = shared
    text = json.dumps(seal(doc))
    if case == "deep":
        text = text.replace('"shared": []', '"shared": [{"key": "k", "kind": "tag", "verb": "create", "set": %s%s}]' % ("[" * 90, "]" * 90))
    with open(out, "w", encoding="utf-8") as to:
        to.write(text)


def make_recording(source, case, out):
    with open(source, encoding="utf-8") as text:
        lines = [json.loads(line) for line in text]
    for line in copy.copy(lines):
        inputs = line.get("inputs")
        if case.startswith("modules=") and inputs:
            inputs["conf"]["module_dir"], inputs["conf"]["modules"] = case[8:], ["crash_start"]
        elif case == "working-folder" and inputs:
            inputs["conf"]["module_dir"], inputs["conf"]["modules"] = ".", ["crash_start"]
        elif case == "past" and inputs:
            inputs["now_s"] = -2**63
        elif case == "settle" and inputs:
            inputs["conf"]["netbox"]["settle"] = 2**62
        elif case == "no-answers" and "line" in line:
            lines.remove(line)
    with open(out, "w", encoding="utf-8") as to:
        to.write("".join(json.dumps(line) + "\n" for line in lines))


{"plan": make_plan, "recording": make_recording}[sys.argv[1]](*sys.argv[2:])
