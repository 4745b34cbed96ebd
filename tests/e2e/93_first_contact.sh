#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The first contact with servers whose certificates this host does not trust, as those of a new Proxmox VE.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
. "$e2e/lib_doctor.sh"
lab_up --tls --guests 2 --endpoints 1
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
done_testing
