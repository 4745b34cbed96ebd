# SPDX-License-Identifier: Apache-2.0
"""What the modules ha and ceph cost: requests and bytes for each guest in HA, and for each OSD in either home."""
import re
import sys

import measure

OSDS = (2, 42)  # of each of three nodes, in turn: the difference is what an OSD costs
NODES = 3
GUESTS = (20, 220)  # in HA, in turn
FIGURES = ("pve_reads", "netbox_reads", "netbox_writes", "items", "bytes_in", "bytes_out")


def with_modules(config, modules, more=""):
    """The configuration of a lab with other modules."""
    with open(config, encoding="utf-8") as file:
        text = file.read()
    with open(config, "w", encoding="utf-8") as file:
        file.write(re.sub(r"(?m)^modules.*$", "modules = [ %s ];" % ", ".join('"%s"' % name for name in modules), text) + more)


def difference(few, many, n):
    """{case: figures for each object} of two sizes."""
    return {case: {name: (many[case][name] - few[case][name]) / n for name in FIGURES} for case in few}


def bench_osds(each, home):
    with measure.Lab(0, plugins="custom-objects" if home == "custom-objects" else None) as lab:
        with_modules(lab.config, ("cluster", "ceph"), 'inventory = "%s";\n' % home)
        lab.ctl("set", "lab/ceph", "osds=%d" % each)
        measure.call("bootstrap", "--config", lab.config, "--quiet")
        cases = {"first": measure.sync_lab(lab), "no-op": measure.sync_lab(lab)}
        lab.ctl("set", "lab/ceph/osd/0", "up=0")
        cases["one down"] = measure.sync_lab(lab)
        return cases


def bench_guests(guests):
    """The guests that are in HA by default; {case: figures}, and how many they are."""
    with measure.Lab(guests) as lab:
        with_modules(lab.config, ("cluster", "qemu", "lxc"))
        measure.call("bootstrap", "--config", lab.config, "--quiet")
        measure.sync_lab(lab)
        before = measure.sync_lab(lab)
        with_modules(lab.config, ("cluster", "qemu", "lxc", "ha"))
        measure.call("bootstrap", "--config", lab.config, "--quiet")
        cases = {"first": measure.sync_lab(lab), "no-op": measure.sync_lab(lab)}
        for figures in cases.values():
            for name in FIGURES:
                figures[name] -= before[name]
        return cases


def measure_families():
    result = {}
    for home in ("fields", "custom-objects"):
        print("bench: Ceph in the home %s" % home, file=sys.stderr, flush=True)
        few, many = (bench_osds(each, home) for each in OSDS)
        result["an OSD, " + home] = difference(few, many, NODES * (OSDS[1] - OSDS[0]))
    print("bench: guests in HA", file=sys.stderr, flush=True)
    few, many = (bench_guests(guests) for guests in GUESTS)
    result["a guest, HA"] = difference(few, many, GUESTS[1] - GUESTS[0])
    return result


def print_families(result):
    print("what one more object costs (requests and bytes of NetBox and Proxmox VE)")
    print("                   object       case  reads PVE  reads NetBox  writes  written  bytes in  bytes out")
    for what, cases in result.items():
        for case, figures in cases.items():
            print("%25s  %9s  %9.3f  %12.3f  %6.3f  %7.3f  %8.0f  %9.0f" % (
                what, case, figures["pve_reads"], figures["netbox_reads"], figures["netbox_writes"], figures["items"],
                figures["bytes_in"], figures["bytes_out"]))
    print()
