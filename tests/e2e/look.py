# SPDX-License-Identifier: Apache-2.0
"""look.py WHAT LOG SINCE [ARG...]: checks the lines of a lab's request log after line SINCE.

    count-writes                  print the number of writes that NetBox got
    count-objects                 print the number of objects in these writes
    statuses                      print the statuses of these writes, each once
    no-writes | no-deletes        no server got a write, or a DELETE
    no-post WORD                  NetBox got no POST to a path that contains WORD
    bulk PERCENT ITEMS            at least PERCENT of all created objects came in POSTs of at least ITEMS items
    in-branch SCHEMA              objects were written with the header of this branch, and all else without one
    reads PATTERN                 print the number of GETs that match
    only-gets SERVER              this server got GETs only
    plain                         print a dump from stdin without the UUIDs, which differ between labs
"""
import json
import re
import sys

WRITES = ("POST", "PATCH", "PUT", "DELETE")


def lines(path, since):
    with open(path, encoding="utf-8") as log:
        for number, line in enumerate(log):
            if number >= since:
                entry = json.loads(line)
                if not entry.get("held"):
                    yield entry


def shown(entries):
    for entry in entries[:20]:
        print("#", json.dumps(entry))
    sys.exit(1 if entries else 0)


# What NetBox has in main alone: the server, its jobs, branches, and the definitions of fields and types.
OF_MAIN = re.compile(r"/api/(status|authentication-check|core|users|plugins/branching|extras/custom-(field|link)|"
                     r"plugins/custom-objects/(schema|custom-object-type))")


def astray(log, schema):
    """Requests to NetBox that went to main or to a branch, and should not have."""
    for entry in log:
        is_of_main = OF_MAIN.match(entry["path"])
        if is_of_main and "branch" in entry or not is_of_main and entry["method"] in WRITES and entry.get("branch") != schema:
            yield entry


def bulk(log, percent, items):
    posts = [entry for entry in log if entry["method"] == "POST" and entry["server"] == "netbox" and
             entry["status"] == 201 and "/api/extras/custom-field" not in entry["path"]]
    total = sum(entry["items"] for entry in posts)
    big = sum(entry["items"] for entry in posts if entry["items"] >= items)
    print(f"# {big} of {total} objects in POSTs of at least {items}")
    for entry in posts:
        print("#", entry["path"], entry["items"])
    sys.exit(0 if total and big * 100 >= total * percent else 1)


def plain():
    state = json.load(sys.stdin)
    for path in ("extras/custom-fields", "plugins/custom-objects/custom-object-types"):
        for row in state.get(path, []):
            # the instance id
            row["description"] = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "UUID", row.get("description") or "")
    for link in state.get("extras/custom-links", []):  # the address of the lab
        for name in ("link_text", "link_url"):
            link[name] = re.sub(r"(127\.0\.0\.1|localhost):\d+", "LAB", link[name])
    json.dump(state, sys.stdout, indent=1, sort_keys=True, ensure_ascii=False)
    print()


def main():
    what = sys.argv[1]
    if what == "plain":
        return plain()
    log = list(lines(sys.argv[2], int(sys.argv[3])))
    to_netbox = [entry for entry in log if entry["server"] == "netbox"]
    written = [entry for entry in log if entry["method"] in WRITES]
    if what == "count-writes":
        print(sum(1 for entry in to_netbox if entry["method"] in WRITES))
    elif what == "count-objects":
        print(sum(entry["items"] for entry in to_netbox if entry["method"] in WRITES))
    elif what == "statuses":
        print(*sorted({entry["status"] for entry in to_netbox if entry["method"] in WRITES}))
    elif what == "no-writes":
        shown(written)
    elif what == "no-deletes":
        shown([entry for entry in written if entry["method"] == "DELETE"])
    elif what == "no-post":
        shown([entry for entry in to_netbox if entry["method"] == "POST" and sys.argv[4] in entry["path"]])
    elif what == "only-gets":
        shown([entry for entry in written if entry["server"] == sys.argv[4]])
    elif what == "in-branch":
        objects = [entry for entry in to_netbox if entry.get("branch") == sys.argv[4] and entry["method"] in WRITES]
        print(f"# {len(objects)} writes in the branch")
        shown(list(astray(to_netbox, sys.argv[4])) or ([] if objects else [{"branch": "no write"}]))
    elif what == "reads":
        print(sum(1 for entry in log if entry["method"] == "GET" and re.search(sys.argv[4], entry["path"])))
    elif what == "bulk":
        bulk(log, int(sys.argv[4]), int(sys.argv[5]))
    else:
        sys.exit(f"look.py: unknown check {what}")
    return None


main()
