#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The recorded answers of Proxmox VE cover exactly the paths that the engine reads.
set -u
src=${STAGEBOX_SRC:-.}
data=$src/tests/data/pve-answers.json

# Print every path in the code, without its query and with placeholders for formats. Excluded are the
# word of a key, prefixes of paths, a path that is only posted to (test_pve.c), tasks, which have recorded answers of
# their own, and Ceph, because no recorded server had a working one: test_pve_ceph.c has the forms of its answers.
read_by_engine() {
	grep -rhoE '"/(version|access|cluster|nodes|pools|storage)[^" ]*"' "$@" --include='*.c' |
		sed -e 's/"//g' -e 's/?.*//' -e 's|/%u|/{vmid}|' -e 's|^/nodes/%s|/nodes/{node}|' |
		sed -e '/%s/{h;s/%s/qemu/p;g;s/%s/lxc/;}' |
		grep -vxE '/cluster/?|/nodes/([{]node[}]/)?|/access/ticket|/nodes/[{]node[}]/tasks/?|.*/ceph(/.*)?' | sort -u
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

echo 1..4
check 1 "$(read_by_engine "$src/core" "$src/modules")" "$(recorded)" 'every path that the engine reads has a recorded answer'
check 2 "$(jq -r '[.shapes | del(."/cluster/ha/groups")[] | has("9.2")] | all' "$data")" true \
	'release 9.2 has answered every path but that of groups, which became rules'

# An additional path is detected.
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
printf 'ask("/nodes/%%s/scan?limit=%%u");\n' >"$dir/more.c"
check 3 "$(read_by_engine "$src/core" "$src/modules" "$dir" | grep -c .)" "$(($(recorded | grep -c .) + 1))" 'an additional path is detected'
check 4 "$(jq -r '[.entries[] | select(.method == "GET" and .status == 200) | .path] |
	[any(test("^/nodes/[^/]+/tasks([?]|$)")), any(test("^/nodes/[^/]+/tasks/UPID[^/]*/status$"))] | all' "${data%/*}/pve-tasks.json")" \
	true 'the lists and states of tasks that the engine reads have recorded answers'
