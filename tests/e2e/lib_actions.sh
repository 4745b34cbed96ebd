# SPDX-License-Identifier: Apache-2.0
# Shared by the suites of actions on Proxmox VE; they source it after lib.sh. The module "power" starts a guest, or stops and
# starts it, and reads it before and after. 103, 104 and 106 are VMs that run, outside of the HA manager; 107 is a container
# that is stopped.
own=$(dirname "$STAGEBOX")/tests/modules
# power_or_skip TEXT: without the module the suite ends
power_or_skip() {
	[ -f "$own/power.so" ] && return
	skip "$1" "there is no build with its test modules"
	done_testing
}
# power_lab NAME: a lab with the module, bootstrapped and synced
power_lab() {
	lab=$TMPDIR/$1
	mkdir -p "$TMPDIR/modules"
	cp "$(dirname "$STAGEBOX")"/modules/*.so "$own/power.so" "$TMPDIR/modules/"
	lab_up --guests 8 --endpoints 1
	set_conf "s|^modules.*|modules = [ \"cluster\", \"qemu\", \"lxc\", \"power\" ]; module_dir = \"$TMPDIR/modules\";|" \
		"s|^\t\tsite = .*|&\n\t\twrite_token = \"file:$lab/tokens/lab-write\"; write_settle = \"1s\";|"
	gives 0 bootstrap && gives 0 sync
}
# power OPTIONS: the options of the module
power() {
	sed -i '/^options: { power/d' "$config"
	echo "options: { power: { $1 }; };" >>"$config"
}
# tasks VMID: the types of the tasks of a guest that our token began, in their order
tasks() {
	python3 - "$lab" "$@" <<-'PY'
	import json, re, sys, urllib.request
	lab, vmid = sys.argv[1], sys.argv[2]
	url = re.search(r'urls = \[ "([^"]+)"', open(lab + "/stagebox.cfg").read()).group(1)
	def get(path, token="lab"):
	    head = {"Authorization": "PVEAPIToken=" + open("%s/tokens/%s" % (lab, token)).read().strip()}
	    return json.load(urllib.request.urlopen(urllib.request.Request(url + "/api2/json" + path, headers=head)))["data"]
	types = []
	for node in get("/nodes"):
	    for task in get("/nodes/%s/tasks?source=all&limit=500&vmid=%s" % (node["node"], vmid)):
	        if task["user"].startswith("operate@pve"):
	            types.append((task["starttime"], task["upid"], task["type"][2:]))
	print(" ".join(t[2] for t in sorted(types)))
	PY
}
began() { same "$(tasks "$1")" "$2"; }
# posts: the number of writes to Proxmox VE since mark
posts() { tail -n +$((since + 1)) "$lab/requests.ndjson" | grep -c '"server":"pve[^"]*","method":"\(POST\|PUT\|DELETE\)"'; }
# journal FILTER: what the store has of actions and calls, one per line
journal() {
	python3 -c 'import sqlite3, sys
store = sqlite3.connect(sys.argv[1])
for row in store.execute("SELECT key, state FROM action ORDER BY document, op"): print("action", *row)
for row in store.execute("SELECT key, call, outcome FROM call ORDER BY document, op, n"): print("call", *row)' "$lab/stagebox.db"
}
