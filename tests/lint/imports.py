# SPDX-License-Identifier: Apache-2.0
"""Checks which symbols and libraries the built modules import and export. Finds nothing if no module is built."""
import glob
import os
import re
import subprocess
from common import Findings, root_of_arguments

ALLOWED = re.compile(
    r"sb_\w+|json_\w+|jsonp_\w+"
    r"|mem(?:chr|cmp|cpy|move|set|mem|rchr)|bcmp"
    r"|str(?:n?len|n?cmp|n?casecmp|n?cat|n?cpy|n?dup|r?chr|chrnul|str|casestr|spn|cspn|pbrk|sep|coll|tok_r)|stpn?cpy|rawmemchr"
    r"|(?:__isoc(?:99|23)_)?strto(?:l|ll|ul|ull|d|f|ld|imax|umax)|strtol_l"
    r"|v?snprintf|(?:__isoc(?:99|23)_)?v?sscanf|strftime|timegm|gmtime_r|time|clock_gettime"
    r"|malloc|calloc|realloc|reallocarray|free|qsort|bsearch|abs|labs|llabs"
    r"|is(?:alnum|alpha|blank|cntrl|digit|graph|lower|print|punct|space|upper|xdigit)|tolower|toupper"
    r"|__ctype_(?:b|tolower|toupper)_loc|__errno_location|__stack_chk_fail|__assert_fail"
    r"|__(?:mem|str|stp|v?snprintf)\w*_chk"
    r"|_ITM_(?:de)?registerTMCloneTable|__cxa_finalize|__gmon_start__")
NEEDED = re.compile(r"libc\.so\.6|libc\.musl-\w+\.so\.1|libjansson\.so\.\d+|libstagebox\.so\.\d+")
ENTRY = "sb_module_entry"


def run_command(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def main():
    root = root_of_arguments()
    found = Findings("imports")
    for path in sorted(glob.glob(os.path.join(root, "build", "modules", "**", "*.so"), recursive=True)):
        name = os.path.relpath(path, root)
        for line in run_command("nm", "-D", "--undefined-only", path).splitlines():
            symbol = line.split()[-1].split("@")[0]
            if not ALLOWED.fullmatch(symbol):
                found.add(name, 0, f"imports {symbol}, which tests/lint/imports.py does not list")
        exports = sorted(line.split()[-1].split("@")[0] for line in run_command("nm", "-D", "--defined-only", path).splitlines()
                         if line.split()[-2] not in "aA")
        if exports != [ENTRY]:
            found.add(name, 0, f"exports {', '.join(exports) or 'nothing'}: it must export {ENTRY} only")
        dynamic = run_command("readelf", "-dW", path)
        for needed in re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic):
            if not NEEDED.fullmatch(needed):
                found.add(name, 0, f"needs {needed}: only libc, libjansson and libstagebox")
        if re.search(r"\(TEXTREL\)", dynamic):
            found.add(name, 0, "has text relocations")
        for section in re.findall(r"^\s*\[\s*\d+\]\s+(\.data|\.bss|\.tdata|\.tbss)\s+\S+\s+\S+\s+\S+\s+([0-9a-f]+)",
                                  run_command("readelf", "-SW", path), re.M):
            # the toolchain itself adds 16 bytes
            if int(section[1], 16) > (0 if section[0].startswith(".t") else 16):
                found.add(name, 0, f"{int(section[1], 16)} bytes of {section[0]}: mutable data: keep state in the run")
    found.end()


main()
