#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# limit 600
# doctor on a real NetBox, with its own users, tokens and object permissions.
. "${STAGEBOX_SRC:?}/tests/live/lib_live.sh"
. "$e2e/lib_doctor.sh"
live_up --guests 4 --endpoints 1
# make_user NAME ACTIONS: a user with these actions on all object types; its tokens are written to NAME.rw and NAME.ro
make_user() {
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
    secret = os.urandom(20).hex() # NetBox 4.5 does not return a secret that it generated; 4.7 always generates it
    row = nb.call("POST", "users/tokens/", {"user": user, "version": 2, "write_enabled": write, "token": secret})
    with open("'"$TMPDIR/$1"'." + word, "w") as file:
        file.write("nbt_%s.%s\n" % (row["key"], row["token"] or secret))'
}
use_token() { cp "$TMPDIR/$1" "$live_token"; }

check "before bootstrap doctor ends with the exit code of a sync" doctor 78
check "the warning names the command to run" finds failed netbox bootstrap 'stagebox bootstrap'
check "bootstrap prepares NetBox" gives 0 bootstrap
before=$(changes)
check "a prepared NetBox passes" doctor 0
check "the report names NetBox with its version" finds ok netbox contact "NetBox $STAGEBOX_LIVE_VERSION"
check "a v1 token is put into the configuration" sh -c "printf '%s\n' '$STAGEBOX_LIVE_TOKEN_V1' >'$live_token'"
check "a v1 token passes" doctor 0
check "doctor writes nothing" same "$(admin_token && changes)" "$before"

check "a user with all permissions that the modules need is created" make_user worker "view add change delete"
check "the write-enabled token of the worker is used" use_token worker.rw
check "the write-enabled token of the worker passes" doctor 0
check "the read-only token of the worker is used" use_token worker.ro
check "the read-only token of the worker ends with 77" doctor 77
check "the report says that it cannot write" finds failed netbox rights 'write'
check "a user with view permissions only is created" make_user reader view
check "the write-enabled token of the reader is used" use_token reader.rw
check "the write-enabled token of the reader ends with 77" doctor 77
check "the report names the missing permission as NetBox does" finds failed netbox rights 'virtualization.add_cluster'
printf 'nbt_AAAAAAAAAAAA.0123456789012345678901234567890123456789\n' >"$live_token"
check "an unknown token ends with 77" doctor 77
check "the report names the kind of token" finds failed netbox contact 'v2 token'

admin_token
check "the worker's token is used again" use_token worker.rw
check "a sync with the worker's token succeeds" gives 0 sync
check "a second sync succeeds" gives 0 sync
check "the reader's token is used again" use_token reader.rw
check "a sync with nothing to write succeeds with the reader's token" gives 0 sync
check "a guest is added in Proxmox VE" ctl add lab/qemu/900
check "a stage whose writes are all refused fails the sync" gives 1 sync
check "the message says that a permission is missing" says 'permission'
lab_down
done_testing
