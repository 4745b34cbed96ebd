# SPDX-License-Identifier: Apache-2.0
"""traits_run.py STAGEBOX LAB CONFIG N [WORD]: prints TAP from test N + 1 on, and the last number into LAB/n.

Each rule holds with all traits, and does not hold without any one of its own. With WORD only the rules that contain it
run."""
import os
import re
import sys

import traits
import traits_rules  # noqa: F401: the rules register themselves
from servers import Refused

# Members of the structs that say what a kind is, not how NetBox treats it; exactly one of OWNED and SHARED is needed.
IDENTITY = {"name", "type", "kind", "policy", "traits", "size", "path", "object_type", "natural", "flags", "fields",
            "field_size", "keep_size", "adopt_rule_size", "OWNED", "SHARED"}


class Tap:
    def __init__(self, n):
        self.n = n

    def report(self, is_ok, sentence, detail=""):
        self.n += 1
        print(("ok" if is_ok else "not ok"), self.n, "-", sentence)
        if not is_ok:
            for line in str(detail).splitlines()[-70:]:
                print("#", line)
        sys.stdout.flush()


def parts_of_header(source):
    """What kind.h offers: the traits, the flags and the members of a kind and of a field."""
    with open(os.path.join(source, "include", "stagebox", "kind.h"), encoding="utf-8") as text:
        header = re.sub(r"/\*.*?\*/", "", text.read(), flags=re.S)
    parts = set(re.findall(r"\bSB_(?:TRAIT|KIND)_([A-Z]+) = 1u", header))
    for name in ("sb_kind_field", "sb_kind"):
        body = re.search(r"struct %s \{(.*?)\n\};" % name, header, re.S).group(1)
        parts |= set(re.findall(r"(\w+);", body))
    return parts - IDENTITY


def check_all_parts(tap, lab):
    words = [word for _, some in traits.RULES for word in some]
    _, text = lab.run("modules", "list", "--config", lab.config, without="?")
    there = set(re.findall(r"^.*trait: ([\w.]+)$", text, re.M))
    tap.report(there and there == set(words), "each trait of the made-up kinds has a rule",
               f"without a rule: {sorted(there - set(words))}; no trait: {sorted(set(words) - there)}\n{text}")
    known, tested = parts_of_header(os.environ["STAGEBOX_SRC"]), {word.split(".")[-1] for word in words}
    tap.report(known == tested, "the made-up kinds have every trait of kind.h",
               f"missing: {sorted(known - tested)}; unknown: {sorted(tested - known)}")


def outcome(lab, function, without=None):
    """(holds, details); holds is None when the case does not show it."""
    case = traits.Case(lab, without)
    try:
        return bool(function(case)), case.said
    except (traits.Unfit, Refused, TypeError) as why:  # TypeError: NetBox has no value where one is expected
        lab.ctl("clear")
        return None, f"{why}\n{case.said}"


def main():
    program, folder, config, n = sys.argv[1:5]
    tap, lab = Tap(int(n)), traits.Lab(program, folder, config)
    lab.prepare()
    check_all_parts(tap, lab)
    for function, words in traits.RULES:
        if sys.argv[5:] and sys.argv[5] not in words:
            continue
        holds, detail = outcome(lab, function)
        tap.report(holds, function.__doc__, detail)
        for word in words:
            holds, detail = outcome(lab, function, word)
            tap.report(holds is False, f"but not without {word}", f"the rule {'holds' if holds else 'is not shown'}\n{detail}")
    with open(os.path.join(folder, "n"), "w", encoding="utf-8") as number:
        number.write(str(tap.n))


main()
