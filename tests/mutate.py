#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Plant each known defect of tests/mutants/ in a copy of the tree, and see the tests named with it fail.

A mutant is a patch whose head names the tests that must see it, one a line:
    tests: test_engine_prune              a unit program
    tests: tests/e2e/43_sums.sh           a shell suite
Unmutated they are green. A patch that does not apply, a mutant that does not build, one without a test, and a test
that stays green are failures.
"""
import glob
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TESTS = re.compile(r"^tests: *(\S+)", re.M)


class Tree:
    def __init__(self, folder):
        self.folder = folder
        names = subprocess.run(["git", "ls-files", "-z"], cwd=TOP, stdout=subprocess.PIPE, check=True).stdout.split(b"\0")
        for name in map(os.fsdecode, filter(None, names)):
            source = os.path.join(TOP, name)
            if os.path.isfile(source):
                target = os.path.join(folder, name)
                os.makedirs(os.path.dirname(target), exist_ok=True)
                shutil.copy2(source, target)

    def run(self, *command):
        done = subprocess.run(command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
        return done.returncode == 0, done.stdout

    def build(self, tests):
        """Only what these tests need: unit programs, or the program with its modules for a shell suite."""
        targets = [f"tests/unit/{test}" for test in tests if "/" not in test]  # a path: the lab has names, too
        command = ["cmake", "--build", "build-asan"]
        if len(targets) == len(tests):
            command += ["--target"] + targets
        return self.run(*command)

    def path(self, test):
        return test if "/" in test else f"build-asan/tests/unit/{test}"

    def is_green(self, test):
        return self.run(sys.executable, "tests/run.py", "--jobs", "1", self.path(test))

    def patch(self, name, *options):
        return self.run("git", "apply", "--unidiff-zero", *options, os.path.join(TOP, name))


def tests_of(mutant):
    with open(os.path.join(TOP, mutant), encoding="utf-8") as text:
        return TESTS.findall(text.read().split("\n--- ", 1)[0])


def judge(tree, mutant):
    """What is wrong with this mutant or its tests; None when all of them see it."""
    tests = tests_of(mutant)
    if not tests:
        return "no test is named"
    good, said = tree.patch(mutant)
    if not good:
        return "does not apply: " + said.strip()
    try:
        good, said = tree.build(tests)
        if not good:
            return "does not build:\n" + said
        blind = [test for test in tests if tree.is_green(test)[0]]
    finally:
        good, said = tree.patch(mutant, "-R")
    if not good:
        sys.exit(f"{mutant}: cannot be taken back: {said}")
    return "not seen by " + ", ".join(blind) if blind else None


def main():
    every = {os.path.basename(path)[:-len(".patch")]: os.path.relpath(path, TOP)
             for path in sorted(glob.glob(TOP + "/tests/mutants/*.patch"))}
    mutants = [every.get(name, name) for name in sys.argv[1:]] or list(every.values())
    for mutant in mutants:
        if not os.path.exists(os.path.join(TOP, mutant)):
            sys.exit(f"mutate: no defect {mutant} in tests/mutants/")
    folder = tempfile.mkdtemp(prefix="stagebox-mutants.")
    passed = failed = 0
    begun = time.monotonic()
    try:
        tree = Tree(folder)
        tree.run("git", "init", "-q")  # a tree of its own: patches are taken from its top
        good, said = tree.run("cmake", "--preset", "asan")
        if good:
            good, said = tree.run("cmake", "--build", "build-asan")
        if not good:
            sys.exit(said + "mutate: the copy does not build")
        for test in sorted({test for mutant in mutants for test in tests_of(mutant)}):
            good, said = tree.is_green(test)
            if not good:
                print(f"{test}: fails without a mutant\n{said}", flush=True)
                failed += 1
        for mutant in mutants if not failed else []:
            why = judge(tree, mutant)
            print(f"{mutant}: {why or 'seen'}", flush=True)
            passed += why is None
            failed += why is not None
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{len(mutants)} mutants in {time.monotonic() - begun:.0f} s")
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main())
