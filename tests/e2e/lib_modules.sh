# SPDX-License-Identifier: Apache-2.0
# Shared by the suites about modules that need no server; they source it after lib.sh.

config=$TMPDIR/stagebox.cfg
export E2E_TOKEN='a@b!c=00000000-0000-0000-0000-000000000000'
# configure_with TEXT MODULE...: writes a configuration with these modules, this text and no server
configure_with() {
	text=$1 list=
	shift
	for each in "$@"; do list="$list${list:+, }\"$each\""; done
	cat >"$config" <<-CFG
		netbox: { url = "http://127.0.0.1:9"; token = "env:E2E_TOKEN"; use_https = false; verify_ssl = false; };
		endpoints: ( { slug = "lab"; urls = [ "http://127.0.0.1:9" ]; token = "env:E2E_TOKEN"; use_https = false; verify_ssl = false; } );
		modules = [ $list ];
		store: { kind = "sqlite"; path = "$TMPDIR/stagebox.db"; };
		$text
	CFG
}
