#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Starts or stops a real NetBox with an empty database, with the functions of ./dev live:
#   fresh.sh up NAME OWNER-PID   prints its environment;  fresh.sh down NAME
set -eu
here=$(cd "$(dirname "$0")" && pwd)
. "$here/netbox.sh"
[ "$(id -u)" = 0 ] || live_die 'run this as root (it creates a chroot)'
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
