#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# limit 1200
# The real NetBox beside the simulated one, and beside what it answered when it was recorded: see tests/conform.
# UPDATE_CONFORM=1 records anew.
: "${STAGEBOX_LIVE_URL:?}" "${STAGEBOX_LIVE_TOKEN:?}"
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
conform=$STAGEBOX_SRC/tests/conform
recorded=$STAGEBOX_SRC/tests/data/netbox-matrix-4.7.3.json
shows() { python3 "$conform/conform.py" "$@" >"$TMPDIR/shown" || { cat "$TMPDIR/shown"; return 1; }; }
told() { tail -n 1 "$TMPDIR/shown"; }
enough() { [ "$(grep -c '^"' "$TMPDIR/real")" -ge 250 ]; }

lab_up --guests 1 --endpoints 1
url=$(sed -n 's/.*url = "\(.*\)";/\1/p' "$config" | head -n 1)
(umask 077 && printf '%s\n' "$STAGEBOX_LIVE_TOKEN" >"$TMPDIR/token")
check "the real NetBox is asked every case" shows ask "$STAGEBOX_LIVE_URL" "$TMPDIR/token" "$TMPDIR/real"
told
check "which are more than 250" enough
check "the simulated one, too" shows ask "$url" "$lab/tokens/netbox" "$TMPDIR/simulated"
check "both answer alike and do the same, but for what is documented" shows same "$TMPDIR/real" "$TMPDIR/simulated"
told
if [ -n "${UPDATE_CONFORM:-}" ]; then
	cp "$TMPDIR/real" "$recorded"
	skip "the real one answers as recorded" "it was recorded anew"
else
	check "the real one answers as recorded" shows equal "$recorded" "$TMPDIR/real"
fi
done_testing
