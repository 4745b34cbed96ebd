# SPDX-License-Identifier: Apache-2.0
"""core/stagebox.map and the symbols file of the Debian package list the same functions for modules."""
import os
import re
from common import Findings, read, root_of_arguments

MAP = "core/stagebox.map"
SYMBOLS = "packaging/debian/stagebox.symbols"


def main():
    root = root_of_arguments()
    found = Findings("symbols")
    if all(os.path.exists(os.path.join(root, name)) for name in (MAP, SYMBOLS)):
        version = re.search(r"project\(stagebox VERSION ([0-9.]+)", read(root, "CMakeLists.txt"))
        public = set(re.findall(r"^\s+(sb_\w+);", read(root, MAP).split("STAGEBOX_PRIVATE {")[0], re.M))
        listed = set(re.findall(r"^ (sb_\w+)@STAGEBOX_2 ", read(root, SYMBOLS), re.M))
        for name in sorted(public - listed):
            found.add(SYMBOLS, 0, f'{name} is missing: add " {name}@STAGEBOX_2 {version.group(1) if version else "VERSION"}"')
        for name in sorted(listed - public):
            found.add(SYMBOLS, 0, f"{name} is not in {MAP}: modules that use it break")
    found.end()


main()
