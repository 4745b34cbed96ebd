#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Checks that each planted defect of tests/mutants/ fits the present code and names its tests; else says how to fix it."""
import glob
import os
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from mutate import ENDING, Unfit, missing_test, plant_all, read_mutant  # noqa: E402
from common import Findings, files, read, root_of_arguments  # noqa: E402


def main():
    root = root_of_arguments()
    found = Findings("mutants")
    os.chdir(root)
    sources = [(name, read(root, name)) for name in files(root)
               if name.endswith((".c", ".h", ".py", ".sh")) and not name.startswith("tests/")]
    texts = dict(sources)
    for path in sorted(glob.glob("tests/mutants/*")):
        if not path.endswith(ENDING):
            found.add(path, 0, f"a planted defect is a file NAME{ENDING}; tests/mutate.py describes its lines")
            continue
        try:
            tests, changes = read_mutant(path)
            for why in filter(None, (missing_test(root, test) for test in tests)):
                found.add(path, 0, why)
            plant_all(changes, texts, sources)
        except Unfit as why:
            found.add(path, 0, f"does not fit: {why}")
    found.end()


main()
