#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A group of people who may read the runs in a copy: without root, secrets, values and locks. Needs root.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
group=adm
gid=$(getent group $group | cut -d : -f 3)
stranger() { setpriv --reuid 61234 --regid 61234 --no-new-privs "$@"; } # --groups G | --clear-groups, COMMAND
if [ "$(id -u)" != 0 ] || [ -z "$gid" ] || ! stranger --clear-groups "$STAGEBOX" --version >/dev/null 2>&1; then
	skip "a group reads the runs" "needs root, setpriv, the group $group, and a program that others may execute"
	done_testing
fi

lab_up --guests 4 --endpoints 1
# The folders of a suite are closed to others.
state=$(mktemp -d /tmp/stagebox-readers.XXXXXX)
trap 'rm -rf "$state"; finish 1' HUP INT TERM
chmod 755 "$state"
mkdir -m 700 "$state/store"
sed "s|path = \"[^\"]*stagebox.db\"|path = \"$state/store/stagebox.db\"|" "$config" >"$state/stagebox.cfg"
config=$state/stagebox.cfg
# member CODE COMMAND...: as a user of the group; other: as a user of no group
as() { # OPTION CODE COMMAND...
	option=$1 wanted=$2
	shift 2
	# shellcheck disable=SC2086 # an option and its value
	timeout -k 5 60 setpriv --reuid 61234 --regid 61234 --no-new-privs $option "$STAGEBOX" "$@" --config "$config" >"$TMPDIR/out" 2>"$TMPDIR/err"
	code=$?
	[ $code = "$wanted" ] || { echo "exit code $code instead of $wanted: $*"; cat "$TMPDIR/out" "$TMPDIR/err"; return 1; }
}
member() { as "--groups $gid" "$@"; }
other() { as --clear-groups "$@"; }
modes() { (cd "$state" && stat -c '%a %n' store store/stagebox.db | sed 's|store/||' | tr '\n' ' ' | sed 's/ $//'); }
copy=$state/store/stagebox.db-readers
files() { stat -c '%n %a %U:%G %Y' "$state"/store/* "$state/store"; }

check "bootstrap" gives 0 bootstrap
check "the first sync" gives 0 sync
check "without store.group the store is its owner's" same "$(modes)" "700 store 600 stagebox.db"
check "others are refused" member 77 runs
check "the message names the option" err_has 'may not read it: .*store.group'
set_conf "s|^store: {|store: { group = \"$group\";|"
check "with it they are refused until a sync has run" member 77 runs
check "the message says so" err_has 'although it is in the group .*run a sync'
ctl set lab/qemu/101 description='password of the console: hunter2'
check "a sync writes a copy for the group" gives 0 sync
check "without a message" same "$(cat "$TMPDIR/err")" ''
check "the group may enter the folder" same "$(stat -c '%a %U:%G' "$state/store")" "710 root:$group"
check "and read the copy" same "$(stat -c '%a %U:%G' "$copy")" "640 root:$group"
check "but not the store" same "$(stat -c %a "$state/store/stagebox.db")" 600
check "which has the notes of guests" grep -qa hunter2 "$state/store/stagebox.db"
check "the copy has not" not grep -qa hunter2 "$copy"
files >"$TMPDIR/before"
check "a member lists the runs" member 0 runs
check "all of them" out_has '^ *3  *lab  *sync  *ok'
check "it learns from when they are" err_has 'as of 20[0-9-]* [0-9:]*Z: the copy for readers'
check "a member shows a run" member 0 run show last
check "with its stages" out_has '^qemu.guests  *ok'
check "a member shows what a run wrote" member 0 run show last --changes
check "the object" out_has '~ lab/qemu/101'
check "without its values" not out_has hunter2
check "a member lists what is stale" member 0 stale
check "nothing of the store was touched" sh -c 'stat -c "%n %a %U:%G %Y" "$1"/store/* "$1/store" | cmp - "$2"' sh "$state" "$TMPDIR/before"
check "root sees the values" gives 0 run show last --changes
check "of the store itself" out_has hunter2
check "a member is refused a sync, because the tokens are closed" member 78 sync
check "the message names the file" err_has 'cannot read file .*Permission denied'
check "other users are refused" other 77 runs
check "so they are for one run" other 77 run show last
check "the message names the group" err_has "member of the group \"$group\""

# A sync is writing, and a member locks what it can open.
ctl set lab/qemu/101 memory=4444
ctl hold-write 1 commit
"$STAGEBOX" sync --config "$config" >"$TMPDIR/sync.out" 2>&1 &
pid=$!
wait_for 60 grep -q '"held":true' "$lab/requests.ndjson"
check "while a sync writes, a member lists what ended before" member 0 runs
check "not yet this one" not out_has '^ *4  *lab'
check "root sees it running" gives 0 runs
check "by its lease" out_has '^ *4  *lab  *sync  *running'
check "and its requests" gives 0 run show last
check "of which one has no answer" out_has '1 without a known outcome'
check "a member can lock nothing of the store" stranger --groups "$gid" python3 - "$state/store" <<'EOF'
import fcntl, os, sys
for name in ("stagebox.db", "stagebox.db-shm", "stagebox.db-wal", "stagebox.db.endpoint.lab.lock"):
    try:
        file = open(os.path.join(sys.argv[1], name), "rb")
    except PermissionError:
        continue
    fcntl.lockf(file, fcntl.LOCK_SH)
    sys.exit("locked " + name)
EOF
kill -9 $pid
wait $pid 2>/dev/null
wait_for 10 sh -c '"$1" runs --config "$2" | grep -q interrupted' sh "$STAGEBOX" "$config"
check "after it was killed it is shown as interrupted" gives 0 runs
check "in the list" out_has '^ *4  *lab  *sync  *interrupted'
check "and alone" gives 0 run show last
check "with the same word" out_has '^run 4: .*interrupted'
check "the next sync succeeds" gives 0 sync
check "and a member sees both" member 0 runs
check "of which one was interrupted" out_has '^ *4  *lab  *sync  *interrupted'

# The copy cannot be written.
mv "$copy" "$copy.kept"
mkdir "$copy"
check "a copy that cannot be written does not fail the run" gives 0 sync
check "which says so" err_has 'readers do not see this run: .*copy for readers'
rmdir "$copy"
mv "$copy.kept" "$copy"

# The setting is removed.
set_conf "s|group = \"$group\";||"
check "without the setting a sync succeeds" gives 0 sync
check "the copy is gone" not test -e "$copy"
check "and folder and store are their owner's again" same "$(modes)" "700 store 600 stagebox.db"
check "the former member is refused" member 77 runs
chmod 750 "$state/store"
chmod 640 "$state/store/stagebox.db"
check "what was open to a group is closed when the store is opened" gives 0 runs
check "the folder and the file" same "$(modes)" "700 store 600 stagebox.db"
set_conf "s|^store: {|store: { group = \"$group\";|"

# Mistakes
set_conf 's|group = "[^"]*"|group = "no-such-group"|'
check "a group that does not exist is an error of the configuration" gives 78 config check
check "the message has place and name" says 'stagebox.cfg:[0-9]*: store.group: this host has no group "no-such-group"'
set_conf "s|group = \"[^\"]*\"|group = \"$group\"|"
mkdir -m 700 "$state/closed" "$state/closed/store"
set_conf 's|/store/stagebox.db|/closed/store/stagebox.db|'
check "a folder above the store that is closed" gives 0 sync
check "is reported" err_has 'the group cannot enter a folder of the store.*folder=.*/closed mode=0700'
set_conf 's|/closed/store/stagebox.db|/none/stagebox.db|'
mkdir -m 755 "$state/none"
check "a store that does not exist yet is reported to a member" member 1 runs
check "with what creates it" err_has 'does not exist yet: the first run creates it'
rm -rf "$state"
done_testing
