#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every shell script parses in the shell of its first line; every Python file compiles.
set -eu
cd "${1:-.}"
bad=0
for script in dev .ci/run .ci/full .ci/steps.sh $(find tests lab packaging docs cmd core modules etc -name '*.sh' 2>/dev/null | sort) \
	$(find packaging -name '*.p[or][se]*' -o -path '*/tests/*' -type f ! -name control 2>/dev/null | sort); do
	[ -f "$script" ] || continue
	shell=sh
	if head -n 1 "$script" | grep -q bash; then shell=bash; fi
	if ! why=$($shell -n "$script" 2>&1); then
		printf 'shell: %s\n' "$why"
		bad=1
	fi
done
for script in $(find tests docs -name '*.py' 2>/dev/null | sort); do
	if ! why=$(python3 -c 'import ast, sys; ast.parse(open(sys.argv[1]).read(), sys.argv[1])' "$script" 2>&1); then
		printf 'shell: %s: %s\n' "$script" "$(printf '%s' "$why" | tail -n 1)"
		bad=1
	fi
done
exit $bad
