#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# A second module that writes a field of guests has ops and an account of its own: its bad value costs the guest nothing.
# slow
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
. "${STAGEBOX_SRC:?}/tests/e2e/lib_fields.sh"
if ! [ -f "$fields_modules/guest_fields.so" ]; then
	skip "a second module writes a field of guests" "there is no build with its test modules"
	done_testing
fi
patches() { python3 -c '
import json, sys
log = [json.loads(line) for line in open(sys.argv[1])][int(sys.argv[2]):]
print(sum(1 for entry in log if entry["method"] == "PATCH" and "virtualization/virtual-machines" in entry["path"]))' \
	"$lab/requests.ndjson" "$since"; }
at_most() { [ "$1" -le "$2" ] || { echo "$1 is more than $2"; return 1; }; }
memory_is() { netbox '
vm = nb.one("virtualization/virtual-machines", "'"$1"'")
check(vm["memory"] == '"$2"', vm["memory"])'; }
serial_is() { netbox '
vm = nb.one("virtualization/virtual-machines", "'"$1"'")
check(vm["serial"] == "'"$2"'", vm["serial"])'; }

for how in field all 500; do
	lab=$TMPDIR/$how
	lab_up --guests 12 --endpoints 1
	check "$how: bootstrap" gives 0 bootstrap
	check "$how: the first sync" gives 0 sync
	with_fields 'bad_vmid = 101;'
	check "$how: the memory of two guests changes" ctl set lab/qemu/101 memory=3072
	ctl set lab/qemu/104 memory=3072
	ctl fault netbox refuse "virtualization.virtualmachine.serial=BAD:$how"
	check "$how: a plan has an op for each stage" gives 2 plan -o "$TMPDIR/plan.json"
	check "$how: these are of two stages, with their own values" python3 -c '
import json, sys
ops = [op for op in json.load(open(sys.argv[1]))["endpoints"][0]["ops"] if op["key"] == "lab/qemu/101"]
found = {op["stage"]: sorted(op["set"]) for op in ops}
assert found == {"qemu.guests": ["memory"], "guest_fields.values": ["serial"]}, ops' "$TMPDIR/plan.json"
	check "$how: the plan shows both" says '^lab  guest_fields.values  (vm)'
	mark
	check "$how: a sync with a bad value of the second module is partial" gives 4 sync
	check "$how: the guest has its memory" memory_is lab/qemu/101 3072
	check "$how: so has the other one" memory_is lab/qemu/104 3072
	check "$how: the bad value is not written" serial_is lab/qemu/101 ""
	check "$how: the values of other guests are" serial_is lab/qemu/104 S-1
	check "$how: the stage of the guests is ok" stage_is qemu '
check(stage["status"] == "ok", stage)
check(counts["update"] == 2 and not counts["failed"] and not left_out, counts, left_out)'
	check "$how: the second stage is partial, and names the value" stage_is guest_fields '
check(stage["status"] == "partial", stage)
check([entry["objects"] for entry in left_out] == [["lab/qemu/101"]], left_out)
check(left_out[0]["field"] == "serial", left_out)
check(counts["update"] >= 1 and counts["failed"] == 0, counts)'
	check "$how: the accounts balance" sums update same
	check "$how: few requests were needed" at_most "$(patches)" 8
	mark
	check "$how: the second sync is partial" gives 4 sync
	check "$how: it writes nothing" look no-writes
	check "$how: its accounts balance" sums same
	lab_down
done

# Without bad values one request has the fields of both stages.
lab=$TMPDIR/together
lab_up --guests 12 --endpoints 1
check "bootstrap" gives 0 bootstrap
check "the first sync" gives 0 sync
with_fields ''
ctl set lab/qemu/101 memory=3072
mark
check "a sync writes the fields of both stages" gives 0 sync
check "in one request" same "$(patches)" 1
check "the guest has both" serial_is lab/qemu/101 S-1
check "and its memory" memory_is lab/qemu/101 3072
check "the change log names both stages" netbox '
vm = nb.one("virtualization/virtual-machines", "lab/qemu/101")
rows = nb.all("core/object-changes", "&changed_object_id=%d&action=update" % vm["id"])
check(any("qemu.guests, guest_fields.values" in row.get("message", "") for row in rows), [row.get("message") for row in rows])'
check "the accounts balance" sums update
check "nothing is left to write" gives 0 sync

# A saved plan has the ops of both stages.
ctl set lab/qemu/104 memory=4096
ctl add lab/qemu/700
check "a plan with a new guest is saved" gives 2 plan -o "$TMPDIR/saved.json"
check "and applied" gives 0 apply "$TMPDIR/saved.json"
check "the new guest has the field of the second module" serial_is lab/qemu/700 S-1
check "the accounts balance" sums create update
check "nothing is left to write" gives 0 sync

# A VMID is given to another guest, and only the stage of the second module is selected: that of the guests is asked, too.
check "another guest has a VMID now" ctl rm lab/qemu/700
ctl add lab/qemu/700 && ctl set lab/qemu/700 smbios1=uuid=11111111-2222-3333-4444-555555555501
with_fields 'value = "S-2";'
echo 'policy: { vm: { serial = "always"; }; };' >>"$config"
check "a sync of the second module alone" gives "0 3 4" sync --resources guest_fields.values
check "writes its field to other guests" serial_is lab/qemu/101 S-2
check "but not to the object of the former one" serial_is lab/qemu/700 S-1

# Two modules that write one field.
cp "$fields_modules/same_field.so" "$TMPDIR/modules/"
set_conf 's|^modules.*guest_fields"|modules = [ "cluster", "qemu", "lxc", "same_field"|' '/^options: /d'
mark
check "two modules that write one field are refused" gives 78 sync
check "the error names both stages and the field" says 'stages qemu.guests and same_field.values both write the field "memory" of kind "vm"'
check "nothing is written" look no-writes
check "config check refuses them, too" gives 78 config check
lab_down
done_testing
