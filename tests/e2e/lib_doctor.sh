# SPDX-License-Identifier: Apache-2.0
# Helpers of the doctor suites, for a simulated and a real NetBox: sourced after lib.sh.

# finds STATUS WHERE CHECK WORDS: the last JSON report contains this check, with WORDS in its text or fix
finds() {
	python3 - "$TMPDIR/out" "$@" <<'PY'
import json, sys
path, status, where, check, words = sys.argv[1:6]
doc = json.load(open(path, encoding="utf-8"))
for row in doc["checks"]:
    if (row["status"], row["where"], row["check"]) == (status, where, check) and words in row["text"] + " " + row.get("fix", ""):
        sys.exit(0)
print(json.dumps(doc, indent=1))
sys.exit(1)
PY
}
doctor() { gives "$1" doctor --format json; }
