#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The loader opens only modules that the configuration lists, and refuses a bad one with its file and the reason.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
. "$e2e/lib_modules.sh"
release=${STAGEBOX_RELEASE:?}

# configure MODULE...: writes a configuration with these modules and no server
configure() { configure_with "" "$@"; }

# stages_traced: prints the stages; the files that the dynamic linker opened go to $TMPDIR/opened
stages_traced() {
	LD_DEBUG=files "$release" stages --config "$config" >"$TMPDIR/out" 2>"$TMPDIR/opened"
	code=$?
	[ $code = 0 ] || { echo "exit code $code"; cat "$TMPDIR/out"; grep -v '^ *[0-9]*:' "$TMPDIR/opened"; return 1; }
}
configure cluster qemu
check "stages with two modules succeeds" stages_traced
check "the loader opens cluster.so, which is listed" has "$TMPDIR/opened" '/cluster\.so'
check "the loader opens qemu.so, which is listed" has "$TMPDIR/opened" '/qemu\.so'
check "the loader does not open lxc.so, which is not listed" has_not "$TMPDIR/opened" '/lxc\.so'
check "the output contains stages of qemu" out_has 'qemu.guests'
check "the output contains no stages of lxc" has_not "$TMPDIR/out" 'lxc\.'
configure cluster qemu lxc
check "stages with three modules succeeds" stages_traced
check "the loader opens lxc.so once it is listed" has "$TMPDIR/opened" '/lxc\.so'
check "each stage is listed after its predecessors" python3 -c '
import json, re, subprocess, sys
text = open(sys.argv[1]).read()
order = [text.index(name) for name in ("cluster.cluster", "cluster.nodes", "qemu.guests", "qemu.interfaces", "qemu.addresses")]
sys.exit(order != sorted(order))' "$TMPDIR/out"
configure lxc
check "a module whose required predecessor is not listed is refused" gives 78 stages
check "the message names the module to add" says 'cluster'

library=$(ldd "$release" | sed -n 's/.*libstagebox\.so[^ ]* => \([^ ]*\).*/\1/p' | head -n 1)
check "the program is linked to libstagebox.so" test -n "$library"
nm -D "$library" >"$TMPDIR/symbols"
check "the library imports lt_dlopenadvise" has "$TMPDIR/symbols" ' U lt_dlopenadvise'
check "the library imports no other function that opens a module" has_not "$TMPDIR/symbols" ' U \(lt_dlopen\|lt_dlopenext\|dlmopen\)\(@.*\)\?$'
check "the name of the library ends with a version" same "$(basename "$library" | sed 's/[0-9.]*$//')" libstagebox.so

check "modules import sb_*, json_* and listed functions of libc only" sh "$STAGEBOX_SRC/tests/lint/lint.sh" imports

bad=${STAGEBOX_BUILD:?}/tests/modules
# refused NAME REASON: the program refuses the module and names file and reason
refused() {
	configure "$1"
	sb stages --module-dir "$bad"
	[ $code = 78 ] || { echo "exit code $code instead of 78"; cat "$TMPDIR/out" "$TMPDIR/err"; return 1; }
	err_has "$1\.so" && err_has "$2"
}
if [ -d "$bad" ]; then
	check "a module with a wrong magic number is refused" refused wrong_magic 'magic'
	check "a module with an older ABI major is refused" refused old_major 'ABI.*rebuild'
	check "a module with a newer ABI minor is refused" refused newer_minor 'ABI.*update'
	check "a module with a short descriptor is refused" refused short_size 'short'
	check "a module without a name is refused" refused null_name 'no name'
	check "a module with an undefined symbol is refused" refused undefined_symbol 'undefined symbol'
	check "a truncated file is refused" refused truncated 'too short\|truncated'
	check "a file without sb_module_entry() is refused" refused no_entry 'sb_module_entry'
	check "a module whose entry returns NULL is refused" refused null_descriptor 'no descriptor'
	check "a module with another name than its file is refused" refused other_name 'something_else'
	check "a module whose start fails is refused" refused failing_start 'start failed'
	check "a module whose start fails without an error message is refused" refused mute_start 'start failed'
	check "a module whose start returns a positive number is refused" refused positive_start 'start failed: it returned 7'
	check "a module that writes a misspelt field is refused" refused misspelt 'did you mean "address"'
	check "a module that registers a stage twice is refused" refused double_stage 'already'
	check "a module that registers a stage of another module is refused" refused foreign_stage 'good.third'
	check "a cycle in after is refused" refused cycle 'wait for each other'
	check "a module with an unknown required predecessor is refused" refused unknown_after 'nobody.home'
	check "a module that reads an unknown kind is refused" refused unknown_kind 'unicorn'
	check "a missing file is refused" refused nonesuch 'No such file'
	configure good good
	check "a module that is listed twice is refused" gives 78 stages --module-dir "$bad"
	check "the message says that it is listed twice" says 'good.*\(already\|twice\)'
	configure good
	check "a good module in the same folder is loaded" gives 0 stages --module-dir "$bad"
	check "the output contains its stages" out_has 'good.second'
	check "modules check accepts a good file" gives 0 modules check "$bad/good.so"
	check "modules check refuses a bad file" gives 78 modules check "$bad/wrong_magic.so"
	check "modules check names the reason" says 'magic'
	check "modules check refuses what config check refuses" gives 78 modules check "$bad/misspelt.so"
	check "with the same reason" says 'stage "misspelt.stage" writes field "adress", which kind "ip" does not have'
	check "modules check refuses a kind that nobody has" gives 78 modules check "$bad/unknown_kind.so"
	check "modules check refuses a stage without code" gives 78 modules check "$bad/bare_stage.so"
	check "modules check accepts a predecessor in another module" gives 0 modules check "$bad/unknown_after.so"
else
	skip "bad modules are refused" "there are no test modules in $bad"
fi
# A look starts a process, whose pipes must not get the numbers of missing standard descriptors.
configure cluster qemu
# stages_without REDIRECTIONS: the exit code of "stages" with these descriptors closed, within 10 s
stages_without() { timeout 10 sh -c 'eval "\"\$1\" stages --config \"\$2\" $3"' sh "$STAGEBOX" "$config" "$1" >/dev/null 2>&1; }
check "a look works without standard error" stages_without '2>&-'
check "a look works without standard input and standard error" stages_without '0<&- 2>&-'
stages_without '>&- 2>&-'
check "without standard output and standard error the result cannot be written, and the look ends" same "$?" 1
name=$(printf 'q\377.so')
check "the path of a module that is not UTF-8 is refused" gives 64 modules check "$TMPDIR/$name"
check "the message says so" says 'not valid UTF-8'
configure ../modules/qemu
check "a path instead of the name of a module is refused" gives 78 stages
done_testing
