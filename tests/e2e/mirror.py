# SPDX-License-Identifier: Apache-2.0
"""mirror.py CONFIG [--kept] [SLUG...]: compares NetBox with Proxmox VE, field by field.

Computes the expected content of NetBox from the answers of the Proxmox VE API alone, by the documented rules. Each
difference is one line; without differences the exit code is 0. With --kept, addresses of guests that report none at
the moment may exist.
"""
import ipaddress
import math
import re
import sys

from servers import Refused, of_config

MIB = 1024 * 1024
UNITS = {"": 1, "K": 1024, "M": 1024 ** 2, "G": 1024 ** 3, "T": 1024 ** 4}
STATUS = {"running": "active", "stopped": "offline", "paused": "paused", "suspended": "paused"}
MODELS = ("virtio", "e1000", "e1000e", "rtl8139", "vmxnet3")
QEMU_VOLUME = re.compile(r"(scsi|virtio|sata|ide|efidisk|tpmstate)\d+$")
LXC_VOLUME = re.compile(r"rootfs$|mp\d+$")
PLATFORM = {"qemu": {"l24": "Linux 2.4", "l26": "Linux", "solaris": "Solaris", "win7": "Windows 7/2008r2",
                     "win8": "Windows 8/2012", "win10": "Windows 10/2016/2019", "win11": "Windows 11/2022/2025"},
            "lxc": {"alpine": "Alpine Linux", "archlinux": "Arch Linux", "centos": "CentOS", "debian": "Debian",
                    "devuan": "Devuan", "fedora": "Fedora", "gentoo": "Gentoo", "nixos": "NixOS",
                    "opensuse": "openSUSE", "ubuntu": "Ubuntu"}}
ROLE = {"qemu": "virtual-machine-qemu", "lxc": "container-lxc"}
TYPE = {"qemu": "qemu-virtual-machine", "lxc": "lxc-container"}
PORT = {"bridge": "bridge", "OVSBridge": "bridge", "bond": "lag", "OVSBond": "lag", "vlan": "virtual",
        "alias": "virtual", "OVSIntPort": "virtual"}
BUSY = ("migrate", "suspending", "rollback", "create")
AUTOSTART = ("bridge", "bond", "vlan", "OVSBridge", "OVSBond", "OVSIntPort")
DNS = re.compile(r"([0-9A-Za-z_-]+|\*)(\.[0-9A-Za-z_-]+)*$")


class Any:
    """A value for which the rules allow several values."""

    def __init__(self, *values):
        self.values = values

    def __eq__(self, other):
        return other in self.values

    def __repr__(self):
        return "one of " + ", ".join(map(repr, self.values))


class Not(Any):
    def __eq__(self, other):
        return other not in self.values

    def __repr__(self):
        return "anything but " + ", ".join(map(repr, self.values))


class Kept(Any):
    def __eq__(self, other):
        return True


KEPT = Kept() if "--kept" in sys.argv else None


def props(text, bare):
    found = {}
    for part in text.split(","):
        name, equals, value = part.partition("=")
        if equals:
            found[name] = value
        else:
            found[bare] = part
    return found


def truth(value):
    return str(value).lower() in ("1", "on", "yes", "true")


def mib(text):
    number, unit = re.fullmatch(r"([\d.]+)([KMGT]?)", text).groups()
    return math.ceil(float(number) * UNITS[unit] / MIB)


def notes(text):
    text = re.sub(r"(?ims)^[ \t]*```[ \t]*netbox-metadata[ \t]*\n.*?^[ \t]*```[ \t]*(\n|\Z)", "", text or "")
    text = text.replace("\r", "").strip()
    line = text.split("\n")[0]
    return line[:200].strip(), text if "\n" in text or len(line) > 200 else ""


def tag_names(text, style):
    words = {tag for tag in re.split(r"[;,\s]+", text or "") if tag}
    return sorted(words if truth((style or {}).get("case-sensitive", 0)) else {tag.lower() for tag in words})


def tag_color(tag, style):
    for part in (style or {}).get("color-map", "").split(";"):
        fields = part.split(":")
        if fields[0] == tag or not truth((style or {}).get("case-sensitive", 0)) and fields[0].lower() == tag and len(fields) > 1:
            return fields[1].lower()
    number = 0
    for char in tag + "prox":
        number = (ord(char) + (number << 5) - number) & 0xFFFFFFFF
    return "".join("%02x" % int(((number >> shift) & 255) * 0.7 + 255 * 0.3 + 0.5) for shift in (0, 8, 16))


def vlans(tag, trunks):
    vids = set()
    for part in re.split(r"[; ]", trunks or ""):
        if part:
            first, _, last = part.partition("-")
            vids.update(range(int(first), int(last or first) + 1))
    if len(vids) > 64:
        return "tagged-all", tag, []
    if vids:
        return "tagged", tag, sorted(vids)
    return ("access" if tag else None), tag, []


def is_local(ip):
    return (ip.is_loopback or ip.is_link_local or ip.is_multicast or ip.is_unspecified or
            (ip.version == 4 and (int(ip) >> 24 == 0 or int(ip) == 0xFFFFFFFF)))


def refused_by_netbox(address):
    net = address.network
    if net.prefixlen + 1 >= net.max_prefixlen:
        return False
    return address.ip == net.network_address or (address.version == 4 and address.ip == net.broadcast_address)


def dns_name(host, domain):
    host = (host or "").rstrip(".")
    if "." not in host and domain:
        host = host + "." + re.split(r"[ ,;]", domain.strip(" ,;."))[0].rstrip(".")
    host = host.lower()
    return host if host and not host.startswith("localhost") and len(host) <= 255 and DNS.match(host) else ""


class Endpoint:
    """The expected content of NetBox for one endpoint: {path: {key: {field: value}}}."""

    def __init__(self, pve):
        self.pve, self.slug = pve, pve.slug
        self.want = {"virtualization/clusters": {}, "dcim/devices": {}, "dcim/interfaces": {},
                     "virtualization/virtual-machines": {}, "virtualization/virtual-disks": {},
                     "virtualization/interfaces": {}, "ipam/ip-addresses": {}}
        self.tags, self.bridge_mtu, self.users, self.kept = {}, {}, {}, []
        self.read()

    def read(self):
        status = self.pve.get("/cluster/status")
        self.style = self.pve.get("/cluster/options").get("tag-style")
        named = [row["name"] for row in status if row["type"] == "cluster"]
        self.nodes = [row for row in status if row["type"] == "node"]
        self.site = self.pve.site
        self.add("virtualization/clusters", f"{self.slug}/cluster", name=(named or [self.nodes[0]["name"]])[0],
                 type="Proxmox VE" if named else "Proxmox VE, standalone", scope=self.site, status="active")
        for node in self.nodes:
            self.node(node)
        rows = [row for row in self.pve.get("/cluster/resources") if row["type"] in ("qemu", "lxc")]
        zones = {row["zone"]: row["type"] for row in self.pve.get("/cluster/sdn/zones")}
        self.vnets = {row["vnet"]: row.get("tag") for row in self.pve.get("/cluster/sdn/vnets")
                      if zones.get(row["zone"]) == "vlan"}
        self.owner, self.configs, self.candidates = {}, {}, {}
        for row in sorted(rows, key=lambda row: row["vmid"]):
            kind, vmid = row["type"], row["vmid"]
            config = self.configs[vmid] = self.pve.get(f"/nodes/{row['node']}/{kind}/{vmid}/config?current=1")
            row["name"] = config.get("name" if kind == "qemu" else "hostname") or ("VM %d" if kind == "qemu" else "CT%d") % vmid
            self.owner.setdefault(self.cut(row["name"], 64).lower(), vmid)
        for row in rows:
            self.guest(row)
        for key, found in self.candidates.items():
            self.primary(key, found)
        for key, wanted in self.want["ipam/ip-addresses"].items():
            if len(self.users[key.rsplit("/", 1)[1]]) > 1:
                wanted["role"] = "vip"
            elif KEPT and self.kept:
                wanted["role"] = Any(None, "vip")  # a guest that reports nothing may have the address, too

    @staticmethod
    def cut(name, length):
        return name if len(name) <= length else name[:length].rstrip(". ")

    def primary(self, key, found):
        """Any suitable address may be primary: the one that is so now stays. Worse ones only when there is no other."""
        wanted = self.want["virtualization/virtual-machines"][key]
        for version in (4, 6):
            rows = [(address, ip) for address, ip in found if address.version == version]
            for test in (lambda address: len(self.users[str(address.ip)]) > 1,
                         lambda address: address.ip in ipaddress.ip_network("172.17.0.0/16" if version == 4 else "fe80::/10"),
                         lambda address: address.network.prefixlen == address.max_prefixlen):
                rows = [row for row in rows if not test(row[0])] or rows
            field = f"primary_ip{version}"
            if rows and wanted[field] is not None and wanted[field] is not KEPT:
                wanted[field] = Any(*[ip for _, ip in rows], *([None] if wanted[field] == None else []))

    def add(self, path, key, **fields):
        self.want[path][key] = fields

    def node(self, node):
        name = node["name"]
        key = f"{self.slug}/node/{name}"
        status = self.pve.get(f"/nodes/{name}/status")
        cpu = " ".join(status["cpuinfo"]["model"].split())
        platform = "Proxmox VE " + status["pveversion"].split("/")[1].split(".")[0]
        description, comments = notes(self.pve.get(f"/nodes/{name}/config").get("description"))
        ports = {port["iface"]: port for port in self.pve.get(f"/nodes/{name}/network")}
        primary = self.node_addresses(key, node, ports)
        self.add("dcim/devices", key, name=name, status="active" if node["online"] else "offline", site=self.site,
                 cluster=f"{self.slug}/cluster", role="proxmox-node", device_type="Proxmox VE node", description=description,
                 comments=comments, primary_ip4=primary[4], primary_ip6=primary[6], cpu=cpu, platform=platform)
        for iface, port in ports.items():
            mtu = int(port["mtu"]) if port.get("mtu") else None
            self.bridge_mtu[name, iface] = mtu
            self.add("dcim/interfaces", f"{key}/{iface}", name=iface, device=key, mtu=mtu,
                     type=PORT.get(port["type"], "other"), enabled=bool(port.get("autostart")) if port["type"] in AUTOSTART else Kept(),
                     description=(port.get("comments") or "").strip().split("\n")[0].strip(),
                     **self.topology(key, iface, port, ports))

    @staticmethod
    def topology(key, iface, port, ports):
        """The bond, the bridge and the parent of the port, its VLANs and its MAC address."""
        def whose(*members):
            found = [other for other, row in ports.items() for member in members
                     if other != iface and iface in row.get(member, "").split()]
            return found and f"{key}/{found[0]}" or None

        def there(other):
            return f"{key}/{other}" if other in ports else None

        virtual = PORT.get(port["type"]) == "virtual"
        mode, untagged, tagged = None, None, []
        options = dict(word.split("=") for word in port.get("ovs_options", "").split() if "=" in word)
        if port["type"] == "vlan":
            mode, untagged, tagged = vlans(int(port["vlan-id"]), None)
        elif port["type"].startswith("OVS") and port["type"] != "OVSBridge":
            tag = port.get("ovs_tag") or options.get("tag")
            mode, untagged, tagged = vlans(int(tag) if tag else None, options.get("trunks", "").replace(",", ";") or None)
        macs = [word[3:] for word in [iface] + port.get("altnames", []) if re.fullmatch("enx[0-9a-f]{12}", word)]
        return {"lag": whose("slaves", "ovs_bonds"),
                "bridge": whose("bridge_ports", "ovs_ports") or there(port.get("ovs_bridge")),
                "parent": there(port.get("vlan-raw-device")) if virtual else None,
                "mode": mode, "untagged_vlan": untagged, "tagged_vlans": tagged,
                "mac": ":".join(re.findall("..", macs[0])).upper() if macs else None}

    def node_addresses(self, key, node, ports):
        """Adds the addresses of a node. Primary: the one in the cluster's status, else that with a gateway, else the only one."""
        found = {4: [], 6: []}
        for iface, port in ports.items():
            for cidr, gateway in (("cidr", "gateway"), ("cidr6", "gateway6")):
                if not port.get(cidr):
                    continue
                address = ipaddress.ip_interface(port[cidr])
                ip = f"{key}/{iface}/ip/{address.ip}"
                found[address.version].append((str(address.ip) != node.get("ip"), gateway not in port, ip))
                self.users.setdefault(str(address.ip), set()).add(key)
                self.add("ipam/ip-addresses", ip, address=str(address), status="active", assigned=f"{key}/{iface}",
                         role=None)
        best = {version: min(rows) if rows else None for version, rows in found.items()}
        return {version: row and row[2] for version, row in best.items()}

    def guest(self, row):
        kind, vmid, node = row["type"], row["vmid"], row["node"]
        key = f"{self.slug}/{kind}/{vmid}"
        config = self.configs[vmid]
        name = self.cut(row["name"], 64)
        if self.owner[name.lower()] != vmid:
            tail = f" ({vmid})"
            name = self.cut(name, 64 - len(tail)) + tail
        description, comments = notes(config.get("description"))
        tags = tag_names(config.get("tags"), self.style)
        for tag in tags:
            self.tags[tag] = tag_color(tag, self.style)
        disk = self.disks(key, kind, config)
        nics = self.nics(key, kind, node, config)
        primary = self.addresses(key, row, config, nics)
        if kind == "qemu":
            birth = props(config["smbios1"], None)["uuid"].lower()
        else:
            birth = " ".join([props(config["rootfs"], "volume")["volume"]] + [nic["mac"] for nic in nics.values()])
        self.add("virtualization/virtual-machines", key, name=name, status=STATUS.get(row["status"], Not("active")),
                 cluster=f"{self.slug}/cluster", site=self.site, device=f"{self.slug}/node/{node}", role=ROLE[kind],
                 virtual_machine_type=TYPE[kind], platform=PLATFORM[kind].get(config.get("ostype")),
                 vcpus=float(row["maxcpu"]), memory=math.ceil(row["maxmem"] / MIB), disk=disk,
                 start_on_boot="on" if truth(config.get("onboot", 0)) else "off", description=description,
                 comments=comments, tags=tags, birth=birth, vmid=row["vmid"], node=None, primary_ip4=primary[4],
                 primary_ip6=primary[6])

    def disks(self, key, kind, config):
        total = 0
        for name, text in config.items():
            if not (QEMU_VOLUME if kind == "qemu" else LXC_VOLUME).match(name):
                continue
            parts = props(text, "file" if kind == "qemu" else "volume")
            volume = parts.get("file") or parts.get("volume")
            if parts.get("media") == "cdrom" or volume in ("none", "cdrom") or "size" not in parts:
                continue
            size = mib(parts["size"])
            if not size:
                continue
            total += size
            self.add("virtualization/virtual-disks", f"{key}/{name}", name=name, size=size, virtual_machine=key,
                     description=volume[:200])
        return total or None

    def nics(self, key, kind, node, config):
        nics = {}
        for number in range(32):
            text = config.get(f"net{number}")
            if not text:
                continue
            parts = props(text, "model")
            mac = parts.get("hwaddr") or parts.get("macaddr") or next(parts[m] for m in MODELS if m in parts)
            parts["mac"] = mac.upper()
            mtu = int(parts["mtu"]) if "mtu" in parts else None
            if mtu == 1:
                mtu = self.bridge_mtu.get((node, parts["bridge"]))
            vnet = self.vnets.get(parts.get("bridge"))
            mode, untagged, tagged = vlans(vnet or (int(parts["tag"]) if "tag" in parts else None),
                                           None if vnet else parts.get("trunks"))
            parts["shown"] = parts["name"] if kind == "lxc" else f"net{number}"
            if kind == "qemu":
                self.cloudinit(config, number, parts)
            nics[f"net{number}"] = parts
            self.add("virtualization/interfaces", f"{key}/net{number}", name=parts["shown"], virtual_machine=key,
                     mac=parts["mac"], enabled=not truth(parts.get("link_down", 0)), mtu=mtu, mode=mode,
                     untagged_vlan=untagged, tagged_vlans=tagged)
        return nics

    def cloudinit(self, config, number, parts):
        for name in ("ip", "ip6", "gw", "gw6"):
            parts.pop(name, None)
        if self.has_cloudinit(config) and f"ipconfig{number}" in config:
            parts.update(props(config[f"ipconfig{number}"], None))

    @staticmethod
    def has_cloudinit(config):
        return any(re.match(r"(ide|sata|scsi)\d", name) and "-cloudinit" in text and "media=cdrom" in text
                   for name, text in config.items() if isinstance(text, str))

    def reported(self, row, config):
        """Addresses that the guest reports: {mac: [...]}; None if its config has them; False if neither has."""
        kind, vmid, node = row["type"], row["vmid"], row["node"]
        if kind == "lxc":
            if row["status"] != "running":
                return None
            answer = self.pve.get(f"/nodes/{node}/lxc/{vmid}/interfaces")
        else:
            if not truth(props(config.get("agent") or "0", "enabled").get("enabled")):
                return None
            if row["status"] != "running" or row.get("template") or row.get("lock") in BUSY:
                return False
            try:
                answer = self.pve.get(f"/nodes/{node}/qemu/{vmid}/agent/network-get-interfaces")["result"]
            except Refused:
                return False
        if not isinstance(answer, list):
            return False
        found = {}
        for port in answer:
            found.setdefault((port.get("hardware-address") or port.get("hwaddr") or "").upper(), []).extend(
                (item["ip-address"], int(item["prefix"])) for item in port.get("ip-addresses", []))
        return found

    def addresses(self, key, row, config, nics):
        said = self.reported(row, config)
        primary = {4: None, 6: None}
        if said is False:
            self.kept.append(f"{key}/")
            return {4: KEPT, 6: KEPT} if KEPT else primary
        if row["type"] == "lxc":
            name = dns_name(config.get("hostname"), config.get("searchdomain"))
        else:
            domain = config.get("searchdomain") if self.has_cloudinit(config) else None
            name = dns_name(config.get("name"), domain)
        if "." not in name:
            name = Any("", name)  # another suite checks which one
        best, seen, whole = {}, set(), {4: True, 6: True}
        for number, (nic, parts) in enumerate(nics.items()):
            if said is None:
                texts = [parts.get("ip"), parts.get("ip6")]
                found = [text for text in texts if text and text[0] in "0123456789abcdef" and text[-1].isdigit()]
                if len(found) < sum(1 for text in texts if text) or not found:
                    self.kept.append(f"{key}/{nic}/")
                    for version, text in ((4, texts[0]), (6, texts[1])):
                        whole[version] = whole[version] and text in found
            else:
                found = ["%s/%d" % pair for pair in said.get(parts["mac"], [])]
            for text in found:
                address = ipaddress.ip_interface(text.split("%")[0] if "/" not in text else text)
                ip = str(address.ip)
                if is_local(address.ip) or refused_by_netbox(address) or ip in seen:
                    continue
                seen.add(ip)
                self.users.setdefault(ip, set()).add(key)
                self.candidates.setdefault(key, []).append((address, f"{key}/{nic}/ip/{ip}"))
                gateway = ("gw" if address.version == 4 else "gw6") in parts
                rank = (not gateway, int(nic[3:]), ip)
                if address.version not in best or rank < best[address.version][0]:
                    best[address.version] = (rank, f"{key}/{nic}/ip/{ip}")
                self.add("ipam/ip-addresses", f"{key}/{nic}/ip/{ip}", address=str(address), status="active",
                         assigned=f"{key}/{nic}", dns_name=name, role=None)
        for version in (4, 6):
            if KEPT and not whole[version]:
                primary[version] = KEPT
        for version, (_, found) in best.items():
            primary[version] = found if whole[version] else KEPT or Any(found, None)
        return primary


class Actual:
    """The same fields as NetBox returns them."""

    def __init__(self, netbox):
        self.rows, self.key = {}, {}
        for path in ("virtualization/clusters", "dcim/devices", "dcim/interfaces", "virtualization/virtual-machines",
                     "virtualization/virtual-disks", "virtualization/interfaces", "ipam/ip-addresses"):
            self.rows[path] = netbox.all(path)
            for row in self.rows[path]:
                self.key[path, row["id"]] = row["custom_fields"].get("stagebox_key")
        self.tags = {row["name"]: row["color"] for row in netbox.all("extras/tags")}
        self.vlans = {row["id"]: row for row in netbox.all("ipam/vlans")}
        # NetBox 4.5 does not have virtual machine types.
        self.has_types = "virtual-machine-types" in netbox.call("GET", "virtualization/")
        self.types = {row["id"]: row["slug"] for row in netbox.all("virtualization/virtual-machine-types")
                      } if self.has_types else {}

    def value(self, path, row, field):
        value = row.get(field)
        refs = {"cluster": "virtualization/clusters", "device": "dcim/devices",
                "virtual_machine": "virtualization/virtual-machines", "primary_ip4": "ipam/ip-addresses",
                "primary_ip6": "ipam/ip-addresses", "lag": "dcim/interfaces", "bridge": "dcim/interfaces",
                "parent": "dcim/interfaces"}
        if field in refs:
            return value and self.key[refs[field], value["id"]]
        if field in ("status", "mode", "start_on_boot", "role", "type") and value and "value" in value:
            return value["value"]
        if field in ("site", "scope", "platform", "type"):
            return value and value["name"]
        if field == "role":
            return value and value["slug"]
        if field == "virtual_machine_type":
            return value and self.types[value["id"]]
        if field == "device_type":
            return value["model"]
        if field == "tags":
            return sorted(tag["name"] for tag in value)
        if field in ("birth", "vmid", "node", "cpu"):
            return row["custom_fields"].get("stagebox_" + field)
        if field == "vcpus":
            return value and float(value)
        if field == "mac":
            return row["mac_address"]
        if field == "untagged_vlan":
            return value and value["vid"]
        if field == "tagged_vlans":
            return sorted(vlan["vid"] for vlan in value)
        if field == "assigned":
            paths = {"virtualization.vminterface": "virtualization/interfaces", "dcim.interface": "dcim/interfaces"}
            return self.key.get((paths.get(row["assigned_object_type"]), row["assigned_object_id"]))
        return value


def compare(endpoint, actual, differences):
    slug = endpoint.slug
    for path, wanted in endpoint.want.items():
        found = {}
        for row in actual.rows[path]:
            key = row["custom_fields"].get("stagebox_key")
            if key and key.split("/")[0] == slug:
                if key in found:
                    differences.append(f"{path} {key}: twice")
                found[key] = row
        for key in sorted(wanted.keys() - found.keys()):
            differences.append(f"{path} {key}: missing")
        for key in sorted(found.keys() - wanted.keys()):
            if KEPT and path == "ipam/ip-addresses" and key.startswith(tuple(endpoint.kept)):
                continue
            differences.append(f"{path} {key}: not at the source")
        for key in sorted(wanted.keys() & found.keys()):
            for field, value in wanted[key].items():
                if field == "virtual_machine_type" and not actual.has_types:
                    continue
                real = actual.value(path, found[key], field)
                if not value == real:
                    differences.append(f"{path} {key}: {field} is {real!r} instead of {value!r}")


def main():
    netbox, pves = of_config(sys.argv[1])
    actual = Actual(netbox)
    slugs = [word for word in sys.argv[2:] if word != "--kept"]
    differences, n = [], 0
    for pve in pves:
        if slugs and pve.slug not in slugs:
            continue
        endpoint = Endpoint(pve)
        n += sum(len(fields) for rows in endpoint.want.values() for fields in rows.values())
        compare(endpoint, actual, differences)
        for tag, color in sorted(endpoint.tags.items()):
            if actual.tags.get(tag) != color:
                differences.append(f"tag {tag}: color is {actual.tags.get(tag)} instead of {color}")
        for row in actual.rows["virtualization/interfaces"]:
            if (row["custom_fields"].get("stagebox_key") or "").startswith(pve.slug + "/"):
                for vlan in [row["untagged_vlan"] or {}] + row["tagged_vlans"]:
                    full = actual.vlans.get(vlan.get("id"))
                    if full and (full["group"] or {}).get("slug") != pve.slug:
                        differences.append(f"VLAN {vlan['vid']} of {pve.slug} is not in its group")
    for line in differences[:60]:
        print("#", line)
    if len(differences) > 60:
        print(f"# ... {len(differences) - 60} more")
    print(f"# {n} fields compared, {len(differences)} differ")
    sys.exit(1 if differences or not n else 0)


if __name__ == "__main__":
    main()
