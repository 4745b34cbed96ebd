# SPDX-License-Identifier: Apache-2.0
"""Runs the program with a lab and measures its cost."""
import json
import os
import shutil
import subprocess
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.join(TOP, "build", "stagebox")


class BenchError(Exception):
    """A failure that prevents measuring; the benchmark ends with its text."""


def call(*argv, good=(0,), under=()):
    """Runs the program, below another one if given; returns its standard output."""
    done = subprocess.run([*under, PROGRAM, *argv], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    if done.returncode not in good:
        raise BenchError("stagebox %s: exit %d\n%s" % (" ".join(argv), done.returncode, done.stderr.strip()[-2000:]))
    return done.stdout


class Lab:
    """Simulated servers in a temporary folder, removed at the end."""

    def __init__(self, guests, endpoints=1, seed=1, plugins=None):
        self.guests, self.endpoints, self.seed = guests, endpoints, seed
        self.plugins = ("--plugins", plugins) if plugins else ()
        self.dir = tempfile.mkdtemp(prefix="stagebox-bench-")
        self.config = os.path.join(self.dir, "stagebox.cfg")

    def __enter__(self):
        try:
            call("lab", "up", "--dir", self.dir, "--guests", str(self.guests), "--endpoints", str(self.endpoints),
                 "--seed", str(self.seed), *self.plugins)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_why):
        subprocess.run([PROGRAM, "lab", "down", "--dir", self.dir], stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, check=False)
        shutil.rmtree(self.dir, ignore_errors=True)

    def ctl(self, *argv):
        return call("lab", "ctl", "--dir", self.dir, *argv)

    def allowed_reads(self):
        """The budget of reads of Proxmox VE: by the state of each guest, and a constant per node."""
        shown = json.loads(self.ctl("show", "--format", "json"))["show"]
        reads, nodes = 0, 0
        for objects in shown.values():
            places = set()
            for row in objects.values():
                if not isinstance(row, dict) or "config" not in row:
                    continue
                places.add(row.get("node"))
                running = row.get("status") == "running"
                reads += (3 if "agent" in row["config"] else 2) if running else 1
            nodes += len(places)
        return reads + 5 * nodes + 20 * self.endpoints

    def with_agent(self):
        """Numbers of running machines whose configuration has an agent."""
        shown = json.loads(self.ctl("show", "--format", "json"))["show"]
        return [key.split("/")[-1] for objects in shown.values() for key, row in sorted(objects.items())
                if isinstance(row, dict) and row.get("status") == "running" and "agent" in row.get("config", {})]

    def log_size(self):
        path = os.path.join(self.dir, "requests.ndjson")
        return os.path.getsize(path) if os.path.exists(path) else 0

    def requests(self, since):
        with open(os.path.join(self.dir, "requests.ndjson"), encoding="utf-8") as log:
            log.seek(since)
            return [json.loads(line) for line in log]


def recorded_answers(path):
    """The answers in a recording, in the order in which they came."""
    with open(path, encoding="utf-8") as file:
        for text in file:
            line = json.loads(text).get("line")
            if line:
                yield line


def stage_times(record):
    times = {}
    for name, part in record.items():
        if not name.endswith("_sync"):
            continue
        for stage in part["response"]["stages"]:
            times["%s.%s" % (name[: -len("_sync")], stage["resource"])] = stage["runtime_seconds"]
    return times


def rows_of(record):
    """Objects per kind that NetBox had before the run, and the number of objects that the run wrote."""
    before, written = {}, 0
    for name, part in record.items():
        if not name.endswith("_sync"):
            continue
        for stage in part["response"]["stages"]:
            for kind, counts in stage["response"].get("kinds", {}).items():
                before[kind] = before.get(kind, 0) + counts.get("before", 0)
                written += counts["create"] + counts["update"] + counts["delete"]
    return before, written


def instructions_of(path):
    with open(path, encoding="utf-8") as file:
        for line in file:
            if "instructions" in line:
                return int(line.split(",")[0])
    raise BenchError("perf did not count instructions: it is not permitted or not supported here")


def counting(path):
    """The words before a command whose user-space instructions perf is to count."""
    return ("perf", "stat", "-x", ",", "-e", "instructions:u", "-o", path)


def can_count():
    """Is perf there, and permitted to count instructions?"""
    with tempfile.NamedTemporaryFile() as counted:
        try:
            done = subprocess.run([*counting(counted.name), "true"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                  check=False)
            return done.returncode == 0 and instructions_of(counted.name) > 0
        except (OSError, ValueError, BenchError):
            return False


def sync(config, guests, count_instructions=False):
    """Runs one sync: sums over all its jobs; memory is that of the largest job."""
    counted = config + ".perf"
    under = counting(counted) if count_instructions else ()
    begun = time.monotonic()
    out = json.loads(call("sync", "--config", config, "--format", "json", "--quiet", good=(0, 4), under=under))
    wall = time.monotonic() - begun
    figures = {"wall_s": wall, "cpu_s": 0.0, "peak_kb": 0, "idle_s": 0.0, "requests": 0, "retries": 0,
               "bytes_in": 0, "bytes_out": 0, "written": 0, "stages": {}, "list_pages": 0}
    for run in out["runs"]:
        cost = run["record"].get("cost")
        if not cost:
            raise BenchError("run %s has no cost: %s" % (run["id"], run.get("error")))
        figures["cpu_s"] += cost["cpu_user_s"] + cost["cpu_sys_s"]
        figures["peak_kb"] = max(figures["peak_kb"], cost["peak_kb"])
        for name in ("idle_s", "requests", "retries", "bytes_in", "bytes_out"):
            figures[name] += cost[name]
        for name, seconds in stage_times(run["record"]).items():
            figures["stages"][name] = round(figures["stages"].get(name, 0) + seconds, 3)
        before, written = rows_of(run["record"])
        figures["written"] += written
        figures["list_pages"] += sum(-(-n // 1000) for n in before.values())
    figures["cpu_us_per_guest"] = 1e6 * figures["cpu_s"] / max(1, guests)
    figures["idle_share"] = figures["idle_s"] / wall
    if count_instructions:
        figures["instructions"] = instructions_of(counted)
    return figures


def sync_lab(lab, count_instructions=False):
    """Runs one sync with a lab, with figures from its request log."""
    since = lab.log_size()
    figures = sync(lab.config, lab.guests, count_instructions)
    seen = lab.requests(since)
    netbox = [r for r in seen if r["server"] == "netbox"]
    writes = [r for r in netbox if r["method"] not in ("GET", "OPTIONS")]
    posts = [r for r in writes if r["method"] == "POST"]
    items = sum(r["items"] for r in writes)
    figures["netbox_reads"] = len(netbox) - len(writes)
    figures["netbox_writes"] = len(writes)
    figures["pve_reads"] = len(seen) - len(netbox)
    figures["items"] = items
    figures["items_per_write"] = items / len(writes) if writes else 0.0
    figures["items_in_large_posts"] = (
        sum(r["items"] for r in posts if r["items"] >= 20) / max(1, sum(r["items"] for r in posts)))
    return figures
