# SPDX-License-Identifier: Apache-2.0
"""Write the tables of fields and choices of the simulated NetBox as C.

    make_tables.py RECORDED ADDED OUTPUT

RECORDED has the facts of a real NetBox, by model; ADDED has what these facts do not say, and the models that were not recorded.
"""
import json
import sys

# Members of every object, which are not rows of the tables.
IMPLIED = {"id", "url", "display_url", "display", "created", "last_updated"}
TYPES = {
    "string": "STR", "text": "STR", "timezone": "STR", "content_type": "GTYPE", "datetime": "STR", "uuid": "STR", "slug": "SLUG",
    "color": "COLOR", "integer": "INT", "decimal": "DEC", "boolean": "BOOL", "choice": "CHOICE", "fk": "FK", "fk_list": "PKS",
    "content_type_list": "TYPES", "json": "JSON", "array": "JSON", "cidr": "PREFIX", "ip": "ADDRESS", "mac": "MAC", "date": "DATE",
    "custom_fields": "CUSTOM", "computed": "COMPUTED", "field": "COMPUTED", "image": "CONST"}
FLAGS = ("required", "null", "blank", "unique", "reset", "hidden", "by_id", "big", "float_bounds", "exact_bounds", "bare", "write_only")
LISTS = {"tags": "TAGS"}  # lists of ids that are stored in their own way
KNOWN = set(FLAGS) | {"type", "db_null", "read_only", "kind", "initial", "default", "relation", "on_delete", "allowed_types",
                      "choices", "more_choices", "nested", "min", "max", "max_length", "digits", "places", "features", "of"}
ACTIONS = {"PROTECT", "RESTRICT", "CASCADE", "SET_NULL"}


def kind_of(name, facts):
    if "kind" in facts:
        return facts["kind"].upper()
    if "of" in facts:
        return "COUNT"
    if facts.get("read_only"):
        # The simulator has none of the objects that it does not count.
        nothing = facts["type"] == "integer" and (name.endswith("_count") or name.startswith("count_"))
        return "CONST" if nothing else "COMPUTED"
    return LISTS.get(name, TYPES[facts["type"]])


def flags_of(kind, facts):
    on = {flag for flag in FLAGS if facts.get(flag)}
    if facts.get("db_null") and kind == "CHOICE":
        on.add("null")
    # A serializer that names null as default stores it when a PUT omits the field; other defaults are those of the database.
    if "default" in facts and facts["default"] is None:
        on.add("reset")
    if facts.get("read_only") or kind in ("CONST", "COMPUTED"):
        on -= {"null", "blank", "reset"}
    return [f"NB_{flag.upper()}" for flag in FLAGS if flag in on]


def initial_of(kind, facts):
    """The stored value of a new object, as JSON text; None stands for null."""
    if "initial" in facts:
        return json.dumps(facts["initial"])
    if facts.get("default") is not None:
        return json.dumps(facts["default"])
    if kind in ("PKS", "TYPES"):
        return "[]"
    if kind == "CONST" and facts["type"] == "integer":
        return "0"
    if kind in ("STR", "SLUG", "COLOR") and not facts.get("null"):
        return '""'
    return None


def text(value):
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def choices_of(facts):
    """Pairs of a choice and the features that it needs; the choices of 4.7 are behind those that stand before them there."""
    choices = [(value, 0) for value in facts["choices"]]
    for value, before in facts.get("more_choices", {}).items():
        index = [name for name, _ in choices].index(before)
        choices.insert(index + 1, (value, "NB_FIELDS_47"))
    return choices


def describe(name, facts):
    """The members of a row of the table: a dict of values, without those that are zero."""
    assert not set(facts) - KNOWN, f"{name}: unknown facts {set(facts) - KNOWN}"
    kind = kind_of(name, facts)
    target = facts.get("of") or facts.get("relation")
    if kind == "GTYPE" and isinstance(facts.get("allowed_types"), list):
        target = " ".join(facts["allowed_types"])
    row = {"name": name, "kind": f"NB_{kind}", "flags": flags_of(kind, facts),
           "target": target if kind in ("FK", "PKS", "GTYPE", "COUNT") else None,
           "choices": choices_of(facts) if kind == "CHOICE" else None,
           "initial": initial_of(kind, facts), "nested": facts.get("nested")}
    if facts.get("on_delete") and kind == "FK":
        assert facts["on_delete"] in ACTIONS, facts
        row["on_delete"] = f"NB_{facts['on_delete']}"
    for bound in ("min", "max"):
        if bound in facts and kind in ("INT", "DEC", "GID"):
            row[bound] = float(facts[bound])
    for number in ("max_length", "digits", "places"):
        if number in facts and kind in ("STR", "SLUG", "COLOR", "DEC"):
            row[number] = facts[number]
    if "features" in facts:
        row["features"] = f"NB_{facts['features'].upper()}"
    return {key: value for key, value in row.items() if value not in (None, [])}


class Tables:
    def __init__(self, labels):
        self.labels, self.lists, self.out = labels, {}, []

    def choices(self, values):
        """The name of the C list of these choices; equal lists are one."""
        key = tuple(values)
        if key not in self.lists:
            self.lists[key] = name = f"choices_{len(self.lists)}"
            rows = "".join(f"\t{{{text(value)}, {text(self.label(value))}, {features}}},\n" for value, features in values)
            self.out.append(f"static const struct nb_choice {name}[] = {{\n{rows}\t{{NULL, NULL, 0}},\n}};\n")
        return self.lists[key]

    def label(self, value):
        return self.labels.get(value) or value.replace("-", " ").capitalize()

    def row(self, name, facts):
        cells = []
        for key, value in describe(name, facts).items():
            if key == "flags":
                value = " | ".join(value)
            elif key == "choices":
                value = self.choices(value)
            elif key in ("min", "max"):
                cells.append(f".has_{key} = true")
                value = repr(value)
            elif key in ("name", "target", "initial", "nested"):
                value = text(value)
            cells.append(f".{key} = {value}")
        return "\t{" + ", ".join(cells) + "},\n"

    def model(self, name, fields):
        rows = "".join(self.row(field, facts) for field, facts in fields.items())
        self.out.append(f"const struct nb_field nb_fields_{name}[] = {{\n{rows}\t{{.name = NULL}},\n}};\n")


def merged(recorded, added):
    """The fields of a model: those that were recorded, those that are new in 4.7, and those of the simulator."""
    fields = {name: dict(facts) for name, facts in recorded["fields"].items()
              if name not in IMPLIED and not facts.get("write_only")}
    for name, facts in recorded.get("since_4_7", {}).items():
        if name not in fields:
            fields[name] = dict(facts, features="fields_47")
        elif "more_choices" in facts:
            fields[name].update(facts)
    for name, facts in added.items():
        fields.setdefault(name, {}).update(facts)
    for name in fields:
        whole = name.removesuffix("_id")
        if whole != name and fields.get(whole + "_type", {}).get("type") == "content_type":
            fields[name].setdefault("kind", "gid")
            fields.get(whole, {}).setdefault("kind", "object")
    order = [name for name in fields if name not in added or "after" not in added[name]]
    for name, facts in added.items():
        if "after" in facts:
            order.insert(order.index(facts["after"]) + 1, name)
    return {name: {key: value for key, value in fields[name].items() if key != "after"} for name in order}


def main(recorded_path, added_path, output):
    with open(recorded_path, encoding="utf-8") as text_file:
        recorded = json.load(text_file)
    with open(added_path, encoding="utf-8") as text_file:
        added = json.load(text_file)
    tables = Tables(added["labels"])
    models = dict(recorded["models"], **recorded["read_models"])
    assert not set(models) & set(added["models"]), "a recorded model is not described twice"
    assert not set(added["fields"]) - set(models), "facts are added to recorded models only"
    for name, model in models.items():
        tables.model(name.split(".")[1], merged(model, added["fields"].get(name, {})))
    for name, model in added["models"].items():
        tables.model(model.get("table", name.split(".")[1]), model["fields"])
    with open(output, "w", encoding="utf-8") as out:
        out.write('/* Generated by lab/netbox/data/make_tables.py. */\n#include "netbox/fields.h"\n#include "netbox/state.h"\n\n')
        out.write("\n".join(tables.out))


if __name__ == "__main__":
    main(*sys.argv[1:])
