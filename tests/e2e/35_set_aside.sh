#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# full one
# A module that ended two runs is set aside: its code is not run again until its file changes or an operator asks for it.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
# The release build: a sanitizer would catch the signals of a module.
STAGEBOX=${STAGEBOX_RELEASE:?}
bad=$(dirname "$STAGEBOX")/tests/modules
if ! [ -x "$STAGEBOX" ] || ! [ -f "$bad/awry.so" ]; then
	skip "a module that ended two runs is set aside" "there is no release build with its test modules"
	done_testing
fi
mkdir "$TMPDIR/modules"
cp "$(dirname "$STAGEBOX")"/modules/*.so "$TMPDIR/modules/"
cp "$bad/awry.so" "$TMPDIR/modules/"
lab_up --guests 2 --endpoints 1
set_conf "s|^modules.*|modules = [ \"cluster\", \"qemu\", \"lxc\", \"awry\" ]; module_dir = \"$TMPDIR/modules\";|"
check "bootstrap" gives 0 bootstrap
check "a sync succeeds" gives 0 sync
printf 'options: { awry: { at = "diff"; how = "crash"; }; };\n' >>"$config"
awry_says() { last '
entry = [entry for entry in stages if entry["module"].startswith("awry")][0]
check(entry["status"] == "failed" and re.search("'"$1"'", entry["error"]), entry)'; }

check "a plan with a module that crashes goes on without it" gives 1 plan
check "it counts nothing" gives 0 modules list
check "the module is ok" out_has 'awry  *1  *ok '
for run in first second; do
	check "the $run sync that the module ends goes on without it" gives 1 sync
	check "the record of the $run one names the signal" awry_says 'died of signal 11'
	check "the log of the $run one says so" err_has 'the run goes on without module awry'
done
check "the list of modules" gives 0 modules list
check "says that it is set aside" out_has 'awry  *1  *set aside '
check "doctor warns" gives '0 4' doctor
check "with the command that tries it again" says 'stagebox modules retry awry'
ctl set lab/qemu/101 memory=3072
check "the third sync" gives 1 sync
check "does not run its code" has_not "$TMPDIR/err" 'goes on without'
check "and says that it is set aside, and why" awry_says 'set aside, because it ended 2 runs.*modules retry awry.*signal 11'
check "everything else is synced" netbox '
check(nb.one("virtualization/virtual-machines", "lab/qemu/101")["memory"] == 3072)'
check "a plan does not run its code either" gives 1 plan
check "but names it" says 'set aside'

check "an operator asks for it" gives 0 modules retry awry
check "the next sync runs its code" gives 1 sync
check "which crashes" awry_says 'died of signal 11'
check "a module that ended no run cannot be retried" gives 64 modules retry qemu
check "retry needs a name" gives 64 modules retry
check "one more crash" gives 1 sync
check "sets it aside again" gives 0 modules list
check "as the list says" out_has 'awry  *1  *set aside '

printf '\n' >>"$TMPDIR/modules/awry.so" # another file, as after an update
check "a changed file is tried" gives 1 sync
check "once more" awry_says 'died of signal 11'
set_conf '/^options: /d'
check "a module that was corrected succeeds" gives 0 sync
check "and its one fault is forgotten" gives 64 modules retry awry
done_testing
