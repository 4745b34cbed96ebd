#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A real NetBox on an empty database, with the machinery of ./dev live:
#   fresh.sh up NAME OWNER-PID   prints its environment;  fresh.sh down NAME
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/netbox.sh"
[ "$(id -u)" = 0 ] || live_die 'root is needed (a chroot is made)'
live_lock
case $1 in
up)
	live_ready >&2
	live_instance_up "$2" "$3" >&2
	cat "$LIVE_CACHE/instances/$2/env"
	;;
down)
	live_instance_down "$2"
	live_rest
	;;
esac
