#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# doctor finds each obstacle to a sync, reports it with its fix, and writes nothing.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
. "$e2e/lib_doctor.sh"
lab_up --guests 6 --endpoints 2
privilege=VM.GuestAgent.Audit
[ "$pve" = 9 ] || privilege=VM.Monitor
cp "$config" "$TMPDIR/good.cfg"

# passes_after_clear: without injected faults all checks pass again
passes_after_clear() { ctl clear && doctor 0 && finds ok lab rights ''; }

check "before bootstrap doctor ends with the exit code of a sync" doctor 78
check "the warning names the command to run" finds failed netbox bootstrap 'stagebox bootstrap'
check "a store that does not exist yet is ok" finds ok store store 'first run creates it'
check "doctor does not create the store" not test -e "$lab/stagebox.db"
check "bootstrap prepares NetBox" gives 0 bootstrap
mark
check "a good configuration passes" doctor 0
check "the report names NetBox with its version" finds ok netbox contact "NetBox $netbox_version"
check "the report names the cluster" finds ok lab contact 'cluster lab'
check "the token has the privileges that the modules need" finds ok lab rights 'all privileges that the modules need'
check "the token of an auditor cannot write" finds ok lab read-only 'cannot write'
check "doctor prints text" gives 0 doctor
check "the text ends with a summary" out_has 'All checks passed'
check "doctor checks one endpoint alone" gives 0 doctor --endpoint edge
check "its report does not contain the other endpoint" has_not "$TMPDIR/out" '^lab$'
check "an unknown endpoint is a usage error" gives 64 doctor --endpoint nowhere
check "an endpoint with a site needs no words about it" not finds ok lab site ''
set_conf '/slug = "lab"/,/site = /s/site = "[^"]*"/site = ""/'
check "an empty site passes" doctor 0
check "the report says what it means for cluster and guests" finds ok lab site 'the cluster and its guests have no site'
check "and for nodes" finds ok lab site 'nodes get the site "Proxmox Default Site - lab"'
check "of the endpoint that has none only" not finds ok edge site ''
cp "$TMPDIR/good.cfg" "$config"

ctl fault lab permission-filter
check "a missing privilege ends with 77" doctor 77
check "the report names privilege, path and modules" finds failed lab rights 'the token lacks VM.Audit on /vms, which modules cluster, lxc, qemu need'
check "the report names the privilege for guest agents as in this release" finds warning lab rights "the token lacks $privilege on /vms, which module qemu needs"
check "the other endpoint passes" finds ok edge rights ''
set_conf 's/^modules = .*/modules = [ "cluster", "qemu" ]; options: { qemu: { agent = false; }; };/'
check "with agent = false the missing VM.Audit still ends with 77" doctor 77
check "the privilege for guest agents is not needed then" not finds warning lab rights 'GuestAgent'
cp "$TMPDIR/good.cfg" "$config"
check "with the privileges back all checks pass" passes_after_clear

ctl revoke $privilege
check "a missing privilege for guest agents is a warning" doctor 0
check "the warning says what cannot be read" finds warning lab rights 'addresses from guest agents'
ctl grant $privilege
ctl fault lab may-write
check "a token that could write is a warning" doctor 0
check "the warning names its write privileges, with the path that covers most" finds warning lab read-only 'VM.Allocate on /'
check "and no path below it" not finds warning lab read-only 'on /vms'
ctl fault lab no-quorum
check "a cluster without quorum is a warning" doctor 0
check "the warning names the cluster" finds warning lab quorum 'cluster lab has no quorum'
check "with quorum and a read-only token all checks pass" passes_after_clear
ctl fault lab clock-skew 500
check "a wrong clock is a warning" doctor 0
check "the warning says in which direction" finds warning lab clock 'ahead of ours'
check "with the right time all checks pass" passes_after_clear
ctl fault lab token-expired
check "a refused token ends with 77" doctor 77
check "the report contains the HTTP status" finds failed lab contact 'HTTP 401'
check "the checks that need contact are skipped" finds skipped lab rights 'not checked'
check "with a valid token all checks pass" passes_after_clear
ctl fault lab drop
check "an endpoint that cannot be reached ends with 69" doctor 69
check "the report names its address" finds failed lab contact '127.0.0.1'
check "the other endpoint is checked" finds ok edge contact 'edge'
check "once the endpoint answers all checks pass" passes_after_clear
ctl fault lab old-version
check "a release that is too old ends with 78" doctor 78
check "with a supported release all checks pass" passes_after_clear

ctl fault netbox read-only
check "a NetBox token that cannot write ends with 77" doctor 77
check "the report says so" finds failed netbox rights 'cannot write any'
check "the report contains the fix" finds failed netbox rights 'write-enable'
ctl clear
ctl fault netbox deny virtualization.add_virtualmachine
ctl fault netbox deny ipam.view_ipaddress
check "missing permissions end with 77" doctor 77
check "the report names a permission to add as NetBox does" finds failed netbox rights 'virtualization.add_virtualmachine'
check "the report names a permission to view as NetBox does" finds failed netbox rights 'ipam.view_ipaddress'
ctl clear
ctl fault netbox deny core.view_objectchange
check "a token that cannot read the change log is a warning" doctor 0
check "the warning names the permission and its use" finds warning netbox rights 'lacks core.view_objectchange: without the change log'
ctl clear
ctl fault netbox token-expired
check "a refused NetBox token ends with 77" doctor 77
check "the endpoints are checked although NetBox refuses" finds ok lab rights ''
ctl clear
ctl fault netbox 502
check "a proxy that cannot reach NetBox ends with 69" doctor 69
check "the report contains the HTTP status of the proxy" finds failed netbox contact 'HTTP 502'
check "once the proxy reaches NetBox all checks pass" passes_after_clear

set_conf 's/^modules = .*/modules = [ "cluster", "nothere" ];/'
check "a missing module ends with 78" doctor 78
check "the report names the module" finds failed modules modules nothere
check "the servers are checked although a module is missing" finds ok netbox contact ''
cp "$TMPDIR/good.cfg" "$config"
set_conf 's|path = "[^"]*stagebox.db"|path = "/nowhere/x.db"|'
check "a store that cannot be created ends with 78" doctor 78
check "the report names the path of the store" finds failed store store '/nowhere/x.db'
cp "$TMPDIR/good.cfg" "$config"
set_conf 's/use_https = false/use_https = maybe/'
check "an invalid configuration ends with 78" gives 78 doctor
cp "$TMPDIR/good.cfg" "$config"
check "doctor wrote nothing to any server" look no-writes
check "a sync stores the identity of the cluster" gives 0 sync
python3 - "$config" <<'PY'
import re, sys
text = open(sys.argv[1], encoding="utf-8").read()
urls = re.findall(r'urls = \[ "([^"]*)" \]', text)
text = text.replace(urls[0], "@0").replace(urls[1], urls[0]).replace("@0", urls[1])
open(sys.argv[1], "w", encoding="utf-8").write(text)
PY
check "another cluster behind the URL is refused" doctor "5 77"
check "the report contains no secret" not grep -q -f "$lab/tokens/lab" "$TMPDIR/out"
done_testing
