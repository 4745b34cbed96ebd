#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every header compiles on its own, a public one with include/ alone.
set -eu
cd "${1:-.}"
flags=$(pkg-config --cflags jansson libcurl libconfig sqlite3 libmicrohttpd gnutls libsodium cmocka 2>/dev/null || :)
out=$(mktemp)
trap 'rm -f "$out"' EXIT
bad=0
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
exit $bad
