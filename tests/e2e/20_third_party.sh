#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# full one
# slow
# limit 300
# A module outside the tree: built with the installed headers, stagebox.pc and the package for CMake only, loaded, and run
# through all steps.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
: "${STAGEBOX_RELEASE:?}" "${STAGEBOX_BUILD:?}"

# --- an installed tree, moved after installation -----------------------------------------------------

sdk=$TMPDIR/sdk
check "the build installs into a folder" cmake --install "$(dirname "$STAGEBOX_RELEASE")" --prefix "$TMPDIR/first"
mv "$TMPDIR/first" "$sdk"
pc=$(find "$sdk" -name stagebox.pc)
PKG_CONFIG_PATH=$(dirname "${pc:-$sdk/none}")
export PKG_CONFIG_PATH
unset STAGEBOX_MODULE_DIR MAKEFLAGS MFLAGS
installed=$(pkg-config --variable=bindir stagebox)/stagebox
moduledir=$(pkg-config --variable=moduledir stagebox)
check "stagebox.pc contains no folder of the source or the build" has_not "$pc" "$STAGEBOX_SRC"
check "the program runs in its new folder" "$installed" --version
runpaths() { find "$sdk" -type f \( -name '*.so*' -o -perm -u+x \) -exec readelf -dW {} + 2>/dev/null | grep -E 'R(UN)?PATH' >"$TMPDIR/runpaths"; has_not "$TMPDIR/runpaths" "$STAGEBOX_SRC"; }
check "it contains no library path of the build" runpaths
finds_modules() { "$installed" modules info cluster >"$TMPDIR/out" && out_has "$(realpath "$moduledir")/cluster.so"; }
check "it finds the modules that were installed with it" finds_modules
check "each installed header compiles alone" sh -c '
for header in "$1"/stagebox/*.h; do
	echo "#include <stagebox/${header##*/}>" | cc -std=c11 -Wall -Wextra -Wpedantic -Werror -fsyntax-only -x c $(pkg-config --cflags stagebox) - || exit 1
done' sh "$(pkg-config --variable=includedir stagebox)"

readmes() { for each in "$moduledir"/*.so; do each=${each##*/} && test -s "$sdk/share/doc/stagebox/modules/${each%.so}/README.md" || { echo "$each"; return 1; }; done; }
check "the README of each module is installed" readmes
page=$sdk/share/man/man7/stagebox-module.7
check "the manual page of modules is installed" test -s "$page"
if command -v mandoc >/dev/null 2>&1; then
	# whether other pages are installed on this host does not matter
	clean_page() { mandoc -Tlint -W all "$page" 2>&1 | grep -v -e 'referenced manual not found' -e 'outdated mandoc.db' >"$TMPDIR/lint"; same "$(cat "$TMPDIR/lint")" ''; }
	check "and has no error" clean_page
else
	skip "and has no error" "no mandoc here"
fi
documents_functions() {
	for name in $(cat "$sdk"/include/stagebox/[a-fh-s]*.h | grep -o 'sb_[a-z_]*(' | tr -d '(' | grep -v -e '_fn$' -e set_level | sort -u); do
		has "$page" "$name" || return 1
	done
}
check "it describes all functions of the headers" documents_functions

functions() { nm -D --defined-only --with-symbol-versions "$(find "$sdk" -name libstagebox.so)" | sed -n 's/.* T \(sb_[a-z0-9_]*\)@@\?STAGEBOX_2$/\1/p'; }
each_has_page() { functions >"$TMPDIR/names" && test -s "$TMPDIR/names" && while read -r name; do test -s "$sdk/share/man/man3/$name.3" || { echo "$name"; return 1; }; done <"$TMPDIR/names"; }
check "each function that a module can call has a manual page" each_has_page
check "and there is no page of anything else" sh -c '[ "$(ls "$1" | wc -l)" -eq "$(wc -l <"$2")" ]' sh "$sdk/share/man/man3" "$TMPDIR/names"

# --- the example, copied out of the tree ------------------------------------------------------------------

mkdir -p "$TMPDIR/author"
cp -R "$STAGEBOX_SRC/docs/example-module" "$TMPDIR/author/example"
rm -f "$TMPDIR/author/example/"*.so
work=$TMPDIR/author/example
check "the example builds with make, without a warning" silent make -C "$work" CFLAGS='-O2 -g -Werror -Wpedantic'
headers_used() { cc -M $(pkg-config --cflags stagebox) "$work/module.c" >"$TMPDIR/headers" && has "$TMPDIR/headers" "$sdk/" && has_not "$TMPDIR/headers" "$STAGEBOX_SRC/"; }
check "it uses installed headers only" headers_used
mkdir -p "$TMPDIR/root/build/modules"
cp "$work/example.so" "$TMPDIR/root/build/modules/"
keeps_rules() { python3 "$STAGEBOX_SRC/tests/lint/imports.py" "$TMPDIR/root"; }
check "it follows the rules for imports, exports and data of modules" keeps_rules
check "it would load" "$installed" modules check "$work/example.so"
check "make install copies it to the module folder" silent make -C "$work" install
finds_example() { "$installed" modules info example >"$TMPDIR/out" && out_has 'min_guests' && out_has 'example.tenants'; }
check "where the installed program finds it by name" finds_example
tap_clean() { "$@" >"$TMPDIR/tap" 2>&1 || { cat "$TMPDIR/tap"; return 1; }; has_not "$TMPDIR/tap" '^not ok' && has "$TMPDIR/tap" '^1\.\.'; }
check "its own test passes with the installed program" tap_clean make -s -C "$work" check
check "with a line for each step of its case" test "$(grep -c '^ok .* as expected' "$TMPDIR/tap")" -ge 4
sed -i 's/Guests in this pool:/Members of this pool:/' "$work/module.c"
fails_check() { ! make -s -C "$work" check CFLAGS=-O2 >"$TMPDIR/tap" 2>&1; }
check "a module that does something else fails its test" fails_check
check "as TAP" has "$TMPDIR/tap" '^not ok 1 - pools, step 1'
check "and the test names the field" has "$TMPDIR/tap" 'set.comments: expected "Guests in this pool: 1", is "Members of this pool: 1"'
check "make check UPDATE=1 accepts it" tap_clean make -s -C "$work" check UPDATE=1
check "and then the test passes" tap_clean make -s -C "$work" check
rm -rf "$work" && cp -R "$STAGEBOX_SRC/docs/example-module" "$work" && rm -f "$work"/*.so

# --- the same with CMake -------------------------------------------------------------------------------

abi=$(pkg-config --variable=abi stagebox)
check "stagebox.pc names the ABI of the headers" has "$sdk/include/stagebox/module.h" "^#define SB_ABI_MAJOR *$abi\$"
check "and its module folder is that of the ABI" test "${moduledir##*/}" = "$abi"
check "the Debian package provides this ABI for packages of modules" has "$STAGEBOX_SRC/packaging/debian/control" "^Provides: stagebox-abi-$abi\$"
package=$(dirname "$(find "$sdk" -name stageboxConfig.cmake)")
check "the package for CMake contains no folder of the source, the build or the first installation" sh -c '
! grep -r -e "$1" -e "$2" "$3"' sh "$STAGEBOX_SRC" "$TMPDIR/first" "$package"
make -s -C "$work" clean
rm -f "$moduledir/example.so"
# cmake_quietly ARGUMENT...: without the variables that make and CMake pass to each other, and without a warning
cmake_quietly() { silent env CMAKE_PREFIX_PATH="$sdk" cmake "$@"; }
check "CMake finds stagebox" cmake_quietly -S "$work" -B "$work/build" -DCMAKE_C_FLAGS='-Wall -Wextra -Werror'
check "the example builds with CMake, without a warning" cmake_quietly --build "$work/build"
check "as a file with the name of the module" test -f "$work/build/example.so"
cp "$work/build/example.so" "$TMPDIR/root/build/modules/"
check "it follows the rules for imports, exports and data, too" keeps_rules
has_no_path() { readelf -dW "$1" >"$TMPDIR/dynamic" && has_not "$TMPDIR/dynamic" 'R\(UN\)\?PATH'; }
check "and contains no library path" has_no_path "$work/build/example.so"
check "it would load, too" "$installed" modules check "$work/build/example.so"
check "its test passes with ctest" sh -c 'ctest --test-dir "$1" --output-on-failure' sh "$work/build"
check "it is installed into the module folder" cmake_quietly --install "$work/build"
check "where the program finds it" finds_example
check "DESTDIR precedes the folder, for packages" env DESTDIR="$TMPDIR/staged" cmake --install "$work/build"
check "so that it can be packaged" test -f "$TMPDIR/staged$(realpath "$moduledir")/example.so"
mkdir "$TMPDIR/author/short"
# short PROJECT-LINE: configures a project that has only this line
short() { printf 'cmake_minimum_required(VERSION 3.25)\nproject(short C)\nfind_package(stagebox REQUIRED)\n%s\n' "$1" >"$TMPDIR/author/short/CMakeLists.txt" &&
	CMAKE_PREFIX_PATH="$sdk" cmake -S "$TMPDIR/author/short" -B "$TMPDIR/author/short/build" >"$TMPDIR/out" 2>"$TMPDIR/err"; }
# CMake breaks the lines of messages
reports() { tr -s ' \n' ' ' <"$TMPDIR/err" >"$TMPDIR/message" && has "$TMPDIR/message" "$1"; }
not_a_name() { not short 'stagebox_add_module(va-ult module.c)' && reports 'is not the name of a module'; }
check "a name that no module can have is refused" not_a_name
no_sources() { not short 'stagebox_add_module(vault)' && reports 'has no source files'; }
check "a module without source files is refused" no_sources
printf '#include <stagebox/module.h>\nint gone(void);\nstatic int start_vault(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)\n{\n\t(void)ctx, (void)ret_state, (void)err;\n\treturn gone();\n}\nSB_MODULE(vault, .start = start_vault)\n' >"$TMPDIR/author/short/vault.c"
undefined_fails() { short 'stagebox_add_module(vault vault.c)' && not cmake --build "$TMPDIR/author/short/build" >"$TMPDIR/out" 2>&1 && out_has 'gone'; }
check "a function that nothing defines fails the link" undefined_fails
if command -v "${CXX:-c++}" >/dev/null 2>&1; then
	mkdir "$TMPDIR/author/cxx"
	printf 'cmake_minimum_required(VERSION 3.25)\nproject(vault CXX)\nset(CMAKE_CXX_STANDARD 20)\nfind_package(stagebox REQUIRED)\nstagebox_add_module(vault vault.cc)\n' >"$TMPDIR/author/cxx/CMakeLists.txt"
	cat >"$TMPDIR/author/cxx/vault.cc" <<-'CXX'
		#include <stagebox/conf.h>
		#include <stagebox/reconcile.h>

		namespace
		{
		int fetch_doors(sb_stage_run *stage, void *, sb_error *err)
		{
			sb_autojson *row = json_object();
			sb_error why = SB_ERROR_INIT;

			if (!row)
				return sb_fail(&why, SB_E_NOMEM, "out of memory");
			return sb_row_put(stage, "vault", sb_steal(row), err, "%s/door", sb_run_endpoint(stage));
		}

		const sb_opt options[] = {{.name = "depth", .type = SB_OPT_INT, .dflt = "0", .help = "in metres"}, {}};
		const sb_need needs[] = {{.path = "/vms", .privilege = "VM.Audit"}, {}};
		const sb_stage doors = {.size = sizeof(doors), .name = "vault.doors", .fetch = fetch_doors, SB_TABLE(need, needs)};

		int start_vault(sb_ctx *ctx, void **, sb_error *err)
		{
			return sb_stage_add(ctx, &doors, err);
		}
		} // namespace

		SB_MODULE(vault, .version = "0.1", .summary = "in C++", SB_TABLE(option, options), .start = start_vault)
	CXX
	check "CMake configures a module in C++" cmake_quietly -S "$TMPDIR/author/cxx" -B "$TMPDIR/author/cxx/build" \
		-DCMAKE_CXX_FLAGS='-Wall -Wextra -Wpedantic -Werror -Wno-missing-field-initializers'
	check "it builds without a warning" cmake_quietly --build "$TMPDIR/author/cxx/build"
	check "and loads" "$installed" modules info "$TMPDIR/author/cxx/build/vault.so"
	exports() { same "$(nm -D --defined-only "$1" | sed 's/.* //')" sb_module_entry; }
	check "it exports its entry function only" exports "$TMPDIR/author/cxx/build/vault.so"
else
	for each in 1 2 3 4; do skip "a module in C++ ($each)" "no C++ compiler here"; done
fi
future() { not short 'find_package(stagebox 99 REQUIRED)' && reports 'compatible with requested version'; }
check "a version that is not installed is not found" future

# --- all steps with the program under test: module and program have the same sanitizers ------------------

flags='-O1 -g'
if nm -D "$STAGEBOX_BUILD/lib/libstagebox.so" | grep -q __asan; then flags='-O1 -g -fsanitize=address,undefined'; fi
check "it builds with the options of the program under test" silent make -B -C "$work" CFLAGS="$flags"
mkdir "$TMPDIR/modules"
cp "$STAGEBOX_BUILD"/modules/*.so "$work/example.so" "$TMPDIR/modules/"

lab_up --guests 12 --endpoints 1
check "bootstrap without the module" gives 0 bootstrap
echo "module_dir = \"$TMPDIR/modules\";" >>"$config"
set_conf 's/^modules *=.*/modules = [ "cluster", "qemu", "lxc", "example" ];/'
mark
check "a sync with a kind for which bootstrap has not run ends with 78" gives 78 sync
check "and names the command to run" err_has 'stagebox bootstrap'
check "and the object type" err_has 'tenancy.tenant'
check "a plan does the same" gives 78 plan
check "and doctor" gives 78 doctor
check "with object type and command" says 'stagebox_key does not exist on .*tenancy.tenant'
check "nothing was written" look no-writes
check "stages that do not need the kind still run" gives '0 4' sync --resources cluster
check "bootstrap again" gives 0 bootstrap
check "adds the key to the kind of the module" netbox '
fields = {row["name"]: row for row in nb.all("extras/custom-fields")}
types = fields["stagebox_key"]["object_types"]
check("tenancy.tenant" in types, types)
check("virtualization.virtualmachine" in types, types)
check("tenancy.tenantgroup" not in types, "a shared kind needs no key")'
mark
check "bootstrap a third time" gives 0 bootstrap
check "changes nothing" look no-writes

as_proxmox='
wanted = {}
for pve in pves:
    for pool in pve.get("/pools"):
        full = pve.get("/pools?poolid=" + pool["poolid"].replace("/", "%2F"))[0]
        wanted[pve.slug + "/pool/" + pool["poolid"]] = (pool["poolid"], pool.get("comment") or "",
            sum(1 for member in full["members"] if "vmid" in member))
found = {row["custom_fields"]["stagebox_key"]: row for row in nb.all("tenancy/tenants") if row["custom_fields"].get("stagebox_key")}
check(set(found) == set(wanted), sorted(found), "are not", sorted(wanted))
for key in set(found) & set(wanted):
    row, (name, comment, guests) = found[key], wanted[key]
    check(row["name"] == name, key, row["name"])
    check(row["group"]["name"] == "Proxmox lab", key, row["group"])
    check(row["description"] == comment, key, row["description"])
    check(row["comments"] == f"Guests in this pool: {guests}", key, row["comments"])
'
check "the plan of the first sync has changes" gives 2 plan
check "the first sync" gives 0 sync
check "creates a tenant for each pool" netbox "$as_proxmox"
check "in one group" netbox 'check(len(nb.all("tenancy/tenant-groups")) == 1)'
mirrors_too() { mirrors lab; }
check "in addition to the objects of the other modules" mirrors_too
mark
check "the second sync" gives 0 sync
check "writes nothing" look no-writes
check "and the plan is empty" gives 0 plan

check "a guest moves to a new pool" ctl set lab/qemu/101 pool=research
mark
check "the sync after it" gives 0 sync
check "updates NetBox" netbox "$as_proxmox"
check "with one new tenant" netbox 'check(nb.one("tenancy/tenants", "lab/pool/research"))'
few_objects() { objects=$(look count-objects); [ "$objects" -ge 1 ] && [ "$objects" -le 3 ] || { echo "$objects objects were written"; return 1; }; }
check "and writes only the pools that changed" few_objects
last_is_whole() {
	last '
part = [stage for stage in stages if stage["module"] == "example_sync"]
check([stage["resource"] for stage in part] == ["tenants"], part)
check(all(stage["status"] == "ok" for stage in part), part)'
}
check "the record contains the stages of the module" last_is_whole

check "a person writes a description" netbox '
row = nb.one("tenancy/tenants", "lab/pool/research")
nb.call("PATCH", "tenancy/tenants/%d/" % row["id"], {"description": "by hand"})'
check "the sync after it" gives '0 3' sync
check "keeps it" netbox 'check(nb.one("tenancy/tenants", "lab/pool/research")["description"] == "by hand")'

# --- unknown is not empty ---------------------------------------------------------------------------------

prune_on
tenants() { netbox 'check(len(nb.all("tenancy/tenants")) == '"$1"', len(nb.all("tenancy/tenants")))'; }
count=$("$STAGEBOX" lab dump --dir "$lab" | python3 -c 'import json, sys; print(len(json.load(sys.stdin)["tenancy/tenants"]))')
if "$STAGEBOX" lab ctl --dir "$lab" fault lab 500 --path /pools >/dev/null 2>&1; then
	check "with the list of pools unreadable the sync is partial" gives 4 sync
	check "and no tenant is deleted, with an open prune gate" tenants "$count"
	ctl clear
	"$STAGEBOX" lab ctl --dir "$lab" fault lab 500 --path poolid=dev >/dev/null 2>&1
	check "with one pool unreadable too" gives 4 sync
	check "its tenant is kept" tenants "$count"
	ctl clear
else
	for each in 1 2 3 4; do skip "a list of pools that cannot be read ($each)" "this lab has no fault for a single path"; done
fi
check "afterwards the sync is complete" gives '0 3' sync
check "and all tenants exist" tenants "$count"

# --- vanished objects pass the prune gate ------------------------------------------------------------

set_conf 's/^prune:.*/prune: { enabled = false; };/'
echo 'options: { example: { min_guests = 1; }; };' >>"$config"
check "the pool loses its guest" ctl set lab/qemu/101 pool=
check "with pruning off the sync" gives '0 3' sync
check "keeps its tenant" tenants "$count"
set_conf 's/^prune:.*/prune: { enabled = true; runs = 2; grace = "0s"; max_percent = 10; max_count = 100; };/'
check "above the limit of the prune gate the sync is refused" gives '5' sync
check "and keeps the tenant" tenants "$count"
prune_on
check "with the gate open the sync" gives 0 sync
check "deletes it" netbox 'check(nb.one("tenancy/tenants", "lab/pool/research") is None)'
check "and the tenant of the pool that never had a guest" netbox 'check(nb.one("tenancy/tenants", "lab/pool/customers") is None)'
check "and no other tenant" tenants "$((count - 2))"
check "and not the group, which is shared" netbox 'check(len(nb.all("tenancy/tenant-groups")) == 1)'
mark
check "the sync after it" gives 0 sync
check "writes nothing again" look no-writes
check "an option outside its bounds is refused" sh -c 'sed "s/min_guests = 1/min_guests = -1/" "$1" >"$1.bad" && "$2" stages --config "$1.bad"; [ $? = 78 ]' sh "$config" "$STAGEBOX"

# --- a new module --------------------------------------------------------------------------------

new() { (cd "$TMPDIR/author" && "$installed" modules new "$@" >"$TMPDIR/out" 2>"$TMPDIR/err"); }
refuses() {
	wanted=$1
	shift
	new "$@"
	same $? "$wanted"
}
check "modules new writes a folder" new vault
for file in module.c Makefile CMakeLists.txt README.md test.sh cases/pools/pve.json cases/pools/4/expected.json; do
	check "with $file" test -s "$TMPDIR/author/vault/$file"
done
check "and prints the next steps" out_has 'make check'
check "its files contain its name instead of the template's" sh -c '! grep -rw example "$1" && grep -q "SB_MODULE(vault" "$1/module.c"' sh "$TMPDIR/author/vault"
for bad in '' Vault va-ult 1vault ../vault 'va ult' core "$(printf 'v%.0s' $(seq 50))"; do
	check "the name \"$bad\" is refused" refuses 64 "$bad"
done
check "a missing name is refused" refuses 64
check "the name of an installed module is refused" refuses 64 cluster
echo 'mine' >"$TMPDIR/author/vault/module.c"
check "an existing folder is refused" refuses 64 vault
check "and not changed" same "$(cat "$TMPDIR/author/vault/module.c")" mine
check "an existing file is refused too" sh -c ': >"$1/afile" && cd "$1" && "$2" modules new afile; [ $? = 64 ]' sh "$TMPDIR/author" "$installed"
rm -rf "$TMPDIR/author/vault"
mkdir "$TMPDIR/author/elsewhere"
check "--dir sets the folder" new vault --dir "$TMPDIR/author/elsewhere" --format json
check "JSON output contains its path" same "$(python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["path"])' "$TMPDIR/out")" \
	"$TMPDIR/author/elsewhere/vault"
check "an error names a missing folder" sh -c '"$1" modules new vault --dir "$2/none" 2>&1 | grep -q none' sh "$installed" "$TMPDIR"
vault=$TMPDIR/author/elsewhere/vault
check "the new module builds without a warning" silent make -C "$vault" CFLAGS='-O2 -Werror -Wpedantic'
check "and loads" "$installed" modules check "$vault/vault.so"
make -s -C "$work" clean
rm -f "$moduledir/example.so"
check "and its test passes" tap_clean make -s -C "$vault" check
check "make clean needs no stagebox" env PKG_CONFIG_PATH= make -s -C "$vault" clean
check "and keeps the written files" same "$(cd "$vault" && find . -type f | sort)" "$(cd "$STAGEBOX_SRC/docs/example-module" && find . -type f ! -name '*.so' | sort)"
done_testing
