# SPDX-License-Identifier: Apache-2.0
"""The ABI of the build is the recorded one of its version, and compatible with those of earlier minor versions.

The files of the folder tests/abi/MAJOR.MINOR are what tests/abi/describe.sh writes. An addition to the ABI raises
SB_ABI_MINOR, and UPDATE_ABI=1 ./dev lint abi records it; a change of what modules use already needs a new major version.
"""
import glob
import os
import re
import shutil
import subprocess
import tempfile

from common import Findings, read, root_of_arguments

HEADER = "include/stagebox/module.h"
PARTS = ("functions.abi", "types.abi")
FAILED, INCOMPATIBLE = 3, 8  # bits of the exit code of abidiff; 4 = a change


def version_of(root):
    text = read(root, HEADER)
    return tuple(int(re.search(r"#define SB_ABI_%s\s+(\d+)" % word, text).group(1)) for word in ("MAJOR", "MINOR"))


def compare(found, root, recorded, current, is_own):
    name = os.path.relpath(recorded, root)
    done = subprocess.run(["abidiff", recorded, current], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False)
    if done.returncode & FAILED:
        found.add(name, 0, "abidiff could not compare it: " + done.stdout.strip()[-300:])
    elif is_own and done.returncode:
        found.add(name, 0, "the ABI of this build differs: raise SB_ABI_MINOR for an addition, and record it\n" + done.stdout)
    elif done.returncode & INCOMPATIBLE:
        found.add(name, 0, "modules built for it would break\n" + done.stdout)


def main():
    root = root_of_arguments()
    found = Findings("abi")
    library = os.path.join(root, "build/lib/libstagebox.so")
    if not os.path.exists(library) or not shutil.which("abidw"):
        print("abi: skipped: it needs ./dev build and abidw (./dev deps installs it)")
        found.end()
    major, minor = version_of(root)
    own = os.path.join(root, "tests/abi/%d.%d" % (major, minor))
    with tempfile.TemporaryDirectory() as current:
        subprocess.run(["sh", os.path.join(root, "tests/abi/describe.sh"), library, current], check=True)
        if os.environ.get("UPDATE_ABI"):
            os.makedirs(own, exist_ok=True)
            for part in PARTS:
                shutil.copy(os.path.join(current, part), own)
        if not os.path.exists(own):
            found.add(HEADER, 0, "ABI %d.%d is not recorded: run UPDATE_ABI=1 ./dev lint abi" % (major, minor))
        for folder in sorted(glob.glob(os.path.join(root, "tests/abi/%d.*" % major))):
            for part in PARTS:
                compare(found, root, os.path.join(folder, part), os.path.join(current, part), folder == own)
    found.end()


main()
