#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# full one
# TLS works with ca_file, and each misconfiguration is reported with its fix.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
lab_up --tls --guests 4 --endpoints 2
cp "$config" "$TMPDIR/good.cfg"

check "bootstrap over TLS succeeds" gives 0 bootstrap
check "a sync over TLS succeeds" gives 0 sync
check "NetBox equals Proxmox VE after it" mirrors
config=$TMPDIR/other.cfg

# with SED...: the good configuration with these changes
with() {
	cp "$TMPDIR/good.cfg" "$config"
	for each in "$@"; do sed -i -e "$each" "$config"; done
}
url=$(sed -n '/netbox/,/}/s/.*url = "https:\/\/\([^"]*\)".*/\1/p' "$TMPDIR/good.cfg" | head -n 1)

with '/netbox:/,/};/s/^[[:space:]]*ca_file.*//'
check "a certificate of NetBox from an unknown authority ends with exit code 69" gives 69 sync
check "the message names ca_file" err_has ca_file
check "the message names the server" err_has NetBox
with 's/^[[:space:]]*ca_file.*//' 's/verify_ssl = true/verify_ssl = false/'
check "verify_ssl = false accepts any certificate" gives "0" plan
with '/endpoints/,$s/^[[:space:]]*ca_file.*//'
check "a certificate of an endpoint from an unknown authority ends with exit code 69" gives 69 plan --endpoint lab
check "the message for the endpoint names ca_file" says ca_file
with "s|\"https://$url\"|\"http://$url\"|" '/netbox:/,/};/s/use_https = true/use_https = false/'
check "plain HTTP to an HTTPS port of NetBox ends with exit code 69" gives 69 sync
check "the message says to use HTTPS" err_has 'use_https\|https://'
with "s|\"https://$url\"|\"http://$url\"|"
check "a URL that contradicts use_https is a configuration error" gives 78 sync
check "the message names use_https" err_has 'use_https'
with '/endpoints/,$s|"https://127|"http://127|' '/endpoints/,$s/use_https = true/use_https = false/'
check "plain HTTP to an HTTPS port of an endpoint ends with exit code 69" gives 69 plan --endpoint lab
check "the message for the endpoint says to use HTTPS" says 'use_https\|https://'
with "s|ca_file = \"[^\"]*\"|ca_file = \"$TMPDIR/nothing.pem\"|"
check "a missing ca_file is a configuration error" gives 78 sync
check "the message names the file" err_has 'nothing.pem'
cp "$lab/tokens/lab" "$TMPDIR/not.pem"
with "s|ca_file = \"[^\"]*\"|ca_file = \"$TMPDIR/not.pem\"|"
check "a ca_file without a certificate is an error" gives "69 78" sync
check "the message names that file" err_has 'not.pem\|ca_file'

config=$TMPDIR/good.cfg
mark
check "a sync with the good configuration succeeds" gives 0 sync
check "it writes nothing" look no-writes
done_testing
