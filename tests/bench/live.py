# SPDX-License-Identifier: Apache-2.0
"""The benchmark on a real NetBox: the engine and a bare bulk client, each with an empty database."""
import json
import os
import re
import subprocess
import sys

import budgets
import floor
import measure

NOOPS = 9  # of which the fastest counts
FRESH = os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "live", "fresh.sh")
PLAIN = os.path.join(os.path.dirname(FRESH), "suite_e2e.sh")


class NetBox:
    """A server with an empty database, of the kind that a suite needs; removed at the end."""

    def __init__(self, name, suite=PLAIN):
        self.name, self.suite = "bench_%s_%d" % (name, os.getpid()), suite

    def __enter__(self):
        done = subprocess.run(["sh", FRESH, "up", self.name, str(os.getpid()), self.suite], stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, check=False)
        words = dict(re.findall(r"^STAGEBOX_LIVE_(\w+)=(.*)$", done.stdout, re.M))
        if done.returncode or "URL" not in words:
            self.__exit__()
            raise measure.BenchError("could not start NetBox: %s" % (done.stdout + done.stderr).strip()[-2000:])
        self.url, self.token, self.version = words["URL"], words["TOKEN"], words["VERSION"]
        return self

    def __exit__(self, *_why):
        subprocess.run(["sh", FRESH, "down", self.name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                       check=False)


def config_for(lab, netbox):
    """Writes the configuration of the lab with the real NetBox in it; returns its path."""
    token = os.path.join(lab.dir, "live.token")
    with open(os.open(token, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(netbox.token + "\n")
    with open(lab.config, encoding="utf-8") as file:
        text = file.read()
    text = re.sub(r'url = "[^"]*"', 'url = "%s"' % netbox.url, text, count=1)
    text = re.sub(r'token = "[^"]*"', 'token = "file:%s"' % token, text, count=1)
    text = re.sub(r'path = "[^"]*"', 'path = "%s.db"' % os.path.join(lab.dir, netbox.name), text, count=1)
    config = os.path.join(lab.dir, netbox.name + ".cfg")
    with open(config, "w", encoding="utf-8") as file:
        file.write(text)
    return config


def bench_floor(lab):
    with NetBox("floor") as netbox:
        config = config_for(lab, netbox)
        plan = os.path.join(lab.dir, "plan.json")
        measure.call("bootstrap", "--config", config, "--quiet")
        measure.call("plan", "--config", config, "--quiet", "-o", plan, good=(0, 2, 3, 4))
        with open(plan, encoding="utf-8") as file:
            try:
                return floor.post(netbox.url, netbox.token, json.load(file))
            except ValueError as why:
                raise measure.BenchError("the bare bulk client failed: %s" % why) from why


def list_paths(recording):
    """The paths that a recorded run read from NetBox."""
    return [line["path"] for line in measure.recorded_answers(recording)
            if line.get("server") == "netbox" and line.get("method") == "GET"]


def bench_engine(lab):
    with NetBox("engine") as netbox:
        config, cases = config_for(lab, netbox), {}
        measure.call("bootstrap", "--config", config, "--quiet")
        # a plan first, as with the other client: the first requests to a new server are not part of the figures
        measure.call("plan", "--config", config, "--quiet", good=(0, 2, 3, 4))
        cases["first"] = measure.sync(config, lab.guests)
        recording = os.path.join(lab.dir, "recording")
        measure.call("plan", "--config", config, "--quiet", "--record", recording, good=(0, 4))
        # alternately, because PostgreSQL vacuums for some seconds after so many writes; often, because two connections may
        # reach one worker of NetBox, and then wait for each other
        noops, lists = [], []
        for _ in range(NOOPS):
            noops.append(measure.sync(config, lab.guests))
            lists.append(floor.read(netbox.url, netbox.token, list_paths(recording)))
        cases["no-op"] = fastest(noops)
        cases["no-op"]["lists_s"] = min(lists)
        lab.ctl("churn", "1")
        cases["1 %"] = measure.sync(config, lab.guests)
        return cases, netbox.version


def fastest(runs):
    return min(runs, key=lambda figures: figures["wall_s"])


def median(runs):
    """The middle one of three rounds: a server that vacuums makes one of them slow, a full cache one fast."""
    return sorted(runs, key=lambda figures: figures["wall_s"])[len(runs) // 2]


def measure_live(sizes, repeat):
    result = {"sizes": {}, "budgets": []}
    for guests in sizes:
        floors, engines = [], []
        for i in range(repeat):
            print("bench: %d guests on a real NetBox, round %d of %d" % (guests, i + 1, repeat), file=sys.stderr, flush=True)
            with measure.Lab(guests) as lab:
                floors.append(bench_floor(lab))
                cases, result["netbox"] = bench_engine(lab)
                engines.append(cases)
            print("bench: floor %.1f s, first sync %.1f s" % (floors[-1]["wall_s"], cases["first"]["wall_s"]),
                  file=sys.stderr, flush=True)
        cases = {case: median([engine[case] for engine in engines]) for case in budgets.CASES}
        cases["floor"] = median(floors)
        result["sizes"][str(guests)] = cases
        result["budgets"] += budgets.of_live(guests, cases)
    return result


def print_result(result):
    print("NetBox %s; floor: the same objects, written by a bare bulk client" % result["netbox"])
    print("guests    run   wall s  objects   CPU s  us/guest  peak MiB  idle %")
    for size, cases in result["sizes"].items():
        print("%6s  lists  %7.2f" % (size, cases["no-op"]["lists_s"]))
        for case in ("floor",) + budgets.CASES:
            f = cases[case]
            line = "%6s  %5s  %7.2f  %7d" % (size, case, f["wall_s"], f.get("items", f.get("written", 0)))
            if "cpu_s" in f:
                line += "  %6.2f  %8.0f  %8.1f  %6.1f" % (f["cpu_s"], f["cpu_us_per_guest"], f["peak_kb"] / 1024,
                                                        100 * f["idle_share"])
            print(line)
    print()
