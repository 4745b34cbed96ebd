#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# full one
# slow
# limit 300
# Each module of docs/examples is built as its reader would, with installed files only, and plays its cases.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
: "${STAGEBOX_RELEASE:?}"

sdk=$TMPDIR/sdk
check "the build installs into a folder" cmake --install "$(dirname "$STAGEBOX_RELEASE")" --prefix "$sdk"
PKG_CONFIG_PATH=$(dirname "$(find "$sdk" -name stagebox.pc)")
export PKG_CONFIG_PATH
unset STAGEBOX_MODULE_DIR MAKEFLAGS MFLAGS
installed=$(pkg-config --variable=bindir stagebox)/stagebox
examples=$sdk/share/doc/stagebox/examples

with_cmake() { cmake -S "$1" -B "$1/build" -DCMAKE_PREFIX_PATH="$sdk" && cmake --build "$1/build"; }
# plays MODULE FOLDER: every step of every case has what it must give
plays() { (cd "$2" && "$installed" modules test "$1" cases/*/) >"$TMPDIR/out" 2>"$TMPDIR/err" && out_has '^1\.\.' && has_not "$TMPDIR/out" '^not ok' && has_not "$TMPDIR/out" SKIP; }
links_cases() { for each in "$1"/cases/*/; do has "$each/README.md" . || return 1; done; }
is_listed() { has "$STAGEBOX_SRC/docs/examples/README.md" "($1/)"; }

for source in "$examples"/*/; do
	name=$(basename "$source")
	work=$TMPDIR/$name
	cp -R "$source" "$work"
	check "$name: its source is the one of the project" diff -r "$source" "$STAGEBOX_SRC/docs/examples/$name"
	check "$name: the list of the examples has it" is_listed "$name"
	check "$name: builds with make, without a warning" silent make -C "$work" CFLAGS='-O2 -g -Werror -Wpedantic'
	check "$name: builds with CMake" silent with_cmake "$work"
	check "$name: would load" "$installed" modules check "$work/$name.so"
	check "$name: each case says what it shows" links_cases "$work"
	check "$name: plays its cases" plays "$work/$name.so" "$work"
	mkdir -p "$work/tree/build/modules"
	cp "$work/$name.so" "$work/tree/build/modules/"
	check "$name: follows the rules for imports, exports and data of modules" python3 "$STAGEBOX_SRC/tests/lint/imports.py" "$work/tree"
done
check "three examples were built" same "$(find "$examples" -mindepth 1 -maxdepth 1 -type d | wc -l)" 3

done_testing
