#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# limit 600
# Nodes with all that their network is, on the real NetBox, which has rules of its own for cables, parents and LAGs.
: "${STAGEBOX_LIVE_URL:?}" "${STAGEBOX_LIVE_TOKEN:?}"
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
. "$e2e/lib_nodes.sh"
lab_up --guests 6 --endpoints 1
(umask 077 && printf '%s\n' "$STAGEBOX_LIVE_TOKEN" >"$TMPDIR/live.token")
case $STAGEBOX_LIVE_URL in https:*) https=true ;; *) https=false ;; esac
set_conf "0,/url = \"[^\"]*\"/s||url = \"$STAGEBOX_LIVE_URL\"|" "0,/file:[^\"]*\"/s||file:$TMPDIR/live.token\"|" \
	"0,/use_https = [a-z]*/s//use_https = $https/" 's/settle = "[^"]*"/settle = "10s"/'
nodes_suite
done_testing
