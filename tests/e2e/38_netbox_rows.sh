#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# full netbox
# A module reads objects of NetBox: those of the endpoint, all of its clusters, by a tag, by a custom field of people. A
# filter that NetBox ignores, or a list that cannot be read, is unknown and not empty.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
own=$(dirname "$STAGEBOX")/tests/modules
if ! [ -f "$own/reader.so" ]; then
	skip "a module reads objects of NetBox" "there is no build with its test modules"
	done_testing
fi
mkdir "$TMPDIR/modules"
cp "$(dirname "$STAGEBOX")"/modules/*.so "$own/reader.so" "$TMPDIR/modules/"
lab_up --guests 4 --endpoints 2
set_conf "s|^modules.*|modules = [ \"cluster\", \"qemu\", \"lxc\", \"reader\" ]; module_dir = \"$TMPDIR/modules\";|"
check "bootstrap" gives 0 bootstrap
# NetBox ignores cf_owner, because the custom field does not exist.
check "a sync before the first object" gives 0 sync --endpoint lab
check "knows that nothing is in a cluster that does not exist" not out_has 'reader.rows: cluster:'
check "a filter that NetBox ignores makes the read unknown" gives 4 sync --endpoint lab
check "which the module sees" out_has 'reader.rows: [1-9][0-9]* ours, tags found, 101 is [a-z]*, owned is unknown'
check "and the run names, with the filter" out_has 'cf_owner = "me" has other objects: NetBox ignores a filter'
check "a tag that does not exist has no objects" not out_has 'the tag "reviewed"'
check "the other endpoint" gives 4 sync --endpoint edge

check "people add a custom field, a tag and a guest of their own in our cluster" netbox '
nb.call("POST", "extras/custom-fields/", {"name": "owner", "type": "text", "filter_logic": "exact",
                                          "object_types": ["virtualization.virtualmachine"]})
tag = nb.call("POST", "extras/tags/", {"name": "Reviewed", "slug": "reviewed"})
cluster = nb.one("virtualization/clusters", "lab/cluster")
mine = nb.call("POST", "virtualization/virtual-machines/", {"name": "by hand", "cluster": cluster["id"], "tags": [tag["id"]]})
for key, values in (("lab/qemu/101", {"tags": [tag["id"]], "custom_fields": {"owner": "me"}}),
                    ("lab/qemu/104", {"custom_fields": {"owner": "you"}}),
                    ("edge/qemu/101", {"custom_fields": {"owner": "me"}})):
    row = nb.one("virtualization/virtual-machines", key)
    if row:
        nb.call("PATCH", "virtualization/virtual-machines/%d/" % row["id"], values)'
check "a sync knows all of it" gives 0 sync --endpoint lab
check "the objects of the cluster are those of people, too" out_has 'reader.rows: cluster: by hand \[\]'
check "and ours" out_has 'reader.rows: cluster: .* \[lab/qemu/101\] .* owner me$'
check "none of another endpoint" not out_has 'cluster: .*\[edge/'
check "the tag has two objects" same "$(grep -c 'reader.rows: tagged:' "$TMPDIR/out")" 2
check "one of them of people" out_has 'tagged: by hand \[\]'
check "the custom field of people finds ours" out_has 'owned: .* \[lab/qemu/101\]'
check "and not the one with another value" not out_has 'owned: .* owner you'
check "the read is complete" out_has 'owned is complete'
check "people set the status of a machine" netbox '
row = nb.one("virtualization/virtual-machines", "lab/qemu/101")
person.call("PATCH", "virtualization/virtual-machines/%d/" % row["id"], {"comments": "looked at"})'
check "the change log of an object is read for the module that asks" gives 0 sync --endpoint lab
check "with the newest entry first, of any user" out_has 'log: [0-9]* entries, newest update by [^ ]* of status [a-z]*, oldest create of nothing$'
check "not the one of the draft" not out_has 'is being read'
mark
check "the next sync has nothing to write" gives 0 sync --endpoint lab
check "and reads once per scope" look no-writes
if netbox 'check(tuple(map(int, nb.call("GET", "status/")["netbox-version"].split(".")[:2])) >= (4, 6))'; then
	check "the ETag is that of NetBox" netbox '
import urllib.request
row = nb.one("virtualization/virtual-machines", "lab/qemu/101")
request = urllib.request.Request(nb.api + "virtualization/virtual-machines/%d/" % row["id"], headers=nb.headers)
etag = urllib.request.urlopen(request).headers["ETag"]
seen = re.search(r"\[lab/qemu/101\] etag (\S+)", open("'"$TMPDIR/out"'").read()).group(1)
check(seen == etag, seen, etag)'
else
	check "before 4.6 there is no ETag" out_has '\[lab/qemu/101\] etag none'
fi
check "a run of the stage alone knows the cluster, too" gives 0 sync --endpoint lab --resources reader.rows
check "with its objects" out_has 'reader.rows: cluster: .* \[lab/qemu/101\]'
if simulated; then
	check "the list of clusters fails" ctl fault netbox 403 --path virtualization/clusters/
	check "then nothing is known of what is in them" gives 4 sync --endpoint lab --resources reader.rows
	check "and the run says why" out_has "^partial: NetBox.s list of cluster: "
	check "without an object" not out_has 'reader.rows: cluster:'
	ctl clear
	check "the change log fails" ctl fault netbox 403 --path core/object-changes
	check "then the module knows why" gives 0 sync --endpoint lab --resources reader.rows
	check "and not that there is nothing" out_has "log: NetBox's change log could not be read: "
	ctl clear
	check "one list fails" ctl fault netbox 500 --path cluster_id
	check "then the run is partial" gives 4 sync --endpoint lab
	check "because the objects of the cluster are unknown" out_has "NetBox's list of vm by the clusters of this endpoint"
	ctl clear
fi
done_testing
