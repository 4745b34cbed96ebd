#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# limit 300
# Runs every command of the guides: those of stagebox on a lab whose certificates this host does not trust, those of Proxmox
# VE and of the system with stand-ins that refuse what the real commands would refuse. Compares the rights in the guides with
# those that the modules need.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
guides=$STAGEBOX_SRC/docs/guides
bin=$TMPDIR/bin
mkdir -p "$bin" "$TMPDIR/work" "$TMPDIR/blocks"
ln -s "$STAGEBOX" "$bin/stagebox"
for each in apt systemctl journalctl; do
	ln -s "$e2e/guide/system.py" "$bin/$each"
done
ln -s "$e2e/guide/pveum.py" "$bin/pveum"
ln -s "$e2e/guide/pvenode.py" "$bin/pvenode"
chmod_needed=$(find "$e2e/guide" -name '*.py' ! -perm -u+x)
check "the stand-ins are executable" same "$chmod_needed" ''

# extract_blocks GUIDE: writes each block of commands to GUIDE.NN.sh, GUIDE.NN.pve, GUIDE.NN.pveMAJOR or GUIDE.NN.netboxVERSION;
# other blocks are an error
extract_blocks() {
	python3 - "$guides/$1.md" "$TMPDIR/blocks/$1" <<'PY'
import re, sys
text = open(sys.argv[1], encoding="utf-8").read()
found = re.findall(r"^```([^\n]*)\n(.*?)^```$", text, re.S | re.M)
for n, (kind, body) in enumerate(found, 1):
    words = kind.split()
    if words[:1] != ["sh"]:
        sys.exit(f"block {n} is \"{kind}\": mark blocks of commands as sh, so that this suite runs them")
    name = "".join(words[1:3]) or "sh"
    with open(f"{sys.argv[2]}.{n:02d}.{name}", "w", encoding="utf-8") as out:
        out.write(body)
PY
}
# run_block BLOCK: runs its commands in a folder that all blocks share; a person answers the questions of init. What a guide has in
# /tmp is in the folder of this suite, which may run several times at once.
run_block() {
	sed "s|/tmp/|$TMPDIR/tmp.|g" "$1" >"$TMPDIR/block"
	names="STAGEBOX_CONFIG=$config"
	if [ ! -e "$config" ] && ! grep -q 'stagebox init' "$1"; then names=NO_CONFIG=1; fi
	(cd "$TMPDIR/work" && env "$names" PATH="$bin:$PATH" GUIDE_CERTIFICATE="$lab/certs/good.pem" sh -eu "$TMPDIR/block" <"$TMPDIR/answers")
}

lab_up --tls --guests 8 --endpoints 1
for each in $(sed -n 's|.*lab up --dir /tmp/\([a-z-]*\).*|\1|p' "$guides"/*.md); do
	labs="$labs $TMPDIR/tmp.$each"
done
value_of() { sed -n "$1" "$lab/stagebox.cfg" | head -n 1; }
printf '%s\n' "$(value_of '/^netbox/,/^}/s/.*url = "\([^"]*\)".*/\1/p')" yes "$(cat "$lab/tokens/netbox")" \
	"$(value_of 's/.*urls = \[ "\([^"]*\)" \].*/\1/p')" yes '' lab lab-dc1 "$(cat "$lab/tokens/lab")" >"$TMPDIR/answers"
mkdir "$TMPDIR/etc"
config=$TMPDIR/etc/stagebox.cfg
check "FIRST-SYNC.md contains blocks of commands only" extract_blocks FIRST-SYNC
check "FIRST-SYNC.md contains at least 7 blocks" test "$(find "$TMPDIR/blocks" -name 'FIRST-SYNC.*' | wc -l)" -ge 7
for each in "$TMPDIR"/blocks/FIRST-SYNC.*; do
	check "the commands of a block succeed: $(head -n 1 "$each")" run_block "$each"
	cat "$TMPDIR/said" >>"$TMPDIR/guide.log"
done
shown=$(sed -n 's/^  SHA-256  //p' "$TMPDIR/guide.log" | sort -u)
check "init shows the certificates" test -n "$shown"
check "the node shows the fingerprint that init shows" has "$TMPDIR/guide.log" "\"fingerprint\": \"$shown\""
check "the configuration pins it" has "$config" "fingerprint = \"$shown\""
check "after the guide NetBox equals Proxmox VE" mirrors
mark
check "a sync after the guide succeeds" gives 0 sync
check "a sync after the guide writes nothing" look no-writes
check "the lab of the guide is down" test ! -s "$TMPDIR/tmp.stagebox-lab/pids"

check "TESTING-MODULES.md contains blocks of commands only" extract_blocks TESTING-MODULES
for each in "$TMPDIR"/blocks/TESTING-MODULES.*; do
	check "the commands of a block succeed: $(head -n 1 "$each")" run_block "$each"
done

for guide in HIGH-AVAILABILITY:ha CEPH:ceph; do
	name=${guide%:*}
	# as the guide says, which leaves the rest of the configuration as it is
	sed -i '/^modules/d' "$config" && printf 'modules = [ "cluster", "qemu", "lxc", "%s" ];\n' "${guide#*:}" >>"$config"
	check "$name.md contains blocks of commands only" extract_blocks "$name"
	for each in "$TMPDIR/blocks/$name".*; do
		check "the commands of a block succeed: $(head -n 1 "$each")" run_block "$each"
	done
done

check "BRANCHES.md contains blocks of commands only" extract_blocks BRANCHES
for each in "$TMPDIR"/blocks/BRANCHES.*; do
	check "the commands of a block succeed: $(head -n 1 "$each")" run_block "$each"
done

check "TOKEN-RIGHTS.md contains blocks of commands only" extract_blocks TOKEN-RIGHTS
for major in 8 9; do
	export PVEUM_MAJOR=$major PVEUM_STATE="$TMPDIR/pveum.$major"
	check "TOKEN-RIGHTS.md contains commands for Proxmox VE $major" test -n "$(find "$TMPDIR/blocks" -name "TOKEN-RIGHTS.*.pve$major")"
	for each in "$TMPDIR"/blocks/TOKEN-RIGHTS.*.pve$major; do check "Proxmox VE $major accepts the commands" run_block "$each"; done
	token_has_privileges() {
		python3 - "$STAGEBOX_SRC" "$PVEUM_STATE" "$major" <<'PY'
import glob, json, re, sys
top, state, major = sys.argv[1], json.load(open(sys.argv[2])), int(sys.argv[3])
held, missing, seen = set(state["held"]), [], 0
for name in glob.glob(top + "/modules/*/module.c") + [top + "/core/guest/reads.c"]:
    text = open(name, encoding="utf-8").read()
    for rights in re.findall(r'"((?:VM|Sys|SDN|Pool|Datastore|Mapping)\.[A-Za-z.|]+)"', text):
        seen += 1
        words = set(rights.split("|"))
        if "VM.Monitor" in words and major >= 9 or "VM.GuestAgent.Audit" in words and major < 9:
            continue
        if not words & held:
            missing.append(f"{name}: {rights}")
sys.exit(f"missing: {missing}, held: {sorted(held)}" if missing or seen < 5 else 0)
PY
	}
	check "on Proxmox VE $major the token then has the privileges that the modules need" token_has_privileges
done
# block_is_output BLOCK WORDS...: a block of the guide is what the command prints
block_is_output() {
	block=$(echo "$TMPDIR"/blocks/$1)
	shift
	env -u STAGEBOX_CONFIG "$STAGEBOX" rights "$@" >"$TMPDIR/printed" || return 1
	diff -u "$block" "$TMPDIR/printed"
}
for major in 8 9; do
	check "TOKEN-RIGHTS.md has the commands of rights pve for version $major" block_is_output "TOKEN-RIGHTS.*.pve$major" pve --server-version $major
done
check "TOKEN-RIGHTS.md has the calls of rights netbox" block_is_output 'TOKEN-RIGHTS.*.netbox4.7' netbox --server-version 4.7
links_resolve() {
	for file in "$guides"/*.md "$STAGEBOX_SRC/README.md"; do
		for link in $(grep -o '](\([^)#:]*\)[)#]' "$file" | sed 's/^](//; s/[)#]$//'); do
			[ -e "$(dirname "$file")/$link" ] || { echo "$file: $link does not exist"; return 1; }
		done
	done
}
check "links in the guides and in README.md lead to existing files" links_resolve
done_testing
