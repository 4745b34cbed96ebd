#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Only modules that the configuration lists are opened, and a bad one is refused with its file and the reason.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
release=${STAGEBOX_RELEASE:?}
config=$TMPDIR/stagebox.cfg

# configure MODULE...: a configuration with these modules and no server
configure() {
	list=
	for each in "$@"; do list="$list${list:+, }\"$each\""; done
	cat >"$config" <<-CFG
		netbox: { url = "http://127.0.0.1:9"; token = "env:E2E_TOKEN"; use_https = false; verify_ssl = false; };
		endpoints: ( { slug = "lab"; urls = [ "http://127.0.0.1:9" ]; token = "env:E2E_TOKEN"; use_https = false; verify_ssl = false; } );
		modules = [ $list ];
		store: { kind = "sqlite"; path = "$TMPDIR/stagebox.db"; };
	CFG
}
export E2E_TOKEN='a@b!c=00000000-0000-0000-0000-000000000000'

# traced: the stages of the configuration, with the files that the dynamic linker opened in $TMPDIR/opened
traced() {
	LD_DEBUG=files "$release" stages --config "$config" >"$TMPDIR/out" 2>"$TMPDIR/opened"
	code=$?
	[ $code = 0 ] || { echo "exit code $code"; cat "$TMPDIR/out"; grep -v '^ *[0-9]*:' "$TMPDIR/opened"; return 1; }
}
configure cluster qemu
check "stages of two modules" traced
check "cluster.so is opened" has "$TMPDIR/opened" '/cluster\.so'
check "qemu.so is opened" has "$TMPDIR/opened" '/qemu\.so'
check "lxc.so is never opened: it is not listed" has_not "$TMPDIR/opened" '/lxc\.so'
check "the stages of qemu are there" out_has 'qemu.guests'
check "those of lxc are not" has_not "$TMPDIR/out" 'lxc\.'
configure cluster qemu lxc
check "stages of three modules" traced
check "now lxc.so is opened" has "$TMPDIR/opened" '/lxc\.so'
check "in staged order" python3 -c '
import json, re, subprocess, sys
text = open(sys.argv[1]).read()
order = [text.index(name) for name in ("cluster.cluster", "cluster.nodes", "qemu.guests", "qemu.interfaces", "qemu.addresses")]
sys.exit(order != sorted(order))' "$TMPDIR/out"
configure lxc
check "a module whose hard predecessor is not listed is refused" gives 78 stages
check "with the way to mend it" says 'cluster'

library=$(ldd "$release" | sed -n 's/.*libstagebox\.so[^ ]* => \([^ ]*\).*/\1/p' | head -n 1)
check "the program uses its shared library" test -n "$library"
nm -D "$library" >"$TMPDIR/symbols"
check "which imports lt_dlopenadvise" has "$TMPDIR/symbols" ' U lt_dlopenadvise'
check "and no older way to open a module" has_not "$TMPDIR/symbols" ' U \(lt_dlopen\|lt_dlopenext\|dlmopen\)\(@.*\)\?$'
check "its name has a version" same "$(basename "$library" | sed 's/[0-9.]*$//')" libstagebox.so

check "modules import nothing but sb_*, json_* and a short list of libc" sh "$STAGEBOX_SRC/tests/lint/lint.sh" imports

bad=${STAGEBOX_BUILD:?}/tests/modules
# refused NAME REASON: the program does not start with it and says which file and why
refused() {
	configure "$1"
	sb stages --module-dir "$bad"
	[ $code = 78 ] || { echo "exit code $code instead of 78"; cat "$TMPDIR/out" "$TMPDIR/err"; return 1; }
	err_has "$1\.so" && err_has "$2"
}
if [ -d "$bad" ]; then
	check "wrong magic" refused wrong_magic 'magic'
	check "an older ABI major" refused old_major 'ABI.*rebuild'
	check "a newer ABI minor" refused newer_minor 'ABI.*update'
	check "a short descriptor" refused short_size 'short'
	check "a descriptor without a name" refused null_name 'no name'
	check "an undefined symbol" refused undefined_symbol 'undefined symbol'
	check "a truncated file" refused truncated 'too short\|truncated'
	check "a file without an entry" refused no_entry 'sb_module_entry'
	check "an entry that returns nothing" refused null_descriptor 'no descriptor'
	check "another name than the file's" refused other_name 'something_else'
	check "a start that fails" refused failing_start 'start failed'
	check "a start that fails without a word" refused mute_start 'start failed'
	check "one stage twice" refused double_stage 'already'
	check "a stage of another module" refused foreign_stage 'good.third'
	check "a ring in after" refused cycle 'wait for each other'
	check "a hard predecessor that nobody has" refused unknown_after 'nobody.home'
	check "a read of a kind that is not there" refused unknown_kind 'unicorn'
	check "a file that is not there" refused nonesuch 'No such file'
	configure good good
	check "one module twice" gives 78 stages --module-dir "$bad"
	check "with the reason" says 'good.*\(already\|twice\)'
	configure good
	check "a good one beside all those loads" gives 0 stages --module-dir "$bad"
	check "and its stages are there" out_has 'good.second'
	check "modules check of a good file" gives 0 modules check "$bad/good.so"
	check "modules check of a bad file" gives 78 modules check "$bad/wrong_magic.so"
	check "names the reason" says 'magic'
else
	skip "bad modules are refused" "there are none in $bad"
fi
configure ../modules/qemu
check "a path is no name of a module" gives 78 stages
done_testing
