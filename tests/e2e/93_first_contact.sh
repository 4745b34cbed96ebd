#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The first contact with servers whose certificates this host does not trust, as those of a new Proxmox VE.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
. "$e2e/lib_doctor.sh"
lab_up --tls --guests 2 --endpoints 1
check "before bootstrap doctor ends with 78, because sync would" doctor 78
check "bootstrap" gives 0 bootstrap
cp "$config" "$TMPDIR/good.cfg"
# no_request_to SERVER: the log of the lab has no request to this server since mark
no_request_to() { tail -n "+$((since + 1))" "$lab/requests.ndjson" | not grep "\"server\": *\"$1\""; }
pin=$(openssl x509 -in "$lab/certs/good.pem" -noout -fingerprint -sha256 | sed 's/.*=//')

# --- doctor ----------------------------------------------------------------------------------------------

set_conf '/^endpoints/,/^)/s/^[[:space:]]*ca_file.*//'
mark
check "an endpoint with a certificate of its own authority ends with 69" doctor 69
check "doctor shows the fingerprint that the endpoint presents" finds warning lab certificate "SHA-256 fingerprint $pin"
check "doctor names the issuer of the certificate" finds warning lab certificate 'stagebox lab CA'
check "doctor says how to compare the fingerprint" finds warning lab certificate 'pvenode cert info'
check "doctor gives the line to set" finds warning lab certificate "set fingerprint = \"$pin\""
check "a server that is not trusted receives no request" no_request_to lab
set_conf "/^endpoints/,/^)/s|site = |fingerprint = \"$pin\"; site = |"
check "with that line the endpoint is reached" doctor 0
set_conf "/^endpoints/,/^)/s|fingerprint = \"[^\"]*\"|fingerprint = \"$(printf '00:%.0s' $(seq 31))00\"|"
check "a pinned fingerprint that differs ends with 69" doctor 69
check "doctor shows the fingerprint that is presented instead" finds warning lab certificate "SHA-256 fingerprint $pin"
cp "$TMPDIR/good.cfg" "$config"
set_conf '/^netbox/,/^}/s/^[[:space:]]*ca_file.*//'
check "a NetBox with a certificate of its own authority ends with 69" doctor 69
check "doctor shows the fingerprint that NetBox presents" finds warning netbox certificate "SHA-256 fingerprint $pin"
check "doctor says how to compare it at the web server" finds warning netbox certificate 'openssl x509'
cp "$TMPDIR/good.cfg" "$config"
check "with trusted certificates doctor does not mention fingerprints" doctor 0
check "the report has no certificate to compare" has_not "$TMPDIR/out" '"certificate"'

# --- init ------------------------------------------------------------------------------------------------

nb_url=$(sed -n '/^netbox/,/^}/s/.*url = "\([^"]*\)".*/\1/p' "$config")
pve_url=$(sed -n 's/.*urls = \[ "\([^"]*\)" \].*/\1/p' "$config")
made=$TMPDIR/made
mkdir "$made"
# answers LINE...: runs init with these answers; the configuration is $made/stagebox.cfg
answers() {
	for each_line in "$@"; do printf '%s\n' "$each_line"; done | timeout 60 "$STAGEBOX" init --config "$made/stagebox.cfg" >"$TMPDIR/out" 2>"$TMPDIR/err"
}
clean() { rm -rf "$made"; mkdir "$made"; }
mark
check "an answer that does not trust the certificate ends init" not answers "$nb_url" no
check "init then wrote nothing" same "$(ls -A "$made")" ''
check "it shows the fingerprint of the certificate" err_has "SHA-256  $pin"
check "it shows who issued the certificate" err_has 'issuer   .*stagebox lab CA'
check "no server received a request" sh -c '[ "$1" = "$2" ]' sh "$since" "$(wc -l <"$lab/requests.ndjson")"
check "init with all answers succeeds" answers "$nb_url" yes "$(cat "$lab/tokens/netbox")" "$pve_url" yes '' lab lab-dc1 "$(cat "$lab/tokens/lab")"
check "for Proxmox VE it says how to compare the fingerprint" err_has 'pvenode cert info'
check "the configuration pins the certificates" same "$(grep -c "fingerprint = \"$pin\"" "$made/stagebox.cfg")" 2
check "the configuration contains no token" not grep -q -F -f "$lab/tokens/lab" "$made/stagebox.cfg"
check "the tokens are in files that only their owner can read" same "$(stat -c %a "$made/credentials/netbox" "$made/credentials/pve-lab" | tr '\n' ' ')" '600 600 '
check "the tokens are not printed" sh -c '! cat "$1" "$2" | grep -q -F -f "$3"' sh "$TMPDIR/out" "$TMPDIR/err" "$lab/tokens/lab"
config=$made/stagebox.cfg
check "the configuration passes the check" gives 0 config check
check "doctor reaches both servers with it" doctor 0
check "bootstrap succeeds with it" gives 0 bootstrap
check "a plan succeeds with it" gives 2 plan
cp "$config" "$TMPDIR/before.cfg"
check "init does not replace a configuration" gives 64 init --netbox-url "$nb_url"
check "it says that the file exists" err_has 'already exists: nothing was written'
check "the configuration is unchanged" cmp "$config" "$TMPDIR/before.cfg"
clean
check "init takes all answers from options" gives 0 init --netbox-url "$nb_url" --netbox-token "file:$lab/tokens/netbox" --netbox-ca "$lab/ca.pem" \
	--pve-url "$pve_url" --pve-token "file:$lab/tokens/lab" --pve-fingerprint "$pin" --slug lab --site lab-dc1 </dev/null
check "the authority is in the configuration" has "$config" "ca_file = \"$lab/ca.pem\""
check "the site is in the configuration" has "$config" 'site = "lab-dc1"'
check "doctor reaches both servers with it" doctor 0
clean
check "a token as an option is refused" gives 78 init --netbox-url "$nb_url" --netbox-ca "$lab/ca.pem" --netbox-token "$(cat "$lab/tokens/netbox")" </dev/null
check "without repeating it" not err_has "$(cat "$lab/tokens/netbox")"
check "another fingerprint than the one that is presented ends with 69" gives 69 init --netbox-url "$nb_url" --netbox-fingerprint "$(printf '00:%.0s' $(seq 31))00" </dev/null
check "a certificate that nobody trusts ends with 69" gives 69 init --netbox-url "$nb_url" </dev/null
check "it names the options that trust it" err_has 'give it with --netbox-fingerprint'
check "nothing was written" same "$(ls -A "$made")" ''
check "a missing answer is a usage error" gives 64 init </dev/null
check "it names the option to give" err_has 'give --netbox-url'
check "without a configuration the message names init" sh -c '! env -u STAGEBOX_CONFIG "$1" sync 2>&1 | grep -q "does not exist" || env -u STAGEBOX_CONFIG "$1" sync 2>&1 | grep -q "stagebox init"' sh "$STAGEBOX"
config=$lab/stagebox.cfg

# --- rights ----------------------------------------------------------------------------------------------

check "rights pve meets the version of the endpoint" gives 0 rights pve
check "it prints the commands for this version only" same "$(grep -c '^# Proxmox VE' "$TMPDIR/out")" 1
check "the version is that of the lab" out_has "^# Proxmox VE $pve:"
check "rights pve prints another version on request" gives 0 rights pve --server-version 8
check "the privilege for agents is then that of Proxmox VE 8" out_has 'privs "VM.Monitor"'
check "an unsupported version is a usage error" gives 64 rights pve --server-version 7
set_conf 's/^modules = .*/modules = [ "cluster", "qemu" ]; options: { qemu: { agent = false; }; };/'
check "rights pve for a configuration without agents succeeds" gives 0 rights pve
check "a privilege that no stage needs is not printed" not out_has 'GuestAgent\|VM.Monitor'
cp "$TMPDIR/good.cfg" "$config"
check "rights netbox prints calls of its API" gives 0 rights netbox
check "with the URL of the configuration" out_has "^NETBOX=$nb_url"
cp "$TMPDIR/out" "$TMPDIR/calls.sh"
mkdir "$TMPDIR/admin"
printf 'Authorization: Bearer %s\n' "$(cat "$lab/tokens/person")" >"$TMPDIR/admin/admin.header"
make_token() { (cd "$TMPDIR/admin" && CURL_CA_BUNDLE=$lab/ca.pem sh -eu "$TMPDIR/calls.sh"); }
check "the calls succeed" make_token
check "only the owner can read the token" same "$(stat -c %a "$TMPDIR/admin/netbox.token")" 600
set_conf "/^netbox/,/^}/s|token = \"[^\"]*\"|token = \"file:$TMPDIR/admin/netbox.token\"|"
check "the rights are enough for doctor" doctor 0
check "and for bootstrap" gives 0 bootstrap
check "and for a first sync" gives 0 sync
ctl set lab/qemu/101 memory=8192
check "and for a changed object" gives 0 sync
check "NetBox agrees with Proxmox VE in every field" mirrors
# each right alone is needed: without it doctor names it
needless() {
	"$STAGEBOX" rights netbox --format json --config "$config" >"$TMPDIR/rights.json" || return 1
	for each_right in $(python3 -c '
import json, sys
for permission in json.load(open(sys.argv[1]))["netbox"]["permissions"]:
    for name in permission["object_types"]:
        if name.split(".")[0] in ("core",) or name == "extras.customfield":
            continue
        for action in sorted(set(permission["actions"]) - {"delete"}):  # the fault does not change the records that show it
            print("%s.%s_%s" % (name.split(".")[0], action, name.split(".")[1]))' "$TMPDIR/rights.json" | shuf -n "${1:-8}" --random-source="$TMPDIR/good.cfg"); do
		ctl fault netbox deny "$each_right"
		"$STAGEBOX" doctor --format json --config "$config" >"$TMPDIR/out" 2>&1
		grep -q "$each_right" "$TMPDIR/out" || { echo "not needed: $each_right"; tail -n 20 "$TMPDIR/out"; return 1; }
		ctl clear
	done
}
check "doctor misses each right that is taken away" needless
done_testing
