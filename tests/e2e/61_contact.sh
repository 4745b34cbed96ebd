#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# slow: every way in which the first contact can fail is told by hop and fix, as docs/TROUBLESHOOTING.md says.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
unset no_proxy NO_PROXY all_proxy ALL_PROXY
lab_up --guests 4 --endpoints 1
plain=$lab
cp "$config" "$TMPDIR/good.cfg"
nb_url=$(sed -n '/^netbox/,/^}/s/.*url = "\([^"]*\)".*/\1/p' "$config")
pve_url=$(sed -n 's/.*urls = \[ "\([^"]*\)" \].*/\1/p' "$config")
gates=
table=$STAGEBOX_SRC/docs/TROUBLESHOOTING.md

# gate NAME=VALUE...: a front; leaves its port in $port
gate() {
	rm -f "$TMPDIR/port"
	python3 "$e2e/gate.py" "$@" >"$TMPDIR/port" 2>"$TMPDIR/gate.err" &
	gates="$gates $!"
	wait_for 10 test -s "$TMPDIR/port" || { cat "$TMPDIR/gate.err"; return 1; }
	port=$(cat "$TMPDIR/port")
}
# nb URL, pve URL [URL...]: the good configuration with these
fresh() { cp "$TMPDIR/good.cfg" "$config"; }
https_of() { case $1 in https:*) echo true ;; *) echo false ;; esac; }
nb() {
	fresh
	set_conf "/^netbox/,/^}/s|url = \"[^\"]*\"|url = \"$1\"|" "/^netbox/,/^}/s#\(use_https\|verify_ssl\) = [a-z]*#\1 = $(https_of "$1")#"
}
pve() {
	fresh
	list=
	for each_url in "$@"; do list="$list${list:+, }\"$each_url\""; done
	set_conf "s|urls = \[.*\]|urls = [ $list ]|" "/^endpoints/,/^)/s#\(use_https\|verify_ssl\) = [a-z]*#\1 = $(https_of "$1")#"
}
# option PART TEXT: more in netbox or endpoints
option() {
	case $1 in
	netbox) set_conf "/^netbox/,/^}/s|settle = |$2 settle = |" ;;
	*) set_conf "/^endpoints/,/^)/s|site = |$2 site = |" ;;
	esac
}
token() { # PART TEXT
	printf '%s\n' "$2" >"$TMPDIR/token.$1" && chmod 600 "$TMPDIR/token.$1"
	part=netbox end='^}'
	[ "$1" = netbox ] || part=endpoints end='^)'
	set_conf "/^$part/,/$end/s|token = \"[^\"]*\"|token = \"file:$TMPDIR/token.$1\"|"
}
# told CODES WORDS [COMMAND...]: the command fails so, says the words, and the table has a row for them
told() {
	codes=$1 words=$2
	shift 2
	[ $# -gt 0 ] || set -- plan
	grep -q -F -e "\`$words\`" "$table" || { echo "no row in TROUBLESHOOTING.md: $words"; return 1; }
	gives "$codes" "$@" || return 1
	cat "$TMPDIR/out" "$TMPDIR/err" >"$TMPDIR/both"
	grep -q -F -e "$words" "$TMPDIR/both" || { echo "no '$words' in:"; tail -n 20 "$TMPDIR/both"; return 1; }
	! grep -q -F -f "$plain/tokens/lab" "$TMPDIR/both" && ! grep -q -F -f "$plain/tokens/netbox" "$TMPDIR/both"
}
ends_gates() { for each_gate in $gates; do kill "$each_gate" 2>/dev/null; done; gates=; }
trap 'ends_gates; finish' EXIT

check "bootstrap" gives 0 bootstrap
check "a first sync, so that the cluster is known" gives 0 sync

# --- the way there ----------------------------------------------------------------------------------------

pve http://no-such-host.invalid:8006
check "a name that DNS does not know" told 69 'the host name cannot be resolved'
pve http://127.0.0.1:1
check "a port on which nobody listens" told 69 'connection refused'
gate silent=1 && pve https://127.0.0.1:1 "https://127.0.0.1:$port"
check "a port that accepts and says nothing to TLS" told 69 'no TLS handshake within 5 s'
python3 -c '
import socket, sys, time
s = socket.socket(); s.bind(("127.0.0.1", 0)); s.listen(0)
full = [socket.socket() for _ in range(4)]
for each in full:
    each.setblocking(False); each.connect_ex(s.getsockname())
print(s.getsockname()[1], flush=True); time.sleep(60)' >"$TMPDIR/full" &
gates="$gates $!"
wait_for 10 test -s "$TMPDIR/full"
pve http://127.0.0.1:1 "http://127.0.0.1:$(cat "$TMPDIR/full")"
check "a host that does not answer the call" told 69 'no connection within 5 s'
pve "https://${pve_url#http://}"
check "TLS to a port of plain HTTP" told 69 'the port speaks plain HTTP, not TLS'
gate page=400 'body=<html><title>400</title>The plain HTTP request was sent to HTTPS port</html>' && nb "http://127.0.0.1:$port"
check "plain HTTP to a web server's port of TLS" told 69 'the port speaks TLS, but the request was plain HTTP'

# --- certificates -----------------------------------------------------------------------------------------

lab=$TMPDIR/tls
lab_up --tls --guests 0 --endpoints 1
certs=$lab/certs ca=$lab/ca.pem lab=$plain config=$plain/stagebox.cfg
behind() { gate to="$pve_url" cert="$certs/$1.pem" && pve "https://127.0.0.1:$port"; }
behind good
check "a certificate of an authority that nobody knows" told 69 'the certificate is not trusted'
set_conf "/^endpoints/,/^)/s/use_https = true/use_https = false/" "s|\"https://127|\"http://127|"
check "plain HTTP to a port of TLS" told 69 'if the port speaks TLS, set use_https = true'
behind good && option endpoints "ca_file = \"$ca\";"
check "with the authority's file it goes" gives 0 plan
for wrong in 'expired|the certificate has expired' 'future|the certificate is not valid yet' 'other-host|the certificate is for another name'; do
	behind "${wrong%%|*}" && option endpoints "ca_file = \"$ca\";"
	check "a certificate that is wrong in this way: ${wrong%%|*}" told 69 "${wrong#*|}"
done
behind self-signed
check "a certificate that signed itself" told 69 'the certificate is self-signed'
pin=$(openssl x509 -in "$certs/self-signed.pem" -noout -fingerprint -sha256 | sed 's/.*=//')
option endpoints "fingerprint = \"$pin\";"
check "its fingerprint takes the place of an authority" gives 0 plan
behind expired && option endpoints "fingerprint = \"$pin\";"
check "another certificate than the pinned one" told 69 'the fingerprint of the certificate is'
gate to="$pve_url" cert="$certs/expired.pem" log="$TMPDIR/gate.log" && pve "https://127.0.0.1:$port" && option endpoints "fingerprint = \"$pin\";"
sb plan
check "gets not one byte of a request" not test -e "$TMPDIR/gate.log"
behind good && option endpoints "ca_file = \"$plain/tokens/lab\";"
check "a ca_file that contains no certificate" told 69 'contains no certificate'
fresh && option endpoints 'fingerprint = "AA:BB";'
check "a fingerprint that is none" told 78 'a fingerprint is the SHA-256 of a certificate'

# --- proxies ----------------------------------------------------------------------------------------------

fresh && option endpoints 'proxy = "http://127.0.0.1:1";'
check "a proxy that is not there is named as the hop" told 69 'the proxy http://127.0.0.1:1 cannot be reached'
fresh && option endpoints 'proxy = "http://no-such-proxy.invalid:3128";'
check "a proxy that DNS does not know" told 69 'the name of the proxy cannot be resolved'
gate proxy=1 auth=me:let-me-through && fresh && option endpoints "proxy = \"http://127.0.0.1:$port\";"
check "a proxy that wants to know who we are" told 77 'the proxy requires a user and a password'
printf 'me:let-me-through\n' >"$TMPDIR/auth" && chmod 600 "$TMPDIR/auth"
option endpoints "proxy_auth = \"file:$TMPDIR/auth\";"
check "is told by proxy_auth" gives 0 plan
behind good && through=$port
gate proxy=1 refuse=403 && fresh && pve "https://127.0.0.1:$through" && option endpoints "proxy = \"http://127.0.0.1:$port\";"
check "a proxy that refuses the host" told 69 'the proxy refuses the connection'
gate proxy=1 && pve https://127.0.0.1:1 && option endpoints "proxy = \"http://127.0.0.1:$port\";"
check "a proxy that does not get there" told 69 'the proxy cannot reach the server'
pve "https://127.0.0.1:$through" && option endpoints "proxy = \"http://127.0.0.1:$port\"; ca_file = \"$ca\";"
check "through a proxy that lets us TLS is checked as ever" gives 0 plan
fresh
check "a proxy of the environment is not used for this machine" env http_proxy=http://127.0.0.1:1 https_proxy=http://127.0.0.1:1 "$STAGEBOX" plan --config "$config"
pve http://stagebox-test.invalid:8006
with_proxy() { http_proxy=http://127.0.0.1:1 no_proxy=$1 "$STAGEBOX" plan --config "$config" >"$TMPDIR/both" 2>&1; has "$TMPDIR/both" "$2"; }
check "for others it is" with_proxy '' 'the proxy http://127.0.0.1:1 cannot be reached'
check "unless no_proxy names them" with_proxy .invalid 'the host name cannot be resolved'

# --- who we are at Proxmox VE -----------------------------------------------------------------------------

fresh && token lab 'sync@pve!stagebox=00000000-0000-0000-0000-000000000000'
check "a token that Proxmox VE does not know" told 77 'the token is wrong, unknown or expired'
fresh && token lab 'sync!stagebox=00000000-0000-0000-0000-000000000000'
check "a token without realm" told 77 'the realm is missing'
fresh && token lab 'sync@pve=00000000-0000-0000-0000-000000000000'
check "a token without a name" told 77 'there is no "!" between user@realm and the name of the token'
fresh && token lab '00000000-0000-0000-0000-000000000000'
check "the secret of a token alone" told 77 'this is only the secret'
fresh && ctl fault lab 403 --path cluster/status
check "a token without the right to look at the cluster" told 77 'needs Sys.Audit on /'
ctl clear
printf 'stagebox-lab\n' >"$TMPDIR/word" && chmod 600 "$TMPDIR/word"
login() { fresh && set_conf "/^endpoints/,/^)/s|token = \"[^\"]*\";|user = \"$1\"; password = \"file:$TMPDIR/word\";|"; }
login sync@pve
check "a user with a password gets a ticket" gives 0 plan
ctl fault lab needs-tfa
check "one with a second factor cannot" told 77 'needs a second factor'
ctl clear
login someone@pve
check "a login that is refused" told 77 'was refused: user, realm'
login sync
check "a user without realm" told 78 'a user is written with its realm'
fresh && option endpoints 'user = "sync@pve";'
check "a token and a user" told 78 'token and user are both set'

# --- what answers at Proxmox VE ---------------------------------------------------------------------------

gate page=200 && pve "http://127.0.0.1:$port"
check "a web page in place of the API" told 69 'set the URL to a Proxmox VE API'
gate to="$pve_url" 'json=/api2/json/cluster/status={"data":[{"type":"cluster","name":"other","quorate":1},{"type":"node","name":"x1"}]}' && other=$port
pve "http://127.0.0.1:$other"
check "another cluster behind the URL" told 5 'another cluster answers'
pve "http://127.0.0.1:$other" "$pve_url"
check "with the right one behind the next URL that one is taken" gives 0 plan
check "and the other one is told" err_has 'another cluster answers'
ctl fault lab old-version && fresh
check "a release that is too old" told 78 'is too old: upgrade it to 8 or newer'
ctl clear && ctl fault lab no-quorum
check "a cluster without quorum" told '0 4' 'the cluster has no quorum'
ctl clear && ctl fault lab clock-skew 900
check "a clock that is wrong" told 0 'enable time synchronisation on both hosts'
ctl clear && ctl fault lab garbage
check "an answer that is broken" told 69 'the answer is not complete JSON'
ctl clear

# --- NetBox -----------------------------------------------------------------------------------------------

nb http://127.0.0.1:1
check "NetBox is named when it is what is not there" told 69 'NetBox: GET /api/status/'
gate page=200 && nb "http://127.0.0.1:$port"
check "a web page in place of NetBox" told 69 'set the URL to the base of a NetBox'
check "its title is told" err_has 'Some Router'
gate page=200 login=1 && nb "http://127.0.0.1:$port"
check "a login page" told 69 'a login page'
gate to="$nb_url" prefix=/netbox && based=$port
nb "http://127.0.0.1:$based"
check "the base path is missing" told 69 'with its base path, without /api'
nb "http://127.0.0.1:$based/netbox"
check "with it all goes" gives 0 plan
gate location="http://127.0.0.1:$based/netbox" && nb "http://127.0.0.1:$port"
check "a redirect to where NetBox is" told 69 'which is not followed: set the URL to'
check "names the right URL" err_has "http://127.0.0.1:$based/netbox"
gate location=https://netbox.example.com && nb "http://127.0.0.1:$port"
check "a redirect to TLS" told 69 'it requires TLS: set use_https = true'
gate sso=1 && nb "http://127.0.0.1:$port"
check "a redirect to a login page" told 69 'redirects to a login page'
fresh && token netbox 0123456789012345678901234567890123456789
check "a v1 token that NetBox does not know" told 77 'Invalid v1 token'
fresh && token netbox "$(netbox '
print(nb.call("POST", "users/tokens/", {"user": 1, "version": 1, "write_enabled": True})["token"])')"
check "a v1 token that it knows is 40 characters" same "$(tr -d '\n' <"$TMPDIR/token.netbox" | wc -c)" 40
check "and as good as one of v2" gives 0 plan
fresh && token netbox nbt_012345678901.0123456789012345678901234567890123456789
check "a v2 token that NetBox does not know" told 77 'Invalid v2 token'
fresh && token netbox nbt_0123456789012345678901234567890123456789
check "a v2 token without its dot" told 77 'Could not parse key from v2 token'
fresh && token netbox "$(sed 's/.*\.//' "$plain/tokens/netbox")"
check "the secret of a v2 token without its key" told 77 'set a v2 token whole'
gate to="$nb_url" noauth=1 && nb "http://127.0.0.1:$port"
check "a proxy that drops the token" told 77 'Authentication credentials were not provided'
fresh && ctl fault netbox token-expired
check "a token that expired" told 77 'Token expired'
ctl clear && ctl fault netbox read-only && ctl add lab/qemu/190
check "a token that may only read" told '1 4 77' 'enable writing for the token' sync
ctl clear && ctl fault netbox deny dcim.view_device
check "a permission that is missing" told '0 2 4 77' 'You do not have permission to perform this action'
ctl clear
gate page=503 && nb "http://127.0.0.1:$port"
check "NetBox in maintenance" told 69 'is in maintenance'
fresh && ctl fault netbox 502
check "a proxy that finds no NetBox behind it" told 69 'check that NetBox itself is running'
ctl clear
gate to="$nb_url" 'json=/api/status/={"netbox-version":"4.2.9"}' && nb "http://127.0.0.1:$port"
check "a NetBox that is too old" told 78 'is too old: upgrade it to 4.5'
gate to="$nb_url" 'json=/api/status/={"hello":1}' && nb "http://127.0.0.1:$port"
check "JSON that is not NetBox's" told 69 'set the URL to a NetBox'

# --- several URLs, other addresses ------------------------------------------------------------------------

pve http://127.0.0.1:1 "$pve_url"
check "a dead URL is left out for the next" gives 0 sync
check "which is told" err_has 'URL 1 of 2 was skipped'
gate to="$pve_url" dies-after=6 && pve "http://127.0.0.1:$port" "$pve_url"
check "a URL that dies in the middle of a run is left for the next" gives 0 sync
check "which is told, too" err_has 'URL 1 of 2 failed, using URL 2'
mirrored() { cp "$config" "$TMPDIR/kept.cfg" && fresh && mirrors; rc=$?; cp "$TMPDIR/kept.cfg" "$config"; return $rc; }
check "and all is there" mirrored
gate to="$pve_url" dies-after=6 && pve "http://127.0.0.1:$port" "http://127.0.0.1:$other"
check "but not for another cluster" gives 4 sync
check "of which nothing is believed" err_has 'cannot be used: another cluster answers'
if gate to="$nb_url" host=::1; then
	nb "http://[::1]:$port"
	check "an IPv6 address goes" gives 0 plan
else
	skip "an IPv6 address goes" "no IPv6 here"
fi
fresh
check "after all that the good one has nothing to do" gives 0 sync
ends_gates
done_testing
