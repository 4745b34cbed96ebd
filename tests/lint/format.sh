#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every .c and .h file has the format of clang-format 14 (of Debian 12); other versions format differently.
set -eu
cd "${1:-.}"
tool=$(command -v clang-format-14 || command -v clang-format || :)
version=$([ -n "$tool" ] && "$tool" --version | sed -n 's/.*version \([0-9]*\).*/\1/p' || :)
if [ "$version" != 14 ]; then
	echo "format: skipped: clang-format 14 is needed, found ${version:-none}" >&2
	exit 0
fi
find include core cmd modules lab tests docs \( -name '*.c' -o -name '*.h' \) -print 2>/dev/null | sort >"${TMPDIR:-/tmp}/format.$$"
rc=0
xargs -r "$tool" --dry-run -Werror <"${TMPDIR:-/tmp}/format.$$" 2>&1 | grep -E 'error|warning' | sed 's/^/format: /' >&2 || :
xargs -r "$tool" --dry-run -Werror <"${TMPDIR:-/tmp}/format.$$" >/dev/null 2>&1 || rc=1
rm -f "${TMPDIR:-/tmp}/format.$$"
exit $rc
