#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The front of the lab: up, requests, log, faults, holds, down; over HTTP and over TLS.
# limit 90
set -u
lab=${STAGEBOX_BUILD:-build}/stagebox-lab
dir=$(mktemp -d)
n=0
trap '"$lab" down --dir "$dir" >/dev/null 2>&1; rm -rf "$dir"' EXIT
trap 'exit 1' HUP INT TERM

# check SENTENCE COMMAND...: passes when the command succeeds
check() {
	n=$((n + 1))
	sentence=$1
	shift
	if "$@"; then echo "ok $n - $sentence"; else echo "not ok $n - $sentence"; fi
}
same() { [ "$1" = "$2" ] || { echo "# '$1' is not '$2'"; return 1; }; }
ctl() { "$lab" ctl --dir "$dir" "$@" >"$dir/out" 2>"$dir/why"; }
refused() { ctl "$@"; [ $? = 64 ] && [ -s "$dir/why" ]; }
log_has() { grep -q "$1" "$dir/requests.ndjson"; }
# get PATH: the status of NetBox, 000 without an answer
get() { curl -s -o "$dir/body" -w '%{http_code}' $trust -H "Authorization: Bearer $token" "$netbox$1"; }
# wait_for COMMAND...: repeat the command until it succeeds, for up to 5 s
wait_for() {
	tries=0
	until "$@"; do
		tries=$((tries + 1))
		[ $tries -lt 100 ] || return 1
		sleep 0.05
	done
}
start() {
	"$lab" up --dir "$dir" "$@" >"$dir/out" || return 1
	netbox=$(sed -n 's/.*[^a-z]url = "\(.*\)".*/\1/p' "$dir/stagebox.cfg" | head -n 1)
	endpoint=$(sed -n 's/.*urls = \[ "\(.*\)" \].*/\1/p' "$dir/stagebox.cfg" | head -n 1)
	token=$(cat "$dir/tokens/netbox")
	trust=
	[ ! -f "$dir/ca.pem" ] || trust="--cacert $dir/ca.pem"
}
down() { "$lab" down --dir "$dir" >"$dir/out"; }
# A zombie counts as gone: its parent has not reaped it yet.
gone() { ! grep -qv ') Z ' "/proc/$1/stat" 2>/dev/null; }
held_lines() { grep -c '"held":true' "$dir/requests.ndjson"; }
tags() { "$lab" dump --dir "$dir" --no-ids | grep -c '"slug": "held'; }
# hold MODE: freeze the next write and kill its client
hold() {
	ctl hold-write 1 "$1"
	before=$(held_lines)
	curl -s -o "$dir/body" $trust -H "Authorization: Bearer $token" -H 'Content-Type: application/json' \
		-d "{\"name\":\"held-$1\",\"slug\":\"held-$1\"}" "$netbox/api/extras/tags/" &
	client=$!
	wait_for sh -c "[ \$(grep -c '\"held\":true' '$dir/requests.ndjson') -gt $before ]" || return 1
	same "$(get /api/status/)" 200 || return 1
	kill "$client"
	wait "$client" 2>/dev/null
	wait_for sh -c "tail -n 1 '$dir/requests.ndjson' | grep -q '\"path\":\"/api/extras/tags/\"'"
}

check "up returns when all answer" start
check "the NetBox of the configuration answers" same "$(get /api/status/)" 200
check "an endpoint of the configuration answers" \
	same "$(curl -s -o "$dir/body" -w '%{http_code}' -H "Authorization: PVEAPIToken=$(cat "$dir/tokens/lab")" \
		"$endpoint/api2/json/version")" 200
check "each answer has its line in the log" \
	log_has '"server":"pve:lab","method":"GET","path":"/api2/json/version","status":200,"items":0'
check "tokens are for their owner only" same "$(stat -c %a "$dir/tokens/netbox")" 600
"$lab" up --dir "$dir" >/dev/null 2>"$dir/why"
check "a second lab in the same directory is refused" same "$?" 64
check "status names the process" sh -c "'$lab' status --dir '$dir' --format json | grep -q '\"pid\": $(cat "$dir/pids")'"

for kind in 429 500 502; do
	ctl fault netbox "$kind" --times 1
	check "fault $kind answers so, once" same "$(get /api/status/) $(get /api/status/)" "$kind 200"
done
ctl fault netbox drop --times 1
check "fault drop closes without an answer, once" same "$(get /api/status/) $(get /api/status/)" "000 200"
check "a dropped request is logged with status 0" log_has '"path":"/api/status/","status":0,'
ctl fault netbox truncate --times 1
curl -s -o "$dir/body" $trust -H "Authorization: Bearer $token" "$netbox/api/status/"
check "fault truncate breaks off inside the body" same "$?" 18
ctl fault netbox stall 30
get /api/status/ >"$dir/stalled" &
sleep 0.2
ctl clear
wait $!
check "clear ends a stall" same "$(cat "$dir/stalled")" 200
check "an unknown fault is refused with a sentence" refused fault netbox nonsense
check "an unknown server is refused" refused fault nowhere drop
check "an unknown key is refused" refused rm lab/qemu/999999
check "a key with an unknown endpoint is refused" refused rm nowhere/qemu/101
check "a guest can be removed" ctl rm lab/qemu/101
check "churn changes guests" ctl churn 50

# power COMMAND [CURL OPTION...]: start or stop a guest with the write token; prints the status
power() {
	command=$1
	shift
	curl -s -o "$dir/body" -w '%{http_code}' "$@" -X POST -H "Authorization: PVEAPIToken=$(cat "$dir/tokens/lab-write")" \
		"$endpoint/api2/json/nodes/pve3/qemu/$command"
}
# tasks EXPRESSION: a value of the list of tasks in the state of the lab
tasks() {
	"$lab" ctl --dir "$dir" show --format json |
		jq -r "[.show.lab | to_entries[] | select(.key | test(\"/task/\")) | .value] | $1"
}
ended() { same "$(tasks '.[-1].exitstatus')" "$1"; }
check "the write token is for its owner only" same "$(stat -c %a "$dir/tokens/lab-write")" 600
check "and in no configuration" sh -c "! grep -q write '$dir/stagebox.cfg'"
check "it begins a task" same "$(power 109/status/start)" 200
check "which ends without another request" wait_for ended OK
ctl fault lab task-fail 'start failed: QEMU exited with code 1' --times 1
check "a fault of tasks counts no other request" \
	same "$(curl -s -o "$dir/body" -w '%{http_code}' -H "Authorization: PVEAPIToken=$(cat "$dir/tokens/lab")" \
		"$endpoint/api2/json/version")" 200
power 109/status/stop >"$dir/out"
check "and fails the next task" wait_for ended 'start failed: QEMU exited with code 1'
power 109/status/stop >"$dir/out"
check "but not the one after it" wait_for ended OK
ctl fault lab lose-answer --path 109/status/start --times 1
check "fault lose-answer gives no answer" same "$(power 109/status/start)" 000
check "but the task has begun" wait_for ended OK
ctl fault lab 596 --path 109/status/stop --times 1
check "fault 596 answers so" same "$(power 109/status/stop)" 596
check "and its task has begun, too" same "$(tasks length)" 5
ctl fault lab task-hang --path 109/status/ --times 1
power 109/status/start >"$dir/out"
sleep 0.5
check "a hanging task runs" same "$(tasks '.[-1].status')" running
ctl clear
check "until clear" wait_for ended OK
check "a fault of tasks without its text is refused" refused fault lab task-fail
check "and one of NetBox" refused fault netbox task-hang

# pve PATH: the status of an endpoint for a path
pve() {
	curl -s -o "$dir/body" -w '%{http_code}' -H "Authorization: PVEAPIToken=$(cat "$dir/tokens/lab")" "$endpoint/api2/json$1"
}
body_is() { same "$(jq -cS . "$dir/body")" "$1"; }
answers() { "$lab" ctl --dir "$dir" answers | jq -r "[.[] | \"\(.server) \(.path) \(.status)\"] | join(\"; \")"; }
printf '%s' '{"status": 500, "body": {"data": null, "message": "no pools today\n"}}' >"$dir/file"
check "a scripted answer is set" ctl answer lab /pools "$dir/file"
check "and the server answers so" same "$(pve /pools)" 500
check "with the body of the file" body_is '{"data":null,"message":"no pools today\n"}'
check "whatever the query" same "$(pve '/pools?poolid=prod')" 500
check "and no other path" same "$(pve /pools/prod) $(pve /version)" "200 200"
check "answers lists it" same "$(answers)" "lab /api2/json/pools 500"
check "without a file it ends" ctl answer lab /pools
check "and the server answers as before" same "$(pve /pools)" 200
check "an answer that is not set cannot end" refused answer lab /pools
echo '{"text": "<html>", "method": "GET"}' >"$dir/file"
check "an answer of NetBox for one request" ctl answer netbox dcim/sites/ "$dir/file" --times 1
check "has the status 200 when the file has none" same "$(get /api/dcim/sites/)" 200
check "and the text of the file" same "$(cat "$dir/body")" '<html>'
check "once" same "$(get /api/dcim/sites/ && jq .count "$dir/body")" 2000
ctl answer lab '/pools?poolid=prod' "$dir/file"
check "an answer with a query is for this query only" same "$(pve /pools) $(pve '/pools?poolid=prod' && cat "$dir/body")" "200 200<html>"
ctl clear
check "clear ends answers" same "$(answers)" ''
why() { grep -q "$1" "$dir/why" || { cat "$dir/why"; return 1; }; }
bad_file() { # TEXT REASON
	echo "$1" >"$dir/file"
	refused answer lab /pools "$dir/file" && why "$2"
}
check "a file that does not exist is refused" refused answer lab /pools "$dir/none"
check "a file that is not JSON is refused with its line" bad_file '{' 'line [0-9]'
check "and one that is not an object" bad_file '[1]' 'not a JSON object'
check "and an unknown member" bad_file '{"code": 500}' 'unknown member'
check "and a status that is none" bad_file '{"status": 99}' 'from 200 to 599'
check "and two bodies" bad_file '{"body": 1, "text": "x"}' 'both body and text'
check "an answer of an unknown server is refused" refused answer nowhere /pools "$dir/file"

check "a pool is created" ctl add lab/pool/new
check "and gets members and a comment" ctl set lab/pool/new members=103,104 'comment=of the tests'
check "which the server shows" sh -c "[ \"$(pve '/pools?poolid=new')\" = 200 ] && jq -e '.data[0].members | length == 2' '$dir/body' >/dev/null"
check "a pool with members is not removed" refused rm lab/pool/new
check "with the words of Proxmox VE" why "pool 'new' is not empty (contains VM 103)"
check "an HA resource is created" ctl add lab/ha/vm:103
check "and changed" ctl set lab/ha/vm:103 state=stopped max_restart=0
check "which the server shows" sh -c "[ \"$(pve /cluster/ha/resources/vm:103)\" = 200 ] && jq -e '.data.state == \"stopped\" and .data.max_restart == 0' '$dir/body' >/dev/null"
check "an unknown field is refused" refused set lab/ha/vm:103 speed=9
check "a privilege is taken at one endpoint" ctl revoke Pool.Audit lab
check "where pools are hidden" same "$(pve /pools && jq -c .data "$dir/body")" '200[]'
check "and given back" ctl grant Pool.Audit
check "where they are shown" sh -c "[ \"$(pve /pools)\" = 200 ] && jq -e '.data | length > 1' '$dir/body' >/dev/null"
check "an unknown privilege is refused" refused revoke VM.Nonsense
check "and an unknown endpoint" refused revoke VM.Audit nowhere
check "a permission of NetBox is taken" ctl revoke dcim.view_site
check "whose objects are refused" same "$(get /api/dcim/sites/)" 403
check "and given back" ctl grant dcim.view_site
check "whose objects are shown" same "$(get /api/dcim/sites/)" 200
check "an unknown permission is refused" refused revoke dcim.view_nonsense

line=$(printf '%4100s' '' | tr ' ' a)
check "a request line above 4094 bytes is 400" same "$(get "/api/status/?x=$line")" 400
check "a held write whose client is gone" hold drop
check "is dropped with hold-write drop" same "$(tags)" 0
check "a second held write" hold commit
check "is committed late" same "$(tags)" 1

pid=$(cat "$dir/pids")
check "down ends the lab" down
check "and the process is gone" gone "$pid"
check "a lab without errors leaves no lab.err" test ! -e "$dir/lab.err"
check "down without a lab succeeds" down
"$lab" ctl --dir "$dir" clear 2>/dev/null
check "ctl after down reports that no lab is running" same "$?" 69

types=/api/plugins/custom-objects/custom-object-types/
plugin=netbox/plugin/custom-objects
check "NetBox has a plugin with --plugins" start --guests 1 --endpoints 1 --plugins custom-objects=0.6.0
check "whose paths answer" same "$(get $types)" 200
get /api/status/ >/dev/null
check "in the version of the option" grep -q '"netbox_custom_objects":"0.6.0"' "$dir/body"
check "ctl set removes it" ctl set $plugin version=
check "with its paths" same "$(get $types)" 404
check "and installs another version" ctl set $plugin version=0.7.1
check "whose paths answer again" same "$(get $types)" 200
check "an unknown version is refused" refused set $plugin version=9
check "an unknown plugin is refused" refused set netbox/plugin/other version=0.7.1
check "a plugin has no other field" refused set $plugin state=1
check "down ends the lab with the plugin" down
check "NetBox has several plugins" start --guests 1 --endpoints 1 --plugins custom-objects=0.6.0,branching
get /api/status/ >/dev/null
check "the first one in its version" grep -q '"netbox_custom_objects":"0.6.0"' "$dir/body"
check "and the second one" grep -q '"netbox_branching":"1.2.2"' "$dir/body"
check "a worker is there" grep -q '"rq-workers-running":1' "$dir/body"
check "a fault ends it" ctl fault netbox no-worker
get /api/status/ >/dev/null
check "in the status too" grep -q '"rq-workers-running":0' "$dir/body"
check "clear starts it again" ctl clear
check "a worker needs a number to be slow" refused fault netbox slow-worker soon
"$lab" dump --dir "$dir" --branch none >/dev/null 2>"$dir/why"
check "a dump of an unknown branch is refused" grep -q 'no such branch' "$dir/why"
check "ctl set removes branches" ctl set netbox/plugin/branching version=
check "whose path is unknown then" same "$(get /api/plugins/branching/branches/)" 404
check "down ends the lab with both" down
"$lab" up --dir "$dir" --plugins nonsense >/dev/null 2>"$dir/why"
check "up refuses an unknown plugin" grep -q 'unknown plugin' "$dir/why"

check "up works with TLS, endpoints and guests" start --tls --guests 4 --endpoints 3
check "the CA of the directory is enough to trust it" same "$(get /api/status/)" 200
check "the third endpoint is site3" grep -q 'slug = "site3"' "$dir/stagebox.cfg"
check "a held write over TLS" hold commit
check "is committed when its client is gone" same "$(tags)" 1
check "down ends that lab too" down
check "a lab with TLS leaves no lab.err" test ! -e "$dir/lab.err"
echo "1..$n"
