#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# limit 600
# The server itself, which all other live suites rely on: version, tokens, an empty database. Runs first.
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
call_api() { curl -s --noproxy '*' --max-time 60 "$@"; }
http_status() { call_api -o /dev/null -w '%{http_code}' "$@"; }

check 'the server has the selected version of NetBox' "$STAGEBOX_LIVE_NETBOX" "$STAGEBOX_LIVE_VERSION"
check 'a request without a token is refused' 403 "$(http_status "$STAGEBOX_LIVE_URL/api/dcim/sites/")"
check 'a v1 token reads' 200 \
	"$(http_status -H "Authorization: Token $STAGEBOX_LIVE_TOKEN_V1" "$STAGEBOX_LIVE_URL/api/dcim/sites/")"
check 'a v2 token reads' 200 \
	"$(http_status -H "Authorization: Bearer $STAGEBOX_LIVE_TOKEN" "$STAGEBOX_LIVE_URL/api/dcim/sites/")"
check 'the database is empty' 0 \
	"$(call_api -H "Authorization: Bearer $STAGEBOX_LIVE_TOKEN" "$STAGEBOX_LIVE_URL/api/dcim/sites/?limit=1" | jq .count)"
check 'a v2 token writes' 201 "$(http_status -X POST -H "Authorization: Bearer $STAGEBOX_LIVE_TOKEN" \
	-H 'Content-Type: application/json' -d '{"name":"probe","slug":"stagebox-probe"}' "$STAGEBOX_LIVE_URL/api/extras/tags/")"
id=$(call_api -H "Authorization: Bearer $STAGEBOX_LIVE_TOKEN" "$STAGEBOX_LIVE_URL/api/extras/tags/?slug=stagebox-probe" |
	jq '.results[0].id')
check 'a v2 token deletes' 204 "$(http_status -X DELETE -H "Authorization: Bearer $STAGEBOX_LIVE_TOKEN" \
	"$STAGEBOX_LIVE_URL/api/extras/tags/$id/")"
echo "1..$n"
exit $bad
