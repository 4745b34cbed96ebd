#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Run the live suites against a real NetBox: ./dev live [--keep | --stop | SUITE...]
set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
. "$here/netbox.sh"

mode=run
case ${1:-} in
--keep) mode=keep ;;
--stop) mode=stop ;;
-*)
	echo 'usage: ./dev live [--keep | --stop | SUITE...]' >&2
	exit 64
	;;
esac

[ "$(id -u)" = 0 ] || live_skip 'root (a chroot is made)'
for tool in debootstrap chroot curl python3 flock; do
	command -v $tool >/dev/null 2>&1 || live_skip "$tool (./dev deps --live installs it)"
done
unshare --mount true 2>/dev/null || live_skip 'the right to make a mount namespace'

if [ $mode = stop ]; then
	live_lock
	live_instance_down keep
	live_reap
	live_rest
	exit 0
fi

name=keep owner=kept
if [ $mode = run ]; then
	name=run_$$ owner=$$
	finish() {
		trap - EXIT INT TERM HUP
		live_lock
		live_instance_down "$name"
		live_rest
		live_unlock
	}
	trap finish EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
fi

begun=$(date +%s)
live_lock
live_reap
live_make_chroot
live_make_venv
live_make_instance
live_backend_up
live_make_template
if [ $mode = run ] || [ ! -d "$LIVE_CACHE/instances/keep" ]; then
	live_instance_up $name $owner
fi
live_unlock
env_file=$LIVE_CACHE/instances/$name/env
. "$env_file"

if [ $mode = keep ]; then
	cat "$env_file"
	exit 0
fi
export STAGEBOX_LIVE_URL STAGEBOX_LIVE_TOKEN STAGEBOX_LIVE_TOKEN_V1 STAGEBOX_LIVE_VERSION
printf 'live: NetBox %s answers after %s s\n' "$STAGEBOX_LIVE_VERSION" $(($(date +%s) - begun))

if [ $# -eq 0 ]; then
	set -- "$here"/suite_*.sh
	[ -e "$1" ] || live_die 'no suite: tests/live/suite_*.sh'
fi
rc=0
python3 "$top/tests/run.py" --label live --jobs 1 --build "$top/build" "$@" || rc=$?
exit $rc
