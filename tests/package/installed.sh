#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Runs in a clean Debian, as root: /debs has the packages. What a user does with them, in order.
set -u
n=0
bad=0
tmp=/tmp/stagebox-test
mkdir -p $tmp

# check SENTENCE COMMAND...: the sentence is true when the command succeeds.
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
gives() { # CODE COMMAND...: what it prints is in $tmp/out
	wanted=$1
	shift
	"$@" >$tmp/out 2>&1
	code=$?
	[ $code = "$wanted" ] || { echo "exit code $code instead of $wanted: $*"; tail -n 20 $tmp/out; return 1; }
}
apt() { apt-get -q -y --no-install-recommends -o Dpkg::Use-Pty=0 "$@"; }

# --- before ----------------------------------------------------------------------------------------------

apt update >$tmp/apt.log 2>&1
needs=$(dpkg-deb -f /debs/stagebox_*.deb Depends)
needs="$needs, $(dpkg-deb -f /debs/stagebox-lab_*.deb Depends | sed 's/stagebox ([^)]*), *//')"
apt satisfy "$needs, gcc, libc6-dev, make, pkg-config, mandoc, bash-completion, zsh, libjansson-dev" >>$tmp/apt.log 2>&1 || {
	tail -n 20 $tmp/apt.log
	echo 'Bail out! what the packages depend on cannot be installed'
	exit 1
}
# All files but those that packages come and go in, and the folders of this test.
files() {
	find / -xdev \( -path /proc -o -path /sys -o -path /dev -o -path /run -o -path /tmp -o -path /debs -o -path /test \
		-o -path /var/cache -o -path /var/log -o -path /var/lib/dpkg -o -path /var/lib/apt \) -prune -o -print | sort
}
files >$tmp/files.before
cat /etc/passwd /etc/group >$tmp/users.before

# --- the program alone -----------------------------------------------------------------------------------

check "stagebox installs alone" apt install /debs/stagebox_*.deb
check "the program runs" gives 0 stagebox --version
check "and is of the version of its package" has $tmp/out "$(dpkg-query -W -f '${Version}' stagebox | sed 's/-[^-]*$//')"
check "it finds its modules" gives 0 stagebox modules info cluster
check "where modules belong" has $tmp/out "/usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH 2>/dev/null || gcc -print-multiarch)/stagebox/1/cluster.so"
check "without the lab it says which package has it" gives 78 stagebox lab up --dir $tmp/lab
check "by its name" has $tmp/out 'apt install stagebox-lab'
check "the folder of tokens is for root alone" same "$(stat -c '%a %u' /etc/stagebox/credentials)" '700 0'
check "and so is that of the state" same "$(stat -c '%a %u' /var/lib/stagebox)" '700 0'
check "the unit and its timer are installed" test -f /lib/systemd/system/stagebox-sync.service -a -f /lib/systemd/system/stagebox-sync.timer
check "and not enabled" test ! -e /etc/systemd/system/timers.target.wants/stagebox-sync.timer

# --- the configuration -----------------------------------------------------------------------------------

check "the configuration as installed has to be filled in" gives 78 stagebox config check
check "which names the file of the first token" has $tmp/out '/etc/stagebox/credentials/netbox'
printf 'nbt_aaaaaaaaaaaa.aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n' | install -m 600 /dev/stdin /etc/stagebox/credentials/netbox
check "then the second is missed" gives 78 stagebox config check
check "by its name" has $tmp/out '/etc/stagebox/credentials/pve-lab'
printf 'stagebox@pve!sync=00000000-0000-0000-0000-000000000000\n' | install -m 600 /dev/stdin /etc/stagebox/credentials/pve-lab
check "with both it is right" gives 0 stagebox config check

# --- the lab, and the cycle ------------------------------------------------------------------------------

check "the lab installs" apt install /debs/stagebox-lab_*.deb
check "it comes up" gives 0 stagebox lab up --dir $tmp/lab --guests 12
rm /etc/stagebox/credentials/*
for token in $tmp/lab/tokens/*; do install -m 600 "$token" /etc/stagebox/credentials/; done
cp /etc/stagebox/stagebox.cfg $tmp/cfg.installed
# the lab's servers in the place of the configuration, its tokens as credentials, the store where it belongs
sed -e 's|"file:.*/tokens/\([^"]*\)"|"cred:\1"|' -e '/^store/,/};/d' $tmp/lab/stagebox.cfg >/etc/stagebox/stagebox.cfg
check "the configuration names credentials only" sh -c '! grep -q file: /etc/stagebox/stagebox.cfg && [ "$(grep -c cred: /etc/stagebox/stagebox.cfg)" = 3 ]'
check "and is right" gives 0 stagebox config check
check "a sync before bootstrap is refused" gives 78 stagebox sync
check "bootstrap" gives 0 stagebox bootstrap
check "the plan has changes" gives 2 stagebox plan
check "the first sync" gives 0 stagebox sync
writes() { grep '"server": *"netbox"' $tmp/lab/requests.ndjson | grep -c -v '"method": *"GET"'; }
before=$(writes)
check "it wrote to NetBox" test "$before" -gt 10
check "the second sync" gives 0 stagebox sync
check "writes nothing" same "$(writes)" "$before"
check "the last run is there" gives 0 stagebox run show last
check "the store is where the packages say" test -s /var/lib/stagebox/stagebox.db

# --- as the service does ---------------------------------------------------------------------------------

# systemd does not run here. What it gives to the service is made by hand: a user without rights, credentials in a
# folder of their own with the name of LoadCredential in front, the state.
unit=/lib/systemd/system/stagebox-sync.service
check "the unit loads the folder of tokens" has $unit '^LoadCredential=stagebox:/etc/stagebox/credentials$'
mkdir -p /run/credentials/stagebox-sync.service
for token in /etc/stagebox/credentials/*; do
	install -m 400 -o 61234 -g 61234 "$token" "/run/credentials/stagebox-sync.service/stagebox_${token##*/}"
done
chown -R 61234:61234 /var/lib/stagebox /run/credentials/stagebox-sync.service
as_service() {
	# shellcheck disable=SC2046 # the words of the unit's own line
	setpriv --reuid 61234 --regid 61234 --clear-groups --no-new-privs --bounding-set=-all --inh-caps=-all \
		env -i CREDENTIALS_DIRECTORY=/run/credentials/stagebox-sync.service $(sed -n 's/^ExecStart=//p' $unit)
}
check "the user of the service cannot read the tokens of root" sh -c '! setpriv --reuid 61234 --regid 61234 --clear-groups ls /etc/stagebox/credentials'
check "the line of the unit runs as that user" gives 0 as_service
check "and writes nothing either" same "$(writes)" "$before"
gives 0 stagebox lab ctl --dir $tmp/lab set lab/qemu/101 memory=9216
check "after a change it writes" gives 0 as_service
check "that change" test "$(writes)" -gt "$before"
check "root uses the same store afterwards" gives 0 stagebox runs
check "and leaves it to the service" same "$(find /var/lib/stagebox -not -user 61234)" ''
rm -rf /run/credentials
chown -R 0:0 /var/lib/stagebox

# --- what is to be read ----------------------------------------------------------------------------------

check "libstagebox-dev installs" apt install /debs/libstagebox-dev_*.deb
pages='1:stagebox 1:stagebox-lab 5:stagebox.cfg 7:stagebox-module 8:stagebox-sync.service 8:stagebox-sync.timer'
for page in $pages; do
	file=/usr/share/man/man${page%%:*}/${page#*:}.${page%%:*}.gz
	check "${page#*:}(${page%%:*}) is there and reads well" sh -c 'test "$(mandoc -T utf8 "$1" | wc -l)" -gt 40 &&
		why=$(mandoc -T lint -W style "$1" | grep -v "referenced manual not found"); [ -z "$why" ] || { echo "$why"; exit 1; }' sh "$file"
done
check "each page that a page of ours refers to is there, if it is ours" sh -c '
for name in $(zcat /usr/share/man/man?/stagebox*.gz | sed -n "s/^\.Xr \(stagebox[^ ]*\) \([0-9]\).*/\2\/\1.\2/p" | sort -u); do
	test -e "/usr/share/man/man$name.gz" || { echo "$name"; exit 1; }
done'
check "bash completes" same "$(bash -c '. /usr/share/bash-completion/completions/stagebox
COMP_WORDS=(stagebox sync --endpoint ""); COMP_CWORD=3; _stagebox; echo ${COMPREPLY[*]}')" 'lab edge'
check "zsh knows the function" same "$(zsh -f -c 'autoload -U compinit; compinit -D -u; echo ${_comps[stagebox]}')" _stagebox

# --- a module of one's own -------------------------------------------------------------------------------

cp -R /usr/share/doc/stagebox/example-module $tmp/example
check "the example builds" make -C $tmp/example
check "and passes its own test" make -C $tmp/example check
check "and installs" make -C $tmp/example install
check "beside the others" gives 0 stagebox modules info example
check "a new module is written" sh -c "cd $tmp && stagebox modules new shelf"
check "and builds" make -C $tmp/shelf

# --- upgrade, removal, purge -----------------------------------------------------------------------------

cp /etc/stagebox/stagebox.cfg $tmp/cfg.mine
check "an upgrade" apt install --reinstall /debs/stagebox_*.deb
check "leaves the configuration as it was made" cmp /etc/stagebox/stagebox.cfg $tmp/cfg.mine
check "and the tokens" test -s /etc/stagebox/credentials/lab
check "and the state" test -s /var/lib/stagebox/stagebox.db
check "the lab goes down" gives 0 stagebox lab down --dir $tmp/lab
rm -f "$(pkg-config --variable=moduledir stagebox)/example.so"
check "a removal" apt remove stagebox stagebox-lab libstagebox-dev
check "keeps configuration, tokens and state" test -s /etc/stagebox/stagebox.cfg -a -s /etc/stagebox/credentials/lab -a -s /var/lib/stagebox/stagebox.db
check "and takes the program" sh -c '! command -v stagebox && ! command -v stagebox-lab'
# as the service leaves it: the state is elsewhere, and a link stands in its place
mkdir -p /var/lib/private
mv /var/lib/stagebox /var/lib/private/stagebox
ln -s private/stagebox /var/lib/stagebox
check "a purge" dpkg --purge stagebox
rmdir /var/lib/private
files >$tmp/files.after
cat /etc/passwd /etc/group >$tmp/users.after
check "leaves no file" diff -u $tmp/files.before $tmp/files.after
check "and no user" cmp $tmp/users.before $tmp/users.after

echo "1..$n"
[ $bad -eq 0 ]
