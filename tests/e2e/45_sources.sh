#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A stage asks another system than Proxmox VE. Without it, what the stage would read is unknown; a recording that has its
# answers gives them.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
own=$(dirname "$STAGEBOX")/tests/modules
if ! [ -f "$own/asker.so" ]; then
	skip "a stage asks another system" "there is no build with its test modules"
	done_testing
fi
mkdir "$TMPDIR/modules"
cp "$(dirname "$STAGEBOX")"/modules/*.so "$own/asker.so" "$TMPDIR/modules/"
lab_up --guests 6 --endpoints 1
check "bootstrap" gives 0 bootstrap
check "the guests are there before" gives 0 sync
set_conf "s|^modules.*|modules = [ \"cluster\", \"qemu\", \"lxc\", \"asker\" ]; module_dir = \"$TMPDIR/modules\";|"
# option NAME VALUE: an option of the module for all endpoints
option() {
	sed -i '/^options: { asker/d' "$config"
	echo "options: { asker: { $1 = \"$2\"; }; };" >>"$config"
}

check "a system that the endpoint does not have" gives 4 plan --record "$TMPDIR/record" -o "$TMPDIR/live"
check "is unknown, and the plan says why" has "$TMPDIR/live" 'endpoint \\"lab\\" has no system \\"ssh\\": this version reads \\"pve\\" only'
check "it is one cause for all machines" has "$TMPDIR/live" '"objects":4,[^}]*endpoint \\"lab\\" has no system'
mark
check "nothing is written for it" gives 4 sync
check "to NetBox" look no-writes
check "a recording has the request with its system" has "$TMPDIR/record" '"server": *"ssh:lab"'
check "and what it was asked for" has "$TMPDIR/record" '"path": *"serial of 101"'
check "a replay" gives 4 plan --replay "$TMPDIR/record" -o "$TMPDIR/replayed"
check "has the same content" same_plan "$TMPDIR/live" "$TMPDIR/replayed"

# answer TYPE BODY: the recording as if the system had answered
answer() {
	python3 - "$TMPDIR/record" "$TMPDIR/answered" "$1" "$2" <<-'PY'
	import json, sys
	with open(sys.argv[2], "w") as out:
	    for text in open(sys.argv[1]):
	        whole = json.loads(text)
	        line = whole.get("line", whole)
	        if isinstance(line, dict) and line.get("server") == "ssh:lab":
	            line.pop("err", None)
	            line.update(status=int(sys.argv[3].split()[0]), type=sys.argv[3].split()[1], reason="no such machine",
	                        body=sys.argv[4].replace("#", line["path"].split()[-1]))
	        out.write(json.dumps(whole) + "\n")
	PY
}
answer "200 text/plain" "SN-#"
check "an answer of it, a text" gives 2 plan --replay "$TMPDIR/answered" -o "$TMPDIR/text"
check "is what the stage writes" has "$TMPDIR/text" '"serial": *"SN-101"'
answer "200 application/json" '"SJ-#"'
check "an answer of it in JSON" gives 2 plan --replay "$TMPDIR/answered" -o "$TMPDIR/json"
check "is a value" has "$TMPDIR/json" '"serial": *"SJ-101"'
answer "200 application/json" '{"cut'
check "an answer that is not JSON" gives 4 plan --replay "$TMPDIR/answered" -o "$TMPDIR/bad"
check "is unknown" has "$TMPDIR/bad" 'system \\"ssh\\" answered 5 bytes that are not JSON'
answer "404 text/plain" "none"
check "an answer that refuses" gives 4 plan --replay "$TMPDIR/answered" -o "$TMPDIR/refused"
check "says what it answered" has "$TMPDIR/refused" 'system \\"ssh\\" answered 404 no such machine'

option system "ssh:other"
check "a word that cannot be a system fails the stage" gives 1 plan -o "$TMPDIR/word"
check "and says what can" has "$TMPDIR/word" '\\"ssh:other\\" is not the name of a system: 1 to 15 characters of a-z and 0-9 are'
option system netbox
check "NetBox is not a system of an endpoint" gives 1 plan -o "$TMPDIR/netbox"
check "so that a stage cannot ask it" has "$TMPDIR/netbox" '\\"netbox\\" is not the name of a system'
option what "two	words"
check "control characters are refused" gives 1 plan -o "$TMPDIR/control"
check "with what is allowed" has "$TMPDIR/control" 'from 1 to 8000 bytes of what, UTF-8 without control characters'
option what %ff # one byte of it
check "so is what is not UTF-8" gives 1 plan -o "$TMPDIR/bytes"
check "because a recording could not hold it" has "$TMPDIR/bytes" 'UTF-8 without control characters'
option system pve
check "a path of Proxmox VE without a slash is refused" gives 1 plan -o "$TMPDIR/path"
check "as such" has "$TMPDIR/path" 'path \\"serial of 10[0-9]\\" does not start with /'
done_testing
