# SPDX-License-Identifier: Apache-2.0
"""core/ and include/ know no resource family: not in code, not in comments, not in file names."""
import re
from common import Findings, files, read, root_of_arguments

FAMILY = re.compile(r"qemu|lxc|ceph", re.I)


def main():
    root = root_of_arguments()
    found = Findings("words")
    for name in files(root):
        if not name.startswith(("core/", "include/")):
            continue
        if name.startswith("core/guest/") or name == "include/stagebox/guest.h":
            continue
        match = FAMILY.search(name)
        if match:
            found.add(name, 0, f'"{match.group(0)}" in a file name')
        for number, line in enumerate(read(root, name).split("\n"), 1):
            match = FAMILY.search(line)
            if match:
                found.add(name, number, f'"{match.group(0)}": core and the public headers know no families')
    found.end()


main()
