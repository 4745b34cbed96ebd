#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The words of the command line: help with examples, the nearest right word, full disks, forgotten identities.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
lab_up --guests 2 --endpoints 1
nowhere() { timeout 20 "$STAGEBOX" "$@" >"$TMPDIR/out" 2>"$TMPDIR/err"; }

# --- help and wrong words --------------------------------------------------------------------------------------

described() {
	for each in $("$STAGEBOX" complete '' | cut -f 1); do
		"$STAGEBOX" help "$each" >"$TMPDIR/help" || return 1
		has "$TMPDIR/help" '^Examples:' && has "$TMPDIR/help" "^  *stagebox .*\\b$each\\b" || return 1
		test "$(grep -c . "$TMPDIR/help")" -gt 12 || { echo "no words about $each"; return 1; }
	done
}
check "help describes each command, with examples" described
check "help fits 80 columns" sh -c '"$1" help init | awk "length > 80 { print; bad = 1 } END { exit bad }"' sh "$STAGEBOX"
for each in 'confg|config' 'snyc|sync' 'docter|doctor'; do
	check "a wrong command is refused: ${each%%|*}" not nowhere "${each%%|*}"
	check "the message names the nearest one" err_has "did you mean \"${each#*|}\""
done
check "help for a wrong command names the nearest one" sh -c '"$1" help snyc 2>&1 | grep -q "did you mean \"sync\""' sh "$STAGEBOX"
check "a wrong option is refused" not nowhere plan --endpont lab
check "the message names the nearest one" err_has 'did you mean "--endpoint"'
check "a wrong option with a value is refused" not nowhere plan --resorces=qemu.guests
check "the message names the nearest one" err_has 'did you mean "--resources"'
check "a wrong word of a command is refused" not nowhere config chek
check "the message names the nearest one and all others" err_has 'did you mean "check".*: use check, dump, man'

# --- an error is in the document, too -----------------------------------------------------------------------------

cp "$config" "$TMPDIR/good.cfg"
set_conf '/^netbox/,/^}/s|url = "[^"]*"|url = "http://127.0.0.1:1"|'
check "a plan without NetBox ends with 69" gives 69 plan --format json
check "its document has the error" python3 - "$TMPDIR/out" <<'PY'
import json, sys
doc = json.load(open(sys.argv[1]))
assert doc["plan"]["endpoints"] == [], doc
[error] = doc["errors"]
assert error["endpoint"] == "lab" and error["error"]["code"] == "net" and "connection refused" in error["error"]["text"], error
PY
cp "$TMPDIR/good.cfg" "$config"
check "bootstrap succeeds" gives 0 bootstrap
check "a plan with NetBox succeeds" gives 2 plan --format json
check "its document has no errors" not out_has '"errors"'

# --- full disks ---------------------------------------------------------------------------------------------------

full_output() { "$STAGEBOX" plan --config "$config" >/dev/full 2>"$TMPDIR/err"; [ $? = 1 ]; }
check "a full disk under the output is an error" full_output
check "the message says what to do" err_has 'writing the result: No space left on device: free space'
check "plan -o does not replace a device" gives 64 plan -o /dev/null
check "the device is still there" test -c /dev/null
full="$TMPDIR/full"
mkdir "$full"
# in_full SIZE COMMAND...: runs it where $full is a file system of this size, the store of the configuration in it
in_full() {
	size=$1
	shift
	sed "s|path = \"[^\"]*stagebox.db\"|path = \"$full/stagebox.db\"|" "$TMPDIR/good.cfg" >"$TMPDIR/full.cfg"
	unshare --mount sh -c 'mount -t tmpfs -o size="$1" none "$2" && shift 2 && "$@"' sh "$size" "$full" "$STAGEBOX" "$@" --config "$TMPDIR/full.cfg" >"$TMPDIR/out" 2>"$TMPDIR/err"
}
if in_full 16m runs; then
	check "a full disk under the store is an error" not in_full 128k sync
	check "the message names the store and what to do" err_has 'store .*no space left on its file system: free space there'
	check "a full disk under a plan file is an error" not in_full 128k plan -o "$full/plan.json"
else
	skip "a full disk under the store is an error" "no permission to mount"
fi

# --- identities ---------------------------------------------------------------------------------------------------

check "a first sync stores the identity of the cluster" gives 0 sync
pve_url=$(sed -n 's/.*urls = \[ "\([^"]*\)" \].*/\1/p' "$config")
python3 "$e2e/gate.py" to="$pve_url" 'json=/api2/json/cluster/status={"data":[{"type":"cluster","name":"renamed","quorate":1},{"type":"node","name":"pve1","online":1,"local":1}]}' >"$TMPDIR/port" 2>/dev/null &
gate=$!
wait_for 10 test -s "$TMPDIR/port"
set_conf "s|urls = \[.*\]|urls = [ \"http://127.0.0.1:$(cat "$TMPDIR/port")\" ]|"
check "another cluster is refused" gives 5 plan
check "the message names the command" err_has 'stagebox endpoint forget SLUG'
check "forget names the identity" gives 0 endpoint forget lab
check "it was that of the first cluster" out_has 'lab: forgot the identity .*cluster:lab'
check "forget changes nothing in NetBox" gives 64 endpoint forget lab
check "a second time there is none" err_has 'no run has stored an identity'
check "then the cluster that answers is accepted" gives '0 2 4' plan
kill "$gate"
check "forget without a slug is a usage error" gives 64 endpoint forget
done_testing
