# SPDX-License-Identifier: Apache-2.0
"""No circles of files in core and cmd: when a.h is included by b, a must not need b again, also not through others. A file
is NAME.c with NAME.h and NAME_priv.h, and with the sources NAME_*.c that have no header of their own."""
import os
from common import Findings, c_files, files, includes, read, resolve, root_of_arguments

# the circles that are left on purpose, and why
LEFT = {
    ("core/net/io", "core/net/io_curl_login", "core/net/io_curl_pool"):
        "a transfer, its login and its pool are one machine over one handle of libcurl",
}
FOLDERS = ("core", "cmd")


def owner(name, known):
    """The file that a header or source is part of, without extension."""
    stem, extension = os.path.splitext(name)
    base = stem[:-len("_priv")] if stem.endswith("_priv") else stem
    part = base
    while part + ".h" not in known and "_" in os.path.basename(part):
        part = part.rsplit("_", 1)[0]
    return part if part + ".h" in known and (base != stem or extension == ".c") else base


def circles(edges):
    """The strongly connected components of more than one file, sorted."""
    def reach(start):
        seen, todo = set(), [start]
        while todo:
            for other in edges.get(todo.pop(), ()):
                if other not in seen:
                    seen.add(other)
                    todo.append(other)
        return seen

    below = {one: reach(one) for one in edges}
    return sorted({tuple(sorted(other for other in below[one] if one in below.get(other, ()))) for one in edges
                   if one in below[one]})


def main():
    root = root_of_arguments()
    found = Findings("circles")
    known = set(files(root))
    edges, lines = {}, {}
    for name in c_files(root, FOLDERS):
        me = owner(name, known)
        for line, quoted, system in includes(read(root, name)):
            target = resolve(name, quoted or system, known)
            it = owner(target, known) if target else me
            if it != me:
                edges.setdefault(me, set()).add(it)
                lines.setdefault((me, it), (name, line, target))
    present = circles(edges)
    for circle in present:
        for (me, it), (name, line, target) in sorted(lines.items()):
            if circle not in LEFT and me in circle and it in circle:
                found.add(name, line, f"{target}: part of a circle of the files {', '.join(circle)}: move what both "
                                      "need into a file below them")
    if root == os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..")):
        for circle in sorted(set(LEFT) - set(present)):
            found.add("tests/lint/circles.py", 0, f"{', '.join(circle)} are no circle: delete the row")
    found.end()


main()
