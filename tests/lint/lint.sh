#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs the checks: lint.sh [--root DIR] [CHECK...]; prints one line per finding, exits with 1 if there is any.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
if [ "${1:-}" = --root ]; then
	root=$(cd "$2" && pwd)
	shift 2
fi
all='format floors circles kinds size words dialect language spdx cloud headers shell symbols imports runpath abi recorded mutants links examples tests_map pages'
# shellcheck disable=SC2086 # a list of words
[ $# -gt 0 ] || set -- $all
export PYTHONDONTWRITEBYTECODE=1
bad=0 done=0
for check in "$@"; do
	done=$((done + 1))
	if [ -f "$here/$check.py" ]; then
		python3 "$here/$check.py" "$root" || bad=$((bad + 1))
	elif [ -f "$here/$check.sh" ] && [ "$check" != lint ] && [ "$check" != selftest ]; then
		sh "$here/$check.sh" "$root" || bad=$((bad + 1))
	else
		echo "lint: unknown check $check; there are: $all" >&2
		exit 64
	fi
done
if [ $bad -gt 0 ]; then
	echo "lint: $bad of $done checks failed"
	exit 1
fi
echo "lint: $done checks, nothing found"
