#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# needs plugins
# limit 300
# The plugin netbox-custom-objects of a real NetBox answers as recorded, and the simulated one like it; see
# tests/conform/custom.py. UPDATE_CONFORM=1 replaces the recording.
: "${STAGEBOX_LIVE_URL:?}" "${STAGEBOX_LIVE_TOKEN:?}"
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
conform=$STAGEBOX_SRC/tests/conform
recorded=$STAGEBOX_SRC/tests/data/netbox-custom-0.7.1.json

(umask 077 && printf '%s\n' "$STAGEBOX_LIVE_TOKEN" >"$TMPDIR/token")
if ! curl -s -H "Authorization: Bearer $STAGEBOX_LIVE_TOKEN" "$STAGEBOX_LIVE_URL/api/status/" | grep -q netbox_custom_objects; then
	skip "the plugin answers as recorded" "this NetBox has no netbox-custom-objects"
	done_testing
fi
check "every request is answered" python3 "$conform/custom.py" "$STAGEBOX_LIVE_URL" "$TMPDIR/token" "$TMPDIR/real"
if [ -n "${UPDATE_CONFORM:-}" ]; then
	cp "$TMPDIR/real" "$recorded"
	skip "the plugin answers as recorded" "the recording was replaced"
else
	check "the plugin answers as recorded" python3 "$conform/conform.py" equal "$recorded" "$TMPDIR/real"
fi
lab_up --guests 1 --endpoints 1 --plugins custom-objects
url=$(sed -n 's/.*url = "\(.*\)";/\1/p' "$config" | head -n 1)
check "the simulated NetBox answers every request" python3 "$conform/custom.py" "$url" "$lab/tokens/netbox" "$TMPDIR/simulated"
check "like the real one" python3 "$conform/conform.py" equal "$TMPDIR/real" "$TMPDIR/simulated"
done_testing
