#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# An action is for the guest that the plan saw: another one with its VMID, and a guest of the HA manager, get no request. A
# lost request is never taken for one that somebody else sent, and of two plans for one guest only one is carried out.
# versions one
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
. "$e2e/lib_actions.sh"
if ! [ -f "$own/power.so" ]; then
	skip "which guest an action is for" "there is no build with its test modules"
	done_testing
fi
check "a lab with a module that acts" power_lab lab

# A VMID that was reused between plan and apply
power 'restart = [ "104" ]; start = [ "107" ];'
check "a plan for a VM and a container" gives 2 plan -o "$TMPDIR/plan"
check "has the instance id of the VM" has "$TMPDIR/plan" \
	'"birth":"[0-9a-f]\{8\}-[0-9a-f-]*","key":"lab/qemu/104"'
check "and that of the container" has "$TMPDIR/plan" \
	'"birth":"[^" ]*107[^" ]* [0-9A-F:]* *[^"]*","key":"lab/lxc/107"'
check "the VM is deleted" ctl rm lab/qemu/104
check "another one gets its VMID" ctl add lab/qemu/104
check "with a name of its own" ctl set lab/qemu/104 name=payroll-new status=running
check "and the container another card" ctl set lab/lxc/107 net0=name=eth0,bridge=vmbr0,hwaddr=BC:24:11:0A:0B:0C
mark
check "their actions are refused" gives "1 4" apply "$TMPDIR/plan"
check "with the instance id that the plan saw" says "lab/qemu/104: another guest has this VMID now: the plan saw one with [0-9a-f]\{8\}-"
check "and the guest of now" says 'payroll-new'
check "the container, too" says "lab/lxc/107: another guest has this VMID now.*BC:24:11:0A:0B:0C"
check "nothing is written" same "$(posts)" 0
power 'restart = [ "104" ];'
check "while NetBox keeps the object of the former VM" gives "2 3" plan -o "$TMPDIR/plan"
check "whose name people read in the plan" out_has 'restart lab/qemu/104 "db01"'
check "the new one is not touched" gives "1 4" apply "$TMPDIR/plan"
check "nothing is written" same "$(posts)" 0
prune_on
check "a sync takes the new VM" gives 0 sync
check "a new plan" gives 2 plan -o "$TMPDIR/plan"
check "is for it" gives 0 apply "$TMPDIR/plan"
check "which is restarted" began 104 "stop start"
check "a plan whose action has no instance id" python3 "$e2e/plans.py" change "$TMPDIR/plan" "$TMPDIR/forged" "
doc['endpoints'][0]['ops'][0].pop('birth'); doc['envelope']['program'] += 'x'"
mark
check "is refused" gives "1 4" apply "$TMPDIR/forged"
check "because it does not say which guest it saw" says "the plan does not say which guest it saw"
check "nothing is written" same "$(posts)" 0
check "the lab stops" lab_down
done_testing
