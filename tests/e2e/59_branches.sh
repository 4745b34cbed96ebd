#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# limit 400
# A run into a branch of NetBox: main has what it wrote when the branch is merged, and not before; what people do with a branch
# is understood; an open one stands in the way of other runs of the same modules.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
. "$e2e/lib_branches.sh"
branch_lab --guests 4 --endpoints 1

check "doctor says nothing about branches that nobody wants" gives 0 doctor
check "as it knows the option" not out_has 'netbox-branching'
# --- merged ------------------------------------------------------------------------------------------
branching 'mode = "required";'
check "doctor knows what they need" gives 0 doctor
check "and finds it" out_has 'netbox-branching 1.2.2, with a worker'
mark
check "a first sync into a branch" gives "0 4" sync
check "names the branch and its state in its last line" sh -c "tail -n 1 '$TMPDIR/out' | grep -q '^branch stagebox-[0-9]*: merged$'"
check "NetBox has merged it" branches 'check(len(rows) == 1 and status(branch) == "merged", rows)'
check "main mirrors Proxmox VE" mirrors
check "the record names branch and schema" recorded '
row = nb.all("plugins/branching/branches")[0]
check((branch["name"], branch["schema_id"], branch["state"], branch["id"]) == (row["name"], row["schema_id"], "merged", row["id"]), branch)
check(branch["url"].endswith("/plugins/branching/branches/%d/" % row["id"]), branch)
check(run["record"]["qemu_sync"]["params"]["netbox_branch_schema_id"] == row["schema_id"], run["record"]["qemu_sync"]["params"])'
check "each write of objects has the header with its schema id, and no call about branches or jobs" \
	look in-branch "$(recorded 'print(branch["schema_id"])')"
check "so does run show" gives 0 run show last
check "in words" out_has '^branch stagebox-[0-9]*: merged'
check "and the list of runs" gives 0 runs
check "beside each run" out_has 'stagebox-[0-9]* merged'
check "a second sync writes nothing, and makes no branch" quiet
check "there is one branch" branches 'check(len(rows) == 1, rows)'
check "a plan needs none, either" gives 0 plan

check "a guest changes" ctl set lab/qemu/101 memory=3072
check "the sync into a new branch is merged" gives "0 4" sync
check "in a branch of its own" branches 'check(len(rows) == 2, rows)'
check "in main" mirrors

# --- a saved plan ------------------------------------------------------------------------------------
check "a change is planned" ctl set lab/qemu/101 memory=3584
check "for a branch" gives 2 plan -o "$TMPDIR/branch.plan"
check "as the plan says" out_has '^into a branch of NetBox, stagebox-RUN, which is merged at the end'
check "and for main" gives 2 plan --branch off -o "$TMPDIR/main.plan"
mark
check "a plan for main is refused where a branch is required" gives 5 apply "$TMPDIR/main.plan"
check "before any write" look no-writes
check "that for a branch is applied into one" gives "0 4" apply "$TMPDIR/branch.plan"
check "which is merged" recorded 'check(branch["state"] == "merged" and run["mode"] == "apply", branch)'
check "so that main has it" mirrors

# --- left for review ---------------------------------------------------------------------------------
branching 'mode = "required"; merge = false;'
check "another change" ctl set lab/qemu/101 memory=4096
mark
check "a sync whose branch is not to be merged ends well" gives "0 4" sync
check "and says what to do" out_has '^branch stagebox-[0-9]*: open: review it, then merge it or delete it: http.*/plugins/branching/branches/[0-9]*/$'
check "main does not have it, the branch has" branches '
name = "virtualization/virtual-machines"
key = "lab/qemu/101"
check(status(branch) == "ready", branch)
check(nb.one(name, key)["memory"] == 3584 and inside(branch).one(name, key)["memory"] == 4096)'
mark
check "the next sync of the same modules is refused" gives 5 sync
check "with the branch and the way out" err_has 'branch "stagebox-[0-9]*" of run [0-9]* is open .*merge it or delete it at http'
check "also one to main" gives 5 sync --branch off
check "before it writes anything" look no-writes
check "a plan shows it, and why it would be refused" gives "2 5" plan
check "a person tries the merge in a dry run" branches '
check(act(branch, "merge", commit=False)["status"]["value"] == "completed")'
check "which is not taken for a merge" gives 5 sync
check "main does not have it yet" netbox 'check(nb.one("virtualization/virtual-machines", "lab/qemu/101")["memory"] == 3584)'
check "a person merges the branch" branches 'check(act(branch, "merge")["status"]["value"] == "completed")'
check "the next sync understands that, and has nothing to write" quiet
check "as main has it" mirrors
check "the run is shown as merged" gives 0 runs
check "although it left the branch open" not out_has ' open'
check "a value that was written in the branch is ours" ctl set lab/qemu/101 name=renamed
branching 'mode = "off";'
check "so that a change of the source follows" gives "0 4" sync
check "in main" mirrors

branching 'mode = "required"; merge = false;'
check "a change that nobody will want" ctl set lab/qemu/101 memory=5120
check "is left in a branch" gives "0 4" sync
check "a person deletes the branch" branches 'nb.call("DELETE", "plugins/branching/branches/%d/" % branch["id"])'
branching 'mode = "off";'
check "the next sync writes it to main" gives "0 4" sync
check "as nothing of the branch counts" mirrors

# --- a stage that fails ------------------------------------------------------------------------------
awry=$(dirname "$STAGEBOX")/tests/modules/awry.so
if [ -f "$awry" ]; then
	mkdir "$TMPDIR/modules"
	cp "$(dirname "$STAGEBOX")"/modules/*.so "$awry" "$TMPDIR/modules/"
	branching 'mode = "required";'
	set_conf "s|^modules.*|modules = [ \"cluster\", \"qemu\", \"lxc\", \"awry\" ]; module_dir = \"$TMPDIR/modules\";|"
	printf 'options: { awry: { at = "answer"; how = "ask-again"; }; };\n' >>"$config"
	check "a guest changes" ctl set lab/qemu/101 memory=7168
	check "a sync with a stage that fails ends with its error" gives 1 sync
	check "and leaves the branch open, with the way to it" says '^branch stagebox-[0-9]*: open: .*: http.*/branches/[0-9]*/$'
	check "by id and name in the record" recorded '
check(branch["state"] == "open" and branch["id"] and branch["url"].endswith("/%d/" % branch["id"]), branch)'
	check "main does not have the change" netbox 'check(nb.one("virtualization/virtual-machines", "lab/qemu/101")["memory"] != 7168)'
	check "a person deletes the branch" branches 'nb.call("DELETE", "plugins/branching/branches/%d/" % branch["id"])'
	branching 'mode = "off";'
	check "the next sync writes it to main" gives "0 4" sync
fi

# --- nothing written ---------------------------------------------------------------------------------
branching 'mode = "required";'
count=$(branches 'print(len(rows))')
if simulated; then
	check "a name that NetBox refuses" ctl fault netbox reject-name refused
	check "is given to a guest" ctl set lab/qemu/101 name=refused
	check "a sync that can write nothing is partial" gives "1 4" sync
	check "and leaves no branch" branches "check(len(rows) == $count, rows)"
	check "the fault ends" ctl clear
	check "and the name is withdrawn" ctl set lab/qemu/101 name=web
	check "the next sync merges" gives "0 4" sync --retry
fi

# --- without the plugin, without a worker ------------------------------------------------------------
check "a change" ctl set lab/qemu/101 memory=6144
check "NetBox has no worker" worker gone
mark
check "a branch is required, so the sync is refused" gives 75 sync
check "with the reason" err_has 'no worker'
check "before any write" look no-writes
check "doctor ends with the same code" gives 75 doctor
branching 'mode = "if-available";'
check "if it is not required, main is written" gives "0 4" sync
check "which the log says" err_has 'go to main, not into a branch'
check "and true" mirrors
check "the worker is back" worker back
check "the plugin is gone" plugin gone
check "another change" ctl set lab/qemu/101 memory=7168
branching 'mode = "required";'
mark
check "a required branch needs it" gives 78 sync
check "and says so" err_has 'netbox-branching'
check "before any write" look no-writes
branching 'mode = "if-available";'
check "if it is not required, main is written" gives "0 4" sync
check "in whole" mirrors
check "the plugin is back" plugin back

# --- a revert ----------------------------------------------------------------------------------------
branching 'mode = "required";'
check "a change" ctl set lab/qemu/101 memory=8192
check "is merged" gives "0 4" sync
run=$(last 'print(run["id"])')
check "a run to main cannot be reverted" gives 64 revert 1
check "a run that does not exist neither" gives 64 revert 4711
check "a person changes another field of the guest" netbox '
row = nb.one("virtualization/virtual-machines", "lab/qemu/101")
person.call("PATCH", "virtualization/virtual-machines/%d/" % row["id"], {"comments": "by a person"})'
check "which a revert does not touch" gives 0 revert "$run"
check "its last line says what it did" out_has '^branch stagebox-[0-9]*: reverted, and open: delete it, or merge it again: http'
check "and nothing about objects" has_not "$TMPDIR/out" 'no changes'
check "main is as before, with the field of the person" netbox '
row = nb.one("virtualization/virtual-machines", "lab/qemu/101")
check(row["memory"] == 7168 and row["comments"] == "by a person", row)'
check "the branch is open again" branches 'check(status(branch) == "ready", branch)'
check "so that a sync is refused" gives 5 sync
check "it is merged again by a person" branches 'check(act(branch, "merge")["status"]["value"] == "completed")'
check "and the next sync is quiet" quiet
check "a person changes the field that the branch wrote" netbox '
row = nb.one("virtualization/virtual-machines", "lab/qemu/101")
person.call("PATCH", "virtualization/virtual-machines/%d/" % row["id"], {"memory": 1})'
check "a revert would write over it, and is refused" gives 3 revert "$run"
check "with the field" says 'memory'
check "and main stays" netbox 'check(nb.one("virtualization/virtual-machines", "lab/qemu/101")["memory"] == 1)'
check "a guest that a branch creates" ctl add lab/qemu/750
check "is merged" gives "0 3 4" sync
run=$(last 'print(run["id"])')
check "a person adds a disk to it" netbox '
row = nb.one("virtualization/virtual-machines", "lab/qemu/750")
person.call("POST", "virtualization/virtual-disks/", {"virtual_machine": row["id"], "name": "of a person", "size": 1000})'
check "which a revert would delete with the guest, and is refused" gives 3 revert "$run"
check "the guest stays" netbox 'check(nb.one("virtualization/virtual-machines", "lab/qemu/750"))'
check "the person deletes the disk, and writes into the journal of the guest" netbox '
row = nb.one("virtualization/virtual-machines", "lab/qemu/750")
[disk] = [disk for disk in nb.all("virtualization/virtual-disks") if disk["name"] == "of a person"]
person.call("DELETE", "virtualization/virtual-disks/%d/" % disk["id"])
nb.call("POST", "extras/journal-entries/", {"assigned_object_type": "virtualization.virtualmachine",
                                            "assigned_object_id": row["id"], "comments": "ours since today"})'
check "NetBox would delete the entry with the guest: refused" gives 3 revert "$run"
check "the disk is not named any more" not says "of a person"
check "the entry is" says 'extras.journalentry'
check "the person deletes the entry, and gives an address of theirs to the guest" netbox '
[entry] = [entry for entry in nb.all("extras/journal-entries") if entry["comments"] == "ours since today"]
nb.call("DELETE", "extras/journal-entries/%d/" % entry["id"])
port = nb.one("virtualization/interfaces", "lab/qemu/750/net0")
address = nb.call("POST", "ipam/ip-addresses/", {"address": "203.0.113.77/24"})
nb.call("PATCH", "ipam/ip-addresses/%d/" % address["id"], {"assigned_object_type": "virtualization.vminterface",
                                                               "assigned_object_id": port["id"]})'
check "NetBox would delete the address with the interface: refused" gives 3 revert "$run"
check "and named" says '203.0.113.77'
check "the address stays" netbox 'check([row for row in nb.all("ipam/ip-addresses") if row["address"].startswith("203.0.113.77")])'
check "the person takes it away again" netbox '
[row] = [row for row in nb.all("ipam/ip-addresses") if row["address"].startswith("203.0.113.77")]
nb.call("DELETE", "ipam/ip-addresses/%d/" % row["id"])'

# --- other modules -----------------------------------------------------------------------------------
branching 'mode = "off"; modules: { qemu: { mode = "required"; merge = false; }; };'
check "a machine changes, and a container is new" ctl set lab/qemu/750 memory=1234
check "that goes to main" ctl add lab/lxc/760
check "one command makes a run for each target" gives "0 3 4" sync
check "main has the container, and not the change of the machine" netbox '
path = "virtualization/virtual-machines"
check(nb.one(path, "lab/lxc/760") and nb.one(path, "lab/qemu/750")["memory"] != 1234)'
check "the branch has the prefix of the module" out_has '^branch qemu-sync-[0-9]*: open'
check "while it is open other modules go on" gives "0 3 4" sync --resources lxc.full
check "those of the branch do not" gives 5 sync --resources qemu.full
check "a plan of both targets shows each" gives "2 3 5" plan
check "and is one document per target for programs" gives "2 3 5" plan --format json
check "in one answer" sh -c "python3 -c 'import json, sys; check = json.load(open(sys.argv[1])); sys.exit(len(check[\"plans\"]) != 2)' '$TMPDIR/out'"
check "but cannot be saved" gives "5 64" plan -o "$TMPDIR/both.plan"
check "as a file is for one target" err_has 'several targets'
check "a wrong mode is a usage error" gives 64 sync --branch sometimes
check "a replay asks no NetBox" gives 64 plan --replay nothing --branch off
done_testing
