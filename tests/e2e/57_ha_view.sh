#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# limit 300
# `stagebox ha` and `stagebox ha GUEST`: what both versions of Proxmox VE say of high availability, live, in text and JSON.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
lab_up --guests 60 --endpoints 2
set_conf 's|^modules.*|modules = [ "cluster", "qemu", "lxc", "ha" ];|'
# json FILTER: the filter of jq is true of the document that was printed last
json() { jq -e "$1" "$TMPDIR/out" >"$TMPDIR/jq" 2>&1 || { echo "not true: $1"; cat "$TMPDIR/jq" "$TMPDIR/out"; return 1; }; }
# shows CODE FILTER WORD...: the command ends with the code, and its document is so
shows() {
	shows_code=$1 shows_filter=$2
	shift 2
	gives "$shows_code" "$@" --format json && json "$shows_filter"
}
answers() { printf '%s\n' "$3" >"$TMPDIR/answer" && ctl answer "$1" "$2" "$TMPDIR/answer"; }
# asked SERVER: how often each path was asked for since the mark
asked() {
	tail -n "+$((since + 1))" "$lab/requests.ndjson" | jq -r 'select(.server == "'"$1"'") | .method + " " + (.path | split("&")[0])' | sort | uniq -c
}
only_gets() { look no-writes && ! tail -n "+$((since + 1))" "$lab/requests.ndjson" | grep -v '"GET"'; }
lab_of='.endpoints[] | select(.slug == "lab") | .data'
edge_of='.endpoints[] | select(.slug == "edge") | .data'
guest=$(printf '(%s | .guests[0])' "$lab_of")

check "before bootstrap the names are those of Proxmox VE" gives 4 ha --endpoint lab
check "and a note says why" out_has 'NetBox is not prepared.*stagebox bootstrap'
check "no name is missing for it" out_has '^vm:101 *web01 '
check "bootstrap" gives 0 bootstrap
check "a sync" gives "0 4" sync
check "one guest is managed" ctl set lab/ha/vm:101 "max_restart=0" "max_relocate=0" "comment=first"
cp "$lab/stagebox.db" "$TMPDIR/store"
mark
check "the view of all endpoints" gives 0 ha
check "has a heading for each" says '^edge$'
check "quorum, master and scheduler" out_has '^yes  *pve1  *.*basic  *conditional$'
check "nodes with the state of their local resource manager" out_has '^pve2  *online  *active$'
check "the guest by its name, with zeros" out_has '^vm:101 *web01 *started *started *pve1 .* 0  *0 .*first$'
check "nothing but GET was sent" only_gets
check "the store was not touched" cmp "$lab/stagebox.db" "$TMPDIR/store"
asked pve:lab >"$TMPDIR/few"
check "the same in JSON" shows 0 '.view == "ha" and ([.endpoints[].slug] | sort) == ["edge", "lab"] and all(.endpoints[]; .status == "ok" and .notes == [])' ha
check "quorum, master, scheduler, policy" json "$lab_of"' | .quorate == true and .master == "pve1" and .crs.ha == "basic" and .shutdown_policy == "conditional"'
check "nodes" json "$lab_of"' | .nodes[1] == {"node": "pve2", "state": "online", "lrm": "active", "mode": null, "dead": false}'
check "resources" json "$lab_of"' | .resources[0] | .sid == "vm:101" and .key == "lab/qemu/101" and .vmid == 101 and .name == "web01" and .max_restart == 0 and .max_relocate == 0 and .requested == "started" and .state == "started" and .node == "pve1"'
check "another one has the defaults" ctl set lab/lxc/102 hastate=started
check "which are not zero" shows 0 "$lab_of"' | .resources[] | select(.vmid == 102) | .max_restart == 1 and .max_relocate == 1' ha
if [ "$pve" -ge 9 ]; then
	check "fencing" json "$lab_of"' | .armed == "armed" and .mode == null'
	check "a rule" json "$lab_of"' | .rules[] | select(.rule == "prefer-first") | .type == "node-affinity" and .strict == false and .disabled == false and .nodes == [{"node": "pve1", "priority": 2}, {"node": "pve2", "priority": 0}]'
	check "no groups" json "$lab_of"' | has("groups") | not'
	check "and the resource has its rule" json "$lab_of"' | .resources[0] | .rules == ["prefer-first"] and .failback == true'
	check "groups are not asked for" not grep -q ha/groups "$TMPDIR/few"
	check "fencing is disarmed, as a later version says it" answers lab /cluster/ha/status/current '{"body": {"data": [
		{"id": "quorum", "type": "quorum", "quorate": 1},
		{"id": "fencing", "type": "fencing", "armed-state": "disarmed", "resource_mode": "freeze"},
		{"id": "lrm:pve2", "type": "lrm", "node": "pve2", "status": "pve2 (old timestamp - dead?, Mon)"},
		{"id": "service:vm:101", "type": "service", "sid": "vm:101", "node": "pve3", "state": "hibernating"}]}}'
	check "the view" gives 0 ha
	check "shows both words" out_has 'disarmed (freeze)'
	check "the word for the state as it is" out_has '^vm:101 .*hibernating  *pve3'
	check "and who is dead" out_has '^Without a sign of life: lrm:pve2$'
	check "numbers in place of ids, and a master that is ahead" answers lab /cluster/ha/status/current '{"body": {"data": [
		{"id": "quorum", "type": "quorum", "quorate": 1},
		{"id": "fencing", "type": "fencing", "armed-state": "standby"},
		{"id": "master", "type": "master", "node": "pve1", "status": "pve1 (detected time drift!, Mon)"},
		{"id": 7, "type": "lrm", "node": "pve2", "status": "pve2 (old timestamp - dead?, Mon)"},
		{"id": "lrm:pve3", "type": "lrm", "node": "pve3", "status": "pve3 (unable to read lrm status)"}]}}'
	check "the view" gives 0 ha --endpoint lab
	check "names those that have a name" out_has '^Without a sign of life: lrm:pve3$'
	check "and whose clock is ahead" out_has '^Their clocks are ahead .*: master$'
	check "resources without a manager are noted" out_has '^No HA manager is active, although there are resources'
	ctl clear
	for answer in '{"status": 501, "text": "Not Implemented"}' '{"status": 500, "body": {"data": null, "message": "cannot index groups: ha groups have been migrated to rules"}}'; do
		check "rules are not there" answers lab /cluster/ha/rules "$answer"
		check "which does not fail" shows 0 "$lab_of"' | .rules == null and .resources[0].rules == null' ha
		check "but a note" json '.endpoints[] | select(.slug == "lab") | .notes[0] | startswith("this Proxmox VE has no list of HA rules")'
		ctl clear
	done
else
	check "before 9 there is no fencing" json "$lab_of"' | .armed == null'
	check "a group" json "$lab_of"' | .groups == [{"group": "prefer-first", "nodes": [{"node": "pve1", "priority": 2}, {"node": "pve2", "priority": 0}], "restricted": false, "nofailback": false, "comment": null}]'
	check "no rules" json "$lab_of"' | has("rules") | not'
	check "and the resource has its group" json "$lab_of"' | .resources[0] | .group == "prefer-first" and .failback == null'
	check "rules are not asked for" not grep -q ha/rules "$TMPDIR/few"
	check "groups have been migrated" answers lab /cluster/ha/groups '{"status": 500, "body": {"data": null, "message": "cannot index groups: ha groups have been migrated to rules"}}'
	check "which does not fail" shows 0 "$lab_of"' | .groups == null' ha
	ctl clear
fi
check "the scheduler as a text" answers lab /cluster/options '{"body": {"data": {"crs": "static,ha-rebalance-on-start=1"}}}'
check "is read" shows 0 "$lab_of"' | .crs == {"ha": "static", "ha-rebalance-on-start": "1"}' ha
ctl clear
check "and as an object" answers lab /cluster/options '{"body": {"data": {"crs": {"ha": "static", "ha-rebalance-on-start": 1}}}}'
check "alike" shows 0 "$lab_of"' | .crs == {"ha": "static", "ha-rebalance-on-start": "1"}' ha
ctl clear

# One guest
for word in web01 WEB01 101 vm:101 lab/qemu/101; do
	check "ha $word" shows 0 "$guest"' | .key == "lab/qemu/101" and .managed == true and .resource.max_restart == 0' ha "$word"
done
check "a key asks its endpoint only" json '[.endpoints[].slug] == ["lab"]'
check "text" gives 0 ha lab/qemu/101
check "has its name and key" out_has '^web01 (lab/qemu/101)$'
check "and zeros" out_has '^  max. restart *0$'
check "and what binds it" out_has '^prefer-first '
check "the guest of that number in the other cluster is not managed" shows 0 "$edge_of"' | .guests[0] | .key == "edge/qemu/101" and .managed == false and .resource == null' ha 101
check "which is one sentence" gives 0 ha edge/qemu/101
check "for people" same "$(cat "$TMPDIR/out")" "edge
web01 (edge/qemu/101) is not managed by HA."
check "it is managed, too" ctl set edge/qemu/101 hastate=stopped
check "so that there are two answers" shows 0 '([.endpoints[].data.guests[0].resource.state] | sort) == ["started", "stopped"]' ha 101
check "no guest of that name" gives 64 ha nosuch
check "is an error, as of --target" err_has 'no endpoint has an object "nosuch"'
check "without a document" same "$(cat "$TMPDIR/out")" ""
check "a name that is nearly right" gives 64 ha wb01
check "is hinted at" err_has 'did you mean "web01"'
check "a resource without its guest" answers lab /cluster/ha/resources '{"body": {"data": [{"sid": "ct:4711", "type": "ct"}]}}'
check "is found by its number" shows 0 "$guest"' | .key == "lab/lxc/4711" and .managed == true and .name == null' ha 4711
ctl clear
check "a guest of NetBox that Proxmox VE does not have" ctl rm lab/qemu/103
check "is not managed" shows 0 "$guest"' | .key == "lab/qemu/103" and .managed == false and .reported == false' ha 103
check "and the text says that it is gone" gives 0 ha lab/qemu/103
check "or hidden" out_has 'Proxmox VE does not report this guest'
check "a resource is ignored" ctl set lab/ha/vm:101 state=ignored
check "so that its guest is not managed" shows 0 "$guest"' | .managed == false and .reported == true and .resource.requested == "ignored"' ha lab/qemu/101
check "which the text says, too" gives 0 ha lab/qemu/101
check "with the record" out_has 'is ignored by HA'
check "it is started again" ctl set lab/ha/vm:101 state=started

# Requests
for vmid in $(seq 104 160); do
	ctl set "lab/qemu/$vmid" hastate=started || ctl set "lab/lxc/$vmid" hastate=started || :
done >/dev/null 2>&1
mark
check "with many resources" shows 0 "$lab_of"' | .resources | length >= 20' ha
check "the requests" sh -c 'cat "$1"; cat "$2"; cmp "$1" "$2"' - "$TMPDIR/few" "$(asked pve:lab >"$TMPDIR/many"; echo "$TMPDIR/many")"
check "are one for each list" grep -q ' 1 GET /api2/json/cluster/ha/resources$' "$TMPDIR/many"
check "and one for the status" grep -q ' 1 GET /api2/json/cluster/ha/status/current$' "$TMPDIR/many"
check "in the order of their numbers" json "$lab_of"' | [.resources[].vmid] == ([.resources[].vmid] | sort)'

# What cannot be read
broken='{"status": 500, "text": "broken"}'
check "the list of resources answers 500" answers lab /cluster/ha/resources "$broken"
check "the rest is shown" shows 4 "$lab_of"' | .resources == null and .quorate == true and (.nodes | length) == 3' ha
check "with a note" json '.endpoints[] | select(.slug == "lab") | .status == "partial" and (.notes[0] | test("^list of HA resources: .*500"))'
check "whether a guest is managed is unknown" shows 4 "$guest"' | .managed == null' ha lab/qemu/101
ctl clear
for path in status/current status/manager_status; do
	check "$path answers 500" answers lab "/cluster/ha/$path" "$broken"
	check "$path: the rest is shown" shows 4 "$lab_of"' | .resources[0].sid == "vm:101"' ha
	ctl clear
done
check "the list of guests answers 500" answers lab /cluster/resources "$broken"
check "a name of NetBox is known" shows 4 "$guest"' | .managed == true' ha --endpoint lab web01
check "another one may be there" gives 1 ha --endpoint lab nosuch
check "so that the answer is not no" err_has 'whether it has "nosuch" is unknown: list of guests'
ctl clear
check "the cluster has no quorum" ctl fault lab no-quorum
check "the view" gives 0 ha
check "says so" out_has '^The cluster has no quorum'
check "and has what there is" out_has '^vm:101 *web01 '
ctl clear
check "one endpoint is away" ctl fault lab drop
check "the other one is shown" shows 4 '[.endpoints[].slug] == ["edge"] and .errors[0].endpoint == "lab"' ha
check "a guest that only the first one may have" gives 69 ha lab/qemu/101
check "a name that no other has" gives 69 ha web02x
ctl clear
if simulated; then
	check "NetBox is away" ctl fault netbox drop
	check "the view" gives 4 ha lab/qemu/101
	check "has the names of Proxmox VE" out_has '^web01 (lab/qemu/101)$'
	check "and a note" out_has 'NetBox: GET /api/status/'
	check "a name that nobody has" gives 1 ha --endpoint lab nosuch
	check "may be one of NetBox" err_has 'whether it has "nosuch" is unknown: NetBox'
	ctl clear
fi

# The command
check "views are listed" gives 0 view
check "with their module" out_has '^ha  *\[GUEST\]  *ha '
check "help lists them" gives 0 help
check "as commands" out_has '^  ha  *show high availability'
check "help of one" gives 0 help ha
check "has its usage" out_has '^usage: stagebox ha \[GUEST\] \[options\]$'
check "so has --help" gives 0 ha --help
check "the same" out_has '^usage: stagebox ha \[GUEST\] \[options\]$'
check "two words are too many" gives 64 ha one two
check "which it says" err_has '"ha" does not take "two"; see "stagebox help ha"'
check "options of other commands are not taken" gives 64 ha --plan
check "a command that is written wrong is one" gives 64 snyc
check "with the right one" err_has 'unknown command "snyc" (did you mean "sync"?); see "stagebox help"'
check "completion has it" sh -c '"$STAGEBOX" complete --config "$1" h | grep -q "^ha	"' - "$config"
set_conf 's|^modules.*|modules = [ "cluster", "qemu", "lxc" ];|'
check "without the module" gives 78 ha
check "it says what to do" err_has 'a module of this name is installed: add "ha" to modules in '
check "a module without a view" gives 64 cluster
check "is not said to be missing" err_has 'the module cluster has no view "cluster"'
check "without a configuration" sh -c '"$STAGEBOX" ha --config /nonexistent 2>"$1"; [ $? = 78 ]' - "$TMPDIR/err"
check "modules are not known" err_has 'those of modules are not known: configuration /nonexistent'

check "the lab stops" lab_down
done_testing
