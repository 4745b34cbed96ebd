# SPDX-License-Identifier: Apache-2.0
"""frozen.py LOG SINCE KILLED MODE RUN.json: checks the end of a write that was frozen when its client was killed.

The log of the lab shows the write held, and concluded after KILLED (Unix seconds): committed with "commit", status 0
with "drop". The journal of the killed run shows it settled by re-reading, and no other row of that run is open.
"""
import json
import sys


# The journal has the path of the kind, where it differs from that of the request.
KINDS = {"plugins/custom-objects/schema/apply": "plugins/custom-objects/custom-object-types"}


def fail(*words):
    print("#", *words)
    sys.exit(1)


def count_objects(row):
    """The items of a request: one may carry ops of several stages for one object."""
    return len({key["key"] if isinstance(key, dict) else key[0] if isinstance(key, list) else key for key in row["keys"]})


def main():
    log, since, killed, mode, run = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4], sys.argv[5]
    with open(log, encoding="utf-8") as lines:
        entries = [json.loads(line) for number, line in enumerate(lines) if number >= since]
    held = [entry for entry in entries if entry.get("held")]
    if len(held) != 1:
        fail("held writes:", len(held))
    what = (held[0]["method"], held[0]["path"], held[0]["items"])
    ends = [entry for entry in entries if not entry.get("held") and entry["t"] > killed and
            (entry["method"], entry["path"], entry["items"]) == what and entry["ms"] > 400]
    if not ends:
        fail("the frozen", *what, "was not concluded after the kill")
    if mode == "commit" and not 200 <= ends[0]["status"] < 300:
        fail("the late commit of", *what, "ended with status", ends[0]["status"])
    if mode == "drop" and ends[0]["status"] != 0:
        fail("the write that was to be dropped ended with status", ends[0]["status"])

    with open(run, encoding="utf-8") as text:
        requests = json.load(text)["requests"]
    still = [row for row in requests if row["outcome"] in ("begun", "unsettled")]
    if still:
        fail("still open:", json.dumps(still)[:2000])
    path = what[1].split("/api/", 1)[1].split("?")[0].strip("/")
    path = KINDS.get(path, path)
    rows = [row for row in requests if (row["method"], row["path"].strip("/"), count_objects(row)) ==
            (what[0], path, what[2]) and row["outcome"].startswith("settled-")]
    wanted = "settled-committed" if mode == "commit" else "settled-dropped"
    if wanted not in [row["outcome"] for row in rows]:
        fail("no row is", wanted, ":", json.dumps([[row["method"], row["path"], len(row["keys"]), row["outcome"]]
                                                   for row in requests]))


main()
