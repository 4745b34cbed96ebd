# SPDX-License-Identifier: Apache-2.0
"""Plain standard English in messages, comments, names and pages: words of this project's past that a reader elsewhere
does not find, comments whose subject is a pronoun, and static functions named by one word.

language.py ROOT [PATH...]: only below these paths."""
import re
import sys
from common import Findings, c_files, files, read, split

# what a text must not contain, and what to write instead
WORDS = (
    # in quotes it is a filter logic of NetBox
    (r"(?!\Aloose\Z)(?<![\"'])loose(?![\"'\\])", "unowned"), (r"fading", "vanishing"), (r"estates?", "cluster inventory"),
    (r"doom(?:s|ed)?", "kill"), (r"mend(?:s|ed|ing)?", "fix"), (r"namesakes?|twins?", "duplicate"),
    (r"c[oa]mes? short", "is (or was) incomplete"), (r"nothing is guessed", "not adopted, and why"),
    (r"without a word", "without an error message"), (r"in the dark", "while unknown"),
    (r"given up", "circuit breaker open, or abandoned"), (r"doubles", "duplicates"),
    (r"wall limit", "time limit (limits.wall)"), (r"nought", "zero"), (r"(?<!cannot )tells?|told", "report, send, name"),
    (r"nobody's business", "a reason"), (r"by its word|own word", "what it returns"),
    (r"does not know that", "what is wrong with it"), (r"goes at once", "is deleted at once"),
    (r"(?<!there )(?<!There )(?:is|are|was) no (?!longer\b|more than\b|less than\b|other\b|need\b|way\b|effect\b)[a-z]\w*",
     "is not a ..., has no ..., or there is no ..."),
    (r"lacks? (?:the right|a right)", "may not, or is missing the privilege"),
)
WORD_RULES = tuple((re.compile(r"\b(?:" + word + r")\b", re.I), advice) for word, advice in WORDS)
# in identifiers, between underscores
NAMES = re.compile(r"(?:^|_)(?:doom\w*|fading|loose|lean|twins?|doubles|namesakes?|estates?|mend\w*|dark|told|tell|tells)(?:_|$)")
PRONOUN = re.compile(r"/\*+\s*(?:What|It|That one|Whoever|Whatever)\b(?![^.*]*\?)")
STATIC = re.compile(r"^(?:static|_Noreturn static|static _Noreturn)\b[^;{}=()]*?\b\*?(\w+)\([^;{}]*\)\s*\{", re.M)
ONE_WORD_IN_TESTS = {"setup", "teardown"}
PAGES = (".md", ".1", ".5", ".7", ".8", ".in", ".cfg")
# these pages quote the words that the rule replaces
EXEMPT = ("CONTRIBUTING.md", "tests/lint/", "CHANGELOG.md")


def check_text(found, name, line, text):
    for rule, advice in WORD_RULES:
        match = rule.search(text)
        if match:
            number = line + text.count("\n", 0, match.start())
            found.add(name, number, f'"{match.group(0)}": write {advice}')


def check_c(found, name, text):
    code, strings, comments = split(text)
    for line, string in strings:
        check_text(found, name, line, string)
    for line, comment in comments:
        check_text(found, name, line, comment)
        if PRONOUN.match(comment):
            found.add(name, line, "a comment begins with its subject: who does what, and why")
    seen = set()
    for match in re.finditer(r"\b[A-Za-z_]\w*\b", code):
        word = match.group(0)
        if word not in seen and NAMES.search(word.lower()):
            seen.add(word)
            found.add(name, code.count("\n", 0, match.start()) + 1, f"the name {word}: see the words to replace")
    for match in STATIC.finditer(code):
        word = match.group(1)
        if "_" not in word and not (name.startswith("tests/") and word in ONE_WORD_IN_TESTS):
            line = code.count("\n", 0, match.start(1)) + 1
            found.add(name, line, f"static {word}(): a function is named by verb and object, so that grep finds it")


def main():
    root, below = sys.argv[1] if len(sys.argv) > 1 else ".", tuple(sys.argv[2:])
    found = Findings("language")
    sources = set(c_files(root))
    for name in files(root):
        if name.startswith(EXEMPT) or (below and not name.startswith(below)):
            continue
        if name in sources:
            check_c(found, name, read(root, name))
        elif name.endswith(PAGES) or name in ("dev", "README.md"):
            check_text(found, name, 1, read(root, name))
        elif name.endswith((".sh", ".py", ".mutant")):
            for number, line in enumerate(read(root, name).split("\n"), 1):
                check_text(found, name, number, line)
    found.end()


main()
