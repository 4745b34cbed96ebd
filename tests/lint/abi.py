# SPDX-License-Identifier: Apache-2.0
"""The ABI of the build is the recorded one of its version, and compatible with those of earlier minor versions.

The files of the folder tests/abi/MAJOR.MINOR are what tests/abi/describe.sh writes. An addition to the ABI raises
SB_ABI_MINOR, and UPDATE_ABI=1 ./dev lint abi records it, with its headers (recorded.py); a change of what modules use
already needs a new major version.
"""
import glob
import os
import shutil
import subprocess
import tempfile

import recorded
from common import Findings, root_of_arguments

HEADER = "include/stagebox/module.h"
PARTS = ("functions.abi", "types.abi")
FAILED, INCOMPATIBLE = 3, 8  # bits of the exit code of abidiff; 4 = a change


def compare(found, root, before, current, is_own):
    name = os.path.relpath(before, root)
    done = subprocess.run(["abidiff", before, current], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
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
    major, minor = recorded.version_of(root)
    own = os.path.join(root, recorded.folder_of(root))
    if os.environ.get("UPDATE_ABI") and recorded.is_released(root):
        found.add(HEADER, 0, "ABI %d.%d was released, so it is not recorded again: raise SB_ABI_MINOR" % (major, minor))
        found.end()
    with tempfile.TemporaryDirectory() as current:
        subprocess.run(["sh", os.path.join(root, "tests/abi/describe.sh"), library, current], check=True)
        if os.environ.get("UPDATE_ABI"):
            recorded.record(root)
            for part in PARTS:
                shutil.copy(os.path.join(current, part), own)
        if not os.path.exists(own):
            found.add(HEADER, 0, "ABI %d.%d is not recorded: run UPDATE_ABI=1 ./dev lint abi" % (major, minor))
        for folder in sorted(glob.glob(os.path.join(root, "tests/abi/%d.*" % major))):
            for part in PARTS:
                compare(found, root, os.path.join(folder, part), os.path.join(current, part), folder == own)
    found.end()


main()
