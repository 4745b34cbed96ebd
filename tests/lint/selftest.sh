#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Tests of the lint checks: each case adds one violation to a small tree and expects the check to name it.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
copy=$(mktemp -d)
trap 'rm -rf "$copy" "$copy.out"' EXIT
n=0 bad=0
SPDX='/* SPDX-License-Identifier: Apache-2.0 */'

report_case() { # report_case RC TEXT
	n=$((n + 1))
	if [ "$1" = 0 ]; then echo "ok $n - $2"; else
		echo "not ok $n - $2"
		sed 's/^/# /' "$copy.out"
		bad=1
	fi
}

put_file() { # put_file FILE: writes standard input after a licence line
	mkdir -p "$copy/$(dirname "$1")"
	{
		printf '%s\n' "$SPDX"
		cat
	} >"$copy/$1"
}

# check_finds CHECK WANTED TEXT FILE...: the check fails and names WANTED; deletes the files.
check_finds() {
	check=$1 wanted=$2 text=$3
	shift 3
	if sh "$here/lint.sh" --root "$copy" "$check" >"$copy.out" 2>&1; then
		report_case 1 "$check: $text"
	else
		grep -q -e "$wanted" "$copy.out"
		report_case $? "$check: $text"
	fi
	for file in "$@"; do rm -f "$copy/$file"; done
}

# check_passes CHECK TEXT FILE...: the check finds nothing; deletes the files.
check_passes() {
	check=$1 text=$2
	shift 2
	sh "$here/lint.sh" --root "$copy" "$check" >"$copy.out" 2>&1
	report_case $? "$check: $text"
	for file in "$@"; do rm -f "$copy/$file"; done
}

# The tree is small and clean, so that the tests do not depend on the present sources.
mkdir -p "$copy/build/modules"
cp "$top/.clang-format" "$copy/"
for word in base conf net pve netbox model store load run diff apply job parent doctor service guest; do
	printf '#pragma once\nint %s_thing(void);\n' "$word" | put_file "core/$word/thing.h"
done
printf '#pragma once\nint sb_thing(void);\n' | put_file include/stagebox/types.h
printf '#pragma once\n#include <stagebox/types.h>\n' | put_file include/stagebox/module.h
printf '#pragma once\n' | put_file lab/lab.h
printf '#pragma once\n' | put_file cmd/cmd.h
printf '#pragma once\n#include <stagebox/module.h>\n' | put_file modules/one/one.h
printf '#pragma once\n' | put_file modules/two/two.h

# one clean file in each folder
printf '#include "diff/thing.h"\n#include "base/thing.h"\n#include <stagebox/types.h>\n#include <unistd.h>\n' | put_file core/job/a.c
printf '#include <stagebox/module.h>\n#include "base/thing.h"\n' | put_file core/guest/a.c
printf '#include "one.h"\n#include <jansson.h>\n#include <string.h>\n' | put_file modules/one/a.c
printf '#include "lab.h"\n#include "base/thing.h"\n#include <stagebox/types.h>\n#include <sys/socket.h>\n' | put_file lab/a.c
printf '#include "doctor/thing.h"\n' | put_file cmd/a.c
check_passes floors 'a clean tree has no findings'

while read -r file include wanted; do
	printf '#include %s\n' "$include" | put_file "$file"
	check_finds floors "$wanted" "$file may not include $include" "$file"
done <<'CASES'
core/base/x.c "conf/thing.h" may include only itself, not conf
core/conf/x.c "net/thing.h" may include base, not net
core/net/x.c "pve/thing.h" may include base, not pve
core/pve/x.c "netbox/thing.h" may include base net, not netbox
core/netbox/x.c "pve/thing.h" may include base net, not pve
core/model/x.c "store/thing.h" may include base, not store
core/store/x.c "load/thing.h" may include base, not load
core/load/x.c "run/thing.h" not run
core/run/x.c "diff/thing.h" not diff
core/run/x.c "parent/thing.h" not parent
core/diff/x.c "apply/thing.h" not apply
core/apply/x.c "diff/thing.h" not diff
core/job/x.c "parent/thing.h" not parent
core/parent/x.c "net/thing.h" may include base model store, not net
core/parent/x.c "netbox/thing.h" may include base model store, not netbox
core/parent/x.c "job/thing.h" may include base model store, not job
core/doctor/x.c "parent/thing.h" not parent
core/service/x.c "load/thing.h" not load
core/service/x.c "cmd.h" core must not include cmd
core/guest/x.c "run/thing.h" core/guest includes only
core/run/x.c "guest/thing.h" the public header of core/guest
core/other/x.c "base/thing.h" without a row
core/net/x.c "lab/lab.h" must not include the lab
core/net/x.c "modules/one/one.h" must not include modules
cmd/x.c "lab/lab.h" must not include the lab
modules/one/x.c "base/thing.h" a module includes only
modules/one/x.c "modules/two/two.h" a module includes only
modules/one/x.c "lab/lab.h" must not include the lab
modules/one/x.c <curl/curl.h> only <stagebox
modules/one/x.c <sqlite3.h> only <stagebox
modules/one/x.c <unistd.h> only <stagebox
docs/example-module/x.c "base/thing.h" a module includes only
docs/example-module/x.c <unistd.h> only <stagebox
lab/x.c "run/thing.h" the lab includes only
lab/x.c <stagebox/module.h> the lab includes only
include/stagebox/x.h "base/thing.h" only public headers
include/stagebox/x.h <curl/curl.h> only <stagebox
core/net/x.c "net/nowhere.h" does not exist in the tree
CASES

printf '#pragma once\n' | put_file core/conf/conf_priv.h
for file in core/load/x.c cmd/x.c; do
	printf '#include "conf/conf_priv.h"\n' | put_file $file
	check_finds floors 'a private header of core/conf' "$file may not include a private header of another folder" $file
done
printf '#include "conf/conf_priv.h"\n' | put_file core/conf/x.c
printf '#include "conf/conf_priv.h"\n' | put_file tests/unit/x.c
check_passes floors 'a private header may be included by its folder and by tests' core/conf/x.c tests/unit/x.c
rm -f "$copy/core/conf/conf_priv.h"

# circles
check_passes circles 'a tree without circles has no findings'
for folder in core/load core/run core/diff core/apply core/job core/parent core/doctor cmd; do
	name=${folder#core/}/
	[ $folder = cmd ] && name=''
	printf '#pragma once\n' | put_file $folder/y.h
	printf '#pragma once\n#include "%sy.h"\n' "$name" | put_file $folder/x.h
	printf '#include "%sx.h"\n' "$name" | put_file $folder/y.c
	check_finds circles "circle of the files $folder/x, $folder/y:" "$folder: two files must not need each other" $folder/y.c
	check_passes circles "$folder: one of two files may need the other" $folder/x.h $folder/y.h
done
printf '#pragma once\n#include "run/y.h"\n' | put_file core/run/x.h
printf '#pragma once\n#include "run/z.h"\n' | put_file core/run/y.h
printf '#pragma once\n' | put_file core/run/z.h
printf '#include "run/x.h"\n' | put_file core/run/z.c
check_finds circles 'core/run/x, core/run/y, core/run/z:' 'a circle of three files' core/run/z.c core/run/y.h core/run/z.h
printf '#pragma once\n#include "run/x.h"\n' | put_file core/run/y.h
printf '#pragma once\n' | put_file core/run/x.h
printf '#include "run/y.h"\n' | put_file core/run/x_more.c
check_finds circles 'core/run/x, core/run/y:' 'a source without a header is part of the file whose name it begins with' core/run/x_more.c core/run/y.h
printf '#pragma once\n#include "run/x.h"\n' | put_file core/run/x_priv.h
printf '#include "run/x_priv.h"\n' | put_file core/run/x.c
check_passes circles 'a private header is part of its file' core/run/x.c core/run/x_priv.h core/run/x.h
printf '#pragma once\n#include "net/io_curl_pool.h"\n' | put_file core/net/io.h
printf '#pragma once\n#include "net/io_curl_login.h"\n' | put_file core/net/io_curl_pool.h
printf '#pragma once\n#include "net/io.h"\n' | put_file core/net/io_curl_login.h
check_passes circles 'a circle that the table leaves has no findings'
printf '#pragma once\n#include "net/io.h"\n' | put_file core/net/more.h
printf '#include "net/more.h"\n' | put_file core/net/io.c
check_finds circles 'core/net/io_curl_pool, core/net/more:' 'the table leaves no further file in a circle' core/net/io.c core/net/more.h
rm -f "$copy"/core/net/io.h "$copy"/core/net/io_curl_pool.h "$copy"/core/net/io_curl_login.h

# kinds
printf 'struct sb_kind k[] = {{.name = "zone", .fields = FIELDS(TEXT("colour", ALWAYS, 6), TEXT("name", ALWAYS, 6),\n\tTEXT("stagebox_x", ALWAYS, 6))}};\n' | put_file core/model/kinds_table.c
printf 'const char *a = "the zone"; /* "zone" */\nconst char *b = "name", *c = "stagebox_x";\n' | put_file core/diff/x.c
check_passes kinds 'longer texts, comments, members of our documents and our custom fields may have such a word' core/diff/x.c
for folder in core/diff core/apply; do
	printf 'const char *a = "zone";\n' | put_file $folder/x.c
	check_finds kinds '"zone" is a kind or field' "$folder names no kind" $folder/x.c
	printf 'const char *a = "colour";\n' | put_file $folder/x.c
	check_finds kinds '"colour" is a kind or field' "$folder names no field" $folder/x.c
done
rm -f "$copy"/core/model/kinds_table.c

# size
{ printf 'int f(void)\n{\n'; yes '	;' | head -n 117; printf '}\n'; } | put_file core/net/x.c
check_passes size 'a function of 120 lines passes' core/net/x.c
{ printf 'int f(void)\n{\n'; yes '	;' | head -n 118; printf '}\n'; } | put_file core/net/x.c
check_finds size 'a function of 121 lines' 'a function of 121 lines' core/net/x.c
{ printf 'static int f(int a,\n             int b)\n{\n'; yes '	;' | head -n 117; printf '}\n'; } | put_file lab/x.h
check_finds size 'a function of 121 lines' 'the head of a function is part of its length' lab/x.h
yes '/* */' | head -n 599 | put_file tests/x.c
check_passes size 'a file of 600 lines passes' tests/x.c
yes '/* */' | head -n 600 | put_file tests/x.c
check_finds size '601 lines' 'a file of 601 lines' tests/x.c

# words
for word in qemu LXC Ceph; do
	printf '/* names %s */\n' "$word" | put_file core/net/x.c
	check_finds words "$word" "$word in a file of core" core/net/x.c
done
printf '/* lxc */\n' | put_file include/stagebox/x.h
check_finds words lxc 'a family in a public header' include/stagebox/x.h
printf '\n' | put_file core/net/ceph.c
check_finds words 'in a file name' 'a family in a file name' core/net/ceph.c
printf '/* qemu and lxc */\n' | put_file core/guest/x.c
cp "$copy/core/guest/x.c" "$copy/include/stagebox/guest.h"
check_passes words 'files of guests may name guests' core/guest/x.c include/stagebox/guest.h

# dialect
while IFS='|' read -r line wanted text; do
	printf 'int f(int rc, const char *a, const char *b)\n{\n\t%s;\n}\n' "$line" | put_file core/net/x.c
	check_finds dialect "core/net/x.c:4: $wanted" "$text" core/net/x.c
done <<'CASES'
return rc == 0|rc == 0: write !rc|rc == 0 is a finding
return rc != 0 ? 1 : 2|rc != 0: write rc < 0|rc != 0 is a finding
if (rc) return 1|if (rc): write if (rc < 0)|if (rc) is a finding
return !strcmp(a, b)|.*write sb_streq()|a negated strcmp() is a finding
if (strcmp(a, b)) return 1|strcmp: write sb_streq()|strcmp() as a condition is a finding
return strcmp(a, b) == 0|strcmp: write sb_streq()|strcmp() compared with 0 is a finding
return !strncmp(a, b, 2)|.*or sb_starts_with()|a negated strncmp() is a finding
CASES
printf 'int f(const char *a, const char *b)\n{\n\tint order = strcmp(a, b);\n\tif (strcmp(a, f(b)) < 0) return order;\n\treturn strcmp(a, b);\n}\n' | put_file core/net/x.c
check_passes dialect 'strcmp() for order passes' core/net/x.c

# language
while IFS='|' read -r line wanted text; do
	printf '%s\n' "$line" | put_file core/net/x.c
	check_finds language "core/net/x.c:2: $wanted" "$text" core/net/x.c
done <<'CASES'
/* Why the list came short. */|"came short": write|a replaced word in a comment
const char *f(void) { return "x is no number"; }|"is no number": write|a replaced word in a message
/* It is closed here. */|a comment begins with its subject|a comment that begins with a pronoun
/* What the reader needs. */|a comment begins with its subject|a comment without a subject
int sb_parent_doom(int a);|the name sb_parent_doom|a replaced word in a name
CASES
printf 'static int run(void)\n{\n\treturn 0;\n}\n' | put_file core/net/x.c
check_finds language 'static run()' 'a static function of one word' core/net/x.c
printf '/* There is no list, and it is no longer read. */\nstatic int read_list(void)\n{\n\treturn 0;\n}\n' | put_file core/net/x.c
check_passes language 'plain words and a name of two words' core/net/x.c
printf 'static int setup(void **state)\n{\n\treturn 0;\n}\n' | put_file tests/unit/x.c
check_passes language 'setup and teardown of a test are known names' tests/unit/x.c
mkdir -p "$copy/docs"
printf '<!-- SPDX-License-Identifier: Apache-2.0 -->\nThe server tells its name.\n' >"$copy/docs/x.md"
check_finds language 'docs/x.md:2: "tells"' 'a replaced word in a page' docs/x.md

# licence lines
for file in core/net/x.c modules/one/x.h tests/x.sh tests/x.py dev modules/one/CMakeLists.txt docs/x.md docs/one/Makefile docs/x.7 etc/x.cfg; do
	mkdir -p "$copy/$(dirname "$file")"
	echo 'nothing' >"$copy/$file"
	check_finds spdx "$file" "a missing licence line in $file is a finding" "$file"
done

# cloud: calls of core that need a reason, and calls of modules
while IFS='|' read -r file rule line; do
	printf 'void f(void)\n{\n\t%s;\n}\n' "$line" | put_file "$file"
	check_finds cloud "$file:4: $rule:" "$rule: \"$line\" in ${file%/*} is a finding" "$file"
done <<'CASES'
core/net/x.c|fs-write|int fd = open(path, O_WRONLY | O_CREAT, 0600)
core/net/x.c|fs-write|int fd = open(f(a, "x)"), O_RDWR)
core/net/x.c|fs-write|int fd = openat(at, path, flags)
core/net/x.c|fs-write|FILE *f = fopen(path, "r+")
core/net/x.c|fs-write|FILE *f = fopen(str(p), "w")
core/net/x.c|fs-write|FILE *f = fopen(path, mode)
core/net/x.c|temp|int fd = mkstemp(path)
core/net/x.c|fs-change|unlink(path)
core/net/x.c|local-store|sqlite3_open_v2(path, &db, 0, NULL)
core/net/x.c|ipc|int fd = shm_open("/x", 0, 0)
core/net/x.c|ipc|mmap(NULL, 1, PROT_READ, MAP_SHARED, fd, 0)
core/net/x.c|process|pid_t pid = fork()
core/net/x.c|process|system("true")
core/run/x.c|thread|pthread_create(&t, NULL, run, NULL)
core/net/x.c|schedule|sleep(1)
core/net/x.c|listen|bind(fd, &a, sizeof(a))
core/run/x.c|socket|int fd = socket(AF_INET, SOCK_STREAM, 0)
cmd/x.c|socket|CURL *c = curl_easy_init()
core/net/x.c|log|syslog(1, "x")
core/net/x.c|exit-hook|atexit(f)
core/net/x.c|loader|void *p = dlopen(path, 0)
core/net/x.c|syscall|syscall(1)
core/net/x.c|path|const char *p = "/var/lib/x"
core/net/x.c|asm|__asm__ volatile("nop")
cmd/x.c|path|const char *p = "/tmp"
modules/one/x.c|fs|int fd = open(path, O_RDONLY)
modules/one/x.c|fs|FILE *f = fopen(path, "r")
modules/one/x.c|stdout|printf("x")
modules/one/x.c|stdout|f(stderr)
modules/one/x.c|global|signal(1, f)
modules/one/x.c|environment|getenv("HOME")
modules/one/x.c|library|sqlite3_close(db)
modules/one/x.c|library|curl_free(db)
modules/one/x.c|listen|listen(fd, 1)
modules/one/x.c|socket|connect(fd, &a, sizeof(a))
modules/one/x.c|process|execve(a, b, c)
CASES
printf 'static int count;\n' | put_file modules/one/x.c
check_finds cloud 'modules/one/x.c:2: state' 'mutable static data in a module is a finding' modules/one/x.c
printf '#define RUN system\n\n' | put_file core/net/x.c
check_finds cloud 'core/net/x.c:2: process' 'a call in a macro is a finding' core/net/x.c
printf '__attribute__((constructor)) static void f(void)\n{\n}\n' | put_file core/net/x.c
check_finds cloud 'exit-hook: constructor' 'a constructor is a finding' core/net/x.c
printf 'void f(void)\n{\n\t/* fork() */ g("system(x) /tmp"); h->open(p, O_RDWR); reopen(x); io.connect(a);\n}\n' | put_file core/net/x.c
check_passes cloud 'names in comments, literals and members pass' core/net/x.c
printf 'void f(void)\n{\n\tint fd = open(p, O_RDONLY | O_CLOEXEC), k = open(\n\t\tq, O_RDONLY);\n\tFILE *f = fopen(p, "re");\n}\n' | put_file core/net/x.c
check_passes cloud 'core may open files for reading' core/net/x.c
printf 'static const int a[] = { 1 };\nstatic const char *const b = "x";\nstatic int f(int a);\nstatic int g(void)\n{\n\treturn 0;\n}\n' | put_file modules/one/x.c
check_passes cloud 'constant tables of a module pass' modules/one/x.c

# exemptions
printf 'void f(void)\n{\n\tfork(); /* cloud-compat: ok: a job is a process */\n}\n' | put_file core/net/x.c
check_passes cloud 'a reason on the same line exempts a call' core/net/x.c
printf 'void f(void)\n{\n\t/* cloud-compat: ok: a job is a process,\n\t * and nothing else */\n\tfork();\n}\n' | put_file core/net/x.c
check_passes cloud 'a reason on the line before exempts a call' core/net/x.c
printf 'void f(void)\n{\n\tfork(); /* cloud-compat: ok: */\n}\n' | put_file core/net/x.c
check_finds cloud 'write an exemption as' 'an exemption without a reason is a finding' core/net/x.c
printf 'void f(void)\n{\n\tfork(); /* cloud-compat: because */\n}\n' | put_file core/net/x.c
check_finds cloud 'core/net/x.c:4: process' 'an exemption without ok exempts nothing' core/net/x.c
printf 'void f(void)\n{\n\tg(); /* cloud-compat: ok: nothing here */\n}\n' | put_file core/net/x.c
check_finds cloud 'exempts nothing' 'an exemption without a call is a finding' core/net/x.c
printf 'void f(void)\n{\n\tfork(); /* cloud-compat: ok: this one */\n\tfork();\n}\n' | put_file core/net/x.c
check_finds cloud 'core/net/x.c:5: process' 'an exemption after code is for its own line only' core/net/x.c

# headers, format, shell
printf '#pragma once\nsize_t f(void);\n' | put_file include/stagebox/x.h
check_finds headers 'include/stagebox/x.h' 'a header that does not compile on its own is a finding' include/stagebox/x.h
printf '#pragma once\n#include "base/thing.h"\n' | put_file include/stagebox/x.h
check_finds headers 'include/stagebox/x.h' 'a public header that includes a header of core is a finding' include/stagebox/x.h
check_passes headers 'headers that compile on their own pass'
if command -v "${CXX:-c++}" >/dev/null 2>&1; then
	printf '#pragma once\nint f(int class);\n' | put_file include/stagebox/x.h
	check_finds headers 'include/stagebox/x.h: does not compile alone in C++' 'a public header with a word of C++ is a finding' include/stagebox/x.h
	printf '#pragma once\nstatic const int first = 1;\n' | put_file include/stagebox/x.h
	printf '#pragma once\nstatic const int first = 22;\n' | put_file include/stagebox/y.h
	check_finds headers 'after the others in C++' 'public headers that exclude each other are a finding' include/stagebox/x.h include/stagebox/y.h
else
	for text in 'a public header with a word of C++' 'public headers that exclude each other'; do
		n=$((n + 1))
		echo "ok $n - headers: $text # SKIP no C++ compiler"
	done
fi
if { clang-format-14 --version || clang-format --version; } 2>/dev/null | grep -q 'version 14'; then
	printf 'int f(void) {return 0;}\n' | put_file core/net/x.c
	check_finds format 'core/net/x.c' 'a file without the format is a finding' core/net/x.c
else
	n=$((n + 1))
	echo "ok $n - format: a file without the format is a finding # SKIP no clang-format 14"
fi
mkdir -p "$copy/tests"
printf 'if true; then\n' >"$copy/tests/x.sh"
check_finds shell 'tests/x.sh' 'a shell script that does not parse is a finding' tests/x.sh
printf 'def f(:\n' >"$copy/tests/x.py"
check_finds shell 'tests/x.py' 'a Python file that does not parse is a finding' tests/x.py

# symbols
mkdir -p "$copy/packaging/debian"
put_map() { printf 'STAGEBOX_2 {\n\tglobal:\n\t\tsb_one;\n\t\tsb_two;\n};\nSTAGEBOX_PRIVATE {\n\tglobal:\n\t\tsb_*;\n};\n' | put_file core/stagebox.map; }
put_symbols() { printf 'libstagebox.so.2 stagebox\n' >"$copy/packaging/debian/stagebox.symbols" && for each; do printf ' %s@STAGEBOX_2 0.1.0\n' "$each" >>"$copy/packaging/debian/stagebox.symbols"; done; }
put_headers() { mkdir -p "$copy/include/stagebox" && for each; do printf 'SB_API int %s(void);\n' "$each"; done >"$copy/include/stagebox/one.h"; }
put_page() { mkdir -p "$copy/docs/man" && for each; do printf '.Fn %s\n' "$each"; done >"$copy/docs/man/stagebox-module.7"; }
printf '# SPDX-License-Identifier: Apache-2.0\nproject(stagebox VERSION 0.1.0)\n' >"$copy/CMakeLists.txt"
put_map
put_symbols sb_one sb_two
put_headers sb_one sb_two
check_passes symbols 'equal lists of functions pass'
put_map
put_symbols sb_one
check_finds symbols 'sb_two is missing' 'a function that the package does not list is a finding'
put_map
put_symbols sb_one sb_two sb_three
check_finds symbols 'sb_three is not in' 'a function that the library no longer has is a finding'
put_symbols sb_one sb_two
put_map
put_headers sb_one sb_two
put_page sb_one sb_two
check_passes symbols 'equal headers and pages pass, too'
put_headers sb_one sb_two sb_three
check_finds symbols 'sb_three is not in core/stagebox.map' 'a declared function that no module can call is a finding'
put_headers sb_one
check_finds symbols 'sb_two is not declared' 'an exported function without a declaration is a finding'
put_headers sb_one sb_two
put_page sb_one
check_finds symbols 'sb_two is missing' 'a function that the manual page lacks is a finding'
put_page sb_one sb_two sb_four
check_finds symbols 'sb_four does not exist' 'a function of the manual page that does not exist is a finding' core/stagebox.map packaging/debian/stagebox.symbols CMakeLists.txt include/stagebox/one.h docs/man/stagebox-module.7

# pages of functions
put_documented() { # put_documented COMMENT: above sb_one(); sb_two() has another one
	put_map
	printf '#pragma once\n\n%s\nSB_API int sb_one(int first);\n\n/** Count to two. */\nSB_API int sb_two(void);\n' "$1" | put_file include/stagebox/one.h
}
put_documented '/** Count. Returns 0, or SB_E_NOMEM. */'
check_passes pages 'functions with comments have pages'
put_documented ''
check_finds pages 'one.h: sb_one: no comment' 'a function without a comment is a finding'
put_documented "$(printf '/**\n * Count.\n *\n * @second  of them\n */')"
check_finds pages 'a parameter second, which it does not have' 'a comment about a parameter that does not exist is a finding'
put_documented "/** $(printf 'and so on %.0s' $(seq 20)). */"
check_finds pages 'does not begin with a short sentence' 'a comment without a short first sentence is a finding'
put_documented '/** Count. */'
sed -i 's/SB_API int sb_two/int sb_two/' "$copy/include/stagebox/one.h"
check_finds pages 'sb_two has no page' 'a function that is not declared with SB_API is a finding' core/stagebox.map include/stagebox/one.h

# planted defects
put_mutant() { # put_mutant LINE...: a defect in core/one.c
	mkdir -p "$copy/tests/mutants"
	printf '%s\nint one(void);\nint f(void)\n{\n\treturn 1;\n}\nint g(void)\n{\n\treturn 1;\n}\n' "$SPDX" >"$copy/core/one.c"
	printf '%s\n' 'One is two' "$@" >"$copy/tests/mutants/one.mutant"
}
printf '\n' | put_file tests/unit/test_one.c
put_mutant 'tests: test_one' 'file: core/one.c' 'old: int one(void);' 'new: int two(void);'
check_passes mutants 'a defect that fits and names its test passes'
put_mutant 'tests: test_one' 'file: core/one.c' 'old: int f(void) { return 1; }' 'new:'
check_passes mutants 'line breaks and indentation do not matter'
put_mutant 'tests: test_one' 'file: core/one.c' 'in: g' 'old: return 1;' 'new: return 2;'
check_passes mutants 'a line that occurs twice passes with its function'
printf '\n' | put_file tests/lab/test_lab.c
put_mutant 'tests: tests/lab/test_lab.c' 'file: core/one.c' 'old: int one(void);' 'new: int two(void);'
check_passes mutants 'a program of another folder is named by its source' tests/lab/test_lab.c
put_mutant 'tests: test_one' 'file: core/one.c' 'old: int one(char);' 'new: int two(void);'
check_finds mutants 'nearest is line 2: int one(void);' 'a changed line is a finding that names the nearest line'
put_mutant 'tests: test_one' 'file: core/gone.c' 'old: int one(void);' 'new: int two(void);'
check_finds mutants 'is now in core/one.c' 'a moved line is a finding that names its file'
put_mutant 'tests: test_one' 'file: core/one.c' 'old: return 1;' 'new: return 2;'
check_finds mutants 'one of f, g' 'a line that occurs twice is a finding that names the functions'
put_mutant 'tests: test_one' 'file: core/one.c' 'in: h' 'old: return 1;' 'new: return 2;'
check_finds mutants 'no function h()' 'a missing function is a finding'
put_mutant 'tests: test_one' 'old: return 1;' 'new: return 2;'
check_finds mutants 'line 3 is not one of' 'a change without a file is a finding'
put_mutant 'tests: test_two' 'file: core/one.c' 'old: int one(void);' 'new: int two(void);'
check_finds mutants 'test_two does not exist; the nearest is test_one' 'a defect that names a test that does not exist is a finding'
mkdir -p "$copy/build/tests/unit" && : >"$copy/build/tests/unit/test_one"
put_mutant 'tests: build/tests/unit/test_one' 'file: core/one.c' 'old: int one(void);' 'new: int two(void);'
check_finds mutants 'is named by its source' 'a defect that names a built program is a finding, built or not'
rm -r "$copy/build/tests"
put_mutant 'file: core/one.c' 'old: int one(void);' 'new: int two(void);'
check_finds mutants 'does not name a test' 'a defect without a test is a finding'
mv "$copy/tests/mutants/one.mutant" "$copy/tests/mutants/one.patch"
check_finds mutants 'is a file NAME.mutant' 'a defect in another format is a finding' core/one.c tests/mutants/one.patch

# pages
put_page() { # page NAME LINE...: a page with these lines
	name=$1
	shift
	printf '%s\n' "$@" | put_file "$name"
}
printf 'case $command in\ndeps) deps ;;\nhelp | -h) usage ;;\nesac\n' | put_file dev
printf 'const struct cmd_entry cmd_plan = {\n\t.name = "plan",\n};\n' | put_file cmd/plan.c
put_page docs/x.md '[a](../core/job/a.c#top), `core/job/`, `core/*/a.c`, `tests/mutants/NAME.mutant`, `lab/qemu/101`,' \
	'[b](https://example.com/x), `./dev deps`, `./dev help`, `stagebox plan -o FILE`'
check_passes links 'a page whose links, paths and commands exist'
put_page docs/x.md '[a](../core/job/gone.c)'
check_finds links 'docs/x.md:2: the link ../core/job/gone.c leads to no file' 'a link to no file' docs/x.md
put_page docs/x.md 'in `core/gone.c`'
check_finds links 'docs/x.md:2: core/gone.c does not exist' 'a path that does not exist' docs/x.md
put_page docs/x.md 'in `core/gone/*.c`'
check_finds links 'core/gone/\*.c does not exist' 'a pattern that fits no file' docs/x.md
put_page docs/x.md 'type `./dev gone`'
check_finds links 'dev has no command gone' 'a command of dev that does not exist' docs/x.md
put_page docs/x.md 'type `stagebox gone --all`'
check_finds links 'stagebox has no command gone' 'a command of the program that does not exist' docs/x.md dev cmd/plan.c

put_page docs/x.md '```c core/job/x.c' '#include "base/thing.h"' 'int f(void) { return base_thing(); }' '```' \
	'```c' '#include <stagebox/module.h>' 'int g(void) { return sb_thing(); }' '```' '```sh tests/x.sh' 'true' '```'
check_passes examples 'examples that compile'
put_page docs/x.md '```c core/job/x.c' 'int f(void) { return gone(); }' '```'
check_finds examples 'docs/x.md:2: the example core/job/x.c does not compile: .*gone' 'an example that does not compile' docs/x.md
put_page docs/x.md '```c' '#include "base/thing.h"' '```'
check_finds examples 'does not compile: .*base/thing.h' 'an example of a module that includes core' docs/x.md
put_page docs/x.md '```sh tests/x.sh' 'if true; then' '```'
check_finds examples 'the example tests/x.sh does not compile' 'an example of a script that does not parse' docs/x.md

printf '\n' | put_file tests/unit/test_one.c
put_map_page() { # put_map_page ROW...: the page with rows for the clean files and these
	put_page tests/README.md '## Which file is tested where' '| `core/guest/` | `test_one` |' '| `modules/one/` | `test_one` |' \
		'| `lab/` | `test_one` |' '| `cmd/` `a.c` | `test_one` |' "$@"
}
put_map_page '| `core/job/` `a.c` | `test_one` |'
check_passes tests_map 'a page that has each file with a suite'
put_map_page
check_finds tests_map 'core/job/a.c: in no row' 'a file in no row'
put_map_page '| `core/job/` `a.c` `b.c` | `test_one` |'
check_finds tests_map 'core/job/b.c does not exist' 'a row of a file that does not exist'
put_map_page '| `core/job/` `a.c` | `test_one` |' '| `core/gone/` | `test_one` |'
check_finds tests_map 'core/gone/ does not exist' 'a row of a folder that does not exist'
put_map_page '| `core/job/` `a.c` | `test_two` |'
check_finds tests_map 'no suite test_two' 'a row with a suite that does not exist'
put_map_page '| `core/job/` `a.c` | by hand |'
check_finds tests_map 'core/job/: no suite' 'a row without a suite' tests/README.md tests/unit/test_one.c

# recorded headers
put_version() { printf '#pragma once\n#define SB_ABI_MAJOR 2\n#define SB_ABI_MINOR %s\n%s\n' "$2" "$3" | put_file "$1"; }
kept=tests/abi/2.0/include/stagebox
put_version include/stagebox/module.h 0 'struct one { int a; };'
check_finds recorded 'include/stagebox/module.h: is not recorded in tests/abi/2.0' 'a version without recorded headers'
put_version $kept/module.h 0 'struct one { int a; };'
cp "$copy/include/stagebox/types.h" "$copy/$kept/types.h"
check_passes recorded 'equal headers'
put_version include/stagebox/module.h 0 '/* a comment */ struct one {  int a;  };'
check_passes recorded 'comments and layout may change'
put_version include/stagebox/module.h 0 'struct one { int a; int b; };'
check_finds recorded 'module.h: differs from the recorded header in tests/abi/2.0: .*not released yet: run UPDATE_ABI=1' \
	'a changed header of a version that was not released'
printf 'of 0.2.0\n' | put_file tests/abi/2.0/released
check_finds recorded 'ABI 2.0 was released: raise SB_ABI_MINOR' 'a changed header of a version that was released'
UPDATE_ABI=1 sh "$here/lint.sh" --root "$copy" recorded >"$copy.out" 2>&1
report_case $((! $?)) 'recorded: a released version is not recorded again'
put_version include/stagebox/module.h 1 'struct one { int a; int b; };'
check_finds recorded 'is not recorded in tests/abi/2.1' 'a new minor version without recorded headers'
UPDATE_ABI=1 sh "$here/lint.sh" --root "$copy" recorded >"$copy.out" 2>&1
report_case $? 'recorded: UPDATE_ABI=1 records a new minor version'
check_passes recorded 'which are equal then'
rm "$copy/include/stagebox/types.h"
check_finds recorded 'types.h: is recorded, but there is no such header' 'a header that was removed'
rm -r "$copy/tests/abi"
printf '#pragma once\nint sb_thing(void);\n' | put_file include/stagebox/types.h
printf '#pragma once\n#include <stagebox/types.h>\n' | put_file include/stagebox/module.h

# built modules
build_module() { # build_module TEXT [FLAG...]
	text=$1
	shift
	printf '%s\n' "$text" | ${CC:-cc} -w -shared -fPIC -o "$copy/build/modules/x.so" -x c - "$@"
}
ENTRY='void *sb_module_entry(void) {'
build_module "int sb_log(); int json_is(); char *strchr(); $ENTRY sb_log(); json_is(); strchr(); return 0; }"
check_passes imports 'a module that imports only sb_*, json_* and listed functions of libc passes'
build_module "int open(); $ENTRY open(); return 0; }"
check_finds imports 'imports open' 'a module that opens files is a finding'
build_module "int inet_pton(); $ENTRY inet_pton(); return 0; }"
check_finds imports 'imports inet_pton' 'a module that imports an unlisted function is a finding'
build_module "void other(void) {} $ENTRY return 0; }"
check_finds imports 'exports other, sb_module_entry' 'a module with a second export is a finding'
build_module 'static int f(void) { return 0; }'
check_finds imports 'exports nothing' 'a module without an entry is a finding'
build_module "$ENTRY return 0; }" -Wl,--no-as-needed -lm
check_finds imports 'needs libm' 'a module that needs another library is a finding'
build_module "static int many[9]; $ENTRY return many; }"
check_finds imports 'of .bss: mutable data' 'a module with mutable data is a finding'
build_module "$ENTRY return 0; }" '-Wl,-rpath,$ORIGIN/lib'
check_passes runpath 'a library path relative to the file itself passes'
build_module "$ENTRY return 0; }" '-Wl,-rpath,$ORIGIN/lib:::'
check_finds runpath 'has an empty path' 'an empty library path, which is the working folder, is a finding'
build_module "$ENTRY return 0; }" '-Wl,-rpath,lib'
check_finds runpath 'lib is relative to the working folder' 'a relative library path is a finding'
rm -f "$copy.out"
echo "1..$n"
exit $bad
