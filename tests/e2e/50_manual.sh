#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# full one
# Manual pages, completion and the example configuration match the tables of the program.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
: "${STAGEBOX_BUILD:?}"
man=$TMPDIR/man
mkdir "$man"
words() { "$STAGEBOX" complete "$@" 2>"$TMPDIR/err" | cut -f 1; }

# --- stagebox(1) -----------------------------------------------------------------------------------------

check "help --man writes stagebox(1)" sh -c '"$1" help --man >"$2/stagebox.1"' sh "$STAGEBOX" "$man"
names=$(find "$STAGEBOX_BUILD/modules" -name '*.so' | sort)
# shellcheck disable=SC2086 # a list of files
check "config man writes stagebox.cfg(5)" sh -c 'cd "$1" && shift && "$@" >stagebox.cfg.5' sh "$man" "$STAGEBOX" config man $names
cp "$STAGEBOX_SRC"/docs/man/*.[0-9] "$man/"
for page in "$man"/*.[0-9]; do
	name=${page##*/}
	if command -v mandoc >/dev/null 2>&1; then
		# ignore whether other pages are installed on this host
		faults() { mandoc -T lint -W all "$page" 2>&1 | grep -v -e 'referenced manual not found' -e 'outdated mandoc.db' >"$TMPDIR/lint"; same "$(cat "$TMPDIR/lint")" ''; }
		check "$name has no fault" faults
		mandoc -T ascii "$page" 2>/dev/null | sed 's/.\x08//g' >"$TMPDIR/$name.text"
	else
		skip "$name has no fault" "no mandoc here"
		sed -e 's/\\e/\\/g' -e 's/^\.It Ic \([^ ]*\) Pq/\1 (/' -e 's/Fl -/--/g' -e 's/Fl \([^-]\)/-\1/g' -e 's/Cm //g' -e 's/Ar //g' \
			"$page" >"$TMPDIR/$name.text"
	fi
done
page=$TMPDIR/stagebox.1.text

commands=$(words '')
check "there are commands" test "$(printf '%s\n' "$commands" | wc -l)" -ge 11
commands_listed() {
	"$STAGEBOX" help >"$TMPDIR/help"
	for each in $commands; do
		has "$TMPDIR/help" "^  $each " && has "$page" "stagebox $each" && "$STAGEBOX" help "$each" >/dev/null || return 1
	done
	# the help text lists the same commands as completion
	same "$(sed -n 's/^  \([a-z][a-z-]*\)  *.*/\1/p' "$TMPDIR/help" | sort | tr '\n' ' ')" "$(printf '%s\n' "$commands" | sort | tr '\n' ' ')"
}
check "each command is in the help text and in the page, and no other" commands_listed
options_listed() {
	for each in $commands; do
		"$STAGEBOX" help "$each" >"$TMPDIR/help" || return 1
		for option in $(grep -o -e '^  -[a-z], --[a-z-]*' -e '^  --[a-z-]*' "$TMPDIR/help" | tr -d ','); do
			has "$page" "$option" || return 1
		done
	done
}
check "each option of each command is in the page" options_listed
subwords_listed() {
	for each in $commands; do
		for word in $(words "$each" ''); do
			case $word in
			:*) ;;
			*) [ "$each" = help ] || has "$page" "stagebox $each $word" || return 1 ;;
			esac
		done
	done
}
check "each word that begins a form of a command is in the page" subwords_listed
codes_listed() {
	codes=$(sed -n 's/^.*SB_EXIT_[A-Z]* = \([0-9]*\),.*/\1/p' "$STAGEBOX_SRC/core/base/exit.h")
	[ "$(printf '%s\n' $codes | wc -l)" -ge 12 ] || return 1
	for code in $codes; do
		has "$page" "^ *$code  *[A-Za-z]\|^.It $code" || return 1
	done
}
check "each exit code is in the page" codes_listed
check "options of the lab are in its page" sh -c '
for option in $("$1" lab --help 2>&1 | grep -o -e "--[a-z-]*" | sort -u); do
	grep -q -e "$option" "$2" || { echo "$option is not in the page"; exit 1; }
done' sh "$STAGEBOX" "$TMPDIR/stagebox-lab.1.text"
lab_page() { python3 "$STAGEBOX_SRC/tests/e2e/lab_page.py" "$1" "$TMPDIR/words"; }
"$STAGEBOX" lab words >"$TMPDIR/words"
check "the page of the lab has the words of the program, and no other" lab_page "$STAGEBOX_SRC/docs/man/stagebox-lab.1"
sed -e '/^\.It Cm no-quorum/d' "$STAGEBOX_SRC/docs/man/stagebox-lab.1" >"$TMPDIR/less.1"
sed -e 's/^\.It Cm drop$/.It Cm drop , crumble/' "$STAGEBOX_SRC/docs/man/stagebox-lab.1" >"$TMPDIR/more.1"
misses() { ! lab_page "$TMPDIR/$1.1" >"$TMPDIR/said" && has "$TMPDIR/said" "$2"; }
check "a word that the page omits is found" misses less 'the page does not have: fault endpoint: no-quorum'
check "a word that the program does not have is found" misses more 'the program does not have: fault server: crumble'
check "--man and a command name exclude each other" sh -c '"$1" help plan --man 2>/dev/null; [ $? = 64 ]' sh "$STAGEBOX"

# --- stagebox.cfg(5) -------------------------------------------------------------------------------------

lab_up --guests 2
page=$TMPDIR/stagebox.cfg.5.text
# without the options of modules, which are in the page as a part of their own
"$STAGEBOX" config dump --config "$config" | sed '/^options:/,/^};/d' >"$TMPDIR/dump"
options=$(grep -o '^[[:space:]]*[a-z_]* *[:=]' "$TMPDIR/dump" | tr -d ' \t:=' | sort -u)
check "the dump shows options" test "$(printf '%s\n' "$options" | wc -l)" -ge 20
all_in() {
	for option in $options; do has "$1" "\\b$option\\b" || return 1; done
}
check "each option is in the page" all_in "$page"
check "each option is in the example" all_in "$STAGEBOX_SRC/etc/stagebox.cfg"
module_options_listed() {
	for file in $names; do
		"$STAGEBOX" modules info "$file" --format json >"$TMPDIR/info" || return 1
		has "$page" "Module $(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["name"])' "$TMPDIR/info")" || return 1
		for option in $(python3 -c 'import json, sys; print(*(row["name"] for row in json.load(open(sys.argv[1]))["options"]))' "$TMPDIR/info"); do
			has "$page" "^ *$option (" || return 1
		done
	done
}
check "each option of each module is in the page" module_options_listed
# of each module its options with their defaults, its stages and the privileges that it needs
readmes_true() {
	for file in $names; do
		"$STAGEBOX" modules info "$file" --format json >"$TMPDIR/info" || return 1
		python3 - "$TMPDIR/info" "$STAGEBOX_SRC/modules" <<-'E' || return 1
			import json, re, sys
			info = json.load(open(sys.argv[1]))
			text = open("%s/%s/README.md" % (sys.argv[2], info["name"])).read()
			missing = ["option %s" % row["name"] for row in info["options"]
			           if not re.search(r"^\| `%s` \| `?%s`? \|" % (row["name"], re.escape(row["default"])), text, re.M)]
			missing += ["stage %s" % row["name"] for row in info["stages"] if "`%s`" % row["name"] not in text]
			needs = {word for row in info["stages"] for need in row["needs"] for word in need.split(" on ")[0].split("|")}
			missing += ["privilege %s" % word for word in sorted(needs) if not re.search(r"^\|.*`%s`.*\| `/" % re.escape(word), text, re.M)]
			sys.exit("%s: %s" % (info["name"], ", ".join(missing)) if missing else 0)
		E
	done
}
check "the README of each module has its options, stages and privileges" readmes_true
no_such() { env "$1=-1" "$STAGEBOX" config dump --config "$config" 2>&1 | grep -q 'no such option'; }
check "an unknown variable is an error" no_such STAGEBOX_NETBOX_NONE
variables_known() {
	for variable in $(grep -o 'STAGEBOX_[A-Z_]*[A-Z]' "$page" | grep -v STAGEBOX_CONFIG | sort -u); do
		! no_such "$variable" || { echo "$variable is not known"; return 1; }
	done
}
check "the program knows the variables in the page" variables_known
config_of_lab() { "$STAGEBOX" config man --config "$config" >"$TMPDIR/own.5" && has "$TMPDIR/own.5" 'Module qemu' && has "$TMPDIR/own.5" 'Ic agent'; }
check "config man without names describes the configured modules" config_of_lab
check "an unknown module is an error" sh -c '"$1" config man frob 2>/dev/null; [ $? = 78 ]' sh "$STAGEBOX"

# --- completion ------------------------------------------------------------------------------------------

export STAGEBOX_CONFIG="$config"
completes() { # WANTED WORD...
	wanted=$1
	shift
	same "$(words "$@" | tr '\n' ' ')" "$wanted"
}
check "a command is completed" completes 'sync ' sy
check "an option of the command is completed" completes '--max-objects --module-dir ' sync --m
check "an option of another command is not completed" completes '' stages --endp
check "a slug of the configuration is completed" completes 'lab edge ' sync --endpoint ''
check "a slug after = is completed" completes '--endpoint=edge ' sync --endpoint=e
check "a slug is completed where the shell splits at =" completes 'edge ' sync --endpoint = e
check "slugs come from the configuration that the line names" completes 'lab edge ' --config "$config" sync --endpoint ''
check "without a configuration there are no slugs and no error" completes '' --config /nowhere/x sync --endpoint ''
check "completion prints nothing on stderr" same "$(cat "$TMPDIR/err")" ''
check "the name of a module is completed" completes 'qemu ' modules info q
check "a word of a command is completed" completes 'info ' modules i
check "a value from a list of choices is completed" completes 'text json ' runs --format ''
check "the modes of branches are completed" completes 'off if-available required ' plan --branch ''
check "a stage is completed" completes 'qemu.disks ' sync --resources qemu.d
check "the second stage of a list is completed" completes 'qemu.disks,lxc.disks ' sync --resources qemu.disks,lxc.d
check "files are completed by the shell" completes ':files ' apply ''
check "folders are completed by the shell" completes ':folders ' modules new x --dir ''
check "options of the lab are not completed" completes '' lab up --
check "internal commands are not offered" completes '' jo
same_words() { for each in $commands; do same "$(words "$each" --config=/nowhere/x --format '' | tr '\n' ' ')" 'text json ' || return 1; done; }
check "choices are completed without a configuration" same_words

PATH=$TMPDIR/bin:$PATH
mkdir "$TMPDIR/bin"
ln -s "$STAGEBOX" "$TMPDIR/bin/stagebox"
in_bash() { # WANTED WORD...
	wanted=$1
	shift
	same "$(bash --norc -c 'source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _stagebox; echo "${COMPREPLY[*]}"' bash "$STAGEBOX_SRC/etc/completion/stagebox.bash" stagebox "$@" 2>&1)" "$wanted"
}
if command -v bash >/dev/null 2>&1; then
	check "bash completes a command" in_bash 'sync' sy
	check "bash completes a slug" in_bash 'lab edge' sync --endpoint ''
	check "bash completes a slug after =" in_bash 'lab edge' sync --endpoint =
	check "bash completes a module" in_bash 'qemu' modules info q
	check "bash completes a file" in_bash "$lab/stagebox.cfg" config check --config "$lab/stageb"
	check "bash completes a folder" in_bash "$lab/tokens" modules new x --dir "$lab/to"
	check "bash completes a second stage" in_bash 'qemu.disks,lxc.disks' sync --resources qemu.disks,lxc.d
else
	for each in 1 2 3 4 5 6 7; do skip "bash completes ($each)" "no bash here"; done
fi
in_zsh() { # WANTED WORD...: what is passed to functions of zsh
	wanted=$1
	shift
	same "$(zsh -f -c 'file=$1; shift
_describe() { print -r -- "${(@P)2}" }
_files() { print -r -- "_files $*" }
words=("$@"); CURRENT=$#
complete() { source $file }; complete' zsh "$STAGEBOX_SRC/etc/completion/_stagebox" stagebox "$@" 2>&1)" "$wanted"
}
if command -v zsh >/dev/null 2>&1; then
	check "zsh completes a command with its summary" in_zsh 'sync:update NetBox to match the endpoints' sy
	check "zsh completes a slug" in_zsh 'lab edge' sync --endpoint ''
	check "zsh completes a slug after =" in_zsh '--endpoint=edge' sync --endpoint=e
	check "zsh completes a module" in_zsh 'qemu' modules info q
	check "zsh completes a file" in_zsh '_files ' apply ''
	check "zsh completes a folder" in_zsh '_files -/' modules new x --dir ''
	check "zsh offers each word once" in_zsh 'show' run ''
else
	for each in 1 2 3 4 5 6 7; do skip "zsh completes ($each)" "no zsh here"; done
fi
unset STAGEBOX_CONFIG

# --- a program that is not installed -----------------------------------------------------------------------

cp "$STAGEBOX" "$TMPDIR/bin/alone"
check "without its program the lab names the package to install" sh -c '
LD_LIBRARY_PATH="$2/lib" "$1" lab up --dir "$3" 2>"$3.err"; [ $? = 78 ] && grep -q "apt install stagebox-lab" "$3.err"' sh "$TMPDIR/bin/alone" "$STAGEBOX_BUILD" "$TMPDIR/none"

# --- root and the store of a service ---------------------------------------------------------------------

if [ "$(id -u)" = 0 ]; then
	mkdir "$TMPDIR/state"
	chown 65534:65534 "$TMPDIR/state"
	export STAGEBOX_STORE_PATH="$TMPDIR/state/stagebox.db"
	check "root can use the store of a service" gives 0 runs
	owners() { stat -c '%n %u:%g' "$TMPDIR"/state/* | grep -v ' 65534:65534$' >"$TMPDIR/owners"; same "$(cat "$TMPDIR/owners")" ''; }
	check "new files in it belong to the owner of the folder" owners
	check "root can run bootstrap with it" gives 0 bootstrap
	check "all files still belong to the owner of the folder" owners
	mkdir "$TMPDIR/own"
	export STAGEBOX_STORE_PATH="$TMPDIR/own/stagebox.db"
	check "root can use a store in its own folder" gives 0 runs
	check "that store belongs to root" same "$(stat -c %u "$TMPDIR/own/stagebox.db")" 0
else
	for each in 1 2 3 4 5 6; do skip "root and the store of a service ($each)" "not root"; done
fi
done_testing
