# SPDX-License-Identifier: Apache-2.0
"""Each block of C in a page compiles. "```c PATH" is a complete file at that path, "```c" a module that includes only
<stagebox/...>; "```sh PATH" is a shell script that must parse."""
import os
import re
import subprocess
import tempfile
from common import Findings, files, read, root_of_arguments

BLOCK = re.compile(r"^```(c|sh)(?: (\S+/\S+))?\n(.*?)^```$", re.M | re.S)
FLAGS = ["-std=c11", "-D_POSIX_C_SOURCE=200809L", "-Wall", "-Wextra", "-Wno-unused-function", "-Werror", "-fsyntax-only"]


def libraries():
    names = "jansson libcurl libconfig sqlite3 libmicrohttpd gnutls libsodium cmocka".split()
    done = subprocess.run(["pkg-config", "--cflags"] + names, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True, check=False)
    return done.stdout.split()


def command_of(kind, path, source):
    if kind == "sh":
        return ["sh", "-n", source]
    folders = ["include"] if not path else ["include", "core", "lab", "cmd", os.path.dirname(path)]
    return [os.environ.get("CC", "cc")] + FLAGS + ["-I" + folder for folder in folders] + libraries() + [source]


def main():
    root = root_of_arguments()
    found = Findings("examples")
    os.chdir(root)
    with tempfile.TemporaryDirectory() as folder:
        for name in files(root):
            text = read(root, name) if name.endswith(".md") else ""
            for kind, path, body in BLOCK.findall(text):
                if kind == "sh" and not path:
                    continue
                source = os.path.join(folder, "example." + kind)
                with open(source, "w", encoding="utf-8") as out:
                    out.write(body)
                done = subprocess.run(command_of(kind, path, source), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                      text=True, check=False)
                if done.returncode:
                    why = [line for line in done.stdout.split("\n") if "error" in line] or [done.stdout]
                    found.add(name, text[:text.index(body)].count("\n"),
                              f"the example {path} does not compile: {why[0].replace(source, '').strip(': ')}")
    found.end()


main()
