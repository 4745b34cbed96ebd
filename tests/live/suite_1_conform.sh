#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# limit 1200
# The real NetBox answers like the simulated one and as in the recording: see tests/conform.
# UPDATE_CONFORM=1 replaces the recording.
: "${STAGEBOX_LIVE_URL:?}" "${STAGEBOX_LIVE_TOKEN:?}"
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
conform=$STAGEBOX_SRC/tests/conform
recorded=$STAGEBOX_SRC/tests/data/netbox-matrix-4.7.3.json
conforms() { python3 "$conform/conform.py" "$@" >"$TMPDIR/shown" || { cat "$TMPDIR/shown"; return 1; }; }
print_summary() { tail -n 1 "$TMPDIR/shown"; }
enough_cases() { [ "$(grep -c '^"' "$TMPDIR/real")" -ge 250 ]; }

lab_up --guests 1 --endpoints 1
url=$(sed -n 's/.*url = "\(.*\)";/\1/p' "$config" | head -n 1)
(umask 077 && printf '%s\n' "$STAGEBOX_LIVE_TOKEN" >"$TMPDIR/token")
check "the real NetBox answers every case" conforms ask "$STAGEBOX_LIVE_URL" "$TMPDIR/token" "$TMPDIR/real"
print_summary
check "there are at least 250 cases" enough_cases
check "the simulated NetBox answers every case" conforms ask "$url" "$lab/tokens/netbox" "$TMPDIR/simulated"
check "answers and effects of both are equal except in documented cases" conforms same "$TMPDIR/real" "$TMPDIR/simulated"
print_summary
if [ -n "${UPDATE_CONFORM:-}" ]; then
	cp "$TMPDIR/real" "$recorded"
	skip "the real NetBox answers as recorded" "the recording was replaced"
else
	check "the real NetBox answers as recorded" conforms equal "$recorded" "$TMPDIR/real"
fi
done_testing
