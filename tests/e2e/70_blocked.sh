#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# When a proxy or firewall refuses writes, the run fails and nothing is remembered: NetBox has refused no value.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
lab_up --guests 8 --endpoints 1
check "bootstrap" gives 0 bootstrap
check "the first sync succeeds" gives 0 sync
cp "$config" "$TMPDIR/good.cfg"
netbox_url=$(sed -n '/^netbox/,/^}/s/.*url = "\([^"]*\)".*/\1/p' "$config")
gate=
# behind NAME=VALUE...: a server in front of NetBox
behind() {
	cp "$TMPDIR/good.cfg" "$config"
	[ -z "$gate" ] || kill "$gate" 2>/dev/null
	rm -f "$TMPDIR/port"
	python3 "$e2e/gate.py" to="$netbox_url" "$@" >"$TMPDIR/port" 2>"$TMPDIR/gate.err" &
	gate=$!
	wait_for 10 test -s "$TMPDIR/port" || { cat "$TMPDIR/gate.err"; return 1; }
	set_conf "/^netbox/,/^}/s|url = \"[^\"]*\"|url = \"http://127.0.0.1:$(cat "$TMPDIR/port")\"|" "/^netbox/,/^}/s#\(use_https\|verify_ssl\) = [a-z]*#\1 = false#"
}
remembered() { python3 -c 'import sqlite3, sys
print(sqlite3.connect(sys.argv[1]).execute("SELECT count(*) FROM refusal").fetchone()[0])' "$lab/stagebox.db"; }

ctl set lab/qemu/101 memory=5000 cores=3
ctl set lab/lxc/102 memory=5001
ctl add lab/qemu/190
before=$(changes)
for each in PATCH=405 PATCH=403 POST=404 ALL=400 ALL=413 ALL=451; do
	check "NetBox is behind a server that answers $each with a page" behind "blocks=$each"
	check "a sync fails as with a NetBox that cannot be reached" gives 69 sync
	check "it says what refuses which method" says 'in front of NetBox.*\(refuses \(PATCH\|POST\)\|raise its limit\)'
	check "and not that the URL is wrong" not says 'set the URL'
	check "nothing is remembered" same "$(remembered)" 0
	check "no value is left out" not says 'left out'
done
check "NetBox is behind a server that answers with a line of text" behind blocks=ALL=404 kind=text
check "a sync fails as with a NetBox that cannot be reached" gives 69 sync
check "it says what refuses writes" says 'in front of NetBox'
check "nothing is remembered" same "$(remembered)" 0
cp "$TMPDIR/good.cfg" "$config"
kill "$gate"
check "without it the sync writes all" gives 0 sync
check "NetBox is as Proxmox VE" mirrors
check "it had written before what was not blocked, at most" differ "$before" "$(changes)"
lab_down
done_testing
