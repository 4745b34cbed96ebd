#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The policy "intent": people take a guest into their hands by a custom field. What differs there is reported, and not
# written; all other guests follow Proxmox VE.
# full netbox
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
own=$(dirname "$STAGEBOX")/tests/modules
if ! [ -f "$own/intent.so" ]; then
	skip "the policy intent" "there is no build with its test modules"
	done_testing
fi
mkdir "$TMPDIR/modules"
cp "$(dirname "$STAGEBOX")"/modules/*.so "$own/intent.so" "$TMPDIR/modules/"
lab_up --guests 6 --endpoints 1
set_conf "s|^module_dir.*||"
echo 'policy: { vcpus = "intent"; memory = "intent"; vm: { description = "intent"; }; virtual-disk: { size = "intent"; }; };' >>"$config"
check "without a module that adds the switch" gives 78 plan
check "the word is refused" err_has 'policy.[a-z.-]*: "intent" needs the custom field stagebox_manage'
set_conf "s|^modules.*|modules = [ \"cluster\", \"qemu\", \"lxc\", \"intent\" ]; module_dir = \"$TMPDIR/modules\";|"
check "bootstrap makes the switch" gives 0 bootstrap
check "the first sync" gives 0 sync
check "a guest that nobody took follows its source" ctl set lab/qemu/101 memory=4096 cores=3
check "in the next sync" gives 0 sync
check "like any other" netbox '
vm = [v for v in nb.all("virtualization/virtual-machines") if v["custom_fields"]["stagebox_key"] == "lab/qemu/101"][0]
check(vm["memory"] == 4096, vm["memory"])'

# take KEY true|false: a person sets the switch
take() { netbox '
vm = [v for v in nb.all("virtualization/virtual-machines") if v["custom_fields"]["stagebox_key"] == "'"$1"'"][0]
nb.call("PATCH", "virtualization/virtual-machines/%d/" % vm["id"], {"custom_fields": {"stagebox_manage": '"$2"'}})'; }
check "a plan that was made before a person takes the guest" ctl set lab/qemu/101 memory=5120 \
	scsi0=local-lvm:vm-101-disk-0,size=48G
check "has its change" gives 2 plan -o "$TMPDIR/before"
check "a person takes it" take lab/qemu/101 True
check "the plan is applied, and refused for this guest" gives "1 4" apply "$TMPDIR/before"
check "by the switch" says "stagebox_manage, which was set in NetBox after the plan was made"
check "and its disk, too" netbox '
disks = [d for d in nb.all("virtualization/virtual-disks") if d["custom_fields"]["stagebox_key"] == "lab/qemu/101/scsi0"]
check(disks[0]["size"] not in (48 * 1024, 48000, 49152), disks)'
check "the source changes more of it" ctl set lab/qemu/101 cores=4 scsi0=local-lvm:vm-101-disk-0,size=64G
check "and of another guest" ctl set lab/qemu/104 memory=6144
check "a plan has the other one only" gives 2 plan -o "$TMPDIR/plan"
check "not the memory of the guest that was taken" has_not "$TMPDIR/plan" '"memory":5120}'
check "and reports what differs, with both values" has "$TMPDIR/plan" \
	'"field":"memory","key":"lab/qemu/101","kind":"vm","ours":5120,"theirs":4096,"why":"its guest has stagebox_manage set, so NetBox decides it"'
check "also of its disks" has "$TMPDIR/plan" '"field":"size","key":"lab/qemu/101/scsi0","kind":"virtual-disk"'
check "a person reads it" out_has 'kept as in NetBox'
check "the sync" gives 0 sync
check "writes what policy and switch permit" netbox '
vms = {v["custom_fields"]["stagebox_key"]: v for v in nb.all("virtualization/virtual-machines")}
check(vms["lab/qemu/101"]["memory"] == 4096, vms["lab/qemu/101"]["memory"])
check(vms["lab/qemu/104"]["memory"] == 6144, vms["lab/qemu/104"]["memory"])
check(vms["lab/qemu/101"]["custom_fields"]["stagebox_manage"] is True, "the switch")'
mark
check "a second sync" gives 0 sync
check "writes nothing" look no-writes
check "status stays the source's, because its policy is another" ctl set lab/qemu/101 status=stopped
check "it follows" gives 0 sync
check "in NetBox" netbox '
vm = [v for v in nb.all("virtualization/virtual-machines") if v["custom_fields"]["stagebox_key"] == "lab/qemu/101"][0]
check(vm["status"]["value"] == "offline" and vm["memory"] == 4096, vm["status"], vm["memory"])'
check "the guest runs again" ctl set lab/qemu/101 status=running
check "the person gives the guest back" take lab/qemu/101 False
check "the next sync" gives 0 sync
check "brings what it missed" mirrors
check "the lab stops" lab_down
done_testing
