#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# limit 600
# The server itself: what every other live suite takes for granted; the first, on a fresh database.
n=0
check() {
	n=$((n + 1))
	if [ "$2" = "$3" ]; then
		echo "ok $n - $1"
	else
		echo "not ok $n - $1"
		echo "# expected '$2', got '$3'"
		bad=1
	fi
}
bad=0
api() { curl -s --noproxy '*' --max-time 60 "$@"; }
status() { api -o /dev/null -w '%{http_code}' "$@"; }

check 'the server is the NetBox that was asked for' "$STAGEBOX_LIVE_NETBOX" "$STAGEBOX_LIVE_VERSION"
check 'no token: refused' 403 "$(status "$STAGEBOX_LIVE_URL/api/dcim/sites/")"
check 'a v1 token reads' 200 \
	"$(status -H "Authorization: Token $STAGEBOX_LIVE_TOKEN_V1" "$STAGEBOX_LIVE_URL/api/dcim/sites/")"
check 'a v2 token reads' 200 \
	"$(status -H "Authorization: Bearer $STAGEBOX_LIVE_TOKEN" "$STAGEBOX_LIVE_URL/api/dcim/sites/")"
check 'the database is fresh' 0 \
	"$(api -H "Authorization: Bearer $STAGEBOX_LIVE_TOKEN" "$STAGEBOX_LIVE_URL/api/dcim/sites/?limit=1" | jq .count)"
check 'a v2 token writes' 201 "$(status -X POST -H "Authorization: Bearer $STAGEBOX_LIVE_TOKEN" \
	-H 'Content-Type: application/json' -d '{"name":"probe","slug":"stagebox-probe"}' "$STAGEBOX_LIVE_URL/api/extras/tags/")"
id=$(api -H "Authorization: Bearer $STAGEBOX_LIVE_TOKEN" "$STAGEBOX_LIVE_URL/api/extras/tags/?slug=stagebox-probe" |
	jq '.results[0].id')
check 'and deletes again' 204 "$(status -X DELETE -H "Authorization: Bearer $STAGEBOX_LIVE_TOKEN" \
	"$STAGEBOX_LIVE_URL/api/extras/tags/$id/")"
echo "1..$n"
exit $bad
