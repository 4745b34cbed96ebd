# SPDX-License-Identifier: Apache-2.0
"""plugin.py SCRIPT: runs lines of Python that ask a real NetBox about its plugin netbox-custom-objects.

A script has the names of this file. Answers keep their status, so that a script can state what is refused and how.
"""
import functools
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

HOME = "plugins/custom-objects/"
SHELVES = HOME + "stagebox-shelf/"
BRANCHES = "plugins/branching/branches/"
MARK = "stagebox 0f0e0d0c-1111-4222-8333-444455556666"
OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Answer:
    def __init__(self, status, headers, text):
        self.status, self.etag, self.text = status, headers.get("ETag"), text
        try:
            self.body = json.loads(text) if text else None
        except ValueError:
            self.body = text

    def __repr__(self):
        return f"{self.status} {self.text[:600]}"

    @property
    def rows(self):
        return self.body["results"]

    @property
    def count(self):
        return self.body["count"]


def ask(method, path, body=None, token=None, branch=None, match=None):
    """The answer to a request; token: that of another user, branch: its schema id, match: an ETag for If-Match."""
    headers = {"Authorization": "Bearer " + (token or os.environ["STAGEBOX_LIVE_TOKEN"]), "Accept": "application/json"}
    if branch:
        headers["X-NetBox-Branch"] = branch
    if match:
        headers["If-Match"] = match
    data = None if body is None else json.dumps(body).encode()
    if data is not None:
        headers["Content-Type"] = "application/json"
    request = urllib.request.Request(f"{os.environ['STAGEBOX_LIVE_URL']}/api/{path}", data, headers, method=method)
    try:
        with OPENER.open(request, timeout=600) as answer:
            return Answer(answer.status, answer.headers, answer.read().decode())
    except urllib.error.HTTPError as error:
        return Answer(error.code, error.headers, error.read().decode(errors="replace"))


def get(path, **more):
    return ask("GET", path, **more)


def post(path, body, **more):
    return ask("POST", path, body, **more)


def patch(path, body, **more):
    return ask("PATCH", path, body, **more)


def delete(path, body=None, **more):
    return ask("DELETE", path, body, **more)


def check(condition, *words):
    if not condition:
        print(*words)
        sys.exit(1)


def text(number, name, **more):
    return dict({"id": number, "name": name, "type": "text"}, **more)


FIELDS = (
    text(1, "stagebox_key", required=True, unique=True, filter_logic="exact", ui_editable="no"),
    text(2, "title", required=True, primary=True),
    {"id": 3, "name": "cluster", "type": "object", "related_object_type": "virtualization/cluster", "required": True,
     "on_delete_behavior": "cascade"},
    {"id": 4, "name": "device", "type": "object", "related_object_type": "dcim/device"},
    {"id": 5, "name": "height", "type": "integer"},
    {"id": 6, "name": "ratio", "type": "decimal"},
    {"id": 7, "name": "up", "type": "boolean"},
    {"id": 8, "name": "payload", "type": "json"},
    {"id": 9, "name": "seen", "type": "datetime"},
    text(10, "note"),
)


def shelf(*extra, without=(), slug="stagebox-shelf", **more):
    """The definition of a type, with more fields, without some, and with other attributes of the type."""
    fields = [field for field in FIELDS if field["name"] not in without] + list(extra)
    return dict({"name": slug.replace("-", "_"), "slug": slug, "version": "1.0.0", "verbose_name": "Shelf",
                 "verbose_name_plural": "Shelves", "description": MARK, "group_name": "Proxmox VE", "fields": fields}, **more)


def apply(*types, destructive=False, **more):
    body = {"allow_destructive": destructive, "schema": {"schema_version": "1", "types": list(types)}}
    return post(HOME + "schema/apply/", body, **more)


def changed(answer):
    """(attributes, fields) that an apply changed; a field as (operation, id, {attribute: [old, new]})."""
    check(answer.status == 200 and answer.body["applied"], answer)
    diff = answer.body["diffs"][0]
    fields = [(field["op"], field["schema_id"], field.get("changed_attrs", {})) for field in diff["field_changes"]]
    return diff["cot_changes"], fields


def type_of(slug="stagebox-shelf", **more):
    rows = get(HOME + "custom-object-types/?slug=" + slug, **more).rows
    return rows[0] if rows else None


@functools.lru_cache
def cluster(name="lab"):
    return get(f"virtualization/clusters/?name={name}").rows[0]["id"]


def row(key, **fields):
    """The body of a new object in the cluster lab."""
    return dict({"stagebox_key": key, "title": key, "cluster": cluster()}, **fields)


def one(key, **more):
    rows = get(SHELVES + "?stagebox_key=" + urllib.parse.quote(key), **more).rows
    check(len(rows) == 1, len(rows), "objects with the key", key)
    return rows[0]


def path_of(key):
    return f"{SHELVES}{one(key)['id']}/"


def user(name, actions, types=None, constraints=None, write=True):
    """The token of a new user with these actions on these object types, by default that of the shelves."""
    made = post("users/users/", {"username": name, "password": "Correct-Horse-7-Battery", "is_active": True}).body["id"]
    allowed = post("users/permissions/", {
        "name": name, "enabled": True, "object_types": types or [type_of()["object_type_name"]], "actions": actions.split(),
        "users": [made], "constraints": constraints})
    check(allowed.status == 201, allowed)
    token = post("users/tokens/", {"user": made, "version": 2, "write_enabled": write}).body
    return f"nbt_{token['key']}.{token['token']}"


def changes(query):
    return get("core/object-changes/?" + query).rows


def wait_for_branch(number, *states):
    """The branch when its status is one of these; its jobs need a worker."""
    deadline = time.monotonic() + 900
    while time.monotonic() < deadline:
        branch = get(f"{BRANCHES}{number}/").body
        if branch["status"]["value"] in states:
            return branch
        time.sleep(0.5)
    check(False, "the branch is", branch["status"]["value"])


if __name__ == "__main__":
    exec(compile(sys.argv[1], "script", "exec"), globals())  # pylint: disable=exec-used
