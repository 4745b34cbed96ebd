# SPDX-License-Identifier: Apache-2.0
"""Writes job_base.json, the servers of the fuzz target "job", from two recordings of tests/golden: a node with two guests,
and NetBox before ("first") and after ("same") a sync. tests/golden/record.sh runs it."""
import gzip
import json
import os
import re

HERE = os.path.dirname(os.path.abspath(__file__))
GOLDEN = os.path.join(os.path.dirname(HERE), "golden")
SLUG = "edge"
DROPPED = ("103", "104")  # guests
CHOICES = {"active", "offline", "lag", "bridge", "virtual", "other", "access", "tagged", "vip", "planned", "on", "off"}
LEFT_OUT = {"help_text", "label", "renders", "parses", "PUT"}
OF_A_DROPPED_GUEST = re.compile(r"(/(qemu|lxc)/|vm:|ct:)(%s)(/|$)" % "|".join(DROPPED))


def read(case):
    """(inputs, answers) of the endpoint."""
    inputs, answers = None, []
    with gzip.open(os.path.join(GOLDEN, case, "record.gz"), "rt", encoding="utf-8") as lines:
        for line in map(json.loads, lines):
            if line.get("endpoint") != SLUG:
                continue
            inputs = line.get("inputs", inputs)
            if "line" in line:
                answers.append(line["line"])
    return inputs, answers


def of_dropped(row):
    if not isinstance(row, dict):
        return False
    key = (row.get("custom_fields") or {}).get("stagebox_key") or row.get("id") or row.get("sid") or ""
    return bool(isinstance(key, str) and OF_A_DROPPED_GUEST.search("/" + key))


def fewer(value):
    """An answer to OPTIONS with few of its many choices."""
    if isinstance(value, list):
        if value and all(isinstance(row, dict) and "display_name" in row for row in value):
            return [row for row in value if row["value"] in CHOICES] or value[:1]
        return [fewer(row) for row in value]
    if not isinstance(value, dict):
        return value
    return {key: fewer(part) for key, part in value.items() if key not in LEFT_OUT}


def shorter(value):
    """Without the dropped guests."""
    if isinstance(value, list):
        return [shorter(row) for row in value if not of_dropped(row)]
    if not isinstance(value, dict):
        return value
    value = {key: shorter(part) for key, part in value.items()}
    if isinstance(value.get("results"), list):
        value["count"] = len(value["results"])
    return value


def answers_of(case, world):
    for line in read(case)[1]:
        path = re.sub(r"([?&])fields=[^&]*&?", r"\1", line["path"]).rstrip("?&")
        if OF_A_DROPPED_GUEST.search(path):
            continue
        body = line["body"]
        if "json" in line["type"]:
            clean = fewer if line["method"] == "OPTIONS" else shorter
            body = json.dumps(clean(json.loads(body)), ensure_ascii=False, separators=(",", ":"))
        yield {"in": world, "server": line["server"], "method": line["method"], "path": path, "status": line["status"],
               "type": line["type"], "api_version": line["api_version"], "body": body}


def main():
    found = {}
    for case in ("first", "same"):
        for answer in answers_of(case, case):
            found.setdefault((case, answer["server"], answer["method"], answer["path"]), answer)
    for case, *place in list(found):  # what the other recording lacks, and what is equal in both
        other = found.get(("same" if case == "first" else "first", *place))
        answer = found[(case, *place)]
        if answer["method"] == "OPTIONS" or answer["server"] != "netbox" or (other and other["body"] == answer["body"]):
            answer["in"] = "both"
            if case == "same":
                del found[(case, *place)]
    inputs = {case: read(case)[0] for case in ("first", "same")}
    for part in inputs.values():
        part["applied"] = {key: value for key, value in part["applied"].items() if not OF_A_DROPPED_GUEST.search(key)}
    with open(os.path.join(HERE, "job_base.json"), "w", encoding="utf-8") as out:
        lines = [json.dumps(answer, ensure_ascii=False, separators=(",", ":")) for answer in found.values()]
        out.write('{"inputs":%s,\n"answers":[\n%s\n]}\n' % (
            json.dumps(inputs, ensure_ascii=False, separators=(",", ":")), ",\n".join(lines)))


main()
