# SPDX-License-Identifier: Apache-2.0
"""What a home costs on a real NetBox with plugins: requests and bytes for each object of a kind that NetBox has no model for."""
import json
import os
import re
import shutil
import sys

import live
import measure

sys.path.insert(0, os.path.join(measure.TOP, "tests", "e2e"))
from servers import NetBox  # noqa: E402  pylint: disable=wrong-import-position

NODES = 3  # of a lab
EACH = 67  # objects of each node
PAYLOAD = 100  # bytes of the JSON field of each: together they stay below the 64 KiB of a field
SUITE = os.path.join(measure.TOP, "tests", "live", "suite_homes.sh")  # names the NetBox that it needs


def with_shelves(config, folder, home, **options):
    """The configuration with the module shelf, whose objects are in this home; returns its path."""
    with open(config, encoding="utf-8") as file:
        text = file.read()
    text = re.sub(r"(?m)^modules.*$", 'modules = [ "cluster", "shelf" ]; module_dir = "%s";' % folder, text)
    words = " ".join("%s = %d;" % option for option in options.items())
    made = "%s.%s.cfg" % (config, home)
    with open(made, "w", encoding="utf-8") as file:
        file.write('%s\ninventory = "%s";\noptions: { shelf: { %s }; };\n' % (text, home, words))
    return made


def modules_of(lab):
    built = os.path.dirname(measure.PROGRAM)
    folder = os.path.join(lab.dir, "modules")
    os.mkdir(folder)
    for name in (os.path.join(built, "modules", "cluster.so"), os.path.join(built, "tests", "modules", "shelf.so")):
        if not os.path.exists(name):
            raise measure.BenchError("%s is missing: run ./dev build" % name)
        shutil.copy(name, folder)
    return folder


def measured(config):
    """Runs a sync; its requests that write, and its bytes."""
    figures = measure.sync(config, 0)
    run = json.loads(measure.call("run", "show", "last", "--config", config, "--format", "json"))
    figures["writes"] = len(run["requests"])
    return figures


def change_one(netbox, home):
    """A person changes one object."""
    server = NetBox(netbox.url, netbox.token)
    if home == "custom-objects":
        path = "plugins/custom-objects/stagebox-shelf"
        server.call("PATCH", "%s/%d/" % (path, server.all(path)[0]["id"]), {"height": 1})
        return
    cluster = server.all("virtualization/clusters")[0]
    document = cluster["custom_fields"]["stagebox_shelf"]
    next(iter(document["shelf"].values()))["height"] = 1
    server.call("PATCH", "virtualization/clusters/%d/" % cluster["id"], {"custom_fields": {"stagebox_shelf": document}})


def bench_home(home):
    with measure.Lab(0) as lab, live.NetBox("home", SUITE) as netbox:
        config, folder, cases = live.config_for(lab, netbox), modules_of(lab), {}
        empty = with_shelves(config, folder, home, shelves=0)
        measure.call("bootstrap", "--config", empty, "--quiet")
        measured(empty)
        # what a run costs without any of these objects, which is not part of the figures
        base = measured(empty)
        full = with_shelves(config, folder, home, shelves=EACH, bytes=PAYLOAD)
        cases["create"] = measured(full)
        cases["no-op"] = measured(full)
        change_one(netbox, home)
        cases["one changed"] = measured(full)
        cases["all changed"] = measured(with_shelves(config, folder, home, shelves=EACH, bytes=PAYLOAD, height=43))
        cases["all deleted"] = measured(with_shelves(config, folder, home, shelves=0))
        for figures in cases.values():
            for name in ("bytes_out", "bytes_in"):
                figures[name] -= base[name]
        return cases


def measure_homes():
    result = {}
    for home in ("fields", "custom-objects"):
        print("bench: %d objects in the home %s" % (NODES * EACH, home), file=sys.stderr, flush=True)
        result[home] = bench_home(home)
    return result


def print_homes(result):
    print("%d objects of a kind without a model, by home" % (NODES * EACH))
    print("          home          run  written  writes  bytes out/object  bytes in/object  ms/object")
    for home, cases in result.items():
        for case, figures in cases.items():
            n = NODES * EACH if case == "no-op" else max(1, figures["written"])
            print("%14s  %11s  %7d  %6d  %16.0f  %15.0f  %9.1f" % (
                home, case, figures["written"], figures["writes"], figures["bytes_out"] / n, figures["bytes_in"] / n,
                1000 * figures["wall_s"] / n))
    print()
