#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# full one
# A module that crashes, hangs, leaks, exits or writes into foreign descriptors fails one run; all other runs and the
# command continue.
# slow
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
# The release build: a sanitizer would catch the signals of a module and defeat the memory limit.
STAGEBOX=${STAGEBOX_RELEASE:?}
bad=$(dirname "$STAGEBOX")/tests/modules
modules=$TMPDIR/modules
if ! [ -x "$STAGEBOX" ] || ! [ -f "$bad/awry.so" ]; then
	skip "a bad module fails only its own run" "there is no release build with its test modules"
	done_testing
fi
mkdir "$modules"
ln -s "$(dirname "$STAGEBOX")"/modules/*.so "$bad/awry.so" "$bad/crash_start.so" "$bad/exit_start.so" "$modules/"

lab_up --guests 4 --endpoints 2
set_conf "s|^modules.*|modules = [ \"cluster\", \"qemu\", \"lxc\", \"awry\" ]; module_dir = \"$modules\";|"
good=$TMPDIR/good.cfg
cp "$config" "$good"
check "bootstrap" gives 0 bootstrap
check "a sync with a correct module succeeds" gives 0 sync
guest() { netbox '
print(min(row["custom_fields"]["stagebox_key"] for row in nb.all("virtualization/virtual-machines")
          if row["custom_fields"]["stagebox_key"].startswith("'"$1"'/qemu/")))'; }
lab_guest=$(guest lab)
edge_guest=$(guest edge)
memory=2048

# awry AT HOW [LIMITS [OPTIONS]]: from now on the module fails at AT in the manner HOW, for lab only; both endpoints have
# a change to write
awry() {
	memory=$((memory + 16))
	limits='wall = "20s";'
	cp "$good" "$config"
	cat >>"$config" <<-CFG
		limits: { ${3:-$limits} };
		options: { awry: { at = "$1"; how = "$2"; ${4-} }; };
	CFG
	ctl set "$lab_guest" memory=$memory && ctl set "$edge_guest" memory=$memory
}
# lost CODE TEXT [STAGE]: check a sync in which the run of lab failed and that of edge succeeded. CODE is the number of a
# signal or a code of error_detail, or several of them.
lost() { python3 - "$TMPDIR/out" "$STAGEBOX" "$config" "$1" "$2" "${3-awry.stage}" <<'PY'
import json, re, subprocess, sys
path, program, config, code, text, stage = sys.argv[1:]
def show(command):
    return json.loads(subprocess.run([program, *command, "--format", "json", "--config", config],
                                     stdout=subprocess.PIPE, check=True).stdout)
doc = json.load(open(path))
lab, edge = doc["runs"]
assert doc["exit"] == 1, doc["exit"]
assert [edge["endpoint"], edge["status"], edge["exit"]] == ["edge", "ok", 0], edge
assert [lab["endpoint"], lab["status"], lab["exit"]] == ["lab", "failed", 1], lab
run = show(["run", "show", str(lab["id"])])
assert run["status"] == "failed" and show(["run", "show", str(edge["id"])])["status"] == "ok", run
for record in (lab["record"], run["record"]):
    detail = record["error_detail"]
    assert re.search(text, record["error"]), record["error"]
    assert {detail["code"], str(detail.get("signal"))} & set(code.split()), detail
    if stage:
        module = stage.split(".")[0]
        assert [detail["stage"], detail["module"]] == [stage, module], detail
        entry = record[module + "_sync"]["response"]["stages"][-1]
        assert entry["resource"] == stage.split(".")[1] and entry["status"] == "failed", entry
        assert entry["error_detail"] == detail and re.search(text, entry["error"]), entry
PY
}
# costs LABEL SECONDS CODE TEXT [STAGE]: a sync now fails for lab only, and takes at most SECONDS
costs() {
	check "$1: the command continues and exits with 1" gives 1 sync --format json
	check "$1: the record names cause, stage and module, the other endpoint is ok" lost "$3" "$4" ${5+"$5"}
	check "$1: the runs end within $2 s" in_time "$2"
	check "$1: the change of the other endpoint is in NetBox" netbox '
check(nb.one("virtualization/virtual-machines", "'"$edge_guest"'")["memory"] == '$memory')'
}
in_time() { "$STAGEBOX" runs --format json --config "$config" | python3 -c '
import json, sys
took = max(run["ended"] - run["started"] for run in json.load(sys.stdin)[:2])
sys.exit(took > int(sys.argv[1]) and f"{took} s")' "$1"; }

segv='died of signal 11.*stage "awry.stage".*module "awry"'
for place in fetch answer diff want; do
	awry $place crash
	costs "a crash in $place" 5 11 "$segv"
done
awry diff crash
check "a crash while a plan is made: the command exits with 1" gives 1 plan
check "a crash while a plan is made: the cause is shown" says "$segv"
check "a crash while a plan is made: the plan of the other endpoint is shown" says "$edge_guest"
awry fetch abort
costs "abort() in fetch" 5 6 'died of signal 6.*"awry.stage"'
awry answer overflow
costs "a stack overflow" 5 11 "$segv"
awry fetch exit
costs "exit(0) in fetch" 5 state 'exited with status 0 before its end event.*"awry.stage"'
awry diff exit
costs "exit(0) in diff" 5 state 'exited with status 0 before its end event.*"awry.stage"'

awry fetch spin 'cpu = "1s"; wall = "20s";'
costs "an endless loop with a CPU time limit" 5 24 'died of signal 24.*CPU time.*"awry.stage"'
awry diff nap 'wall = "2s";'
costs "an endless wait" 4 timeout 'deadline of 2 s.*"awry.stage"'
awry answer spin-stubbornly 'cpu = "1s"; wall = "2s";'
costs "an endless loop that ignores signals" 4 timeout 'deadline of 2 s.*"awry.stage"'
awry diff eat 'memory_mib = 256;'
costs "diff allocates all memory" 5 nomem 'memory.*"awry.stage"'
awry fetch eat 'memory_mib = 256;'
costs "fetch allocates all memory" 5 nomem 'memory' ''

awry fetch close-all
costs "all descriptors are closed" 5 "13 state" '"awry.stage"'
awry diff close-out
costs "the descriptor of events is closed" 5 state 'exited with status 1.*"awry.stage"'
awry fetch close-in 'wall = "3s";'
mark
check "the descriptor of the task is closed: the command continues and exits with 1" gives 1 sync --format json
check "the descriptor of the task is closed: nothing is written without a journal row" netbox '
check(nb.one("virtualization/virtual-machines", "'"$lab_guest"'")["memory"] != '$memory', "written")
check(nb.one("virtualization/virtual-machines", "'"$edge_guest"'")["memory"] == '$memory', "not written")'
awry fetch babble
costs "garbage among the events" 5 shape 'not an event.*"awry.stage"'
awry diff mumble
costs "half an event" 5 shape 'not an event.*"awry.stage"'
awry answer scribble
costs "garbage into every descriptor" 5 shape '"awry.stage"'
awry fetch flood
costs "endless output without a newline" 5 shape 'not an event.*"awry.stage"'
awry fetch leave-child
costs "a child process that outlives its job" 5 11 "$segv"
check "the child process was started" err_has '^awry child [0-9]'
check "the child process ends with the job" wait_for 5 not kill -0 "$(sed -n 's/^awry child //p' "$TMPDIR/err")"
awry fetch print
check "a module that prints: the sync succeeds" gives 0 sync --format json
check "a module that prints: stdout is valid JSON" python3 -m json.tool "$TMPDIR/out"
check "a module that prints: its output is on stderr" err_has 'awry words on stdout'

# No callback of a module runs while core writes, but a timer that the module left behind may fire.
awry fetch crash-later
ctl hold-write 1 drop
costs "a crash while ops are applied" 8 11 'died of signal 11.*stage "qemu.guests"' qemu.guests
ctl clear
awry fetch crash-at-stop
costs "a crash after the last event" 5 11 'after its last event.*signal 11' ''

# prove_gone runs between two passes of the diff.
awry gone crash '' 'has_row = false;'
prune_on
costs "a crash in prove_gone" 5 11 "$segv"

# Loading runs code of the module, in a job and in commands that only read.
cp "$good" "$config"
set_conf 's/"awry" \]/"awry", "crash_start" ]/'
check "a crash while a module is loaded: the command exits with 1" gives 1 sync --format json
check "a crash while a module is loaded: the record names the module" last 'check(re.search("signal 11.*module .*crash_start", run["record"]["error"]), text)
check(run["record"]["error_detail"]["module"] == "crash_start", text)'
for module in crash_start exit_start; do
	cp "$good" "$config"
	set_conf "s/\"awry\" \]/\"awry\", \"$module\" ]/"
	for command in "sync --resources full" "stages" "config check" "modules list" "modules check $modules/$module.so"; do
		# shellcheck disable=SC2086 # words
		check "${command%% /*} with $module: refused" gives 78 $command
		check "${command%% /*} with $module: the error names the module" err_has "module \"$module\""
	done
done

awry nowhere '' '' 'has_row = false;'
prune_on
check "a sync with a correct module succeeds again" gives 0 sync
cp "$good" "$config"
set_conf 's/, "awry" \]/ ]/'
check "a sync without the test module succeeds" gives 0 sync
check "NetBox matches Proxmox VE" mirrors
mark
check "another sync has nothing to do" gives 0 sync
check "another sync writes nothing" look no-writes
done_testing
