#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# full one
# What a stage reports to people: lines and numbers in its record, and that its family does not exist here, after which the
# run can be ok.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
bad=$(dirname "$STAGEBOX")/tests/modules
if ! [ -f "$bad/teller.so" ]; then
	skip "a stage reports lines and numbers" "there is no build with its test modules"
	done_testing
fi
mkdir "$TMPDIR/modules"
cp "$(dirname "$STAGEBOX")"/modules/*.so "$bad/teller.so" "$bad/awry.so" "$TMPDIR/modules/"
lab_up --guests 2 --endpoints 1
set_conf "s|^modules.*|modules = [ \"cluster\", \"qemu\", \"lxc\", \"teller\" ]; module_dir = \"$TMPDIR/modules\";|"
check "bootstrap" gives 0 bootstrap
check "a sync succeeds" gives 0 sync
check "it prints the lines of a stage" out_has 'teller.family: two pools of lab$'
check "those of fetch and diff" out_has 'teller.family: known completely: yes$'
check "and of each stage" out_has 'teller.parts: known completely: yes$'
check "numbers are in the record" last '
family = [entry for entry in stages if entry["resource"] == "family"][0]
check(family["numbers"] == {"pools": 2}, family)
check(family["notes"] == ["known completely: yes", "two pools of lab"], family)
parts = [entry for entry in stages if entry["resource"] == "parts"][0]
check("numbers" not in parts, parts)'
check "run show prints the lines, too" gives 0 run show last
check "as the sync did" out_has 'teller.family: two pools of lab$'
check "with --verbose it prints the numbers" gives 0 run show last --verbose
check "by name" out_has 'teller.family: pools = 2$'
check "a plan prints the lines" gives 0 plan
check "with the endpoint" out_has 'lab teller.family: two pools of lab$'

printf 'options: { teller: { absent = "no tellers are installed here"; }; };\n' >>"$config"
check "a sync where the family does not exist succeeds" gives 0 sync
check "its stage is skipped with the reason" last '
family = [entry for entry in stages if entry["resource"] == "family"][0]
check(family["status"] == "skipped" and family["error"] == "no tellers are installed here", family)'
check "and the stage after it, which names the first" last '
parts = [entry for entry in stages if entry["resource"] == "parts"][0]
check(parts["status"] == "skipped" and parts["error"] == "stage teller.family: no tellers are installed here", parts)'
check "the run is ok" gives 0 runs --limit 1
check "by its status" out_has ' ok '
check "nothing else is skipped" last '
check([entry["resource"] for entry in stages if entry["status"] != "ok"] == ["family", "parts"], stages)'

# awry AT HOW: a module does something wrong that core sees
awry() {
	set_conf "s|^modules.*|modules = [ \"cluster\", \"qemu\", \"lxc\", \"awry\" ]; module_dir = \"$TMPDIR/modules\";|"
	sed -i '/^options:/d' "$config"
	printf 'options: { awry: { at = "%s"; how = "%s"; }; };\n' "$1" "$2" >>"$config"
}
# alone WORDS: only the stage of awry failed, with these words
alone() { last '
bad = [entry for entry in stages if entry["status"] != "ok"]
check([entry["resource"] for entry in bad] == ["stage"] and bad[0]["status"] == "failed", stages)
check("'"$1"'" in bad[0]["error"], bad)'; }
awry answer ask-again
check "a stage whose answers ask again for ever" gives 1 sync
check "fails alone" alone "/version for \\\"lab/awry/cluster\\\": 1000 answers in a row asked again"
awry fetch share
check "a stage that calls a function of diff in fetch" gives 1 sync
check "fails alone, too" alone "sb_shared() was called in fetch: call it only in diff"
done_testing
