#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The custom link to the web interface of Proxmox VE: made and updated by bootstrap until people edit it.
. "${STAGEBOX_SRC:?}/tests/e2e/lib.sh"
lab_up --guests 4 --endpoints 2
url=$(sed -n '/slug = "lab"/,/urls/s/.*urls = \[ "\([^"]*\)".*/\1/p' "$config")

set_conf 's/^netbox:.*/&\n\tcustom_links = false;/'
check "with custom_links = false bootstrap succeeds" gives 0 bootstrap
check "and makes no link" netbox 'check(not nb.all("extras/custom-links"))'
set_conf '/custom_links = false;/d'
check "bootstrap succeeds" gives 0 bootstrap
check "the link knows the address of each endpoint" netbox '
link = nb.all("extras/custom-links")[0]
check("\"lab\": \"'"$url"'\"" in link["link_url"] and "\"edge\"" in link["link_url"], link["link_url"], "'"$url"'")
check("\"lab\"" in link["link_text"] and "Open in Proxmox VE" in link["link_text"], link["link_text"])
check(link["new_window"] and link["enabled"])'
# rendered KEY: the address that NetBox would make of the template for an object with this key
cat >"$TMPDIR/render.py" <<'P'
import re, sys
from servers import of_config
link = of_config(sys.argv[1])[0].all("extras/custom-links")[0]["link_url"]
key = sys.argv[2].split("/")
text = re.sub(r"\{#.*?#\}|\{% set .*? %\}", "", link)
text = re.sub(r"\{\{ (\{.*?\})\[key\[0\]\] \}\}", lambda found: eval(found.group(1))[key[0]], text)
text = re.sub(r"\{% if key\|length > 2 %\}(.*?)\{% endif %\}", lambda found: found.group(1) if len(key) > 2 else "", text)
print(re.sub(r"\{\{ key\[(\d)\] \}\}", lambda found: key[int(found.group(1))], text))
P
rendered() { python3 "$TMPDIR/render.py" "$config" "$1"; }
check "the link of a guest selects it" same "$(rendered lab/qemu/101)" "$url/#v1:0:=qemu%2F101"
check "the link of a node selects it" same "$(rendered lab/node/pve1)" "$url/#v1:0:=node%2Fpve1"
check "the link of a cluster is its page" same "$(rendered lab/cluster)" "$url/"
mark
check "a second bootstrap succeeds" gives 0 bootstrap
check "and writes nothing" look no-writes

set_conf '/slug = "edge"/,/use_https/{s|urls = \[ "[^"]*"|urls = [ "https://pve.example.com:8006/"|;s|use_https = false|use_https = true|;}'
check "another address of an endpoint is a change" gives 2 bootstrap --plan
check "bootstrap succeeds with it" gives 0 bootstrap
check "and updates the link" netbox '
link = nb.all("extras/custom-links")[0]["link_url"]
check("\"edge\": \"https://pve.example.com:8006\"" in link, link)'

check "a person disables the link and gives it a group" netbox '
row = nb.all("extras/custom-links")[0]
nb.call("PATCH", "extras/custom-links/%d/" % row["id"], {"enabled": False, "group_name": "Tools"})'
mark
check "bootstrap succeeds" gives 0 bootstrap
check "and leaves it disabled" look no-writes
check "a person replaces the address" netbox '
row = nb.all("extras/custom-links")[0]
nb.call("PATCH", "extras/custom-links/%d/" % row["id"], {"link_url": "https://proxy.example.com/{{ object.name }}"})'
mark
check "bootstrap succeeds" gives 0 bootstrap
check "and leaves what the person wrote" look no-writes

ctl fault netbox deny extras.view_customlink
check "without the right to see links bootstrap succeeds" gives 0 bootstrap
check "and names the object type" err_has 'extras.customlink'
done_testing
