#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# An action is for the guest that the plan saw: another one with its VMID, and a guest of the HA manager, get no request. A
# lost request is never taken for one that somebody else sent, and of two plans for one guest only one is carried out.
# versions one
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
. "$e2e/lib_actions.sh"
power_or_skip "which guest an action is for"
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
check "a further plan" gives 2 plan -o "$TMPDIR/plan"
check "whose action has no instance id any more" python3 "$e2e/plans.py" change "$TMPDIR/plan" "$TMPDIR/forged" "
doc['endpoints'][0]['ops'][0].pop('birth'); doc['envelope']['program'] += 'x'"
mark
check "is refused" gives "1 4" apply "$TMPDIR/forged"
check "because it does not say which guest it saw" says "the plan does not say which guest it saw"
check "nothing is written" same "$(posts)" 0
# A guest of the HA manager
power 'start = [ "107" ];'
check "a plan to start a container" gives 2 plan -o "$TMPDIR/plan"
check "which becomes a resource of the HA manager" ctl set lab/lxc/107 hastate=started
mark
check "is refused" gives "1 4" apply "$TMPDIR/plan"
check "and says why" says 'lab/lxc/107: it is a resource of the HA manager, which takes "start" as an order'
check "nothing is written" same "$(posts)" 0
check "it is none any more" ctl set lab/lxc/107 hastate= status=stopped

# A guest that moves between plan and apply, or while it is down
power 'restart = [ "104" ];'
check "a plan to restart a guest" gives 2 plan -o "$TMPDIR/plan"
old_node=$(sed -n 's|.*"key":"lab/qemu/104".*"node":"\([^"]*\)".*|\1|p' "$TMPDIR/plan")
new_node=$([ "$old_node" = pve3 ] && echo pve2 || echo pve3)
check "that moves to another node" ctl move lab/qemu/104 "$new_node"
check "it is restarted" gives 0 apply "$TMPDIR/plan"
check "on the node where it is" out_has '! restart lab/qemu/104: done'
check "run show says so" gives 0 run show last
check "with the node" out_has "! start lab/qemu/104 on node $new_node: done"

# A request that never arrived is not credited to a task of somebody else
# by_hand PATH: a request with the write token, by a person; waits for its end
by_hand() {
	python3 - "$lab" "$1" <<-'PY'
	import json, re, sys, time, urllib.request
	lab, path = sys.argv[1:]
	url = re.search(r'urls = \[ "([^"]+)"', open(lab + "/stagebox.cfg").read()).group(1) + "/api2/json/nodes/"
	head = {"Authorization": "PVEAPIToken=" + open(lab + "/tokens/lab-write").read().strip()}
	def send(path, data=None):
	    return json.load(urllib.request.urlopen(urllib.request.Request(url + path, data=data, headers=head)))["data"]
	task = send(path, b"")
	while send("%s/tasks/%s/status" % (task.split(":")[1], task))["status"] == "running":
	    time.sleep(0.1)
	PY
}
node_of() { sed -n 's|.*"key":"lab/[a-z]*/'"$1"'".*"node":"\([^"]*\)".*|\1|p' "$TMPDIR/plan"; }
power 'start = [ "107" ];'
check "a sync takes the card of the container" gives 0 sync
check "a plan to start a container" gives 2 plan -o "$TMPDIR/plan"
check "which somebody starts with our token" by_hand "$(node_of 107)/lxc/107/status/start"
check "and stops" ctl set lab/lxc/107 status=stopped
check "a connection that is lost before the request arrives" ctl fault pve:lab drop --times 1 --path status/start
check "the action fails" gives "1 4" apply "$TMPDIR/plan"
check "because nothing arrived" says 'the request "start" never got to Proxmox VE'
check "the guest is still stopped" gives 2 plan -o "$TMPDIR/plan2"
check "applied again, it is started" gives 0 apply "$TMPDIR/plan"
check "once by us" began 107 "start start"

power 'restart = [ "106" ];'
check "a plan to restart a VM" gives 2 plan -o "$TMPDIR/plan"
check "is applied" gives 0 apply "$TMPDIR/plan"
rm -f "$lab/stagebox.db" "$lab/stagebox.db-wal" "$lab/stagebox.db-shm"
check "the store is lost" gives "0 4" sync
check "a new plan" gives 2 plan -o "$TMPDIR/plan"
check "a request that does not arrive" ctl fault pve:lab drop --times 1 --path status/stop
check "fails, whatever we began before" gives "1 4" apply "$TMPDIR/plan"
check "because nothing arrived" says 'the request "stop" never got to Proxmox VE'
check "nothing else was begun" began 106 "stop start"
check "a job that dies while its request is lost" ctl fault pve:lab drop --times 1 --path status/stop
killed() {
	"$STAGEBOX" apply "$TMPDIR/plan" --config "$config" >"$TMPDIR/killed" 2>&1 &
	command=$!
	wait_for 20 open_call && kill -9 $command
	wait $command 2>/dev/null
	true
}
open_call() { journal >"$TMPDIR/journal" && has "$TMPDIR/journal" 'call lab/qemu/106 stop open'; }
check "is killed" killed
check "applied again, the guest is restarted" gives "0 1 4" apply "$TMPDIR/plan"
check "and again" gives 0 apply "$TMPDIR/plan"
check "once, by requests that arrived" began 106 "stop start stop start"
# Of two plans of one state, only one is carried out
power 'restart = [ "103" ];'
check "a plan" gives 2 plan -o "$TMPDIR/one"
set_conf 's/restart = /why = "once more"; restart = /'
check "another one of the same state" gives 2 plan -o "$TMPDIR/two"
check "the first one is applied" gives 0 apply "$TMPDIR/one"
mark
check "the second one is refused" gives "1 4" apply "$TMPDIR/two"
check "and names the run that has applied the first" says 'run [0-9]* has sent "start" to it for another plan (document [0-9a-f]*\.\.\.) since this one was made: plan again'
check "nothing is written" same "$(posts)" 0
check "the guest was restarted once" began 103 "stop start"
check "a plan that was made afterwards" gives 2 plan -o "$TMPDIR/three"
check "is applied" gives 0 apply "$TMPDIR/three"
check "and the first one, again, does nothing" gives 0 apply "$TMPDIR/one"
check "the guest was restarted by these two" began 103 "stop start stop start"
check "the lab stops" lab_down
done_testing
