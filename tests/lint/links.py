# SPDX-License-Identifier: Apache-2.0
"""What the pages name exists: relative links, paths from the top folder in backticks, `./dev WORD`, `stagebox WORD`.

A path may have * for a pattern. A path with NAME, N or X is a form, and one like lab/qemu/101 is a key: neither is looked
up."""
import fnmatch
import os
import re
from common import Findings, files, read, root_of_arguments

TOPS = "core|cmd|include|modules|lab|tests|docs|etc|packaging|cmake"
LINK = re.compile(r"\]\(([^)\s#:]+)(?:#[^)\s]*)?\)")
PATH = re.compile(r"`((?:" + TOPS + r")/[\w./*-]*)`")
NO_PATH = re.compile(r"(?<![A-Z-])(?:NAME|NN?|X)(?![A-Z-])|^lab/(?:qemu|lxc|node|cluster)\b")
DEV = re.compile(r"\./dev ([a-z]+)")
COMMAND = re.compile(r"`stagebox ([a-z][a-z-]*)")


def exists(known, folders, path):
    path = os.path.normpath(path)
    if "*" in path:
        return any(fnmatch.fnmatch(name, path) for name in known)
    return path in known or path in folders


def main():
    root = root_of_arguments()
    found = Findings("links")
    known = set(files(root))
    folders = {os.path.dirname(name) for name in known} | {"", "."}
    for folder in list(folders):
        while folder:
            folder = os.path.dirname(folder)
            folders.add(folder)
    words = set(re.findall(r"^([a-z]+)(?= \||\))", read(root, "dev"), re.M)) if "dev" in known else set()
    commands = {name for source in known if re.fullmatch(r"cmd/\w+\.c", source)
                for name in re.findall(r'^\t\.name = "([a-z-]+)",$', read(root, source), re.M)}
    commands |= {name for source in known if re.fullmatch(r"modules/\w+/\w+\.c", source)
                 for name in re.findall(r'struct sb_view \w+ = \{[^;]*?\.name = "([a-z-]+)"', read(root, source))}
    for name in sorted(known):
        if not name.endswith(".md"):
            continue
        for number, line in enumerate(read(root, name).split("\n"), 1):
            for link in LINK.findall(line):
                if not exists(known, folders, os.path.join(os.path.dirname(name), link)):
                    found.add(name, number, f"the link {link} leads to no file")
            for path in PATH.findall(line):
                if not NO_PATH.search(path) and not exists(known, folders, path):
                    found.add(name, number, f"{path} does not exist")
            for word in DEV.findall(line):
                if word not in words:
                    found.add(name, number, f"./dev has no command {word}")
            for word in COMMAND.findall(line):
                if word not in commands:
                    found.add(name, number, f"stagebox has no command {word}")
    found.end()


main()
