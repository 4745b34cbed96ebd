# SPDX-License-Identifier: Apache-2.0
"""A lab with the module traits (tests/modules/traits.c), and cases that each have their own objects in it.

A rule is a function of one case. It returns whether what the traits promise is so; `given` is for what must be so before,
with and without the traits."""
import json
import os
import subprocess

from servers import of_config, person_of

RULES = []  # (function, words), in their order


class Unfit(Exception):
    """The case cannot show the rule."""


def rule(words):
    """The traits without which the rule does not hold, each a word of TRAITS_WITHOUT."""
    def add(function):
        RULES.append((function, words.split()))
        return function
    return add


def given(condition, *words):
    if not condition:
        raise Unfit(" ".join(str(word) for word in words))


def shared(kind, slug):
    return {"ref": f"shared/{kind}/{slug}"}


class Lab:
    def __init__(self, program, folder, config):
        self.program, self.folder, self.config = program, folder, config
        self.nb, _ = of_config(config)
        self.person = person_of(config)
        self.n = 0

    def run(self, *words, without=None):
        environment = dict(os.environ, TRAITS_WITHOUT=without or "")
        done = subprocess.run([self.program, *words], env=environment, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout + done.stderr

    def ctl(self, *words):
        code, text = self.run("lab", "ctl", "--dir", self.folder, *words)
        given(code == 0, text)

    def requests(self):
        with open(os.path.join(self.folder, "requests.ndjson"), encoding="utf-8") as lines:
            return [json.loads(line) for line in lines]

    def prepare(self):
        """Objects of people to which those of all cases refer."""
        post = lambda path, **fields: self.person.call("POST", path + "/", fields)["id"]
        self.sites = {slug: post("dcim/sites", name=slug.title(), slug=slug) for slug in ("hill", "valley")}
        self.mines = post("virtualization/cluster-types", name="Mine", slug="mine")
        self.roles = {slug: post("dcim/device-roles", name=slug.title(), slug=slug) for slug in ("drill", "pump")}
        maker = post("dcim/manufacturers", name="Iron", slug="iron")
        self.rigs = post("dcim/device-types", manufacturer=maker, model="Rig", slug="rig")
        for slug in ("deep", "flat"):
            post("virtualization/virtual-machine-types", name=slug.title(), slug=slug)
        post("extras/custom-fields", name="pit_id", type="text", object_types=["virtualization.virtualmachine"],
             filter_logic="exact")


class Case:
    """One run of one rule, with keys and names that no other case has."""

    def __init__(self, lab, without=None):
        lab.n += 1
        self.lab, self.without, self.nb, self.person = lab, without, lab.nb, lab.person
        self.round = f"r{lab.n}"
        self.rows, self.demands = {}, {}
        self.said = ""

    # names

    def name(self, text):
        return f"{self.round}-{text}"

    def ref(self, path):
        return {"ref": f"{self.round}/{path}"}

    def address(self, i):
        return f"10.{self.lab.n // 250}.{self.lab.n % 250}.{i}/24"

    def mac(self, i):
        return f"02:00:00:{self.lab.n // 250:02X}:{self.lab.n % 250:02X}:{i:02X}"

    # the source

    def put(self, kind, path, **fields):
        self.rows.setdefault(kind, {}).setdefault(path, {}).update(fields)

    def drop(self, kind, *paths):
        for path in paths:
            del self.rows[kind][path]

    def demand(self, kind, **fields):
        self.demands[f"{self.round}/{len(self.demands)}"] = {"kind": kind, "fields": fields}

    def write_notes(self):
        rows = {kind: {f"{self.round}/{path}": row for path, row in some.items()} for kind, some in self.rows.items()}
        notes = json.dumps({"round": self.round, "rows": rows, "shared": self.demands})
        self.lab.ctl("set", "lab/qemu/101", "description=" + notes)

    def command(self, *words):
        code, self.said = self.lab.run(*words, "--config", self.lab.config, without=self.without)
        given(code not in (64, 70, 71, 78) and code >= 0 and "traits.rows: failed" not in self.said,
              f"exit code {code} of {words[0]}", self.said)
        return code

    def sync(self):
        self.write_notes()
        return self.command("sync")

    def plan(self, *words):
        self.write_notes()
        return self.command("plan", *words)

    # NetBox

    def row(self, path, key):
        rows = self.nb.call("GET", f"{path}/?cf_stagebox_key=lab/{self.round}/{key}")["results"]
        given(len(rows) < 2, len(rows), "objects with the key", key)
        return rows[0] if rows else None

    def made(self, path, key):
        """The object of a sync that no trait concerns."""
        row = self.row(path, key)
        given(row, f"{path} has no {key}", self.said)
        return row

    def people_post(self, path, **fields):
        return self.person.call("POST", path + "/", fields)["id"]

    def people_change(self, path, row, **fields):
        self.person.call("PATCH", f"{path}/{row['id']}/", fields)

    def get(self, path, id_):
        return self.nb.call("GET", f"{path}/{id_}/")

    def find(self, path, **filters):
        query = "&".join(f"{name}={value}" for name, value in filters.items())
        return self.nb.call("GET", f"{path}/?{query}")["results"]

    # objects that most cases have

    def put_mine(self, **more):
        self.put("mine", "m", name=self.name("m"), type=shared("cluster-type", "mine"), scope=shared("site", "hill"), **more)

    def put_shaft(self, path="s", **more):
        self.put("shaft", path, cluster=self.ref("m"), name=self.name(path), **more)

    def put_rig(self, path):
        self.put("rig", path, name=self.name(path), site=shared("site", "hill"), cluster=self.ref("m"),
                 role=shared("device-role", "drill"), device_type=shared("device-type", "iron/rig"))

    def put_gallery(self, path, **more):
        more.setdefault("name", path.split("/")[-1])
        self.put("gallery", path, virtual_machine=self.ref(path.split("/")[0]), **more)

    def put_claim(self, path="c", **more):
        self.put("claim", path, name=self.name(path), **more)

    def put_bed(self, path, **more):
        number = len(self.rows.get("bed", {}))
        more.setdefault("status", "reserved")
        self.put("bed", path, vrf=self.ref(path.split("/")[0]), prefix=f"10.99.{number}.0/24", **more)

    def put_tap(self, path, i=1, **more):
        self.put("tap", path, address=self.address(i), assigned_object=self.ref(path.rsplit("/", 1)[0]), **more)
