# SPDX-License-Identifier: Apache-2.0
"""One idiom for one thing in C: success is !rc and failure rc < 0; sb_streq() and sb_starts_with() compare texts.
strcmp() is for order only, strncmp() for order and for lengths other than that of the prefix."""
import re
from common import Findings, c_files, read, root_of_arguments, split

RULES = (
    (re.compile(r"(?<![\w>.])rc == 0\b"), "write !rc"),
    (re.compile(r"(?<![\w>.])rc != 0\b"), "write rc < 0"),
    (re.compile(r"\bif \(rc\)"), "write if (rc < 0)"),
    (re.compile(r"!\s*strn?cmp\("), "write sb_streq() or sb_starts_with()"),
    (re.compile(r"\bstrcmp\("), None),
)
ORDER_BEFORE = re.compile(r"(\breturn|[^=!<>]=)\s*$")
HOME = "include/stagebox/types.h"


def is_for_order(code, start):
    """True if the code uses this strcmp() for order: it returns or stores its value, or compares it with < or >."""
    depth = 0
    for end in range(code.index("(", start), len(code)):
        depth += {"(": 1, ")": -1}.get(code[end], 0)
        if not depth:
            break
    after = code[end + 1:].lstrip()
    return after.startswith(("<", ">")) or bool(ORDER_BEFORE.search(code[:start]) and after.startswith((";", ",")))


def main():
    root = root_of_arguments()
    found = Findings("dialect")
    for name in c_files(root):
        if name.endswith(HOME):  # recorded ones, too
            continue
        code = split(read(root, name))[0]
        for rule, advice in RULES:
            for match in rule.finditer(code):
                if advice is None and is_for_order(code, match.start()):
                    continue
                line = code.count("\n", 0, match.start()) + 1
                found.add(name, line, f"{match.group(0).strip('(')}: {advice or 'write sb_streq()'}")
    found.end()


main()
