#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A scripted job for test_parent: reads the task, then does what the target in the task names.
send_event() { printf '%s\n' "$1" >&4; }
applied=0 replayed=0
IFS= read -r task <&3
while IFS= read -r line <&3; do
	case $line in
	'{"go":true}') break ;;
	'{"applied":'*) applied=$((applied + 1)) ;;
	'{"replay":'*) replayed=$((replayed + 1)) ;;
	esac
done
part=${task#*\"target\":\"}
part=${part%%\"*}
document=${task#*\"document\":\"}
document=${document%%\"*}
run=${task##*\"run\":}
run=${run%%[,\}]*}
begin_stage() { send_event '{"ev":"stage_begin","stage":"cluster.nodes","module":"cluster"}'; }
end_stage() { send_event '{"ev":"stage","stage":"cluster.nodes","module":"cluster","entry":{"resource":"nodes","status":"ok","runtime_seconds":0.5,"response":{}}}'; }
end_job() { send_event '{"ev":"end","status":"ok","exit":0,"record":{"cluster_sync":{}}}'; }

case $part in
good)
	begin_stage
	send_event '{"ev":"request","id":1,"method":"POST","path":"dcim/devices","kind":"node","keys":["lab/node/a"]}'
	IFS= read -r ack <&3
	[ "$ack" = '{"ack":1}' ] || exit 9
	send_event '{"ev":"answered","id":1,"status":201,"outcome":"done"}'
	send_event '{"ev":"applied","key":"lab/node/a","fields":{"name":"a"}}'
	send_event '{"ev":"applied_drop","key":"lab/node/old"}'
	send_event '{"ev":"identity","value":"node:a"}'
	send_event '{"ev":"misses","misses":{"lab/x":{"runs":1,"since":5}}}'
	send_event '{"ev":"agents","agents":{"lab/x/1":{"outcome":"silent","runs":1,"asked":1790000000,"ms":8000,"config":"c"}}}'
	end_stage
	send_event '{"ev":"plan","plan":{"ops":[]}}'
	end_job
	;;
counts) # reports what it received: applied values, replayed lines, the clock of a recording
	send_event "{\"ev\":\"plan\",\"plan\":{\"applied\":$applied,\"replayed\":$replayed,\"task\":$(printf '%s' "$task")}}"
	end_job
	;;
fds) # reports the descriptors that it inherited: 0 to 5
	open= fd=0 # 10 is the script, which the shell itself opened
	while [ $fd -lt 64 ]; do
		[ ! -e /proc/$$/fd/$fd ] || open="$open $fd"
		fd=$((fd + 1))
	done
	send_event "{\"ev\":\"plan\",\"plan\":{\"fds\":\"$open\",\"core\":\"$(ulimit -c)\"}}"
	end_job
	;;
crash) begin_stage; kill -SEGV $$ ;;
view) send_event '{"ev":"view","document":{"data":{"n":1},"notes":["a"]}}'; end_job ;;
view-hint) send_event '{"ev":"view","hint":" (did you mean \"a\"?)"}'; end_job ;;
two-views)
	send_event '{"ev":"view","hint":""}'
	send_event '{"ev":"view","hint":""}'
	end_job
	;;
odd-view) send_event '{"ev":"view","document":{"data":{},"tables":[{"title":"T","rows":[[1]]}]}}'; end_job ;;
no-view) send_event '{"ev":"view"}'; end_job ;;
no-memory) begin_stage; exit 71 ;;
bad-event) begin_stage; exit 72 ;;
stores) # three values for the store: the second one is an answer of a recording
	send_event '{"ev":"identity","value":"node:a"}
{"ev":"recorded","line":{"a":1}}
{"ev":"applied","key":"lab/node/a","fields":{"name":"a"}}'
	end_job
	;;
first-dies | first-leases | written-dies | first-exits | first-garbage | first-no-memory) # the second job of the run, without the module, is good
	send_event '{"ev":"files","files":{"cluster":"aa"}}'
	case $task in
	*'"dead":[]'*)
		begin_stage
		case $part in
		first-dies) kill -SEGV $$ ;;
		first-leases)
			send_event '{"ev":"lease","netbox":"0-1"}'
			IFS= read -r line <&3
			kill -SEGV $$
			;;
		first-exits) exit 0 ;;
		first-no-memory) exit 71 ;;
		first-garbage) send_event 'not json'; exec sleep 30 ;;
		esac
		send_event '{"ev":"request","id":1,"method":"POST","path":"p","kind":"vm","keys":["lab/1"]}'
		IFS= read -r ack <&3
		kill -SEGV $$
		;;
	esac
	if [ "$part" = first-leases ]; then
		send_event '{"ev":"lease","netbox":"0-1"}'
		IFS= read -r line <&3
	fi
	send_event "{\"ev\":\"plan\",\"plan\":{\"task\":$(printf '%s' "$task")}}"
	end_job
	;;
creates-again) # dies after its journal rows: one creates lab/1 and a shared object, one updates lab/2 and adopts lab/3
	begin_stage
	send_event '{"ev":"request","id":1,"method":"POST","path":"p","kind":"vm","keys":["lab/1","shared/tag/x"]}'
	IFS= read -r ack <&3
	send_event '{"ev":"request","id":2,"method":"PATCH","path":"p","kind":"vm","keys":[{"key":"lab/2","id":7,"sent":{"description":"y","custom_fields":{"stagebox_key":null}}},{"key":"lab/3","id":8,"sent":{"custom_fields":{"stagebox_key":"lab/3"}}}]}'
	IFS= read -r ack <&3
	kill -SEGV $$
	;;
crash-later) begin_stage; end_stage; kill -SEGV $$ ;;
early) kill -ABRT $$ ;;
exit) begin_stage; exit 0 ;;
garbage) begin_stage; end_stage; send_event 'not json'; exec sleep 30 ;;
unknown) send_event '{"ev":"surprise"}'; exec sleep 30 ;;
lacking) send_event '{"ev":"stage_begin","stage":"a.b"}'; exec sleep 30 ;;
hang) begin_stage; while :; do sleep 1; done ;;
spin) begin_stage; while :; do :; done ;;
stubborn) trap "" TERM; begin_stage; while :; do sleep 1; done ;;
in-flight)
	begin_stage
	send_event '{"ev":"request","id":7,"method":"POST","path":"p","kind":"vm","keys":["lab/1"]}'
	IFS= read -r ack <&3
	send_event '{"ev":"progress","stage":"cluster.nodes","done":1,"total":2}'
	while :; do sleep 1; done
	;;
writes) send_event '{"ev":"request","id":1,"method":"POST","path":"p","kind":"vm","keys":[]}'; exec sleep 30 ;;
refused) send_event '{"ev":"end","status":"failed","exit":78,"record":{},"error":{"code":"config","text":"run bootstrap first"}}'; exit 78 ;;
recorded)
	send_event '{"ev":"recorded","line":{"path":"/version"}}'
	send_event '{"ev":"recorded","line":"{\"path\":\"/status\"}"}'
	end_job
	;;
apart) # what a trial of branches found out
	send_event '{"ev":"apart","note":{"netbox":"9d1f","objects":"0.7.1","branching":"1.2.2","apart":true}}'
	end_job
	;;
branch | branch-open) # a branch with one value, as an honest job sends it
	step() {
		send_event "{\"ev\":\"branch\",\"id\":9,\"run\":$run,\"name\":\"stagebox-$run\",\"branch\":$2,\"schema\":\"$3\",\"step\":\"$1\",\"job\":0}"
		IFS= read -r ack <&3
		[ "$ack" = '{"ack":9}' ] || exit 9
	}
	begin_stage
	step create 0 ''
	step made 5 ab12cd34
	step writes 5 ab12cd34
	send_event '{"ev":"applied","key":"lab/node/a","fields":{"name":"a"}}'
	send_event '{"ev":"applied_drop","key":"lab/node/old"}'
	end_stage
	[ "$part" = branch-open ] && step open 5 ab12cd34 && end_job && exit 0
	step written 5 ab12cd34
	step merged 5 ab12cd34
	end_job
	;;
branch-run) send_event '{"ev":"branch","id":9,"run":99,"name":"stagebox-99","branch":5,"schema":"ab12cd34","step":"merged","job":0}'; exec sleep 30 ;;
branch-name) send_event "{\"ev\":\"branch\",\"id\":9,\"run\":$run,\"name\":\"other-1\",\"branch\":5,\"schema\":\"ab12cd34\",\"step\":\"made\",\"job\":0}"; exec sleep 30 ;;
branch-schema) send_event "{\"ev\":\"branch\",\"id\":9,\"run\":$run,\"name\":\"stagebox-1\",\"branch\":5,\"schema\":\"Ab\\n\",\"step\":\"made\",\"job\":0}"; exec sleep 30 ;;
branch-early) send_event "{\"ev\":\"branch\",\"id\":9,\"run\":$run,\"name\":\"stagebox-1\",\"branch\":5,\"schema\":\"\",\"step\":\"writes\",\"job\":0}"; exec sleep 30 ;;
branch-step) send_event "{\"ev\":\"branch\",\"id\":9,\"run\":$run,\"name\":\"stagebox-1\",\"branch\":5,\"schema\":\"\",\"step\":\"sold\",\"job\":0}"; exec sleep 30 ;;
branch-dies) # after its first value
	begin_stage
	send_event '{"ev":"branch","id":9,"run":1,"name":"stagebox-1","branch":5,"schema":"ab12cd34","step":"writes","job":0}'
	IFS= read -r ack <&3
	send_event '{"ev":"request","id":1,"method":"POST","path":"p","kind":"vm","keys":["lab/1"]}'
	IFS= read -r ack <&3
	kill -SEGV $$
	;;
action) # an action with one call, as an honest job sends it
	send_event '{"ev":"action","id":1,"op":0,"stage":"power.guests","key":"lab/shelf/1","verb":"start","notes":{}}'
	IFS= read -r ack <&3
	[ "$ack" = '{"ack":1}' ] || exit 9
	send_event '{"ev":"call","id":2,"op":0,"n":1,"key":"lab/shelf/1","call":"start","node":"pve1","older":["UPID:older"]}'
	IFS= read -r ack <&3
	[ "$ack" = '{"ack":2}' ] || exit 9
	send_event '{"ev":"called","id":3,"document":"'"$document"'","op":0,"n":1,"outcome":"open","task":"UPID:a"}'
	IFS= read -r ack <&3
	[ "$ack" = '{"ack":3}' ] || exit 9
	send_event '{"ev":"called","id":4,"document":"'"$document"'","op":0,"n":1,"outcome":"done","task":"UPID:a","exit":"OK"}'
	IFS= read -r ack <&3
	send_event '{"ev":"action_end","op":0,"state":"done","cause":"it runs"}'
	end_job
	;;
action-foreign) send_event '{"ev":"action","id":1,"op":0,"stage":"s","key":"edge/shelf/1","verb":"start","notes":{}}'; exec sleep 30 ;;
action-notes) send_event '{"ev":"action","id":1,"op":0,"stage":"s","key":"lab/shelf/1","verb":"start","notes":[]}'; exec sleep 30 ;;
call-older) send_event '{"ev":"call","id":2,"op":0,"n":1,"key":"lab/shelf/1","call":"start","node":"pve1","older":[7]}'; exec sleep 30 ;;
call-unknown) send_event '{"ev":"call","id":2,"op":0,"n":1,"key":"lab/shelf/1","call":"destroy","node":"pve1","older":["UPID:older"]}'; exec sleep 30 ;;
call-foreign) send_event '{"ev":"call","id":2,"op":0,"n":1,"key":"edge/shelf/1","call":"stop","node":"pve1","older":["UPID:older"]}'; exec sleep 30 ;;
called-other) send_event '{"ev":"called","id":3,"document":"another","op":0,"n":1,"outcome":"done"}'; exec sleep 30 ;;
called-word) send_event '{"ev":"called","id":3,"document":"'"$document"'","op":0,"n":1,"outcome":"fine"}'; exec sleep 30 ;;
called-twice) send_event '{"ev":"called","id":3,"document":"'"$document"'","op":7,"n":1,"outcome":"done"}'; exec sleep 30 ;;
end-word) send_event '{"ev":"action_end","op":0,"state":"open"}'; exec sleep 30 ;;
two-ends) end_job; end_job; exec sleep 30 ;;
plan-after-end) end_job; send_event '{"ev":"plan","plan":{}}'; exec sleep 30 ;;
two-plans) send_event '{"ev":"plan","plan":{}}'; send_event '{"ev":"plan","plan":{}}'; exec sleep 30 ;;
settles-others) send_event '{"ev":"settled","run":4711,"id":1,"outcome":"settled-dropped"}'; exec sleep 30 ;;
settles-itself)
	send_event '{"ev":"request","id":1,"method":"POST","path":"p","kind":"vm","keys":["lab/1"]}'
	IFS= read -r ack <&3
	send_event '{"ev":"settled","run":1,"id":1,"outcome":"settled-dropped"}'
	exec sleep 30
	;;
huge-exit) send_event '{"ev":"end","status":"ok","exit":4294967296,"record":{}}'; exec sleep 30 ;;
failed-but-0) send_event '{"ev":"end","status":"failed","exit":0,"record":{}}'; exec sleep 30 ;;
odd-status) send_event '{"ev":"end","status":"fine","exit":0,"record":{}}'; exec sleep 30 ;;
negative-id) send_event '{"ev":"request","id":-1,"method":"POST","path":"p","kind":"vm","keys":["lab/1"]}'; exec sleep 30 ;;
foreign-key) send_event '{"ev":"applied","key":"edge/qemu/1","fields":{}}'; exec sleep 30 ;;
foreign-request) send_event '{"ev":"request","id":1,"method":"POST","path":"p","kind":"vm","keys":["lab/1","edge/qemu/1"]}'; exec sleep 30 ;;
foreign-delete) send_event '{"ev":"request","id":1,"method":"DELETE","path":"p","kind":"vm","keys":[{"key":"edge/qemu/1","id":7,"sent":{}}]}'; exec sleep 30 ;;
foreign-agent) send_event '{"ev":"agents","agents":{"edge/x/1":{"outcome":"silent","runs":1,"asked":1790000000,"ms":8000,"config":"c"}}}'; exec sleep 30 ;;
odd-keys) send_event '{"ev":"request","id":1,"method":"POST","path":"p","kind":"vm","keys":["lab/x\u202ey"]}'; exec sleep 30 ;;
odd-miss) send_event '{"ev":"misses","misses":{"lab/x\u202ey":{"runs":1,"since":5}}}'; exec sleep 30 ;;
odd-agent-key) send_event '{"ev":"agents","agents":{"lab/x\u0007":{"outcome":"silent","runs":1,"asked":1790000000,"ms":8000,"config":"c"}}}'; exec sleep 30 ;;
odd-refusal) send_event '{"ev":"refusals","refusals":[{"kind":"vm","key":"lab/x\u202ey","field":"name","value":"1","words":"w","netbox":"4.7.3","since":5}]}'; exec sleep 30 ;;
foreign-refusal) send_event '{"ev":"refusals","refusals":[{"kind":"vm","key":"edge/x","field":"name","value":"1","words":"w","netbox":"4.7.3","since":5}]}'; exec sleep 30 ;;
odd-agent) send_event '{"ev":"agents","agents":{"lab/x/1":{"outcome":"gone","runs":1,"asked":1790000000,"ms":8000,"config":"c"}}}'; exec sleep 30 ;;
odd-gone) send_event '{"ev":"misses","misses":{"lab/x":{"runs":1,"since":5,"kind":7}}}'; exec sleep 30 ;;
nameless-gone) send_event '{"ev":"misses","misses":{"lab/x":{"runs":1,"since":5,"kind":"vm"}}}'; exec sleep 30 ;;
odd-seen) send_event '{"ev":"seen","values":{"vm|a":7}}'; exec sleep 30 ;;
foreign-miss) send_event '{"ev":"misses","misses":{"edge/qemu/1":{"runs":9,"since":1}}}'; exec sleep 30 ;;
prefix-key) send_event '{"ev":"applied_drop","key":"labour/qemu/1"}'; exec sleep 30 ;;
odd-method) send_event '{"ev":"request","id":1,"method":"GET","path":"p","kind":"vm","keys":[]}'; exec sleep 30 ;;
escapes) send_event '{"ev":"stage_begin","stage":"\u001b[2J","module":"m"}'; exec sleep 30 ;;
long-name) send_event "{\"ev\":\"stage_begin\",\"stage\":\"$(printf '%0600d' 0)\",\"module\":\"m\"}"; exec sleep 30 ;;
long-line) printf '{"ev":"progress","stage":"' >&4; head -c 18000000 /dev/zero | tr '\0' x >&4; exec sleep 30 ;;
lease-outside) send_event '{"ev":"lease","netbox":"../../x"}'; exec sleep 30 ;;
lease-twice) send_event '{"ev":"lease","netbox":"0-1"}'; send_event '{"ev":"lease","netbox":"0-1"}'; exec sleep 30 ;;
asks) send_event '{"ev":"ask","id":1,"server":"netbox","method":"GET","path":"/api/","body":""}'; exec sleep 30 ;;
colored-error) send_event '{"ev":"end","status":"failed","exit":1,"record":{},"error":{"code":99,"text":"red\u001b[31m text \u009b and \u202e"}}' ;;
lease)
	send_event '{"ev":"lease","netbox":"0-1"}'
	IFS= read -r line <&3
	[ "$line" = '{"lease":0}' ] || exit 9
	send_event '{"ev":"lease_end"}'
	end_job
	;;
lease-since)
	send_event '{"ev":"lease","netbox":"0-1"}'
	IFS= read -r line <&3
	send_event "{\"ev\":\"plan\",\"plan\":{\"line\":\"$(printf %s "$line" | tr -d '{}\"')\"}}"
	end_job
	;;
orphan) begin_stage; (sleep 1 3<&- 5<&-) & end_job ;;
flood) # sends more than a pipe takes, while the parent may still be sending the task
	i=0
	while [ $i -lt 3000 ]; do
		send_event '{"ev":"progress","stage":"cluster.nodes","done":1,"total":3000,"room":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}'
		i=$((i + 1))
	done
	end_job
	;;
esac
