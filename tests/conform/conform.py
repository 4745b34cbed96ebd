# SPDX-License-Identifier: Apache-2.0
"""Send every case of the matrix to a NetBox and compare its answers with those of a real one.

    conform.py ask URL TOKEN-FILE ANSWERS     send all cases and write the answers
    conform.py same WANTED HAVE               compare; documented cases must differ, all others must not
    conform.py equal WANTED HAVE              compare; no case may differ
    conform.py sees WANTED                    alter each recorded answer; the comparison must detect every alteration
"""
import copy
import json
import os
import sys

from matrix import build
from models import DATA
from wire import Server

LEFT_OUT = os.path.join(DATA, "netbox-left-out.json")
SHOWN = 40


def read(path):
    with open(path, encoding="utf-8") as text:
        return json.load(text)


def write(path, version, answers):
    with open(path, "w", encoding="utf-8") as out:
        out.write('{"netbox": %s,\n"how": "status, answer and effect of each case of tests/conform/matrix.py; '
                  'UPDATE_CONFORM=1 ./dev live writes it",\n"answers": {\n' % json.dumps(version))
        lines = [json.dumps(name) + ": " + json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
                 for name, answer in answers.items()]
        out.write(",\n".join(lines) + "\n}}\n")


def ask(url, token_file, path):
    with open(token_file, encoding="utf-8") as text:
        server = Server(url, text.read().strip())
    version = server.send("GET", "status").value["netbox-version"]
    answers, block, since = {}, None, None
    try:
        server.prepare()
        for case in build():
            if case.name.split("/")[0] != block:
                server.end_block(since)
                block, since = case.name.split("/")[0], server.begin_block()
            answers[case.name] = server.case(case)
        server.end_block(since)
    finally:
        server.take_back()
    write(path, version, answers)
    print(f"# {len(answers)} cases sent")


def differences(want, have, path=""):
    """Describe each difference of two answers in a line."""
    if isinstance(want, dict) and isinstance(have, dict):
        for key in sorted(set(want) | set(have)):
            if key not in want or key not in have:
                yield f"{path}.{key}: {json.dumps(want.get(key, 'NOTHING'))} is now {json.dumps(have.get(key, 'NOTHING'))}"
            else:
                yield from differences(want[key], have[key], f"{path}.{key}")
    elif isinstance(want, list) and isinstance(have, list) and len(want) == len(have):
        for number, pair in enumerate(zip(want, have)):
            yield from differences(*pair, f"{path}.{number}")
    elif type(want) is not type(have) or want != have:
        yield f"{path}: {json.dumps(want)[:600]} is now {json.dumps(have)[:600]}"


def same(wanted, have):
    return compare(wanted, have, read(LEFT_OUT))


def equal(wanted, have):
    return compare(wanted, have, [])


def compare(wanted, have, rules):
    want, have = read(wanted)["answers"], read(have)["answers"]
    assert len(rules) <= 10 and all(rule["rule"] for rule in rules), "at most ten rules may be left out, each with its name"
    left_out = {name: rule["rule"] for rule in rules for name in rule["cases"]}
    bad = 0
    for name in list(want) + [name for name in have if name not in want]:
        lines = list(differences(want.get(name), have.get(name)))
        if bool(lines) == (name in left_out):
            continue
        bad += 1
        if bad <= SHOWN:
            print(f"# {name}: " + ("\n#   ".join(lines[:8]) or f"does not differ, but is documented: {left_out[name]}"))
    print(f"# {len(want)} cases, {bad} differ, {len(left_out)} are left out by {len(rules)} rules")
    return bad


def altered(value):
    """Yield copies of an answer, each altered in one place: another value or type, an added or removed part."""
    if isinstance(value, dict):
        yield dict(value, one_more=None)
        for key, part in value.items():
            yield {other: value[other] for other in value if other != key}
            for change in altered(part):
                yield dict(value, **{key: change})
    elif isinstance(value, list):
        yield value + [None]
        for number, part in enumerate(value):
            yield value[:number] + value[number + 1:]
            for change in altered(part):
                yield value[:number] + [change] + value[number + 1:]
    else:
        yield [value]
        yield not value if isinstance(value, bool) else value + 1 if isinstance(value, int) else str(value) + "x"
        if isinstance(value, (bool, int)):
            yield float(value)


def sees(wanted):
    tried = unseen = 0
    for name, answer in read(wanted)["answers"].items():
        before = copy.deepcopy(answer)
        for change in altered(answer):
            tried += 1
            if not any(differences(before, change)):
                unseen += 1
                print(f"# {name}: not detected: {json.dumps(change)[:300]}")
    print(f"# {tried} alterations, {unseen} not detected")
    return unseen or tried < 1000


def main():
    what, *rest = sys.argv[1:]
    sys.exit(1 if {"ask": ask, "same": same, "equal": equal, "sees": sees}[what](*rest) else 0)


main()
