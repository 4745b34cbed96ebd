#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ./dev package --test: tests the packages of build/package in a clean Debian, from installation to purge.
# Needs root, debootstrap and a mirror; without them it prints SKIPPED and the reason.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
debs=$top/build/package
suite=${STAGEBOX_PACKAGE_SUITE:-bookworm}
cache=${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/stagebox-package
say() { printf 'package: %s\n' "$*" >&2; }
skip() {
	printf 'package: SKIPPED: %s\n' "$*"
	exit 0
}

[ "$(id -u)" = 0 ] || skip 'root is needed (to create a chroot)'
for tool in debootstrap chroot flock tar; do
	command -v $tool >/dev/null 2>&1 || skip "$tool is needed (./dev deps --package installs it)"
done
unshare --mount --pid --fork true 2>/dev/null || skip 'permission to create a mount namespace is needed'
ls "$debs"/stagebox_*.deb >/dev/null 2>&1 || skip 'packages are needed (./dev package builds them)'

mirror_of_host() {
	apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' 2>/dev/null |
		awk -F'|' '$1 == "Debian" && $2 == "Debian" { print $3; exit }'
}

# The base system is created once and kept as an archive; each test unpacks it.
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
	[ -n "$mirror" ] || skip 'a Debian mirror in the sources of apt is needed'
	say "creating a chroot of Debian $suite (once)"
	if ! unshare --mount -- debootstrap --variant=minbase "$suite" "$root" "$mirror" >"$cache/debootstrap.log" 2>&1; then
		tail -n 5 "$cache/debootstrap.log" >&2
		skip "a mirror with Debian $suite is needed"
	fi
	tar -C "$root" --one-file-system -cf "$base.new" .
	mv "$base.new" "$base"
else
	tar -C "$root" -xf "$base"
fi
flock -u 9
chmod 755 "$root" # so that users inside can enter it

for file in /etc/resolv.conf /etc/hosts; do
	if [ -f $file ]; then cat $file >"$root$file"; fi
done
apt-config dump 2>/dev/null | grep -E '^Acquire::(http|https|ftp)::Proxy' >"$root/etc/apt/apt.conf.d/90host" || :
printf 'force-unsafe-io\n' >"$root/etc/dpkg/dpkg.cfg.d/fast" # fsync after each file takes most of the time
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod 755 "$root/usr/sbin/policy-rc.d"
mkdir "$root/debs" "$root/test"
cp "$debs"/*.deb "$root/debs/"
cp "$top/tests/package/installed.sh" "$root/test/"

say "installing into Debian $suite"
log=$debs/test.log
rc=0
# shellcheck disable=SC2016 # expanded by the inner shell
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
