# SPDX-License-Identifier: Apache-2.0
"""Plan documents, read and sealed without the program.

plans.py pure FILE OUT: writes the pure part with one member a line, after checking both hashes.
plans.py same FILE FILE...: checks the hashes of all, and that their pure parts are equal; prints the difference.
plans.py change FILE OUT SCRIPT: runs SCRIPT on doc and seals it again, as a stranger can; "raw" before SCRIPT leaves the hashes.
"""
import difflib
import hashlib
import json
import sys


def canonical(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def hash_of(value):
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def pure(doc):
    return {name: value for name, value in doc.items() if name not in ("envelope", "hashes")}


def hashes(doc):
    plan = hash_of(pure(doc))
    return {"plan": plan, "document": hash_of({"envelope": doc["envelope"], "plan": plan})}


def seal(doc):
    doc["hashes"] = hashes(doc)
    return doc


def load(path):
    with open(path, encoding="utf-8") as text:
        return json.load(text)


def checked(path):
    doc = load(path)
    if doc["hashes"] != hashes(doc):
        sys.exit(f"{path}: hashes {doc['hashes']} instead of {hashes(doc)}")
    return doc


def lines(doc):
    return json.dumps(pure(doc), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def main():
    command, *words = sys.argv[1:]
    if command == "pure":
        with open(words[1], "w", encoding="utf-8") as out:
            out.write(lines(checked(words[0])))
    elif command == "same":
        docs = [checked(path) for path in words]
        for doc in docs[1:]:
            if doc["hashes"]["plan"] != docs[0]["hashes"]["plan"]:
                texts = [lines(each).split("\n") for each in (docs[0], doc)]
                sys.exit("\n".join(list(difflib.unified_diff(*texts, lineterm="", n=2))[:40]))
    elif command == "change":
        doc, script = load(words[0]), words[-1]
        exec(script, {"doc": doc, "json": json})  # pylint: disable=exec-used
        with open(words[1], "w", encoding="utf-8") as out:
            json.dump(doc if words[2] == "raw" else seal(doc), out)
    else:
        sys.exit("plans.py: unknown command " + command)


if __name__ == "__main__":
    main()
