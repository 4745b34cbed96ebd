# SPDX-License-Identifier: Apache-2.0
# The NetBox with plugins: the packages in the virtual environment of the plain one, which does not name them in its
# settings, own settings, and a template database that is the plain one after the migrations of the plugins.
# Sourced by netbox.sh.

LIVE_PLUGINS='netboxlabs-netbox-custom-objects==0.7.1 netboxlabs-netbox-branching==1.2.2'

live_install_plugins() {
	made=$LIVE_ROOT$LIVE_VENV/.made-plugins
	[ "$(cat "$made" 2>/dev/null)" != "$LIVE_PLUGINS" ] || return 0
	live_network
	live_say "installing plugins of NetBox: $LIVE_PLUGINS (once)"
	# shellcheck disable=SC2086 # a list of packages
	if ! live_pip "$LIVE_VENV/bin/pip" install --no-cache-dir "netbox==$LIVE_VERSION" $LIVE_PLUGINS \
		>"$LIVE_LOG/pip-plugins.log" 2>&1; then
		if live_lacks_index "$LIVE_LOG/pip-plugins.log"; then
			live_skip "a Python index with $LIVE_PLUGINS is needed (see $LIVE_LOG/pip-plugins.log)"
		fi
		live_die 'installing the plugins failed' "$LIVE_LOG/pip-plugins.log"
	fi
	printf '%s\n' "$LIVE_PLUGINS" >"$made"
}

# NB_PLUGINS names the plugins that run; netbox_branching must be the last one.
live_add_plugins() {
	cat >>"$LIVE_ROOT$LIVE_INST/conf/configuration.py" <<-'PY'
		PLUGINS = os.environ.get("NB_PLUGINS", "netbox_custom_objects netbox_branching").split()
		if "netbox_branching" in PLUGINS:
		    from netbox_branching.utilities import DynamicSchemaDict
		    DATABASES = DynamicSchemaDict(DATABASES)
		    DATABASE_ROUTERS = ["netbox_branching.database.BranchAwareRouter"]
	PY
}

live_migrate_plugins() {
	migrated=$LIVE_CACHE/plugins-$LIVE_VERSION
	if [ "$(cat "$migrated" 2>/dev/null)" = "$LIVE_PLUGINS" ] &&
		[ "$(live_sql "select 1 from pg_database where datname = '$LIVE_TEMPLATE'")" = 1 ]; then
		return 0
	fi
	live_say 'migrating the template database of the plugins (once, a minute)'
	rm -f "$migrated"
	live_sql "drop database if exists $LIVE_TEMPLATE with (force)"
	live_sql "drop database if exists nb_making with (force)"
	live_sql "create database nb_making template $1 owner netbox"
	live_netbox nb_making 0 "$LIVE_VENV/bin/netbox" migrate --no-input >"$LIVE_LOG/migrate-plugins.log" 2>&1 ||
		live_die 'the migration of the plugins failed' "$LIVE_LOG/migrate-plugins.log"
	live_sql "alter database nb_making rename to $LIVE_TEMPLATE"
	printf '%s\n' "$LIVE_PLUGINS" >"$migrated"
}

# Creates what the NetBox with plugins needs beside the plain one, which is selected and ready; selects it.
live_plugins_ready() {
	plain_template=$LIVE_TEMPLATE
	live_install_plugins
	live_select plugins
	live_make_instance
	live_add_plugins
	live_migrate_plugins "$plain_template"
}

# --- what a suite may do with its instance ----------------------------------------------------------

# live_enter NAME: selects the NetBox of a running instance and reads its environment
live_enter() {
	[ -s "$LIVE_CACHE/instances/$1/env" ] || live_die "instance $1 does not run"
	live_select "$(cat "$LIVE_CACHE/instances/$1/kind")"
	. "$LIVE_CACHE/instances/$1/env"
}

# live_restart NAME [SETTING=VALUE...]: starts the web server of an instance again, on its port, with other settings
live_restart() {
	live_enter "$1"
	shift
	live_end "$LIVE_CACHE/instances/$STAGEBOX_LIVE_INSTANCE/pid" TERM 15
	live_serve "$STAGEBOX_LIVE_INSTANCE" "${STAGEBOX_LIVE_URL##*:}" "$@" ||
		live_die 'NetBox does not start again' "$LIVE_LOG/gunicorn-$STAGEBOX_LIVE_INSTANCE.log"
}

# live_worker_up NAME: starts a job worker for an instance and waits until NetBox counts it
live_worker_up() {
	live_enter "$1"
	worker=$LIVE_CACHE/instances/$1/worker
	if live_alive "$worker"; then return 0; fi # of an earlier lab of the suite
	live_start "$1" "$worker" "$LIVE_LOG/worker-$1.log" "$LIVE_VENV/bin/netbox" rqworker
	live_wait 120 "$worker" live_has_worker || live_die 'the job worker does not start' "$LIVE_LOG/worker-$1.log"
}
live_has_worker() {
	curl -s --noproxy '*' --max-time 20 -H "Authorization: Token $STAGEBOX_LIVE_TOKEN_V1" "$STAGEBOX_LIVE_URL/api/status/" |
		grep -q '"rq-workers-running": *[1-9]'
}
live_worker_down() { live_end "$LIVE_CACHE/instances/$1/worker" TERM 60; }
