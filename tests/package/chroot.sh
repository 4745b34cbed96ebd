#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ./dev package --test [--readme]: builds the packages in a clean Debian 12 and 13 and tests them there, from installation to
# purge; with --readme it also runs the quick start of the README in both.
# Needs root, debootstrap and a mirror; without them it prints SKIPPED and the reason.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
logs=$top/build/package
suites=${STAGEBOX_PACKAGE_SUITES:-bookworm trixie}
cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/stagebox-package
say() { printf 'package: %s\n' "$*" >&2; }
skip() {
	printf 'package: SKIPPED: %s\n' "$*"
	exit 0
}

[ "$(id -u)" = 0 ] || skip 'root is needed (to create a chroot)'
for tool in debootstrap chroot flock tar git; do
	command -v $tool >/dev/null 2>&1 || skip "$tool is needed (./dev deps --package installs it)"
done
unshare --mount --pid --fork true 2>/dev/null || skip 'permission to create a mount namespace is needed'
mirror=$(apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
	awk -F'|' '$1 == "Debian" && $2 == "Debian" { print $3; exit }')

mkdir -p "$cache" "$logs"
rooms=
clean() { for each in $rooms; do rm -rf --one-file-system "$each"; done; }
trap clean EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
passed=0 failed=0 skipped=0

# new_room SUITE: unpacks a clean base system to $room; the base is created once and kept as an archive
new_room() {
	room=$(mktemp -d "$cache/root.XXXXXX")
	rooms="$rooms $room"
	base=$cache/$1.tar
	exec 9>"$cache/lock"
	flock 9
	if [ ! -s "$base" ]; then
		[ -n "$mirror" ] || return 1
		say "creating a chroot of Debian $1 (once)"
		if ! unshare --mount -- debootstrap --variant=minbase "$1" "$room" "$mirror" >"$cache/debootstrap.log" 2>&1; then
			tail -n 5 "$cache/debootstrap.log" >&2
			return 1
		fi
		tar -C "$room" --one-file-system -cf "$base.new" .
		mv "$base.new" "$base"
	else
		tar -C "$room" -xf "$base"
	fi
	flock -u 9
	chmod 755 "$room" # so that users inside can enter it
	for file in /etc/resolv.conf /etc/hosts; do
		if [ -f $file ]; then cat $file >"$room$file"; fi
	done
	apt-config dump 2>/dev/null | grep -E '^Acquire::(http|https|ftp)::Proxy' >"$room/etc/apt/apt.conf.d/90host" || :
	printf 'force-unsafe-io\n' >"$room/etc/dpkg/dpkg.cfg.d/fast" # fsync after each file takes most of the time
	printf '#!/bin/sh\nexit 101\n' >"$room/usr/sbin/policy-rc.d"
	chmod 755 "$room/usr/sbin/policy-rc.d"
}

# in_room LOG COMMAND: a shell command in $room
in_room() {
	# shellcheck disable=SC2016 # expanded by the inner shell
	unshare --mount --pid --fork --kill-child -- sh -c '
		mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" || exit 1
		exec chroot "$1" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME=/root \
			DEBIAN_FRONTEND=noninteractive sh -c "$2"' sh "$room" "$2" >"$1" 2>&1 </dev/null
}

# expect SENTENCE LOG COMMAND: one test; prints the end of the log if it fails
expect() {
	if in_room "$2" "$3"; then
		passed=$((passed + 1))
		return 0
	fi
	failed=$((failed + 1))
	say "failed: $1"
	tail -n 30 "$2" >&2
	return 1
}

# build_in SUITE: builds the packages of this tree in $room
build_in() {
	mkdir "$room/src"
	(cd "$top" && git ls-files -z -co --exclude-standard | tar --null --files-from=- --ignore-failed-read -cf - 2>/dev/null) |
		tar -xf - -C "$room/src"
	say "building in Debian $1"
	expect "the packages build in a clean Debian $1, and lintian finds nothing" "$logs/build-$1.log" 'cd /src && ./dev package' || :
	ls "$room"/src/build/package/stagebox_*.deb >/dev/null 2>&1
}

# quick_start SUITE: the commands of the README, as a newcomer runs them
quick_start() {
	say "running the quick start of the README in Debian $1"
	expect "./dev demo succeeds in Debian $1" "$logs/demo-$1.log" 'cd /src && ./dev demo' || :
	expect "./dev test succeeds in Debian $1" "$logs/readme-$1.log" 'cd /src && ./dev test' || :
}

# install_in SUITE FOLDER: tests the packages of the folder in a clean system
install_in() {
	new_room "$1" || return 1
	mkdir "$room/debs" "$room/test"
	cp "$2"/*.deb "$room/debs/"
	cp "$top/tests/package/installed.sh" "$room/test/"
	say "installing into Debian $1"
	log=$logs/test-$1.log rc=0
	in_room "$log" 'sh /test/installed.sh' || rc=$?
	good=$(grep -c '^ok ' "$log" || :)
	bad=$(grep -c '^not ok ' "$log" || :)
	planned=$(sed -n 's/^1\.\.\([0-9]*\)$/\1/p' "$log")
	if [ "$planned" != $((good + bad)) ] || { [ $rc -ne 0 ] && [ "$bad" -eq 0 ]; }; then
		say "the test in Debian $1 ended early (exit code $rc)"
		tail -n 30 "$log" >&2
		bad=$((bad + 1))
	elif [ "$bad" -gt 0 ]; then
		grep -A 40 '^not ok ' "$log" | grep -v '^ok ' >&2
	fi
	passed=$((passed + good)) failed=$((failed + bad))
}

for suite in $suites; do
	if ! new_room "$suite"; then
		printf 'package: SKIPPED: Debian %s: a mirror with it is needed, in the sources of apt\n' "$suite"
		skipped=$((skipped + 1))
		continue
	fi
	builder=$room
	if build_in "$suite"; then
		if [ "${1:-}" = --readme ]; then quick_start "$suite"; fi
		install_in "$suite" "$builder/src/build/package"
	fi
	clean
	rooms=
done
printf 'package: %s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ]
