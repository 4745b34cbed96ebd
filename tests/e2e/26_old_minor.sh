#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# full one
# slow
# limit 600
# A module that uses every struct and table works when it was built from the recorded headers of an earlier minor version of
# the ABI, when its structs are shorter than those of this version, and when they are longer. STAGEBOX_TEST_FULL=1 also loads
# it into a program whose headers are those of a later minor version.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
: "${STAGEBOX_BUILD:?}"
abi=$STAGEBOX_SRC/tests/abi
number() { sed -n "s/^#define SB_ABI_$1 *//p" "$STAGEBOX_SRC/include/stagebox/module.h"; }
major=$(number MAJOR) minor=$(number MINOR)
flags='-O1 -g'
if nm -D "$STAGEBOX_BUILD/lib/libstagebox.so" | grep -q __asan; then flags='-O1 -g -fsanitize=address,undefined'; fi
mkdir "$TMPDIR/modules"
cp "$STAGEBOX_BUILD"/modules/*.so "$TMPDIR/modules/"

# build INCLUDE [OPTION...]: the module from the headers of one folder only
build() {
	include=$1
	shift
	# shellcheck disable=SC2086 # lists of options
	cc -std=c11 -Wall -Werror $flags -fPIC -shared -fvisibility=hidden "$@" -I"$include" $(pkg-config --cflags jansson) \
		-MD -MF "$TMPDIR/headers" -o "$TMPDIR/modules/old_minor.so" "$abi/old_minor.c" &&
		has "$TMPDIR/headers" "$include/stagebox/reconcile.h" && has_not "$TMPDIR/headers" "$STAGEBOX_SRC/include/"
}
# resize FOLDER OPTION...: a copy of the recorded headers of this major version's first minor one
resize() {
	to=$TMPDIR/$1
	shift
	python3 "$abi/resize.py" "$abi/$major.0/include" "$to" "$@"
}
with_old_minor() { # [OPTIONS]
	set_conf "s|^modules.*|modules = [ \"cluster\", \"qemu\", \"lxc\", \"old_minor\" ]; module_dir = \"$TMPDIR/modules\";|" \
		'/^options: /d'
	printf 'options: { old_minor: { %s }; };\n' "${1-}" >>"$config"
}
# shelves_are DESCRIPTION LEVELS: what the module writes
shelves_are() { netbox '
shelves = {row["name"]: row for row in nb.all("tenancy/tenants")}
check(sorted(shelves) == ["bottom", "top"], sorted(shelves))
check(all(row["description"] == "'"$1"'" for row in shelves.values()), shelves)
check(all([tag["slug"] for tag in row["tags"]] == ["old"] for row in shelves.values()), shelves)
guests = [row["custom_fields"] for row in nb.all("virtualization/virtual-machines")
          if "/qemu/" in (row["custom_fields"]["stagebox_key"] or "")]
check(guests and all(row["stagebox_old_minor_level"] == '"$2"' for row in guests), guests)'; }
works() { # the module on a NetBox that is up to date
	check "$1: the program accepts the module" gives 0 modules check "$TMPDIR/modules/old_minor.so"
	check "$1: its options are known" gives 0 modules info old_minor
	check "$1: in the order of the table" out_has 'levels'
	mark
	check "$1: a sync" gives 0 sync
	check "$1: has nothing to write" look no-writes
	check "$1: the read of guests is complete" out_has 'old_minor.shelves: guests are known, the log is read'
}

lab_up --guests 4 --endpoints 1
minors=0
for include in "$abi/$major".*/include; do
	version=$(basename "$(dirname "$include")")
	check "the module builds from the headers of ABI $version alone" build "$include"
	with_old_minor
	if [ $minors = 0 ]; then
		check "$version: bootstrap creates its custom field" gives 0 bootstrap
		check "$version: the first sync" gives 0 sync
		check "$version: writes all that it wants" shelves_are "a plain shelf" 3
	fi
	works "$version"
	with_old_minor 'word = "new"; levels = 5;'
	check "$version: a sync with other options" gives 0 sync
	check "$version: writes them" shelves_are "a new shelf" 5
	check "$version: people pin a shelf" netbox '
row = next(row for row in nb.all("tenancy/tenants") if row["name"] == "top")
person.call("PATCH", "tenancy/tenants/%d/" % row["id"], {"comments": "pinned"})'
	with_old_minor
	check "$version: a sync of the first options" gives 0 sync
	check "$version: keeps its description, as keeps says" netbox '
found = {row["name"]: row["description"] for row in nb.all("tenancy/tenants")}
check(found == {"top": "a new shelf", "bottom": "a plain shelf"}, found)'
	check "$version: nothing is pinned any more" netbox '
row = next(row for row in nb.all("tenancy/tenants") if row["name"] == "top")
person.call("PATCH", "tenancy/tenants/%d/" % row["id"], {"comments": ""})'
	check "$version: the next sync" gives 0 sync
	check "$version: writes it" shelves_are "a plain shelf" 3
	with_old_minor 'word = "";'
	check "$version: the check of an option refuses a value" gives 78 config check
	check "$version: with its own words" err_has 'word.*an empty text'
	with_old_minor 'secret = "plain text";'
	check "$version: a secret must be a reference" gives 78 config check
	with_old_minor
	minors=$((minors + 1))
done
check "a minor version is recorded" [ $minors -gt 0 ]

# Members that core has and the module has not are zero: a read without scope is one of its own objects.
check "headers with fewer members" resize shorter --cut sb_opt flags --cut sb_read scope --cut sb_stage actions
check "the module builds from them" build "$TMPDIR/shorter" -DSHORT_OPT -DSHORT_READ -DSHORT_STAGE
works shorter
check "a struct without what every version has" resize stump --cut sb_reconcile arg
check "builds, too" build "$TMPDIR/stump"
check "but its stage fails" gives 1 sync
check "and says what is wrong" out_has 'size'

# Members that the module has and core has not do not matter: they are not taken for the next row.
check "headers with more members" resize longer --later
check "the module builds from them, all of them zero" build "$TMPDIR/longer"
works "longer, zero"
check "the module builds from them, with values" build "$TMPDIR/longer" -DLATER
works "longer, with values"
check "headers of a later minor version" resize newer --later --minor $((minor + 1))
check "the module builds from them" build "$TMPDIR/newer"
check "this program refuses it" gives 78 modules check "$TMPDIR/modules/old_minor.so"
check "and says which version it needs" err_has "needs ABI $major.$((minor + 1))"

if [ -z "${STAGEBOX_TEST_FULL:-}" ]; then
	skip "a program of a later minor version loads the module" "only with STAGEBOX_TEST_FULL=1"
	done_testing
fi
later=$TMPDIR/later
mkdir "$later"
later_build() {
	later_steps >"$TMPDIR/later.log" 2>&1 || { tail -n 20 "$TMPDIR/later.log"; return 1; }
}
later_steps() {
	tar -C "$STAGEBOX_SRC" --exclude='./build*' --exclude=./.git -cf - . | tar -C "$later" -xf - &&
		python3 "$abi/resize.py" "$STAGEBOX_SRC/include" "$later/include" --later --minor $((minor + 1)) &&
		cmake -S "$later" -B "$later/build" -G Ninja -DCMAKE_BUILD_TYPE=Debug -DSB_TESTS=OFF &&
		cmake --build "$later/build" --target stagebox cluster qemu lxc
}
check "a program with the headers of a later minor version builds" later_build
rm "$TMPDIR"/modules/*
cp "$later"/build/modules/*.so "$TMPDIR/modules/"
flags='-O1 -g' ours=$STAGEBOX
STAGEBOX=$later/build/stagebox
for include in "$abi/$major".*/include; do
	version=$(basename "$(dirname "$include")")
	check "the module builds from the headers of ABI $version alone" build "$include"
	works "$version in a later version"
done
STAGEBOX=$ours
done_testing
