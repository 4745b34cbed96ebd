#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Plants each known defect of tests/mutants/ in a copy of the tree and checks that its tests fail.

A mutant is a file tests/mutants/NAME.mutant: one plain statement of the defect, then
    tests: test_diff_prune              a unit program that must fail, or
    tests: tests/lab/test_pve.c         a program of another folder, by its source, or
    tests: tests/e2e/43_sums.sh         a shell suite; one line for each
    file: core/model/link.c               the file to change
    in: next_op                           the function, only if the old line occurs more than once in the file
    old: if (n > 1)                       whole lines; indentation and line breaks do not matter
    new: if (n > 2)                       their replacement; empty deletes them
"file", "in", "old" and "new" may be repeated for a defect in several places. Without a mutant the tests pass. Failures
are a mutant that does not fit or does not build, one without a test, and a test that passes with the mutant.
"""
import concurrent.futures
import difflib
import glob
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ENDING = ".mutant"
WORKERS = min(3, 1 + (os.cpu_count() or 1))  # each with its own copy of the tree; tests wait for much of their time
LONGEST = "tests/sim/"  # these tests begin first, so that none of them is left to one worker at the end


class Unfit(Exception):
    """A mutant that does not fit the code; the text says how to correct it."""


def read_mutant(path):
    """(tests, changes) of a mutant; each change is a dict of file, in, old and new."""
    tests, changes = [], []
    with open(path, encoding="utf-8") as text:
        lines = text.read().split("\n")
    for number, line in enumerate(lines[1:], 2):
        word, colon, value = line.partition(":")
        value = " ".join(value.split())
        if word == "tests" and value:
            tests.append(value)
        elif word == "file" and value:
            changes.append({"file": value})
        elif word in ("in", "old", "new") and changes and word not in changes[-1]:
            changes[-1][word] = value
        elif line.strip():
            raise Unfit(f"line {number} is not one of tests:, file:, in:, old:, new: in this order")
    if not tests:
        raise Unfit("it does not name a test: add a line \"tests: NAME\"")
    if not changes or not all(change.get("old") and "new" in change for change in changes):
        raise Unfit("it needs file:, old: and new: for each change")
    return tests, changes


def function_body(text, name):
    """Start and end of the definition of a function, or None."""
    head = re.search(r"^[a-z][^;{}#]*?\b" + re.escape(name) + r"\([^;{}]*\)\n\{\n.*?^\}", text, re.M | re.S)
    return head.span() if head else None


def function_names(text, matches):
    """The names of the functions that enclose the matches."""
    found = []
    for match in matches:
        heads = re.findall(r"^[a-z][^;{}#=]*?\b(\w+)\([^;{}]*\)\n\{$", text[:match.start()], re.M)
        found.append(heads[-1] if heads else "the top of the file")
    return found


def planted(text, change, places=()):
    """The text of a file with one change applied. Raises Unfit, which says how to correct the mutant; places are the
    files to search for a line that moved: [(name, text)]."""
    old = re.compile(r"^([ \t]*)" + r"\s+".join(map(re.escape, change["old"].split(" "))) + r"[ \t]*$", re.M)
    start, end = 0, len(text)
    if "in" in change:
        body = function_body(text, change["in"])
        if not body:
            raise Unfit(f"{change['file']} has no function {change['in']}(): correct \"in:\"")
        start, end = body
    found = list(old.finditer(text, start, end))
    if len(found) == 1:
        match = found[0]
        return text[:match.start()] + match.group(1) + change["new"] + text[match.end():]
    if found:
        names = ", ".join(function_names(text, found))
        raise Unfit(f"the old line occurs {len(found)} times in {change['file']}: add \"in: FUNCTION\" with one of "
                    f"{names}, or lengthen \"old:\" by a neighbouring line")
    moved = [name for name, other in places if old.search(other)]
    if moved:
        raise Unfit(f"the old line is now in {' and '.join(moved)}: correct \"file:\"")
    if not text:
        raise Unfit(f"{change['file']} does not exist and the old line is in no other file: correct \"file:\" and \"old:\"")
    lines = [" ".join(line.split()) for line in text.split("\n")]
    near = difflib.get_close_matches(change["old"], lines, n=1, cutoff=0.5)
    hint = f"; the nearest is line {lines.index(near[0]) + 1}: {near[0]}" if near else ""
    raise Unfit(f"the old line is not in {change['file']}{hint}: copy the present line to \"old:\" and the defective one "
                "to \"new:\", or delete the mutant if its rule was removed")


def source_of(test):
    """The file of a test of a mutant, relative to the top."""
    return test if "/" in test else f"tests/unit/{test}.c"


def program_of(test):
    """The target that builds a test and its path below the build folder; None for a shell suite."""
    source = source_of(test)
    return source[:-2] if source.endswith(".c") else None


def target_of(test):
    """The target of the build that a test needs."""
    if program_of(test):
        return program_of(test)
    return "stagebox-sim" if test.startswith("tests/sim/") else "suites"


def missing_test(top, test):
    """What to correct when a named test does not exist in the sources; None when it does."""
    if test.startswith("build"):  # not there in a fresh clone
        return f"the test {test} is named by its source: correct \"tests:\""
    if os.path.isfile(os.path.join(top, source_of(test))):
        return None
    known = [os.path.basename(name)[:-2] for name in glob.glob(os.path.join(top, "tests/unit/test_*.c"))]
    near = difflib.get_close_matches(test, known, n=1)
    return f"the test {test} does not exist{'; the nearest is ' + near[0] if near else ''}: correct \"tests:\""


def text_of(top, name):
    """The text of a file of a tree; "" when there is none."""
    path = os.path.join(top, name)
    if not os.path.isfile(path):
        return ""
    with open(path, encoding="utf-8") as file:
        return file.read()


def files_of(changes):
    return {change["file"] for change in changes}


def plant_all(changes, texts, places=()):
    """{file: its text with the changes}; texts: {file: its text now}, without those that do not exist."""
    texts = {name: texts.get(name, "") for name in files_of(changes)}
    for change in changes:
        texts[change["file"]] = planted(texts[change["file"]], change, places)
    return texts


class Tree:
    def __init__(self, folder):
        self.folder = folder
        names = subprocess.run(["git", "ls-files", "-zco", "--exclude-standard"], cwd=TOP, stdout=subprocess.PIPE, check=True).stdout.split(b"\0")
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
        """Builds what these tests need: to link all programs takes longer than most tests."""
        return self.run("cmake", "--build", "build-asan", "--target", *sorted({target_of(test) for test in tests}))

    def is_green(self, test, patience=1):
        program = program_of(test)
        return self.run(sys.executable, "tests/run.py", "--jobs", "1", "--patience", str(patience),
                        f"build-asan/{program}" if program else test)

    def is_green_alone(self, test):
        """Without a planted defect, which may let it hang: all that takes its time then is the machine."""
        return self.is_green(test, 4)

    def write(self, name, text):
        with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
            file.write(text)


def judge(tree, mutant):
    """What is wrong with this mutant or its tests; None if all of its tests fail."""
    originals, changed = {}, {}
    try:
        tests, changes = read_mutant(os.path.join(TOP, mutant))
        originals = {name: text_of(tree.folder, name) for name in files_of(changes)}
        changed = plant_all(changes, originals)
        for name, text in changed.items():
            tree.write(name, text)
        good, said = tree.build(tests)
        if not good:
            return "does not build:\n" + said
        blind = [test for test in tests if tree.is_green(test)[0]]
    except Unfit as why:
        return f"does not fit: {why}"
    finally:
        for name in changed:
            tree.write(name, originals[name])
    return "not detected by " + ", ".join(blind) if blind else None


def each_in(trees, work, things):
    """The results of work(tree, thing) in the order of things; each tree does one at a time."""
    idle = queue.SimpleQueue()
    for tree in trees:
        idle.put(tree)

    def one(thing):
        tree = idle.get()
        try:
            return work(tree, thing)
        finally:
            idle.put(tree)

    with concurrent.futures.ThreadPoolExecutor(len(trees)) as pool:
        yield from pool.map(one, things)


def unfit(mutant):
    """Why a mutant cannot be planted in the tree as it is, found without building; None when it can."""
    try:
        tests, changes = read_mutant(os.path.join(TOP, mutant))
        plant_all(changes, {name: text_of(TOP, name) for name in files_of(changes)})
    except Unfit as why:
        return f"does not fit: {why}"
    return next(filter(None, (missing_test(TOP, test) for test in tests)), None)


def tests_of(mutant):
    try:
        return read_mutant(os.path.join(TOP, mutant))[0]
    except Unfit:
        return []  # judge() reports it


def main():
    every = {os.path.basename(path)[:-len(ENDING)]: os.path.relpath(path, TOP)
             for path in sorted(glob.glob(TOP + "/tests/mutants/*" + ENDING))}
    mutants = [every.get(name, name) for name in sys.argv[1:]] or list(every.values())
    for mutant in mutants:
        if not os.path.exists(os.path.join(TOP, mutant)):
            sys.exit(f"mutate: {mutant} does not exist in tests/mutants/")
    whys = [(mutant, why) for mutant, why in ((mutant, unfit(mutant)) for mutant in mutants) if why]
    if whys:  # before minutes of building
        for mutant, why in whys:
            print(f"{mutant}: {why}")
        print(f"0 passed, {len(whys)} failed, 0 skipped")
        return 1
    folder = tempfile.mkdtemp(prefix="stagebox-mutants.")
    passed = failed = 0
    wanted = sorted({test for mutant in mutants for test in tests_of(mutant)}, key=lambda test: (not test.startswith(LONGEST), test))
    begun = time.monotonic()
    try:
        trees = [Tree(os.path.join(folder, str(i))) for i in range(min(WORKERS, len(mutants)))]
        for tree in trees:
            good, said = tree.run("cmake", "--preset", "asan")
            if good:
                good, said = tree.run("cmake", "--build", "build-asan")
            if not good:
                sys.exit(said + "mutate: the copy of the tree does not build")
        for test, (good, said) in zip(wanted, each_in(trees, Tree.is_green_alone, wanted)):
            if not good:
                print(f"{test}: fails without a planted defect\n{said}", flush=True)
                failed += 1
        for mutant, why in zip(mutants, each_in(trees, judge, mutants if not failed else [])):
            print(f"{mutant}: {why or 'detected'}", flush=True)
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
