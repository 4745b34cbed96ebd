#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The command line: exit codes with their texts, selection, stable JSON, and endpoints that do not hinder each other.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
lab_up --guests 6 --endpoints 2
good=$config
config=$TMPDIR/other.cfg

# with SED...: the good configuration, changed
with() {
	cp "$good" "$config"
	for each in "$@"; do sed -i -e "$each" "$config"; done
}
json() { python3 -m json.tool "$TMPDIR/out" /dev/null; }
# json_is SCRIPT: python over doc, what the program printed
json_is() { python3 -c '
import json, sys
doc = json.load(open(sys.argv[1]))
good = eval(sys.argv[2])
print(json.dumps(doc, indent=1)[:3000])
sys.exit(not good)' "$TMPDIR/out" "$1"; }

with
mark
# Usage: 64 and no request.
check "no command is a usage error" sh -c "'$STAGEBOX' >/dev/null 2>&1; [ \$? = 64 ]"
check "an unknown command" gives 64 frobnicate
check "is named" err_has frobnicate
check "an unknown option" gives 64 sync --frobnicate
check "is named, too" err_has frobnicate
check "an option without its value" gives 64 sync --resources
check "an option that the command does not take" gives 64 stages --resources guests
check "a format that there is not" gives 64 runs --format yaml
check "a word too many" gives 64 sync now
check "apply without a plan" gives 64 apply
check "apply of a file that is not there" gives 64 apply "$TMPDIR/nothing"
check "a run that is no number" gives 64 run show xyz
check "a resource that there is not" gives 64 sync --resources osds
check "the text names it and what there is" err_has 'osds'
check "a misspelt one" gives 64 plan --resources interfces
check "with a guess" err_has 'interfaces'
check "an endpoint that there is not" gives "64 78" sync --endpoint nowhere
check "is named as well" err_has nowhere
check "a number that is none" gives 64 plan --max-objects many
check "none of these asked anybody" same "$(wc -l <"$lab/requests.ndjson")" "$since"

# Configuration: 78 and no request.
check "the configuration is right" gives 0 config check
check "for programs, too" gives 0 config check --format json
check "as JSON" json_is 'doc["ok"] is True and doc["endpoints"] == 2 and doc["modules"] == 3'
with 's/verify_ssl = false/verify_sssl = false/'
check "an unknown key" gives 78 config check
check "gets a guess" err_has 'verify_sssl.*verify_ssl'
check "and stops a sync" gives 78 sync
with '0,/use_https = false/s//use_https = true/'
check "a URL that contradicts use_https" gives 78 sync
check "names use_https" err_has use_https
with 's/settle = "1s"/settle = "soon"/'
check "a value that is none" gives 78 sync
check "is named with its key" err_has settle
with 's/max_percent = 5/max_percent = 500/'
check "a value out of bounds" gives 78 sync
check "is told with the bounds" err_has 'max_percent.*100'
with 's/slug = "edge"/slug = "lab"/'
check "one slug twice" gives 78 sync
with 's/^netbox: {/netbox: {{/'
check "a file that cannot be read" gives 78 sync
check "is told with its line" err_has 'other.cfg'
with 's|tokens/lab|tokens/none|'
check "a secret that is not there" gives 78 sync
check "is told with its file" err_has 'tokens/none'
with 's/modules = .*/modules = [ "cluster", "qemuu" ];/'
check "a module that is not there" gives 78 sync
check "is told by name" err_has qemuu
with 's/modules = .*/modules = [ "cluster", "qemu" ]; options: { qemu: { agnet = true; }; };/'
check "an option that the module has not" gives 78 stages
check "gets a guess, too" err_has 'agnet.*agent'
config=$TMPDIR/nowhere.cfg
check "no configuration" gives 78 sync
config=$TMPDIR/other.cfg
check "none of these asked anybody either" same "$(wc -l <"$lab/requests.ndjson")" "$since"
with
check "the dump shows every group" gives 0 config dump
check "with values that were not set" out_has 'in_flight'
check "and no secret" has_not "$TMPDIR/out" "$(sed 's/.*=//;s/.*\.//' "$lab/tokens/netbox")"
cp "$TMPDIR/out" "$TMPDIR/dumped.cfg"
config=$TMPDIR/dumped.cfg
check "a dump is a configuration" gives 0 config check
config=$TMPDIR/other.cfg

# Introspection.
check "stages" gives 0 stages --format json
check "have stable keys" json_is 'all({"stage", "resource", "module", "after"} <= set(row) for row in doc) and len(doc) == 12'
check "modules list" gives 0 modules list --format json
check "has stable keys" json_is '[row["name"] for row in doc] == ["cluster", "qemu", "lxc"] and all({"name", "version", "summary", "path"} <= set(row) for row in doc)'
check "modules info" gives 0 modules info qemu --format json
check "tells options and stages" json_is '{row["name"] for row in doc["options"]} >= {"agent", "templates"} and len(doc["stages"]) == 4'
check "modules info of none" gives 78 modules info frob
check "help" gives 0 help
check "names the commands" out_has 'bootstrap'
check "the version" gives 0 --version

# Servers that do not answer as they should.
with "s|^\(\turl = \"http://127.0.0.1:\)[0-9]*|\11|"
check "a NetBox that is not there" gives 69 sync
check "is told by its address" err_has '127.0.0.1:1'
printf 'nbt_000000000000.0000000000000000000000000000000000000000\n' >"$TMPDIR/wrong"
with "s|file:[^\"]*/tokens/netbox|file:$TMPDIR/wrong|"
check "a wrong NetBox token" gives 77 sync
check "is told" err_has '[Tt]oken'
printf 'stagebox@pve!sync=00000000-0000-0000-0000-000000000000\n' >"$TMPDIR/wrongpve"
with
check "bootstrap" gives 0 bootstrap
with "s|file:[^\"]*/tokens/lab|file:$TMPDIR/wrongpve|"
check "a wrong token of an endpoint" gives 77 plan --endpoint lab
check "is told, too" says '401\|[Tt]oken'
with
ctl fault netbox token-expired
check "a NetBox token that has expired" gives 77 sync
ctl clear

# Selection.
mark
check "a sync of the interfaces alone" gives "0 4" sync --endpoint lab --resources cluster.interfaces
check "brings ports but no node: what they need was not selected" netbox '
check(not nb.all("virtualization/virtual-machines"), "virtual machines are there")
check(not nb.all("dcim/interfaces"), "ports without a device")'
check "a sync of cluster, nodes and guests" gives 0 sync --endpoint lab --resources cluster,nodes,qemu.guests
check "brings those" netbox '
keys = [row["custom_fields"]["stagebox_key"] for row in nb.all("virtualization/virtual-machines")]
check(keys and all(key.startswith("lab/qemu/") for key in keys), keys)
check(len(nb.all("dcim/devices")) == 3)
check(not nb.all("virtualization/virtual-disks") and not nb.all("virtualization/interfaces"))'
check "the record says what was asked for" last '
check(run["record"]["qemu_sync"]["params"]["resources"] == ["cluster", "nodes", "qemu.guests"], run["record"]["qemu_sync"]["params"])'
check "a sync of the interfaces of guests then" gives 0 sync --endpoint lab --resources qemu.interfaces
check "brings theirs alone" netbox '
keys = [row["custom_fields"]["stagebox_key"] for row in nb.all("virtualization/interfaces")]
check(keys and all(key.startswith("lab/qemu/") for key in keys), keys[:5])
check(not nb.all("virtualization/virtual-disks"))'
check "a sync of one guest" gives 0 sync --target lab/lxc/102
check "brings that guest with all it has" netbox '
keys = [row["custom_fields"]["stagebox_key"] for row in nb.all("virtualization/virtual-machines")]
check([key for key in keys if key.startswith("lab/lxc/")] == ["lab/lxc/102"], keys)
keys = [row["custom_fields"]["stagebox_key"] for row in nb.all("virtualization/virtual-disks")]
check(keys and all(key.startswith("lab/lxc/102/") for key in keys), keys)'
check "more objects than allowed" gives 5 sync --max-objects 3
check "is refused with the number" says '3'
mark
check "a selection of everything" gives 0 sync --resources full
check "is everything" mirrors

# Two endpoints, one of them down.
ctl fault edge drop
ctl set lab/qemu/101 memory=4096
check "with one endpoint down a sync is not whole" gives "4 69" sync
check "it is named" says edge
check "the other one went on" netbox 'check(nb.one("virtualization/virtual-machines", "lab/qemu/101")["memory"] == 4096)'
check "its run is ok, the other's is not" gives 0 runs --format json --limit 2
check "really" json_is '{run["endpoint"]: run["status"] == "ok" for run in doc} == {"lab": True, "edge": False}'
ctl clear

# Busy, and what has run.
ctl set lab/qemu/101 memory=4608
ctl fault netbox stall 60
"$STAGEBOX" sync --endpoint lab --config "$config" >"$TMPDIR/first.out" 2>&1 &
first=$!
running() { "$STAGEBOX" run show last --format json --config "$config" | grep -q '"status": "running"'; }
check "while a sync of an endpoint runs" wait_for 20 running
check "another one is told that it is busy" gives 75 sync --endpoint lab
check "by whom" says 'pid\|process'
ctl clear
wait $first
check "the first one ends well" same "$?" 0

check "runs" gives 0 runs --format json
check "have stable keys" json_is 'all({"id", "endpoint", "mode", "status", "pid", "started", "ended"} <= set(run) for run in doc) and doc[0]["id"] > doc[-1]["id"]'
check "of one endpoint" gives 0 runs --endpoint edge --format json
check "alone" json_is 'doc and all(run["endpoint"] == "edge" for run in doc)'
check "a run is shown" gives 0 run show last --format json
check "with stable keys" json_is '{"id", "endpoint", "mode", "status", "pid", "started", "ended", "record", "requests"} <= set(doc)'
check "every request has a row of the journal" json_is 'doc["requests"] and all({"method", "path", "kind", "outcome"} <= set(row) for row in doc["requests"])'
check "and for people" gives 0 run show last
check "in words" out_has 'qemu.guests'
check "a run that there is not" gives "1 64" run show 99999
check "a sync for programs" gives 0 sync --format json
check "prints JSON and nothing else" json
check "a quiet sync" gives 0 sync --quiet
check "says nothing on stderr" test ! -s "$TMPDIR/err"
check "no colours where nobody asked for them" has_not "$TMPDIR/out" "$(printf '\033')"
done_testing
