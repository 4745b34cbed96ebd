# SPDX-License-Identifier: Apache-2.0
"""ask.py CONFIG SCRIPT [RUN.json]: runs lines of Python with a NetBox and a run; fails if one of their checks fails.

nb is NetBox with the token of the program under test, person with the token of another user, if the lab has one."""
import json
import re
import sys

from servers import Refused, of_config, person_of


def main():
    failed = []

    def check(condition, *words):
        if not condition:
            failed.append(" ".join(str(word) for word in words) or "the check fails")

    nb, pves = of_config(sys.argv[1])
    names = {"nb": nb, "person": person_of(sys.argv[1]) or nb, "pves": pves, "check": check, "json": json, "re": re, "Refused": Refused}
    if len(sys.argv) > 3:
        with open(sys.argv[3], encoding="utf-8") as text:
            run = json.load(text)
        names["run"] = run
        names["text"] = json.dumps(run, ensure_ascii=False)
        names["stages"] = [dict(stage, module=part) for part, body in (run.get("record") or {}).items()
                           if isinstance(body, dict) and isinstance(body.get("response"), dict)
                           for stage in body["response"].get("stages", [])]
    exec(compile(sys.argv[2], "script", "exec"), names)  # lines of the suite
    for line in failed:
        print("#", line[:3000])
    sys.exit(1 if failed else 0)


main()
