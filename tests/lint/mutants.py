#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each planted defect of tests/mutants/ fits the code as it is, and names the tests that see it."""
import glob
import os
import subprocess
import sys

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
from mutate import tests_of  # noqa: E402


def main():
    os.chdir(sys.argv[1])
    bad = 0
    for path in sorted(glob.glob("tests/mutants/*.patch")):
        if not tests_of(os.path.abspath(path)):
            print(f"mutants: {path}: names no test")
            bad = 1
        done = subprocess.run(["git", "apply", "--unidiff-zero", "--check", path], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode:
            print(f"mutants: {path}: does not fit: {done.stdout.strip().splitlines()[0]}")
            bad = 1
    return bad


if __name__ == "__main__":
    sys.exit(main())
