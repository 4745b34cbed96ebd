#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The recorded answers of Proxmox VE are those of the paths that the engine reads: none less, none more.
set -u
src=${STAGEBOX_SRC:-.}
data=$src/tests/data/pve-answers.json

# Every path in the code, without its query, and the same words for what is filled in.
read_by_engine() {
	grep -rhoE '"/(version|access|cluster|nodes|pools|storage)[^" ]*"' "$@" --include='*.c' |
		sed -e 's/"//g' -e 's/?.*//' -e 's|/%u|/{vmid}|' -e 's|^/nodes/%s|/nodes/{node}|' |
		sed -e '/%s/{h;s/%s/qemu/p;g;s/%s/lxc/;}' |
		grep -vxE '/cluster|/nodes/|/access/ticket' | sort -u # the word of a key, what a node's path begins with, and
	# what is only posted to: test_pve.c
}
recorded() { jq -r '.shapes | keys[]' "$data" | sort -u; }
check() {
	if [ "$2" = "$3" ]; then
		echo "ok $1 - $4"
		return
	fi
	printf '%s\n' "$2" | sed 's/^/# engine:   /'
	printf '%s\n' "$3" | sed 's/^/# recorded: /'
	echo "not ok $1 - $4"
}

echo 1..3
check 1 "$(read_by_engine "$src/core" "$src/modules")" "$(recorded)" 'every path that the engine reads is held against real answers'
check 2 "$(jq -r '[.shapes[] | has("9.2")] | all' "$data")" true 'release 9.2 answered every one of them'

# A path more is seen.
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
printf 'ask("/nodes/%%s/tasks?limit=%%u");\n' >"$dir/more.c"
check 3 "$(read_by_engine "$src/core" "$src/modules" "$dir" | grep -c .)" "$(($(recorded | grep -c .) + 1))" 'a path more is seen'
