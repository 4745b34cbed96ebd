# SPDX-License-Identifier: Apache-2.0
"""Which folder may include which: a table, without exceptions. A folder of core includes itself and those in its row."""
from common import Findings, c_files, files, includes, read, resolve, root_of_arguments

# the lowest first; each folder has one row, and no row names a later one
MAY_INCLUDE = {
    "base": "",
    "conf": "base",
    "net": "base",
    "pve": "base net",
    "netbox": "base net",
    "model": "base",
    "store": "base",
    "load": "base conf model",
    "run": "base conf net pve netbox model load",
    "diff": "base net netbox model load run",
    "apply": "base net netbox pve model load run",
    "job": "base conf net netbox model load run diff apply",
    "parent": "base model store",  # the parent does not contact servers
    "kit": "base model store parent",  # the real engine is on the other side of the pipes
    "doctor": "base conf net pve netbox model store load run",
    "service": "base model store parent",
}
LIBC = {"assert", "ctype", "errno", "inttypes", "limits", "math", "stdarg", "stdbool", "stddef", "stdint", "stdio",
        "stdlib", "string", "strings", "time"}
LAB_PUBLIC = {"include/stagebox/types.h", "include/stagebox/error.h"}


def place(name):
    """The unit that a file belongs to: include, core/base, cmd, modules/qemu, lab, tests."""
    parts = name.split("/")
    if parts[0] in ("core", "modules") and len(parts) > 2:
        return "/".join(parts[:2])
    if parts[0] == "docs":  # the example module must build outside this tree, as modules of others do
        return "modules/" + "/".join(parts)
    return parts[0]


def forbidden(name, target):
    """Why a file must not include another file of this tree; None if it may."""
    me, it = place(name), place(target)
    if me == it or me == "tests":  # tests may include everything
        return None
    if target.endswith("_priv.h"):
        return f"a private header of {it}"
    if it == "tests":
        return "only tests include files of tests"
    if me == "include":
        return "public headers include only public headers"
    if me == "lab":
        if it == "core/base" or target in LAB_PUBLIC:
            return None
        return "the lab includes only the lab, core/base and stagebox/types.h, error.h"
    if it == "lab":
        return "core, cmd and modules must not include the lab"
    if me.startswith("modules"):
        return None if it == "include" else "a module includes only <stagebox/...> of this tree"
    if it.startswith("modules"):
        return "core and cmd must not include modules"
    if it == "include":
        return None
    if me == "core/guest":
        return None if it == "core/base" else "core/guest includes only <stagebox/...> and core/base"
    if it == "core/guest":
        return "include <stagebox/guest.h>, the public header of core/guest"
    if me == "cmd":
        return None
    if it == "cmd":
        return "core must not include cmd"
    mine, its = (unit.partition("/")[2] for unit in (me, it))
    if mine not in MAY_INCLUDE or its not in MAY_INCLUDE:
        return "a folder of core without a row in tests/lint/floors.py: add one"
    if its in MAY_INCLUDE[mine].split():
        return None
    return (f"{me} may include {MAY_INCLUDE[mine] or 'only itself'}, not {its}: move the code to a folder above {its}, "
            "or pass the value as a parameter")


def main():
    root = root_of_arguments()
    found = Findings("floors")
    lower = set()
    for folder, may in MAY_INCLUDE.items():
        for other in set(may.split()) - lower:
            found.add("tests/lint/floors.py", 0, f"{folder} may include {other}, which is not a lower floor")
        lower.add(folder)
    known = set(files(root))
    for name in c_files(root):
        for line, quoted, system in includes(read(root, name)):
            wanted = quoted or system
            if system and not system.startswith("stagebox/"):
                target = resolve(name, system, known) if "/" in system else None
                if target is None:
                    unit = place(name)
                    pure = system == "jansson.h" or (system.endswith(".h") and system[:-2] in LIBC)
                    if (unit.startswith("modules") or unit == "include") and not pure:
                        found.add(name, line, f"<{system}>: only <stagebox/...>, <jansson.h> and headers of standard C here")
                    continue
            else:
                target = resolve(name, wanted, known)
            if target is None:
                found.add(name, line, f"{wanted}: this file does not exist in the tree")
                continue
            why = forbidden(name, target)
            if why:
                found.add(name, line, f"{wanted}: {why}")
    found.end()


main()
