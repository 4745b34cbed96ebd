#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Modules come from several folders, and from none in which another user could replace them.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
. "$e2e/lib_modules.sh"
: "${STAGEBOX_BUILD:?}"
bad=$STAGEBOX_BUILD/tests/modules
more=$TMPDIR/more
if [ ! -d "$bad" ]; then
	skip "modules come from several folders" "there are no test modules in $bad"
	done_testing
fi
umask 022

# new_folder FOLDER MODULE...: with copies of these test modules
new_folder() {
	rm -rf "$1"
	mkdir -p "$1"
	to=$1
	shift
	for each in "$@"; do cp "$bad/$each.so" "$to/"; done
}
# refused PATTERN...: the program refuses to load modules, and says all of these
refused() {
	gives 78 stages || return 1
	for each in "$@"; do err_has "$each" || return 1; done
}

# --- several folders ---------------------------------------------------------------------------------

new_folder "$more" good
configure_with "module_path = [ \"$more\" ];" cluster good
check "a module of a further folder is loaded" gives 0 stages
check "with its stages" out_has 'good.second'
check "beside those of the folder of the program" out_has 'cluster.nodes'
paths() {
	sb modules list --format json
	same "$(python3 -c 'import json, sys; print(*sorted(row["path"] for row in json.load(open(sys.argv[1]))))' "$TMPDIR/out")" \
		"$(printf '%s\n' "$STAGEBOX_BUILD/modules/cluster.so" "$more/good.so" | sort | tr '\n' ' ' | sed 's/ $//')"
}
check "the list of modules has the file of each" paths
check "a module of a further folder is found by its name" gives 0 modules info good
check "with its file" out_has "^path  *$more/good.so"
check "its name is taken for new modules" sh -c 'cd "$1" && "$2" modules new good --config "$3" 2>&1 | grep -q "already exists: $4"' sh \
	"$TMPDIR" "$STAGEBOX" "$config" "$more/good.so"
configure_with 'module_path = [ "more" ];' good
check "a relative folder is relative to the configuration" gives 0 stages
configure_with '' good
check "without it the module is not found" refused 'good' 'the modules there: .*cluster'
check "the environment can name the folders" env STAGEBOX_MODULE_PATH="$more" "$STAGEBOX" stages --config "$config"
new_folder "$TMPDIR/third" wide_rows
configure_with "module_path = [ \"$more\", \"$TMPDIR/third\" ];" good wide_rows
check "three folders are searched" gives 0 stages
configure_with "module_path = [ \"$more\", \"$TMPDIR/third\" ];" goood
check "of a module that no folder has the message names each folder" refused "$more/goood.so" "$TMPDIR/third/goood.so" 'good'
configure_with "module_path = [ \"$more\" ];" good
check "--module-dir replaces all folders" gives 78 stages --module-dir "$TMPDIR/third"
check "also that of the program" gives 78 modules info cluster --module-dir "$TMPDIR/third"
configure_with "module_dir = \"$TMPDIR/third\"; module_path = [ \"$more\" ];" good wide_rows
check "module_dir replaces the folder of the program only" gives 0 stages
configure_with "module_path = [ \"$TMPDIR/none\" ];" cluster
check "a folder that does not exist is an error" refused "$TMPDIR/none" 'No such file'

# --- one name in two folders -------------------------------------------------------------------------------

new_folder "$TMPDIR/third" good
configure_with "module_path = [ \"$more\", \"$TMPDIR/third\" ];" good
check "a module in two folders is refused" refused 'module "good"' "$more/good.so" "$TMPDIR/third/good.so" 'remove one of them'
configure_with "module_path = [ \"$more\", \"$TMPDIR/third\" ];" cluster
check "but only if it is listed" gives 0 stages
mkdir "$TMPDIR/copy" && cp "$STAGEBOX_BUILD/modules/cluster.so" "$TMPDIR/copy/"
configure_with "module_path = [ \"$TMPDIR/copy\" ];" cluster
check "a module of stagebox in a further folder is refused, too" refused 'module "cluster"' "$TMPDIR/copy/cluster.so"
ln -s more "$TMPDIR/alias"
configure_with "module_path = [ \"$more\", \"$TMPDIR/alias\" ];" good
check "two paths of one folder are one folder" gives 0 stages

# --- what others may write -------------------------------------------------------------------------------

# crash_start ends each process that loads it
new_folder "$more" crash_start
configure_with "module_path = [ \"$more\" ];" crash_start
check "a module that crashes is loaded from a safe folder" refused 'crash_start.*died of signal\|crash_start.*ended the process'
# unsafe WHAT PATH COMMAND...: after this command the module is refused, and before it runs any code
unsafe() {
	sentence=$1 at=$2
	shift 2
	new_folder "$more" crash_start
	"$@" || return 1
	check "$sentence" refused "$at" 'could replace' 'chmod'
	check "no code of it has run" has_not "$TMPDIR/err" 'signal\|ended the process'
	chmod 755 "$TMPDIR" "$more"
}
unsafe "a folder that everybody may write is refused" "module folder $more: .*$more (mode 0757)" chmod 757 "$more"
unsafe "a folder that its group may write is refused" "run .chmod g-w" chmod 775 "$more"
unsafe "the sticky bit does not help" "$more (mode 1777)" chmod 1777 "$more"
unsafe "a file that everybody may write is refused" "module file $more/crash_start.so: .*(mode 0757)" chmod 757 "$more/crash_start.so"
unsafe "a file that its group may write is refused" "module file $more/crash_start.so" chmod 775 "$more/crash_start.so"
unsafe "a folder is refused when others may write the one above it" "module folder $more: .* write $TMPDIR (mode 0777)" chmod 777 "$TMPDIR"
chmod 1777 "$TMPDIR"
new_folder "$more" good
configure_with "module_path = [ \"$more\" ];" good
check "unless that one has the sticky bit, like /tmp" gives 0 stages
chmod 755 "$TMPDIR"
# in_open: crash_start in a folder that others may write, and a link to it in a safe one
in_open() { mkdir -p "$TMPDIR/open" && mv "$more/crash_start.so" "$TMPDIR/open/" && chmod 777 "$TMPDIR/open" && ln -s ../open/crash_start.so "$more/"; }
configure_with "module_path = [ \"$more\" ];" crash_start
unsafe "a link into a folder that others may write is refused" "module file $more/crash_start.so: .*write $TMPDIR/open " in_open
link_folder() { rm -rf "$more" "$TMPDIR/open" && new_folder "$TMPDIR/open/in" crash_start && chmod 777 "$TMPDIR/open" && ln -s open/in "$more"; }
unsafe "a folder that is a link into such a folder is refused" "module folder $more: .*write $TMPDIR/open " link_folder
rm -f "$more"
configure_with "module_dir = \"$more\";" crash_start
unsafe "module_dir is checked like module_path" "module folder $more: " chmod 777 "$more"
chmod 777 "$more"
check "--module-dir is checked, too" gives 78 stages --module-dir "$more"
check "with the same words" err_has 'could replace'
check "config check reports it" gives 78 config check
check "with the path" err_has "$more"
sb doctor
check "doctor reports it" says "module folder $more"
check "plan ends before it contacts a server" gives 78 plan
check "with the path, too" err_has "$more"
new_folder "$more" good
chmod 777 "$more" "$more/good.so"
check "a file that the command line names is loaded nevertheless: a user decided it" gives 0 modules check "$more/good.so"

# --- what belongs to others ------------------------------------------------------------------------------

configure_with "module_path = [ \"$more\" ];" good
if [ "$(id -u)" = 0 ]; then
	other=61234
	new_folder "$more" good
	chown $other "$more"
	check "a folder of another user is refused" refused "module folder $more: .*id $other" 'chown root'
	chown 0 "$more"
	chown $other "$more/good.so"
	check "a file of another user is refused" refused "module file $more/good.so: .*id $other"
	chown 0 "$more/good.so"
	check "after chown root both are accepted" gives 0 stages
	new_folder "$TMPDIR/his/modules" good
	chown $other "$TMPDIR/his"
	configure_with "module_path = [ \"$TMPDIR/his/modules\" ];" good
	check "a folder in one of another user is refused" refused "$TMPDIR/his belongs to the user with id $other"
	new_folder "$more" good
	ln -s "$more" "$TMPDIR/his/link"
	chown -h $other "$TMPDIR/his/link"
	chown 0 "$TMPDIR/his"
	configure_with "module_path = [ \"$TMPDIR/his/link\" ];" good
	check "a link of another user is refused" refused "$TMPDIR/his/link belongs to the user with id $other"
	# the program and its library where that user can read them
	as_other() { setpriv --reuid $other --regid $other --clear-groups env TMPDIR=/nowhere "$@"; }
	up=$(dirname "$TMPDIR")
	chmod 755 "$TMPDIR" "$up" "$(dirname "$up")"
	if as_other test -x "$STAGEBOX" && as_other test -r "$bad/good.so" && as_other test -r "$config"; then
		configure_with "module_path = [ \"$more\" ];" good
		check "a user may load from a folder of root" as_other "$STAGEBOX" stages --config "$config"
		chown -R $other "$more"
		check "and from a folder of their own" as_other "$STAGEBOX" stages --config "$config"
	else
		for each in 1 2; do skip "another user loads modules ($each)" "other users may not read the build or the folder of the suite"; done
	fi
else
	for each in 1 2 3 4 5 6 7; do skip "folders of other users are refused ($each)" "not root"; done
fi
done_testing
