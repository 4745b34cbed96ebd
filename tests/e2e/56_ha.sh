#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# limit 300
# High availability of both versions of Proxmox VE: fields of guests and of the cluster, entries of the journal, and what stays
# when something cannot be read.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
lab_up --guests 6 --endpoints 1
set_conf 's|^modules.*|modules = [ "cluster", "qemu", "lxc", "ha" ];|'
# guests PYTHON: checks "ha", the three values of each guest by key
guests() { netbox '
def value_of(value): return value["value"] if isinstance(value, dict) else value
ha = {row["custom_fields"]["stagebox_key"]: tuple(value_of(row["custom_fields"]["stagebox_ha_" + name])
      for name in ("managed", "state", "group")) for row in nb.all("virtualization/virtual-machines")}
'"$1"; }
# cluster PYTHON: checks "doc", the document of the cluster
cluster() { netbox '
doc = nb.one("virtualization/clusters", "lab/cluster")["custom_fields"]["stagebox_ha"]
'"$1"; }
journal() { netbox '
words = [(row["kind"]["value"], row["comments"].split("\n")[0]) for row in sorted(nb.all("extras/journal-entries"), key=lambda row: row["id"])]
'"$1"; }
quiet() { mark; gives "0 3 4" sync && look no-writes; }
answers() { printf '%s\n' "$2" >"$TMPDIR/answer" && ctl answer lab "$1" "$TMPDIR/answer"; }
broken='{"status": 500, "text": "broken"}'

check "bootstrap makes the fields" gives 0 bootstrap
check "the first sync" gives "0 4" sync
check "a guest that is managed has a state and its group or rules" guests '
managed = {key: row for key, row in ha.items() if row[0]}
check(managed and all(row[1] == "started" for row in managed.values()), ha)
check(any(row[2] for row in managed.values()), ha)'
check "one that is not has none" guests '
others = [row for row in ha.values() if not row[0]]
check(others and all(row == (False, None, None) for row in others), ha)'
check "the cluster has quorum, master, nodes and scheduler" cluster '
check(doc["quorate"] is True and doc["master"] == "pve1", doc)
check(doc["nodes"]["pve2"] == {"state": "online", "lrm": "active"}, doc)
check(doc["crs"]["ha"] == "basic" and doc["shutdown_policy"] == "conditional", doc)'
if [ "$pve" -ge 9 ]; then check "and fencing" cluster 'check(doc["armed"] == "armed", doc)'; fi
check "a second sync writes nothing" quiet
check "and asks for each list once" python3 -c '
import collections, json, sys
log = [json.loads(line) for line in open(sys.argv[1])][int(sys.argv[2]):]
seen = collections.Counter(entry["path"] for entry in log if entry["server"] == "pve:lab" and "/cluster/ha/" in entry["path"])
once = {path: n for path, n in seen.items() if not path.endswith("/status/current")} # which the module cluster asks for, too
assert len(once) > 1 and set(once.values()) == {1} and max(seen.values()) == 2, seen
assert not any("/cluster/ha/resources/" in path for path in seen), seen' "$lab/requests.ndjson" "$since"

# A manager that could not read the list of members knows a node without a name.
nameless() { python3 -c '
import json, sys
from servers import of_config
lab = of_config(sys.argv[1])[1][0]
status, manager = lab.get("/cluster/ha/status/current"), lab.get("/cluster/ha/status/manager_status")
status.append({"id": "lrm:", "type": "lrm", "node": "", "status": " (unable to read lrm status)"})
manager["manager_status"]["node_status"][""] = "gone"
manager["lrm_status"][""] = {}
for name, data in (("status", status), ("manager", manager)):
    with open(sys.argv[2] + "/" + name, "w") as file:
        json.dump({"status": 200, "body": {"data": data}}, file)' "$config" "$TMPDIR" &&
	ctl answer lab /cluster/ha/status/current "$TMPDIR/status" &&
	ctl answer lab /cluster/ha/status/manager_status "$TMPDIR/manager"; }
check "HA knows a node without a name" nameless
check "which counts neither as a node nor as an alarm" quiet
ctl clear

# Transitions
guest=$(netbox 'print([row["custom_fields"]["stagebox_key"] for row in nb.all("virtualization/virtual-machines") if row["custom_fields"]["stagebox_ha_managed"]][0])')
type=${guest%/*} vmid=${guest##*/}
case ${type##*/} in qemu) sid=vm:$vmid ;; *) sid=ct:$vmid ;; esac
check "a resource is in error" ctl set "lab/ha/$sid" state=error
check "a sync notes it" gives "0 4" sync
check "in the field" guests 'check(ha["'"$guest"'"][:2] == (True, "error"), ha)'
check "and in the journal of the guest" journal 'check(words == [("warning", "'"$guest"': stagebox_ha_state: started -> error")], words)'
check "once" quiet
check "it is started again" ctl set "lab/ha/$sid" state=started
check "a sync notes that, too" gives "0 4" sync
check "as its end" journal 'check(words[1:] == [("success", "'"$guest"': stagebox_ha_state: error -> started")], words)'

# What cannot be read clears nothing.
before=$(guests 'print(sorted(ha.items()))')
for path in /cluster/ha/status/current /cluster/ha/resources /cluster/ha/status/manager_status; do
	check "$path answers 500" answers "$path" "$broken"
	mark
	check "$path: a sync with it is partial" gives 4 sync
	check "$path: and changes nothing" look no-writes
	check "$path: what was there stays" same "$(guests 'print(sorted(ha.items()))')" "$before"
	ctl clear
done
all=$(guests 'print(sorted(ha.items()))'; cluster 'print(doc)')
state_of='{"id": "quorum", "type": "quorum", "quorate"'
for answer in '/cluster/ha/resources {"x": 1}' '/cluster/ha/resources [{"sid": "'"$sid"'", "group": ["x"]}]' \
	'/cluster/ha/resources [{"sid": "'"$sid"'", "state": 5}]' \
	'/cluster/ha/status/manager_status {"manager_status": {"node_status": "oops"}}' \
	'/cluster/ha/status/manager_status {"manager_status": {}, "lrm_status": "oops"}' \
	"/cluster/ha/status/current [$state_of: {\"a\": 1}}]" '/cluster/options {"crs": 5}'; do
	check "$answer: another shape" answers "${answer%% *}" '{"body": {"data": '"${answer#* }"'}}'
	mark
	check "$answer: a sync is partial" gives 4 sync
	check "$answer: nothing is cleared" same "$(guests 'print(sorted(ha.items()))'; cluster 'print(doc)')" "$all"
	ctl clear
done
check "a later version has another state" answers /cluster/ha/status/current '{"body": {"data": [
	{"id": "quorum", "type": "quorum", "quorate": "1"},
	{"id": "service:'"$sid"'", "type": "service", "sid": "'"$sid"'", "state": "hibernating"}]}}'
check "a sync" gives "0 4" sync
check "writes it as another one" guests 'check(ha["'"$guest"'"][1] == "other", ha)'
ctl clear
check "and the right one after that" gives "0 4" sync
check "again" same "$(guests 'print(sorted(ha.items()))')" "$before"

check "the cluster loses its quorum" ctl fault lab no-quorum
check "a sync" gives "0 4" sync
check "notes that on the cluster" cluster 'check(doc["quorate"] is False, doc)'
check "and changes no guest" same "$(guests 'print(sorted(ha.items()))')" "$before"
ctl clear
check "with quorum again" gives "0 4" sync
check "a resource is to be ignored" ctl set "lab/ha/$sid" state=ignored
check "a sync" gives "0 4" sync
check "does not call it managed" guests 'check(ha["'"$guest"'"][:2] == (False, "ignored"), ha)'
if [ "$pve" -ge 9 ]; then
	check "a rule with errors, and one that is disabled" answers /cluster/ha/rules '{"body": {"data": [
		{"rule": "apart", "type": "resource-affinity", "resources": "'"$sid"',vm:999", "order": 1},
		{"rule": "broken", "type": "node-affinity", "resources": "'"$sid"'", "order": 2, "errors": {"resources": ["x"]}},
		{"rule": "off", "type": "node-affinity", "resources": "'"$sid"'", "order": 3, "disable": 1},
		{"rule": "ha-group-x", "type": "node-affinity", "resources": "ct:1, '"$sid"'", "order": 4}]}}'
	check "a sync" gives "0 4" sync
	check "has those that are applied" guests 'check(ha["'"$guest"'"][2] == "apart, ha-group-x", ha)'
	check "a rule without its list is unknown" answers /cluster/ha/rules '{"body": {"data": [{"rule": "apart"}]}}'
	check "and" gives 4 sync
	check "clears nothing" guests 'check(ha["'"$guest"'"][2] == "apart, ha-group-x", ha)'
	ctl clear
fi
check "a guest is not managed any more" ctl rm "lab/ha/$sid"
check "a sync" gives "0 4" sync
check "clears its fields" guests 'check(ha["'"$guest"'"] == (False, None, None), ha)'

check "the lab stops" lab_down
done_testing
