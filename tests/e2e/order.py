# SPDX-License-Identifier: Apache-2.0
"""order.py LOG SINCE RUN.json: checks the order of the writes of a large first sync.

The parts of one guest and kind are in one request, unless they exceed a batch; only one request of addresses is in
flight at a time; no kind waits for the end of another one; requests are full.
"""
import json
import sys

BATCH = 100


def main():
    failed = []
    with open(sys.argv[1], encoding="utf-8") as lines:
        log = [json.loads(line) for number, line in enumerate(lines) if number >= int(sys.argv[2])]
    posts = [entry for entry in log if entry["server"] == "netbox" and entry["method"] == "POST"]
    with open(sys.argv[3], encoding="utf-8") as text:
        requests = json.load(text)["requests"]

    seen = {}
    for request in requests:
        for key in request["keys"]:
            if request["method"] == "POST" and not key.startswith("shared/"):
                guest = "/".join(key.split("/")[:3])
                seen.setdefault((request["kind"], guest), set()).add(request["id"])
    cut = [(place, ids) for place, ids in seen.items() if len(ids) > 1 and place[0] == "virtual-disk"]
    if cut:
        failed.append(f"disks of one guest in several requests: {cut[:5]}")

    addresses = [entry for entry in posts if "/ip-addresses/" in entry["path"]]
    disks = [entry for entry in posts if "/virtual-disks/" in entry["path"]]
    if len(addresses) < 3 or len(disks) < 3:
        failed.append(f"{len(addresses)} requests of addresses and {len(disks)} of disks are too few for this check")
    elif addresses[0]["t"] >= disks[-1]["t"]:
        failed.append("the first address was created after the last disk")
    for one, other in zip(addresses, addresses[1:]):
        if other["t"] - other["ms"] / 1000 < one["t"] - one["ms"] / 1000:
            failed.append(f"two requests of addresses are in flight at once: {one} {other}")

    objects = sum(entry["items"] for entry in posts)
    if len(posts) > objects / BATCH + 60:
        failed.append(f"{len(posts)} requests for {objects} objects")
    for words in failed:
        print("#", words)
    sys.exit(1 if failed else 0)


main()
