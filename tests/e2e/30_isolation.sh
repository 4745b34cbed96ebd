#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# full one
# A module that crashes, hangs, leaks, exits or writes into foreign descriptors costs its own stages: the run goes on without
# it. Where that is not possible it costs one run; all other runs and the command continue.
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
cp "$(dirname "$STAGEBOX")"/modules/*.so "$bad/awry.so" "$bad/crash_start.so" "$bad/exit_start.so" "$modules/"

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
# left_out CODE TEXT: check a sync in which the module awry failed in lab, and everything else was synced
left_out() { python3 - "$TMPDIR/out" "$STAGEBOX" "$config" "$1" "$2" <<'PY'
import json, re, subprocess, sys
path, program, config, code, text = sys.argv[1:]
doc = json.load(open(path))
lab, edge = doc["runs"]
assert doc["exit"] == 1, doc["exit"]
assert [edge["endpoint"], edge["status"], edge["exit"]] == ["edge", "ok", 0], edge
assert [lab["endpoint"], lab["status"], lab["exit"]] == ["lab", "failed", 1], lab
run = json.loads(subprocess.run([program, "run", "show", str(lab["id"]), "--format", "json", "--config", config],
                                stdout=subprocess.PIPE, check=True).stdout)
for record in (lab["record"], run["record"]):
    assert not record.get("error"), record["error"]
    entry, = record["awry_sync"]["response"]["stages"]
    assert entry["status"] == "failed" and re.search(text, entry["error"]), entry
    detail = entry["error_detail"]
    assert {detail["code"], str(detail.get("signal"))} & set(code.split()), detail
    assert [detail["stage"], detail["module"]] == ["awry.stage", "awry"], detail
    others = [stage for name in ("cluster_sync", "qemu_sync", "lxc_sync") for stage in record[name]["response"]["stages"]]
    assert len(others) == 12 and all(stage["status"] == "ok" for stage in others), others
PY
}
# spares LABEL SECONDS CODE TEXT: a sync now leaves the module out for lab, syncs everything else, and takes at most SECONDS
spares() {
	check "$1: the command continues and exits with 1" gives 1 sync --format json
	check "$1: the record names cause, stage and module, everything else is ok" left_out "$3" "$4"
	check "$1: the runs end within $2 s" in_time "$2"
	check "$1: the changes of both endpoints are in NetBox" netbox '
for key in ("'"$lab_guest"'", "'"$edge_guest"'"):
    check(nb.one("virtualization/virtual-machines", key)["memory"] == '$memory', key)'
}
in_time() { "$STAGEBOX" runs --format json --config "$config" | python3 -c '
import json, sys
took = max(run["ended"] - run["started"] for run in json.load(sys.stdin)[:2])
sys.exit(took > int(sys.argv[1]) and f"{took} s")' "$1"; }

segv='died of signal 11.*stage "awry.stage".*module "awry"'
for place in fetch answer diff want; do
	awry $place crash
	spares "a crash in $place" 6 11 "$segv"
done
awry diff crash
check "a crash while a plan is made: the command exits with 1" gives 1 plan
check "a crash while a plan is made: the cause is shown" says "$segv"
check "a crash while a plan is made: the plans of both endpoints are shown" says "$edge_guest"
check "a crash while a plan is made: also that of this one" says "$lab_guest"
awry fetch abort
spares "abort() in fetch" 7 6 'died of signal 6.*"awry.stage"'
awry answer overflow
spares "a stack overflow" 7 11 "$segv"
awry fetch exit
spares "exit(0) in fetch" 7 state 'exited with status 0 before its end event.*"awry.stage"'
awry diff exit
spares "exit(0) in diff" 7 state 'exited with status 0 before its end event.*"awry.stage"'

awry fetch spin 'cpu = "1s"; wall = "20s";'
spares "an endless loop with a CPU time limit" 7 24 'died of signal 24.*CPU time.*"awry.stage"'
awry diff nap 'wall = "20s"; stage = "1s";'
spares "an endless wait" 6 14 'died of signal 14.*limits.stage.*"awry.stage"'
awry answer spin 'wall = "20s"; stage = "1s";'
spares "an endless loop" 6 14 'died of signal 14.*limits.stage.*"awry.stage"'
awry diff nap 'wall = "2s";'
costs "an endless wait up to the deadline" 4 timeout 'deadline of 2 s.*"awry.stage"'
awry answer spin-stubbornly 'cpu = "1s"; wall = "2s";'
costs "an endless loop that ignores signals" 4 timeout 'deadline of 2 s.*"awry.stage"'
awry diff eat 'memory_mib = 256;'
spares "diff allocates all memory" 7 nomem 'memory.*"awry.stage"'
awry fetch eat 'memory_mib = 256;'
spares "fetch allocates all memory" 7 nomem 'memory.*"awry.stage".*raise limits.memory_mib, which is 256'
awry fetch ignore-failure
spares "a failed allocation that its caller ignores" 7 nomem 'ran out of memory.*"awry.stage"'

check "the release build has no failures on purpose (./dev torture)" not grep -q -a SB_TORTURE "$STAGEBOX"

awry fetch close-all
spares "all descriptors are closed" 7 "13 state" '"awry.stage"'
awry diff close-out
spares "the descriptor of events is closed" 7 state 'exited with status 1.*"awry.stage"'
awry fetch close-in 'wall = "3s";'
mark
check "the descriptor of the task is closed: the command continues and exits with 1" gives 1 sync --format json
check "the descriptor of the task is closed: nothing is written without a journal row" netbox '
check(nb.one("virtualization/virtual-machines", "'"$lab_guest"'")["memory"] != '$memory', "written")
check(nb.one("virtualization/virtual-machines", "'"$edge_guest"'")["memory"] == '$memory', "not written")'
awry fetch babble
spares "garbage among the events" 7 shape 'not an event.*"awry.stage"'
awry diff mumble
spares "half an event" 7 shape 'not an event.*"awry.stage"'
awry answer scribble
spares "garbage into every descriptor" 7 shape '"awry.stage"'
awry fetch flood
spares "endless output without a newline" 7 shape 'not an event.*"awry.stage"'
awry fetch leave-child
spares "a child process that outlives its job" 7 11 "$segv"
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
spares "a crash in prove_gone" 7 11 "$segv"

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
