# SPDX-License-Identifier: Apache-2.0
# Suites on the real NetBox source this file instead of tests/e2e/lib.sh.
: "${STAGEBOX_LIVE_URL:?}" "${STAGEBOX_LIVE_TOKEN:?}"
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
live_token=$TMPDIR/live.token
patience=300 # a real NetBox is slow

# admin_token: puts the token of the superuser into the configuration
admin_token() { (umask 077 && printf '%s\n' "$STAGEBOX_LIVE_TOKEN" >"$live_token"); }

# live_up OPTION...: starts a lab whose configuration names the real NetBox
live_up() {
	lab_up "$@"
	admin_token
	case $STAGEBOX_LIVE_URL in https:*) https=true ;; *) https=false ;; esac
	set_conf "0,/url = \"[^\"]*\"/s||url = \"$STAGEBOX_LIVE_URL\"|" "0,/file:[^\"]*\"/s||file:$live_token\"|" \
		"0,/use_https = [a-z]*/s//use_https = $https/" 's/settle = "[^"]*"/settle = "10s"/'
}
