# SPDX-License-Identifier: Apache-2.0
"""sums.py RUN.json [TERM...]: checks that both sides of each account add up and that no named TERM is 0 in total.

Prints the sums over all stages.
"""
import json
import sys

SEEN = ("create", "update", "same", "skipped", "failed", "unknown")
BEFORE = ("matched", "delete", "kept")


def main():
    with open(sys.argv[1], encoding="utf-8") as text:
        run = json.load(text)
    failed = []
    total = {}
    if run["status"] == "unbalanced":
        failed.append("the status of the run is unbalanced: " + str(run["record"].get("error")))
    for body in run["record"].values():
        for stage in body["response"]["stages"] if isinstance(body, dict) and "response" in body else []:
            for kind, counts in stage["response"].get("kinds", {}).items():
                for name, value in counts.items():
                    total[name] = total.get(name, 0) + value
                if counts["seen"] != sum(counts[term] for term in SEEN):
                    failed.append(f"{stage['resource']} {kind}: seen: {counts}")
                if counts["before"] != sum(counts[term] for term in BEFORE):
                    failed.append(f"{stage['resource']} {kind}: before: {counts}")
    failed += [f"no object is {term}" for term in sys.argv[2:] if not total.get(term)]
    print("#", total)
    for words in failed:
        print("#", words)
    sys.exit(1 if failed else 0)


main()
