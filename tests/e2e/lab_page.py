# SPDX-License-Identifier: Apache-2.0
"""Compare stagebox-lab(1) with the words of the program, in both directions.

    lab_page.py PAGE WORDS      WORDS is the output of `stagebox-lab words`
"""
import re
import sys

SECTIONS = {"Commands of ctl": "command", "Keys": "key", "Faults of any server": "fault server",
            "Faults of an endpoint": "fault endpoint", "Faults of tasks": "fault task", "Faults of NetBox": "fault netbox"}


def words_of_page(text):
    """The set of (subject, word): one of each name behind `.It Cm` in the sections of words."""
    found, subject = set(), None
    for line in text.split("\n"):
        if line.startswith((".Ss ", ".Sh ")):
            title = line[4:]
            subject = SECTIONS.get(title)
            if title.startswith("Fields of "):
                subject = "field " + title[len("Fields of "):]
        if subject and line.startswith(".It Cm "):
            names = re.split(r" (?:Ar|Op|Oo|Cm) ", line[len(".It Cm "):])[0]
            found |= {(subject, name) for name in names.split(" , ")}
    return found


def words_of_program(text):
    found = set()
    for line in text.splitlines():
        kind, rest = line.split(" ", 1)
        if kind in ("fault", "field"):
            of, rest = rest.split(" ", 1)
            kind += " " + of
        found.add((kind, rest.split(" ")[0]))
    return found


def main(page, words):
    with open(page, encoding="utf-8") as file:
        have = words_of_page(file.read())
    with open(words, encoding="utf-8") as file:
        want = words_of_program(file.read())
    for subject, word in sorted(want - have):
        print(f"the page does not have: {subject}: {word}")
    for subject, word in sorted(have - want):
        print(f"the program does not have: {subject}: {word}")
    print(f"{len(want)} words of {len({subject for subject, _ in want})} subjects")
    return have != want or len(want) < 100


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
