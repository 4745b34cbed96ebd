#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks where built programs and libraries look for libraries: an empty or relative path is the working folder, in
which anybody may have put a file. Finds nothing if nothing is built."""
import os
import re
import subprocess
from common import Findings, root_of_arguments

PATHS = re.compile(r"\((RPATH|RUNPATH)\).*\[(.*)\]")


def built_files(root):
    for tree in ("build", "build-asan"):
        for folder, _, names in os.walk(os.path.join(root, tree)):
            for name in sorted(names):
                path = os.path.join(folder, name)
                if os.path.islink(path) or not (os.access(path, os.X_OK) or ".so" in name):
                    continue
                with open(path, "rb") as file:
                    if file.read(4) == b"\x7fELF":
                        yield path


def main():
    root = root_of_arguments()
    found = Findings("runpath")
    for path in sorted(built_files(root)):
        answer = subprocess.run(["readelf", "-dW", path], capture_output=True, text=True, check=False)
        for kind, paths in PATHS.findall(answer.stdout):
            for each in paths.split(":"):
                if not each:
                    found.add(os.path.relpath(path, root), 0, f"{kind} [{paths}] has an empty path: the working folder")
                    break
                if not (each.startswith("/") or re.match(r"\$ORIGIN(/|$)", each)):
                    found.add(os.path.relpath(path, root), 0, f"{kind} [{paths}]: {each} is relative to the working folder")
                    break
    found.end()


main()
