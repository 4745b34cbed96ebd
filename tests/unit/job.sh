#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A scripted job for test_parent: reads the task, then plays the part that the task's target names.
ev() { printf '%s\n' "$1" >&4; }
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
begin() { ev '{"ev":"stage_begin","stage":"cluster.nodes","module":"cluster"}'; }
entry() { ev '{"ev":"stage","stage":"cluster.nodes","module":"cluster","entry":{"resource":"nodes","status":"ok","runtime_seconds":0.5,"response":{}}}'; }
end() { ev '{"ev":"end","status":"ok","exit":0,"record":{"cluster_sync":{}}}'; }

case $part in
good)
	begin
	ev '{"ev":"request","id":1,"method":"POST","path":"dcim/devices","kind":"node","keys":["lab/node/a"]}'
	IFS= read -r ack <&3
	[ "$ack" = '{"ack":1}' ] || exit 9
	ev '{"ev":"answered","id":1,"status":201,"outcome":"done"}'
	ev '{"ev":"applied","key":"lab/node/a","fields":{"name":"a"}}'
	ev '{"ev":"applied_drop","key":"lab/node/old"}'
	ev '{"ev":"identity","value":"node:a"}'
	ev '{"ev":"misses","misses":{"lab/x":{"runs":1,"since":5}}}'
	entry
	ev '{"ev":"plan","plan":{"ops":[]}}'
	end
	;;
counts) # what came: applied values, replayed lines, the clock of a recording
	ev "{\"ev\":\"plan\",\"plan\":{\"applied\":$applied,\"replayed\":$replayed,\"task\":$(printf '%s' "$task")}}"
	end
	;;
fds) # nothing is inherited but 0 to 4
	open= fd=0 # the shell itself has its script open, as 10
	while [ $fd -lt 64 ]; do
		[ ! -e /proc/$$/fd/$fd ] || open="$open $fd"
		fd=$((fd + 1))
	done
	ev "{\"ev\":\"plan\",\"plan\":{\"fds\":\"$open\",\"core\":\"$(ulimit -c)\"}}"
	end
	;;
crash) begin; kill -SEGV $$ ;;
crash-later) begin; entry; kill -SEGV $$ ;;
early) kill -ABRT $$ ;;
exit) begin; exit 0 ;;
garbage) begin; entry; ev 'not json'; exec sleep 30 ;;
unknown) ev '{"ev":"surprise"}'; exec sleep 30 ;;
lacking) ev '{"ev":"stage_begin","stage":"a.b"}'; exec sleep 30 ;;
hang) begin; while :; do sleep 1; done ;;
spin) begin; while :; do :; done ;;
stubborn) trap "" TERM; begin; while :; do sleep 1; done ;;
in-flight)
	begin
	ev '{"ev":"request","id":7,"method":"POST","path":"p","kind":"vm","keys":["lab/1"]}'
	IFS= read -r ack <&3
	ev '{"ev":"progress","stage":"cluster.nodes","done":1,"total":2}'
	while :; do sleep 1; done
	;;
writes) ev '{"ev":"request","id":1,"method":"POST","path":"p","kind":"vm","keys":[]}'; exec sleep 30 ;;
refused) ev '{"ev":"end","status":"failed","exit":78,"record":{},"error":{"code":"config","text":"run bootstrap first"}}'; exit 78 ;;
recorded)
	ev '{"ev":"recorded","line":{"path":"/version"}}'
	ev '{"ev":"recorded","line":"{\"path\":\"/status\"}"}'
	end
	;;
orphan) begin; (sleep 1 3<&- 5<&-) & end ;;
flood) # more than a pipe holds, while the parent may still be talking
	i=0
	while [ $i -lt 3000 ]; do
		ev '{"ev":"progress","stage":"cluster.nodes","done":1,"total":3000,"room":"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"}'
		i=$((i + 1))
	done
	end
	;;
esac
