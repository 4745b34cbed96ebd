# SPDX-License-Identifier: Apache-2.0
# Shared by the suites of branches of NetBox; they source it after lib.sh.

# branch_lab OPTION...: a lab with the plugin netbox-branching, bootstrapped; the configuration without branches is in bare.cfg
branch_lab() {
	lab_up --plugins branching "$@"
	simulated || job_worker up
	prune_on
	cp "$config" "$TMPDIR/bare.cfg"
	gives 0 bootstrap
}
# branching OPTIONS: the configuration with these options of branching; $branch_wait: how long NetBox's workers may take
: "${branch_wait:=30s}"
branching() {
	cp "$TMPDIR/bare.cfg" "$config"
	printf 'branching: { wait = "%s"; %s };\n' "$branch_wait" "$1" >>"$config"
}
# branches PYTHON: checks "branches", those that NetBox has by name, "branch", the last one made, and inside(BRANCH), a NetBox
# that reads and writes in it
branches() { netbox '
import copy
rows = nb.all("plugins/branching/branches")
branches = {row["name"]: row for row in rows}
branch = rows[-1] if rows else None
def inside(row):
    other = copy.copy(nb)
    other.headers = dict(nb.headers, **{"X-NetBox-Branch": row["schema_id"]})
    return other
def status(row): return row["status"]["value"]
def job_of(answer):
    import time
    until = time.time() + 300
    while time.time() < until:
        job = nb.call("GET", "core/jobs/%d/" % answer["id"])
        if job["status"]["value"] in ("completed", "errored", "failed"):
            return job
        time.sleep(0.1)
    check(False, "the job has not ended", job)
def act(row, action, commit=True):
    return job_of(nb.call("POST", "plugins/branching/branches/%d/%s/" % (row["id"], action), {"commit": commit}))
'"$1"; }
# recorded PYTHON: checks "branch" of the record of the last run, and "run"
recorded() { last 'branch = run["record"].get("branch")
'"$1"; }
# store SQL: changes the store
store() { python3 -c '
import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as db:
    db.execute(sys.argv[2])' "$lab/stagebox.db" "$1"; }
# worker gone|back, plugin gone|back: what NetBox runs
worker() {
	case "$1 $(simulated && echo simulated)" in
	'gone simulated') ctl fault netbox no-worker ;;
	'back simulated') ctl clear ;;
	gone*) job_worker down ;;
	back*) job_worker up ;;
	esac
}
plugin() {
	case $1 in
	gone) ctl set netbox/plugin/branching version= ;;
	back) ctl set netbox/plugin/branching version=1.2.2 ;;
	esac
}
quiet() { mark; gives "0 4" sync && look no-writes; }
