#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# versions netbox
# What people write into the notes of a guest for NetBox: roles, platforms, types and nodes by slug or id.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
lab_up --guests 8 --endpoints 1
# notes GUEST JSON: notes with a block
notes() { ctl set "lab/$1" "description=$(printf 'line one\n\n```netbox-metadata\n%s\n```\n' "$2")"; }
role_of() { netbox 'print((nb.one("virtualization/virtual-machines", "'"lab/$1"'")["role"] or {}).get("slug"))'; }

check "bootstrap" gives 0 bootstrap
netbox '
nb.call("POST", "dcim/device-roles/", {"name": "Database", "slug": "database", "vm_role": True})
print(nb.call("POST", "dcim/device-roles/", {"name": "Cache", "slug": "cache", "vm_role": True})["id"])' >"$TMPDIR/cache"
check "a role by slug" notes qemu/101 '{"role": "database"}'
check "a role by id, as netbox-proxbox has it" notes lxc/102 "{\"role\": $(cat "$TMPDIR/cache")}"
check "the first sync is whole" gives 0 sync
check "the machine has that role" same "$(role_of qemu/101)" database
check "the container, too" same "$(role_of lxc/102)" cache
check "others have that of their sort" same "$(role_of qemu/103)" virtual-machine-qemu
check "the block is no part of description and comments" netbox '
vm = nb.one("virtualization/virtual-machines", "lab/qemu/101")
check(vm["description"] == "line one" and "metadata" not in vm["comments"], vm["description"], vm["comments"])'
mark
check "a second sync has nothing to do" gives 0 sync
check "and writes nothing" look no-writes

check "another role" notes qemu/101 '{"role": "cache", "node": 3, "name": 9}'
check "is planned" gives 2 plan
check "as such" out_has 'role: '
check "what a block cannot say is named" says 'name in the netbox-metadata block in the notes of lab/qemu/101 has no effect'
check "a sync" gives 0 sync
check "follows" same "$(role_of qemu/101)" cache

check "a slug that NetBox does not have" notes qemu/101 '{"role": "databse"}'
check "makes the run partial" gives 4 sync
check "it says which and where" says 'role of the netbox-metadata block in the notes is "databse": .*shared/device-role/databse is not there'
check "the role stays" same "$(role_of qemu/101)" cache
check "an id that NetBox does not have" notes qemu/101 '{"role": 99999}'
check "is no other thing" gives 4 sync
check "and named" says 'NetBox has no device-role with id 99999'

check "another site than that of the cluster, which NetBox would refuse" netbox '
nb.call("POST", "dcim/sites/", {"name": "Elsewhere", "slug": "elsewhere", "status": "active"})'
check "in the notes" notes qemu/101 '{"site": "elsewhere"}'
check "is partial" gives 4 sync
check "but named" says 'NetBox wants a guest in the site of its cluster'
check "nothing is refused" last 'check(not [op for stage in stages for op in stage["response"].get("quarantine", [])], stages)'

check "a block that is no JSON" notes qemu/101 '{"role": hunter2'
check "has no effect" gives 0 sync
check "it is named" says 'the netbox-metadata block in the notes of lab/qemu/101 is no JSON object'
check "without its text" sh -c "! grep -r hunter2 '$TMPDIR/out' '$TMPDIR/err'"
check "the role is that of its sort again" same "$(role_of qemu/101)" virtual-machine-qemu

check "switched off" set_conf 's/^modules = .*/&\noptions: { lxc: { notes_metadata = false; }; };/'
check "a sync" gives 0 sync
check "gives the container the role of its sort" same "$(role_of lxc/102)" container-lxc
lab_down
done_testing
