# SPDX-License-Identifier: Apache-2.0
"""The floor of the benchmark: a bare client that writes the objects of a plan with bulk requests.

It writes kind after kind, 100 objects per request, two requests in flight, and replaces references to new objects by
the ids that NetBox returned. It has no journal, reads nothing again and orders by kind only."""
import http.client
import json
import queue
import threading
import time
import urllib.parse

PATHS = {
    "tag": "extras/tags", "manufacturer": "dcim/manufacturers", "device-type": "dcim/device-types",
    "device-role": "dcim/device-roles", "platform": "dcim/platforms", "site": "dcim/sites",
    "cluster-type": "virtualization/cluster-types", "vm-type": "virtualization/virtual-machine-types",
    "vlan-group": "ipam/vlan-groups", "vlan": "ipam/vlans", "cluster": "virtualization/clusters",
    "device": "dcim/devices", "interface": "dcim/interfaces", "vm": "virtualization/virtual-machines",
    "vm-interface": "virtualization/interfaces", "virtual-disk": "virtualization/virtual-disks",
    "ip": "ipam/ip-addresses",
}
TEXTS = ("comments", "description", "dns_name", "facility", "serial", "label")
BATCH, LANES, TRIES = 100, 2, 4


class Client:
    """One kept-alive connection."""

    def __init__(self, url, token):
        self.where = urllib.parse.urlsplit(url)
        self.headers = {"Authorization": "Bearer " + token, "Content-Type": "application/json",
                        "Accept": "application/json"}
        self.connection = None

    def call(self, method, path, body=None):
        """Status and decoded answer."""
        text = json.dumps(body) if body is not None else None
        try:
            self.open().request(method, path, text, self.headers)
        except OSError:  # NetBox closed the idle connection and processed nothing
            self.connection = None
            self.open().request(method, path, text, self.headers)
        answer = self.connection.getresponse()
        text = answer.read()
        return answer.status, json.loads(text) if text else None

    def open(self):
        if not self.connection:
            kind = http.client.HTTPSConnection if self.where.scheme == "https" else http.client.HTTPConnection
            self.connection = kind(self.where.netloc, timeout=180)
        return self.connection


def closed(value, ids):
    """A value with each {"$ref": key} replaced by its id."""
    if isinstance(value, dict) and "$ref" in value:
        return ids[value["$ref"]]
    if isinstance(value, list):
        return [closed(member, ids) for member in value]
    return value


def body_of(op, ids):
    body, custom = {}, {}
    for name, value in op["set"].items():
        if name.startswith("stagebox_"):
            custom[name] = value
        elif isinstance(value, dict) and "type" in value:
            body[name + "_type"], body[name + "_id"] = value["type"], closed(value["id"], ids)
        elif value is None:
            body[name] = "" if name in TEXTS else None
        else:
            body[name] = closed(value, ids)
    if op["verb"] == "create" and not op["key"].startswith("shared/"):
        custom["stagebox_key"] = op["key"]
    if custom:
        body["custom_fields"] = custom
    if op["verb"] == "update":
        body["id"] = closed(op["target"], ids)
    return body


def refs_of(value):
    """The keys of new objects that a value refers to."""
    if isinstance(value, dict):
        return [value["$ref"]] if "$ref" in value else [key for member in value.values() for key in refs_of(member)]
    return [key for member in value for key in refs_of(member)] if isinstance(value, list) else []


def waves_of(ops):
    """Ops in waves: an op follows the ops of the same kind that it refers to, as a VLAN interface its bridge."""
    while ops:
        open_keys = {op["key"] for op in ops}
        ready = [op for op in ops if op["verb"] == "update" or not open_keys.intersection(refs_of(op["set"]))]
        if not ready:
            raise ValueError("these objects refer to each other: %s" % sorted(open_keys)[:3])
        yield ready
        done = {op["key"] for op in ready}
        ops = [op for op in ops if op["key"] not in done]


def groups_of(plan):
    """Ops by verb and kind; a kind follows the kinds that it refers to."""
    order, groups = list(PATHS), {}
    for op in plan["shared"] + [op for endpoint in plan["endpoints"] for op in endpoint["ops"]]:
        if op["verb"] == "delete":
            raise ValueError("the plan of a fresh NetBox deletes %s" % op["key"])
        groups.setdefault((op["verb"] == "update", order.index(op["kind"])), []).append(op)
    for (is_update, kind), ops in sorted(groups.items()):
        for wave in waves_of(ops):
            yield "PATCH" if is_update else "POST", PATHS[order[kind]], wave


def batches_of(ops):
    """Batches of up to 100 ops; ops of one guest stay together, because NetBox sums up its disks in each request."""
    batch, guest = [], []
    for op in ops + [None]:
        if op and guest and op["key"].split("/")[:3] == guest[0]["key"].split("/")[:3]:
            guest.append(op)
            continue
        if batch and len(batch) + len(guest) > BATCH:
            yield batch
            batch = []
        batch, guest = batch + guest, [op]
    if batch:
        yield batch


def send_all(clients, method, path, ops, ids):
    """Sends the batches of one kind, one per lane at a time."""
    todo, failed = queue.SimpleQueue(), []
    for batch in batches_of(ops):
        todo.put((0, batch))

    def lane(client):
        while not failed:
            try:
                tries, batch = todo.get_nowait()
            except queue.Empty:
                return
            try:
                status, rows = client.call(method, "/api/%s/" % path, [body_of(op, ids) for op in batch])
            except (OSError, http.client.HTTPException, LookupError) as why:
                failed.append("%s %s: %r" % (method, path, why))
                return
            if status >= 500 and tries < TRIES:  # a deadlock in NetBox's database: it rolled the request back
                todo.put((tries + 1, batch))
            elif status not in (200, 201):
                failed.append("%s %s: %s %s" % (method, path, status, str(rows)[:300]))
            else:
                for op, row in zip(batch, rows):
                    ids[op["key"]] = row["id"]

    threads = [threading.Thread(target=lane, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise ValueError(failed[0])


def post(url, token, plan):
    """Seconds, objects and requests."""
    clients = [Client(url, token) for _ in range(LANES)]
    begun, ids, objects, requests = time.monotonic(), {}, 0, 0
    for method, path, ops in groups_of(plan):
        send_all(clients, method, path, ops, ids)
        objects += len(ops)
        requests += len(list(batches_of(ops)))
    return {"wall_s": time.monotonic() - begun, "items": objects, "netbox_writes": requests}


def read(url, token, paths):
    """Seconds for reading the lists only, with the same lanes."""
    todo = queue.SimpleQueue()
    for path in paths:
        todo.put(path)

    def lane(client):
        while True:
            try:
                client.call("GET", todo.get_nowait())
            except queue.Empty:
                return

    threads = [threading.Thread(target=lane, args=(Client(url, token),)) for _ in range(LANES)]
    begun = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.monotonic() - begun
