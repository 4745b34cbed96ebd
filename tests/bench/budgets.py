# SPDX-License-Identifier: Apache-2.0
"""Figures beside the budgets of docs/BENCH.md."""
import math

CASES = ("first", "no-op", "1 %")
CPU_US = {"first": 400, "no-op": 350}
GROWTH = 1.05
IDLE_SHARE = 0.05
RATIO_FIRST = 1.10
RATIO_NOOP = 1.3


def peak_budget_kb(guests):
    return 40 * 1000 + 8 * guests


def exponent(small, large, factor):
    """Slope of log(figure) over log(size); nothing grows faster than its size when it is <= 1."""
    if small <= 0 or large <= 0:
        return 0.0
    return math.log(large / small) / math.log(factor)


def row(name, value, limit, unit=""):
    return {"name": name, "value": value, "budget": limit, "unit": unit, "met": value <= limit}


def of_size(guests, cases, allowed_reads):
    """Budgets of one number of guests."""
    rows = []
    for case in CASES:
        f = cases[case]
        where = "%s, %d guests" % (case, guests)
        if case in CPU_US:
            rows.append(row("engine CPU per guest: " + where, f["cpu_us_per_guest"], CPU_US[case], "us"))
        rows.append(row("peak memory: " + where, f["peak_kb"] / 1000, peak_budget_kb(guests) / 1000, "MB"))
        rows.append(row("time without a request: " + where, 100 * f["idle_share"], 100 * IDLE_SHARE, "%"))
        rows.append(row("reads of Proxmox VE: " + where, f["pve_reads"], allowed_reads))
        if case == "no-op":
            rows.append(row("reads of NetBox: " + where, f["netbox_reads"], f["list_pages"] + 30))
            rows.append(row("objects written: " + where, f["items"], 0))
    f = cases["first"]
    rows.append(row("write requests: first, %d guests" % guests, f["netbox_writes"], f["written"] / 100 + 60))
    return rows


def of_growth(what, small, large, factor, case):
    """Exponents between two sizes."""
    names = (("wall_s", "time"), ("cpu_s", "CPU"), ("peak_kb", "memory"))
    return [row("growth of %s: %s, %s" % (title, case, what), exponent(small[name], large[name], factor), GROWTH)
            for name, title in names]
