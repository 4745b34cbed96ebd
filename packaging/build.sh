#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# ./dev package [--again]: builds Debian packages of this work tree in build/package and checks them with lintian.
# Builds a copy of the tree, as a Debian packager would, so that the work tree does not change.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
out=$top/build/package
most_exposed=2.0 # highest accepted exposure of the unit, as systemd-analyze rates it
say() { printf 'package: %s\n' "$*" >&2; }

# run_quietly LOG CMD...: prints the end of the log if the command fails
run_quietly() {
	log=$1
	shift
	if ! "$@" >"$log" 2>&1; then
		tail -n 40 "$log" >&2
		say "failed: $*"
		exit 1
	fi
}

version=$(sed -n 's/^project(stagebox VERSION \([0-9.]*\).*/\1/p' "$top/CMakeLists.txt")
full=$(sed -n '1s/^stagebox (\([^)]*\)).*/\1/p' "$top/packaging/debian/changelog")
if [ "${full%-*}" != "$version" ]; then
	say "packaging/debian/changelog has version ${full%-*}, CMakeLists.txt $version: make them equal"
	exit 1
fi
SOURCE_DATE_EPOCH=$(date -d "$(sed -n 's/^ -- .*>  //p' "$top/packaging/debian/changelog" | head -n 1)" +%s)
export SOURCE_DATE_EPOCH

# copy_sources FOLDER: writes the sources to FOLDER, as a packager gets them
copy_sources() {
	rm -rf "$1"
	mkdir -p "$1/stagebox-$version"
	(
		cd "$top"
		if git rev-parse --git-dir >/dev/null 2>&1; then
			git ls-files -z -co --exclude-standard
		else
			find . -path ./build -prune -o -path './build-*' -prune -o -type f -print0
		fi | tar --null --files-from=- --ignore-failed-read -cf - 2>/dev/null
	) | tar -xf - -C "$1/stagebox-$version"
	tar -C "$1" --sort=name --mtime="@$SOURCE_DATE_EPOCH" --owner=0 --group=0 --numeric-owner --mode=go=rX,u+w \
		-cJf "$1/stagebox_$version.orig.tar.xz" "stagebox-$version"
	cp -R "$1/stagebox-$version/packaging/debian" "$1/stagebox-$version/debian"
}

build_packages() {
	copy_sources "$1"
	run_quietly "$1/build.log" env -C "$1/stagebox-$version" DEB_BUILD_OPTIONS="parallel=$(nproc) ${DEB_BUILD_OPTIONS:-}" \
		dpkg-buildpackage -us -uc
}

mkdir -p "$out"
say "building $full"
build_packages "$out/work"

unit=$(find "$out"/work/stagebox-*/debian/stagebox -name stagebox-sync.service)
if command -v systemd-analyze >/dev/null 2>&1; then
	exposed=$(systemd-analyze security --offline=true --no-pager "$unit" 2>/dev/null |
		sed -n 's/.*Overall exposure level[^:]*: \([0-9.]*\).*/\1/p')
	say "exposure of the unit: ${exposed:-?} of 10, at most $most_exposed is accepted"
	awk -v have="${exposed:-10}" -v most="$most_exposed" 'BEGIN { exit !(have <= most) }' || exit 1
fi

if [ "${1:-}" = --again ]; then
	say 'building again: equal sources must give equal packages'
	build_packages "$out/again"
	for package in "$out"/work/*.deb; do
		if ! cmp -s "$package" "$out/again/${package##*/}"; then
			say "${package##*/} is not reproducible: compare build/package/work and build/package/again"
			exit 1
		fi
	done
	rm -rf "$out/again"
fi
rm -rf "$out"/*.deb "$out/debug"
mkdir "$out/debug"
cp "$out"/work/*-dbgsym_*.deb "$out/debug/"
find "$out/work" -maxdepth 1 -name '*.deb' ! -name '*-dbgsym_*' -exec cp {} "$out/" \;
(cd "$out" && sha256sum -- *.deb)

# The packages are there, whatever lintian of this release says about them.
say 'checking with lintian'
# these packages are not uploaded to Debian, so that they close no bug and need no debian/watch; one source is for two releases,
# each of which has a newest version of the standards
lintian --allow-root --display-info --fail-on error,warning,info --tag-display-limit 0 \
	--suppress-tags initial-upload-closes-no-bugs,debian-watch-file-is-missing,out-of-date-standards-version "$out"/work/*.changes >"$out/lintian.log" 2>&1 || {
	cat "$out/lintian.log" >&2
	say 'lintian failed: fix the tags above'
	exit 1
}
cat "$out/lintian.log" >&2

rm -rf "$out/work"
