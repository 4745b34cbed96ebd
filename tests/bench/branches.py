# SPDX-License-Identifier: Apache-2.0
"""What a run through a branch costs on a real NetBox, beside the same run to main."""
import json
import os
import subprocess
import sys

import budgets
import live
import measure

SUITE = os.path.join(measure.TOP, "tests", "live", "suite_branches.sh")  # names the NetBox that it needs
TARGETS = {"main": "off", "branch": "required"}


def state_of_branch(config):
    run = json.loads(measure.call("run", "show", "last", "--config", config, "--format", "json"))
    return run["record"].get("branch", {}).get("state")


def check_target(config, target, figures):
    """A run that wrote nothing has no branch."""
    state = state_of_branch(config)
    expected = "merged" if target == "branch" and figures["written"] else None
    if state != expected:
        raise measure.BenchError("the branch of a run to %s is %s, not %s" % (target, state, expected))


def measured(config, guests, target):
    figures = measure.sync(config, guests)
    check_target(config, target, figures)
    return figures


def bench_target(guests, target):
    with measure.Lab(guests) as lab, live.NetBox("branch", SUITE) as netbox:
        # main has the worker, too, which makes NetBox slower
        subprocess.run(["sh", live.FRESH, "worker-up", netbox.name], stdout=subprocess.DEVNULL, check=True)
        config, cases = live.config_for(lab, netbox), {}
        with open(config, "a", encoding="utf-8") as file:
            file.write('branching: { mode = "%s"; wait = "30m"; };\n' % TARGETS[target])
        measure.call("bootstrap", "--config", config, "--quiet")
        measure.call("plan", "--config", config, "--quiet", good=(0, 2, 3, 4))
        cases["first"] = measured(config, guests, target)
        cases["no-op"] = measured(config, guests, target)
        lab.ctl("churn", "1")
        cases["1 %"] = measured(config, guests, target)
        return cases


def measure_branches(guests):
    result = {}
    for target in TARGETS:
        print("bench: %d guests, to %s of a real NetBox" % (guests, target), file=sys.stderr, flush=True)
        result[target] = bench_target(guests, target)
    return {"guests": guests, "targets": result}


def print_branches(result):
    print("%d guests, to main and through a branch that is merged" % result["guests"])
    print("  run  main s  branch s  branch / main  objects")
    for case in budgets.CASES:
        main, branch = (result["targets"][target][case] for target in TARGETS)
        print("%5s  %6.2f  %8.2f  %13.2f  %7d" % (case, main["wall_s"], branch["wall_s"],
                                                  branch["wall_s"] / main["wall_s"], branch["written"]))
    print()
