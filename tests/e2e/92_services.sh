#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# What Proxmox VE leaves out silently: guests hidden by NoAccess, services that do not run.
. "$STAGEBOX_SRC/tests/e2e/lib.sh"

lab_up --guests 12 --endpoints 1
gives 0 bootstrap
gives 0 sync
prune_on
ctl fault lab no-access 103
ctl fault lab no-access 104
check "guests hidden by NoAccess do not fail the sync" gives 0 sync -v
check "the sync reports them once, with how many" out_has '^limit cluster.cluster: 2 parts are not read: guests that the role NoAccess hides'
check "and are not taken for gone" has_not "$TMPDIR/out" 'gone at the source'
check "no write was sent" same "$(netbox 'print(nb.call("GET", "virtualization/virtual-machines/?cf_stagebox_key__isw=lab/")["count"])')" 12
check "doctor names them" gives 0 doctor
check "with their paths" out_has '2 guests are hidden from the token by the role NoAccess: /vms/103, /vms/104'
ctl clear
check "visible again, they are the same" gives 0 sync
check "without a change" out_has '^lab: no changes'

# A role on a path replaces the inherited one; where nothing is inherited, that is not the reason.
pve_url=$(sed -n 's/.*urls = \[ "\([^"]*\)" \].*/\1/p' "$config")
cp "$config" "$TMPDIR/good.cfg"
audit='"Sys.Audit":1,"Datastore.Audit":1,"SDN.Audit":1,"Pool.Audit":1,"Mapping.Audit":1'
with_permissions() { # JSON: the answer of /access/permissions
	: >"$TMPDIR/port"
	python3 "$e2e/gate.py" to="$pve_url" "json=/api2/json/access/permissions={\"data\":$1}" >"$TMPDIR/port" 2>/dev/null &
	gate=$!
	wait_for 10 test -s "$TMPDIR/port" || return 1
	sed "s|urls = \[.*\]|urls = [ \"http://127.0.0.1:$(cat "$TMPDIR/port")\" ]|" "$TMPDIR/good.cfg" >"$config"
}
with_permissions "{\"/\":{$audit},\"/vms\":{$audit,\"VM.Audit\":1},\"/vms/103\":{\"VM.PowerMgmt\":1}}"
check "a guest whose path has a role without VM.Audit" gives 77 doctor
check "is named, because the role replaces the inherited one" out_has 'lacks VM.Audit on /vms/103: a role on this path replaces the inherited one'
kill $gate
with_permissions "{\"/\":{$audit},\"/vms/103\":{\"VM.PowerMgmt\":1}}"
check "without VM.Audit above it" gives 77 doctor
check "the privilege is missing on /vms" out_has 'lacks VM.Audit on /vms, '
check "and no role replaces anything" has_not "$TMPDIR/out" 'replaces the inherited one'
kill $gate
cp "$TMPDIR/good.cfg" "$config"

ctl fault lab daemon-stopped
check "a dead pvedaemon is an unreachable endpoint" gives 69 sync
check "and named" err_has 'pvedaemon of the contacted node does not answer: start it'
check "doctor names it, too" gives 69 doctor
check "with what to do" says 'systemctl restart pvedaemon'
ctl clear

if ctl fault lab pvestatd-stopped expired >/dev/null; then
	check "a dead pvestatd leaves all guests unknown" gives 4 sync
	check "one line names the node and the service" out_has 'is online, but reports no status of its guests: start pvestatd'
	check "doctor names it" gives 0 doctor
	check "with what to do" out_has 'systemctl restart pvestatd'
	ctl clear
else
	skip "a dead pvestatd is named" "this lab has no fault pvestatd-stopped"
fi
lab_down
done_testing
