#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# needs plugins
# only full
# limit 7200
# alone: the settle time of the test is short, so other work must not delay a late commit
# Branches of the real plugin netbox-branching: what tests/e2e holds with the simulated one, a kill at each step, and many objects.
. "${STAGEBOX_SRC:?}/tests/live/lib_live.sh"
. "$STAGEBOX_SRC/tests/live/real.sh"
. "$e2e/lib_branches.sh"
patience=1200
export branch_wait=15m

for each in 59_branches 59_branches_homes 59_branches_objects 59_branches_crash; do
	repeat "$each"
done

# --- many, and guests that vanished ------------------------------------------------------------------
lab=$TMPDIR/lab.many
branch_lab --guests 130 --endpoints 1
branching 'mode = "required";'
began=$(date +%s)
check "more than 1,000 objects are written into a branch and merged" gives "0 4" sync
echo "# $(last 'print(run["record"]["totals"]["create"])') objects: $(($(date +%s) - began)) s"
check "main has them" mirrors
check "a second sync writes nothing" quiet
for vmid in 101 103 104 106; do
	check "guest $vmid vanishes" ctl rm "lab/qemu/$vmid"
done
check "the branch in which guests are deleted is merged" gives "0 4" sync
check "as it conflicts with nothing" recorded 'check(branch["state"] == "merged" and "conflicts" not in branch, branch)'
check "main has them no more" mirrors

# --- two branches ------------------------------------------------------------------------------------
branching 'mode = "required"; merge = false; modules: { lxc: { mode = "off"; }; };'
check "a machine changes" ctl set lab/qemu/108 memory=3333
check "the machine goes into a branch, containers to main" gives "0 4" sync
check "which is open" branches 'check(status(branch) == "ready", branch)'
check "a person makes a branch beside it, and changes the same machine there" branches '
made = nb.call("POST", "plugins/branching/branches/", {"name": "of a person"})
import time
for _ in range(600):
    made = nb.call("GET", "plugins/branching/branches/%d/" % made["id"])
    if status(made) == "ready":
        break
    time.sleep(0.2)
other = inside(made)
row = other.one("virtualization/virtual-machines", "lab/qemu/108")
other.call("PATCH", "virtualization/virtual-machines/%d/" % row["id"], {"comments": "in a branch of a person"})
check(act(made, "merge")["status"]["value"] == "completed")'
check "ours is merged after it" branches '
ours = [row for row in rows if row["name"].startswith("stagebox-")][-1]
check(act(ours, "merge")["status"]["value"] == "completed")'
check "and main has both changes" netbox '
row = nb.one("virtualization/virtual-machines", "lab/qemu/108")
check(row["memory"] == 3333 and row["comments"] == "in a branch of a person", row)'
check "so that nothing is left to do" quiet
job_worker down
done_testing
