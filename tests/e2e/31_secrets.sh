#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# full one
# Secrets appear in no output, log, record, store, plan, recording, process list or core file, whatever goes wrong.
# slow
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
release=${STAGEBOX_RELEASE:?}
seen=$TMPDIR/seen
mkdir "$seen" "$TMPDIR/store" "$TMPDIR/cred" "$TMPDIR/crash"
children=
trap 'for each in $children; do kill "$each" 2>/dev/null; done; finish 1' HUP INT TERM

# All secrets of this suite, including the tokens of the lab.
lab_up --guests 6 --endpoints 2
url() { python3 -c 'import sys; from servers import of_config; nb, pves = of_config(sys.argv[1])
print(nb.api[:-5] if sys.argv[2] == "netbox" else {p.slug: p.api[:-10] for p in pves}[sys.argv[2]])' "$config" "$1"; }
netbox_url=$(url netbox)
lab_url=$(url lab)
edge_url=$(url edge)
netbox_token=$(cat "$lab/tokens/netbox")
lab_token=$(cat "$lab/tokens/lab")
edge_token=$(cat "$lab/tokens/edge")
ticket=PVE:canary-ticket-5d1f0c:66AB
cat >"$TMPDIR/canaries" <<-LIST
	$netbox_token
	${netbox_token#*.}
	$lab_token
	${lab_token#*=}
	$edge_token
	${edge_token#*=}
	$ticket
	canary-literal-0b1c
	canary-url-password-7a2e
	canary-unknown-option-3c3d
	canary-of-cloud-init-9e4f
	canary-of-ssh-key-1f5a
	canary-of-environment-8d6b
	canary-file-2c7c
	canary-in-location
LIST

# One token by file:, one by env:, one by cred:.
cp "$lab/tokens/netbox" "$TMPDIR/netbox.token"
chmod 600 "$TMPDIR/netbox.token"
export E2E_LAB_TOKEN="$lab_token" CREDENTIALS_DIRECTORY="$TMPDIR/cred"
printf '%s' "$edge_token" >"$TMPDIR/cred/pve-edge"
chmod 600 "$TMPDIR/cred/pve-edge"
# configure NETBOX-URL LAB-URL [LINE]: a configuration in $config with all logs on
configure() {
	config=$TMPDIR/stagebox.cfg
	cat >"$config" <<-CFG
		netbox: { url = "$1"; token = "file:$TMPDIR/netbox.token"; use_https = false; verify_ssl = false; settle = "1s"; };
		endpoints: (
			{ slug = "lab"; urls = [ "$2" ]; token = "env:E2E_LAB_TOKEN"; use_https = false; verify_ssl = false; },
			{ slug = "edge"; urls = [ "$edge_url" ]; token = "cred:pve-edge"; use_https = false; verify_ssl = false; }
		);
		modules = [ "cluster", "qemu", "lxc" ];
		store: { kind = "sqlite"; path = "$TMPDIR/store/stagebox.db"; };
		log: { level = "debug"; };
		${3-}
	CFG
}
# kept CODES COMMAND...: like gives, and keep the output, which is searched at the end
times=0
kept() {
	gives "$@"
	kept_code=$?
	times=$((times + 1))
	cat "$TMPDIR/out" >"$seen/$times.out"
	cat "$TMPDIR/err" >"$seen/$times.err"
	return $kept_code
}
# hidden FILE...: these files or folders contain no canary, neither plain nor in URL encoding nor in base64
hidden() { python3 - "$TMPDIR/canaries" "$@" <<'PY'
import base64, os, sys, urllib.parse
marks = {}
for word in open(sys.argv[1]).read().split():
    marks[word.encode()] = word
    marks[urllib.parse.quote(word, safe="").encode()] = word
    for shift in range(3):  # the encoding depends on the number of bytes before the word
        coded = base64.b64encode(b"x" * shift + word.encode())
        marks[coded[-(-shift * 4 // 3) + (1 if shift else 0):-4]] = word
files = [os.path.join(top, name) for path in sys.argv[2:] for top, _, names in os.walk(path) for name in names]
files += [path for path in sys.argv[2:] if os.path.isfile(path)]
found = 0
for path in files:
    data = open(path, "rb").read()
    for mark, word in marks.items():
        at = data.find(mark)
        if at >= 0:
            found += 1
            if found < 9:
                print(f"{os.path.basename(path)}: ...{data[max(0, at - 150):at + 60]!r}")
if not files:
    print("nothing to search")
sys.exit(1 if found or not files else 0)
PY
}

configure "$netbox_url" "$lab_url"
guest=$(python3 -c 'import sys; from servers import of_config
print(min(row["vmid"] for row in of_config(sys.argv[1])[1][0].get("/cluster/resources") if row["type"] == "qemu"))' "$lab/stagebox.cfg")
check "a guest has secrets of cloud-init" ctl set "lab/qemu/$guest" cipassword=canary-of-cloud-init-9e4f \
	sshkeys='ssh-ed25519%20canary-of-ssh-key-1f5a%20ops'
check "bootstrap" kept 0 bootstrap --format json
check "a plan is saved and recorded" kept 2 plan -o "$seen/plan.json" --record "$seen/plan.record"
check "the log has debug lines" err_has '^debug: '
check "the plan is applied" kept 0 apply "$seen/plan.json"
check "a sync is recorded" kept 0 sync --record "$seen/sync.record" --format json
check "a recording is replayed" kept "0 2" plan --replay "$seen/plan.record" --format json
for command in "plan --format json" runs "runs --format json" "run show last" "run show last --format json" stages \
	"config check" "config dump" "config dump --format json" "modules list" "sync --resources interfaces" "sync"; do
	# shellcheck disable=SC2086 # words
	check "$command" kept 0 $command
done
check "the recording has the guest's configuration" has "$seen/plan.record" "/qemu/$guest/config"
check "normal commands show no secret" hidden "$seen" "$TMPDIR/store"

# Mistakes in the configuration.
# mistake SENTENCE: every command with this configuration exits with 78
mistake() {
	for command in "config check" "config dump" plan "sync --format json"; do
		# shellcheck disable=SC2086 # words
		check "$1: $command" kept "78" $command
	done
}
configure "$netbox_url" "$lab_url"
set_conf 's/"env:E2E_LAB_TOKEN"/"root@pam!x=canary-literal-0b1c"/'
mistake "a token is written in the configuration"
configure "$netbox_url" "$lab_url"
set_conf "s|\"file:$TMPDIR/netbox.token\"|\"canary-literal-0b1c|"
mistake "a token without the quote at its end"
configure "$netbox_url" "$lab_url"
set_conf "s|token = \"file:$TMPDIR/netbox.token\"|token = canary-literal-0b1c|"
mistake "a token without quotes"
configure "$netbox_url" "$lab_url"
set_conf 's/settle = "1s"/pasword = "canary-unknown-option-3c3d"/'
mistake "a password is the value of an unknown option"
configure "http://admin:canary-url-password-7a2e@127.0.0.1:9" "$lab_url"
mistake "a password in the URL of NetBox"
configure "$netbox_url" "ftp://admin:canary-url-password-7a2e@127.0.0.1:9"
mistake "a password in the URL of an endpoint"
configure "$netbox_url" "$lab_url"
export STAGEBOX_NETBOX_URL=http://admin:canary-url-password-7a2e@127.0.0.1:9
mistake "a password in a URL of the environment"
unset STAGEBOX_NETBOX_URL
export STAGEBOX_NETBOX_TOKEN=canary-of-environment-8d6b
check "a wrong token in the environment" kept "77" sync
unset STAGEBOX_NETBOX_TOKEN
printf 'canary-file-2c7c with a blank\n' >"$TMPDIR/netbox.token"
for command in "config check" plan "sync --format json"; do
	# shellcheck disable=SC2086 # words
	check "a token file with two words: $command" kept 78 $command
done
printf 'canary-file-2c7c\n' >"$TMPDIR/netbox.token"
check "a wrong token of NetBox" kept 77 sync
check "the runs with a wrong token are listed" kept 0 runs --format json
cp "$lab/tokens/netbox" "$TMPDIR/netbox.token"
E2E_LAB_TOKEN="root@pam!x=canary-file-2c7c"
check "a wrong token of Proxmox VE, of one endpoint of two" kept 4 sync --format json
E2E_LAB_TOKEN=$lab_token
check "no mistake shows a secret" hidden "$seen" "$TMPDIR/store"

# Servers that repeat secrets in their answers.
# echoes NAME BACKEND: start such a proxy in front of a server; its URL is in $echo
echoes() {
	mkdir "$TMPDIR/$1"
	echo pass >"$TMPDIR/$1/mode"
	CANARY_TICKET=$ticket python3 "$e2e/echo.py" "$2" "$TMPDIR/$1" &
	children="$children $!"
	wait_for 10 test -f "$TMPDIR/$1/port"
	echo="http://127.0.0.1:$(cat "$TMPDIR/$1/port")"
}
echoes echo.netbox "$netbox_url"
netbox_echo=$echo
echoes echo.lab "$lab_url"
lab_echo=$echo
configure "$netbox_echo" "$lab_echo"
check "a sync through the proxies succeeds" kept 0 sync
# tales SERVER HOW [METHOD [WORD]]: the proxy of SERVER repeats secrets in the manner HOW
tales() {
	server=$1
	shift
	echo "$*" >"$TMPDIR/echo.$server/mode"
	check "$server repeats secrets ($*): a sync" kept "0 1 4 69 77 78" sync --record "$seen/tales.$times" --format json
	check "$server repeats secrets ($*): the record" kept 0 run show last --format json
	echo pass >"$TMPDIR/echo.$server/mode"
	check "$server repeats secrets ($*): no secret is shown" hidden "$seen/$times.out" "$seen/$times.err" \
		"$seen/$((times - 1)).out" "$seen/$((times - 1)).err" "$seen/tales.$((times - 2))"
}
for how in refuse reason redirect headers fine; do
	tales netbox $how
	tales lab $how
done
for how in forbid fail reason fine headers; do tales lab "$how" GET /config; done
ctl set "lab/qemu/$guest" memory=3072
for how in invalid forbid fail redirect; do tales netbox "$how" PATCH /virtual-machines; done

# What other users of the machine can see, with the release build, because a sanitizer handles crashes differently.
modules=$TMPDIR/modules
mkdir "$modules"
if [ -x "$release" ] && [ -f "$(dirname "$release")/tests/modules/awry.so" ]; then
	cp "$(dirname "$release")"/modules/*.so "$(dirname "$release")/tests/modules/awry.so" "$modules/"
	# awry AT HOW
	awry() {
		configure "$netbox_url" "$lab_url" "options: { awry: { at = \"$1\"; how = \"$2\"; }; }; module_dir = \"$modules\";"
		set_conf 's/"lxc" ]/"lxc", "awry" ]/' 's/^log:.*//'
	}
	crashing() { # COMMAND...: with core files allowed
		(cd "$TMPDIR/crash" && ulimit -c unlimited && "$release" "$@" --config "$config") \
			>"$seen/crash.$times.out" 2>"$seen/crash.$times.err"
		code=$?
		times=$((times + 1))
	}
	no_core() { [ -z "$(ls -A "$TMPDIR/crash")" ] || { ls -l "$TMPDIR/crash"; rm -f "$TMPDIR"/crash/*; return 1; }; }
	for at in fetch diff; do
		awry $at crash
		crashing sync --format json
		check "a crash in $at loses the run" same "$code" 1
		check "a crash in $at leaves no core file" no_core
	done
	running() { # the pid of the job that runs, in $job
		job=$("$release" run show last --format json --config "$config" 2>/dev/null | python3 -c '
import json, sys
run = json.load(sys.stdin)
sys.exit(0 if run["status"] == "running" and run["pid"] > 0 and print(run["pid"]) is None else 1)')
	}
	awry fetch nap
	(cd "$TMPDIR/crash" && ulimit -c unlimited && exec "$release" sync --config "$config") >"$seen/nap.out" 2>"$seen/nap.err" &
	sync=$!
	check "a job is running" wait_for 10 running
	sleep 0.5
	for part in cmdline environ maps; do cat "/proc/$job/$part" >"$seen/job.$part" 2>/dev/null; done
	tr '\0' '\n' <"/proc/$sync/cmdline" >"$seen/command.cmdline"
	check "command lines and the job's environment contain no secret" hidden "$seen"
	if [ -r "/proc/$job/mem" ] && head -c 1 "/proc/$job/mem" 2>&1 | grep -qv 'denied'; then
		check "the memory of a job contains no token of another endpoint" python3 -c '
import re, sys
pid, own, other = sys.argv[1:]
data = b""
with open(f"/proc/{pid}/mem", "rb") as mem:
    for line in open(f"/proc/{pid}/maps"):
        first, last = (int(part, 16) for part in line.split()[0].split("-"))
        if "w" in line.split()[1]:
            mem.seek(first)
            try:
                data += mem.read(last - first)
            except OSError:
                pass
sys.exit((other.encode() in data and "it has") or (own.encode() not in data and "nor its own") or 0)' \
			"$job" "${lab_token#*=}" "${edge_token#*=}"
	else
		skip "the memory of a job contains no token of another endpoint" "we may not read its memory"
	fi
	kill -SEGV "$sync"
	wait "$sync" 2>/dev/null
	check "a command crashes" same $? 139
	check "its job ends, too" wait_for 10 not kill -0 "$job"
	check "command and job leave no core file" no_core
else
	skip "core files and process list contain no secret" "there is no release build with its test modules"
fi

"$STAGEBOX" run show last --format json --config "$config" >"$seen/last.json" 2>&1
check "the search finds existing secrets" not hidden "$TMPDIR/cred"
check "the store has rows to search" has "$TMPDIR/store/stagebox.db" 'lab/qemu'
check "all outputs and files together contain no secret" hidden "$seen" "$TMPDIR/store" "$TMPDIR/crash"
for each in $children; do kill "$each" 2>/dev/null; done
done_testing
