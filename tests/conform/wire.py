# SPDX-License-Identifier: Apache-2.0
"""A NetBox for the cases: requests use names instead of ids, and answers omit values that always differ."""
import http.client
import json
import re
import urllib.parse

from models import LINKS, SETUP, WRITTEN

STAMP = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z$")
URL = re.compile(r"^https?://[^/]+(?:/api)?/([a-z-]+/[a-z-]+)/(\d+)/$")
NAMED = re.compile(r"\$([A-Za-z]+(?:/[a-z0-9_.-]+)?)")
PERMISSIONS = ["extras.tag", "extras.customfield", "extras.customlink", "dcim.manufacturer", "dcim.devicetype", "dcim.devicerole",
               "dcim.platform", "dcim.site", "virtualization.clustertype", "virtualization.virtualmachinetype",
               "ipam.vlangroup", "ipam.vlan", "virtualization.cluster", "dcim.device", "dcim.interface",
               "virtualization.virtualmachine", "virtualization.vminterface", "dcim.macaddress",
               "virtualization.virtualdisk", "ipam.ipaddress"]
# Paths of objects that are referred to by a bare id: in generic relations and in images of change records.
TYPES = {"dcim.site": "dcim/sites", "dcim.interface": "dcim/interfaces", "virtualization.vminterface": "virtualization/interfaces",
         "virtualization.virtualmachine": "virtualization/virtual-machines", "ipam.ipaddress": "ipam/ip-addresses",
         "dcim.device": "dcim/devices"}
IMAGE = {"cluster": "virtualization/clusters", "site": "dcim/sites", "device": "dcim/devices", "role": "dcim/device-roles",
         "platform": "dcim/platforms", "virtual_machine_type": "virtualization/virtual-machine-types",
         "primary_ip4": "ipam/ip-addresses", "device_type": "dcim/device-types", "primary_mac_address": "dcim/mac-addresses",
         "virtual_machine": "virtualization/virtual-machines"}
HALVES = (("assigned_object_type", "assigned_object_id"), ("scope_type", "scope_id"),
          ("changed_object_type", "changed_object_id"))


def choices_of(answer):
    """{action: {field: [value, ...]}} of an answer to OPTIONS: of the fields that stagebox writes, and nothing else of them."""
    return {action: {name: [choice["value"] for choice in rule["choices"]] for name, rule in fields.items()
                     if name in WRITTEN and "choices" in rule}
            for action, fields in answer.get("actions", {}).items()}


class Answer:
    def __init__(self, status, value, request):
        self.status, self.value, self.request = status, value, request


class Server:
    """One NetBox, and the names of the objects that the cases have created."""

    def __init__(self, url, token):
        self.url = urllib.parse.urlsplit(url)
        self.link = None
        self.who = {"admin": token, "anybody": None, "stranger": "Token " + "0" * 40}
        self.who["admin"] = ("Bearer " if token.startswith("nbt_") else "Token ") + token
        self.ids, self.names = {}, {}
        self.made = []  # (path, id), in order
        self.asked = {}  # the effect of each request, to be filled in

    # --- asking ------------------------------------------------------------------------------------------------

    def send(self, method, path, body=None, who="admin", match=None):
        """Send a request; path is "dcim/sites/1?limit=1", with ids instead of names."""
        place, _, query = path.partition("?")
        target = f"/api/{place}/" + ("?" + query if query else "")
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if self.who[who]:
            headers["Authorization"] = self.who[who]
        if match:
            headers["If-Match"] = match
        text = None if body is None else json.dumps(body)
        for last in (False, True):
            try:
                self.link = self.link or http.client.HTTPConnection(self.url.hostname, self.url.port, timeout=120)
                self.link.request(method, target, text, headers)
                got = self.link.getresponse()
                data = got.read().decode()
                break
            except (ConnectionError, http.client.HTTPException):
                self.link = None  # NetBox closes an idle connection after two seconds without an answer
                if last:
                    raise
        kind = got.getheader("Content-Type") or ""
        value = json.loads(data) if data and "json" in kind else {"_text": kind.split(";")[0]} if data else None
        return Answer(got.status, value, got.getheader("X-Request-ID"))

    def with_ids(self, value):
        if isinstance(value, dict):
            return {key: self.with_ids(part) for key, part in value.items()}
        if isinstance(value, list):
            return [self.with_ids(part) for part in value]
        if isinstance(value, str) and value.startswith("$"):
            return self.ids[value[1:]][1]
        return value

    def name(self, name, path, number):
        self.ids[name] = (path, number)
        self.names[path, number] = "$" + name
        self.made.append((path, number))

    def case(self, case):
        path = NAMED.sub(lambda found: str(self.ids.get(found.group(1), ("", 0))[1]), case.path)
        try:
            body = self.with_ids(case.body)
        except KeyError:  # the object of the case was not created
            return [0, "nothing to ask about", []]
        got = self.send(case.method, path, body, case.who, case.match)
        place = "/".join(path.split("?")[0].split("/")[:2])
        if case.method == "OPTIONS" and got.status == 200:
            got.value = choices_of(got.value)
        if got.status == 201 and isinstance(got.value, dict):
            self.name(case.name, place, got.value["id"])
        elif got.status == 201:
            for number, row in enumerate(got.value):
                self.name(f"{case.name}.{number}", place, row["id"])
        answer = self.plain(got.value, place) if got.status != 500 else {"exception": got.value["exception"]}
        self.asked[got.request] = effect = []
        return [got.status, answer, effect]

    # --- effects and answers -----------------------------------------------------------------------------------------

    def last_change(self):
        rows = self.send("GET", "core/object-changes?limit=1&ordering=-id&fields=id").value["results"]
        return rows[0]["id"] if rows else 0

    def fill_effects(self, since):
        """Add the effects of the requests after change SINCE to their answers, from the change log: a line for each object."""
        start = since + 1
        while True:
            page = self.send("GET", f"core/object-changes?start={start}&limit=1000").value
            self.take_changes(page["results"])
            if not page["next"]:
                break
            start = page["results"][-1]["id"] + 1
        for lines in self.asked.values():
            lines.sort()
        self.asked = {}

    def take_changes(self, rows):
        for row in rows:
            lines = self.asked.get(row["request_id"], [])
            before, after = row["prechange_data"] or {}, row["postchange_data"] or {}
            changed = [key for key in sorted(after) if before and after and before.get(key) != after[key]]
            lines.append(" ".join([row["action"]["value"], row["changed_object_type"], repr(row["object_repr"])] + changed))

    def plain(self, value, place):
        if isinstance(value, list):
            return [self.plain(part, place) for part in value]
        if isinstance(value, str):
            return "TIME" if STAMP.match(value) else self.text(value)
        if not isinstance(value, dict):
            return value
        url = URL.match(value.get("url") or "")
        if url:
            place = url.group(1)
        out = {}
        for key, part in value.items():
            if key == "email":
                continue  # belongs to the administrator, differs between servers
            if key in ("url", "display_url"):
                found = URL.match(part or "")
                if not found or int(found.group(2)) != value.get("id"):
                    out[key] = part
            elif key == "id" and isinstance(part, int):
                out[key] = self.names.get((place, part), part if part >= 900000 else "$?")
            elif key in ("next", "previous") and part:
                out[key] = self.query(part, place)
            elif key == "object_types" and isinstance(part, list):
                out[key] = sorted(part)  # a set
            elif key in ("prechange_data", "postchange_data"):
                out[key] = self.image(part)
            else:
                out[key] = self.plain(part, place)
        for kind, half in HALVES:
            if isinstance(value.get(half), int):
                out[half] = self.names.get((TYPES.get(value.get(kind)), value[half]), "$?")
        return out

    def image(self, value):
        out = self.plain(value, "")
        for key in ("assigned_object_id", "scope_id", "assigned_object_type", "scope_type"):
            if isinstance(out.get(key), int):
                out[key] = "#"  # the image names its type by a number
        for key, place in IMAGE.items():
            if isinstance(out.get(key), int):
                out[key] = self.names.get((place, out[key]), "$?")
        return out

    def query(self, link, place):
        """The parameters of a link to another page, with names for ids."""
        pairs = urllib.parse.parse_qsl(urllib.parse.urlsplit(link).query)
        return sorted([key, self.names.get((place, int(text)), "$?") if key in ("id", "start") else text]
                      for key, text in pairs)

    def text(self, text):
        """Remove ids from a text, and sort dependents, "web (41), db (42)", which have no defined order."""
        head, colon, tail = text.partition(" were found: ")
        if colon:
            return head + colon + ", ".join(sorted(re.sub(r" \(\d+\)$", "", part) for part in tail.split(", ")))
        return re.sub(r"\bID \d+\b", "ID #", text)

    # --- before and after --------------------------------------------------------------------------------------

    def ok(self, method, path, body):
        got = self.send(method, path, self.with_ids(body))
        if got.status >= 300:
            raise SystemExit(f"{method} {path}: {got.status} {json.dumps(got.value)[:500]}")
        return got.value

    def prepare(self):
        for names, path, bodies in SETUP:
            for name, row in zip(names, self.ok("POST", path, list(bodies))):
                self.name(name, path, row["id"])
        for path, name, body in LINKS:
            self.ok("PATCH", f"{path}/{self.ids[name[1:]][1]}", body)
        for name, types in (("reader", PERMISSIONS), ("nobody", None)):
            user = self.ok("POST", "users/users", {"username": "conform-" + name, "password": "Conform-password-1"})["id"]
            self.made.append(("users/users", user))
            if types:
                right = self.ok("POST", "users/permissions", {"name": "conform-" + name, "object_types": types,
                                                              "actions": ["view"], "users": [user]})["id"]
                self.made.append(("users/permissions", right))
            self.who[name] = self.token_of(user, True)
        self.who["readonly"] = self.token_of(self.send("GET", "authentication-check").value["id"], False)

    def token_of(self, user, writes):
        row = self.ok("POST", "users/tokens", {"user": user, "version": 2, "write_enabled": writes})
        self.made.append(("users/tokens", row["id"]))
        return f"Bearer nbt_{row['key']}.{row['token']}"

    def begin_block(self):
        return len(self.made), self.last_change()

    def end_block(self, since):
        """Read the effects of a block, then delete the objects that it has created."""
        if since:
            self.fill_effects(since[1])
            self.take_back(since[0])

    def take_back(self, since=0):
        """Delete the created objects in reverse order; a 404 is not an error."""
        for path, number in reversed(self.made[since:]):
            got = self.send("DELETE", f"{path}/{number}")
            if got.status not in (204, 404):
                raise SystemExit(f"DELETE {path}/{number}: {got.status} {json.dumps(got.value)[:500]}")
        del self.made[since:]
