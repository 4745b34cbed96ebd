#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# limit 600
# doctor on the real NetBox: what its users, tokens and object permissions really answer.
: "${STAGEBOX_LIVE_URL:?}" "${STAGEBOX_LIVE_TOKEN:?}"
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
lab_up --guests 4 --endpoints 1
token=$TMPDIR/live.token
good() { (umask 077 && printf '%s\n' "$STAGEBOX_LIVE_TOKEN" >"$token"); }
good
case $STAGEBOX_LIVE_URL in https:*) https=true ;; *) https=false ;; esac
set_conf "0,/url = \"[^\"]*\"/s||url = \"$STAGEBOX_LIVE_URL\"|" "0,/file:[^\"]*\"/s||file:$token\"|" \
	"0,/use_https = [a-z]*/s//use_https = $https/" 's/settle = "[^"]*"/settle = "10s"/'
changes() { netbox 'print(nb.call("GET", "core/object-changes/?limit=1")["count"])'; }
# finds STATUS WORDS: the last report has a finding about NetBox with them
finds() {
	python3 - "$TMPDIR/out" "$@" <<'PY'
import json, sys
rows = [row for row in json.load(open(sys.argv[1], encoding="utf-8"))["checks"] if row["where"] == "netbox"]
if not any(row["status"] == sys.argv[2] and sys.argv[3] in row["text"] + " " + row.get("fix", "") for row in rows):
    sys.exit(json.dumps(rows, indent=1))
PY
}
doctor() { gives "$1" doctor --format json; }
# user NAME ACTIONS: a user who may do that to all that there is; its tokens go to NAME.rw and NAME.ro
user() {
	good && netbox '
name, actions = "'"$1"'", "'"$2"'".split()
user = nb.call("POST", "users/users/", {"username": name, "password": "Correct-Horse-7-Battery", "is_active": True})["id"]
types = [app + "." + model for app, models in {
    "dcim": "device devicerole devicetype interface macaddress manufacturer platform site",
    "virtualization": "cluster clustertype virtualmachine virtualmachinetype vminterface virtualdisk",
    "ipam": "ipaddress vlan vlangroup", "extras": "tag customfield", "core": "objectchange objecttype"}.items() for model in models.split()]
nb.call("POST", "users/permissions/", {"name": name, "enabled": True, "object_types": types, "actions": actions, "users": [user]})
for word, write in (("rw", True), ("ro", False)):
    row = nb.call("POST", "users/tokens/", {"user": user, "version": 2, "write_enabled": write})
    with open("'"$TMPDIR/$1"'." + word, "w") as file:
        file.write("nbt_%s.%s\n" % (row["key"], row["token"]))'
}
use() { cp "$TMPDIR/$1" "$token"; }

check "a fresh NetBox lacks the bootstrap, a warning" doctor 0
check "with the command that mends it" finds warning 'stagebox bootstrap'
check "bootstrap" gives 0 bootstrap
before=$(changes)
check "then all is well" doctor 0
check "NetBox is named with its version" finds ok "NetBox $STAGEBOX_LIVE_VERSION"
check "its v1 tokens do, too" sh -c "printf '%s\n' '$STAGEBOX_LIVE_TOKEN_V1' >'$token'"
check "as it says" doctor 0
check "nothing was written" same "$(good && changes)" "$before"

check "a user who may do all that the modules need" user worker "view add change delete"
check "its token" use worker.rw
check "is good" doctor 0
check "its token without the right to write" use worker.ro
check "ends with 77" doctor 77
check "and is told" finds failed 'write'
check "a user who may only look" user reader view
check "its token that may write" use reader.rw
check "ends with 77" doctor 77
check "permission and model are named" finds failed 'virtualization.add_cluster'
printf 'nbt_AAAAAAAAAAAA.0123456789012345678901234567890123456789\n' >"$token"
check "a token that NetBox does not know ends with 77" doctor 77
check "and is told" finds failed 'v2 token'

good
check "a sync with the worker's token" use worker.rw
check "is whole" gives 0 sync
check "the second one has nothing to do" gives 0 sync
check "a sync with the reader's token" use reader.rw
check "has nothing to write" gives 0 sync
check "but of a new guest" ctl add lab/qemu/900
check "fails the stage of which all was refused" gives 1 sync
check "what is missing" says 'permission'
lab_down
done_testing
