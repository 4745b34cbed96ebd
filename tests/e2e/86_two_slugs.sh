#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# One Proxmox VE under two slugs is found by its names and its guests; separate sites may have equal names.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
. "$e2e/lib_doctor.sh"
lab_up --guests 4 --endpoints 1
# another_slug: the same cluster under a second slug, by another URL
another_slug() {
	python3 - "$config" <<'PY'
import re, sys
text = open(sys.argv[1], encoding="utf-8").read()
group = re.search(r"endpoints: \(\n(\t\{\n.*?\n\t\})\n\);", text, re.S).group(1)
other = group.replace('slug = "lab"', 'slug = "pve2"').replace("127.0.0.1", "localhost").replace("lab-dc1", "other")
open(sys.argv[1], "w", encoding="utf-8").write(text.replace(group, group + ",\n" + other))
PY
}
check "bootstrap" gives 0 bootstrap
check "the first sync" gives 0 sync
check "doctor passes with one slug" doctor 0
check "a second slug for the same cluster" another_slug
check "doctor warns" doctor 0
check "and says which one it is, and what to do" finds warning pve2 cluster 'urls of lab'
check "of the first one it says nothing" not finds warning lab cluster ''
mark
check "a plan refuses the second one" gives 78 plan
check "and says which one it is, and what to do" says 'pve2 answers as the cluster of lab (nodes .*), and has its guests: put this URL into the urls of lab'
check "a sync does, too" gives 78 sync
check "and writes nothing" look no-writes
check "the first one goes on" gives 0 sync --endpoint lab
ctl set lab/qemu/101 memory=3072
mark
check "also beside the second one" gives 78 sync
check "its change is written" same "$(look count-objects)" 1
check "nothing is there twice" netbox '
for path in ("virtualization/virtual-machines", "virtualization/clusters", "dcim/devices"):
    for row in nb.all(path):
        check(not (row["custom_fields"]["stagebox_key"] or "").startswith("pve2/"), row["custom_fields"])'

# Two sites may be alike in name only: then their guests have other UUIDs.
check "NetBox has other UUIDs for the guests of the first one" netbox '
for i, row in enumerate(nb.all("virtualization/virtual-machines")):
    nb.call("PATCH", "virtualization/virtual-machines/%d/" % row["id"],
            {"custom_fields": {"stagebox_birth": "00000000-0000-4000-8000-%012d" % i}})'
check "a plan of the second one goes on" gives "2 3 4" plan --endpoint pve2
done_testing
