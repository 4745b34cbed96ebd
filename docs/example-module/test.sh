#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# test.sh ./example.so: tests the module with simulated servers, from loading to the second sync. Prints TAP.
set -u
: "${STAGEBOX:?the program; \"make check\" sets it}" "${MODULEDIR:?the folder of the installed modules}"
module=$(realpath "${1:?the module: ./example.so}")
work=$(mktemp -d)
lab=$work/lab
n=0
up=
finish() {
	trap - EXIT
	[ -z "$up" ] || "$STAGEBOX" lab down --dir "$lab" >/dev/null 2>&1
	rm -rf "$work"
	exit "$1"
}
trap 'finish 1' EXIT HUP INT TERM
# check SENTENCE COMMAND...
check() {
	n=$((n + 1))
	sentence=$1
	shift
	if "$@" >"$work/output" 2>&1; then
		echo "ok $n - $sentence"
	else
		echo "not ok $n - $sentence"
		sed 's/^/# /' "$work/output"
		failed=1
	fi
}
failed=0
sb() { "$STAGEBOX" "$@" --config "$lab/stagebox.cfg"; }
# writes: the number of requests other than GET that the simulated NetBox received
writes() { grep '"server": *"netbox"' "$lab/requests.ndjson" | grep -c -v '"method": *"GET"'; }
writes_since() { [ "$(writes)" -eq "$1" ] || { echo "NetBox received writes: $1 -> $(writes)"; return 1; }; }
writes_more() { [ "$(writes)" -gt "$1" ] || { echo "NetBox received no write"; return 1; }; }

check "the file is a module" "$STAGEBOX" modules check "$module"

# Copies of the installed modules and this one: an earlier build of it may be installed, and a name in two folders is refused.
mkdir -m 755 "$work/modules" && cp "$MODULEDIR"/*.so "$work/modules/" && cp -f "$module" "$work/modules/example.so" &&
	chmod 755 "$work"/modules/*.so
if ! "$STAGEBOX" lab up --dir "$lab" >"$work/output" 2>&1; then
	echo "Bail out! stagebox lab up failed"
	sed 's/^/# /' "$work/output"
	exit 1
fi
up=1
sed -i 's/^modules *=.*/modules = [ "cluster", "qemu", "lxc", "example" ];/' "$lab/stagebox.cfg"
printf 'module_dir = "%s";\n' "$work/modules" >>"$lab/stagebox.cfg"

check "it loads with the other modules" sb config check
check "bootstrap prepares NetBox for its kinds" sb bootstrap
before=$(writes)
check "the first sync succeeds" sb sync
check "and creates objects" writes_more "$before"
before=$(writes)
check "the second sync succeeds" sb sync
check "and writes nothing" writes_since "$before"
check "a guest moves to a new pool" "$STAGEBOX" lab ctl --dir "$lab" set lab/qemu/101 pool=made-by-the-test
check "a sync of the module succeeds" sb sync --resources example.tenants
check "and writes the change" writes_more "$before"
echo "1..$n"
finish $failed
