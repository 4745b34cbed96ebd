#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# limit 300
# Workers of NetBox that fail, are slow or die, names that are taken, and branches that have been kept long enough.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
. "$e2e/lib_branches.sh"
branch_lab --guests 2 --endpoints 1
impatient() { branching 'mode = "required";' && set_conf 's/wait = "30s"/wait = "1s"/'; }
new_branch() { check "a change" ctl set lab/qemu/101 memory="$1"; }

# --- a worker that fails -----------------------------------------------------------------------------
branching 'mode = "required";'
check "the worker cannot provision" ctl fault netbox provision-fails
mark
check "a sync fails" gives 1 sync
check "with the reason" says 'NetBox failed to provision branch "stagebox-[0-9]*", which was deleted; nothing was written'
check "and true" branches 'check(not rows and not nb.all("virtualization/virtual-machines"), rows)'
check "the worker is healthy again" ctl clear
check "the next sync is merged" gives "0 4" sync
check "main mirrors Proxmox VE" mirrors

# --- a slow worker -----------------------------------------------------------------------------------
impatient
new_branch 1111
check "the worker is slow" ctl fault netbox slow-worker 60000
check "the sync waits, and gives up" gives 75 sync
check "with what it waited for" says 'did not provision it within 1 s (branching.wait)'
slow=$(last 'print(run["record"]["branch"]["name"])')
check "the branch is there" branches 'check(branch["name"] == "'"$slow"'" and status(branch) in ("new", "provisioning"), branch)'
check "the worker is fast" ctl clear
branching 'mode = "required";'
check "the next sync goes on" gives "0 4" sync
check "with the same branch" recorded 'check(branch["name"] == "'"$slow"'" and branch["state"] == "merged", branch)'
check "main has the change" netbox 'check(nb.one("virtualization/virtual-machines", "lab/qemu/101")["memory"] == 1111)'

# --- a worker that dies ------------------------------------------------------------------------------
impatient
new_branch 1222
check "the worker dies while it provisions" ctl fault netbox worker-dies
check "the sync waits in vain" gives 75 sync
check "so does the next" gives 75 sync
check "a person recovers the branch" branches '
nb.call("POST", "plugins/branching/branches/%d/recover/" % branch["id"], {"force": True})'
branching 'mode = "required";'
check "the next sync makes another one" gives "0 4" sync
check "and main has the change" netbox 'check(nb.one("virtualization/virtual-machines", "lab/qemu/101")["memory"] == 1222)'
check "no other is left" branches 'check(all(status(row) == "merged" for row in rows), rows)'

# --- a worker that dies while it merges ----------------------------------------------------------------
new_branch 1230
check "the token may not merge yet" ctl revoke netbox_branching.merge_branch
check "a sync writes, and cannot merge" gives 77 sync
check "the token may" ctl grant netbox_branching.merge_branch
set_conf 's/wait = "30s"/wait = "1s"/'
check "the worker dies while it merges" ctl fault netbox worker-dies
check "the next sync waits in vain, as long as it says now" gives 75 sync
check "for what" says 'did not merge it within 1 s'
ctl clear
check "a person recovers the branch" branches '
[mine] = [row for row in rows if status(row) == "merging"]
nb.call("POST", "plugins/branching/branches/%d/recover/" % mine["id"], {"force": True})'
branching 'mode = "required";'
check "a sync sees that nothing is merged" gives 75 sync
check "and says what comes next" says 'the next sync merges it'
check "the next one merges it" gives "0 4" sync
check "main has the change" netbox 'check(nb.one("virtualization/virtual-machines", "lab/qemu/101")["memory"] == 1230)'

# --- writes that do not reach the branch -----------------------------------------------------------------
check "a guest is new" ctl add lab/qemu/790
check "which reports no address" ctl set lab/qemu/790 agent=0
check "NetBox keeps no guest apart, without saying so" ctl fault netbox not-apart 'virtualization.*'
check "a sync sees it afterwards, and fails" gives 1 sync
check "and says so" says 'has no changes, although NetBox created objects in it: they may be in main'
ctl clear
check "a person deletes the branch" branches '
for row in rows:
    if status(row) == "ready":
        nb.call("DELETE", "plugins/branching/branches/%d/" % row["id"])'
check "the next sync" gives "0 4" sync

# --- a name that is taken ----------------------------------------------------------------------------
new_branch 1333
next=$(last 'print(run["id"] + 1)')
check "somebody has a branch of the next name" branches 'nb.call("POST", "plugins/branching/branches/", {"name": "stagebox-'"$next"'"})'
check "the sync takes another" gives "0 4" sync
check "with a suffix" recorded '
import re
check(re.fullmatch("stagebox-'"$next"'-[0-9a-f]{6}", branch["name"]) and branch["state"] == "merged", branch)'
check "theirs is as it was" branches 'check(status(branches["stagebox-'"$next"'"]) == "ready", branches)'

# --- kept for a time ---------------------------------------------------------------------------------
branching 'mode = "required"; keep_days = 2;'
new_branch 1444
check "is merged" gives "0 4" sync
kept=$(last 'print(run["record"]["branch"]["name"])')
check "one that is kept is there after the next sync" gives "0 4" sync
check "as it was merged just now" branches 'check("'"$kept"'" in branches, branches)'
store "UPDATE branch SET since = since - 172801"
check "two days later" gives "0 4" sync
check "it is deleted, and no other" branches 'check("'"$kept"'" not in branches and "stagebox-'"$next"'" in branches, branches)'
check "and cannot be reverted any more" gives 64 revert "${kept#stagebox-}"
check "which the message says" says 'has no branch in NetBox'

# --- a run of a part ---------------------------------------------------------------------------------
new_branch 1500
check "the worker is slow" ctl fault netbox slow-worker 60000
impatient
check "a run of all gives up" gives 75 sync
check "the worker is fast" ctl clear
branching 'mode = "required";'
store "UPDATE branch SET step = 'writes' WHERE step = 'made'"
check "a run of one object does not go on with a branch that is not written whole" gives 5 sync --target lab/qemu/102
check "nothing of it is in main" netbox 'check(nb.one("virtualization/virtual-machines", "lab/qemu/101")["memory"] == 1444)'
check "a run of all does" gives "0 4" sync
check "and merges it" netbox 'check(nb.one("virtualization/virtual-machines", "lab/qemu/101")["memory"] == 1500)'

# --- a clean-up that fails ---------------------------------------------------------------------------
branching 'mode = "required"; keep_days = 2;'
new_branch 1520
check "is merged" gives "0 4" sync
store "UPDATE branch SET since = since - 172801"
check "the token may not delete branches" ctl revoke netbox_branching.delete_branch
new_branch 1530
check "a merged branch that cannot be deleted stands in nobody's way" gives "0 4" sync
check "which the log says" says 'deleting branch'
check "also not later" gives "0 4" sync
check "main has the change" netbox 'check(nb.one("virtualization/virtual-machines", "lab/qemu/101")["memory"] == 1530)'
check "the token may" ctl grant netbox_branching.delete_branch

# --- an open branch, and a NetBox that was changed ---------------------------------------------------------
branching 'mode = "required"; merge = false;'
new_branch 1540
check "is left open" gives "0 4" sync
check "the plugin is removed" plugin gone
branching 'mode = "if-available";'
mark
check "a sync to main is refused, because nobody can say what became of the branch" gives 5 sync
check "with the ways out" says 'was open with changes of the same modules, and NetBox does not run the plugin netbox-branching any more'
check "before any write" look no-writes
check "the plugin is back" plugin back
check "the branch is still in the way" gives 5 sync
check "somebody makes a branch" branches 'nb.call("POST", "plugins/branching/branches/", {"name": "of somebody"})'
check "and has it" wait_for 20 branches 'check(status(branches["of somebody"]) == "ready")'
theirs=$(branches 'print(branches["of somebody"]["id"])')
check "ours is deleted, and after a restore of NetBox theirs has its id" branches '
nb.call("DELETE", "plugins/branching/branches/%d/" % [row for row in rows if row["name"].startswith("stagebox-")][-1]["id"])'
store "UPDATE branch SET id = $theirs WHERE step = 'open'"
branching 'mode = "off";'
check "theirs is not taken for ours, so that a sync goes on" gives "0 4" sync
check "and main has the change" netbox 'check(nb.one("virtualization/virtual-machines", "lab/qemu/101")["memory"] == 1540)'
check "theirs is as it was" branches 'check(status(branches["of somebody"]) == "ready", branches)'
branching 'mode = "required"; keep_days = 2;'

# --- what the token needs ---------------------------------------------------------------------------
check "rights netbox" gives 0 rights netbox
check "prints the permissions of branches" out_has '"actions": \["view", "add", "change", "delete", "merge", "revert"\],'
check "and of what they change" out_has '"netbox_branching.changediff",'
cp "$TMPDIR/bare.cfg" "$config"
check "without branches" gives 0 rights netbox
check "it does not" not out_has netbox_branching
branching 'mode = "required"; keep_days = 2;'

# --- rights ------------------------------------------------------------------------------------------
new_branch 1555
for each in netbox_branching.view_changediff core.view_job core.view_objectchange; do
	check "the token lacks $each" ctl revoke $each
	check "doctor fails" gives 77 doctor
	check "and names it" says "the token lacks $each: runs into a branch fail"
	ctl grant $each
done
check "the token may not create branches" ctl revoke netbox_branching.add_branch
check "doctor says so" gives 77 doctor
check "with what to grant" out_has 'netbox_branching.branch'
check "a sync ends" gives 77 sync
check "and main stays" netbox 'check(nb.one("virtualization/virtual-machines", "lab/qemu/101")["memory"] == 1540)'
done_testing
