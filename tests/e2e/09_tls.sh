#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# TLS: it works with the authority's file, and every way to get it wrong is told with the way to mend it.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
lab_up --tls --guests 4 --endpoints 2
cp "$config" "$TMPDIR/good.cfg"

check "bootstrap over TLS" gives 0 bootstrap
check "a sync over TLS" gives 0 sync
check "brings what Proxmox VE says" mirrors
config=$TMPDIR/other.cfg

# with SED...: the good configuration, changed
with() {
	cp "$TMPDIR/good.cfg" "$config"
	for each in "$@"; do sed -i -e "$each" "$config"; done
}
url=$(sed -n '/netbox/,/}/s/.*url = "https:\/\/\([^"]*\)".*/\1/p' "$TMPDIR/good.cfg" | head -n 1)

with '/netbox:/,/};/s/^[[:space:]]*ca_file.*//'
check "NetBox with a certificate of nobody known is not reachable" gives 69 sync
check "the text names ca_file, which mends it" err_has ca_file
check "and the server" err_has NetBox
with 's/^[[:space:]]*ca_file.*//' 's/verify_ssl = true/verify_ssl = false/'
check "verify_ssl = false takes any certificate" gives "0" plan
with '/endpoints/,$s/^[[:space:]]*ca_file.*//'
check "an endpoint with a certificate of nobody known is not reachable" gives 69 plan --endpoint lab
check "the text names ca_file here, too" says ca_file
with "s|\"https://$url\"|\"http://$url\"|" '/netbox:/,/};/s/use_https = true/use_https = false/'
check "plain HTTP to a port of HTTPS is not reachable" gives 69 sync
check "the text says what to do" err_has 'use_https\|https://'
with "s|\"https://$url\"|\"http://$url\"|"
check "a URL that contradicts use_https is a configuration error" gives 78 sync
check "which names both" err_has 'use_https'
with '/endpoints/,$s|"https://127|"http://127|' '/endpoints/,$s/use_https = true/use_https = false/'
check "plain HTTP to an endpoint's port of HTTPS" gives 69 plan --endpoint lab
check "has its text, too" says 'use_https\|https://'
with "s|ca_file = \"[^\"]*\"|ca_file = \"$TMPDIR/nothing.pem\"|"
check "a ca_file that is not there is told before any request" gives 78 sync
check "by its name" err_has 'nothing.pem'
cp "$lab/tokens/lab" "$TMPDIR/not.pem"
with "s|ca_file = \"[^\"]*\"|ca_file = \"$TMPDIR/not.pem\"|"
check "a ca_file that is none" gives "69 78" sync
check "is named" err_has 'not.pem\|ca_file'

config=$TMPDIR/good.cfg
mark
check "after all that the good one has nothing to do" gives 0 sync
check "and nothing was written" look no-writes
done_testing
