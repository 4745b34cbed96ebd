# SPDX-License-Identifier: Apache-2.0
# The end-to-end suites source this file: TAP, a lab per suite, and functions that run the program with it.
set -u
: "${STAGEBOX:?}" "${STAGEBOX_SRC:?}" "${TMPDIR:?}"
e2e=$STAGEBOX_SRC/tests/e2e
lab=$TMPDIR/lab
labs=
n=0
export PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="$e2e"
# the versions that the lab simulates
pve=9 netbox_version=4.7
# shellcheck disable=SC2086 # words
set -- ${STAGEBOX_LAB_MODES:-}
while [ $# -gt 1 ]; do
	case $1 in
	--pve) pve=$2 ;;
	--netbox) netbox_version=$2 ;;
	esac
	shift 2
done
unset NO_COLOR STAGEBOX_CONFIG http_proxy https_proxy HTTP_PROXY HTTPS_PROXY

finish() {
	code=${1:-$?}
	trap - EXIT
	for each in $labs; do
		leave_netbox "$each"
		"$STAGEBOX" lab down --dir "$each" >/dev/null 2>&1
	done
	exit "$code"
}
trap finish EXIT
trap 'finish 1' HUP INT TERM

# simulated: true with a simulated NetBox. tests/live/real.sh replaces these three for a real one.
simulated() { :; }
# enter_netbox: called with a new lab in $lab; leave_netbox LAB: called before that lab is stopped
enter_netbox() { :; }
leave_netbox() { :; }

# check SENTENCE COMMAND...: the sentence is true if the command succeeds; else the output of the command is printed.
check() {
	n=$((n + 1))
	sentence=$1
	shift
	if "$@" >"$TMPDIR/said" 2>&1; then
		echo "ok $n - $sentence"
		return 0
	fi
	echo "not ok $n - $sentence"
	sed 's/^\(# \)*/# /' "$TMPDIR/said" | tail -n 70
	return 1
}
skip() {
	n=$((n + 1))
	echo "ok $n - $1 # skip $2"
}
# silent COMMAND...: succeeds and prints nothing to stderr
silent() { "$@" 2>"$TMPDIR/warnings" >"$TMPDIR/make.output" || { cat "$TMPDIR/make.output" "$TMPDIR/warnings"; return 1; }; same "$(cat "$TMPDIR/warnings")" ''; }
done_testing() {
	echo "1..$n"
	finish 0
}
same() { [ "$1" = "$2" ] || { echo "'$1' is not '$2'"; return 1; }; }
differ() { [ "$1" != "$2" ] || { echo "both are '$1'"; return 1; }; }
has() { grep -q -e "$2" "$1" || { echo "no '$2' in:"; tail -n 40 "$1"; return 1; }; }
has_not() { ! grep -q -e "$2" "$1" || { echo "'$2' in:"; grep -e "$2" "$1" | tail -n 20; return 1; }; }
not() { ! "$@"; }

# wait_for SECONDS COMMAND...: repeats the command until it succeeds
wait_for() {
	tries=$(($1 * 20))
	shift
	until "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.05
	done
}

# lab_up [OPTION...]: starts a lab of the selected versions in $lab, which the caller may set before
lab_up() {
	labs="$labs $lab"
	if ! "$STAGEBOX" lab up --dir "$lab" --pve "$pve" --netbox "$netbox_version" "$@" >"$TMPDIR/up" 2>&1; then
		echo "Bail out! the lab does not start"
		sed 's/^/# /' "$TMPDIR/up"
		exit 1
	fi
	config=$lab/stagebox.cfg
	# Before Proxmox VE 9 the role PVEAuditor does not permit queries to guest agents, which the suites need.
	if [ "$pve" = 8 ] && [ -z "${auditor:-}" ]; then
		ctl grant VM.Monitor
	fi
	enter_netbox
	mark
}
lab_down() {
	leave_netbox "$lab"
	"$STAGEBOX" lab down --dir "$lab" >/dev/null
}
ctl() { lab_ctl "$@"; }
lab_ctl() {
	"$STAGEBOX" lab ctl --dir "$lab" "$@" >"$TMPDIR/ctl" 2>&1 && return 0
	echo "lab ctl $*: $(cat "$TMPDIR/ctl")"
	return 1
}
# dump FILE: writes the state of NetBox without ids and UUIDs, which differ between two labs
dump() { "$STAGEBOX" lab dump --dir "$lab" --no-ids | python3 "$e2e/look.py" plain >"$1"; }
same_state() {
	cmp -s "$1" "$2" && return 0
	diff -U 2 "$1" "$2" | head -n 60
	return 1
}

# sb COMMAND...: runs the program with the lab; sets $code, writes $TMPDIR/out and $TMPDIR/err
sb() {
	timeout -k 5 "${patience:-120}" "$STAGEBOX" "$@" --config "$config" >"$TMPDIR/out" 2>"$TMPDIR/err"
	code=$?
}
# gives CODES COMMAND...: runs sb; true if it ends with one of the exit codes
gives() {
	wanted=$1
	shift
	sb "$@"
	for each_code in $wanted; do
		[ "$code" != "$each_code" ] || return 0
	done
	echo "exit code $code instead of $wanted: stagebox $*"
	# without the stages that are ok
	grep -v '  *ok  ' "$TMPDIR/out" | tail -n 25
	grep -v '  ok  ' "$TMPDIR/err" | tail -n 25
	return 1
}
out_has() { has "$TMPDIR/out" "$1"; }
err_has() { has "$TMPDIR/err" "$1"; }
says() { cat "$TMPDIR/out" "$TMPDIR/err" >"$TMPDIR/both" && has "$TMPDIR/both" "$1"; }

# mark: notes the end of the request log; look: checks the requests since then
mark() { since=$(wc -l <"$lab/requests.ndjson" 2>/dev/null || echo 0); }
look() { python3 "$e2e/look.py" "$1" "$lab/requests.ndjson" "$since" ${2+"$2"} ${3+"$3"} ${4+"$4"}; }
writes() { look count-writes; }
# mirrors [SLUG...]: NetBox equals Proxmox VE, field by field
mirrors() { python3 "$e2e/mirror.py" "$config" "$@"; }
# changes: prints the number of entries in NetBox's change log
changes() { netbox 'print(nb.call("GET", "core/object-changes/?limit=1")["count"])'; }
unchanged() { same "$(changes)" "$1"; }
# netbox SCRIPT: runs lines of Python with nb (servers.NetBox) and check(condition, words)
netbox() { python3 "$e2e/ask.py" "$config" "$1"; }
# same_plan FILE FILE...: these plan documents have the same pure part, and the hashes of what they hold
same_plan() { python3 "$e2e/plans.py" same "$@"; }

# last SCRIPT: as netbox, also with run, the document of `run show last`
last() {
	"$STAGEBOX" run show last --format json --config "$config" >"$TMPDIR/run.json" 2>"$TMPDIR/run.err" || {
		cat "$TMPDIR/run.err"
		return 1
	}
	python3 "$e2e/ask.py" "$config" "$1" "$TMPDIR/run.json"
}
# sums [TERM...]: the counters of the last run add up on both sides, and each of these terms is not 0
sums() { last 'pass' && python3 "$e2e/sums.py" "$TMPDIR/run.json" "$@"; }
# set_conf SED-EXPRESSION...: changes the configuration of the lab
set_conf() {
	for each in "$@"; do sed -i -e "$each" "$config" || return 1; done
}
# a_day_later: what NetBox refused is tried again
a_day_later() {
	python3 -c 'import sqlite3, sys
with sqlite3.connect(sys.argv[1]) as store:
    store.execute("UPDATE refusal SET since = since - 86400")' "$lab/stagebox.db"
}
prune_on() {
	set_conf 's/^prune:.*/prune: { enabled = true; runs = 1; grace = "0s"; address_runs = 1; address_grace = "0s"; max_percent = 100; max_count = 10000; };/'
}
# A suite of this folder that runs in ./dev live has the real NetBox.
case ${STAGEBOX_LIVE_URL:+$0} in
*/tests/e2e/*) . "$STAGEBOX_SRC/tests/live/real.sh" ;;
esac
