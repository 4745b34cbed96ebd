# SPDX-License-Identifier: Apache-2.0
"""The public headers are the recorded ones of their version of the ABI, but for comments and layout.

tests/abi/MAJOR.MINOR/include/stagebox has the headers of each version; tests/e2e/26_old_minor.sh builds a module from them.
A version that was released has a file tests/abi/MAJOR.MINOR/released, and its headers never change again: an addition
raises SB_ABI_MINOR. Until then UPDATE_ABI=1 ./dev lint abi records them anew, with the description of the ABI.
"""
import glob
import os
import re
import shutil

from common import Findings, read, root_of_arguments

HEADERS = "include/stagebox"
NO_PROMISE = ("guest.h",)  # may change in any version


def version_of(root):
    text = read(root, HEADERS + "/module.h")
    return tuple(int(re.search(r"#define SB_ABI_%s\s+(\d+)" % word, text).group(1)) for word in ("MAJOR", "MINOR"))


def folder_of(root):
    return "tests/abi/%d.%d" % version_of(root)


def is_released(root):
    return os.path.exists(os.path.join(root, folder_of(root), "released"))


def names_in(root, folder):
    found = (os.path.basename(path) for path in glob.glob(os.path.join(root, folder, "*.h")))
    return sorted(name for name in found if name not in NO_PROMISE)


def tokens_of(root, name):
    """What a compiler reads: no comments, no layout."""
    return re.sub(r"/\*.*?\*/", " ", read(root, name), flags=re.S).split()


def differences(root):
    """The headers that differ from the recorded ones: [(name, what)]."""
    recorded = folder_of(root) + "/" + HEADERS
    ours, theirs = names_in(root, HEADERS), names_in(root, recorded)
    found = [(name, "is not recorded") for name in ours if name not in theirs]
    found += [(name, "is recorded, but there is no such header") for name in theirs if name not in ours]
    found += [(name, "differs from the recorded header") for name in ours if name in theirs and
              tokens_of(root, HEADERS + "/" + name) != tokens_of(root, recorded + "/" + name)]
    return sorted(found)


def record(root):
    """Record the headers of the present version, unless it was released."""
    to = os.path.join(root, folder_of(root), HEADERS)
    if is_released(root):
        return
    shutil.rmtree(to, ignore_errors=True)
    os.makedirs(to)
    for name in names_in(root, HEADERS):
        shutil.copy(os.path.join(root, HEADERS, name), to)


def main():
    root = root_of_arguments()
    found = Findings("recorded")
    if os.environ.get("UPDATE_ABI"):
        record(root)
    what_to_do = ("ABI %d.%d was released: raise SB_ABI_MINOR, append members only, and run" if is_released(root) else
                  "ABI %d.%d was not released yet: run") % version_of(root)
    for name, what in differences(root):
        found.add(HEADERS + "/" + name, 0, "%s in %s: %s UPDATE_ABI=1 ./dev lint abi" % (what, folder_of(root), what_to_do))
    found.end()


if __name__ == "__main__":
    main()
