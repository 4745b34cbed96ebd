# SPDX-License-Identifier: Apache-2.0
"""A function has at most 120 lines, a file at most 600. There are no exceptions."""
from common import Findings, c_files, read, root_of_arguments, split

MAX_FUNCTION = 120
MAX_FILE = 600


def main():
    root = root_of_arguments()
    found = Findings("size")
    for name in c_files(root):
        text = read(root, name)
        lines = split(text)[0].split("\n")
        if text.endswith("\n"):
            lines.pop()
        if len(lines) > MAX_FILE:
            found.add(name, 0, f"{len(lines)} lines, at most {MAX_FILE}")
        begun = head = None
        for number, line in enumerate(lines, 1):
            if begun is None:
                # clang-format puts a brace alone on its line for functions only
                if line.rstrip() == "{":
                    begun = number
                    head = number - 1
                    while head > 1 and lines[head - 2].strip() and lines[head - 2].rstrip()[-1] not in ";}":
                        head -= 1
            elif line.startswith("}"):
                length = number - head + 1
                if length > MAX_FUNCTION:
                    found.add(name, head, f"a function of {length} lines, at most {MAX_FUNCTION}")
                begun = None
    found.end()


main()
