# SPDX-License-Identifier: Apache-2.0
"""tests/README.md says where each file is tested: every .c file is in a row, and each row names files and suites that
exist. A row is "| `folder/` `file.c` ... | `suite`, ... |"; without files it is for every file of the folder."""
import os
import re
from common import Findings, files, read, root_of_arguments

PAGE = "tests/README.md"
HEADING = "## Which file is tested where"
FOLDERS = ("core/", "cmd/", "modules/", "lab/")
SUITES = ("tests/unit/{}.c", "tests/lab/{}.c", "tests/lab/{}.sh", "tests/sim/{}.sh", "tests/e2e/{}.sh", "tests/live/{}.sh")
ROW = re.compile(r"^\| `([\w/-]+/)`((?: `[\w-]+\.c`)*) \| (.*) \|$")


def main():
    root = root_of_arguments()
    found = Findings("tests_map")
    known = set(files(root))
    sources = {name for name in known if name.endswith(".c") and name.startswith(FOLDERS)}
    mapped = set()
    below = False
    for number, line in enumerate(read(root, PAGE).split("\n") if PAGE in known else [], 1):
        below = line == HEADING if line.startswith("## ") else below
        row = ROW.match(line) if below else None
        if not row:
            continue
        folder, names, suites = row.group(1), re.findall(r"`([^`]+)`", row.group(2)), re.findall(r"`([^`]+)`", row.group(3))
        rows = {folder + name for name in names} or {name for name in known if os.path.dirname(name) + "/" == folder}
        for name in sorted(rows - known) or ([] if rows else [folder]):
            found.add(PAGE, number, f"{name} does not exist: correct or delete it")
        if not suites:
            found.add(PAGE, number, f"{folder}: no suite")
        for suite in suites:
            if not any(form.format(suite) in known for form in SUITES):
                found.add(PAGE, number, f"there is no suite {suite}")
        mapped |= rows
    for name in sorted(sources - mapped):
        found.add(name, 0, f"in no row of {PAGE}: add it with the suites that test it")
    found.end()


main()
