# SPDX-License-Identifier: Apache-2.0
"""core/diff and core/apply name no kind and no field of NetBox: what is special about one is a trait in its row of
core/model/kinds_table.c, so that the kind of a module can have it, too."""
import re
from common import Findings, c_files, read, root_of_arguments

TABLE = "core/model/kinds_table.c"
FOLDERS = ("core/diff/", "core/apply/")
# members of documents of our own that have the name of a field
OURS = {"name", "type", "status", "mac", "kind"}
COMMENT = re.compile(r"/\*.*?\*/", re.S)
TEXT = re.compile(r'"((?:[^"\\\n]|\\.)*)"')


def names_of(table):
    """Names of kinds, and names of fields without the custom fields of our own."""
    table = COMMENT.sub("", table)
    names = set(re.findall(r'\.name = "([^"]+)"', table))
    names |= set(re.findall(r'\b[A-Z][A-Z_]+\(\s*"([^"]+)",', table))
    return {name for name in names if not name.startswith("stagebox_")} - OURS


def main():
    root = root_of_arguments()
    found = Findings("kinds")
    names = names_of(read(root, TABLE))
    for name in (name for name in c_files(root) if name.startswith(FOLDERS)):
        text = COMMENT.sub(lambda match: "\n" * match.group(0).count("\n"), read(root, name))
        for number, line in enumerate(text.split("\n"), 1):
            if line.startswith("#include"):
                continue
            for word in TEXT.findall(line):
                if word in names:
                    found.add(name, number, f'"{word}" is a kind or field of NetBox: use a trait of its row in {TABLE}')
    found.end()


main()
