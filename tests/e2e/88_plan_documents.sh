#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A plan document names its content and itself by two hashes, expires, and is applied by what made it; `apply` refuses every
# other file before the first write.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
lab_up --guests 2 --endpoints 2
check "bootstrap" gives 0 bootstrap
check "the first sync succeeds" gives 0 sync

# changed [raw] SCRIPT: the plan with a change by SCRIPT, sealed again, or with the hashes that it had ("raw")
changed() { python3 "$e2e/plans.py" change "$TMPDIR/plan" "$TMPDIR/changed" "$@"; }
# refused CODE WORDS [raw] SCRIPT: apply of the changed plan ends so and writes nothing
refused() {
	refused_code=$1 refused_words=$2
	shift 2
	changed "$@" || return 1
	mark
	gives "$refused_code" apply "$TMPDIR/changed" && says "$refused_words" && look no-writes
}
# hash_of NAME [FILE]: one of the two hashes of the plan
hash_of() { python3 -c 'import json, sys; print(json.load(open(sys.argv[2]))["hashes"][sys.argv[1]])' "$1" "${2:-$TMPDIR/plan}"; }
# answer SCRIPT: about the JSON answer doc of the last command, and the saved plan
answer() { python3 -c 'import json, sys
doc, plan = json.load(open(sys.argv[1])), json.load(open(sys.argv[2]))
sys.exit(0 if ('"$1"') else str(doc)[:2000])' "$TMPDIR/out" "$TMPDIR/plan"; }

# The hashes
ctl set lab/qemu/101 memory=3072
check "a plan is saved" gives 2 plan -o "$TMPDIR/plan"
check "it shows the hash of its content" out_has "^plan      $(hash_of plan)\$"
check "and the hash that names the file, with its end" out_has "^document  $(hash_of document), expires at 20"
sleep 1.1
check "it is saved again, as JSON" gives 2 plan -o "$TMPDIR/again" --format json
check "both have the same content, and the hashes of what they hold" same_plan "$TMPDIR/plan" "$TMPDIR/again"
check "the time makes another document" not same "$(hash_of document)" "$(hash_of document "$TMPDIR/again")"
check "the JSON answer has both hashes" answer 'doc["hashes"] == doc["plan"]["hashes"] and doc["hash"] == plan["hashes"]["plan"]'
check "an endpoint has its identity" answer 'all(part["identity"].startswith(("cluster:", "node:")) for part in plan["endpoints"])'
check "the envelope has the files of the modules" answer 'sorted(plan["envelope"]["modules"]) == ["cluster", "lxc", "qemu"]'
check "a plan expires after 30 days" answer 'plan["envelope"]["expires"] - plan["envelope"]["created"] == 30 * 86400'
check "show prints the plan" gives 0 show "$TMPDIR/plan"
check "with the hash of its content" out_has "^plan      $(hash_of plan)\$"
check "and that of the document" out_has "^document  $(hash_of document), expires at"

# Files that are refused
check "a change of an op is seen" refused 64 'it was changed since it was made .*make a new plan' raw 'doc["endpoints"][1]["ops"][0]["set"]["memory"] = 3073'
check "show refuses it, too" gives 64 show "$TMPDIR/changed"
check "so is a change of an identity" refused 64 'it was changed since' raw 'doc["endpoints"][0]["identity"] = "node:other"'
check "so is a later end" refused 64 'its envelope was changed since' raw 'doc["envelope"]["expires"] += 1'
check "so is another module" refused 64 'its envelope was changed since' raw 'del doc["envelope"]["modules"]["lxc"]'
check "a version that is not this one is refused" refused 64 'version 1; this program reads 2: make a new plan' \
	'doc["version"] = 1; del doc["envelope"]["modules"]'
check "a plan for another target is refused" refused 64 'its target is neither "main" nor a branch of NetBox: make a new plan' \
	'doc["envelope"]["target"] = {"branch": "blue", "schema_id": "x"}'
check "an end in the past is refused" refused 5 'the plan expired at 1970-01-01 00:00:11 UTC .limits.plan_expires.' \
	'doc["envelope"].update(created=1, expires=11)'
check "show prints a plan that has expired" gives 0 show "$TMPDIR/changed"
check "and says so" out_has 'expired at 1970-01-01 00:00:11Z'
check "a plan of another cluster is refused" refused 5 'made for another cluster .*node:other' 'doc["endpoints"][1]["identity"] = "node:other"'
check "a plan without an identity is refused" refused 5 'made for another cluster' 'del doc["endpoints"][1]["identity"]'
check "a plan of another file of a module is refused" refused 5 'module "qemu" is another file' 'doc["envelope"]["modules"]["qemu"] = "0" * 64'
check "a plan of a module that is not loaded is refused" refused 5 'module "ceph" made the plan and is not loaded' \
	'doc["envelope"]["modules"]["ceph"] = "0" * 64'
check "a plan without one of the modules is refused" refused 5 'module "lxc" is loaded and was not' 'del doc["envelope"]["modules"]["lxc"]'

# What only warns
check "a plan of another program is applied, with a warning" changed 'doc["envelope"]["program"] = "0.0.1"; doc["endpoints"][1]["ops"] = []; doc["endpoints"][1]["stages"] = []'
check "although it has nothing to do" gives 0 apply "$TMPDIR/changed"
set_conf 's/^policy:.*//'
printf 'policy: { comments = "never"; };\n' >>"$config"
check "with another policy a plan is applied" gives 0 apply "$TMPDIR/plan"
check "with a warning" says 'the configuration is not that which made the plan'
check "apply shows the document" out_has "^document  $(hash_of document), expires at"
check "NetBox has the change" netbox 'check(nb.one("virtualization/virtual-machines", "lab/qemu/101")["memory"] == 3072)'
check "the record names the document, and what changed" last "
plan = run['record']['plan']
check(plan == {'document': '$(hash_of document)', 'plan': '$(hash_of plan)', 'changed': ['configuration']}, plan)"
check "run show prints it" gives 0 run show last
check "with the hash" out_has "$(hash_of document)"
check "apply as JSON" gives "0 1 4 5" apply "$TMPDIR/plan" --format json
check "has both hashes" answer 'doc["hashes"] == plan["hashes"]'

# An end that comes
printf 'limits: { plan_expires = "1s"; };\n' >>"$config"
ctl set lab/qemu/101 memory=4096
check "a plan of a second is saved" gives 2 plan -o "$TMPDIR/plan"
sleep 2.1
mark
check "it has expired" gives 5 apply "$TMPDIR/plan"
check "apply says so" says 'the plan expired at 20.* make a new plan'
check "nothing was written" look no-writes
done_testing
