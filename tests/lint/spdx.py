# SPDX-License-Identifier: Apache-2.0
"""Every file that can contain a comment names its licence in its first five lines."""
import os
from common import Findings, files, read, root_of_arguments

ENDINGS = (".c", ".h", ".sh", ".py", ".cmake", ".md", ".cfg", ".map", ".in", ".js", ".css", ".html", ".svg", ".service",
           ".timer", ".bash", ".yml", ".yaml", ".1", ".5", ".7", ".8")
NAMES = ("CMakeLists.txt", "Makefile", "dev", "run", "_stagebox", ".clang-format")
LINE = "SPDX-License-Identifier: Apache-2.0"


def main():
    root = root_of_arguments()
    found = Findings("spdx")
    for name in files(root):
        base = os.path.basename(name)
        if not (base.endswith(ENDINGS) or base in NAMES):
            continue
        text = read(root, name)
        if text and not any(LINE in line for line in text.split("\n")[:5]):
            found.add(name, 1, f'no "{LINE}" in the first five lines')
    found.end()


main()
