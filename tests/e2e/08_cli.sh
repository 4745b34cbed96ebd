#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# full one
# The command line: exit codes with their messages, selection, stable JSON, and independent endpoints.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
lab_up --guests 6 --endpoints 2
good=$config
config=$TMPDIR/other.cfg

# with SED...: the good configuration with these changes
with() {
	cp "$good" "$config"
	for each in "$@"; do sed -i -e "$each" "$config"; done
}
json() { python3 -m json.tool "$TMPDIR/out" /dev/null; }
# json_is SCRIPT: a Python expression over doc, the printed JSON, is true
json_is() { python3 -c '
import json, sys
doc = json.load(open(sys.argv[1]))
good = eval(sys.argv[2])
print(json.dumps(doc, indent=1)[:3000])
sys.exit(not good)' "$TMPDIR/out" "$1"; }

with
mark
# Usage errors: exit code 64 and no request.
check "a command line without a command is a usage error" sh -c "'$STAGEBOX' >/dev/null 2>&1; [ \$? = 64 ]"
check "an unknown command is a usage error" gives 64 frobnicate
check "the message names the command" err_has frobnicate
check "an unknown option is a usage error" gives 64 sync --frobnicate
check "the message names the option" err_has frobnicate
check "an option without its value is a usage error" gives 64 sync --resources
check "an option that the command does not take is a usage error" gives 64 stages --resources guests
check "an unknown format is a usage error" gives 64 runs --format yaml
check "an unknown mode of branches is a usage error" gives 64 sync --branch requird
check "the message suggests the nearest word" err_has '"requird" is not one of off, if-available, required (did you mean "required"?)'
check "apply takes its target from the plan" gives 64 apply --branch off x
check "an extra word is a usage error" gives 64 sync now
check "apply without a plan is a usage error" gives 64 apply
check "apply of a missing file is a usage error" gives 64 apply "$TMPDIR/nothing"
check "a run that is not a number is a usage error" gives 64 run show xyz
check "and so is one that is larger than any" gives 64 run show 99999999999999999999
check "which is named as it was written" err_has "99999999999999999999. is not a run"
check "an unknown resource is a usage error" gives 64 sync --resources osds
check "the message names the resource" err_has 'osds'
check "a misspelt resource is a usage error" gives 64 plan --resources interfces
check "the message suggests the right name" err_has 'interfaces'
check "so is one of all stages of a module" gives 64 plan --resources qemu.ful
check "for which the message suggests them" err_has 'qemu.full'
check "an unknown endpoint is an error" gives "64 78" sync --endpoint nowhere
check "the message names the endpoint" err_has nowhere
check "a value that is not a number is a usage error" gives 64 plan --max-objects many
check "an option of other commands is a usage error" gives 64 apply plan.json --retry
check "usage errors send no request" same "$(wc -l <"$lab/requests.ndjson")" "$since"

# Configuration errors: exit code 78 and no request.
check "the good configuration passes the check" gives 0 config check
check "the check passes with --format json" gives 0 config check --format json
check "its JSON counts endpoints and modules" json_is 'doc["ok"] is True and doc["endpoints"] == 2 and doc["modules"] == 3'
with 's/verify_ssl = false/verify_sssl = false/'
check "an unknown option in the configuration is an error" gives 78 config check
check "the message suggests the right option" err_has 'verify_sssl.*verify_ssl'
check "the error prevents a sync" gives 78 sync
with '0,/use_https = false/s//use_https = true/'
check "a URL that contradicts use_https is an error" gives 78 sync
check "the message names use_https" err_has use_https
with 's/settle = "1s"/settle = "soon"/'
check "an invalid value is an error" gives 78 sync
check "the message names the option of the value" err_has settle
with 's/max_percent = 5/max_percent = 500/'
check "a value out of bounds is an error" gives 78 sync
check "the message names the bounds" err_has 'max_percent.*100'
with 's/slug = "edge"/slug = "lab"/'
check "a slug that is used twice is an error" gives 78 sync
with 's/^netbox: {/netbox: {{/'
check "a syntax error in the file is an error" gives 78 sync
check "the message names the file" err_has 'other.cfg'
with 's|tokens/lab|tokens/none|'
check "a missing secret is an error" gives 78 sync
check "the message names the file of the secret" err_has 'tokens/none'
with 's/modules = .*/modules = [ "cluster", "qemuu" ];/'
check "a missing module is an error" gives 78 sync
check "the message names the module" err_has qemuu
with 's/modules = .*/modules = [ "cluster", "qemu" ]; options: { qemu: { agnet = true; }; };/'
check "an unknown option of a module is an error" gives 78 stages
check "the message suggests the right option of the module" err_has 'agnet.*agent'
config=$TMPDIR/nowhere.cfg
check "a missing configuration is an error" gives 78 sync
config=$TMPDIR/other.cfg
check "configuration errors send no request" same "$(wc -l <"$lab/requests.ndjson")" "$since"
with
check "the configuration can be dumped" gives 0 config dump
check "the dump contains defaults" out_has 'in_flight'
check "the dump contains no secret" has_not "$TMPDIR/out" "$(sed 's/.*=//;s/.*\.//' "$lab/tokens/netbox")"
cp "$TMPDIR/out" "$TMPDIR/dumped.cfg"
config=$TMPDIR/dumped.cfg
check "a dump is a valid configuration" gives 0 config check
config=$TMPDIR/other.cfg

# Stages, modules and help.
check "stages prints JSON" gives 0 stages --format json
check "each stage has the documented members" json_is 'all({"stage", "resource", "module", "after"} <= set(row) for row in doc) and len(doc) == 12'
check "modules list prints JSON" gives 0 modules list --format json
check "each module has the documented members" json_is '[row["name"] for row in doc] == ["cluster", "qemu", "lxc"] and all({"name", "version", "summary", "path"} <= set(row) for row in doc)'
check "modules info prints JSON" gives 0 modules info qemu --format json
check "modules info lists options and stages" json_is '{row["name"] for row in doc["options"]} >= {"agent", "templates"} and len(doc["stages"]) == 4'
check "modules info of an unknown module is an error" gives 78 modules info frob
check "help succeeds" gives 0 help
check "help lists the commands" out_has 'bootstrap'
check "--version succeeds" gives 0 --version

# Servers that are down or refuse the token.
with "s|^\(\turl = \"http://127.0.0.1:\)[0-9]*|\11|"
check "an unreachable NetBox ends with exit code 69" gives 69 sync
check "the message names its address" err_has '127.0.0.1:1'
printf 'nbt_000000000000.0000000000000000000000000000000000000000\n' >"$TMPDIR/wrong"
with "s|file:[^\"]*/tokens/netbox|file:$TMPDIR/wrong|"
check "a wrong NetBox token ends with exit code 77" gives 77 sync
check "the message mentions the token" err_has '[Tt]oken'
printf 'stagebox@pve!sync=00000000-0000-0000-0000-000000000000\n' >"$TMPDIR/wrongpve"
with
check "bootstrap prepares NetBox" gives 0 bootstrap
with "s|file:[^\"]*/tokens/lab|file:$TMPDIR/wrongpve|"
check "a wrong token of an endpoint ends with exit code 77" gives 77 plan --endpoint lab
check "the message mentions the endpoint's token" says '401\|[Tt]oken'
with
ctl fault netbox token-expired
check "an expired NetBox token ends with exit code 77" gives 77 sync
ctl clear

# Selection.
mark
check "a sync of the interfaces alone does not fail" gives "0 4" sync --endpoint lab --resources cluster.interfaces
check "it creates no ports without their node, which was not selected" netbox '
check(not nb.all("virtualization/virtual-machines"), "virtual machines are there")
check(not nb.all("dcim/interfaces"), "ports without a device")'
check "a sync of cluster, nodes and guests succeeds" gives 0 sync --endpoint lab --resources cluster,nodes,qemu.guests
check "it creates these and nothing else" netbox '
keys = [row["custom_fields"]["stagebox_key"] for row in nb.all("virtualization/virtual-machines")]
check(keys and all(key.startswith("lab/qemu/") for key in keys), keys)
check(len(nb.all("dcim/devices")) == 3)
check(not nb.all("virtualization/virtual-disks") and not nb.all("virtualization/interfaces"))'
check "the record contains the selected resources" last '
check(run["record"]["qemu_sync"]["params"]["resources"] == ["cluster", "nodes", "qemu.guests"], run["record"]["qemu_sync"]["params"])'
check "a sync of the interfaces of guests succeeds" gives 0 sync --endpoint lab --resources qemu.interfaces
check "it creates these interfaces and nothing else" netbox '
keys = [row["custom_fields"]["stagebox_key"] for row in nb.all("virtualization/interfaces")]
check(keys and all(key.startswith("lab/qemu/") for key in keys), keys[:5])
check(not nb.all("virtualization/virtual-disks"))'
check "a sync of one guest succeeds" gives 0 sync --target lab/lxc/102
check "it creates that guest with all its parts" netbox '
keys = [row["custom_fields"]["stagebox_key"] for row in nb.all("virtualization/virtual-machines")]
check([key for key in keys if key.startswith("lab/lxc/")] == ["lab/lxc/102"], keys)
keys = [row["custom_fields"]["stagebox_key"] for row in nb.all("virtualization/virtual-disks")]
check(keys and all(key.startswith("lab/lxc/102/") for key in keys), keys)'
check "a plan above --max-objects is refused" gives 5 sync --max-objects 3
check "the message names the limit" says '3'
# Writes go on when the reader of the output is gone; the output then ends like that of any program.
plan_into_nothing() { { "$STAGEBOX" plan --config "$config" 2>"$TMPDIR/err" && echo 0 >"$TMPDIR/code" || echo $? >"$TMPDIR/code"; } | true; }
plan_into_nothing
check "a plan whose reader is gone ends by SIGPIPE" same "$(cat "$TMPDIR/code")" 141
check "no error about the output is written" has_not "$TMPDIR/err" '^stagebox:'
mark
check "a sync of --resources full succeeds" gives 0 sync --resources full
check "it brings everything into NetBox" mirrors

# Two endpoints, one of them down.
ctl fault edge drop
ctl set lab/qemu/101 memory=4096
check "with one endpoint down a sync is partial" gives 4 sync
check "the message names the endpoint that is down" says edge
check "the other endpoint was synced" netbox 'check(nb.one("virtualization/virtual-machines", "lab/qemu/101")["memory"] == 4096)'
check "the runs can be listed" gives 0 runs --format json --limit 2
check "only the run of the endpoint that is up is ok" json_is '{run["endpoint"]: run["status"] == "ok" for run in doc} == {"lab": True, "edge": False}'
ctl clear

# A busy endpoint, and the list of runs.
ctl set lab/qemu/101 memory=4608
ctl fault netbox stall 60
"$STAGEBOX" sync --endpoint lab --config "$config" >"$TMPDIR/first.out" 2>&1 &
first=$!
running() { "$STAGEBOX" run show last --format json --config "$config" | grep -q '"status": "running"'; }
check "a sync of an endpoint is running" wait_for 20 running
check "a second sync of the endpoint ends with exit code 75" gives 75 sync --endpoint lab
check "the message names the process that is busy" says 'pid\|process'
ctl clear
wait $first
check "the first sync succeeds" same "$?" 0

check "runs prints JSON" gives 0 runs --format json
check "each run has the documented members, newest first" json_is 'all({"id", "endpoint", "mode", "status", "pid", "started", "ended"} <= set(run) for run in doc) and doc[0]["id"] > doc[-1]["id"]'
check "runs of one endpoint can be listed" gives 0 runs --endpoint edge --format json
check "they contain no other endpoint" json_is 'doc and all(run["endpoint"] == "edge" for run in doc)'
check "run show prints JSON" gives 0 run show last --format json
check "the run has the documented members" json_is '{"id", "endpoint", "mode", "status", "pid", "started", "ended", "record", "requests"} <= set(doc)'
check "every request has a row in the journal" json_is 'doc["requests"] and all({"method", "path", "kind", "outcome"} <= set(row) for row in doc["requests"])'
check "run show prints text" gives 0 run show last
check "the text names the stages" out_has 'qemu.guests'
check "an unknown run is an error" gives "1 64" run show 99999
check "sync --format json succeeds" gives 0 sync --format json
check "it prints JSON and nothing else" json
check "a quiet sync succeeds" gives 0 sync --quiet
check "it prints nothing on stderr" test ! -s "$TMPDIR/err"
check "output to a file has no colours" has_not "$TMPDIR/out" "$(printf '\033')"
done_testing
