#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# limit 600
# Custom objects go into a branch of NetBox only when bootstrap has seen, with the versions of both plugins, that they keep apart there.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
. "$e2e/lib_crash.sh"
. "$e2e/lib_branches.sh"
. "$e2e/lib_ceph.sh"
objects=plugins/custom-objects/stagebox-ceph-clusters
trial_is_gone='
trials = [row for kind in ("virtualization/cluster-types", "virtualization/clusters", "'$objects'")
          for row in nb.all(kind) if "trial" in str(row)]
check(not trials and not [row for row in rows if "trial" in row["name"]], (trials, rows))'
has_fact() { python3 -c '
import json, sqlite3, sys
def check(true, *words):
    if not true:
        sys.exit("%s" % (words,))
with sqlite3.connect(sys.argv[1]) as db:
    rows = db.execute("SELECT value FROM fact WHERE name = ?", ("apart",)).fetchall()
note = json.loads(rows[0][0]) if rows else None
exec(sys.argv[2])' "$lab/stagebox.db" "$1"; }
main_has() { netbox "check(len(nb.all('$objects')) == $1)"; }

lab_up --guests 2 --endpoints 1 --plugins custom-objects,branching
simulated || job_worker up
set_conf 's|^modules.*|modules = [ "cluster", "ceph" ];|'
printf 'inventory = "custom-objects";\n' >>"$config"
cp "$config" "$TMPDIR/bare.cfg"

# --- nobody has tried it -----------------------------------------------------------------------------
check "bootstrap without branches" gives 0 bootstrap
check "makes none" branches 'check(not rows, rows)'
branching 'mode = "required";'
mark
check "a sync into a required branch is refused" gives 78 sync
check "before any write" look no-writes
check "with the module and the way out" says 'module "ceph" cannot write into a branch: nobody has tried whether netbox-custom-objects .*: run `stagebox bootstrap --branch required`'
check "doctor says so, too" gives 0 doctor
check "with the way out" out_has 'nobody has tried'
branching 'mode = "if-available";'
check "if available, its modules part" gives "0 4" sync
check "as the log says" says 'the changes of module "ceph" go to main, not into a branch: nobody has tried'
check "the others are merged from a branch" recorded 'check(branch["state"] == "merged", branch)'
check "a sync of one object is not split" gives "0 4" sync --target lab/node/pve1
check "and writes to main" recorded 'check(branch is None, branch)'
check "the next sync writes custom objects" gives "0 4" sync
check "to main" main_has 1
check "while nothing is left for a branch" branches 'check(len(rows) == 1, rows)'

# --- bootstrap tries it ------------------------------------------------------------------------------
branching 'mode = "required";'
mark
check "bootstrap --plan has nothing to write" gives 0 bootstrap --plan
check "and writes nothing" look no-writes
check "bootstrap tries it in a branch" gives 0 bootstrap
check "and remembers the answer with both versions" has_fact 'check(note["apart"] is True and note["objects"] and note["branching"], note)'
check "nothing of it is left" branches "$trial_is_gone"
check "runs shows the branch" gives 0 runs
check "by its name" out_has 'stagebox-trial-[0-9]* deleted'
mark
check "a second bootstrap tries nothing" gives 0 bootstrap
check "and writes nothing" look no-writes
check "an OSD goes down" ctl set lab/ceph/osd/0 up=0
check "now a sync writes custom objects into a branch" gives "0 4" sync
check "of all modules" recorded 'check(branch["state"] == "merged" and run["record"]["totals"]["update"], run["record"])'
check "doctor has nothing against it" gives 0 doctor

# --- other versions ----------------------------------------------------------------------------------
store 'UPDATE fact SET value = replace(value, "0.7.1", "0.7.0") WHERE name = "apart"'
check "an answer for other versions does not count" gives 78 sync
check "until bootstrap has tried it again" gives 0 bootstrap --branch required
check "and a sync may" gives "0 4" sync

if ! simulated; then
	job_worker down
	done_testing
fi

# --- a trial that is interrupted ---------------------------------------------------------------------
store 'DELETE FROM fact WHERE name = "apart"'
set_conf 's/wait = "30s"/wait = "1s"/'
check "the worker is slow" ctl fault netbox slow-worker 60000
check "a trial gives up" gives 4 bootstrap
check "with the reason" says 'trying whether custom objects keep apart in branches: .*did not provision it within 1 s'
check "there is no answer" has_fact 'check(note is None, note)'
check "the worker is fast" ctl clear
check "the next one tries again" gives 0 bootstrap
check "and deletes what was left" branches "$trial_is_gone"
check "with an answer" has_fact 'check(note["apart"] is True, note)'

# --- a trial that is killed at each of its writes ------------------------------------------------------
total=9
held() { tail -n "+$((since + 1))" "$lab/requests.ndjson" | grep -q '"held":true'; }
killed_trial() {
	store 'DELETE FROM fact WHERE name = "apart"'
	mark
	frozen bootstrap "$1" "$2" || return $?
	kill -9 "$job"
	wait "$command" 2>/dev/null
	gives 0 bootstrap && has_fact 'check(note["apart"] is True, note)' && branches "$trial_is_gone"
}
branching 'mode = "required";'
for k in 1 2 3; do
	for mode in commit drop; do
		check "write $k of a trial is frozen, its job is killed, then $mode: the next bootstrap has the answer" killed_trial $k $mode
	done
done

# --- rights ------------------------------------------------------------------------------------------
store 'DELETE FROM fact WHERE name = "apart"'
check "the token may not create branches" ctl revoke netbox_branching.add_branch
check "bootstrap says what it could not try" gives 4 bootstrap
check "with the right" says 'trying whether custom objects keep apart in branches: creating a branch: .*HTTP 403'
check "the token may" ctl grant netbox_branching.add_branch

# --- a NetBox that does not keep them apart ----------------------------------------------------------
check "the plugins do not keep apart" ctl fault netbox not-apart 'netbox_custom_objects.*'
check "bootstrap finds out" gives 0 bootstrap
check "and says so" says 'writes objects of a branch of netbox-branching 1.2.2 to main'
check "remembers it" has_fact 'check(note["apart"] is False, note)'
check "and leaves nothing in main" branches "$trial_is_gone"
mark
check "a required branch is refused" gives 78 sync
check "with the reason" says 'writes the custom objects of a branch to main'
check "nothing was written" look no-writes
check "doctor warns" gives 0 doctor
branching 'mode = "if-available";'
check "an OSD goes down" ctl set lab/ceph/osd/1 up=0
check "if available, they go to main" gives "0 4" sync
check "as the log says" says 'the changes of module "ceph" go to main'
check "the others have no branch, as they changed nothing" branches 'check(all(status(row) == "merged" for row in rows), rows)'

check "the plugins keep apart" ctl clear
check "bootstrap tries it again, and finds out" gives 0 bootstrap
check "that they do" has_fact 'check(note["apart"] is True, note)'

# --- models that the administrator exempts -----------------------------------------------------------
store 'DELETE FROM fact WHERE name = "apart"'
check "custom objects are exempt" ctl fault netbox exempt 'netbox_custom_objects.*'
mark
check "bootstrap tries nothing" gives 0 bootstrap
check "and writes nothing" look no-writes
branching 'mode = "required";'
check "a sync into a branch is refused" gives 78 sync
check "with what is not kept apart" says 'module "ceph" cannot write into a branch: NetBox does not keep netbox_custom_objects.table[0-9]*model apart'
check "the exemption ends" ctl clear
check "devices are exempt" ctl fault netbox exempt dcim.device
branching 'mode = "required";'
check "a sync into a branch is refused" gives 78 sync
check "with what is not kept apart" says 'module "cluster" cannot write into a branch: NetBox does not keep dcim.device apart'
branching 'mode = "if-available";'
check "if available, its module goes to main" gives "0 4" sync
check "as the log says" says 'the changes of module "cluster" go to main, not into a branch: NetBox does not keep dcim.device apart'

# --- a new NetBox, which has no cluster ------------------------------------------------------------------
lab=$TMPDIR/lab.new
lab_up --guests 2 --endpoints 1 --plugins custom-objects,branching
set_conf 's|^modules.*|modules = [ "cluster", "ceph" ];|'
printf 'inventory = "custom-objects";\n' >>"$config"
cp "$config" "$TMPDIR/bare.cfg"
check "clusters are exempt" ctl fault netbox exempt 'virtualization.*'
branching 'mode = "required";'
check "bootstrap makes none in main" gives 1 bootstrap
check "and says why" says 'NetBox has no cluster, and keeps none apart in branches'
check "so that nothing is there" branches "$trial_is_gone"
check "clusters are kept apart, custom objects are not" ctl clear
check "without saying so" ctl fault netbox not-apart 'netbox_custom_objects.*'
check "bootstrap finds out, with a cluster in the branch" gives 4 bootstrap
check "as the object cannot be in main without it" has_fact 'check(note["apart"] is False, note)'
check "and nothing is left" branches "$trial_is_gone"
check "custom objects keep apart" ctl clear
check "bootstrap finds out again" gives 0 bootstrap
check "that they do" has_fact 'check(note["apart"] is True, note)'
check "the first sync is merged from a branch" gives "0 4" sync
check "with all" recorded 'check(branch["state"] == "merged" and run["record"]["totals"]["create"] > 80, run["record"]["totals"])'
done_testing
