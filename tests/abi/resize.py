# SPDX-License-Identifier: Apache-2.0
"""Copies public headers with structs of another length, as an earlier or a later minor version would have them.

    resize.py FROM TO [--minor N] [--later] [--cut STRUCT MEMBER]...

FROM and TO are folders with stagebox/*.h. --later appends a member `const char *later` to each struct that may grow; --cut
removes a member of a struct and all after it; --minor replaces the minor version. Comments are lost.
"""
import argparse
import glob
import os
import re

GROWING = ("sb_opt", "sb_read", "sb_write", "sb_need", "sb_action", "sb_stage", "sb_module", "sb_kind", "sb_kind_field",
           "sb_kind_keep", "sb_adopt_rule", "sb_adopt_part", "sb_field", "sb_reconcile", "sb_ask", "sb_pve_writer")
STRUCT = re.compile(r"^struct (\w+) \{\n(.*?)^\};", re.M | re.S)


def cut_members(struct, body, member):
    """The members before the one of this name."""
    members = re.findall(r"[^;]*;\n?", body)
    names = [re.search(r"\(\*(\w+)\)|(\w+)(?:\[\w+\])?\s*;\n?$", text).group(1, 2) for text in members]
    at = [first or second for first, second in names].index(member)
    if not at:
        raise SystemExit("resize: %s would have no member" % struct)
    return "".join(members[:at])


def main():
    words = argparse.ArgumentParser()
    words.add_argument("source")
    words.add_argument("to")
    words.add_argument("--minor", type=int)
    words.add_argument("--later", action="store_true")
    words.add_argument("--cut", nargs=2, action="append", default=[])
    given = words.parse_args()
    found = set()

    def change(match):
        struct, body = match.group(1), match.group(2)
        found.add(struct)
        for name, member in given.cut:
            if name == struct:
                body = cut_members(struct, body, member)
        if given.later and struct in GROWING:
            body += "\tconst char *later;\n"
        return "struct %s {\n%s};" % (struct, body)

    os.makedirs(os.path.join(given.to, "stagebox"), exist_ok=True)
    for path in sorted(glob.glob(os.path.join(given.source, "stagebox/*.h"))):
        with open(path, encoding="utf-8") as text:
            header = re.sub(r"/\*.*?\*/", "", text.read(), flags=re.S)
        header = STRUCT.sub(change, header)
        if given.minor is not None:
            header = re.sub(r"(#define SB_ABI_MINOR\s+)\d+", r"\g<1>%d" % given.minor, header)
        with open(os.path.join(given.to, "stagebox", os.path.basename(path)), "w", encoding="utf-8") as text:
            text.write(header)
    missing = [name for name in GROWING if name not in found]
    if missing:
        raise SystemExit("resize: no struct " + ", ".join(missing))


main()
