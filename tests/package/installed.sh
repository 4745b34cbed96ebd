#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs in a clean Debian as root, with the packages in /debs: installs, uses, removes and purges them as a user would.
set -u
n=0
bad=0
tmp=/tmp/stagebox-test
mkdir -p $tmp

# check SENTENCE COMMAND...: the sentence is true if the command succeeds.
check() {
	n=$((n + 1))
	sentence=$1
	shift
	if "$@" >$tmp/said 2>&1; then
		echo "ok $n - $sentence"
		return 0
	fi
	echo "not ok $n - $sentence"
	bad=$((bad + 1))
	tail -n 30 $tmp/said | sed 's/^/# /'
	return 1
}
same() { [ "$1" = "$2" ] || { echo "'$1' is not '$2'"; return 1; }; }
has() { grep -q -e "$2" "$1" || { echo "no '$2' in:"; tail -n 20 "$1"; return 1; }; }
gives() { # CODE COMMAND...: its output is written to $tmp/out
	wanted=$1
	shift
	"$@" >$tmp/out 2>&1
	code=$?
	[ $code = "$wanted" ] || { echo "exit code $code instead of $wanted: $*"; tail -n 20 $tmp/out; return 1; }
}
run_apt() { apt-get -q -y --no-install-recommends -o Dpkg::Use-Pty=0 "$@"; }

# --- before ----------------------------------------------------------------------------------------------

run_apt update >$tmp/apt.log 2>&1
needs=$(dpkg-deb -f /debs/stagebox_*.deb Depends)
needs="$needs, $(dpkg-deb -f /debs/stagebox-lab_*.deb Depends | sed 's/stagebox ([^)]*), *//')"
run_apt satisfy "$needs, gcc, libc6-dev, make, cmake, pkg-config, mandoc, bash-completion, zsh, libjansson-dev" >>$tmp/apt.log 2>&1 || {
	tail -n 20 $tmp/apt.log
	echo 'Bail out! the dependencies of the packages cannot be installed'
	exit 1
}
# Prints all files except caches, logs, databases of apt and dpkg, and the folders of this test.
list_files() {
	find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /run -o -path /tmp -o -path /debs -o -path /test \
		-o -path /var/cache -o -path /var/log -o -path /var/lib/dpkg -o -path /var/lib/apt \) -prune -o -print | sort
}
list_files >$tmp/files.before
cat /etc/passwd /etc/group >$tmp/users.before

# --- the program alone -----------------------------------------------------------------------------------

check "the package stagebox can be installed without the others" run_apt install /debs/stagebox_*.deb
check "the program runs" gives 0 stagebox --version
check "the program has the version of its package" has $tmp/out "$(dpkg-query -W -f '${Version}' stagebox | sed 's/-[^-]*$//')"
check "the program finds its modules" gives 0 stagebox modules info cluster
check "modules are in their folder below /usr/lib" has $tmp/out "/usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH 2>/dev/null || gcc -print-multiarch)/stagebox/2/cluster.so"
for module in cluster qemu lxc; do
	check "the README of the module $module is installed" sh -c 'ls /usr/share/doc/stagebox/modules/"$1"/README.md*' sh $module
done
check "without the package stagebox-lab the command lab ends with 78" gives 78 stagebox lab up --dir $tmp/lab
check "the message names the package to install" has $tmp/out 'apt install stagebox-lab'
check "only root can read the folder of tokens" same "$(stat -c '%a %u' /etc/stagebox/credentials)" '700 0'
check "only root can read the folder of the store" same "$(stat -c '%a %u' /var/lib/stagebox)" '700 0'
check "the unit and its timer are installed" test -f /lib/systemd/system/stagebox-sync.service -a -f /lib/systemd/system/stagebox-sync.timer
check "the timer is not enabled" test ! -e /etc/systemd/system/timers.target.wants/stagebox-sync.timer

# --- the configuration -----------------------------------------------------------------------------------

check "no configuration is installed" test ! -e /etc/stagebox/stagebox.cfg
check "a command without a configuration ends with 78" gives 78 stagebox config check
check "the message names init" has $tmp/out 'stagebox init'
check "the service waits for a configuration" has /lib/systemd/system/stagebox-sync.service '^ConditionPathExists=/etc/stagebox/stagebox.cfg$'
example=/usr/share/doc/stagebox/examples/stagebox.cfg
check "an example is installed with the documentation" test -f $example
check "the example itself is refused" gives 78 stagebox config check --config $example
check "the message says that it is still the example" has $tmp/out 'is still the example'
# nothing listens there: init writes the configuration nevertheless, and doctor would report the servers
write_config() {
	printf '%s\n' https://127.0.0.1:1 nbt_aaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa https://127.0.0.1:2 '' lab '' \
		stagebox@pve!sync=00000000-0000-0000-0000-000000000000 | stagebox init
}
check "init writes a configuration" write_config
check "it names the tokens as credentials, for the service" same "$(grep -c '"cred:' /etc/stagebox/stagebox.cfg)" 2
check "only root can read the tokens" same "$(stat -c '%a %u' /etc/stagebox/credentials/netbox /etc/stagebox/credentials/pve-lab | sort -u)" '600 0'
check "the configuration passes the check" gives 0 stagebox config check

# --- the lab, and the cycle ------------------------------------------------------------------------------

check "the package stagebox-lab can be installed" run_apt install /debs/stagebox-lab_*.deb
check "the lab starts" gives 0 stagebox lab up --dir $tmp/lab --guests 12
rm /etc/stagebox/credentials/*
for token in $tmp/lab/tokens/*; do install -m 600 "$token" /etc/stagebox/credentials/; done
cp /etc/stagebox/stagebox.cfg $tmp/cfg.installed
# the configuration of the lab with its tokens as credentials and the default path of the store
sed -e 's|"file:.*/tokens/\([^"]*\)"|"cred:\1"|' -e '/^store/,/};/d' $tmp/lab/stagebox.cfg >/etc/stagebox/stagebox.cfg
check "the configuration names credentials only" sh -c '! grep -q file: /etc/stagebox/stagebox.cfg && [ "$(grep -c cred: /etc/stagebox/stagebox.cfg)" = 3 ]'
check "the configuration with credentials passes the check" gives 0 stagebox config check
check "a sync before bootstrap is refused" gives 78 stagebox sync
check "bootstrap prepares NetBox" gives 0 stagebox bootstrap
check "the plan has changes" gives 2 stagebox plan
check "the first sync succeeds" gives 0 stagebox sync
count_writes() { grep '"server": *"netbox"' $tmp/lab/requests.ndjson | grep -c -v -E '"method": *"(GET|OPTIONS)"'; }
before=$(count_writes)
check "the first sync writes to NetBox" test "$before" -gt 10
check "the second sync succeeds" gives 0 stagebox sync
check "the second sync writes nothing" same "$(count_writes)" "$before"
check "run show last prints the run" gives 0 stagebox run show last
check "the store is in /var/lib/stagebox" test -s /var/lib/stagebox/stagebox.db

# --- as the service --------------------------------------------------------------------------------------

# systemd does not run in the chroot. This test itself does what systemd does for the service: an unprivileged user,
# credentials in a folder, with the name of LoadCredential as prefix, and the owner of the store.
unit=/lib/systemd/system/stagebox-sync.service
check "the unit loads the folder of tokens" has $unit '^LoadCredential=stagebox:/etc/stagebox/credentials$'
mkdir -p /run/credentials/stagebox-sync.service
for token in /etc/stagebox/credentials/*; do
	install -m 400 -o 61234 -g 61234 "$token" "/run/credentials/stagebox-sync.service/stagebox_${token##*/}"
done
chown -R 61234:61234 /var/lib/stagebox /run/credentials/stagebox-sync.service
as_service() {
	# shellcheck disable=SC2046 # the words of ExecStart
	setpriv --reuid 61234 --regid 61234 --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all \
		env -i CREDENTIALS_DIRECTORY=/run/credentials/stagebox-sync.service $(sed -n 's/^ExecStart=//p' $unit)
}
check "the user of the service cannot read the tokens of root" sh -c '! setpriv --reuid 61234 --regid 61234 --clear-groups ls /etc/stagebox/credentials'
check "the command of the unit succeeds as that user" gives 0 as_service
check "the command of the unit writes nothing without a change" same "$(count_writes)" "$before"
gives 0 stagebox lab ctl --dir $tmp/lab set lab/qemu/101 memory=9216
check "the command of the unit succeeds after a change" gives 0 as_service
check "the command of the unit writes the change" test "$(count_writes)" -gt "$before"
check "root can use the same store" gives 0 stagebox runs
check "the files of the store still belong to the service" same "$(find /var/lib/stagebox -not -user 61234)" ''
rm -rf /run/credentials
chown -R 0:0 /var/lib/stagebox

# --- manual pages and completion -------------------------------------------------------------------------

check "the package libstagebox-dev can be installed" run_apt install /debs/libstagebox-dev_*.deb
pages='1:stagebox 1:stagebox-lab 5:stagebox.cfg 7:stagebox-module 8:stagebox-sync.service 8:stagebox-sync.timer'
for page in $pages; do
	file=/usr/share/man/man${page%%:*}/${page#*:}.${page%%:*}.gz
	check "${page#*:}(${page%%:*}) is installed and has no fault" sh -c 'test "$(mandoc -T utf8 "$1" | wc -l)" -gt 40 &&
		why=$(mandoc -T lint -W style "$1" | grep -v "referenced manual not found"); [ -z "$why" ] || { echo "$why"; exit 1; }' sh "$file"
done
check "each function for modules has a page without a fault" sh -c '
nm -D --defined-only --with-symbol-versions "$(find /usr/lib -name libstagebox.so)" | sed -n "s/.* T \(sb_[a-z0-9_]*\)@@\?STAGEBOX_2$/\1/p" >"$1" && test -s "$1" || exit 1
while read -r name; do
	page=/usr/share/man/man3/$name.3.gz
	why=$(test -s "$page" && mandoc -T lint -W style "$page" | grep -v "referenced manual not found") || true
	test -s "$page" && [ -z "$why" ] || { echo "$name: $why"; exit 1; }
done <"$1"' sh $tmp/functions
check "each page of stagebox that another page refers to is installed" sh -c '
for name in $(zcat /usr/share/man/man?/stagebox*.gz | sed -n "s/^\.Xr \(stagebox[^ ]*\) \([0-9]\).*/\2\/\1.\2/p" | sort -u); do
	test -e "/usr/share/man/man$name.gz" || { echo "$name"; exit 1; }
done'
check "bash completes a slug" same "$(bash -c '. /usr/share/bash-completion/completions/stagebox
COMP_WORDS=(stagebox sync --endpoint ""); COMP_CWORD=3; _stagebox; echo ${COMPREPLY[*]}')" 'lab edge'
check "zsh finds the completion function" same "$(zsh -f -c 'autoload -U compinit; compinit -D -u; echo ${_comps[stagebox]}')" _stagebox

# --- the example module and a new module -----------------------------------------------------------------

cp -R /usr/share/doc/stagebox/example-module $tmp/example
check "the example module can be built" make -C $tmp/example
check "the example module passes its own test" make -C $tmp/example check
check "the example module can be installed" make -C $tmp/example install
check "the program finds the installed example module" gives 0 stagebox modules info example
rm -f "$(pkg-config --variable=moduledir stagebox)/example.so"
check "the example module can be built with CMake" sh -c "cmake -S $tmp/example -B $tmp/example/build && cmake --build $tmp/example/build"
# module_package: installs the example module as a package, as its author would make one
module_package() {
	mkdir -p $tmp/module/DEBIAN && DESTDIR=$tmp/module cmake --install $tmp/example/build || return 1
	printf 'Package: stagebox-example\nVersion: 0.1.0\nArchitecture: %s\nMaintainer: nobody <nobody@example.org>\nDepends: stagebox-abi-%s\nDescription: a module\n' \
		"$(dpkg --print-architecture)" "$(pkg-config --variable=abi stagebox)" >$tmp/module/DEBIAN/control
	dpkg-deb -b $tmp/module $tmp/module.deb && dpkg -i $tmp/module.deb
}
check "a package with a module that depends on the ABI of stagebox can be installed" module_package
check "the program finds the module of the package" gives 0 stagebox modules info example
check "the package with the module can be purged" dpkg --purge stagebox-example
for source in /usr/share/doc/stagebox/examples/*/; do
	name=$(basename "$source")
	cp -R "$source" "$tmp/$name"
	check "the example $name can be built" make -C "$tmp/$name"
	check "the example $name passes its own test" make -C "$tmp/$name" check
	check "the example $name can be built and tested with CMake" sh -c "cmake -S $tmp/$name -B $tmp/$name/build && cmake --build $tmp/$name/build && ctest --test-dir $tmp/$name/build --output-on-failure"
done
check "modules new writes a new module" sh -c "cd $tmp && stagebox modules new shelf"
check "the new module can be built" make -C $tmp/shelf

# --- upgrade, removal, purge -----------------------------------------------------------------------------

# old_package: an earlier package, which contained an example as a conffile
old_package() {
	rm -rf $tmp/old
	mkdir -p $tmp/old/DEBIAN $tmp/old/etc/stagebox
	printf 'Package: stagebox\nVersion: 0.0.1-1\nArchitecture: all\nMaintainer: nobody <nobody@example.org>\nDescription: an earlier package\n' >$tmp/old/DEBIAN/control
	echo /etc/stagebox/stagebox.cfg >$tmp/old/DEBIAN/conffiles
	echo '# the example of an earlier package' >$tmp/old/etc/stagebox/stagebox.cfg
	dpkg-deb -b $tmp/old $tmp/old.deb && dpkg --force-depends --force-confnew -i $tmp/old.deb
}
with_old_package() { # COMMAND: runs it between the old package and the upgrade
	dpkg --remove --force-depends stagebox && old_package && "$@" && dpkg -i /debs/stagebox_*.deb
}
cp -a /etc/stagebox/stagebox.cfg $tmp/cfg.kept
rm /etc/stagebox/stagebox.cfg
check "an upgrade from a package with an example succeeds" with_old_package true
check "an example that nobody edited is gone" test ! -e /etc/stagebox/stagebox.cfg -a ! -e /etc/stagebox/stagebox.cfg.dpkg-remove
check "an upgrade from a package with an edited example succeeds" with_old_package cp $tmp/cfg.kept /etc/stagebox/stagebox.cfg
check "the edited file stays" cmp /etc/stagebox/stagebox.cfg $tmp/cfg.kept

cp /etc/stagebox/stagebox.cfg $tmp/cfg.mine
check "the package stagebox can be installed again" run_apt install --reinstall /debs/stagebox_*.deb
check "an upgrade keeps the changed configuration" cmp /etc/stagebox/stagebox.cfg $tmp/cfg.mine
check "an upgrade keeps the tokens" test -s /etc/stagebox/credentials/lab
check "an upgrade keeps the store" test -s /var/lib/stagebox/stagebox.db
check "the lab stops" gives 0 stagebox lab down --dir $tmp/lab
check "the packages can be removed" run_apt remove stagebox stagebox-lab libstagebox-dev
check "a removal keeps configuration, tokens and store" test -s /etc/stagebox/stagebox.cfg -a -s /etc/stagebox/credentials/lab -a -s /var/lib/stagebox/stagebox.db
check "a removal deletes the programs" sh -c '! command -v stagebox && ! command -v stagebox-lab'
# systemd moves the store of a service with DynamicUser to /var/lib/private and creates a link
mkdir -p /var/lib/private
mv /var/lib/stagebox /var/lib/private/stagebox
ln -s private/stagebox /var/lib/stagebox
check "the package stagebox can be purged" dpkg --purge stagebox
rmdir /var/lib/private
list_files >$tmp/files.after
cat /etc/passwd /etc/group >$tmp/users.after
check "a purge leaves no file behind" diff -u $tmp/files.before $tmp/files.after
check "a purge leaves no user behind" cmp $tmp/users.before $tmp/users.after

echo "1..$n"
[ $bad -eq 0 ]
