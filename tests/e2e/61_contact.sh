#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# full netbox
# slow: each failure of the first contact is reported with the hop that failed and the fix, as in docs/TROUBLESHOOTING.md.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
unset no_proxy NO_PROXY all_proxy ALL_PROXY
lab_up --guests 4 --endpoints 1
plain=$lab
cp "$config" "$TMPDIR/good.cfg"
nb_url=$(sed -n '/^netbox/,/^}/s/.*url = "\([^"]*\)".*/\1/p' "$config")
pve_url=$(sed -n 's/.*urls = \[ "\([^"]*\)" \].*/\1/p' "$config")
gates=
table=$STAGEBOX_SRC/docs/TROUBLESHOOTING.md

# start_gate NAME=VALUE...: a server in front of another one; sets $port
start_gate() {
	rm -f "$TMPDIR/port"
	python3 "$e2e/gate.py" "$@" >"$TMPDIR/port" 2>"$TMPDIR/gate.err" &
	gates="$gates $!"
	wait_for 10 test -s "$TMPDIR/port" || { cat "$TMPDIR/gate.err"; return 1; }
	port=$(cat "$TMPDIR/port")
}
# use_netbox URL, use_pve URL [URL...]: the good configuration with these URLs
good_config() { cp "$TMPDIR/good.cfg" "$config"; }
https_of() { case $1 in https:*) echo true ;; *) echo false ;; esac; }
use_netbox() {
	good_config
	set_conf "/^netbox/,/^}/s|url = \"[^\"]*\"|url = \"$1\"|" "/^netbox/,/^}/s#\(use_https\|verify_ssl\) = [a-z]*#\1 = $(https_of "$1")#"
}
use_pve() {
	good_config
	list=
	for each_url in "$@"; do list="$list${list:+, }\"$each_url\""; done
	set_conf "s|urls = \[.*\]|urls = [ $list ]|" "/^endpoints/,/^)/s#\(use_https\|verify_ssl\) = [a-z]*#\1 = $(https_of "$1")#"
}
# add_option PART TEXT: adds TEXT to the group netbox or to the endpoint
add_option() {
	case $1 in
	netbox) set_conf "/^netbox/,/^}/s|settle = |$2 settle = |" ;;
	*) set_conf "/^endpoints/,/^)/s|site = |$2 site = |" ;;
	esac
}
set_token() { # PART TEXT
	printf '%s\n' "$2" >"$TMPDIR/token.$1" && chmod 600 "$TMPDIR/token.$1"
	part=netbox end='^}'
	[ "$1" = netbox ] || part=endpoints end='^)'
	set_conf "/^$part/,/$end/s|token = \"[^\"]*\"|token = \"file:$TMPDIR/token.$1\"|"
}
# reports CODES WORDS [COMMAND...]: the command ends with a code and prints the words, which TROUBLESHOOTING.md lists
reports() {
	codes=$1 words=$2
	shift 2
	[ $# -gt 0 ] || set -- plan
	grep -q -F -e "\`$words\`" "$table" || { echo "no row in TROUBLESHOOTING.md: $words"; return 1; }
	gives "$codes" "$@" || return 1
	cat "$TMPDIR/out" "$TMPDIR/err" >"$TMPDIR/both"
	grep -q -F -e "$words" "$TMPDIR/both" || { echo "no '$words' in:"; tail -n 20 "$TMPDIR/both"; return 1; }
	! grep -q -F -f "$plain/tokens/lab" "$TMPDIR/both" && ! grep -q -F -f "$plain/tokens/netbox" "$TMPDIR/both"
}
stop_gates() { for each_gate in $gates; do kill "$each_gate" 2>/dev/null; done; gates=; }
trap 'stop_gates; finish' EXIT

check "bootstrap prepares NetBox" gives 0 bootstrap
check "a first sync stores the identity of the cluster" gives 0 sync

# --- connections ------------------------------------------------------------------------------------------

use_pve http://no-such-host.invalid:8006
check "a host name that DNS cannot resolve is reported" reports 69 'the host name cannot be resolved'
use_pve http://127.0.0.1:1
check "a port without a listener is reported" reports 69 'connection refused'
start_gate silent=1 && use_pve https://127.0.0.1:1 "https://127.0.0.1:$port"
check "a port that does not answer the TLS handshake is reported" reports 69 'no TLS handshake within 5 s'
python3 -c '
import socket, sys, time
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(0)
full = [socket.socket() for _ in range(4)]
for each in full:
    each.setblocking(False); each.connect_ex(s.getsockname())
print(s.getsockname()[1], flush=True); time.sleep(60)' >"$TMPDIR/full" &
gates="$gates $!"
wait_for 10 test -s "$TMPDIR/full"
use_pve http://127.0.0.1:1 "http://127.0.0.1:$(cat "$TMPDIR/full")"
check "a host that does not accept connections is reported" reports 69 'no connection within 5 s'
use_pve "https://${pve_url#http://}"
check "TLS to a plain HTTP port is reported" reports 69 'the port speaks plain HTTP, not TLS'
start_gate page=400 'body=<html><title>400</title>The plain HTTP request was sent to HTTPS port</html>' && use_netbox "http://127.0.0.1:$port"
check "plain HTTP to the TLS port of a web server is reported" reports 69 'the port speaks TLS, but the request was plain HTTP'

# --- certificates -----------------------------------------------------------------------------------------

lab=$TMPDIR/tls
lab_up --tls --guests 0 --endpoints 1
certs=$lab/certs ca=$lab/ca.pem lab=$plain config=$plain/stagebox.cfg
pve_with_cert() { start_gate to="$pve_url" cert="$certs/$1.pem" && use_pve "https://127.0.0.1:$port"; }
pve_with_cert good
check "a certificate of an unknown authority is reported" reports 69 'the certificate is not trusted'
set_conf "/^endpoints/,/^)/s/use_https = true/use_https = false/" "s|\"https://127|\"http://127|"
check "plain HTTP to a TLS port is reported" reports 69 'if the port speaks TLS, set use_https = true'
pve_with_cert good && add_option endpoints "ca_file = \"$ca\";"
check "with ca_file the certificate is accepted" gives 0 plan
for wrong in 'expired|the certificate has expired' 'future|the certificate is not valid yet' 'other-host|the certificate is for another name'; do
	pve_with_cert "${wrong%%|*}" && add_option endpoints "ca_file = \"$ca\";"
	check "a wrong certificate is reported: ${wrong%%|*}" reports 69 "${wrong#*|}"
done
pve_with_cert self-signed
check "a self-signed certificate is reported" reports 69 'the certificate is self-signed'
pin=$(openssl x509 -in "$certs/self-signed.pem" -noout -fingerprint -sha256 | sed 's/.*=//')
add_option endpoints "fingerprint = \"$pin\";"
check "with its fingerprint a self-signed certificate is accepted" gives 0 plan
pve_with_cert expired && add_option endpoints "fingerprint = \"$pin\";"
check "another certificate than the pinned one is reported" reports 69 'the fingerprint of the certificate is'
start_gate to="$pve_url" cert="$certs/expired.pem" log="$TMPDIR/gate.log" && use_pve "https://127.0.0.1:$port" && add_option endpoints "fingerprint = \"$pin\";"
sb plan
check "a server with another certificate receives no request" not test -e "$TMPDIR/gate.log"
pve_with_cert good && add_option endpoints "ca_file = \"$plain/tokens/lab\";"
check "a ca_file without a certificate is reported" reports 69 'contains no certificate'
good_config && add_option endpoints 'fingerprint = "AA:BB";'
check "an invalid fingerprint is reported" reports 78 'a fingerprint is the SHA-256 of a certificate'

# --- proxies ----------------------------------------------------------------------------------------------

good_config && add_option endpoints 'proxy = "http://127.0.0.1:1";'
check "an unreachable proxy is reported by its URL" reports 69 'the proxy http://127.0.0.1:1 cannot be reached'
good_config && add_option endpoints 'proxy = "http://no-such-proxy.invalid:3128";'
check "a proxy name that DNS cannot resolve is reported" reports 69 'the name of the proxy cannot be resolved'
start_gate proxy=1 auth=me:let-me-through && good_config && add_option endpoints "proxy = \"http://127.0.0.1:$port\";"
check "a proxy that requires a login is reported" reports 77 'the proxy requires a user and a password'
printf 'me:let-me-through\n' >"$TMPDIR/auth" && chmod 600 "$TMPDIR/auth"
add_option endpoints "proxy_auth = \"file:$TMPDIR/auth\";"
check "with proxy_auth the login at the proxy succeeds" gives 0 plan
pve_with_cert good && through=$port
start_gate proxy=1 refuse=403 && good_config && use_pve "https://127.0.0.1:$through" && add_option endpoints "proxy = \"http://127.0.0.1:$port\";"
check "a proxy that refuses the connection is reported" reports 69 'the proxy refuses the connection'
start_gate proxy=1 && use_pve https://127.0.0.1:1 && add_option endpoints "proxy = \"http://127.0.0.1:$port\";"
check "a proxy that cannot reach the server is reported" reports 69 'the proxy cannot reach the server'
use_pve "https://127.0.0.1:$through" && add_option endpoints "proxy = \"http://127.0.0.1:$port\"; ca_file = \"$ca\";"
check "TLS through a proxy is checked with ca_file" gives 0 plan
good_config
check "a proxy of the environment is not used for this host" env http_proxy=http://127.0.0.1:1 https_proxy=http://127.0.0.1:1 "$STAGEBOX" plan --config "$config"
use_pve http://stagebox-test.invalid:8006
with_proxy() { http_proxy=http://127.0.0.1:1 no_proxy=$1 "$STAGEBOX" plan --config "$config" >"$TMPDIR/both" 2>&1; has "$TMPDIR/both" "$2"; }
check "a proxy of the environment is used for other hosts" with_proxy '' 'the proxy http://127.0.0.1:1 cannot be reached'
check "a proxy of the environment is not used for hosts in no_proxy" with_proxy .invalid 'the host name cannot be resolved'

# --- logins at Proxmox VE --------------------------------------------------------------------------------

good_config && set_token lab 'sync@pve!stagebox=00000000-0000-0000-0000-000000000000'
check "a token that is unknown to Proxmox VE is reported" reports 77 'the token is wrong, unknown or expired'
good_config && set_token lab 'sync!stagebox=00000000-0000-0000-0000-000000000000'
check "a token without a realm is reported" reports 77 'the realm is missing'
good_config && set_token lab 'sync@pve=00000000-0000-0000-0000-000000000000'
check "a token without its name is reported" reports 77 'there is no "!" between user@realm and the name of the token'
good_config && set_token lab '00000000-0000-0000-0000-000000000000'
check "the secret of a token without its user and name is reported" reports 77 'this is only the secret'
good_config && ctl fault lab 403 --path cluster/status
check "a token that may not read the cluster is reported with the privilege" reports 77 'needs Sys.Audit on /'
ctl clear
printf 'stagebox-lab\n' >"$TMPDIR/word" && chmod 600 "$TMPDIR/word"
use_login() { good_config && set_conf "/^endpoints/,/^)/s|token = \"[^\"]*\";|user = \"$1\"; password = \"file:$TMPDIR/word\";|"; }
use_login sync@pve
check "a plan with user and password succeeds" gives 0 plan
ctl fault lab needs-tfa
check "a user with a second factor is reported" reports 77 'needs a second factor'
ctl clear
use_login someone@pve
check "a refused login is reported" reports 77 'was refused: user, realm'
use_login sync
check "a user without a realm is reported" reports 78 'a user is written with its realm'
good_config && add_option endpoints 'user = "sync@pve";'
check "a token together with a user is reported" reports 78 'token and user are both set'

# --- answers of Proxmox VE --------------------------------------------------------------------------------

start_gate page=200 && use_pve "http://127.0.0.1:$port"
check "a web page instead of the API is reported" reports 69 'set the URL to a Proxmox VE API'
start_gate to="$pve_url" 'json=/api2/json/cluster/status={"data":[{"type":"cluster","name":"other","quorate":1},{"type":"node","name":"x1"}]}' && other=$port
use_pve "http://127.0.0.1:$other"
check "another cluster behind the URL is reported" reports 5 'another cluster answers'
use_pve "http://127.0.0.1:$other" "$pve_url"
check "the next URL is used if it leads to the right cluster" gives 0 plan
check "the other cluster behind the first URL is reported" err_has 'another cluster answers'
ctl fault lab old-version && good_config
check "a Proxmox VE that is too old is reported" reports 78 'is too old: upgrade it to 8 or newer'
ctl clear && ctl fault lab no-quorum
check "a cluster without quorum is reported" reports '0 4' 'the cluster has no quorum'
ctl clear && ctl fault lab clock-skew 900
check "a wrong clock is reported" reports 0 'enable time synchronisation on both hosts'
ctl clear && ctl fault lab garbage
check "a damaged answer is reported" reports 69 'the answer is not complete JSON'
ctl clear

# --- NetBox -----------------------------------------------------------------------------------------------

use_netbox http://127.0.0.1:1
check "an unreachable NetBox is reported by its name" reports 69 'NetBox: GET /api/status/'
start_gate page=200 && use_netbox "http://127.0.0.1:$port"
check "a web page instead of NetBox is reported" reports 69 'set the URL to the base of a NetBox'
check "the message contains the title of the web page" err_has 'Some Router'
start_gate page=200 login=1 && use_netbox "http://127.0.0.1:$port"
check "a login page is reported" reports 69 'a login page'
check "and doctor ends with the exit code of a sync" gives 69 doctor
start_gate "to=$nb_url" only=GET && use_netbox "http://127.0.0.1:$port"
check "behind a gateway that does not let OPTIONS through doctor ends with 0" gives 0 doctor
check "but the rights are not called good" says 'NetBox does not say what the token may do with [0-9]* of [0-9]* object types: .*405'
check "the summary does not either" has_not "$TMPDIR/both" 'view, add and change on all'
start_gate to="$nb_url" prefix=/netbox && based=$port
use_netbox "http://127.0.0.1:$based"
check "a URL without the base path is reported" reports 69 'with its base path, without /api'
use_netbox "http://127.0.0.1:$based/netbox"
check "with the base path a plan succeeds" gives 0 plan
start_gate location="http://127.0.0.1:$based/netbox" && use_netbox "http://127.0.0.1:$port"
check "a redirect to another URL is reported" reports 69 'which is not followed: set the URL to'
check "the message contains the URL to set" err_has "http://127.0.0.1:$based/netbox"
start_gate location=https://netbox.example.com && use_netbox "http://127.0.0.1:$port"
check "a redirect to TLS is reported" reports 69 'it requires TLS: set use_https = true'
start_gate sso=1 && use_netbox "http://127.0.0.1:$port"
check "a redirect to a login page is reported" reports 69 'redirects to a login page'
good_config && set_token netbox 0123456789012345678901234567890123456789
check "a v1 token that is unknown to NetBox is reported" reports 77 'Invalid v1 token'
good_config && set_token netbox "$(netbox '
print(nb.call("POST", "users/tokens/", {"user": 1, "version": 1, "write_enabled": True})["token"])')"
check "a v1 token has 40 characters" same "$(tr -d '\n' <"$TMPDIR/token.netbox" | wc -c)" 40
check "a v1 token is accepted" gives 0 plan
good_config && set_token netbox nbt_012345678901.0123456789012345678901234567890123456789
check "a v2 token that is unknown to NetBox is reported" reports 77 'Invalid v2 token'
good_config && set_token netbox nbt_0123456789012345678901234567890123456789
check "a v2 token without its dot is reported" reports 77 'Could not parse key from v2 token'
good_config && set_token netbox "$(sed 's/.*\.//' "$plain/tokens/netbox")"
check "the secret of a v2 token without its key is reported" reports 77 'set a v2 token whole'
start_gate to="$nb_url" noauth=1 && use_netbox "http://127.0.0.1:$port"
check "a missing Authorization header is reported" reports 77 'Authentication credentials were not provided'
good_config && ctl fault netbox token-expired
check "an expired token is reported" reports 77 'Token expired'
ctl clear && ctl fault netbox read-only && ctl add lab/qemu/190
check "a read-only token is reported" reports '1 4 77' 'enable writing for the token' sync
ctl clear && ctl fault netbox deny dcim.view_device
check "a missing permission is reported" reports '0 2 4 77' 'You do not have permission to perform this action'
ctl clear
start_gate page=503 && use_netbox "http://127.0.0.1:$port"
check "a NetBox in maintenance is reported" reports 69 'is in maintenance'
start_gate to="$nb_url" maintenance=1 && use_netbox "http://127.0.0.1:$port" && ctl set lab/qemu/190 memory=3072
check "a NetBox in its own maintenance mode is reported" reports '1 4' 'is unable to perform write operations' sync
good_config && ctl fault netbox 502
check "a proxy that cannot reach NetBox is reported" reports 69 'check that NetBox itself is running'
ctl clear
start_gate to="$nb_url" 'json=/api/status/={"netbox-version":"4.2.9"}' && use_netbox "http://127.0.0.1:$port"
check "a NetBox that is too old is reported" reports 78 'is too old: upgrade it to 4.5'
start_gate to="$nb_url" 'json=/api/status/={"hello":1}' && use_netbox "http://127.0.0.1:$port"
check "JSON of another program is reported" reports 69 'set the URL to a NetBox'

# --- several URLs, IPv6 -----------------------------------------------------------------------------------

use_pve http://127.0.0.1:1 "$pve_url"
check "a sync uses the next URL if the first one is unreachable" gives 0 sync
check "the unreachable URL is reported" err_has 'URL 1 of 2 was skipped'
start_gate to="$pve_url" dies-after=6 && use_pve "http://127.0.0.1:$port" "$pve_url"
check "a sync uses the next URL if the first one fails during the run" gives 0 sync
check "the failure of the first URL is reported" err_has 'URL 1 of 2 failed, using URL 2'
equals_proxmox() { cp "$config" "$TMPDIR/kept.cfg" && good_config && mirrors; rc=$?; cp "$TMPDIR/kept.cfg" "$config"; return $rc; }
check "NetBox equals Proxmox VE after a change of URL" equals_proxmox
start_gate to="$pve_url" dies-after=6 && use_pve "http://127.0.0.1:$port" "http://127.0.0.1:$other"
check "a sync does not use a URL of another cluster" gives 4 sync
check "the other cluster is reported" err_has 'cannot be used: another cluster answers'
if start_gate to="$nb_url" host=::1; then
	use_netbox "http://[::1]:$port"
	check "a plan with an IPv6 address succeeds" gives 0 plan
else
	skip "a plan with an IPv6 address succeeds" "no IPv6 here"
fi
good_config
check "a sync with the good configuration succeeds" gives 0 sync
stop_gates
done_testing
