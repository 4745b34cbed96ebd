# SPDX-License-Identifier: Apache-2.0
"""Each function for modules has a manual page, made by docs/man/functions.py from the comment above its declaration, with a
short line of NAME and the sections that the comment states; mandoc finds nothing in the pages."""
import os
import re
import shutil
import subprocess
import sys
import tempfile

from common import Findings, read, root_of_arguments

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../docs/man"))
import functions  # pylint: disable=wrong-import-position

MAP = "core/stagebox.map"
HEADERS = "include/stagebox"
LONGEST = 140  # of the line of NAME
OF_THIS_HOST = ("referenced manual not found", "outdated mandoc.db")


def check_group(found, group, page):
    place, name = f"{HEADERS}/{group.header}", group.names[0]
    wanted = ["NAME", "SYNOPSIS", "DESCRIPTION"] + ["RETURN VALUES"] * (" Returns " in re.sub(r"[\s*]+", " ", group.comment))
    for section in wanted:
        body = re.search(r"^\.Sh %s\n(.+?)(?=^\.Sh |\Z)" % section, page, re.M | re.S)
        if not body:
            found.add(place, 0, f"{name}(3) has no section {section}")
    line = functions.what_for(group)
    if not 3 <= len(line) <= LONGEST:
        found.add(place, 0, f'{name}: the comment does not begin with a short sentence, but with "{line[:60]}"')
    known = {parameter.split(" ")[-1].strip("*").split("[")[0] for function in group.functions for parameter in function[2]}
    for what, _ in functions.divide(group.comment)[1]:
        if what not in known and what + "_take" not in known:
            found.add(place, 0, f"{name}: the comment names a parameter {what}, which it does not have")


def check_with_mandoc(found, folder):
    if not shutil.which("mandoc"):
        print("pages: skipped in part: there is no mandoc (./dev deps installs it)", file=sys.stderr)
        return
    names = sorted(name for name in os.listdir(folder))
    done = subprocess.run(["mandoc", "-T", "lint", "-W", "all"] + names, cwd=folder, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False)
    for line in done.stdout.splitlines():
        if not any(words in line for words in OF_THIS_HOST):
            found.add("docs/man/functions.py", 0, line.replace("mandoc: ", ""))


def main():
    root = root_of_arguments()
    found = Findings("pages")
    if not os.path.exists(os.path.join(root, MAP)):
        found.end()
    groups, _ = functions.read_headers(os.path.join(root, HEADERS))
    bare = [group for group in groups if not group.comment]
    for group in bare:
        found.add(f"{HEADERS}/{group.header}", 0, f"{', '.join(group.names)}: no comment above the declaration, so no page")
    public = set(re.findall(r"^\s+(sb_\w+);", read(root, MAP).split("STAGEBOX_PRIVATE {")[0], re.M))
    for name in sorted(public - {name for group in groups for name in group.names}):
        found.add(MAP, 0, f"{name} has no page: declare it as \"SB_API type {name}(...);\" in {HEADERS}")
    if bare:
        found.end()
    with tempfile.TemporaryDirectory() as folder:
        functions.write_pages(os.path.join(root, HEADERS), folder, "January 1, 2026")
        for group in groups:
            check_group(found, group, read(folder, group.names[0] + ".3"))
            for name in group.names:
                if not os.path.exists(os.path.join(folder, name + ".3")):
                    found.add(f"{HEADERS}/{group.header}", 0, f"{name} has no page")
        check_with_mandoc(found, folder)
    found.end()


main()
