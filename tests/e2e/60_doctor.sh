#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# doctor: each thing that would stop a sync is found, named with its fix, and nothing is written.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
. "$e2e/lib_doctor.sh"
lab_up --guests 6 --endpoints 2
privilege=VM.GuestAgent.Audit
[ "$pve" = 9 ] || privilege=VM.Monitor
cp "$config" "$TMPDIR/good.cfg"

# heals: after clear all is well again
heals() { ctl clear && doctor 0 && finds ok lab rights ''; }

check "before the bootstrap a sync would not run, and that is told as a warning" doctor 0
check "with the command that mends it" finds warning netbox bootstrap 'stagebox bootstrap'
check "the store that is not there yet is no fault" finds ok store store 'first run makes it'
check "and is not made by looking" not test -e "$lab/stagebox.db"
check "bootstrap" gives 0 bootstrap
mark
check "a good configuration is well" doctor 0
check "NetBox is named with its version" finds ok netbox contact "NetBox $netbox_version"
check "the cluster is named, with the version of Proxmox VE" finds ok lab contact 'cluster lab'
check "the modules' privileges are held" finds ok lab rights 'all that the modules need'
check "the reading token cannot write" finds ok lab read-only 'cannot write'
check "people read it as lines" gives 0 doctor
check "which end with a verdict" out_has 'All checks passed'
check "one endpoint alone can be looked at" gives 0 doctor --endpoint edge
check "then nothing is told of the other" has_not "$TMPDIR/out" '^lab$'
check "an unknown endpoint is a usage error" gives 64 doctor --endpoint nowhere

ctl fault lab permission-filter
check "a missing privilege ends with 77" doctor 77
check "privilege, path and module are named" finds failed lab rights 'lacks VM.Audit on /vms, which modules cluster, lxc, qemu need'
check "of the agents, too, by the name of this release" finds warning lab rights "lacks $privilege on /vms, which module qemu needs"
check "the other endpoint is well all the same" finds ok edge rights ''
set_conf 's/^modules = .*/modules = [ "cluster", "qemu" ]; options: { qemu: { agent = false; }; };/'
check "what an option switches off is not asked for" doctor 77
check "so that only the list of guests is missing" not finds warning lab rights 'GuestAgent'
cp "$TMPDIR/good.cfg" "$config"
check "all that heals" heals

ctl revoke $privilege
check "the right to ask agents alone is a limit, and no failure" doctor 0
check "which is named" finds warning lab rights 'addresses from guest agents'
ctl grant $privilege
ctl fault lab may-write
check "a token that could write is a warning" doctor 0
check "its privileges are named" finds warning lab read-only 'VM.Allocate'
ctl fault lab no-quorum
check "no quorum is a warning" doctor 0
check "which names the cluster" finds warning lab quorum 'cluster lab has no quorum'
check "all that heals, too" heals
ctl fault lab clock-skew 500
check "a wrong clock is a warning" doctor 0
check "with the seconds" finds warning lab clock 'ahead of ours'
check "and heals" heals
ctl fault lab token-expired
check "a refused token ends with 77" doctor 77
check "and is told" finds failed lab contact 'HTTP 401'
check "what could not be looked at is said" finds skipped lab rights 'not looked at'
check "this heals" heals
ctl fault lab drop
check "an endpoint that cannot be reached ends with 69" doctor 69
check "which is told" finds failed lab contact '127.0.0.1'
check "while the other one is looked at" finds ok edge contact 'edge'
check "it heals" heals
ctl fault lab old-version
check "a release that is too old ends with 78" doctor 78
check "and heals as well" heals

ctl fault netbox read-only
check "a NetBox token that may not write ends with 77" doctor 77
check "and tells so" finds failed netbox rights 'may write none'
check "with the fix" finds failed netbox rights 'write-enable'
ctl clear
ctl fault netbox deny virtualization.add_virtualmachine
ctl fault netbox deny ipam.view_ipaddress
check "permissions that lack end with 77" doctor 77
check "each by its name in NetBox" finds failed netbox rights 'virtualization.add_virtualmachine'
check "view as well" finds failed netbox rights 'ipam.view_ipaddress'
ctl clear
ctl fault netbox token-expired
check "a refused NetBox token ends with 77" doctor 77
check "and the endpoints are looked at all the same" finds ok lab rights ''
ctl clear
ctl fault netbox 502
check "a NetBox behind a proxy that finds nobody ends with 69" doctor 69
check "which is told" finds failed netbox contact 'HTTP 502'
check "and after that it is well" heals

set_conf 's/^modules = .*/modules = [ "cluster", "nothere" ];/'
check "a module that is not there ends with 78" doctor 78
check "its name is told" finds failed modules modules nothere
check "and the servers are looked at all the same" finds ok netbox contact ''
cp "$TMPDIR/good.cfg" "$config"
set_conf 's|path = "[^"]*stagebox.db"|path = "/nowhere/x.db"|'
check "a store that cannot be made ends with 78" doctor 78
check "which names its path" finds failed store store '/nowhere/x.db'
cp "$TMPDIR/good.cfg" "$config"
set_conf 's/use_https = false/use_https = maybe/'
check "a configuration that is wrong ends with 78 before anything is asked" gives 78 doctor
cp "$TMPDIR/good.cfg" "$config"
check "in all this doctor wrote nothing" look no-writes
check "a sync, so that the store knows the cluster" gives 0 sync
python3 - "$config" <<'PY'
import re, sys
text = open(sys.argv[1], encoding="utf-8").read()
urls = re.findall(r'urls = \[ "([^"]*)" \]', text)
text = text.replace(urls[0], "@0").replace(urls[1], urls[0]).replace("@0", urls[1])
open(sys.argv[1], "w", encoding="utf-8").write(text)
PY
check "another cluster behind the URL is refused" doctor "5 77"
check "the report holds no secret" not grep -q -f "$lab/tokens/lab" "$TMPDIR/out"
done_testing
