#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A stand-in for the commands of a guide that change the host: apt, systemctl, journalctl.

It only checks that the packages, units and folders in its arguments exist in this repository.
"""
import os
import re
import sys

TOP = os.environ["STAGEBOX_SRC"]


def read(name):
    with open(os.path.join(TOP, name), encoding="utf-8") as text:
        return text.read()


def refuse(why):
    sys.exit(f"{os.path.basename(sys.argv[0])} {' '.join(sys.argv[1:])}: {why}")


def main():
    name, args = os.path.basename(sys.argv[0]), sys.argv[1:]
    if name == "apt":
        packages = re.findall(r"^Package: (\S+)", read("packaging/debian/control"), re.M)
        if args[:1] != ["install"] or not args[1:]:
            refuse("only apt install is expected in a guide")
        for word in args[1:]:
            if os.path.basename(word).split("_")[0] not in packages:
                refuse(f"not a package of stagebox: {word}")
    elif name in ("systemctl", "journalctl"):
        units = [word for word in args if word.startswith("stagebox")]
        if not units or name == "systemctl" and args[0] not in ("enable", "list-timers", "start"):
            refuse("not a command on a unit of stagebox that a guide may contain")
        for unit in units:
            if not any(os.path.exists(os.path.join(TOP, "etc/systemd", unit + end)) for end in ("", ".in")):
                refuse(f"not a unit of stagebox: {unit}")
    else:
        refuse("unknown command")


main()
