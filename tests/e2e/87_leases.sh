#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# One run per endpoint and one writer of shared objects, also between containers with one volume and between two stores
# in one folder.
# limit 240
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
lab_up --guests 4 --endpoints 2
# NetBox accepts two VLAN groups with one name and no scope, so that only the lease prevents them.
sed -i 's/\(slug = "[a-z]*";\)/\1 vlan_group = "common";/' "$config"
second=$lab/second.cfg
sed 's/path = "\([^"]*\)stagebox.db"/path = "\1second.db"/' "$config" >"$second"
check "the stores are two files in one folder" differ "$(grep 'path = .*db"' "$config")" "$(grep 'path = .*db"' "$second")"
check "bootstrap" gives 0 bootstrap

held() { tail -n "+$((since + 1))" "$lab/requests.ndjson" | grep -q '"held":true'; }
# starts CONFIG OUTPUT COMMAND...: the command in the background; sets $started
starts() {
	conf=$1 to=$2
	shift 2
	"$@" --config "$conf" >"$TMPDIR/$to.out" 2>"$TMPDIR/$to.err" &
	started=$!
}
ends() { # PID NAME CODES
	wait "$1"
	code=$?
	for each_code in $3; do [ $code != "$each_code" ] || return 0; done
	echo "exit code $code instead of $3"
	cat "$TMPDIR/$2.out" "$TMPDIR/$2.err"
	return 1
}
once() { netbox '
for path, field in (("extras/tags", "slug"), ("ipam/vlan-groups", "name"), ("dcim/sites", "slug"), ("dcim/manufacturers", "slug"),
                    ("dcim/device-roles", "slug"), ("virtualization/cluster-types", "slug"), ("dcim/platforms", "slug")):
    names = [row[field] for row in nb.all(path)]
    check(len(names) == len(set(names)), path, names)
vids = [(row["group"]["name"], row["vid"]) for row in nb.all("ipam/vlans") if row["group"]]
check(len(vids) == len(set(vids)), vids)
check([row["name"] for row in nb.all("ipam/vlan-groups")].count("common") == 1, "the group common")'; }

# Two first syncs of two endpoints of one NetBox, each with its own store, as two hosts with one volume have.
ctl hold-write 1 commit
starts "$config" first "$STAGEBOX" sync --endpoint lab
first=$started
check "the first run has frozen in its first write" wait_for 60 held
starts "$second" other "$STAGEBOX" sync --endpoint edge
other=$started
check "the second run says that it waits" wait_for 60 grep -q 'waiting to create shared objects' "$TMPDIR/other.err"
check "it says for whom" has "$TMPDIR/other.err" 'lease shared:[0-9a-f-]* is held by another process'
ctl clear
check "the first run ends" ends "$first" first "0 1 4"
check "the second run ends" ends "$other" other "0 4"
check "a sync repairs what the frozen write left" gives 0 sync
check "each shared object exists once" once
mark
check "another sync has nothing to do" gives 0 sync
check "and writes nothing" look no-writes

# A person made a second one before: it is reported, and nothing is removed.
before=$(netbox 'nb.call("POST", "ipam/vlan-groups/", {"name": "common", "slug": "common"}); print(nb.call("GET", "core/object-changes/?limit=1")["count"])')
check "a sync with a duplicate of people succeeds" gives 0 sync --endpoint lab
check "the duplicate is reported with its id" out_has 'duplicate.*shared/vlan-group/common: NetBox has it more than once'
check "the record names it" last 'check(re.search("duplicates.*shared/vlan-group/common", text), text)'
check "nothing was removed or changed" unchanged "$before"

# Two containers with one volume: a pid of the other means nothing here.
inside='unshare -rpf --mount-proc'
$inside true 2>/dev/null || inside='unshare -pf --mount-proc'
if $inside true 2>/dev/null; then
	ctl set lab/qemu/101 memory=3072
	ctl hold-write 1 commit
	mark
	starts "$config" inside $inside "$STAGEBOX" sync --endpoint lab
	first=$started
	check "a run in another PID namespace has frozen" wait_for 60 held
	check "a run outside of it is refused" gives 75 sync --endpoint lab
	check "the refusal says by whom and since when" err_has 'lease endpoint:lab is held by process [0-9]* of .* since 20'
	ctl clear
	check "the run in the namespace ends" ends "$first" inside "0 1 4"
	check "the next run succeeds" gives "0 4" sync --endpoint lab
	ctl set lab/qemu/101 memory=4096
	ctl hold-write 1 commit
	mark
	starts "$config" outside "$STAGEBOX" sync --endpoint lab
	first=$started
	check "a run outside has frozen" wait_for 60 held
	starts "$config" inside $inside "$STAGEBOX" sync --endpoint lab
	check "a run in another PID namespace is refused" ends "$started" inside 75
	ctl clear
	check "the run outside ends" ends "$first" outside "0 1 4"
else
	skip "a run in another PID namespace is refused" "cannot create a PID namespace"
fi
done_testing
