#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every rule of the lint fires: each case plants one violation in a copy of the tree and expects it to be named.
set -u
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
copy=$(mktemp -d)
trap 'rm -rf "$copy" "$copy.out"' EXIT
n=0 bad=0
SPDX='/* SPDX-License-Identifier: Apache-2.0 */'

report() { # report RC TEXT
	n=$((n + 1))
	if [ "$1" = 0 ]; then echo "ok $n - $2"; else
		echo "not ok $n - $2"
		sed 's/^/# /' "$copy.out"
		bad=1
	fi
}

put() { # put FILE: standard input under a licence line
	mkdir -p "$copy/$(dirname "$1")"
	{
		printf '%s\n' "$SPDX"
		cat
	} >"$copy/$1"
}

# fires CHECK WANTED TEXT FILE...: the check fails and names WANTED; the planted files go again.
fires() {
	check=$1 wanted=$2 text=$3
	shift 3
	if sh "$here/lint.sh" --root "$copy" "$check" >"$copy.out" 2>&1; then
		report 1 "$check: $text"
	else
		grep -q -e "$wanted" "$copy.out"
		report $? "$check: $text"
	fi
	for file in "$@"; do rm -f "$copy/$file"; done
}

# passes CHECK TEXT FILE...: the check finds nothing.
passes() {
	check=$1 text=$2
	shift 2
	sh "$here/lint.sh" --root "$copy" "$check" >"$copy.out" 2>&1
	report $? "$check: $text"
	for file in "$@"; do rm -f "$copy/$file"; done
}

# The copy holds a tree of its own, small and clean: the rules are tried, not the present sources.
mkdir -p "$copy/build/modules"
cp "$top/.clang-format" "$copy/"
for word in base conf net pve netbox model store load run diff apply job parent doctor service guest; do
	printf '#pragma once\nint %s_thing(void);\n' "$word" | put "core/$word/thing.h"
done
printf '#pragma once\nint sb_thing(void);\n' | put include/stagebox/types.h
printf '#pragma once\n#include <stagebox/types.h>\n' | put include/stagebox/module.h
printf '#pragma once\n' | put lab/lab.h
printf '#pragma once\n' | put cmd/cmd.h
printf '#pragma once\n#include <stagebox/module.h>\n' | put modules/one/one.h
printf '#pragma once\n' | put modules/two/two.h

# one clean file in each place
printf '#include "diff/thing.h"\n#include "base/thing.h"\n#include <stagebox/types.h>\n#include <unistd.h>\n' | put core/job/a.c
printf '#include <stagebox/module.h>\n#include "base/thing.h"\n' | put core/guest/a.c
printf '#include "one.h"\n#include <jansson.h>\n#include <string.h>\n' | put modules/one/a.c
printf '#include "lab.h"\n#include "base/thing.h"\n#include <stagebox/types.h>\n#include <sys/socket.h>\n' | put lab/a.c
printf '#include "doctor/thing.h"\n' | put cmd/a.c
passes floors 'a tidy tree has no finding'

while read -r file include wanted; do
	printf '#include %s\n' "$include" | put "$file"
	fires floors "$wanted" "$file may not include $include" "$file"
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
core/service/x.c "cmd.h" core does not know the commands
core/guest/x.c "run/thing.h" core/guest includes only
core/run/x.c "guest/thing.h" through its public header
core/other/x.c "base/thing.h" has no row
core/net/x.c "lab/lab.h" do not know the lab
core/net/x.c "modules/one/one.h" do not know modules
cmd/x.c "lab/lab.h" do not know the lab
modules/one/x.c "base/thing.h" nothing of ours but
modules/one/x.c "modules/two/two.h" nothing of ours but
modules/one/x.c "lab/lab.h" do not know the lab
modules/one/x.c <curl/curl.h> only <stagebox
modules/one/x.c <sqlite3.h> only <stagebox
modules/one/x.c <unistd.h> only <stagebox
docs/example-module/x.c "base/thing.h" nothing of ours but
docs/example-module/x.c <unistd.h> only <stagebox
lab/x.c "run/thing.h" the lab includes only
lab/x.c <stagebox/module.h> the lab includes only
include/stagebox/x.h "base/thing.h" only public headers
include/stagebox/x.h <curl/curl.h> only <stagebox
core/net/x.c "net/nowhere.h" no such file
CASES

printf '#pragma once\n' | put core/conf/conf_priv.h
for file in core/load/x.c cmd/x.c; do
	printf '#include "conf/conf_priv.h"\n' | put $file
	fires floors 'a private header of core/conf' "$file may not include a private header of another folder" $file
done
printf '#include "conf/conf_priv.h"\n' | put core/conf/x.c
printf '#include "conf/conf_priv.h"\n' | put tests/unit/x.c
passes floors 'private headers are for their folder and for tests' core/conf/x.c tests/unit/x.c
rm -f "$copy/core/conf/conf_priv.h"

# size
{ printf 'int f(void)\n{\n'; yes '	;' | head -n 117; printf '}\n'; } | put core/net/x.c
passes size 'a function of 120 lines passes' core/net/x.c
{ printf 'int f(void)\n{\n'; yes '	;' | head -n 118; printf '}\n'; } | put core/net/x.c
fires size 'a function of 121 lines' 'a function of 121 lines' core/net/x.c
{ printf 'static int f(int a,\n             int b)\n{\n'; yes '	;' | head -n 117; printf '}\n'; } | put lab/x.h
fires size 'a function of 121 lines' 'the head of a function counts' lab/x.h
yes '/* */' | head -n 599 | put tests/x.c
passes size 'a file of 600 lines passes' tests/x.c
yes '/* */' | head -n 600 | put tests/x.c
fires size '601 lines' 'a file of 601 lines' tests/x.c

# words
for word in qemu LXC Ceph; do
	printf '/* what a %s does */\n' "$word" | put core/net/x.c
	fires words "$word" "$word in core" core/net/x.c
done
printf '/* lxc */\n' | put include/stagebox/x.h
fires words lxc 'a family in a public header' include/stagebox/x.h
printf '\n' | put core/net/ceph.c
fires words 'in a file name' 'a family in a file name' core/net/ceph.c
printf '/* qemu and lxc */\n' | put core/guest/x.c
cp "$copy/core/guest/x.c" "$copy/include/stagebox/guest.h"
passes words 'guests may be named where guests are' core/guest/x.c include/stagebox/guest.h

# dialect
while IFS='|' read -r line wanted text; do
	printf 'int f(int rc, const char *a, const char *b)\n{\n\t%s;\n}\n' "$line" | put core/net/x.c
	fires dialect "core/net/x.c:4: $wanted" "$text" core/net/x.c
done <<'CASES'
return rc == 0|rc == 0: write !rc|success is !rc
return rc != 0 ? 1 : 2|rc != 0: write rc < 0|failure is rc < 0
if (rc) return 1|if (rc): write if (rc < 0)|failure is not any number
return !strcmp(a, b)|.*write sb_streq()|no negated order
if (strcmp(a, b)) return 1|strcmp: write sb_streq()|no order as a condition
return strcmp(a, b) == 0|strcmp: write sb_streq()|no order compared with nought
return !strncmp(a, b, 2)|.*or sb_starts_with()|no negated order of a prefix
CASES
printf 'int f(const char *a, const char *b)\n{\n\tint order = strcmp(a, b);\n\tif (strcmp(a, f(b)) < 0) return order;\n\treturn strcmp(a, b);\n}\n' | put core/net/x.c
passes dialect 'strcmp() is for order' core/net/x.c

# licence lines
for file in core/net/x.c modules/one/x.h tests/x.sh tests/x.py dev modules/one/CMakeLists.txt docs/x.md docs/one/Makefile docs/x.7 etc/x.cfg; do
	mkdir -p "$copy/$(dirname "$file")"
	echo 'nothing' >"$copy/$file"
	fires spdx "$file" "no licence line in $file" "$file"
done

# the cloud gate: in core, what needs a reason; in modules, everything
while IFS='|' read -r file rule line; do
	printf 'void f(void)\n{\n\t%s;\n}\n' "$line" | put "$file"
	fires cloud "$file:4: $rule:" "$rule: $line in ${file%/*}" "$file"
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
printf 'static int count;\n' | put modules/one/x.c
fires cloud 'modules/one/x.c:2: state' 'mutable static data in a module' modules/one/x.c
printf '#define RUN system\n\n' | put core/net/x.c
fires cloud 'core/net/x.c:2: process' 'a call hidden in a macro' core/net/x.c
printf '__attribute__((constructor)) static void f(void)\n{\n}\n' | put core/net/x.c
fires cloud 'exit-hook: constructor' 'hidden start code' core/net/x.c
printf 'void f(void)\n{\n\t/* fork() */ g("system(x) /tmp"); h->open(p, O_RDWR); reopen(x); io.connect(a);\n}\n' | put core/net/x.c
passes cloud 'comments, literals and members are no calls' core/net/x.c
printf 'void f(void)\n{\n\tint fd = open(p, O_RDONLY | O_CLOEXEC), k = open(\n\t\tq, O_RDONLY);\n\tFILE *f = fopen(p, "re");\n}\n' | put core/net/x.c
passes cloud 'core may read files' core/net/x.c
printf 'static const int a[] = { 1 };\nstatic const char *const b = "x";\nstatic int f(int a);\nstatic int g(void)\n{\n\treturn 0;\n}\n' | put modules/one/x.c
passes cloud 'constant tables are no state' modules/one/x.c

# exemptions
printf 'void f(void)\n{\n\tfork(); /* cloud-compat: ok: a job is a process */\n}\n' | put core/net/x.c
passes cloud 'a reason on the same line excuses' core/net/x.c
printf 'void f(void)\n{\n\t/* cloud-compat: ok: a job is a process,\n\t * and nothing else */\n\tfork();\n}\n' | put core/net/x.c
passes cloud 'a reason on the line before excuses' core/net/x.c
printf 'void f(void)\n{\n\tfork(); /* cloud-compat: ok: */\n}\n' | put core/net/x.c
fires cloud 'an exemption is written' 'an exemption without a reason' core/net/x.c
printf 'void f(void)\n{\n\tfork(); /* cloud-compat: because */\n}\n' | put core/net/x.c
fires cloud 'core/net/x.c:4: process' 'an exemption without ok' core/net/x.c
printf 'void f(void)\n{\n\tg(); /* cloud-compat: ok: nothing here */\n}\n' | put core/net/x.c
fires cloud 'excuses nothing' 'an exemption that excuses nothing' core/net/x.c
printf 'void f(void)\n{\n\tfork(); /* cloud-compat: ok: this one */\n\tfork();\n}\n' | put core/net/x.c
fires cloud 'core/net/x.c:5: process' 'an exemption behind code is for its own line only' core/net/x.c

# headers, format, shell
printf '#pragma once\nsize_t f(void);\n' | put include/stagebox/x.h
fires headers 'include/stagebox/x.h' 'a header that needs another one' include/stagebox/x.h
printf '#pragma once\n#include "base/thing.h"\n' | put include/stagebox/x.h
fires headers 'include/stagebox/x.h' 'a public header sees only include/' include/stagebox/x.h
passes headers 'headers that compile alone'
if { clang-format-14 --version || clang-format --version; } 2>/dev/null | grep -q 'version 14'; then
	printf 'int f(void) {return 0;}\n' | put core/net/x.c
	fires format 'core/net/x.c' 'a file that is not formatted' core/net/x.c
else
	n=$((n + 1))
	echo "ok $n - format: a file that is not formatted # SKIP no clang-format 14"
fi
mkdir -p "$copy/tests"
printf 'if true; then\n' >"$copy/tests/x.sh"
fires shell 'tests/x.sh' 'a shell script that does not parse' tests/x.sh
printf 'def f(:\n' >"$copy/tests/x.py"
fires shell 'tests/x.py' 'a Python file that does not parse' tests/x.py

# symbols
mkdir -p "$copy/packaging/debian"
map() { printf 'STAGEBOX_1 {\n\tglobal:\n\t\tsb_one;\n\t\tsb_two;\n};\nSTAGEBOX_PRIVATE {\n\tglobal:\n\t\tsb_*;\n};\n' | put core/stagebox.map; }
symbols() { printf 'libstagebox.so.1 stagebox\n' >"$copy/packaging/debian/stagebox.symbols" && for each; do printf ' %s@STAGEBOX_1 0.1.0\n' "$each" >>"$copy/packaging/debian/stagebox.symbols"; done; }
printf '# SPDX-License-Identifier: Apache-2.0\nproject(stagebox VERSION 0.1.0)\n' >"$copy/CMakeLists.txt"
map
symbols sb_one sb_two
passes symbols 'functions of modules that the package lists'
map
symbols sb_one
fires symbols 'sb_two is missing' 'a function that the package does not list'
map
symbols sb_one sb_two sb_three
fires symbols 'sb_three is not in' 'a function that the library has lost' core/stagebox.map packaging/debian/stagebox.symbols CMakeLists.txt

# planted defects
mutant() { # mutant LINE...: a defect in core/one.c
	mkdir -p "$copy/tests/mutants"
	printf '%s\nint one(void);\nint f(void)\n{\n\treturn 1;\n}\nint g(void)\n{\n\treturn 1;\n}\n' "$SPDX" >"$copy/core/one.c"
	printf '%s\n' 'One is two' "$@" >"$copy/tests/mutants/one.mutant"
}
mutant 'tests: test_one' 'file: core/one.c' 'old: int one(void);' 'new: int two(void);'
passes mutants 'a defect that fits and names its test'
mutant 'tests: test_one' 'file: core/one.c' 'old: int f(void) { return 1; }' 'new:'
passes mutants 'line breaks and indentation do not matter'
mutant 'tests: test_one' 'file: core/one.c' 'in: g' 'old: return 1;' 'new: return 2;'
passes mutants 'a line that occurs twice is named with its function'
mutant 'tests: test_one' 'file: core/one.c' 'old: int one(char);' 'new: int two(void);'
fires mutants 'nearest is line 2: int one(void);' 'a defect of code that changed: the nearest line is named'
mutant 'tests: test_one' 'file: core/gone.c' 'old: int one(void);' 'new: int two(void);'
fires mutants 'is now in core/one.c' 'a defect of a line that moved: its file is named'
mutant 'tests: test_one' 'file: core/one.c' 'old: return 1;' 'new: return 2;'
fires mutants 'one of f, g' 'a line that occurs twice: the functions are named'
mutant 'tests: test_one' 'file: core/one.c' 'in: h' 'old: return 1;' 'new: return 2;'
fires mutants 'no function h()' 'a function that is gone'
mutant 'tests: test_one' 'old: return 1;' 'new: return 2;'
fires mutants 'line 3 is not one of' 'a change without a file'
mutant 'file: core/one.c' 'old: int one(void);' 'new: int two(void);'
fires mutants 'names no test' 'a defect that no test is to see'
mv "$copy/tests/mutants/one.mutant" "$copy/tests/mutants/one.patch"
fires mutants 'is a file NAME.mutant' 'a defect in another format' core/one.c tests/mutants/one.patch

# pages
page() { # page NAME LINE...: a page with these lines
	name=$1
	shift
	printf '%s\n' "$@" | put "$name"
}
printf 'case $command in\ndeps) deps ;;\nhelp | -h) usage ;;\nesac\n' | put dev
printf 'const struct cmd_entry cmd_plan = {\n\t.name = "plan",\n};\n' | put cmd/plan.c
page docs/x.md '[a](../core/job/a.c#top), `core/job/`, `core/*/a.c`, `tests/mutants/NAME.mutant`, `lab/qemu/101`,' \
	'[b](https://example.com/x), `./dev deps`, `./dev help`, `stagebox plan -o FILE`'
passes links 'a page whose links, paths and commands exist'
page docs/x.md '[a](../core/job/gone.c)'
fires links 'docs/x.md:2: the link ../core/job/gone.c leads to no file' 'a link to no file' docs/x.md
page docs/x.md 'in `core/gone.c`'
fires links 'docs/x.md:2: core/gone.c does not exist' 'a path that does not exist' docs/x.md
page docs/x.md 'in `core/gone/*.c`'
fires links 'core/gone/\*.c does not exist' 'a pattern that fits no file' docs/x.md
page docs/x.md 'type `./dev gone`'
fires links 'dev has no command gone' 'a command of dev that does not exist' docs/x.md
page docs/x.md 'type `stagebox gone --all`'
fires links 'stagebox has no command gone' 'a command of the program that does not exist' docs/x.md dev cmd/plan.c

page docs/x.md '```c core/job/x.c' '#include "base/thing.h"' 'int f(void) { return base_thing(); }' '```' \
	'```c' '#include <stagebox/module.h>' 'int g(void) { return sb_thing(); }' '```' '```sh tests/x.sh' 'true' '```'
passes examples 'examples that compile'
page docs/x.md '```c core/job/x.c' 'int f(void) { return gone(); }' '```'
fires examples 'docs/x.md:2: the example core/job/x.c does not compile: .*gone' 'an example that does not compile' docs/x.md
page docs/x.md '```c' '#include "base/thing.h"' '```'
fires examples 'does not compile: .*base/thing.h' 'an example of a module that includes core' docs/x.md
page docs/x.md '```sh tests/x.sh' 'if true; then' '```'
fires examples 'the example tests/x.sh does not compile' 'an example of a script that does not parse' docs/x.md

printf '\n' | put tests/unit/test_one.c
map_page() { # map_page ROW...: the page with rows for the clean files and these
	page tests/README.md '## Which file is tested where' '| `core/guest/` | `test_one` |' '| `modules/one/` | `test_one` |' \
		'| `lab/` | `test_one` |' '| `cmd/` `a.c` | `test_one` |' "$@"
}
map_page '| `core/job/` `a.c` | `test_one` |'
passes tests_map 'a page that has each file with a suite'
map_page
fires tests_map 'core/job/a.c: in no row' 'a file in no row'
map_page '| `core/job/` `a.c` `b.c` | `test_one` |'
fires tests_map 'core/job/b.c does not exist' 'a row of a file that does not exist'
map_page '| `core/job/` `a.c` | `test_one` |' '| `core/gone/` | `test_one` |'
fires tests_map 'core/gone/ does not exist' 'a row of a folder that does not exist'
map_page '| `core/job/` `a.c` | `test_two` |'
fires tests_map 'no suite test_two' 'a row with a suite that does not exist'
map_page '| `core/job/` `a.c` | by hand |'
fires tests_map 'core/job/: no suite' 'a row without a suite' tests/README.md tests/unit/test_one.c

# built modules
module() { # module TEXT [FLAG...]
	text=$1
	shift
	printf '%s\n' "$text" | ${CC:-cc} -w -shared -fPIC -o "$copy/build/modules/x.so" -x c - "$@"
}
ENTRY='void *sb_module_entry(void) {'
module "int sb_log(); int json_is(); char *strchr(); $ENTRY sb_log(); json_is(); strchr(); return 0; }"
passes imports 'a module that asks only core, jansson and pure libc'
module "int open(); $ENTRY open(); return 0; }"
fires imports 'imports open' 'a module that opens files'
module "int inet_pton(); $ENTRY inet_pton(); return 0; }"
fires imports 'imports inet_pton' 'a module that imports what is not listed'
module "void other(void) {} $ENTRY return 0; }"
fires imports 'exports other, sb_module_entry' 'a module with a second export'
module 'static int f(void) { return 0; }'
fires imports 'exports nothing' 'a module without an entry'
module "$ENTRY return 0; }" -Wl,--no-as-needed -lm
fires imports 'needs libm' 'a module that needs another library'
module "static int many[9]; $ENTRY return many; }"
fires imports 'of .bss: mutable data' 'a module with data of its own'
rm -f "$copy.out"
echo "1..$n"
exit $bad
