# SPDX-License-Identifier: Apache-2.0
# Installs a real NetBox in a Debian chroot, once, and starts and stops servers of it: the plain one, and for the suites
# that ask for it the one with plugins, which has its own settings and template database (plugins.sh).
# Sourced by live.sh. Every public function starts with live_; all of them need root.
#
# Content of the cache ($LIVE_CACHE, safe to delete when nothing runs):
#   root/               the chroot: Debian, PostgreSQL, redis, one venv per NetBox version
#   tokens-VERSION      the two tokens in the template databases of this version
#   plugins-VERSION     the plugins in the second template database of this version
#   backend/            pids and ports of PostgreSQL and redis while they run
#   instances/NAME/     one running NetBox: pid, port, database and owner; pid of its job worker, if it has one
#   log/                output of the last steps
#
# Each process has its own mount namespace, so that a killed run leaves no mount behind. A pid is always stored
# with its start time, so that a process with a reused pid is never signalled.

LIVE_SUITE=${STAGEBOX_LIVE_SUITE:-trixie}
export STAGEBOX_LIVE_NETBOX="${STAGEBOX_LIVE_NETBOX:-4.7.3}" # the suites compare it with the version of the server
LIVE_VERSION=$STAGEBOX_LIVE_NETBOX
LIVE_CACHE=${STAGEBOX_LIVE_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/stagebox-live}
LIVE_ROOT=$LIVE_CACHE/root
LIVE_LOG=$LIVE_CACHE/log
LIVE_VENV=/opt/netbox-$LIVE_VERSION
LIVE_PACKAGES='python3 python3-venv python3-dev gcc libpq-dev postgresql redis-server ca-certificates'
LIVE_PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

# live_select KIND: selects which NetBox the functions below set up and start: plain or plugins
live_select() {
	case $1 in
	plain) select_suffix= ;;
	plugins) select_suffix=-plugins ;;
	*) live_die "NetBox is plain or plugins, not \"$1\"" ;;
	esac
	LIVE_KIND=$1
	LIVE_INST=/srv/netbox-$LIVE_VERSION$select_suffix
	LIVE_TEMPLATE=nb_template_$(printf '%s' "$LIVE_VERSION$select_suffix" | tr -c '0-9a-z' _)
}
# live_kind_of SUITE: prints which NetBox a suite needs: plugins with the line "# needs plugins" at its head
live_kind_of() {
	if head -n 5 "$1" | grep -q '^# needs plugins$'; then echo plugins; else echo plain; fi
}

live_say() { printf 'live: %s\n' "$*" >&2; }
live_skip() {
	printf 'live: SKIPPED: %s\n' "$*"
	exit 0
}
live_die() {
	live_say "$1"
	if [ -n "${2:-}" ] && [ -f "$2" ]; then tail -n 25 "$2" >&2; fi
	exit 1
}

# --- processes ---------------------------------------------------------------------------------------

# Prints an identity that no later process can have: pid, start time, boot id.
live_ident() {
	stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
	[ -n "$stat" ] || return 1
	# fields after the command in brackets: state is 1, start time is 20
	rest=${stat##*) }
	state=${rest%% *}
	case $state in Z | X) return 1 ;; esac
	printf '%s %s %s\n' "$1" "$(printf '%s' "$rest" | cut -d' ' -f20)" \
		"$(cat /proc/sys/kernel/random/boot_id 2>/dev/null || echo -)"
}

# live_alive FILE: true if the process whose identity is in FILE still runs
live_alive() {
	[ -s "$1" ] || return 1
	read -r alive_pid alive_rest <"$1" || return 1
	[ "$(live_ident "$alive_pid")" = "$alive_pid $alive_rest" ]
}

# live_end FILE SIGNAL SECONDS: sends the signal, after SECONDS also KILL; deletes the file.
live_end() {
	if live_alive "$1"; then
		read -r end_pid end_rest <"$1"
		kill -s "$2" "$end_pid" 2>/dev/null || :
		end_left=$(($3 * 10))
		while live_alive "$1" && [ "$end_left" -gt 0 ]; do
			sleep 0.1
			end_left=$((end_left - 1))
		done
		if live_alive "$1"; then kill -s KILL "$end_pid" 2>/dev/null || :; fi
	fi
	rm -f "$1"
}

# live_exec USER CMD [ARG...]: replaces this (sub)shell with a command inside the chroot
live_exec() {
	exec unshare --mount -- /bin/sh -c '
		root=$1 user=$2; shift 2
		mount -t proc proc "$root/proc" 2>/dev/null || mount --rbind /proc "$root/proc" || exit 125
		mount --rbind /dev "$root/dev" || exit 125
		exec chroot --userspec="$user" "$root" "$@"' sh "$LIVE_ROOT" "$@"
}

# live_in USER CMD [ARG...]: runs a command inside the chroot with a clean environment
live_in() {
	in_user=$1
	shift
	(live_exec "$in_user" env -i PATH=$LIVE_PATH LANG=C.UTF-8 HOME=/tmp DEBIAN_FRONTEND=noninteractive "$@")
}

# live_spawn IDENT-FILE LOG USER CMD [ARG...]: starts a server inside the chroot
live_spawn() {
	spawn_file=$1 spawn_log=$2 spawn_user=$3
	shift 3
	(
		exec 9>&- </dev/null >"$spawn_log" 2>&1
		cd /
		trap '' HUP INT
		live_exec "$spawn_user" setsid env -i PATH=$LIVE_PATH LANG=C.UTF-8 HOME=/tmp "$@"
	) &
	live_ident $! >"$spawn_file" || return 1
}

live_port() {
	python3 -c 'import socket
s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

# The lock of the cache is held while files are created and servers started or stopped, not while tests run. Child
# processes except servers inherit it, so that the next run waits for the orphans of a killed one.
live_lock() {
	mkdir -p "$LIVE_CACHE" "$LIVE_LOG" "$LIVE_CACHE/instances" "$LIVE_CACHE/backend"
	chmod 700 "$LIVE_CACHE"
	# mode 700 is enough for the users inside the chroot, because chroot enters as root
	exec 9>"$LIVE_CACHE/lock"
	if ! flock -n 9; then
		live_say "waiting for another run that uses $LIVE_CACHE"
		flock 9
	fi
}
live_unlock() { exec 9>&-; }

# --- installed once ----------------------------------------------------------------------------------

# Prints the Debian mirror in the apt sources of this host.
live_mirror() {
	apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
		awk -F'|' '$1 == "Debian" && $2 == "Debian" { print $3; exit }'
}

live_fetch() { curl -fsSL --max-time 60 -o /dev/null "$1" 2>>"$LIVE_LOG/mirror.log"; }

live_make_chroot() {
	[ -f "$LIVE_ROOT/.made-$LIVE_SUITE" ] && return 0
	if [ -d "$LIVE_ROOT" ]; then
		live_say 'removing an incomplete chroot'
		live_remove_root
	fi
	mirror=$(live_mirror)
	if [ -z "$mirror" ]; then
		apt-get update -qq >"$LIVE_LOG/mirror.log" 2>&1 || :
		mirror=$(live_mirror)
	fi
	[ -n "$mirror" ] || live_skip 'a Debian mirror in the sources of apt is needed'
	live_fetch "${mirror%/}/dists/$LIVE_SUITE/InRelease" ||
		live_skip "a Debian mirror with $LIVE_SUITE is needed (that of apt does not have it)"
	live_say "creating a chroot of Debian $LIVE_SUITE in $LIVE_ROOT (once)"
	mkdir -p "$LIVE_ROOT"
	unshare --mount -- debootstrap --variant=minbase "$LIVE_SUITE" "$LIVE_ROOT" "$mirror" \
		>"$LIVE_LOG/debootstrap.log" 2>&1 || live_die 'debootstrap failed' "$LIVE_LOG/debootstrap.log"

	live_say 'installing PostgreSQL, redis and Python in the chroot'
	printf '#!/bin/sh\nexit 101\n' >"$LIVE_ROOT/usr/sbin/policy-rc.d"
	chmod 755 "$LIVE_ROOT/usr/sbin/policy-rc.d"
	mkdir -p "$LIVE_ROOT/etc/postgresql-common"
	printf 'create_main_cluster = false\n' >"$LIVE_ROOT/etc/postgresql-common/createcluster.conf"
	apt-config dump 2>/dev/null | grep -E '^Acquire::(http|https|ftp)::Proxy' \
		>"$LIVE_ROOT/etc/apt/apt.conf.d/90host" || :
	live_network
	# documents and translations are not needed; fsync after each unpacked file takes most of the time
	printf 'path-exclude=/usr/share/doc/*\npath-exclude=/usr/share/man/*\npath-exclude=/usr/share/locale/*\n' \
		>"$LIVE_ROOT/etc/dpkg/dpkg.cfg.d/no-docs"
	printf 'force-unsafe-io\n' >"$LIVE_ROOT/etc/dpkg/dpkg.cfg.d/fast"
	# shellcheck disable=SC2086 # a list of package names
	live_in root:root apt-get -q -y --no-install-recommends install $LIVE_PACKAGES \
		>"$LIVE_LOG/apt.log" 2>&1 || live_die 'installing packages in the chroot failed' "$LIVE_LOG/apt.log"
	live_in root:root apt-get clean
	: >"$LIVE_ROOT/.made-$LIVE_SUITE"
}

# Copies to the chroot what it needs to reach package indexes: resolver, hosts, certificates.
live_network() {
	for file in /etc/resolv.conf /etc/hosts; do
		if [ -f $file ]; then cat $file >"$LIVE_ROOT$file"; fi
	done
	bundle=
	for file in "${PIP_CERT:-}" "${SSL_CERT_FILE:-}" "${REQUESTS_CA_BUNDLE:-}" "${CURL_CA_BUNDLE:-}" \
		/etc/ssl/certs/ca-certificates.crt; do
		if [ -n "$file" ] && [ -f "$file" ]; then
			bundle=/etc/host-certificates.pem
			cat "$file" >"$LIVE_ROOT$bundle"
			break
		fi
	done
	for file in /etc/pip.conf "${XDG_CONFIG_HOME:-${HOME:-/root}/.config}/pip/pip.conf" \
		"${PIP_CONFIG_FILE:-/nonexistent}"; do
		if [ -f "$file" ]; then cat "$file" >"$LIVE_ROOT/etc/pip.conf"; fi
	done
}

# Runs pip inside the chroot with the pip settings of the host, without paths, which do not exist in the chroot.
live_pip() {
	(
		for name in $(env | sed -n 's/^\(PIP_[A-Z_]*\|https\{0,1\}_proxy\|HTTPS\{0,1\}_PROXY\|no_proxy\|NO_PROXY\)=.*/\1/p'); do
			eval "value=\$$name"
			case $name=$value in
			PIP_CERT=* | PIP_CONFIG_FILE=* | PIP_CACHE_DIR=* | PIP_*=/*) continue ;;
			esac
			set -- "$name=$value" "$@"
		done
		if [ -n "${bundle:-}" ]; then
			set -- PIP_CERT="$bundle" SSL_CERT_FILE="$bundle" REQUESTS_CA_BUNDLE="$bundle" "$@"
		fi
		live_exec root:root env -i PATH=$LIVE_PATH LANG=C.UTF-8 HOME=/root "$@"
	)
}

# live_lacks_index LOG: true if pip failed because it reached no index that has the packages
live_lacks_index() { grep -qE 'No matching distribution|Could not find a version|onnection|SSLError|HTTP error' "$1"; }

live_make_venv() {
	[ -f "$LIVE_ROOT$LIVE_VENV/.made" ] && return 0
	live_network
	live_say "installing NetBox $LIVE_VERSION (once)"
	rm -rf "${LIVE_ROOT:?}$LIVE_VENV"
	live_in root:root python3 -m venv "$LIVE_VENV" >"$LIVE_LOG/venv.log" 2>&1 ||
		live_die 'creating the virtual environment failed' "$LIVE_LOG/venv.log"
	if ! live_pip "$LIVE_VENV/bin/pip" install --no-cache-dir "netbox==$LIVE_VERSION" >"$LIVE_LOG/pip.log" 2>&1; then
		if live_lacks_index "$LIVE_LOG/pip.log"; then
			rm -rf "${LIVE_ROOT:?}$LIVE_VENV"
			live_skip "a Python index with netbox==$LIVE_VERSION is needed (see $LIVE_LOG/pip.log)"
		fi
		live_die 'installing NetBox failed' "$LIVE_LOG/pip.log"
	fi
	: >"$LIVE_ROOT$LIVE_VENV/.made"
}

live_make_instance() {
	conf=$LIVE_ROOT$LIVE_INST/conf
	mkdir -p "$conf"
	: >"$conf/__init__.py"
	cat >"$conf/configuration.py" <<-'PY'
		import os

		ALLOWED_HOSTS = ["*"]
		DATABASES = {"default": {
		    "ENGINE": "django.db.backends.postgresql", "NAME": os.environ["NB_DB"], "USER": "netbox", "PASSWORD": "",
		    "HOST": "127.0.0.1", "PORT": os.environ["NB_PGPORT"], "CONN_MAX_AGE": 300}}
		_host, _port, _db = "127.0.0.1", int(os.environ["NB_REDIS_PORT"]), int(os.environ["NB_REDIS_DB"])
		REDIS = {"tasks": {"HOST": _host, "PORT": _port, "DATABASE": _db, "SSL": False},
		         "caching": {"HOST": _host, "PORT": _port, "DATABASE": _db + 1, "SSL": False}}
		SECRET_KEY = "a test server on loopback " * 3
		API_TOKEN_PEPPERS = {1: "a test server on loopback " * 3}
		PLUGINS = []
	PY
}

# --- PostgreSQL and redis, shared by all instances of this cache --------------------------------------

live_sql() {
	live_in postgres:postgres PGOPTIONS="-c client_min_messages=warning" psql -X -q -A -t -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$(cat "$LIVE_CACHE/backend/pg.port")" \
		-U postgres -d postgres -c "$1"
}

# live_wait SECONDS IDENT-FILE CMD...: repeats CMD until it succeeds; fails early if the process has ended.
live_wait() {
	wait_left=$(($1 * 5)) wait_file=$2
	shift 2
	until "$@" >/dev/null 2>&1; do
		wait_left=$((wait_left - 1))
		[ "$wait_left" -gt 0 ] || return 1
		live_alive "$wait_file" || return 1
		sleep 0.2
	done
}

live_backend_up() {
	back=$LIVE_CACHE/backend
	if live_alive "$back/pg.pid" && live_alive "$back/redis.pid"; then return 0; fi
	live_backend_down
	pgbin=$(echo "$LIVE_ROOT"/usr/lib/postgresql/*/bin)
	pgbin=${pgbin#"$LIVE_ROOT"}
	if [ ! -f "$LIVE_ROOT/srv/pg/.made" ]; then
		rm -rf "${LIVE_ROOT:?}/srv/pg"
		live_in root:root install -d -o postgres -g postgres -m 700 /srv/pg
		live_in postgres:postgres "$pgbin/initdb" -A trust -E UTF8 --locale=C.UTF-8 --no-sync -D /srv/pg/data \
			>"$LIVE_LOG/initdb.log" 2>&1 || live_die 'initdb failed' "$LIVE_LOG/initdb.log"
		: >"$LIVE_ROOT/srv/pg/.made"
		rm -f "$LIVE_CACHE"/tokens-*
	fi
	rm -f "$LIVE_ROOT/srv/pg/data/postmaster.pid"
	live_port >"$back/pg.port"
	live_spawn "$back/pg.pid" "$LIVE_LOG/postgres.log" postgres:postgres "$pgbin/postgres" -D /srv/pg/data \
		-c listen_addresses=127.0.0.1 -p "$(cat "$back/pg.port")" -c unix_socket_directories= \
		-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c shared_buffers=256MB -c max_connections=200
	live_wait 60 "$back/pg.pid" live_sql 'select 1' || live_die 'PostgreSQL does not start' "$LIVE_LOG/postgres.log"
	live_sql "do \$\$ begin if not exists (select from pg_roles where rolname = 'netbox')
		then create role netbox login superuser; end if; end \$\$"
	live_port >"$back/redis.port"
	live_spawn "$back/redis.pid" "$LIVE_LOG/redis.log" redis:redis redis-server --port "$(cat "$back/redis.port")" \
		--bind 127.0.0.1 --save '' --appendonly no --databases 64 --dir /tmp --daemonize no
	live_wait 30 "$back/redis.pid" live_in redis:redis redis-cli -p "$(cat "$back/redis.port")" ping ||
		live_die 'redis does not start' "$LIVE_LOG/redis.log"
}

live_backend_down() {
	back=$LIVE_CACHE/backend
	live_end "$back/redis.pid" TERM 10
	live_end "$back/pg.pid" INT 30
	rm -f "$back/pg.port" "$back/redis.port"
}

# live_netbox DB REDIS-DB CMD...: a command of the venv with the environment of one instance.
live_netbox() {
	nb_db=$1 nb_redis=$2
	shift 2
	live_in nobody:nogroup NETBOX_ROOT="$LIVE_INST" NB_DB="$nb_db" NB_PGPORT="$(cat "$LIVE_CACHE/backend/pg.port")" \
		NB_REDIS_PORT="$(cat "$LIVE_CACHE/backend/redis.port")" NB_REDIS_DB="$nb_redis" "$@"
}

live_make_template() {
	tokens=$LIVE_CACHE/tokens-$LIVE_VERSION
	if [ -s "$tokens" ] && [ "$(live_sql "select 1 from pg_database where datname = '$LIVE_TEMPLATE'")" = 1 ]; then
		return 0
	fi
	live_say 'migrating the template database (once, some minutes)'
	rm -f "$tokens" "$LIVE_CACHE/plugins-$LIVE_VERSION"
	live_sql "drop database if exists $LIVE_TEMPLATE with (force)"
	live_sql "drop database if exists nb_making with (force)"
	live_sql "create database nb_making owner netbox"
	live_netbox nb_making 0 "$LIVE_VENV/bin/netbox" migrate --no-input >"$LIVE_LOG/migrate.log" 2>&1 ||
		live_die 'the migration failed' "$LIVE_LOG/migrate.log"
	v1=$(od -An -tx1 -N20 /dev/urandom | tr -d ' \n')
	v2=$(live_netbox nb_making 0 "$LIVE_VENV/bin/netbox" shell 2>"$LIVE_LOG/tokens.log" <<-PY | tail -n 1
		from users.models import User, Token
		u = User.objects.create_superuser("admin", "admin@example.net", "admin")
		Token(user=u, version=1, token="$v1", write_enabled=True).save()
		t = Token(user=u, version=2, write_enabled=True); t.save()
		print("nbt_%s.%s" % (t.key, t.token))
	PY
	)
	case $v2 in
	nbt_*.*) ;;
	*) live_die 'creating the tokens failed' "$LIVE_LOG/tokens.log" ;;
	esac
	live_sql "alter database nb_making rename to $LIVE_TEMPLATE"
	(
		umask 077
		printf 'STAGEBOX_LIVE_TOKEN=%s\nSTAGEBOX_LIVE_TOKEN_V1=%s\n' "$v2" "$v1" >"$tokens.new"
	)
	mv "$tokens.new" "$tokens"
}

live_remove_root() {
	# mounts of the live suites are not visible here, but a manual one would be: never delete its content
	if awk -v r="$LIVE_ROOT/" 'index($5, r) == 1 { found = 1 } END { exit !found }' /proc/self/mountinfo; then
		awk -v r="$LIVE_ROOT/" 'index($5, r) == 1 { print $5 }' /proc/self/mountinfo | sort -r |
			while read -r point; do umount -l "$point" || exit 1; done ||
			live_die "cannot delete $LIVE_ROOT: a file system is mounted below it, unmount it"
	fi
	rm -rf "${LIVE_ROOT:?}"
}

# --- instances ---------------------------------------------------------------------------------------

# Removes what an earlier, killed run left behind: its server, its database, its folder.
live_reap() {
	for dir in "$LIVE_CACHE"/instances/*/; do
		[ -d "$dir" ] || continue
		if live_alive "${dir}pid" && { [ -f "${dir}kept" ] || live_alive "${dir}owner"; }; then continue; fi
		live_instance_down "$(basename "$dir")"
	done
}

live_instance_down() {
	dir=$LIVE_CACHE/instances/$1
	[ -d "$dir" ] || return 0
	live_end "$dir/worker" KILL 5
	live_end "$dir/pid" TERM 15
	if [ -s "$dir/db" ] && live_alive "$LIVE_CACHE/backend/pg.pid"; then
		live_sql "drop database if exists $(cat "$dir/db") with (force)" || :
	fi
	rm -rf "$dir"
}

live_answers() {
	code=$(curl -s -o /dev/null -w '%{http_code}' --noproxy '*' --max-time 20 -H "Authorization: Token $2" "$1/api/status/") || return 1
	[ "$code" = 200 ]
}

# live_instance_up NAME OWNER-PID|kept: starts a NetBox with a new database; writes instances/NAME/env.
live_instance_up() {
	dir=$LIVE_CACHE/instances/$1
	mkdir -p "$dir"
	if [ "$2" = kept ]; then : >"$dir/kept"; else live_ident "$2" >"$dir/owner"; fi
	slot=0
	while cat "$LIVE_CACHE"/instances/*/slot 2>/dev/null | grep -qx "$slot"; do slot=$((slot + 1)); done
	[ "$slot" -lt 30 ] || live_die 'too many instances'
	echo "$slot" >"$dir/slot"
	echo "$LIVE_KIND" >"$dir/kind"
	db=nb_$(printf '%s' "$1" | tr -c 'a-z0-9' _)
	echo "$db" >"$dir/db"
	live_sql "drop database if exists $db with (force)"
	live_sql "create database $db template $LIVE_TEMPLATE owner netbox"
	live_in redis:redis redis-cli -p "$(cat "$LIVE_CACHE/backend/redis.port")" -n $((2 + slot * 2)) flushdb >/dev/null
	live_in redis:redis redis-cli -p "$(cat "$LIVE_CACHE/backend/redis.port")" -n $((3 + slot * 2)) flushdb >/dev/null
	. "$LIVE_CACHE/tokens-$LIVE_VERSION"
	tries=3
	while :; do
		port=$(live_port)
		if live_serve "$1" "$port"; then break; fi
		tries=$((tries - 1))
		[ "$tries" -gt 0 ] || live_die 'NetBox does not start' "$LIVE_LOG/gunicorn-$1.log"
	done
	version=$(curl -s --noproxy '*' -H "Authorization: Token $STAGEBOX_LIVE_TOKEN_V1" "http://127.0.0.1:$port/api/status/" |
		sed -n 's/.*"netbox-version": *"\([^"]*\)".*/\1/p')
	(
		umask 077
		cat >"$dir/env" <<-ENV
			STAGEBOX_LIVE_INSTANCE=$1
			STAGEBOX_LIVE_URL=http://127.0.0.1:$port
			STAGEBOX_LIVE_TOKEN=$STAGEBOX_LIVE_TOKEN
			STAGEBOX_LIVE_TOKEN_V1=$STAGEBOX_LIVE_TOKEN_V1
			STAGEBOX_LIVE_VERSION=${version:-unknown}
		ENV
	)
}

# live_start NAME IDENT-FILE LOG [SETTING=VALUE...] CMD [ARG...]: starts a server in the environment of an instance
live_start() {
	start_dir=$LIVE_CACHE/instances/$1 start_file=$2 start_log=$3
	shift 3
	live_spawn "$start_file" "$start_log" nobody:nogroup NETBOX_ROOT="$LIVE_INST" NB_DB="$(cat "$start_dir/db")" \
		NB_PGPORT="$(cat "$LIVE_CACHE/backend/pg.port")" NB_REDIS_PORT="$(cat "$LIVE_CACHE/backend/redis.port")" \
		NB_REDIS_DB=$((2 + $(cat "$start_dir/slot") * 2)) "$@"
}

# live_serve NAME PORT [SETTING=VALUE...]: starts the web server of an instance and waits until it answers
live_serve() {
	serve_name=$1 serve_port=$2
	shift 2
	serve_pid=$LIVE_CACHE/instances/$serve_name/pid
	live_start "$serve_name" "$serve_pid" "$LIVE_LOG/gunicorn-$serve_name.log" WEB_CONCURRENCY=2 "$@" "$LIVE_VENV/bin/gunicorn" \
		-b "127.0.0.1:$serve_port" --threads 3 --timeout 120 --chdir "$LIVE_INST" netbox.wsgi
	if live_wait 120 "$serve_pid" live_answers "http://127.0.0.1:$serve_port" "$STAGEBOX_LIVE_TOKEN_V1"; then return 0; fi
	live_end "$serve_pid" TERM 5
	return 1
}

# Creates everything that an instance needs, if it is missing, and removes what killed runs left behind.
live_ready() {
	live_reap
	live_make_chroot
	live_make_venv
	ready_kind=$LIVE_KIND
	live_select plain
	live_make_instance
	live_backend_up
	live_make_template
	if [ "$ready_kind" = plugins ]; then live_plugins_ready; fi
}

# Stops PostgreSQL and redis if no instance uses them.
live_rest() {
	for dir in "$LIVE_CACHE"/instances/*/; do
		[ -d "$dir" ] && return 0
	done
	live_backend_down
}

live_select plain
. "$here/plugins.sh"
