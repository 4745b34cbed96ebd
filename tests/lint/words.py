# SPDX-License-Identifier: Apache-2.0
"""core/ and include/ name no resource family, neither in code nor in comments nor in file names."""
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
                found.add(name, number, f'"{match.group(0)}": core and the public headers must not name a resource family')
    found.end()


main()
