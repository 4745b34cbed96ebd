#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# full one
# limit 600
# stagebox modules test: cases are played with the real engine, mistakes in them are named, and what a case cannot answer is
# reported. The module is one of the build; 20_third_party does the same with a module of somebody else.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
module=${STAGEBOX_BUILD:?}/modules/cluster.so
cases=$TMPDIR/cases
mkdir -p "$cases" "$TMPDIR/tmp"

# plays CODE CASE...: runs the command, in a folder for temporary files of its own
plays() {
	wanted=$1
	shift
	TMPDIR=$TMPDIR/tmp timeout -k 5 120 "$STAGEBOX" modules test "$module" "$@" >"$TMPDIR/out" 2>"$TMPDIR/err"
	code=$?
	[ $code = "$wanted" ] || { echo "exit code $code instead of $wanted"; cat "$TMPDIR/out" "$TMPDIR/err"; return 1; }
}
# write FILE TEXT: a file of a case
write() { mkdir -p "$(dirname "$cases/$1")" && printf '%s\n' "$2" >"$cases/$1"; }
# member EXPRESSION: of the document of the last play with --format json
member() { python3 -c 'import json, sys; doc = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' "$TMPDIR/out" "$1"; }

# --- a case grows -------------------------------------------------------------------------------------

mkdir "$cases/first"
check "an empty case is played" plays 0 "$cases/first"
check "without expected.json its step is skipped" out_has '^ok 1 - first # SKIP'
check "what the module asks for is reported" out_has 'asked, not answered: GET /cluster/resources'
check "as TAP" out_has '^1\.\.1$'

node='{"type": "node", "node": "pve1", "status": "online"}'
guest='{"type": "qemu", "vmid": 101, "node": "pve1", "name": "web", "status": "running"}'
write first/pve.json '{"/cluster/resources": ['"$node, $guest"'], "/cluster/options": {}, "/cluster/ha/status/current": [{"type": "quorum", "quorate": 1}],
	"/nodes/pve1/network": [], "/nodes/pve1/status": {"pveversion": "pve-manager/9.2.11/x", "cpuinfo": {"model": "X"}},
	"/nodes/pve1/config": {}, "/cluster/sdn/zones?pending=1": [], "/cluster/sdn/vnets?pending=1": [], "/access/acl": []}'
check "with the answers the step is played again" plays 0 "$cases/first" --update
check "expected.json is written" test -s "$cases/first/expected.json"
check "nothing is unanswered" has_not "$TMPDIR/out" 'not answered'
check "the plan creates the cluster" has "$cases/first/expected.json" '"key": "lab/cluster"'
check "and then the step is as expected" plays 0 "$cases/first"
check "which is reported" out_has '^ok 1 - first: plan and record are as expected'
cp "$cases/first/expected.json" "$TMPDIR/once"
check "a second update" plays 0 "$cases/first" --update
check "writes the same bytes" cmp "$TMPDIR/once" "$cases/first/expected.json"
again() { python3 -c 'import json, sys; doc = json.load(open(sys.argv[1])); sys.exit(doc["again"] != [] or doc["exit"] != 0)' "$1"; }
check "the second plan of the step is empty" again "$cases/first/expected.json"

sed -i 's/"name": "lab"/"name": "other"/' "$cases/first/expected.json"
check "another plan than expected fails" plays 1 "$cases/first"
check "as TAP" out_has '^not ok 1 - first'
check "and names the difference" out_has 'plan\[[0-9]*\].set.name: expected "other", is "lab"'
check "in JSON" plays 1 "$cases/first" --format json
check "there is one step" same "$(member 'len(doc["steps"])')" 1
check "that differs" same "$(member 'doc["ok"], doc["steps"][0]["status"]')" "(False, 'different')"
check "with all requests" same "$(member 'doc["steps"][0]["asked"]["GET /cluster/resources"]')" 200
check "an update accepts it" plays 0 "$cases/first" --update
check "variables of the environment have no effect" env STAGEBOX_PRUNE_RUNS=nonsense STAGEBOX_NETBOX_URL=http://127.0.0.1:1 \
	"$STAGEBOX" modules test "$module" "$cases/first"
check "temporary files are removed" same "$(ls "$TMPDIR/tmp")" ''

# --- steps, failures of the servers ----------------------------------------------------------------------

cp -r "$cases/first" "$cases/steps"
rm "$cases/steps/expected.json"
write steps/1/pve.json '{}'
write steps/2/pve.json '{"/cluster/resources": {"$status": 500, "$reason": "no worker"}}'
write steps/3/pve.json '{"/cluster/resources": {"$error": "timeout"}, "/nodes/pve1/network": {"$status": 403, "$reason": "Permission check failed (/nodes/pve1, Sys.Audit)"}}'
write steps/4/pve.json '{"/cluster/resources": {"$body": "<html>"}, "/nodes/pve1/network": {"$body_file": "files/bytes"}}'
mkdir -p "$cases/steps/files"
printf '\377\376\000{' >"$cases/steps/files/bytes"
write steps/5/pve.json '{"/cluster/resources": {"$file": "files/resources.json"}, "/nodes/pve1/network": []}'
write steps/files/resources.json "[$node]"
write steps/6/netbox.json '{"dcim/devices": [{"$key": "lab/node/pve1", "comments": "rack 12"}], "GET /api/virtualization/clusters/": {"$status": 500}}'
check "a case of six steps is played" plays 0 "$cases/steps" --update
check "each step is reported" out_has '^1\.\.6$'
check "and all are as expected the next time" plays 0 "$cases/steps"
# step CASE/STEP EXPRESSION: of its expected.json, and "changes": {key: (verb, set)}
step() { python3 - "$cases/$1/expected.json" "$2" <<'PY'
import json, sys
doc = json.load(open(sys.argv[1]))
changes = {op["key"]: (op["verb"], op.get("set")) for op in doc["plan"]}
print(eval(sys.argv[2]))
PY
}
check "the first step creates" same "$(step steps/1 'doc["exit"], bool(doc["plan"])')" "(0, True)"
for each in 2 3 4; do
	check "step $each with a failure is partial and changes nothing" same "$(step steps/$each 'doc["exit"], doc["plan"]')" "(4, [])"
done
check "the failures are in the record" same "$(step steps/2 '"no worker" in json.dumps(doc["stages"])')" True
check "afterwards all is as before" same "$(step steps/5 'doc["exit"], doc["plan"]')" "(0, [])"
check "a list of NetBox that cannot be read is unknown" same "$(step steps/6 'doc["exit"] != 0, [op for op in doc["plan"] if op["verb"] == "create"]')" "(True, [])"
mkdir "$cases/short" && cp -r "$cases/steps"/pve.json "$cases/steps/1" "$cases/short"
check "several cases are played one after another" plays 0 "$cases/first" "$cases/short/" "$cases/first"
check "each with a NetBox of its own" out_has '^1\.\.3$'

# --- modules that write what NetBox has no model for, and what belongs to others ----------------------------

own_modules=$(dirname "$STAGEBOX")/tests/modules
# plays_own MODULE CODE ARGUMENT...: plays a case of one of the modules for tests
plays_own() {
	module=$own_modules/$1.so
	shift
	plays "$@"
	code=$?
	module=$STAGEBOX_BUILD/modules/cluster.so
	return $code
}
cp "$cases/first/pve.json" "$TMPDIR/cluster.json"
if [ -f "$own_modules/shelf.so" ]; then
	# Shelves of nodes: a kind with a home, a custom field of the cluster.
	write shelf/stagebox.cfg 'modules = [ "cluster", "shelf" ]; options: { shelf: { shelves = 1; }; };'
	cp "$TMPDIR/cluster.json" "$cases/shelf/pve.json"
	write shelf/1/pve.json '{"/nodes": [{"node": "pve1"}]}'
	write shelf/2/pve.json '{"/nodes": {"$status": 500, "$reason": "no worker"}}'
	write shelf/3/pve.json '{"/nodes": [{"node": "pve1"}]}'
	write shelf/3/netbox.json '{"virtualization/clusters": [{"$key": "lab/cluster", "custom_fields": {"stagebox_shelf": {"theirs": 1, "shelf":
		{"lab/shelf/pve1/0": {"title": "lab/shelf/pve1/0", "device": {"$ref": "lab/node/pve1"}, "height": 7, "slot": 0, "note": "", "payload": {"x": "xxxxxxxxxx"}}}}}}]}'
	write shelf/4/pve.json '{"/nodes": []}'
	check "a case of a module with a home is played" plays_own shelf 0 "$cases/shelf" --update
	check "the first step creates its objects" same "$(step shelf/1 'changes["lab/shelf/pve1/0"][0], changes["lab/shelf/pve1/0"][1]["height"], doc["again"], doc["exit"]')" \
		"('create', 42, [], 0)"
	check "a list that answers 500 changes nothing" same "$(step shelf/2 'changes, doc["exit"]')" "({}, 4)"
	check "what a person changed in the home is corrected" same "$(step shelf/3 'changes, doc["again"], doc["exit"]')" \
		"({'lab/shelf/pve1/0': ('update', {'height': 42})}, [], 0)"
	check "a vanished row deletes its object" same "$(step shelf/4 'changes, doc["again"], doc["exit"]')" "({'lab/shelf/pve1/0': ('delete', None)}, [], 0)"
	check "all steps give the same again" plays_own shelf 0 "$cases/shelf"

	# The pools of guests: tags and a custom field on virtual machines of somebody else.
	write pools/pve.json '{"/cluster/resources?type=vm": [{"type": "qemu", "vmid": 101, "pool": "web"}]}'
	write pools/netbox.json '{"extras/tags": [{"name": "theirs", "slug": "theirs"}],
		"virtualization/virtual-machines": [{"$key": "lab/qemu/101", "name": "web", "tags": [{"$ref": "shared/tag/theirs"}]}]}'
	write pools/1/pve.json '{}'
	write pools/2/pve.json '{"/cluster/resources?type=vm": {"$status": 500, "$reason": "no worker"}}'
	write pools/3/pve.json '{"/cluster/resources?type=vm": [{"type": "qemu", "vmid": 101}]}'
	check "a case of a module with a custom field is played" plays_own pool_tags 0 "$cases/pools" --update
	check "the first step adds tag and field" same "$(step pools/1 'sorted(changes), changes["lab/qemu/101"], doc["again"], doc["exit"]')" \
		"(['lab/qemu/101', 'shared/tag/web'], ('update', {'stagebox_pool_tags': 'web', 'tags': [1, {'\$ref': 'shared/tag/web'}]}), [], 0)"
	check "a list of guests that answers 500 changes nothing" same "$(step pools/2 'changes, doc["exit"]')" "({}, 4)"
	check "a guest without a pool loses both, and keeps the tag of a person" same "$(step pools/3 'changes, doc["again"], doc["exit"]')" \
		"({'lab/qemu/101': ('update', {'stagebox_pool_tags': None, 'tags': [1]})}, [], 0)"
	mkdir -m 777 "$TMPDIR/open" && cp "$own_modules/pool_tags.so" "$TMPDIR/open/" && chmod 777 "$TMPDIR/open" "$TMPDIR/open/pool_tags.so"
	check "a file that others may write is played, because it is named" env TMPDIR="$TMPDIR/tmp" "$STAGEBOX" modules test "$TMPDIR/open/pool_tags.so" "$cases/pools"

	# The same beside the module of the guests.
	cp -r "$cases/pools" "$cases/guests" && rm "$cases/guests/netbox.json" "$cases/guests"/*/expected.json
	write guests/stagebox.cfg 'modules = [ "cluster", "qemu", "pool_tags" ];'
	python3 - "$TMPDIR/cluster.json" "$cases/guests/pve.json" <<'PY'
import json, sys
answers = json.load(open(sys.argv[1]))
guest = {"type": "qemu", "vmid": 101, "node": "pve1", "name": "web", "status": "stopped", "maxcpu": 2, "maxmem": 1 << 30, "pool": "web"}
answers["/cluster/resources"] = [{"type": "node", "node": "pve1", "status": "online"}, guest]
answers["/cluster/resources?type=vm"] = [guest]
answers["/nodes/pve1/qemu/101/config?current=1"] = {
    "name": "web", "cores": 2, "memory": "1024", "tags": "blue", "net0": "virtio=BC:24:11:00:00:01,bridge=vmbr0", "scsi0": "local:vm-101-disk-0,size=8G"}
json.dump(answers, open(sys.argv[2], "w"))
PY
	check "it is played with the modules of the build" plays_own pool_tags 0 "$cases/guests" --update
	check "whose guest has tags of both" same "$(step guests/1 '[op["set"].get("tags") for op in doc["plan"] if op["key"] == "lab/qemu/101"], doc["again"], doc["exit"]')" \
		"([[{'\$ref': 'shared/tag/blue'}], [{'\$ref': 'shared/tag/web'}]], [], 0)"
	check "and keeps the other one" same "$(step guests/3 'changes, doc["again"], doc["exit"]')" \
		"({'lab/qemu/101': ('update', {'stagebox_pool_tags': None, 'tags': [1]})}, [], 0)"
else
	skip "modules with a home and with custom fields" "there is no build with its test modules"
fi

# --- answers that nobody asks for ----------------------------------------------------------------------------

cp -r "$cases/short" "$cases/unasked"
write unasked/1/pve.json '{"/cluster/resource": {"$status": 500}}'
write unasked/2/pve.json '{}'
check "an answer with a mistake in its path" plays 0 "$cases/unasked"
check "is reported with its step" out_has 'answered, not asked: GET /cluster/resource$'
write unasked/netbox.json '{"GET /api/extras/tag/": {"$status": 500}}'
check "an answer of NetBox in the case" plays 0 "$cases/unasked" --format json
check "is reported with the last step" same "$(member '[step["not_asked"] for step in doc["steps"]]')" \
	"[['GET /cluster/resource'], ['GET /api/extras/tag/']]"

# --- mistakes ----------------------------------------------------------------------------------------

# wrong SENTENCE FILE TEXT PATTERN: a case with this file is refused with 78, and the message has the pattern
wrong() {
	rm -rf "$cases/wrong"
	write "wrong/$2" "$3"
	check "$1" refuses "$4"
}
refuses() { plays 78 "$cases/wrong" && err_has "$1" && same "$(cat "$TMPDIR/out")" ''; }
wrong "an unknown file is named" pvee.json '{}' 'wrong/pvee.json: an unknown file'
wrong "an unknown folder is named" step1/pve.json '{}' 'wrong/step1: an unknown folder'
wrong "an unknown file of a step is named" 1/netbx.json '{}' 'wrong/1/netbx.json: an unknown file'
wrong "a step without the ones before it is named" 2/pve.json '{}' 'wrong/2: there is no step 1'
wrong "broken JSON is named with its line" pve.json '{
	"/x": [1,
}' 'wrong/pve.json:3'
wrong "a path that occurs twice is named" pve.json '{"/x": 1, "/x": 2}' 'wrong/pve.json:1.*/x'
wrong "also in two spellings" pve.json '{"/x?a=b/c": 1, "GET /x?a=b%2Fc": 2}' 'wrong/pve.json.*answered twice'
wrong "a list instead of an object is named" pve.json '[]' 'wrong/pve.json: expected an object'
wrong "a path without a slash is named" pve.json '{"pools": []}' 'wrong/pve.json.*"pools" is not a path'
wrong "an unknown member of an answer is named" pve.json '{"/x": {"$stat": 5}}' 'wrong/pve.json.*\$stat is not known'
wrong "data beside such a member is an error" pve.json '{"/x": {"$status": 500, "a": 1}}' 'wrong/pve.json.*"/x"'
wrong "an impossible status is named" pve.json '{"/x": {"$status": 1000}}' 'wrong/pve.json.*\$status'
wrong "an unknown failure is named" pve.json '{"/x": {"$error": "fire"}}' 'wrong/pve.json.*"fire"'
wrong "a file that does not exist is named" pve.json '{"/x": {"$file": "files/none"}}' 'wrong/files/none: No such file'
wrong "a file outside of the case is refused" pve.json '{"/x": {"$file": "files/../../first/pve.json"}}' 'is not a file of the case'
wrong "an absolute path too" pve.json '{"/x": {"$body_file": "/etc/passwd"}}' 'is not a file of the case'
wrong "a list of NetBox with a wrong name is named" netbox.json '{"tags": []}' 'wrong/netbox.json: "tags" is neither'
wrong "a list that no kind has is named" netbox.json '{"extras/tag": []}' 'wrong/netbox.json: extras/tag: no kind'
wrong "objects that are not a list are named" netbox.json '{"extras/tags": {}}' 'wrong/netbox.json.*is not a list'
wrong "a wrong object is named" netbox.json '{"extras/tags": [{"id": "x"}]}' 'wrong/netbox.json: extras/tags: row 1'
wrong "a reference to nothing is named" netbox.json '{"extras/tags": [{"a": {"$ref": "lab/none"}}]}' 'wrong/netbox.json: extras/tags: row 1.*lab/none'
wrong "wrong settings are named" stagebox.cfg 'prune: { runs = "x"; };' 'wrong/stagebox.cfg'
wrong "a syntax error in settings is named" stagebox.cfg 'prune = {' 'wrong/stagebox.cfg'
wrong "the store belongs to the test" stagebox.cfg 'store: { path = "/tmp/x"; };' 'wrong/stagebox.cfg: store is not'
wrong "a module that is not installed is named" stagebox.cfg 'modules = [ "cluster", "none" ];' 'none'
wrong "expected.json must be JSON" expected.json 'x' 'wrong/expected.json:1'
wrong "a misspelt member of it is named" expected.json '{"paln": []}' 'wrong/expected.json: "paln" is not known: expected exit'
wrong "a status that is a text is named" pve.json '{"/x": {"$status": "500"}}' 'wrong/pve.json: "/x": \$status is not a number'
wrong "two answers in one are named" pve.json '{"/x": {"$body": "x", "$data": 1}}' 'wrong/pve.json: "/x": an answer has either \$body or \$data'
wrong "a reference that is not a text is named" netbox.json '{"extras/tags": [{"a": {"$ref": 5}}]}' 'wrong/netbox.json: extras/tags: row 1'
rm -rf "$cases/wrong" && mkdir "$cases/wrong" && printf '{"/x": "\377"}' >"$cases/wrong/pve.json"
check "bytes that are not UTF-8 are named" refuses 'wrong/pve.json:1'
printf '{}' >"$TMPDIR/outside"
rm -rf "$cases/wrong" && mkdir "$cases/wrong" && ln -s "$TMPDIR/outside" "$cases/wrong/expected.json"
check "a link in a case is refused, because --update would write where it leads" refuses 'wrong/expected.json: a link'
rm -rf "$cases/wrong" && mkdir "$cases/wrong" && ln -s "$cases/first" "$cases/wrong/1"
check "also one to a folder" refuses 'wrong/1: a link'
rm -rf "$cases/wrong" && mkdir -p "$cases/wrong/files" && ln -s "$TMPDIR/outside" "$cases/wrong/files/a" && write wrong/pve.json '{"/x": {"$file": "files/a"}}'
check "and one among the files" refuses 'wrong/files/a is not a regular file'
rm -rf "$cases/wrong" && mkdir -p "$cases/wrong/pve.json"
check "a folder in place of a file is named" refuses 'wrong/pve.json'
rm -rf "$cases/wrong" && mkdir "$cases/wrong" && touch "$cases/wrong/$(printf 'a\377')"
check "a file whose name is not UTF-8 is an error" refuses 'not UTF-8'
rm -rf "$cases/wrong" && write wrong/2/expected.json '{}' && write wrong/1/pve.json '{}' && write wrong/expected.json '{}'
check "a case with steps has no expected.json of its own" refuses 'wrong/expected.json'
rm -rf "$cases/wrong" && mkdir "$cases/wrong" && printf '{"/x": "' >"$cases/wrong/pve.json" && head -c 70000000 /dev/zero | tr '\0' a >>"$cases/wrong/pve.json"
check "a file that is too large is named" refuses 'wrong/pve.json is larger than'
rm -rf "$cases/wrong"
check "a case that does not exist is named" refuses 'cases/wrong'
rm -rf "$cases/wrong" && write wrong/.git/x y && write wrong/README.md text
check "hidden files and README.md are ignored" plays 0 "$cases/wrong"
check "a case is needed" sh -c '"$1" modules test "$2"; [ $? = 64 ]' sh "$STAGEBOX" "$module"
check "--update is for tests" sh -c '"$1" modules list --update; [ $? = 64 ]' sh "$STAGEBOX"
check "a file that is not a module is refused" sh -c '"$1" modules test "$2" "$3"; [ $? = 78 ]' sh "$STAGEBOX" "$cases/first/pve.json" "$cases/first"

# --- a signal -------------------------------------------------------------------------------------------

# interrupted: a play of many cases gets SIGTERM after the first step
interrupted() {
	set --
	while [ $# -lt 40 ]; do set -- "$@" "$cases/first"; done
	rm -f "$TMPDIR/out" # of a play before, which has that line
	TMPDIR=$TMPDIR/tmp "$STAGEBOX" modules test "$module" "$@" >"$TMPDIR/out" 2>"$TMPDIR/err" &
	pid=$!
	wait_for 60 grep -q '^ok 1' "$TMPDIR/out"
	kill -TERM $pid
	wait $pid
	same $? 143 && err_has 'stopped by a signal'
}
check "a signal ends the test" interrupted
check "which removes its temporary files" same "$(ls "$TMPDIR/tmp")" ''

# --- large answers ---------------------------------------------------------------------------------------

python3 - "$cases/large" <<'PY'
import json, os, sys
os.makedirs(sys.argv[1] + "/files")
rows = [{"type": "node", "node": "pve1", "status": "online"}]
rows += [{"type": "qemu", "vmid": 100 + i, "node": "pve1", "name": "x" * 4000, "status": "running"} for i in range(2000)]
json.dump(rows, open(sys.argv[1] + "/files/resources.json", "w"))
json.dump({"/cluster/resources": {"$file": "files/resources.json"}, "/cluster/options": {}}, open(sys.argv[1] + "/pve.json", "w"))
PY
check "an answer of 8 MB is played" plays 0 "$cases/large"
done_testing
