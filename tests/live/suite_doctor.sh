#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# limit 600
# doctor on a real NetBox, with its own users, tokens and object permissions.
. "${STAGEBOX_SRC:?}/tests/live/lib_live.sh"
. "$e2e/lib_doctor.sh"
live_up --guests 4 --endpoints 1
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
