# SPDX-License-Identifier: Apache-2.0
# The functions of tests/e2e/lib.sh with the real NetBox of ./dev live: lib.sh itself sources this file in ./dev live.
# Proxmox VE stays simulated.
# hold.py is between the program and NetBox: it logs requests as the lab does, and holds back writes. Each lab begins with
# an empty NetBox.
: "${STAGEBOX_LIVE_URL:?}" "${STAGEBOX_LIVE_TOKEN:?}"
live=$STAGEBOX_SRC/tests/live
patience=300 # a real NetBox is slow

simulated() { false; }
bail_out() {
	echo "Bail out! $1"
	shift
	for file; do sed 's/^/# /' "$file" | tail -n 20; done
	exit 1
}
enter_netbox() {
	(umask 077 && printf '%s\n' "$STAGEBOX_LIVE_TOKEN" >"$lab/tokens/netbox")
	rm -f "$lab/port" "$lab/hold" # of a lab that was in this folder before
	python3 "$live/hold.py" "$STAGEBOX_LIVE_URL" "$lab/requests.ndjson" "$lab" >"$lab/hold.out" 2>&1 &
	echo $! >"$lab/hold.pid"
	wait_for 10 test -s "$lab/port" || bail_out 'hold.py does not start' "$lab/hold.out"
	set_conf "0,/url = \"[^\"]*\"/s||url = \"http://127.0.0.1:$(cat "$lab/port")\"|" 's/settle = "[^"]*"/settle = "3s"/'
	python3 "$live/state.py" wipe "$config" >"$TMPDIR/wiped" 2>&1 || bail_out 'NetBox cannot be emptied' "$TMPDIR/wiped"
	add_person >"$TMPDIR/person" 2>&1 || bail_out 'there is no second user' "$TMPDIR/person"
}
leave_netbox() {
	[ -s "$1/hold.pid" ] || return 0
	proxy=$(cat "$1/hold.pid")
	rm -f "$1/hold.pid"
	kill "$proxy" 2>/dev/null
	wait "$proxy" 2>/dev/null
	:
}

# add_person: another user, who may do everything that the suites do as a person, and a token of that user
add_person() {
	rm -f "$lab/tokens/person"
	netbox '
import os
rows = nb.call("GET", "users/users/?username=person")["results"]
if not rows:
    rows = [nb.call("POST", "users/users/", {"username": "person", "password": "Correct-Horse-7-Battery", "is_active": True})]
    types = [app + "." + model for app, models in {
        "dcim": "cable device devicerole devicetype interface macaddress manufacturer platform site",
        "virtualization": "cluster clustertype virtualmachine virtualmachinetype vminterface virtualdisk",
        "ipam": "ipaddress vlan vlangroup vrf", "extras": "tag customfield customlink"}.items() for model in models.split()]
    nb.call("POST", "users/permissions/", {"name": "person", "enabled": True, "object_types": types, "users": [rows[0]["id"]],
                                           "actions": ["view", "add", "change", "delete"]})
token = nb.call("POST", "users/tokens/", {"user": rows[0]["id"], "version": 2, "write_enabled": True})
with open(os.open("'"$lab/tokens/person"'", os.O_WRONLY | os.O_CREAT, 0o600), "w") as file:
    file.write("nbt_%s.%s\n" % (token["key"], token["token"]))'
}

# allow NAME PYTHON: another user may act on these object types, too: "kinds" are those of the definitions of custom objects,
# "tables" those of the custom objects, which exist from bootstrap on
allow() { netbox '
tables = [row["object_type_name"] for row in nb.all("plugins/custom-objects/custom-object-types")]
kinds = ["netbox_custom_objects.customobjecttype", "netbox_custom_objects.customobjecttypefield"]
known = nb.call("GET", "users/permissions/?name='"$1"'")["results"][0]
nb.call("PATCH", "users/permissions/%d/" % known["id"], {"object_types": sorted(set(known["object_types"] + '"$2"'))})'; }
# exchange_plugins VERSION: NetBox runs with its plugins, or without if VERSION is empty
exchange_plugins() {
	if [ -n "$1" ]; then set -- all; else set --; fi
	sh "$live/fresh.sh" restart "$STAGEBOX_LIVE_INSTANCE" "$@"
}

# job_worker up|down: the worker of this NetBox, which branches need
job_worker() { sh "$live/fresh.sh" "worker-$1" "$STAGEBOX_LIVE_INSTANCE"; }

dump() { python3 "$live/state.py" dump "$config" >"$1"; }
ctl() {
	case "$1 ${2:-}" in
	"hold-write "*) printf '%s %s\n' "$2" "$3" >"$lab/hold.new" && mv "$lab/hold.new" "$lab/hold" ;;
	"plug "*) plug "$2" ;;
	"set netbox/plugin/custom-objects") exchange_plugins "${3#version=}" ;;
	"set netbox/plugin/branching")
		[ "$3" != version= ] || set -- netbox_custom_objects
		[ $# = 1 ] || set -- all
		sh "$live/fresh.sh" restart "$STAGEBOX_LIVE_INSTANCE" "$1"
		;;
	"fault netbox")
		echo "lab ctl $*: this is a real NetBox"
		return 1
		;;
	*) lab_ctl "$@" ;;
	esac
}
# plug KEY: a person connects a cable to an interface of a device
plug() { netbox '
port = nb.one("dcim/interfaces", "'"$1"'")
node = nb.call("GET", "dcim/devices/%d/" % port["device"]["id"])
switch = person.call("POST", "dcim/devices/", {"name": "switch", "site": node["site"]["id"], "role": node["role"]["id"],
                     "device_type": node["device_type"]["id"]})
peer = person.call("POST", "dcim/interfaces/", {"device": switch["id"], "name": "ge-0", "type": "1000base-t"})
ends = [[{"object_type": "dcim.interface", "object_id": one["id"]}] for one in (port, peer)]
person.call("POST", "dcim/cables/", {"a_terminations": ends[0], "b_terminations": ends[1]})'; }
