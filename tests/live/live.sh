#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs the live suites against a real NetBox: ./dev live [--keep [plugins] | --stop | --full] [SUITE...]
set -eu

here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
. "$here/netbox.sh"

mode=run
case ${1:-} in
--keep) mode=keep ;;
--stop) mode=stop ;;
--full)
	export STAGEBOX_TEST_FULL=1
	shift
	;;
-*)
	echo 'usage: ./dev live [--keep [plugins] | --stop | --full] [SUITE...]' >&2
	exit 64
	;;
esac

[ "$(id -u)" = 0 ] || live_skip 'root is needed (to create a chroot)'
for tool in debootstrap chroot curl python3 flock; do
	command -v $tool >/dev/null 2>&1 || live_skip "$tool is needed (./dev deps --live installs it)"
done
unshare --mount true 2>/dev/null || live_skip 'permission to create a mount namespace is needed'

if [ $mode = stop ]; then
	live_lock
	live_instance_down keep
	live_instance_down keep_plugins
	live_reap
	live_rest
	exit 0
fi

if [ $mode = keep ]; then
	live_select "${2:-plain}"
	kept=keep${2:+_$2}
	live_lock
	live_ready
	if [ ! -d "$LIVE_CACHE/instances/$kept" ]; then live_instance_up "$kept" kept; fi
	live_unlock
	cat "$LIVE_CACHE/instances/$kept/env"
	exit 0
fi

# find_suite NAME: prints its file; nodes, suite_nodes and tests/live/suite_nodes.sh name the same suite; 75_matching
# is one of tests/e2e
find_suite() {
	name=$(basename "$1" .sh)
	for file in "$1" "$here/suite_${name#suite_}.sh" "$top/tests/e2e/$name.sh"; do
		if [ -f "$file" ]; then
			printf '%s\n' "$file"
			return 0
		fi
	done
	live_die "suite $1 does not exist; tests/live has$(cd "$here" && printf ' %s' suite_*.sh)"
}
# all_suites: prints those with "# only full" at their head only with --full
all_suites() {
	for file in "$here"/suite_*.sh; do
		if [ -z "${STAGEBOX_TEST_FULL:-}" ] && head -n 5 "$file" | grep -q '^# only full$'; then continue; fi
		basename "$file"
	done
}
# set_up KIND SUITES: sets up this NetBox for the suites and adds them to $suites; only says why if something is missing
set_up() {
	[ -n "$2" ] || return 0
	missing=$(live_select "$1"; live_ready) # live_skip ends this shell only
	if [ -n "$missing" ]; then printf '%s\n' "$missing"; else suites=$suites$2; fi
}
suites= plain= plugins=
# shellcheck disable=SC2046 # names without spaces
if [ $# -eq 0 ]; then set -- $(all_suites); fi
for each; do
	file=$(find_suite "$each")
	case $(live_kind_of "$file") in
	plain) plain="$plain$file
" ;;
	plugins) plugins="$plugins$file
" ;;
	esac
done
live_lock
set_up plain "$plain"
set_up plugins "$plugins"
live_rest
live_unlock
[ -n "$suites" ] || exit 0
printf 'live: NetBox %s, with a new database for each suite\n' "$LIVE_VERSION"
IFS='
'
# One pair: there is one real NetBox, and --full means all cases, not all versions of the lab.
# shellcheck disable=SC2086 # one suite per line
exec python3 "$top/tests/run.py" --label live --jobs 2 --patience 4 --pair 9/4.7 --build "$top/build" \
	--around "$here/with_netbox.sh" $suites
