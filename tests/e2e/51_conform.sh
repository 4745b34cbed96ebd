#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# versions one
# limit 240
# The simulated NetBox beside the answers of a real one: each model that stagebox writes x each verb x what can be wrong
# with it, and the lists that the engine asks for. Status, answer and effect (the change log) are the same.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
conform=$STAGEBOX_SRC/tests/conform
real=$STAGEBOX_SRC/tests/data/netbox-matrix-4.7.3.json
# shows WORDS...: true when it holds, and what it counted is shown
shows() { python3 "$conform/conform.py" "$@" >"$TMPDIR/shown" || { cat "$TMPDIR/shown"; return 1; }; }
told() { tail -n 1 "$TMPDIR/shown"; }

lab_up --guests 1 --endpoints 1
url=$(sed -n 's/.*url = "\(.*\)";/\1/p' "$config" | head -n 1)
check "the simulated NetBox is asked every case" shows ask "$url" "$lab/tokens/netbox" "$TMPDIR/answers"
told
check "it answers and does what the real one did" shows same "$real" "$TMPDIR/answers"
told
check "nothing that the cases made is left" netbox '
for path in ("dcim/sites", "dcim/devices", "virtualization/clusters", "virtualization/virtual-machines", "extras/tags",
             "dcim/mac-addresses", "ipam/ip-addresses", "users/tokens"):
    check(nb.all(path) == [], path)
check(not [user for user in nb.all("users/users") if user["username"].startswith("conform")], "users")'
check "every alteration of every recorded answer is seen" shows sees "$real"
told
python3 - "$real" "$TMPDIR/less" <<'PY'
import json, sys
data = json.load(open(sys.argv[1]))
name = next(iter(data["answers"]))
del data["answers"][name]
json.dump(data, open(sys.argv[2], "w"))
PY
check "a case that was not asked is seen" not shows same "$real" "$TMPDIR/less"
check "and one that is not recorded" not shows same "$TMPDIR/less" "$real"
done_testing
