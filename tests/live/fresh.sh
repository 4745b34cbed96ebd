#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Starts, changes or stops a real NetBox, with the functions of ./dev live:
#   fresh.sh up NAME OWNER-PID SUITE  with an empty database, of the kind that the suite needs; prints its environment
#   fresh.sh down NAME
#   fresh.sh worker-up NAME           starts its job worker: branches need one. Without one NetBox writes twice as fast.
#   fresh.sh worker-down NAME
#   fresh.sh restart NAME [PLUGIN...] the web server again, with only these plugins; with all of them: restart NAME all,
#                                     or in one process: restart NAME one
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/netbox.sh"
[ "$(id -u)" = 0 ] || live_die 'run this as root (it creates a chroot)'
live_lock
action=$1
name=$2
shift 2
case $action in
up)
	live_select "$(live_kind_of "$2")"
	live_ready >&2
	live_instance_up "$name" "$1" >&2
	cat "$LIVE_CACHE/instances/$name/env"
	;;
down)
	live_instance_down "$name"
	live_rest
	;;
worker-up) live_worker_up "$name" ;;
worker-down) live_worker_down "$name" ;;
restart)
	case "$*" in
	all) live_restart "$name" ;;
	one) live_restart "$name" WEB_CONCURRENCY=1 ;;
	*) live_restart "$name" "NB_PLUGINS=$*" ;;
	esac
	;;
*) live_die "fresh.sh cannot $action" ;;
esac
