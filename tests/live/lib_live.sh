# SPDX-License-Identifier: Apache-2.0
# Suites on the real NetBox source this file instead of tests/e2e/lib.sh.
: "${STAGEBOX_LIVE_URL:?}" "${STAGEBOX_LIVE_TOKEN:?}"
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
live_token=$TMPDIR/live.token
patience=300 # a real NetBox is slow

# admin_token: puts the token of the superuser into the configuration
admin_token() { (umask 077 && printf '%s\n' "$STAGEBOX_LIVE_TOKEN" >"$live_token"); }

# live_up OPTION...: starts a lab whose configuration names the real NetBox
live_up() {
	lab_up "$@"
	admin_token
	case $STAGEBOX_LIVE_URL in https:*) https=true ;; *) https=false ;; esac
	set_conf "0,/url = \"[^\"]*\"/s||url = \"$STAGEBOX_LIVE_URL\"|" "0,/file:[^\"]*\"/s||file:$live_token\"|" \
		"0,/use_https = [a-z]*/s//use_https = $https/" 's/settle = "[^"]*"/settle = "10s"/'
}

# make_user NAME ACTIONS: a user with these actions on all object types; its tokens are written to NAME.rw and NAME.ro
make_user() {
	admin_token && netbox '
import os
name, actions = "'"$1"'", "'"$2"'".split()
user = nb.call("POST", "users/users/", {"username": name, "password": "Correct-Horse-7-Battery", "is_active": True})["id"]
types = [app + "." + model for app, models in {
    "dcim": "device devicerole devicetype interface macaddress manufacturer platform site",
    "virtualization": "cluster clustertype virtualmachine virtualmachinetype vminterface virtualdisk",
    "ipam": "ipaddress vlan vlangroup", "extras": "tag customfield", "core": "objectchange objecttype"}.items() for model in models.split()]
if not nb.call("GET", "virtualization/").get("virtual-machine-types"): # before 4.6
    types.remove("virtualization.virtualmachinetype")
nb.call("POST", "users/permissions/", {"name": name, "enabled": True, "object_types": types, "actions": actions, "users": [user]})
for word, write in (("rw", True), ("ro", False)):
    secret = os.urandom(20).hex() # NetBox 4.5 does not return a secret that it generated; 4.7 always generates it
    row = nb.call("POST", "users/tokens/", {"user": user, "version": 2, "write_enabled": write, "token": secret})
    with open("'"$TMPDIR/$1"'." + word, "w") as file:
        file.write("nbt_%s.%s\n" % (row["key"], row["token"] or secret))'
}
# repeat SUITE: runs a suite of tests/e2e with the real NetBox; its results are results of this suite
repeat() {
	mkdir "$TMPDIR/$1"
	began=$(date +%s)
	{
		TMPDIR=$TMPDIR/$1 sh "$e2e/$1.sh"
		echo $? >"$TMPDIR/$1.code"
	} | sed -u "s/^\(not ok\|ok\) [0-9]* - /&$1: /"
	echo "# $1: $(($(date +%s) - began)) s"
	check "$1 ran to its end" same "$(cat "$TMPDIR/$1.code")" 0
}
