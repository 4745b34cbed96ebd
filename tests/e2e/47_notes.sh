#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# versions netbox
# Settings for NetBox in the notes of a guest: roles, platforms, types and nodes by slug or id.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
lab_up --guests 8 --endpoints 1
# notes GUEST JSON: write notes that contain a block
notes() { ctl set "lab/$1" "description=$(printf 'line one\n\n```netbox-metadata\n%s\n```\n' "$2")"; }
role_of() { netbox 'print((nb.one("virtualization/virtual-machines", "'"lab/$1"'")["role"] or {}).get("slug"))'; }

check "bootstrap" gives 0 bootstrap
netbox '
nb.call("POST", "dcim/device-roles/", {"name": "Database", "slug": "database", "vm_role": True})
print(nb.call("POST", "dcim/device-roles/", {"name": "Cache", "slug": "cache", "vm_role": True})["id"])' >"$TMPDIR/cache"
check "a role by slug" notes qemu/101 '{"role": "database"}'
check "a role by id, as netbox-proxbox uses it" notes lxc/102 "{\"role\": $(cat "$TMPDIR/cache")}"
check "the first sync is complete" gives 0 sync
check "the machine has that role" same "$(role_of qemu/101)" database
check "the container has its role too" same "$(role_of lxc/102)" cache
check "others have the role of their kind" same "$(role_of qemu/103)" virtual-machine-qemu
check "description and comments do not contain the block" netbox '
vm = nb.one("virtualization/virtual-machines", "lab/qemu/101")
check(vm["description"] == "line one" and "metadata" not in vm["comments"], vm["description"], vm["comments"])'
mark
check "a second sync finds no difference" gives 0 sync
check "and writes nothing" look no-writes

# NetBox strips blanks of all scripts; what it keeps is what we wrote.
check "notes that end with a no-break space" ctl set lab/qemu/103 "description=$(printf 'Datenbank\302\240\nzweite Zeile\343\200\200')"
check "are synced" gives 0 sync
mark
check "a second sync finds no difference" gives 0 sync
check "and writes nothing" look no-writes
check "the notes change" ctl set lab/qemu/103 "description=$(printf 'Datenbank 2\302\240\nzweite Zeile')"
check "a sync writes them: nobody else changed the text" gives 0 sync
check "as they are" netbox 'check(nb.one("virtualization/virtual-machines", "lab/qemu/103")["description"] == "Datenbank 2")'

check "a block with another role" notes qemu/101 '{"role": "cache", "node": 3, "name": 9}'
check "is planned" gives 2 plan
check "as a change of the role" out_has 'role: '
check "an invalid member is named" says 'name in the netbox-metadata block in the notes of lab/qemu/101 has no effect'
check "a sync succeeds" gives 0 sync
check "and sets the role" same "$(role_of qemu/101)" cache

check "a slug that NetBox does not have" notes qemu/101 '{"role": "databse"}'
check "makes the run partial" gives 4 sync
check "the error names value and guest" says 'role of the netbox-metadata block in the notes is "databse": .*shared/device-role/databse does not exist in NetBox'
check "the role is kept" same "$(role_of qemu/101)" cache
check "an id that NetBox does not have" notes qemu/101 '{"role": 99999}'
check "makes the run partial too" gives 4 sync
check "and the error names it" says 'NetBox has no device-role with id 99999'

check "a person creates another site, which NetBox would refuse for the guest" netbox '
nb.call("POST", "dcim/sites/", {"name": "Elsewhere", "slug": "elsewhere", "status": "active"})'
check "a block names that site" notes qemu/101 '{"site": "elsewhere"}'
check "the run is partial" gives 4 sync
check "and the error explains it" says 'NetBox requires a guest to be in the site of its cluster'
check "NetBox refused no write" last 'check(not [op for stage in stages for op in stage["response"].get("quarantine", [])], stages)'

check "a block that is not JSON" notes qemu/101 '{"role": hunter2'
check "has no effect" gives 0 sync
check "a warning names it" says 'the netbox-metadata block in the notes of lab/qemu/101 is not a JSON object'
check "without the text of the block" sh -c "! grep -r hunter2 '$TMPDIR/out' '$TMPDIR/err'"
check "the role is that of its kind again" same "$(role_of qemu/101)" virtual-machine-qemu

check "the option is switched off" set_conf 's/^modules = .*/&\noptions: { lxc: { notes_metadata = false; }; };/'
check "a sync succeeds" gives 0 sync
check "and gives the container the role of its kind" same "$(role_of lxc/102)" container-lxc
lab_down
done_testing
