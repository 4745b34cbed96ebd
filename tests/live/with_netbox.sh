#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Run a command beside a real NetBox on an empty database of its own: with_netbox.sh CMD [ARG...]
# What one suite leaves there is no other's beginning.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
name=suite_$$
child=
finish() {
	trap - EXIT INT TERM HUP
	sh "$here/fresh.sh" down $name
}
stop() {
	trap '' INT TERM HUP
	if [ -n "$child" ]; then
		kill "$child" 2>/dev/null || :
		wait "$child" || :
	fi
	exit "$1"
}
trap finish EXIT
trap 'stop 129' HUP
trap 'stop 130' INT
trap 'stop 143' TERM

environment=$(sh "$here/fresh.sh" up $name $$)
for each in $environment; do export "${each?}"; done
"$@" &
child=$!
rc=0
wait $child || rc=$?
child=
exit $rc
