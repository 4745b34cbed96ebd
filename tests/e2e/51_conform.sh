#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# versions one
# limit 240
# The simulated NetBox answers like a real one: for each model that stagebox writes, each verb and each error, and for the
# lists that the engine requests, the status, the answer and the change log are equal.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
conform=$STAGEBOX_SRC/tests/conform
real=$STAGEBOX_SRC/tests/data/netbox-matrix-4.7.3.json
# conforms WORDS...: runs conform.py; print_summary prints its last line
conforms() { python3 "$conform/conform.py" "$@" >"$TMPDIR/shown" || { cat "$TMPDIR/shown"; return 1; }; }
print_summary() { tail -n 1 "$TMPDIR/shown"; }

lab_up --guests 1 --endpoints 1 --plugins custom-objects
url=$(sed -n 's/.*url = "\(.*\)";/\1/p' "$config" | head -n 1)
check "the simulated NetBox answers every case" conforms ask "$url" "$lab/tokens/netbox" "$TMPDIR/answers"
print_summary
check "answers and effects equal those of the real NetBox" conforms same "$real" "$TMPDIR/answers"
print_summary
check "the cases leave no objects behind" netbox '
for path in ("dcim/sites", "dcim/devices", "virtualization/clusters", "virtualization/virtual-machines", "extras/tags",
             "dcim/mac-addresses", "ipam/ip-addresses", "users/tokens"):
    check(nb.all(path) == [], path)
check(not [user for user in nb.all("users/users") if user["username"].startswith("conform")], "users")'
custom=$STAGEBOX_SRC/tests/data/netbox-custom-0.7.1.json
check "requests about custom objects are answered" python3 "$conform/custom.py" "$url" "$lab/tokens/netbox" "$TMPDIR/custom"
check "as the plugin of the real NetBox answers them" conforms equal "$custom" "$TMPDIR/custom"
print_summary
check "the comparison finds every alteration of every recorded answer" conforms sees "$real"
print_summary
python3 - "$real" "$TMPDIR/less" <<'PY'
import json, sys
data = json.load(open(sys.argv[1]))
name = next(iter(data["answers"]))
del data["answers"][name]
json.dump(data, open(sys.argv[2], "w"))
PY
check "the comparison finds a case without an answer" not conforms same "$real" "$TMPDIR/less"
check "the comparison finds a case without a recorded answer" not conforms same "$TMPDIR/less" "$real"
done_testing
