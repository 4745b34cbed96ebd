#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# limit 600
# doctor on the real NetBox: what its users, tokens and object permissions really answer.
. "${STAGEBOX_SRC:?}/tests/live/lib_live.sh"
. "$e2e/lib_doctor.sh"
live_up --guests 4 --endpoints 1
# user NAME ACTIONS: a user who may do that to all that there is; its tokens go to NAME.rw and NAME.ro
user() {
	admin_token && netbox '
import os
name, actions = "'"$1"'", "'"$2"'".split()
user = nb.call("POST", "users/users/", {"username": name, "password": "Correct-Horse-7-Battery", "is_active": True})["id"]
types = [app + "." + model for app, models in {
    "dcim": "device devicerole devicetype interface macaddress manufacturer platform site",
    "virtualization": "cluster clustertype virtualmachine virtualmachinetype vminterface virtualdisk",
    "ipam": "ipaddress vlan vlangroup", "extras": "tag customfield", "core": "objectchange objecttype"}.items() for model in models.split()]
if not nb.call("GET", "virtualization/").get("virtual-machine-types"): # before 4.6
    types.remove("virtualization.virtualmachinetype")
nb.call("POST", "users/permissions/", {"name": name, "enabled": True, "object_types": types, "actions": actions, "users": [user]})
for word, write in (("rw", True), ("ro", False)):
    secret = os.urandom(20).hex() # 4.5 does not tell one that it made, 4.7 makes its own
    row = nb.call("POST", "users/tokens/", {"user": user, "version": 2, "write_enabled": write, "token": secret})
    with open("'"$TMPDIR/$1"'." + word, "w") as file:
        file.write("nbt_%s.%s\n" % (row["key"], row["token"] or secret))'
}
use() { cp "$TMPDIR/$1" "$live_token"; }

check "a fresh NetBox lacks the bootstrap, a warning" doctor 0
check "with the command that mends it" finds warning netbox bootstrap 'stagebox bootstrap'
check "bootstrap" gives 0 bootstrap
before=$(changes)
check "then all is well" doctor 0
check "NetBox is named with its version" finds ok netbox contact "NetBox $STAGEBOX_LIVE_VERSION"
check "its v1 tokens do, too" sh -c "printf '%s\n' '$STAGEBOX_LIVE_TOKEN_V1' >'$live_token'"
check "as it says" doctor 0
check "nothing was written" same "$(admin_token && changes)" "$before"

check "a user who may do all that the modules need" user worker "view add change delete"
check "its token" use worker.rw
check "is good" doctor 0
check "its token without the right to write" use worker.ro
check "ends with 77" doctor 77
check "and is told" finds failed netbox rights 'write'
check "a user who may only look" user reader view
check "its token that may write" use reader.rw
check "ends with 77" doctor 77
check "permission and model are named" finds failed netbox rights 'virtualization.add_cluster'
printf 'nbt_AAAAAAAAAAAA.0123456789012345678901234567890123456789\n' >"$live_token"
check "a token that NetBox does not know ends with 77" doctor 77
check "and is told" finds failed netbox contact 'v2 token'

admin_token
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
