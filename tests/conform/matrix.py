# SPDX-License-Identifier: Apache-2.0
"""The cases: each model that stagebox writes, with each request and each error of a request."""
import collections

from models import LINKS, MODELS, SETUP, WRITTEN, fields_of

Case = collections.namedtuple("Case", "name method path body who match")
NONE = 999999  # an id that no object has

# A value of a wrong type for each type of field.
WRONG = {"integer": "many", "decimal": "much", "boolean": "maybe", "fk": "abc", "fk_list": "abc", "string": {"a": 1},
         "text": [1], "slug": "a b", "color": "red", "choice": {"value": "x"}, "content_type": "no.such",
         "content_type_list": ["no.such"], "custom_fields": [1], "mac": "zz", "ip": "10.0.0.999/24", "date": "soon",
         "timezone": "Mars/Base"}
LEFT_OUT = {"changelog_message", "add_tags", "remove_tags", "front_image", "rear_image"}
# Models whose choices stagebox reads before it writes one of them.
CHOOSING = ("extras/custom-fields", "dcim/sites", "ipam/vlans", "virtualization/clusters", "dcim/devices", "dcim/interfaces",
            "virtualization/virtual-machines", "virtualization/interfaces", "ipam/ip-addresses")


class Matrix:
    def __init__(self):
        self.cases = []

    def add(self, name, method, path, body=None, who="admin", match=None):
        self.cases.append(Case(name, method, path, body, who, match))


def wrongs(fields, whole):
    """Yield (name of the error, {field: value}) for each rule of each field that a single value can break."""
    for name, rule in fields.items():
        kind, written = rule["type"], name in WRITTEN
        if name in LEFT_OUT or (not whole and not written):
            continue
        if kind in WRONG and written:
            yield "type-" + name, {name: WRONG[kind]}
        if rule.get("choices"):
            yield "choice-" + name, {name: "no-such-choice"}
        if kind == "fk" and written:
            yield "ref-" + name, {name: NONE}
        if not whole or not written:
            continue
        if rule.get("max_length") and kind in ("string", "text", "slug"):
            yield "long-" + name, {name: "x" * (rule["max_length"] + 1)}
        if kind == "fk_list":
            yield "ref-" + name, {name: [NONE]}
        if not rule.get("null"):
            yield "null-" + name, {name: None}
        if kind in ("integer", "decimal") and rule.get("min") is not None:
            yield "low-" + name, {name: rule["min"] - 1}
        if kind in ("integer", "decimal") and rule.get("max") is not None and rule["max"] < 2**62:
            yield "high-" + name, {name: rule["max"] + 1}


def creates(m, label, path, model, fields):
    new, required = model["new"], [name for name, rule in fields.items() if rule.get("required")]
    m.add(f"{label}/create", "POST", path, new(1))
    m.add(f"{label}/create-more", "POST", path, dict(new(2), **model.get("refs", {}), **model.get("more", {})))
    m.add(f"{label}/create-tags", "POST", path, dict(new(3), tags=["$tagA", {"slug": "beta"}]) if "tags" in fields
          else dict(new(3), description="d"))
    m.add(f"{label}/create-empty", "POST", path, {})
    for name in required:
        m.add(f"{label}/create-missing-{name}", "POST", path, {key: value for key, value in new(4).items() if key != name})
    for number, (what, wrong) in enumerate(wrongs(fields, True)):
        m.add(f"{label}/create-{what}", "POST", path, dict(new(40 + number), **wrong))
    m.add(f"{label}/create-duplicate", "POST", path, new(1))
    m.add(f"{label}/create-unknown-field", "POST", path, dict(new(5), no_such_field=1))
    m.add(f"{label}/create-list-in-list", "POST", path, [[new(6)]])
    if "custom_fields" in fields:
        m.add(f"{label}/create-unknown-custom-field", "POST", path, dict(new(6), custom_fields={"nosuch": 1}))
    m.add(f"{label}/bulk-create", "POST", path, [new(7), new(8)])
    m.add(f"{label}/bulk-create-none", "POST", path, [])
    m.add(f"{label}/bulk-create-duplicate", "POST", path, [new(9), new(9)])
    m.add(f"{label}/bulk-create-taken", "POST", path, [new(9), new(7)])
    m.add(f"{label}/bulk-create-missing", "POST", path, [new(9), {}, new(10)])
    bad = [dict(new(20 + k), **wrong) for k, (_, wrong) in enumerate(wrongs(fields, False))]
    m.add(f"{label}/bulk-create-wrong", "POST", path, [new(9)] + bad)


def patches(m, label, path, model, fields):
    one, two, three = (f"${label}/{name}" for name in ("create", "bulk-create.0", "bulk-create.1"))
    at = f"{path}/{one}"
    m.add(f"{label}/patch", "PATCH", at, model["patch"])
    m.add(f"{label}/patch-same", "PATCH", at + "?brief=1", model["patch"])
    m.add(f"{label}/patch-nothing", "PATCH", at + "?omit=tags,custom_fields", {})
    m.add(f"{label}/patch-fields", "PATCH", at + "?fields=id,description", {"description": "pruned"})
    m.add(f"{label}/patch-stale", "PATCH", at, model["patch"], match='W/"2020-01-01T00:00:00+00:00"')
    m.add(f"{label}/patch-unknown", "PATCH", f"{path}/{NONE}", model["patch"])
    m.add(f"{label}/patch-taken", "PATCH", at, model["new"](7))
    for what, wrong in wrongs(fields, False):
        if not what.startswith("type-"):
            m.add(f"{label}/patch-{what}", "PATCH", at, wrong)
    for number, more in enumerate(model.get("patches", ())):
        m.add(f"{label}/patch-more-{number}", "PATCH", at, more)
    change = model["patch"]
    m.add(f"{label}/bulk-patch", "PATCH", path, [dict(change, id=two), {"id": three, "description": "three"}])
    m.add(f"{label}/bulk-patch-fields", "PATCH", path + "?fields=id,description",
          [{"id": two, "description": "a"}, {"id": three, "description": "b"}])
    m.add(f"{label}/bulk-patch-taken", "PATCH", path, [{"id": two, "description": "c"}, dict(model["new"](1), id=three)])
    m.add(f"{label}/bulk-patch-unknown", "PATCH", path, [{"id": two, "description": "c"}, {"id": NONE}])
    m.add(f"{label}/bulk-patch-without-id", "PATCH", path, [{"id": two, "description": "c"}, {"description": "d"}])
    m.add(f"{label}/bulk-patch-twice", "PATCH", path, [{"id": two, "description": "c"}, {"id": two, "description": "d"}])
    m.add(f"{label}/bulk-patch-no-list", "PATCH", path, {"id": two, "description": "c"})
    first = dict(next(wrong for _, wrong in wrongs(fields, False)))
    m.add(f"{label}/bulk-patch-wrong", "PATCH", path, [dict(first, id=two), {"id": three, "description": "d"}])


def refusals(m, label, path, model):
    one, two = f"${label}/create", f"${label}/bulk-create.0"
    for who in ("reader", "readonly", "nobody", "stranger", "anybody"):
        m.add(f"{label}/read-by-{who}", "GET", f"{path}?fields=id&limit=1&offset=1000", who=who)
    m.add(f"{label}/create-by-readonly", "POST", path, model["new"](30), who="readonly")
    m.add(f"{label}/bulk-patch-by-nobody", "PATCH", path, [dict(model["patch"], id=two)], who="nobody")
    m.add(f"{label}/bulk-delete-by-anybody", "DELETE", path, [{"id": two}], who="anybody")
    m.add(f"{label}/create-by-reader", "POST", path, model["new"](30), who="reader")
    m.add(f"{label}/bulk-create-by-reader", "POST", path, [model["new"](30)], who="reader")
    m.add(f"{label}/patch-by-reader", "PATCH", f"{path}/{one}", model["patch"], who="reader")
    m.add(f"{label}/bulk-patch-by-reader", "PATCH", path, [dict(model["patch"], id=two)], who="reader")
    m.add(f"{label}/delete-by-reader", "DELETE", f"{path}/{one}", who="reader")
    m.add(f"{label}/bulk-delete-by-reader", "DELETE", path, [{"id": two}], who="reader")


def lists(m, label, path, fields):
    some = ",".join(["id"] + [name for name in fields if name not in LEFT_OUT][:6])
    m.add(f"{label}/list", "GET", f"{path}?limit=3&ordering=-id")
    m.add(f"{label}/list-fields", "GET", f"{path}?fields={some}&limit=4&ordering=id")
    m.add(f"{label}/list-default-order", "GET", f"{path}?fields=id&limit=1000")
    m.add(f"{label}/list-page", "GET", f"{path}?fields=id&limit=2&ordering=id&offset=1")
    m.add(f"{label}/list-cursor", "GET", f"{path}?fields=id&limit=2&start=0")
    m.add(f"{label}/list-cursor-and-offset", "GET", f"{path}?limit=2&start=0&offset=1")
    m.add(f"{label}/list-ids", "GET", f"{path}?id=${label}/create&id=${label}/bulk-create.0&fields=id&ordering=-id")
    m.add(f"{label}/list-brief", "GET", f"{path}?brief=1&limit=1&ordering=id")
    m.add(f"{label}/list-omit", "GET", f"{path}?omit=tags,custom_fields,description&limit=1&ordering=id")
    m.add(f"{label}/list-unknown-filter", "GET", f"{path}?no_such_filter=1&limit=1&fields=id&ordering=id")
    m.add(f"{label}/read-unknown", "GET", f"{path}/{NONE}")
    for name in ("name", "slug"):
        if name in fields:
            m.add(f"{label}/list-{name}", "GET", f"{path}?{name}=alpha&{name}=Acme&fields=id,{name}&ordering=id")
    if "tags" in fields:
        m.add(f"{label}/list-tag", "GET", f"{path}?tag=alpha&fields=id&ordering=id")
        m.add(f"{label}/list-tag-unknown", "GET", f"{path}?tag=no-such&fields=id")


def deletes(m, label, path, model):
    one, two, three = (f"${label}/{name}" for name in ("create", "bulk-create.0", "bulk-create.1"))
    if model.get("used"):
        m.add(f"{label}/delete-used", "DELETE", f"{path}/${model['used']}")
        m.add(f"{label}/bulk-delete-used", "DELETE", path, [{"id": two}, {"id": "$" + model["used"]}])
    m.add(f"{label}/delete-unknown", "DELETE", f"{path}/{NONE}")
    m.add(f"{label}/delete-stale", "DELETE", f"{path}/{one}", match='W/"2020-01-01T00:00:00+00:00"')
    m.add(f"{label}/bulk-delete-unknown", "DELETE", path, [{"id": two}, {"id": NONE}])
    m.add(f"{label}/bulk-delete-twice", "DELETE", path, [{"id": two}, {"id": two}])
    m.add(f"{label}/bulk-delete-without-id", "DELETE", path, [{"id": two}, {"name": "x"}])
    m.add(f"{label}/bulk-delete-no-list", "DELETE", path, {"id": two})
    m.add(f"{label}/delete", "DELETE", f"{path}/{one}")
    m.add(f"{label}/bulk-delete", "DELETE", path, [{"id": two}, {"id": three}])
    m.add(f"{label}/delete-again", "DELETE", f"{path}/{one}")


# Queries of the engine other than whole lists: by key, by parent, by natural key, by id, and for changes.
def engine_queries(m):
    key = "cf_stagebox_key__isw=lab%2F"
    for path in ("dcim/devices", "dcim/interfaces", "ipam/ip-addresses", "virtualization/clusters",
                 "virtualization/interfaces", "virtualization/virtual-disks", "virtualization/virtual-machines"):
        m.add(f"engine/{path}-of-endpoint", "GET", f"{path}?{key}&fields=id,custom_fields&limit=1000&ordering=id")
        m.add(f"engine/{path}-of-nobody", "GET", f"{path}?cf_stagebox_key__empty=true&fields=id&limit=1000&ordering=id")
        m.add(f"engine/{path}-of-one", "GET", f"{path}?cf_stagebox_key=lab%2Fqemu%2F101&fields=id&ordering=id")
    for path, query in (
            ("virtualization/interfaces", "virtual_machine_id=$vmA"), ("virtualization/virtual-disks", "virtual_machine_id=$vmA"),
            ("virtualization/virtual-machines", "cluster_id=$clA"), ("dcim/interfaces", "device_id=$devA"),
            ("virtualization/interfaces", f"virtual_machine_id={NONE}"), ("virtualization/virtual-machines", f"cluster_id={NONE}"),
            ("dcim/devices", f"site_id={NONE}"), ("ipam/vlans", "group_id=$vgA"), ("ipam/vlans", "vid=10&vid=20"),
            ("ipam/ip-addresses", "address=10.0.0.1"), ("ipam/ip-addresses", "address=10.0.0.1/24&address=2001:db8::1"),
            ("ipam/ip-addresses", "address=nonsense"), ("ipam/ip-addresses", f"id=$ipA&id={NONE}"),
            ("ipam/ip-addresses", "assigned_object_type=virtualization.vminterface"),
            ("dcim/mac-addresses", "mac_address=bc:24:11:00:00:01"), ("dcim/mac-addresses", "mac_address=BC-24-11-00-00-02"),
            ("virtualization/virtual-machines", "name=WEB"), ("virtualization/clusters", "name=ALPHA"),
            ("virtualization/clusters", "name=alpha"), ("dcim/devices", "name=NODE1&cluster_id=$clA"),
            ("extras/custom-fields", "name=stagebox_key"), ("extras/tags", "slug=alpha&slug=beta"),
            ("virtualization/virtual-machines", "status=active&status=offline"), ("virtualization/virtual-machines", "status=nosense"),
            ("virtualization/virtual-machines", "limit=abc"), ("dcim/sites", "limit=0"), ("dcim/sites", "start=-1"),
            ("dcim/sites", "ordering=no_such"), ("dcim/sites", "ordering=-name"), ("dcim/sites", "offset=100")):
        m.add(f"engine/{path}?{query}", "GET", f"{path}?{query}&fields=id" + ("" if "ordering" in query or "start" in query else "&ordering=id"))
    for model, name in (("virtualization.virtualmachine", "vmA"), ("virtualization.vminterface", "viA"),
                        ("ipam.ipaddress", "ipA"), ("dcim.device", "devA")):
        m.add(f"engine/changes-of-{name}", "GET",
              f"core/object-changes?changed_object_type={model}&changed_object_id=${name}&user_name=admin&ordering=id"
              "&fields=changed_object_id,action,prechange_data,postchange_data")
    m.add("engine/changes-of-another", "GET", "core/object-changes?user_name=no-such-user&fields=id")
    for path in CHOOSING:
        m.add(f"engine/choices-of-{path}", "OPTIONS", path)
    m.add("engine/choices-for-reader", "OPTIONS", "dcim/sites", who="reader")
    m.add("engine/no-such-path", "GET", "dcim/no-such-things")
    m.add("engine/user", "GET", "authentication-check?fields=username")


def build():
    """All cases in order; those of one model are consecutive and delete the objects that they create."""
    m = Matrix()
    facts = fields_of()
    assert set(facts) == set(MODELS), set(facts) ^ set(MODELS)
    engine_queries(m)
    for name, model in MODELS.items():
        label, path, fields = name.split(".")[1], facts[name]["path"], facts[name]["fields"]
        creates(m, label, path, model, fields)
        lists(m, label, path, fields)
        patches(m, label, path, model, fields)
        refusals(m, label, path, model)
        deletes(m, label, path, model)
    assert len({case.name for case in m.cases}) == len(m.cases)
    return m.cases


__all__ = ["Case", "LINKS", "MODELS", "SETUP", "build"]

if __name__ == "__main__":
    for case in build():
        print(case.name)
