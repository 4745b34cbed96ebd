# SPDX-License-Identifier: Apache-2.0
"""The functions for modules are the same in the public headers, core/stagebox.map, the symbols file of the Debian package,
and the manual page of modules; functions of stagebox/guest.h need not be in the page, because they may change."""
import glob
import os
import re

from common import Findings, read, root_of_arguments

MAP = "core/stagebox.map"
SYMBOLS = "packaging/debian/stagebox.symbols"
PAGE = "docs/man/stagebox-module.7"
DECLARED = re.compile(r"^SB_API\b[^;{]*?\b(sb_\w+)\(", re.M)


def check_headers(root, found, public):
    """Headers and map both ways; the page names each function, and no function that does not exist."""
    declared, macros = {}, set()
    for path in sorted(glob.glob(os.path.join(root, "include/stagebox/*.h"))):
        name = os.path.relpath(path, root)
        for function in DECLARED.findall(read(root, name)):
            declared[function] = name
        macros.update(re.findall(r"^#define (sb_\w+)\(", read(root, name), re.M))
    for function in sorted(set(declared) - public):
        found.add(declared[function], 0, f"{function} is not in {MAP}: no module can call it")
    for function in sorted(public - set(declared)):
        found.add(MAP, 0, f"{function} is not declared in include/stagebox")
    if not os.path.exists(os.path.join(root, PAGE)):
        return
    page = read(root, PAGE)
    for function in sorted(public):
        if not function.startswith("sb_guest_") and not re.search(r"\b%s\b" % function, page):
            found.add(PAGE, 0, f"{function} is missing")
    for function in sorted(set(re.findall(r"^\.Fn (sb_\w+)", page, re.M)) - public - macros):
        found.add(PAGE, 0, f"{function} does not exist")


def main():
    root = root_of_arguments()
    found = Findings("symbols")
    if all(os.path.exists(os.path.join(root, name)) for name in (MAP, SYMBOLS)):
        version = re.search(r"project\(stagebox VERSION ([0-9.]+)", read(root, "CMakeLists.txt"))
        public = set(re.findall(r"^\s+(sb_\w+);", read(root, MAP).split("STAGEBOX_PRIVATE {")[0], re.M))
        listed = set(re.findall(r"^ (sb_\w+)@STAGEBOX_2 ", read(root, SYMBOLS), re.M))
        for name in sorted(public - listed):
            found.add(SYMBOLS, 0, f'{name} is missing: add " {name}@STAGEBOX_2 {version.group(1) if version else "VERSION"}"')
        for name in sorted(listed - public):
            found.add(SYMBOLS, 0, f"{name} is not in {MAP}: modules that use it break")
        check_headers(root, found, public)
    found.end()


main()
