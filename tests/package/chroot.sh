#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ./dev package --test: the packages of build/package in a clean Debian, from before the installation to after the purge.
# Root, debootstrap and a mirror are needed; without them it says SKIPPED, and why.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
debs=$top/build/package
suite=${STAGEBOX_PACKAGE_SUITE:-bookworm}
cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/stagebox-package
say() { printf 'package: %s\n' "$*" >&2; }
skip() {
	printf 'package: SKIPPED, for want of %s\n' "$*"
	exit 0
}

[ "$(id -u)" = 0 ] || skip 'root (a chroot is made)'
for tool in debootstrap chroot flock tar; do
	command -v $tool >/dev/null 2>&1 || skip "$tool (./dev deps --package installs it)"
done
unshare --mount --pid --fork true 2>/dev/null || skip 'the right to make a mount namespace'
ls "$debs"/stagebox_*.deb >/dev/null 2>&1 || skip 'packages (./dev package makes them)'

mirror_of_host() {
	apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
		awk -F'|' '$1 == "Debian" && $2 == "Debian" { print $3; exit }'
}

# The base is made once and kept as a file; each test unpacks its own.
mkdir -p "$cache"
exec 9>"$cache/lock"
flock 9
root=$(mktemp -d "$cache/root.XXXXXX")
trap 'rm -rf --one-file-system "$root"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
base=$cache/$suite.tar
if [ ! -s "$base" ]; then
	mirror=$(mirror_of_host)
	[ -n "$mirror" ] || skip "a mirror of Debian (apt's sources name none)"
	say "making a chroot of Debian $suite (once)"
	if ! unshare --mount -- debootstrap --variant=minbase "$suite" "$root" "$mirror" >"$cache/debootstrap.log" 2>&1; then
		tail -n 5 "$cache/debootstrap.log" >&2
		skip "a mirror that gives Debian $suite"
	fi
	tar -C "$root" --one-file-system -cf "$base.new" .
	mv "$base.new" "$base"
else
	tar -C "$root" -xf "$base"
fi
flock -u 9
chmod 755 "$root" # users inside have to enter

for file in /etc/resolv.conf /etc/hosts; do
	if [ -f $file ]; then cat $file >"$root$file"; fi
done
apt-config dump 2>/dev/null | grep -E '^Acquire::(http|https|ftp)::Proxy' >"$root/etc/apt/apt.conf.d/90host" || :
printf 'force-unsafe-io\n' >"$root/etc/dpkg/dpkg.cfg.d/fast" # fsync of each file costs most of the time
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
mkdir "$root/debs" "$root/test"
cp "$debs"/*.deb "$root/debs/"
cp "$top/tests/package/installed.sh" "$root/test/"

say "installing into Debian $suite"
log=$debs/test.log
rc=0
# shellcheck disable=SC2016 # for the shell inside
unshare --mount --pid --fork --kill-child -- sh -c '
	mount -t proc proc "$1/proc" && mount --rbind /dev "$1/dev" || exit 1
	exec chroot "$1" env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 HOME=/root \
		DEBIAN_FRONTEND=noninteractive sh /test/installed.sh' sh "$root" >"$log" 2>&1 || rc=$?
passed=$(grep -c '^ok ' "$log" || :)
failed=$(grep -c '^not ok ' "$log" || :)
planned=$(sed -n 's/^1\.\.\([0-9]*\)$/\1/p' "$log")
if [ "$planned" != $((passed + failed)) ] || { [ $rc -ne 0 ] && [ "$failed" -eq 0 ]; }; then
	say "the test ended early (exit code $rc)"
	tail -n 30 "$log" >&2
	failed=$((failed + 1))
elif [ "$failed" -gt 0 ]; then
	grep -A 40 '^not ok ' "$log" | grep -v '^ok ' >&2
fi
printf 'package: %s passed, %s failed, 0 skipped\n' "$passed" "$failed"
[ "$failed" -eq 0 ]
