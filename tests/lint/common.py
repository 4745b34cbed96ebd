# SPDX-License-Identifier: Apache-2.0
"""Shared by the checks: the files of a tree, C text without comments, and the output of findings."""
import os
import re
import subprocess
import sys

C_FOLDERS = ("core", "cmd", "modules", "lab", "include", "tests", "docs")
INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"]+)"|<([^>]+)>)', re.M)
LEXER = re.compile(r'//(?:\\\n|[^\n])*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def files(root):
    """All files of the tree, relative to its root, without those that git ignores."""
    if os.path.exists(os.path.join(root, ".git")):
        found = subprocess.run(["git", "-C", root, "ls-files", "-z", "-co", "--exclude-standard"],
                               check=True, capture_output=True, text=True).stdout.split("\0")
        found = [name for name in found if name and os.path.isfile(os.path.join(root, name))]
    else:
        found = []
        for folder, folders, names in os.walk(root):
            folders[:] = [f for f in folders if f not in (".git", "__pycache__") and
                          not (folder == root and f.startswith("build"))]
            found += [os.path.relpath(os.path.join(folder, name), root) for name in names]
    return sorted(set(found))


def c_files(root, folders=C_FOLDERS):
    return [name for name in files(root) if name.endswith((".c", ".h")) and name.split("/")[0] in folders]


def read(root, name):
    with open(os.path.join(root, name), encoding="utf-8") as text:
        return text.read()


def split(text):
    """C text with comments and the content of literals blanked (same length, same lines), its literals and its
    comments: (code, [(line, string)], [(line, comment)])."""
    strings, comments = [], []

    def blank(match):
        token = match.group(0)
        line = text.count("\n", 0, match.start()) + 1
        if token[0] == "/":
            comments.append((line, token))
            return re.sub(r"[^\n]", " ", token)
        if token[0] == '"':
            strings.append((line, token[1:-1]))
        return token[0] + re.sub(r"[^\n]", " ", token[1:-1]) + token[-1]

    return LEXER.sub(blank, text), strings, comments


def includes(text):
    """The included files of C text: [(line, "quoted" or None, <system> or None)]."""
    # only comments are blanked: the names of included files are in literals
    text = re.sub(r"/\*.*?\*/", lambda m: re.sub(r"[^\n]", " ", m.group(0)), text, flags=re.S)
    return [(text.count("\n", 0, match.start()) + 1, *match.groups()) for match in INCLUDE.finditer(text)]


def resolve(name, wanted, known):
    """The file of this tree that an include names, or None."""
    for folder in (os.path.dirname(name), "include", "core", "", "lab", "cmd", os.path.dirname(os.path.dirname(name))):
        path = os.path.normpath(os.path.join(folder, wanted))
        if path in known:
            return path
    return None


class Findings:
    def __init__(self, check):
        self.check = check
        self.lines = []

    def add(self, name, line, text):
        self.lines.append(f"{name}:{line}: {text}" if line else f"{name}: {text}")

    def end(self):
        for line in self.lines:
            print(f"{self.check}: {line}")
        sys.exit(1 if self.lines else 0)


def root_of_arguments():
    return os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else ".")
