#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Fails the allocations and I/O calls of a run, one in each repetition, and checks what the run made of it.

    ./dev torture [--run plan|sync] [--process command|job|look] [--kind memory|io] [--seconds N] [--every N [--from K]]
                  [--jobs N]
    ./dev torture --run plan --process command --kind memory --call HASH|NUMBER      one failure, with its stack

A run makes some 100,000 allocations but from a few hundred places: the first call of each place fails, not each call. A
place is the three innermost functions and the nine functions of ours nearest to them. The calls are those of the main thread of one
process of the run: the command, which is the parent of the job; the job; and "look", the process that looks at modules.

memory  malloc(), calloc(), realloc() and their relatives, by the program, its modules and all libraries
io      calls of the program, modules, libcurl and SQLite: open read write pread pwrite fsync fdatasync ftruncate unlink
        rename mkdir fcntl poll socket socketpair connect send recv pipe2 fork. Not close(), and not the calls that libc
        makes itself, as for fopen()

Runs:
plan    the replay of a recording, as of tests/golden, without servers. The result is either the undisturbed plan, or an error
        and no plan
sync    a sync of a lab with objects of people. After an error one more sync repairs everything: NetBox agrees with
        Proxmox VE, a plan is empty, and objects and tags of people are as before

In each case: the exit code is one of the manual page and an error has a message; a failed allocation of a job is recorded as
such; no crash, no report of a sanitizer (but for leaks of a job, which ends), no process that hangs.

--seconds ends each of the (run, process, kind) after a time: a sample, in the order of the hashes. --every N takes each N-th
call stack, beginning with the K-th: shards of a full pass. --jobs N plays N such shards side by side, each with servers of its
own. A hash is valid for one build. Needs build-asan; the release build
has none of this.
"""
import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(TOP, "tests", "e2e"))
sys.dont_write_bytecode = True

CODES = {0, 1, 2, 3, 4, 5, 64, 69, 75, 77, 78, 124}  # stagebox(1)
NO_MEMORY = re.compile(r"memory", re.I)
# jansson aborts when it cannot keep the text of a string that it reads; a command may die of that, a job never gets there.
JANSSON = re.compile(r"^stagebox: load\.c:\d+: lex_scan_string: Assertion", re.M)
REPORT = re.compile(r"ERROR: (Address|Leak)Sanitizer|runtime error:|DEADLYSIGNAL")
PATIENCE_S = 120


class Result:
    def __init__(self, code, out, err, reports, failed):
        self.code, self.out, self.err, self.reports = code, out, err, reports
        self.failed = failed  # the line of the call that failed, or None


class Program:
    """The program of build-asan, with and without failures."""

    def __init__(self, build, folder):
        self.path = os.path.join(build, "stagebox")
        self.folder = folder
        self.log = os.path.join(folder, "calls")
        self.reports = os.path.join(folder, "reports")
        os.makedirs(self.reports, exist_ok=True)

    def run(self, *words, torture=None):
        env = dict(os.environ, LC_ALL="C.UTF-8", TZ="UTC")
        env["ASAN_OPTIONS"] = f"log_path={self.reports}/report:abort_on_error=0:detect_leaks=1"
        env["UBSAN_OPTIONS"] = "print_stacktrace=1"
        env.pop("STAGEBOX_CONFIG", None)
        if torture:
            env["SB_TORTURE"], env["SB_TORTURE_LOG"] = torture, self.log
            if os.path.exists(self.log):
                os.unlink(self.log)
        try:
            done = subprocess.run([self.path, *words], env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=PATIENCE_S)
            code, out, err = done.returncode, done.stdout, done.stderr
        except subprocess.TimeoutExpired as late:
            code, out, err = None, late.stdout or b"", late.stderr or b""
        failed = None
        if torture and os.path.exists(self.log):
            with open(self.log, encoding="utf-8") as lines:
                failed = next((line.strip() for line in lines if line.startswith("failed ")), None)
        texts = []
        for name in sorted(os.listdir(self.reports)):
            path = os.path.join(self.reports, name)
            with open(path, encoding="utf-8", errors="replace") as text:
                texts.append(text.read())
                if not REPORT.search(texts[-1]):
                    del texts[-1]
            os.unlink(path)
        return Result(code, out.decode(errors="replace"), err.decode(errors="replace"), texts, failed)

    def calls(self):
        """The call stacks of a run with "list": [(number, hash)]."""
        with open(self.log, encoding="utf-8") as lines:
            words = [line.split() for line in lines]
        first = {}
        for word in words:  # the processes of one command may append to one file
            if word[0] == "call":
                first.setdefault(word[2], int(word[1]))
        return [(number, stack) for stack, number in first.items()]

    def must(self, *words, codes=(0,)):
        done = self.run(*words)
        if done.code not in codes or done.reports:
            raise SystemExit(f"torture: stagebox {' '.join(words)}: exit code {done.code}\n{done.err}\n" + "\n".join(done.reports))
        return done


def general_complaints(done, process, kind):
    """What no failure excuses."""
    found = []
    if kind == "memory" and done.code == -6 and JANSSON.search(done.err):
        return found
    if done.code is None:
        return [f"did not end within {PATIENCE_S} s"]
    if done.code < 0:
        found.append(f"died of signal {-done.code}")
    elif done.code not in CODES:
        found.append(f"exit code {done.code}, which the manual does not list")
    # a job that ends with an error leaves requests under way behind, and its process ends
    reports = [text for text in done.reports if process == "command" or "ERROR: LeakSanitizer" not in text]
    if reports:
        found.append("a sanitizer reported:\n" + "\n".join(reports)[:6000])
    if "runtime error:" in done.err:
        found.append("undefined behaviour")
    if "died of signal" in done.err + done.out:
        found.append("the job died of a signal")
    if done.code not in (0, 2, 3, 4) and not done.err.strip():
        found.append("an error without a message")
    if done.code == 1 and kind == "memory" and not NO_MEMORY.search(done.err):
        found.append("the message does not name memory")
    if done.code not in (0, 1, 2) and kind == "memory":
        found.append(f"exit code {done.code} instead of 1")
    return found


def ops_of(plan):
    return {(op["key"], op["verb"]) for part in [{"ops": plan["shared"]}] + plan["endpoints"] for op in part.get("ops", ())}


def is_part(plan, whole):
    """Has the plan only ops of the whole one?"""
    return isinstance(plan, dict) and ops_of(plan) <= ops_of(whole)


class PlanRun:
    processes = ("command", "job")

    def __init__(self, build, folder):
        self.program = Program(build, folder)
        self.plan = os.path.join(folder, "plan")
        self.record = os.path.join(folder, "record")
        self.make_recording(os.path.join(folder, "recorded"))
        done = self.go(None)
        self.code, self.expected = done.code, self.read_plan()
        if self.code != 2 or not isinstance(self.expected, dict):
            raise SystemExit(f"torture: the undisturbed plan: exit code {done.code}\n{done.err}")

    def make_recording(self, lab):
        """Of a lab as in tests/golden/record.sh, "changed": names, sizes, notes, tags, a NIC and a deleted guest."""
        def ctl(*words):
            self.program.must("lab", "ctl", "--dir", lab, *words)

        config = ("--config", os.path.join(lab, "stagebox.cfg"))
        self.program.must("lab", "up", "--dir", lab, "--guests", "4", "--endpoints", "1")
        try:
            self.program.must("bootstrap", *config)
            self.program.must("sync", *config)
            ctl("churn", "60")
            ctl("rm", "lab/qemu/101")
            ctl("set", "lab/qemu/103", "name=renamed", "description=first line", "tags=prod;fresh", "net0=")
            self.program.must("plan", "--record", self.record, *config, codes=(2,))
        finally:
            self.program.must("lab", "down", "--dir", lab)

    def read_plan(self):
        if not os.path.exists(self.plan):
            return None
        with open(self.plan, encoding="utf-8") as text:
            try:
                return json.load(text)
            except ValueError:
                return "not JSON"

    def go(self, torture):
        if os.path.exists(self.plan):
            os.unlink(self.plan)
        return self.program.run("plan", "--replay", self.record, "-o", self.plan, torture=torture)

    def list(self, process, kind):
        done = self.go(f"{process} {kind} list")
        if done.code != self.code or self.read_plan() != self.expected:
            raise SystemExit(f"torture: the plan differs from run to run: exit code {done.code}\n{done.err}")
        return self.program.calls()

    def disturb(self, process, kind, when):
        done = self.go(f"{process} {kind} {when}")
        found = general_complaints(done, process, kind)
        plan = self.read_plan()
        if done.code == self.code and plan != self.expected:
            found.append("the exit code of the undisturbed plan, but " + ("no plan" if plan is None else "another plan"))
        elif done.code == 0 and self.code != 0:
            found.append("exit code 0: the changes were lost")
        elif done.code != self.code and plan is not None and plan != self.expected:
            # a module whose code was running when the job ended is left out
            if process != "job" or "goes on without module" not in done.err or not is_part(plan, self.expected):
                found.append("an error and a plan that is not the undisturbed one")
        return done, found

    def close(self):
        pass


class SyncRun:
    processes = ("command", "job", "look")
    words = ("sync", "--resources", "full")  # resources, so that there is a process "look"

    def __init__(self, build, folder):
        self.program = Program(build, folder)
        self.lab = os.path.join(folder, "lab")
        self.config = os.path.join(self.lab, "stagebox.cfg")
        self.turn = 0
        self.program.must("lab", "up", "--dir", self.lab, "--guests", "4", "--endpoints", "1")
        try:
            self.prepare()
        except BaseException:
            self.close()
            raise

    def prepare(self):
        from servers import of_config, person_of
        with open(self.config, encoding="utf-8") as text:
            conf = text.read()
        conf = re.sub(r"(?m)^prune:.*$", 'prune: { enabled = true; runs = 1; grace = "0s"; address_runs = 1; '
                      'address_grace = "0s"; max_percent = 100; max_count = 10000; };', conf)
        with open(self.config, "w", encoding="utf-8") as text:
            text.write(conf)
        self.stagebox("bootstrap")
        self.stagebox("sync")
        self.netbox, _ = of_config(self.config)
        person = person_of(self.config) or self.netbox
        tag = person.call("POST", "extras/tags/", {"name": "of people", "slug": "of-people"})
        ours = self.netbox.one("virtualization/virtual-machines", "lab/qemu/101")
        person.call("PATCH", f"virtualization/virtual-machines/{ours['id']}/",
                    {"tags": [each["id"] for each in ours["tags"]] + [tag["id"]]})
        person.call("POST", "virtualization/virtual-machines/", {"name": "of people", "cluster": ours["cluster"]["id"],
                                                                 "comments": "written by a person"})
        person.call("POST", "ipam/ip-addresses/", {"address": "192.0.2.77/24", "description": "of people"})
        self.stagebox("sync")
        self.people = self.see_people()

    def stagebox(self, *words, codes=(0,)):
        return self.program.must(*words, "--config", self.config, codes=codes)

    def see_people(self):
        vms = self.netbox.all("virtualization/virtual-machines")
        ours = [row for row in vms if row["custom_fields"].get("stagebox_key") == "lab/qemu/101"]
        theirs = [row for row in vms if not row["custom_fields"].get("stagebox_key")]
        addresses = [row for row in self.netbox.all("ipam/ip-addresses") if not row["custom_fields"].get("stagebox_key")]
        return {"tags": [[each["slug"] for each in row["tags"] if each["slug"] == "of-people"] for row in ours],
                "vms": [(row["id"], row["name"], row["comments"]) for row in theirs],
                "addresses": [(row["id"], row["address"], row["description"]) for row in addresses]}

    def change(self):
        """Something to create or delete, and something to update, in each turn."""
        self.turn += 1
        verb = "add" if self.turn % 2 else "rm"
        for words in ((verb, "lab/qemu/700"),
                      ("set", "lab/qemu/101", f"memory={2048 + 16 * (self.turn % 64)}", f"tags=prod;turn{self.turn % 3}",
                       f"name=guest{self.turn % 5}")):
            self.program.must("lab", "ctl", "--dir", self.lab, *words)

    def compare(self):
        """NetBox and Proxmox VE agree, but for the tag of the person."""
        done = subprocess.run([sys.executable, os.path.join(TOP, "tests", "e2e", "mirror.py"), self.config],
                              capture_output=True, text=True, check=False)
        lines = [line for line in done.stdout.replace("'of people', ", "").splitlines() + done.stderr.splitlines()
                 if not re.search(r"tags is (\[.*\]) instead of \1$", line) and "fields compared" not in line]
        if done.returncode and lines:
            return ["NetBox differs from Proxmox VE after one more sync:\n" + "\n".join(lines)]
        return []

    def list(self, process, kind):
        calls = {}
        for _ in range(2):  # one that creates and one that deletes
            self.change()
            done = self.program.run(*self.words, "--config", self.config, torture=f"{process} {kind} list")
            if done.code != 0:
                raise SystemExit(f"torture: the undisturbed sync: exit code {done.code}\n{done.err}")
            for number, stack in self.program.calls():
                calls.setdefault(stack, number)
        return [(number, stack) for stack, number in calls.items()]

    def disturb(self, process, kind, when):
        self.change()
        done = self.program.run(*self.words, "--config", self.config, torture=f"{process} {kind} {when}")
        found = general_complaints(done, process, kind)
        if done.failed and process == "job" and kind == "memory" and "ran out of memory" not in done.err:
            found.append("the job did not end with its allocation")
        after = self.program.run("sync", "--config", self.config)
        if after.code != 0 or after.reports:
            found.append(f"the sync after it: exit code {after.code}\n{after.err}" + "\n".join(after.reports))
        found += self.compare()
        if self.see_people() != self.people:
            found.append(f"objects of people changed: {self.see_people()} instead of {self.people}")
        plan = self.program.run("plan", "--config", self.config)
        if plan.code != 0:
            found.append(f"the plan after one more sync is not empty: exit code {plan.code}\n{plan.out[-2000:]}")
        return done, found

    def close(self):
        self.program.run("lab", "down", "--dir", self.lab)


RUNS = {"plan": PlanRun, "sync": SyncRun}


def describe_stack(line):
    """The frames of a "failed" line as functions."""
    frames = []
    for frame in line.split()[3:]:
        path, _, offset = frame.rpartition("+")
        done = subprocess.run(["addr2line", "-f", "-p", "-s", "-e", path, hex(int(offset, 16) - 1)],
                              capture_output=True, text=True, check=False)
        text = done.stdout.strip()
        frames.append(f"{os.path.basename(path)}+{offset}" if not text or "??" in text else text)
    return "\n".join("      " + frame for frame in frames)


def report(name, process, kind, stack, number, done, found):
    print(f"torture: {name}, {process}, {kind}, call {number}: " + "; ".join(found))
    if done.failed:
        print(describe_stack(done.failed))
    for line in (done.err or "").splitlines()[-12:]:
        print("    | " + line)
    print(f"    repeat: ./dev torture --run {name} --process {process} --kind {kind} --call {stack}", flush=True)


def torture_one(run, name, process, kind, options):
    """All chosen calls of one process and kind: (passed, failed, not reached)."""
    passed = failed = missed = 0
    begun = time.monotonic()
    if options.call:
        when = options.call if options.call.isdigit() and len(options.call) < 16 else "@" + options.call.lstrip("@")
        chosen = [(0, when)]
        calls = chosen
    else:
        calls = run.list(process, kind)
        # hashes are random: a sample is spread over the whole run
        ordered = sorted(calls, key=lambda call: call[1]) if options.seconds else sorted(calls)
        chosen = [(number, "@" + stack) for number, stack in ordered[options.first - 1::options.every]]
    for number, when in chosen:
        if options.seconds and passed + failed and time.monotonic() - begun > options.seconds:
            break
        done, found = run.disturb(process, kind, when)
        if found:
            failed += 1
            report(name, process, kind, when.lstrip("@"), number, done, found)
        elif not done.failed:
            missed += 1
        else:
            passed += 1
        if options.call and not found:
            print(f"exit code {done.code}\n{done.err}" + (describe_stack(done.failed) if done.failed else "not reached"))
    print(f"# {name}, {process}, {kind}: {len(calls)} call stacks, {passed} passed, {failed} failed, {missed} not reached "
          f"in {time.monotonic() - begun:.0f} s", flush=True)
    return passed, failed, missed


def torture_in_shards(options):
    """The same in several processes. What a shard found is printed when it ends, so that two do not mix."""
    words = [word for name in ("run", "process", "kind") for each in getattr(options, name) or () for word in (f"--{name}", each)]
    shards = []
    for shard in range(options.jobs):
        own = ["--every", str(options.every * options.jobs), "--from", str(options.first + shard * options.every),
               "--seconds", str(options.seconds), "--build", options.build]
        shards.append(subprocess.Popen([sys.executable, os.path.abspath(__file__), *words, *own], stdout=subprocess.PIPE,
                                       stderr=subprocess.STDOUT, text=True))
    passed = failed = 0
    for process in shards:
        lines = process.communicate()[0].splitlines()
        counts = re.match(r"(\d+) passed, (\d+) failed$", lines[-1] if lines else "")
        print("\n".join(lines[:-1] if counts else lines), flush=True)
        if counts:
            passed, failed = passed + int(counts[1]), failed + int(counts[2])
        if process.returncode and not (counts and int(counts[2])):
            failed += 1  # it did not come to its end
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", action="append", choices=sorted(RUNS))
    parser.add_argument("--process", action="append", choices=("command", "job", "look"))
    parser.add_argument("--kind", action="append", choices=("memory", "io"))
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--from", type=int, default=1, dest="first")
    parser.add_argument("--seconds", type=int, default=0)
    parser.add_argument("--call", help="one failure: the hash of a call stack, or a number")
    parser.add_argument("--build", default=os.path.join(TOP, "build-asan"))
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--tap", action="store_true", help="one line of TAP for each run, process and kind")
    options = parser.parse_args()
    if options.jobs > 1:
        return torture_in_shards(options)
    n = passed = failed = 0
    for name in options.run or sorted(RUNS):
        folder = tempfile.mkdtemp(prefix="torture.")
        run = None
        try:
            run = RUNS[name](options.build, folder)
            for process in [each for each in options.process or run.processes if each in run.processes]:
                for kind in options.kind or ("memory", "io"):
                    good, bad, _ = torture_one(run, name, process, kind, options)
                    n, passed, failed = n + 1, passed + good, failed + bad
                    if options.tap:
                        is_ok = good and not bad
                        print(f"{'ok' if is_ok else 'not ok'} {n} - {name}: no failure of {kind} in the {process} crashes or loses")
        finally:
            if run:
                run.close()
            shutil.rmtree(folder, ignore_errors=True)
    if options.tap:
        print(f"1..{n}")
    else:
        print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
