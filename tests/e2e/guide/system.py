#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Stands for the commands of a guide that change the machine: apt, systemctl, journalctl, install, editor.

They do nothing but look whether what they are told is there: packages, units, folders of the package.
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
            refuse("not an installation")
        for word in args[1:]:
            if os.path.basename(word).split("_")[0] not in packages:
                refuse(f"no package of ours: {word}")
    elif name in ("systemctl", "journalctl"):
        units = [word for word in args if word.startswith("stagebox")]
        if not units or name == "systemctl" and args[0] not in ("enable", "list-timers", "start"):
            refuse("what should that do?")
        for unit in units:
            if not any(os.path.exists(os.path.join(TOP, "etc/systemd", unit + end)) for end in ("", ".in")):
                refuse(f"no unit of ours: {unit}")
    elif name == "install":
        if args[:3] != ["-m", "600", "/dev/null"] or len(args) != 4:
            refuse("a token needs -m 600")
        if not args[3].startswith("/etc/stagebox/credentials/") or "credentials" not in read("packaging/debian/stagebox.postinst"):
            refuse("no folder of the package")
        if f'"cred:{os.path.basename(args[3])}"' not in read("etc/stagebox.cfg"):
            refuse("the configuration as installed does not name this credential")
    elif name == "editor":
        if len(args) != 1 or not args[0].startswith("/etc/stagebox/"):
            refuse("no file of the package")
    else:
        refuse("not known")


main()
