#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Runs test programs that print TAP, each with a time limit and its own temporary folder, and counts the results.

A suite is an executable (cmocka) or a *.sh file. Its first 30 lines may contain
    # slow          left out with --quick
    # alone         no other suite runs at the same time
    # limit N       time limit in seconds (default 60, shell suites 180)
    # versions WORD each: once per pair of versions that the lab can simulate; netbox, pve: once per version of that
                    side; one: once even with STAGEBOX_TEST_FULL=1, which repeats all other suites with a lab per pair
    # full WORD     the pairs with STAGEBOX_TEST_FULL=1: netbox, pve or one, where the other versions change nothing
A suite gets TMPDIR, STAGEBOX (the program under test), STAGEBOX_BUILD, STAGEBOX_RELEASE and STAGEBOX_SRC, and
STAGEBOX_LAB_MODES ("--pve 8 --netbox 4.5") if it runs with other versions than the default ones of the lab.

Failures besides each "not ok": an exit code without a "not ok", a signal, a sanitizer report, a suite above its time
limit, a plan ("1..N") that is missing or wrong, a command that a shell suite does not find, and a process that
outlives its suite (such processes are killed). The limits end what hangs; they say nothing about speed, so that --patience
multiplies them where suites are slow for other reasons.
"""
import argparse
import concurrent.futures
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time

RESULT = re.compile(r"^\s*(not )?ok\b(.*)$")
PLAN = re.compile(r"^\s*1\.\.(\d+)")
SKIP = re.compile(r"#\s*skip", re.I)
MISSING = re.compile(r"^\S+\.sh: (?:line )?\d+: \S+: not found$", re.M)
RUNNING = set()  # processes of suites
REPORT = re.compile(r"(ERROR: (Address|Leak)Sanitizer|: runtime error: |DEADLYSIGNAL)")
TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


# The pairs of versions that the lab can simulate, its default first.
PAIRS = [(pve, netbox) for pve in ("9", "8") for netbox in ("4.7", "4.6", "4.5")]


# The pairs of each WORD after "# versions" and "# full".
CHOSEN = {"each": PAIRS, "netbox": [pair for pair in PAIRS if pair[0] == "9"],
          "pve": [pair for pair in PAIRS if pair[1] == "4.7"], "one": PAIRS[:1]}


class Suite:
    def __init__(self, path, pair=PAIRS[0]):
        self.path = path
        self.pair = pair
        self.shell = path.endswith(".sh")
        head = rest = ""
        if self.shell:
            with open(path, encoding="utf-8", errors="replace") as text:
                lines = text.readlines()
            head, rest = "".join(lines[:30]), "".join(lines[30:])
        self.slow = re.search(r"^# slow\b", head, re.M) is not None
        self.alone = re.search(r"^# alone\b", head, re.M) is not None
        limit = re.search(r"^# limit (\d+)", head, re.M)
        self.limit = int(limit.group(1)) if limit else 180 if self.shell else 60
        word = re.search(r"^# versions (\w+)", head, re.M)
        self.versions = word.group(1) if word else "all" if re.search(r"^\s*lab_up\b", head + rest, re.M) else "one"
        word = re.search(r"^# full (\w+)", head, re.M)
        self.full = word.group(1) if word else "each"
        self.name = os.path.relpath(path, TOP)
        if self.versions in ("each", "netbox", "pve") or pair != PAIRS[0]:
            self.name += " (Proxmox VE %s, NetBox %s)" % pair
        self.passed = self.skipped = 0
        self.failures = []
        self.output = ""
        self.seconds = 0.0


def repeated(suites, options):
    """The suites, repeated for each pair of versions that options and suite ask for."""
    full = bool(os.environ.get("STAGEBOX_TEST_FULL"))
    if options.pair:
        return [Suite(suite.path, pair) for suite in suites
                for pair in (options.pair if suite.versions != "one" else PAIRS[:1])]
    found = list(suites)
    for suite in suites:
        if full and suite.versions != "one":
            found += [Suite(suite.path, pair) for pair in CHOSEN[suite.full][1:]]
        elif not options.quick:
            found += [Suite(suite.path, pair) for pair in CHOSEN.get(suite.versions, [])[1:]]
    return found


def pair_of(text):
    pair = tuple(text.split("/"))
    if pair not in PAIRS:
        raise argparse.ArgumentTypeError("one of " + ", ".join("/".join(each) for each in PAIRS))
    return pair


def processes_of(marks):
    """Pids whose environment or command line contains one of the marks: processes that a suite started."""
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        text = b""
        for part in ("environ", "cmdline"):
            try:
                with open(f"/proc/{entry}/{part}", "rb") as data:
                    text += data.read() + b"\0"
            except OSError:
                pass
        if any(mark.encode() in text for mark in marks):
            try:
                with open(f"/proc/{entry}/stat", encoding="utf-8", errors="replace") as data:
                    if data.read().rpartition(")")[2].split()[0] in "ZX":
                        continue
            except (OSError, IndexError):
                continue
            found.append(int(entry))
    return found


def end_leftovers(marks):
    time.sleep(0.05)
    left = processes_of(marks)
    deadline = time.monotonic() + 2
    while left and time.monotonic() < deadline:  # processes that are already exiting may finish
        time.sleep(0.1)
        left = processes_of(marks)
    named = []
    for pid in left:
        try:
            with open(f"/proc/{pid}/cmdline", encoding="utf-8", errors="replace") as data:
                named.append(f"{pid} ({data.read().replace(chr(0), ' ').strip()[:100]})")
            os.kill(pid, signal.SIGKILL)
        except OSError:
            pass
    return named


def judge(suite, output, code, timed_out):
    plan = count = 0
    planned = False
    for line in MISSING.findall(output):  # a check that was not made passes silently
        suite.failures.append(line)
    for line in output.splitlines():
        result = RESULT.match(line)
        if result:
            count += 1
            if SKIP.search(result.group(2)):
                suite.skipped += 1
            elif result.group(1):
                suite.failures.append(line.strip())
            else:
                suite.passed += 1
            continue
        found = PLAN.match(line)
        if found:
            planned = True
            plan += int(found.group(1))
            if plan == 0 and SKIP.search(line):
                suite.skipped += 1
    if timed_out:
        suite.failures.append(f"killed after the time limit of {suite.limit} s")
    elif code < 0:
        suite.failures.append(f"killed by signal {-code} ({signal.Signals(-code).name})")
    elif code and not suite.failures:
        suite.failures.append(f"ended with exit code {code}")
    if not timed_out and code >= 0:
        if not planned:
            suite.failures.append("no plan (1..N)")
        elif plan != count:
            suite.failures.append(f"{plan} tests planned, {count} reported")


def run_suite(suite, options, base):
    folder = tempfile.mkdtemp(prefix="t", dir=base)
    tmp = os.path.join(folder, "tmp")
    reports = os.path.join(folder, "san")
    os.mkdir(tmp)
    os.mkdir(reports)
    env = dict(os.environ)
    mark = f"STAGEBOX_TEST_RUN={os.path.basename(base)}/{os.path.basename(folder)}"
    key, value = mark.split("=", 1)
    env.update({
        key: value, "TMPDIR": tmp, "STAGEBOX_SRC": TOP, "STAGEBOX_BUILD": options.build,
        "STAGEBOX": os.path.join(options.build, "stagebox"),
        "STAGEBOX_RELEASE": os.path.join(TOP, "build", "stagebox"),
        "CMOCKA_MESSAGE_OUTPUT": "TAP", "LC_ALL": "C.UTF-8", "TZ": "UTC",
        "ASAN_OPTIONS": f"log_path={reports}/report:abort_on_error=0:detect_leaks=1:" + env.get("ASAN_OPTIONS", ""),
        "UBSAN_OPTIONS": "print_stacktrace=1:" + env.get("UBSAN_OPTIONS", ""),
    })
    env.pop("STAGEBOX_LAB_MODES", None)
    if suite.pair != PAIRS[0]:
        env["STAGEBOX_LAB_MODES"] = "--pve %s --netbox %s" % suite.pair
    command = (["sh", options.around] if options.around else []) + (["sh", suite.path] if suite.shell else [suite.path])
    log = os.path.join(folder, "output")
    begun = time.monotonic()
    timed_out = False
    with open(log, "wb") as sink:
        child = subprocess.Popen(command, cwd=TOP, env=env, stdin=subprocess.DEVNULL, stdout=sink,
                                 stderr=subprocess.STDOUT, start_new_session=True)
        RUNNING.add(child)
        try:
            code = child.wait(suite.limit)
        except subprocess.TimeoutExpired:
            timed_out = True
            code = -signal.SIGKILL
            os.killpg(child.pid, signal.SIGTERM)  # a shell suite cleans up in its trap handler
            try:
                child.wait(30 if options.around else 5)
            except subprocess.TimeoutExpired:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
        RUNNING.discard(child)
    suite.seconds = time.monotonic() - begun
    with open(log, encoding="utf-8", errors="replace") as text:
        suite.output = text.read()
    judge(suite, suite.output, code, timed_out)
    left = end_leftovers([mark, folder + "/"])
    if left:
        suite.failures.append("left running: " + ", ".join(left))
    texts = [suite.output]
    for name in sorted(os.listdir(reports)):
        with open(os.path.join(reports, name), encoding="utf-8", errors="replace") as text:
            texts.append(text.read())
    if any(REPORT.search(text) for text in texts):
        suite.failures.append("a sanitizer reported")
        suite.output = "\n".join(texts)
    shutil.rmtree(folder, ignore_errors=True)
    return suite


def end_running():
    """Ends the suites that are running; a shell suite cleans up in its trap handler."""
    for child in list(RUNNING):
        try:
            os.killpg(child.pid, signal.SIGTERM)
        except ProcessLookupError:
            pass


def print_result(suite, lock):
    with lock:
        counts = f"{suite.passed} passed"
        if suite.failures:
            counts += f", {len(suite.failures)} FAILED"
        if suite.skipped:
            counts += f", {suite.skipped} skipped"
        print(f"{suite.name}: {counts} in {suite.seconds:.1f} s", flush=True)
        if suite.failures:
            lines = suite.output.splitlines()
            if len(lines) > 200:
                lines = lines[:20] + [f"... {len(lines) - 180} lines ..."] + lines[-160:]
            for line in lines:
                print("    " + line)
            for failure in suite.failures:
                print(f"  {suite.name}: {failure}", flush=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true")
    # suites wait for answers half of their time, so that one more than there are processors uses them better
    parser.add_argument("--jobs", type=int, default=min(4, (os.cpu_count() or 1) + 1))
    parser.add_argument("--build", default=os.path.join(TOP, "build-asan"))
    parser.add_argument("--label", help="printed before the counts in the last line")
    parser.add_argument("--patience", type=int, default=1, help="multiplies the time limits of the suites")
    parser.add_argument("--around", help="a shell script that runs the command of each suite")
    parser.add_argument("--pair", action="append", type=pair_of, metavar="PVE/NETBOX",
                        help="only with these versions: 8/4.5 (may be repeated)")
    parser.add_argument("suite", nargs="*")
    options = parser.parse_args()
    options.build = os.path.abspath(options.build)
    suites = [Suite(os.path.abspath(path)) for path in options.suite]
    suites = repeated(suites, options)
    for suite in suites:
        suite.limit *= options.patience
    left_out = [suite for suite in suites if options.quick and suite.slow]
    suites = [suite for suite in suites if suite not in left_out]
    lock = threading.Lock()
    # the real path, because a leftover process may have it in its command line
    os.umask(0o022)  # modules in a folder that others may write are refused
    base = os.path.realpath(tempfile.mkdtemp(prefix="stagebox-test."))
    begun = time.monotonic()
    try:
        # shell suites take longest, so that they start first
        beside = sorted((s for s in suites if not s.alone), key=lambda s: not s.shell)
        with concurrent.futures.ThreadPoolExecutor(max(1, options.jobs)) as pool:
            try:
                for done in concurrent.futures.as_completed([pool.submit(run_suite, s, options, base) for s in beside]):
                    print_result(done.result(), lock)
            except BaseException:  # SIGTERM and Ctrl-C end the suites, too, and start no other one
                pool.shutdown(wait=False, cancel_futures=True)
                end_running()
                raise
        for suite in (s for s in suites if s.alone):
            print_result(run_suite(suite, options, base), lock)
    finally:
        end_leftovers([base + "/", f"STAGEBOX_TEST_RUN={os.path.basename(base)}/"])
        shutil.rmtree(base, ignore_errors=True)
    passed = sum(s.passed for s in suites)
    failed = sum(len(s.failures) for s in suites)
    skipped = sum(s.skipped for s in suites)
    if left_out:
        print(f"left out as slow: {len(left_out)} suites")
    print(f"{len(suites)} suites in {time.monotonic() - begun:.0f} s")
    if options.label:
        print(f"{options.label}: {passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    else:
        print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main())
