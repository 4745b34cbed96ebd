#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs a suite with a real NetBox on a new database: with_netbox.sh sh SUITE
# Each suite has its own database, so that suites do not affect each other.
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

environment=$(sh "$here/fresh.sh" up $name $$ "$2")
for each in $environment; do export "${each?}"; done
"$@" &
child=$!
rc=0
wait $child || rc=$?
child=
exit $rc
