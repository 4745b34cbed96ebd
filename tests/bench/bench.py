# SPDX-License-Identifier: Apache-2.0
"""./dev bench: measures the cost of a run with the lab and compares it with the budgets of docs/BENCH.md."""
import argparse
import json
import sys

import budgets
import families
import measure
import yardstick

COLUMNS = (
    ("wall s", "%.2f", lambda f: f["wall_s"]),
    ("CPU s", "%.2f", lambda f: f["cpu_s"]),
    ("us/guest", "%.0f", lambda f: f["cpu_us_per_guest"]),
    ("yards", "%.2f", lambda f: f.get("yardsticks", 0)),
    ("peak MiB", "%.1f", lambda f: f["peak_kb"] / 1024),
    ("KiB/guest", "%.1f", lambda f: f["held_per_guest"] / 1024),
    ("idle %", "%.1f", lambda f: 100 * f["idle_share"]),
    ("PVE reads", "%d", lambda f: f["pve_reads"]),
    ("NB reads", "%d", lambda f: f["netbox_reads"]),
    ("NB writes", "%d", lambda f: f["netbox_writes"]),
    ("items", "%d", lambda f: f["items"]),
    ("per write", "%.1f", lambda f: f["items_per_write"]),
    ("MB in", "%.2f", lambda f: f["bytes_in"] / 1e6),
    ("MB out", "%.2f", lambda f: f["bytes_out"] / 1e6),
    ("G instr", "%.2f", lambda f: f.get("instructions", 0) / 1e9),
    ("yards of instr", "%.2f", lambda f: f.get("instruction_yardsticks", 0)),
)
EACH = 500  # guests of each endpoint of a fleet


def print_progress(text):
    print(text, file=sys.stderr, flush=True)


def best_run(runs):
    """The run with the least CPU time: disturbances only add to it."""
    return min(runs, key=lambda f: f["cpu_s"])


def record_lab(guests):
    """The answers of the runs of each case that has a yardstick."""
    with measure.Lab(guests) as lab:
        measure.call("bootstrap", "--config", lab.config, "--quiet")
        return {"first": yardstick.record(lab, "sync"), "no-op": yardstick.record(lab, "sync")}


def bench_lab(guests, base_kb, repeat, endpoints=1, seed=1, count=False, answers=None):
    """{first, no-op, 1 %} on new labs; with the answers of some cases also the yardstick of each."""
    runs = {case: [] for case in budgets.CASES}
    yards = {case: [] for case in answers or ()}
    for _ in range(repeat):
        with measure.Lab(guests, endpoints, seed) as lab:
            measure.call("bootstrap", "--config", lab.config, "--quiet")
            for case in budgets.CASES:
                if case == "1 %":
                    lab.ctl("churn", "1")
                runs[case].append(measure.sync_lab(lab, count))
                if case in yards:  # in the same minute, because the speed of a machine changes
                    yards[case].append(yardstick.run(answers[case], count))
            allowed = lab.allowed_reads()
    cases = {case: best_run(list_of) for case, list_of in runs.items()}
    for case, figures in cases.items():
        figures["held_per_guest"] = 1024 * max(0, figures["peak_kb"] - base_kb) / max(1, guests / endpoints)
        if case in yards:
            yard = best_run(yards[case])
            figures["yardstick_s"] = yard["cpu_s"]
            figures["yardsticks"] = figures["cpu_s"] / yard["cpu_s"]
            if count:
                figures["instruction_yardsticks"] = figures["instructions"] / yard["instructions"]
    return cases, allowed


def runs_of(guests, repeat):
    """Short runs vary more, so that they are repeated more often."""
    return 4 * repeat if guests <= 100 else repeat if guests <= 1000 else min(repeat, 2)


def mean_of(runs):
    """The mean of each figure, and the largest peak."""
    means = {name: sum(f[name] for f in runs) / len(runs) for name, value in runs[0].items() if isinstance(value, (int, float))}
    return {**means, "peak_kb": max(f["peak_kb"] for f in runs)}


def bench_fleet(worlds, endpoints, base_kb, count):
    """The same simulated worlds for each number of endpoints: twenty labs of one endpoint each, or one lab of twenty.
    Worlds differ in what has to be done, so that one alone cannot be compared with the mean of twenty."""
    print_progress("bench: %d guests for each of %d endpoints, %d in one lab" % (EACH, worlds, endpoints))
    labs = [bench_lab(EACH * endpoints, base_kb, 1, endpoints, first, count)[0] for first in range(1, worlds + 1, endpoints)]
    return {case: mean_of([cases[case] for cases in labs]) for case in budgets.CASES}


def bench_fleets(fleets, base_kb, repeat, count):
    """{endpoints: cases}: all of them in turn, because the speed of a machine changes within minutes."""
    rounds = [{n: bench_fleet(max(fleets), n, base_kb, count) for n in fleets} for _ in range(repeat)]
    return {n: {case: best_run([one[n][case] for one in rounds]) for case in budgets.CASES} for n in fleets}


def measure_labs(sizes, fleets, repeat, count):
    empty, _ = bench_lab(0, 0, 1)
    base_kb = empty["no-op"]["peak_kb"]
    result = {"base_kb": base_kb, "sizes": {}, "endpoints": {}, "budgets": []}
    for guests in sizes:
        print_progress("bench: %d guests, 1 endpoint" % guests)
        cases, allowed = bench_lab(guests, base_kb, runs_of(guests, repeat), count=count, answers=record_lab(guests))
        result["sizes"][str(guests)] = cases
        result["budgets"] += budgets.of_size(guests, cases, allowed)
    for small, large in zip(sizes, sizes[1:]):
        if small < 1000:
            continue  # the constant part of a short run hides its growth
        for case in budgets.CASES:
            result["budgets"] += budgets.of_growth(
                "%d -> %d guests" % (small, large), result["sizes"][str(small)][case],
                result["sizes"][str(large)][case], large / small, case)
    of_fleet = bench_fleets(fleets, base_kb, min(repeat, 2), count)
    result["endpoints"] = {str(n): cases for n, cases in of_fleet.items()}
    for small, large in zip(fleets, fleets[1:]):
        for case in budgets.CASES:
            result["budgets"] += budgets.of_growth(
                "%d -> %d endpoints" % (small, large), of_fleet[small][case], of_fleet[large][case], large / small, case)
    result["hung_agents"] = bench_hung_agents(100, 2, 4)
    result["budgets"] += budgets.of_hung_agents(result["hung_agents"])
    result["families"] = families.measure_families()
    result["budgets"] += budgets.of_families(result["families"])
    return result


def bench_hung_agents(guests, hung, runs):
    """Seconds that each of several no-ops takes longer once some agents do not answer any more."""
    print_progress("bench: %d guests, %d of them with a hung agent" % (guests, hung))
    with measure.Lab(guests) as lab:
        measure.call("bootstrap", "--config", lab.config, "--quiet")
        measure.sync_lab(lab)
        calm = min(measure.sync_lab(lab)["wall_s"] for _ in range(3))
        for number in lab.with_agent()[:hung]:
            lab.ctl("fault", "pve:lab", "agent-hang", number)
        extra = [measure.sync_lab(lab)["wall_s"] - calm for _ in range(runs)]
    return {"guests": guests, "hung": hung, "calm_s": calm, "extra_s": extra}


def print_hung(figures):
    print("%d guests, %d hung agents: a no-op takes %.2f s without them, and longer by" % (
        figures["guests"], figures["hung"], figures["calm_s"]))
    for i, seconds in enumerate(figures["extra_s"], 1):
        print("  run %d  %6.2f s" % (i, seconds))
    print()


def print_table(title, groups):
    counted = any("instructions" in f for cases in groups.values() for f in cases.values())
    columns = COLUMNS if counted else COLUMNS[:-2]
    lines = [[title, "run"] + [name for name, _, _ in columns]]
    for size, cases in groups.items():
        for case in budgets.CASES:
            lines.append([size, case] + [form % of(cases[case]) for _, form, of in columns])
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    for line in lines:
        print("  ".join(cell.rjust(width) for cell, width in zip(line, widths)))
    print()


def print_stages(sizes):
    names = sorted({name for cases in sizes.values() for f in cases.values() for name in f["stages"]})
    heads = [(size, case) for size in sizes for case in budgets.CASES]
    print("seconds per stage, from its first read to its last write")
    print(" " * 20 + "".join(("%s %s" % head).rjust(14) for head in heads))
    for name in names:
        print(name.ljust(20) + "".join(("%.2f" % sizes[s][c]["stages"].get(name, 0)).rjust(14) for s, c in heads))
    print()


def print_budgets(rows):
    for entry in rows:
        print("%-7s  %-58s %10.2f <= %-10.2f %s" % ("met" if entry["met"] else "NOT MET", entry["name"],
                                                    entry["value"], entry["budget"], entry["unit"]))
    print("\n%d of %d budgets met" % (sum(r["met"] for r in rows), len(rows)))


def main():
    parser = argparse.ArgumentParser(prog="./dev bench", description=__doc__)
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.add_argument("--strict", action="store_true", help="exit 1 when a budget is not met")
    parser.add_argument("--sizes", help="numbers of guests; default 100,1000,10000, with --live 100,500")
    parser.add_argument("--endpoints", default="1,20", help="numbers of endpoints with %d guests each; '' = none" % EACH)
    parser.add_argument("--repeat", type=int, default=3, help="runs with 1,000 guests; four times as many with up to 100, at most two with more; the best one counts")
    parser.add_argument("--live", action="store_true", help="use a real NetBox (needs root) and compare with a bare bulk client")
    options = parser.parse_args()
    sizes = [int(n) for n in (options.sizes or ("100,500" if options.live else "100,1000,10000")).split(",")]
    try:
        if options.live:
            import branches  # they need the files of a real NetBox
            import homes
            import live
            result = live.measure_live(sizes, options.repeat)
            result["homes"] = homes.measure_homes()
            result["branches"] = branches.measure_branches(max(sizes))
        else:
            result = measure_labs(sizes, [int(n) for n in options.endpoints.split(",") if n], options.repeat,
                              measure.can_count())
    except measure.BenchError as why:
        print_progress("bench: %s" % why)
        return 69
    if options.format == "json":
        print(json.dumps(result, sort_keys=True))
    elif options.live:
        live.print_result(result)
        homes.print_homes(result["homes"])
        branches.print_branches(result["branches"])
        print_budgets(result["budgets"])
    else:
        print_table("guests", result["sizes"])
        if result["endpoints"]:
            print_table("endpoints", result["endpoints"])
        print_stages(result["sizes"])
        print_hung(result["hung_agents"])
        families.print_families(result["families"])
        print_budgets(result["budgets"])
    return 1 if options.strict and not all(r["met"] for r in result["budgets"]) else 0


if __name__ == "__main__":
    sys.exit(main())
