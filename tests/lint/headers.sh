#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every header compiles on its own, a public one with include/ alone, also in C++, and with the other public ones in any order.
set -eu
cd "${1:-.}"
flags=$(pkg-config --cflags jansson libcurl libconfig sqlite3 libmicrohttpd gnutls libsodium cmocka 2>/dev/null || :)
out=$(mktemp)
trap 'rm -f "$out" "$out.one" "$out.all"' EXIT
bad=0
: >"$out.all"
for header in $(find include core cmd modules lab tests -name '*.h' 2>/dev/null | sort); do
	case $header in
	include/*) where='-Iinclude' ;;
	modules/*) where='-Iinclude -I'${header%/*} ;;
	lab/*) where='-Iinclude -Icore -Ilab' ;;
	tests/*) where='-Iinclude -Icore -Ilab -Icmd -Itests -I.' ;;
	*) where='-Iinclude -Icore -Icmd' ;;
	esac
	# shellcheck disable=SC2086 # lists of flags
	if ! printf '#include "%s"\n' "$header" | ${CC:-cc} -std=c11 -D_POSIX_C_SOURCE=200809L -Wall -Wextra -Werror \
		-fsyntax-only -I. $where $flags -x c - >"$out" 2>&1; then
		printf 'headers: %s: does not compile alone: %s\n' "$header" "$(grep -m 1 error "$out" || head -n 1 "$out")"
		bad=1
	fi
done
cxx=${CXX:-c++}
# compile_cxx TEXT NAME: standard input compiles as C++17
compile_cxx() {
	# shellcheck disable=SC2086 # a list of flags
	if ! $cxx -std=c++17 -Wall -Wextra -pedantic -Werror -fsyntax-only -Iinclude $flags -x c++ - >"$out" 2>&1; then
		printf 'headers: %s: does not compile %s: %s\n' "$2" "$1" "$(grep -m 1 error "$out" || head -n 1 "$out")"
		bad=1
	fi
}
if ! command -v "$cxx" >/dev/null 2>&1; then
	echo "headers: skipped for C++: there is no $cxx (./dev deps installs g++)" >&2
	exit $bad
fi
for header in include/stagebox/*.h; do
	[ -f "$header" ] || continue
	printf '#include <%s>\n' "${header#include/}" >"$out.one"
	compile_cxx 'alone in C++' "$header" <"$out.one"
	cat "$out.one" >>"$out.all"
done
compile_cxx 'after the others in C++' 'the last of the public headers' <"$out.all"
sort -r "$out.all" >"$out.one"
compile_cxx 'before the others in C++' 'the first of the public headers' <"$out.one"
exit $bad
