#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# limit 300
# Kinds with a home in a branch of NetBox: custom objects and fields reach main with the merge, and not before.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
. "$e2e/lib_branches.sh"
. "$e2e/lib_ceph.sh"

# home WORD PLUGINS: the module ceph in this home, with branches that people merge
home() {
	lab=$TMPDIR/lab.$1
	lab_up --guests 2 --endpoints 1 --plugins "$2"
	simulated || job_worker up
	set_conf 's|^modules.*|modules = [ "cluster", "ceph" ];|'
	printf 'inventory = "%s";\n' "$1" >>"$config"
	cp "$config" "$TMPDIR/bare.cfg"
	branching 'mode = "required"; merge = false;'
	check "$1: bootstrap makes the definitions in main, and tries whether their objects keep apart" gives 0 bootstrap
	check "$1: doctor finds what they need" gives 0 doctor
	check "$1: a sync writes into a branch" gives "0 4" sync
	check "$1: main has nothing of it" netbox "check(not $3)"
	check "$1: the branch has it" branches "
nb = inside(branch)
check($3)"
	check "$1: a person merges the branch" branches 'check(act(branch, "merge")["status"]["value"] == "completed")'
	check "$1: main has it then" ceph 'check(len(ceph["ceph-osd"]) == 6 and len(ceph["ceph-pool"]) > 0, names)'
	check "$1: and nothing is left to do" quiet
	check "$1: an OSD goes down" ctl set lab/ceph/osd/0 up=0
	branching 'mode = "required";'
	check "$1: which a merged branch brings to main" gives "0 4" sync
	check "$1: in one sync" recorded 'check(branch["state"] == "merged", branch)'
	check "$1: with its values" ceph '
row = [row for key, row in ceph["ceph-osd"].items() if key.endswith("/0")][0]
check(row["up"] is False, row)'
	check "$1: the next sync is quiet" quiet
	simulated || job_worker down
}
home custom-objects custom-objects,branching 'nb.all("plugins/custom-objects/stagebox-ceph-osds")'
home fields branching '[row for row in nb.all("virtualization/clusters") if row["custom_fields"]["stagebox_ceph"]["ceph-pool"]]'
done_testing
