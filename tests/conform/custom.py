# SPDX-License-Identifier: Apache-2.0
"""Send requests about custom objects to a NetBox with the plugin, in order, and write its answers for conform.py:

    custom.py URL TOKEN-FILE ANSWERS
"""
import json
import re
import sys

from wire import STAMP, Server

PLUGIN = "plugins/custom-objects/"
TYPES, FIELDS, APPLY = PLUGIN + "custom-object-types", PLUGIN + "custom-object-type-fields", PLUGIN + "schema/apply"
THINGS, ITEMS, NONE = PLUGIN + "conform-things", PLUGIN + "conform-items", 999999

KEY = {"id": 1, "name": "stagebox_key", "type": "text", "required": True, "unique": True, "primary": True}
FIELD_ROWS = [KEY,
              {"id": 2, "name": "cluster", "type": "object", "related_object_type": "virtualization/cluster",
               "on_delete_behavior": "set_null"},
              {"id": 3, "name": "n", "type": "integer", "validation_minimum": 0}, {"id": 4, "name": "w", "type": "decimal"},
              {"id": 5, "name": "up", "type": "boolean"}, {"id": 6, "name": "at", "type": "datetime"},
              {"id": 7, "name": "d", "type": "date"}, {"id": 8, "name": "data", "type": "json"},
              {"id": 9, "name": "note", "type": "text", "filter_logic": "exact"}]


def type_of(slug, fields, **more):
    return dict({"name": slug.replace("-", "_"), "slug": slug, "fields": fields}, **more)


def applied(*types, **more):
    return dict({"schema": {"schema_version": "1", "types": list(types)}}, **more)


THING = type_of("conform-things", FIELD_ROWS, verbose_name="Thing", group_name="Proxmox VE")
ITEM = type_of("conform-items", [{"id": 1, "name": "label", "type": "text", "primary": True},
                                 {"id": 2, "name": "thing", "type": "object", "required": True,
                                  "related_object_type": "custom-objects/conform-things", "on_delete_behavior": "cascade"}])
WITHOUT = dict(THING, fields=FIELD_ROWS[:8])
FULL = {"stagebox_key": "a/1", "n": 3, "w": 1.5, "up": True, "at": "2026-01-01T01:02:03+02:00", "d": "2026-01-02",
        "data": {"b": [1]}, "note": "x"}
WRONG = {"stagebox_key": None, "n": "x", "w": "1.234", "up": "maybe", "at": "x", "d": "x", "cluster": NONE}
# The fields of the answer are those of the filter alone, so that a case has few values.
FILTERS = ["stagebox_key=A", "stagebox_key__isw=A/", "stagebox_key__n=b", "stagebox_key=b&stagebox_key=c", "note=x", "note=X",
           "note__ic=X", "n=3", "n__gte=3", "n__empty=true", "n=x", "up=true", "up=x", "at=2025-12-31T23:02:03Z", "at=x",
           "d=2026-01-02", "w=1.5", "w__lt=2", f"cluster={NONE}", f"cluster_id={NONE}", "cluster_id=x", "id=$full",
           "id__gt=0", "q=a/", "data=b", "tag=none", "none=1", "ordering=-n", "start=0&limit=1", "limit=1&offset=1", "start=x"]


def cases():
    """Yield (name, method, path, body); $name is the id that the case of this name has made."""
    yield "preview", "POST", PLUGIN + "schema/preview", {"schema_version": "1", "types": [THING]}
    yield "preview-empty", "POST", PLUGIN + "schema/preview", {}
    for name, body in (("empty", {}), ("list", []), ("no-boolean", {"allow_destructive": 1, "schema": {}}),
                       ("no-types", {"schema": {"types": [], "more": 1, "schema_version": "2"}}),
                       ("unknown-member", applied(dict(THING, x=1, slug="A"))),
                       ("field", applied(type_of("a", [dict(KEY, validation_minimum=1)]))),
                       ("no-target", applied(type_of("a", [dict(FIELD_ROWS[1], related_object_type="dcim/none")]))),
                       ("no-type", applied(type_of("a", [dict(FIELD_ROWS[1], related_object_type="custom-objects/none")]))),
                       ("no-choices", applied(type_of("a", [{"id": 1, "name": "s", "type": "select", "choice_set": "none"}]))),
                       ("same-id", applied(type_of("a", [KEY, dict(KEY, name="other")]))),
                       ("same-name", applied(type_of("a", [KEY, dict(KEY, id=2)]))),
                       ("circle", applied(
                           type_of("a", [dict(FIELD_ROWS[1], related_object_type="custom-objects/b")]),
                           type_of("b", [dict(FIELD_ROWS[1], related_object_type="custom-objects/a")])))):
        yield "apply-" + name, "POST", APPLY, body
    yield "apply", "POST", APPLY, applied(ITEM, THING)
    yield "apply-again", "POST", APPLY, applied(ITEM, THING)
    yield "types", "GET", TYPES + "?slug=conform-things", None
    yield "types-brief", "GET", TYPES + "?slug=conform-things&brief=1", None
    yield "fields", "GET", FIELDS + "?custom_object_type=conform-things&limit=2", None
    yield "options", "OPTIONS", THINGS, None
    yield "full", "POST", THINGS, FULL
    yield "taken", "POST", THINGS, {"stagebox_key": "a/1"}
    for name, body in (("empty", {}), ("wrong", WRONG), ("low", {"stagebox_key": "x", "n": -1}), ("number", 5),
                       ("nul", {"stagebox_key": "x", "data": "x\0y"}), ("nul-text", {"stagebox_key": "x\0y"})):
        yield "create-" + name, "POST", THINGS, body
    yield "bulk-wrong", "POST", THINGS, [{"stagebox_key": "b"}, {"n": 1}, {"stagebox_key": ""}, 5]
    yield "bulk-taken", "POST", THINGS, [{"stagebox_key": "b"}, {"stagebox_key": "a/1"}]
    yield "bulk-background", "POST", THINGS + "?background=true", [{"stagebox_key": "b"}]
    yield "bulk", "POST", THINGS, [{"stagebox_key": "b"}, {"stagebox_key": "c"}]
    for filter_ in FILTERS:
        yield "filter-" + filter_, "GET", f"{THINGS}?{filter_}&fields=stagebox_key", None
    yield "brief", "GET", THINGS + "?brief=1", None
    yield "item", "POST", ITEMS, {"label": "up", "thing": "$full"}
    yield "item-by-key", "POST", ITEMS, {"label": "down", "thing": {"stagebox_key": "b"}}
    yield "items", "GET", ITEMS + "?thing_id=$full", None
    yield "put", "PUT", THINGS + "/$full", {"stagebox_key": "z"}
    yield "change-list", "PATCH", THINGS, [{"id": "$full", "n": 5}, {"id": NONE}]
    yield "change-no-list", "PATCH", THINGS, {"n": 5}
    yield "not-there", "GET", f"{THINGS}/{NONE}", None
    for method in ("GET", "POST", "DELETE", "OPTIONS"):
        yield "no-type-" + method, method, PLUGIN + "conform-none", None if method != "POST" else {}
    yield "no-type-detail", "GET", PLUGIN + "conform-none/1", None
    yield "linked-no-type", "GET", PLUGIN + "linked-objects?object_type=no.type&object_id=1", None
    yield "linked-no-id", "GET", PLUGIN + "linked-objects?object_type=x", None
    yield "destructive", "POST", APPLY, applied(dict(WITHOUT, removed_fields=[{"id": 9, "name": "note", "type": "text"}]))
    yield "absent", "POST", APPLY, applied(WITHOUT)
    yield "removed", "POST", APPLY, applied(dict(WITHOUT, removed_fields=[{"id": 9, "name": "note", "type": "text"}]),
                                            allow_destructive=True)
    yield "after-removed", "GET", THINGS + "/$full", None
    yield "same-n", "PATCH", THINGS + "/$bulk.0", {"n": 5}
    yield "same-n-too", "PATCH", THINGS + "/$bulk.1", {"n": 5}
    yield "not-unique", "POST", APPLY, applied(dict(WITHOUT, fields=FIELD_ROWS[:2] + [dict(FIELD_ROWS[2], unique=True)]))
    for name, body in (("bad-name", {"name": "A b", "slug": "q"}), ("taken", {"name": "conform_things", "slug": "conform-things"})):
        yield "type-" + name, "POST", TYPES, body
    for name, body in (("reserved", {"name": "model"}), ("taken", {"name": "n"}), ("no-target", {"name": "s", "type": "object"}),
                       ("bad-target", {"name": "s", "type": "object", "app_label": "dcim", "model": "none"})):
        yield "field-" + name, "POST", FIELDS, dict({"type": "text", "custom_object_type": "$types"}, **body)
    yield "field-made", "POST", FIELDS, {"name": "site", "type": "object", "app_label": "dcim", "model": "site",
                                         "custom_object_type": "$types"}
    yield "delete", "DELETE", THINGS + "/$full", None
    yield "cascaded", "GET", ITEMS + "?fields=label", None
    yield "delete-type", "DELETE", TYPES + "/$types", None
    yield "after-type", "GET", THINGS, None
    yield "fields-after-type", "GET", FIELDS + "?custom_object_type=conform-items", None
    yield "item-type", "GET", TYPES + "?slug=conform-items&fields=id", None
    yield "delete-item-type", "DELETE", TYPES + "/$item-type", None


def plain(value):
    """An answer without what differs between installations."""
    if isinstance(value, list):
        return [plain(part) for part in value]
    if isinstance(value, str):
        value = re.sub(r"https?://[^/]+", "", "TIME" if STAMP.match(value) else value)
        value = re.sub(r"(/)\d+/$", r"\1#/", re.sub(r"(?i)table\d+model", "table#model", value))
        return re.sub(r"start=\d+", "start=#", "&".join(sorted(re.split(r"[?&]", value))) if "?" in value else value)
    if not isinstance(value, dict):
        return value
    return {key: "#" if key in ("id", "custom_object_type") and isinstance(part, int) and part != NONE else plain(part)
            for key, part in value.items() if key != "base_columns"}


def answer_of(method, got):
    if got.status == 500:
        return {"exception": got.value["exception"]}
    if method == "OPTIONS" and got.status == 200:
        return {"name": got.value["name"], "actions": {action: sorted(fields) for action, fields in got.value["actions"].items()}}
    value = plain(got.value)
    if isinstance(value, dict) and "schema_errors" in value:
        value["schema_errors"].sort(key=lambda error: error["path"])
    return value


def main(url, token_file, out):
    with open(token_file, encoding="utf-8") as text:
        server = Server(url, text.read().strip())
    ids, answers = {}, {}

    def filled(value):
        if isinstance(value, dict):
            return {key: filled(part) for key, part in value.items()}
        if isinstance(value, list):
            return [filled(part) for part in value]
        return ids[value[1:]] if isinstance(value, str) and value.startswith("$") else value
    for name, method, path, body in cases():
        path = re.sub(r"\$([a-z-]+(?:\.\d+)?)", lambda found: str(ids[found.group(1)]), path)
        got = server.send(method, path, filled(body))
        rows = got.value.get("results", [got.value]) if isinstance(got.value, dict) else got.value or []
        for number, row in enumerate(rows if got.status < 300 else []):
            if isinstance(row, dict) and "id" in row:
                ids[f"{name}.{number}"] = row["id"]
                ids.setdefault(name, row["id"])
        answers[name] = [got.status, answer_of(method, got)]
    with open(out, "w", encoding="utf-8") as text:
        lines = ",\n".join(json.dumps(name) + ": " + json.dumps(answer, sort_keys=True) for name, answer in answers.items())
        text.write('{"how": "tests/conform/custom.py, NetBox 4.7.3 with netbox-custom-objects 0.7.1",\n"answers": {\n'
                   + lines + "\n}}\n")
    print(f"# {len(answers)} requests sent")


main(*sys.argv[1:])
