# SPDX-License-Identifier: Apache-2.0
"""Compares figures with the budgets of docs/BENCH.md."""
import math

CASES = ("first", "no-op", "1 %")
INSTRUCTION_YARDSTICKS = {"first": 4.0, "no-op": 3.0}
CPU_YARDSTICKS = {"first": 4.5, "no-op": 4.0}  # where instructions cannot be counted: time varies more
GROWTH = 1.05
IDLE_SHARE = 0.05
RATIO_FIRST = 1.00
RATIO_FIRST_LARGE = 0.85
AGENT_WAIT_S = 10  # agent_wait
AGENT_EXTRA_S = 1  # later runs
RATIO_NOOP = 1.3


def peak_budget_kb(guests):
    return 40 * 1024 + 8 * guests


def exponent(small, large, factor):
    """Slope of log(figure) over log(size); at <= 1 the figure grows no faster than the size."""
    if small <= 0 or large <= 0:
        return 0.0
    return math.log(large / small) / math.log(factor)


def row(name, value, limit, unit=""):
    return {"name": name, "value": value, "budget": limit, "unit": unit, "met": value <= limit}


def of_size(guests, cases, allowed_reads):
    """Budgets for one number of guests."""
    rows = []
    for case in CASES:
        f = cases[case]
        where = "%s, %d guests" % (case, guests)
        if "instruction_yardsticks" in f:
            rows.append(row("instructions / yardstick: " + where, f["instruction_yardsticks"], INSTRUCTION_YARDSTICKS[case]))
        elif "yardsticks" in f:
            rows.append(row("engine CPU / yardstick: " + where, f["yardsticks"], CPU_YARDSTICKS[case]))
        rows.append(row("peak memory: " + where, f["peak_kb"] / 1024, peak_budget_kb(guests) / 1024, "MiB"))
        rows.append(row("reads of Proxmox VE: " + where, f["pve_reads"], allowed_reads))
        if case == "no-op":
            rows.append(row("reads of NetBox: " + where, f["netbox_reads"], f["list_pages"] + 30))
            rows.append(row("objects written: " + where, f["items"], 0))
    f = cases["first"]
    rows.append(row("write requests: first, %d guests" % guests, f["netbox_writes"], f["items"] / 100 + 60))
    return rows


def of_live(guests, cases):
    """Budgets for a real NetBox, which answers more slowly than the lab."""
    first, noop = cases["first"], cases["no-op"]
    ratio = RATIO_FIRST_LARGE if guests >= 500 else RATIO_FIRST
    return [
        row("first sync / bare bulk client: %d guests" % guests, first["wall_s"] / cases["floor"]["wall_s"], ratio),
        row("no-op / bare lists: %d guests" % guests, noop["wall_s"] / noop["lists_s"], RATIO_NOOP),
        row("time without a request: first, %d guests" % guests, 100 * first["idle_share"], 100 * IDLE_SHARE, "%"),
        row("time without a request: no-op, %d guests" % guests, 100 * noop["idle_share"], 100 * IDLE_SHARE, "%"),
    ]


def of_hung_agents(figures):
    """The first run waits for silent agents, later ones know them."""
    first, *later = figures["extra_s"]
    return [row("wait for %d hung agents: first run" % figures["hung"], first, AGENT_WAIT_S, "s"),
            row("wait for %d hung agents: run %d" % (figures["hung"], len(later) + 1), later[-1], AGENT_EXTRA_S, "s")]


def of_families(result):
    """One more object costs no request of its own, and nothing is written without a change."""
    rows = []
    for what, cases in result.items():
        for case, figures in cases.items():
            rows.append(row("reads of Proxmox VE for %s: %s" % (what, case), figures["pve_reads"], 0))
        rows.append(row("objects written for %s: no-op" % what, cases["no-op"]["items"], 0))
    return rows


def of_growth(what, small, large, factor, case):
    """Growth exponents between two sizes."""
    names = (("wall_s", "time"), ("cpu_s", "CPU"), ("peak_kb", "memory"))
    return [row("growth of %s: %s, %s" % (title, case, what), exponent(small[name], large[name], factor), GROWTH)
            for name, title in names]
