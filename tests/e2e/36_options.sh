#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# full one
# Options of a module hold for all endpoints or for one of them, which wins; a module checks its options itself; a secret
# option is a reference, which neither the module nor anything that is written shows.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
own=$(dirname "$STAGEBOX")/tests/modules
if ! [ -f "$own/chooser.so" ]; then
	skip "options of one endpoint win" "there is no build with its test modules"
	done_testing
fi
mkdir "$TMPDIR/modules"
cp "$(dirname "$STAGEBOX")"/modules/*.so "$own/chooser.so" "$TMPDIR/modules/"
lab_up --guests 2 --endpoints 2
set_conf "s|^modules.*|modules = [ \"cluster\", \"qemu\", \"lxc\", \"chooser\" ]; module_dir = \"$TMPDIR/modules\";|"
cp "$config" "$TMPDIR/bare.cfg"
# with_options ALL LAB: options of all endpoints, and of the endpoint lab
with_options() {
	sed "s|slug = \"lab\";|slug = \"lab\"; $2|" "$TMPDIR/bare.cfg" >"$config"
	printf '%s\n' "$1" >>"$config"
}
says() { cat "$TMPDIR/out" "$TMPDIR/err" | grep -qF -- "$1" || { cat "$TMPDIR/out" "$TMPDIR/err"; return 1; }; }
refuses() { check "$1" gives 78 config check && check "with the reason" says "$2"; }

with_options 'options: { chooser: { level = 2; mood = "calm"; }; };' 'options: { chooser: { level = 4; }; };'
check "options of all and of one endpoint are accepted" gives 0 config check
check "bootstrap" gives 0 bootstrap
check "a sync succeeds" gives 0 sync
check "the endpoint's own option wins, the others remain" out_has 'chooser.choice: level 4, mood calm, key \[\]$'
check "another endpoint has the options of all" out_has 'chooser.choice: level 2, mood calm, key \[\]$'
check "the configuration in force shows both" gives 0 config dump
cp "$TMPDIR/out" "$TMPDIR/dumped.cfg"
check "the options of the endpoint stand at the endpoint" out_has 'level = 4'
check "and the dump is a configuration" gives 0 config check --config "$TMPDIR/dumped.cfg"

with_options '' 'options: { chooser: { level = 4; }; };'
refuses "a required option that one endpoint lacks is an error" "options.chooser.level is required"
check "not for the endpoint that has it" not says "endpoint lab"
check "a sync of the other endpoint succeeds" gives 0 sync --endpoint lab
check "that of the endpoint without it fails" gives 78 sync --endpoint edge
check "one endpoint with complete options is enough for what concerns none" gives 0 sync --endpoint lab --resources cluster.cluster
with_options '' 'options: { chooser: { level = 4; }; qemu: { agent = false; }; };'
sed -i 's/slug = "edge";/slug = "edge"; options: { chooser: { level = 6; }; };/' "$config"
check "options that each endpoint sets, and none for all" gives 0 config check
check "bootstrap, which has no endpoint, loads the modules" gives 0 bootstrap
check "rights are those of all endpoints" gives 0 rights pve --server-version 9
check "also of one that the first does not need" out_has 'VM.GuestAgent.Audit'

with_options 'options: { chooser: { level = 2; }; };' 'options: { chooser: { level = 3; }; };'
refuses "the module's own check refuses a value" "options.chooser.level: 3 is odd: choose an even level"
check "and the endpoint" says "endpoint lab: module"
with_options 'options: { chooser: { level = 2; mood = "bad"; }; };' ''
refuses "a check without a text is reported, too" "options.chooser.mood: the module refuses this value, without a reason"
with_options "options: { chooser: { level = 2; mood = \"long$(printf '\303\244%.0s' $(seq 300))\"; }; };" ''
refuses "a text that is cut inside a character is reported, too" "options.chooser.mood: not this one"
with_options 'options: { chooser: { level = 2; }; };' 'options: { chooser: { levle = 4; }; };'
refuses "a misspelled option of an endpoint is an error" 'options.chooser: unknown option levle (did you mean "level"?)'
with_options 'options: { chooser: { level = 2; }; };' 'options: { chosen: { level = 4; }; };'
refuses "so is a module that is not loaded" 'options.chosen: no module of this name is listed in modules'
with_options 'options: { chooser: { level = 2; }; };' 'options: { chooser = 4; };'
refuses "and a value in place of a group" 'endpoints[0].options.chooser: expected a group'

# secrets
secret=canary-of-options-5b7d
printf '%s\n' "$secret" >"$TMPDIR/key"
chmod 600 "$TMPDIR/key"
with_options 'options: { chooser: { level = 2; key = "env:E2E_CHOOSER_KEY"; }; };' \
	"options: { chooser: { key = \"file:$TMPDIR/key\"; }; };"
check "a secret that cannot be read is an error" gives 78 config check
check "which names the variable" says 'options.chooser.key: variable E2E_CHOOSER_KEY is not set'
check "a sync does not begin without it" gives 78 sync
export E2E_CHOOSER_KEY=$secret-of-all
check "secrets of options are references" gives 0 config check
export STAGEBOX_LOG_LEVEL=debug
check "a run has them" gives 0 sync
cp "$TMPDIR/out" "$TMPDIR/sync.out"
cp "$TMPDIR/err" "$TMPDIR/sync.err"
check "a plan, too" gives 0 plan --record "$TMPDIR/recording"
check "but not the module" out_has 'chooser.choice: level 2, mood good, key \[\]$'
check "in no form" out_has 'chooser.choice: list none, environment none$'
unset STAGEBOX_LOG_LEVEL
check "config dump shows the reference" gives 0 config dump
check "of the endpoint" out_has "file:$TMPDIR/key"
unset E2E_CHOOSER_KEY
check "a plan of the recording needs no secret" gives 0 plan --replay "$TMPDIR/recording"
nowhere() { ! grep -rlF "$secret" "$@"; }
check "the secret is in no output, log, record, store or recording" nowhere "$TMPDIR/out" "$TMPDIR/sync.out" \
	"$TMPDIR/sync.err" "$TMPDIR/recording" "$lab" "$config"
with_options "options: { chooser: { level = 2; key = \"$secret\"; }; };" ''
refuses "a literal secret is refused" 'options.chooser.key'
check "and not repeated" nowhere "$TMPDIR/out" "$TMPDIR/err"
check "config dump" gives 0 config dump
check "does not print it" nowhere "$TMPDIR/out" "$TMPDIR/err"
check "and says that it leaves options out" says "the options of modules are not printed"
check "by a sync, too" gives 78 sync
check "which does not repeat it either" nowhere "$TMPDIR/out" "$TMPDIR/err"
with_options "options: { chooser: { level = 2; key: { secret = \"$secret\"; }; }; };" ''
check "in any form" gives 78 config check
check "not even then" nowhere "$TMPDIR/out" "$TMPDIR/err"
with_options 'options: { chooser: { level = 2; key = "file:key"; }; };' ''
refuses "the path of a secret is absolute" 'write file:/PATH'
check "modules info names the option" gives 0 modules info "$own/chooser.so" --format json
check "as a secret" python3 -c '
import json, sys
rows = {row["name"]: row for row in json.load(open(sys.argv[1]))["options"]}
assert rows["key"]["secret"] is True and rows["mood"]["secret"] is False, rows' "$TMPDIR/out"
done_testing
