#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Moving from another tool: converting its settings, and a page of what would happen, which writes nothing.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"

lab_up --guests 16 --legacy proxbox

# --- import-proxbox ---------------------------------------------------------------------------------------
check "import-proxbox reads the settings from the plugin's API" gives 0 import-proxbox
check "import-proxbox writes nothing" look no-writes
cp "$TMPDIR/out" "$TMPDIR/made.cfg"
made=$TMPDIR/made.cfg
check "the result contains no secret" has_not "$made" "$(cat "$lab/tokens/netbox")"
check "each endpoint has its URL" has "$made" 'urls = \[ "https://lab.example.com:8006" \]'
check "each endpoint has its site" has "$made" 'site = "edge-dc1"'
check "values to fill in are marked TODO" has "$made" 'TODO: a file with user@realm!name=uuid; in netbox-proxbox: root@pam!proxbox'
check "a flag that is false becomes a policy that names the flag" has "$made" \
	'description = "if-empty"; # overwrite_vm_description = false'
check "the flag of the role of nodes becomes a policy" has "$made" 'role = "create-only"; # overwrite_device_role = false'
check "a sync mode without a counterpart says what to do" has "$made" '# sync_mode_ip_address = disabled: sync with'
check "without branching there are no branches" not has "$made" 'branch'
mkdir "$TMPDIR/made"
sed "s|/var/lib/stagebox/stagebox.db|$TMPDIR/made/stagebox.db|" "$made" >"$TMPDIR/made/stagebox.cfg"
echo 'root@pam!x=00000000-0000-4000-8000-000000000000' >"$TMPDIR/made/lab.token"
cp "$TMPDIR/made/lab.token" "$TMPDIR/made/edge-pve1.token"
check "with the tokens filled in the result passes the check" sh -c \
	'"$1" config check --config "$2/stagebox.cfg"' sh "$STAGEBOX" "$TMPDIR/made"

{
	sed -n '/^netbox/,/^}/p' "$config"
	echo 'modules = [ ];'
} >"$TMPDIR/least.cfg"
check "a configuration with the group netbox only is enough" sh -c '"$1" import-proxbox --config "$2" | sed 1d >"$3"' \
	sh "$STAGEBOX" "$TMPDIR/least.cfg" "$TMPDIR/by-least"
sed 1d "$made" >"$TMPDIR/by-all"
check "the result is the same" same_state "$TMPDIR/by-least" "$TMPDIR/by-all"
check "a plan needs an endpoint" sh -c '"$1" plan --config "$2"; [ $? = 78 ]' sh "$STAGEBOX" "$TMPDIR/least.cfg"
check "config check needs an endpoint" sh -c '"$1" config check --config "$2"; [ $? = 78 ]' sh "$STAGEBOX" "$TMPDIR/least.cfg"

netbox '
s = nb.all("plugins/proxbox/settings")[0]
flags = {name: False for name in s if name.startswith("overwrite_")}
check(len(flags) == 26, len(flags))
modes = {name: "bootstrap_only" for name in s if name.startswith("sync_mode_")}
check(len(modes) == 10, len(modes))
nb.call("PATCH", "plugins/proxbox/settings/%d/" % s["id"], dict(flags, **modes, delete_orphans=True,
        bulk_batch_size=500, branching_enabled=True, vm_interface_sync_strategy="legacy_rename"))
c = nb.all("plugins/ceph/settings")[0]
nb.call("PATCH", "plugins/ceph/settings/%d/" % c["id"], {"branching_enabled": True, "branch_on_conflict": "acknowledge"})
e = nb.all("plugins/proxbox/endpoints/proxmox")
nb.call("PATCH", "plugins/proxbox/endpoints/proxmox/%d/" % e[0]["id"], {"enabled": False, "overwrite_vm_role": True})
nb.call("PATCH", "plugins/proxbox/endpoints/proxmox/%d/" % e[1]["id"], {"name": "Rack \"9\" \\ Süd\n"})'
check "settings with all flags off and all modes bootstrap_only are converted" gives 0 import-proxbox
cp "$TMPDIR/out" "$made"
for each in $(sed -n 's/.*{"\(overwrite_[a-z_]*\)".*/\1/p' "$STAGEBOX_SRC/cmd/import_config.c") \
	$(sed -n 's/.*{"\(sync_mode_[a-z_]*\)",.*/\1/p' "$STAGEBOX_SRC/cmd/import_config.c"); do
	case $each in overwrite_vm_tags) continue ;; esac # overwrite_vm_proxmox_tags sets the same field and wins
	check "$each is in the result" has "$made" "$each"
done
check "a flag without a counterpart is listed with the reason" has "$made" 'overwrite_vm_cloudinit = false: cloud-init is not written to NetBox'
check "a setting without a counterpart is listed with the reason" has "$made" 'vm_interface_sync_strategy = "legacy_rename": an interface'
branches() { # PATTERN...: the group branching has these lines
	sed -n '/^branching: {/,/^};/p' "$made" >"$TMPDIR/group"
	for pattern; do
		has "$TMPDIR/group" "$pattern" || return 1
	done
}
check "branching_enabled becomes the mode of all modules" branches '^	mode = "required"; # branching_enabled = true'
check "with its prefix and what it does with conflicts" branches '^	prefix = "proxbox-sync"; # branch_name_prefix' \
	'^	on_conflict = "fail"; # branch_on_conflict'
check "that of netbox-ceph becomes the one of the module ceph" branches '^		ceph: {' '^			mode = "required"; # branching_enabled' \
	'^			prefix = "ceph-sync"; # ' '^			on_conflict = "acknowledge"; # '
check "settings of branches are not listed as without a counterpart" not has "$made" '^#   branch'
check "a number above the maximum is reduced to it" has "$made" 'batch = 200;'
check "delete_orphans becomes prune" has "$made" 'prune: { enabled = true; }'
check "a disabled endpoint becomes a comment" has "$made" '^#.*slug = "lab"'
sed "s|/var/lib/stagebox/stagebox.db|$TMPDIR/made/stagebox.db|" "$made" >"$TMPDIR/made/stagebox.cfg"
slug=$(sed -n 's/^[[:space:]]*slug = "\(.*\)";/\1/p' "$made")
cp "$TMPDIR/made/lab.token" "$TMPDIR/made/$slug.token"
check "a name with quotes gives a valid slug ($slug), and the result passes the check" sh -c \
	'"$1" config check --config "$2/stagebox.cfg"' sh "$STAGEBOX" "$TMPDIR/made"
check "the converted branching is in force" sh -c '"$1" config dump --config "$2/stagebox.cfg" | grep -q "on_conflict = \"acknowledge\""' \
	sh "$STAGEBOX" "$TMPDIR/made"
check "the converted policies are in force" sh -c '"$1" config dump --config "$2/stagebox.cfg" | grep -q "mac_address = \"create-only\""' \
	sh "$STAGEBOX" "$TMPDIR/made"

netbox '
print(json.dumps({"settings": nb.call("GET", "plugins/proxbox/settings/"),
                  "endpoints": nb.call("GET", "plugins/proxbox/endpoints/proxmox/"),
                  "plugins": {"ceph": nb.call("GET", "plugins/ceph/settings/")}}))' >"$TMPDIR/export.json"
check "a file with the answers of the API is converted" gives 0 import-proxbox "$TMPDIR/export.json"
sed 1d "$TMPDIR/out" >"$TMPDIR/by-file"
sed 1d "$made" >"$TMPDIR/by-api"
check "except for the first line the result is the same" same_state "$TMPDIR/by-file" "$TMPDIR/by-api"
check "-o writes the result to a new file" gives 0 import-proxbox "$TMPDIR/export.json" -o "$TMPDIR/new.cfg"
sed 1d "$TMPDIR/new.cfg" >"$TMPDIR/by-option"
check "the file is what is printed without -o" same_state "$TMPDIR/by-option" "$TMPDIR/by-file"
check "-o does not replace a file" gives 64 import-proxbox "$TMPDIR/export.json" -o "$TMPDIR/new.cfg"
check "the message says so" err_has 'already exists: nothing was written'
check "the file is unchanged" sh -c 'sed 1d "$1" | cmp - "$2"' sh "$TMPDIR/new.cfg" "$TMPDIR/by-option"
cp "$config" "$TMPDIR/own.cfg"
into_itself() { ! STAGEBOX_CONFIG=$TMPDIR/own.cfg "$STAGEBOX" import-proxbox "$TMPDIR/export.json" >"$TMPDIR/own.cfg" 2>"$TMPDIR/err"; }
check "an output that is the configuration itself is refused" into_itself
check "the message says to use -o" err_has 'write to another file with -o FILE'
python3 - "$TMPDIR/export.json" "$TMPDIR/more.json" <<'PY'
import json, sys
doc = json.load(open(sys.argv[1]))
settings = doc["settings"]["results"][0] if "results" in doc["settings"] else doc["settings"]
settings.update(node_device_name_template="{node}.{cluster}", parse_description_metadata=True, encryption_key="canary-7f3a")
json.dump(doc, open(sys.argv[2], "w"))
PY
check "more settings are converted" gives 0 import-proxbox "$TMPDIR/more.json"
check "the template of device names becomes device_name" out_has '^device_name = "{node}.{cluster}";'
check "blocks in notes become an option of the modules" out_has 'qemu: { notes_metadata = true; };'
check "a secret of the settings is not printed" not out_has 'canary-7f3a'
branch_export() { # FILE SETTINGS CEPH: the export with these settings of branches; None = without netbox-ceph
	python3 - "$TMPDIR/export.json" "$@" <<'PY'
import json, sys
doc = json.load(open(sys.argv[1]))
doc["settings"]["results"][0].update(eval(sys.argv[3]))
ceph = eval(sys.argv[4])
doc["plugins"] = {"ceph": ceph} if ceph else {}
json.dump(doc, open(sys.argv[2], "w"))
PY
}
made=$TMPDIR/out
branch_export "$TMPDIR/branch.json" '{"branch_name_prefix": "a/b \"c\n", "branch_on_conflict": "ask"}' '{"branching_enabled": False}'
check "settings of branches that stagebox does not take are converted" gives 0 import-proxbox "$TMPDIR/branch.json"
check "a prefix that is refused becomes a comment" branches '# TODO: branch_name_prefix is not converted: prefix: "a/b "c ": a prefix is 1 to 64 characters'
check "so does an unknown word for conflicts" branches '# TODO: branch_on_conflict is not converted: on_conflict: "ask" is not one of fail, acknowledge'
check "netbox-ceph without branching stays without" branches '^		ceph: {' '^			mode = "off"; # branching_enabled = false'
branch_export "$TMPDIR/branch.json" '{"branching_enabled": True}' None
check "settings without netbox-ceph are converted" gives 0 import-proxbox "$TMPDIR/branch.json"
check "the module ceph has no group then" not branches 'ceph: {'
branch_export "$TMPDIR/branch.json" '{"branching_enabled": False, "branch_name_prefix": "x"}' '{"branching_enabled": True, "branch_name_prefix": "c"}'
check "branching of netbox-ceph alone is converted" gives 0 import-proxbox "$TMPDIR/branch.json"
check "for its module alone" branches '^			mode = "required"' '^			prefix = "c"; # '
check "and for no other" not branches '^	mode'
check "a prefix without branching is listed with the reason" out_has '#   branch_name_prefix = "x": branching_enabled is false'
cat >"$TMPDIR/proxbox.env" <<'ENV'
# proxbox-api
export PROXBOX_BULK_BATCH_SIZE=25
PROXBOX_DELETE_ORPHANS="0"
PROXBOX_NODE_DEVICE_NAME_TEMPLATE='{node}.dc1'
PROXBOX_ENCRYPTION_KEY=canary-91bc
PROXBOX_RATE_LIMIT=60
OTHER=1
ENV
check "--env reads variables of proxbox-api" gives 0 import-proxbox "$TMPDIR/export.json" --env "$TMPDIR/proxbox.env"
check "a variable overrides the setting" out_has 'batch = 25;'
check "a flag of the environment is converted" out_has 'prune: { enabled = false; }'
check "the template of the environment is converted" out_has '^device_name = "{node}.dc1";'
check "a variable without a counterpart is listed" out_has '#   rate_limit = 60: '
check "a secret of the environment is not printed" not out_has 'canary-91bc'
from_shell() { PROXBOX_BULK_BATCH_SIZE=35 "$STAGEBOX" import-proxbox "$TMPDIR/export.json" --env - --config "$config" | grep -q 'batch = 35;'; }
check "--env - reads the variables of the shell" from_shell
check "a file without such variables is a usage error" gives 64 import-proxbox "$TMPDIR/export.json" --env "$config"
echo '{"a": 1}' >"$TMPDIR/wrong.json"
check "a file with other content is a usage error" gives 64 import-proxbox "$TMPDIR/wrong.json"
check "the message names the expected members" err_has '"settings"'
echo '{' >"$TMPDIR/wrong.json"
check "a file that is not JSON is a usage error" gives 64 import-proxbox "$TMPDIR/wrong.json"
check "the message names the line" err_has 'line 2'
echo '{"status": 404, "body": {"detail": "Not found."}}' >"$TMPDIR/absent"
ctl answer netbox /plugins/ceph/settings/ "$TMPDIR/absent"
check "without netbox-ceph the settings of netbox-proxbox are converted" gives 0 import-proxbox
check "and there is no group of the module ceph" not out_has 'ceph: {'
ctl clear
ctl fault netbox 403 --path /plugins/ceph/
check "settings of netbox-ceph that the token may not read end with exit code 77" gives 77 import-proxbox
check "the message names the plugin" err_has 'settings of the plugin ceph'
ctl clear
ctl fault netbox 403 --path /plugins/proxbox/
check "settings that the token may not read end with exit code 77" gives 77 import-proxbox
ctl clear

# --- audit-takeover ---------------------------------------------------------------------------------------
check "audit-takeover before bootstrap ends with exit code 78" gives 78 audit-takeover
check "bootstrap prepares NetBox" gives 0 bootstrap
mark
check "audit-takeover succeeds" gives 0 audit-takeover
check "audit-takeover sends GET requests only" look only-gets netbox
for each in 'would be adopted' 'vm, by a sync-state row of netbox-proxbox' 'MAC addresses that are missing' \
	'disks with the wrong size' 'objects whose tags differ' 'missing, would be created' 'old-erp", decommissioning' \
	'stale' 'A sync would write [0-9]* objects, in about'; do
	check "the page contains: $each" out_has "$each"
done
check "the output fits on one page" test "$(grep -c . <"$TMPDIR/out")" -lt 90
check "audit-takeover prints JSON" gives 0 audit-takeover --format json
cp "$TMPDIR/out" "$TMPDIR/audit"
check "a plan for comparison ends with exit code 2" gives 2 plan --format json
check "the numbers of the audit are those of the plan" python3 - "$TMPDIR/audit" "$TMPDIR/out" <<'PY'
import json, sys
audit, plan = (json.load(open(path)) for path in sys.argv[1:])
for part, ours in zip(plan["plan"]["endpoints"], sorted(audit["endpoints"], key=lambda part: part["slug"])):
    assert part["slug"] == ours["slug"]
    adopted = [op for op in part["ops"] if "stagebox_key" in op["set"] and op["verb"] == "update"]
    assert sum(entry["count"] for entry in ours["adopted"]) == len(adopted) == ours["writes"]["adopt"]
    made = [op for op in part["ops"] if op["verb"] == "create"]
    assert sum(entry["count"] for entry in ours["missing"]) == len(made) == ours["writes"]["create"]
    # Up to NetBox 4.6 the primary address is set by a separate write.
    keys = {op["key"] for op in adopted}
    macs = [op for op in part["ops"] if op["kind"] == "vm-interface" and op["verb"] == "update" and op["key"] in keys
            and ("mac_address" in op["set"] or "primary_mac_address" in op["set"])]
    assert {entry["id"]: entry["count"] for entry in ours["wrong"]}["lost-mac"] == len(macs)
    stale = [entry for entry in ours["left"] if entry["stale"]]
    assert [entry["name"] for entry in stale] == ["old-erp"], stale
cost = audit["cost"]
assert cost["objects"] >= sum(len(part["ops"]) for part in plan["plan"]["endpoints"])
assert 0 < cost["seconds_min"] < cost["seconds_max"]
PY
netbox '
row = [row for row in nb.all("plugins/proxbox/sync-state/virtual-machines") if row["proxmox_vm_id"] < 9000][0]
vm = nb.call("POST", "virtualization/virtual-machines/", {"name": "a-copy", "cluster": nb.all("virtualization/clusters")[0]["id"]})
nb.call("POST", "plugins/proxbox/sync-state/virtual-machines/", {"virtual_machine": vm["id"],
        "proxmox_vm_id": row["proxmox_vm_id"], "proxmox_vm_type": row["proxmox_vm_type"],
        "proxmox_cluster_name": row["proxmox_cluster_name"]})'
check "a conflict ends with exit code 3" gives 3 audit-takeover
check "the page lists the conflict with its candidates" out_has 'several NetBox objects match by a sync-state row .* "a-copy"'
check "audit-takeover stores no run" same "$("$STAGEBOX" runs --format json --config "$config" | python3 -c '
import json, sys
print([run["mode"] for run in json.load(sys.stdin) if run["mode"] != "bootstrap"])')" "[]"
check "the sync reports the conflict" gives 3 sync
check "after the sync there is nothing to adopt" sh -c '
"$1" audit-takeover --format json --config "$2" >"$3"
python3 -c "
import json, sys
doc = json.load(open(sys.argv[1]))
assert not [part for part in doc[\"endpoints\"] if part[\"adopted\"]]
assert [entry[\"name\"] for part in doc[\"endpoints\"] for entry in part[\"left\"] if entry[\"stale\"]] == [\"old-erp\"] * 2
" "$3"' sh "$STAGEBOX" "$config" "$TMPDIR/after"
lab_down

lab=$TMPDIR/none
lab_up --guests 2 --endpoints 1
check "without the plugin import-proxbox ends with exit code 78" gives 78 import-proxbox
check "the message names the plugin" err_has 'no netbox-proxbox'
done_testing
