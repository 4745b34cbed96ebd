/* SPDX-License-Identifier: Apache-2.0 */
/* Creating an endpoint: its nodes with their interfaces, storages, options and pools. */
#include "pve/ceph.h"
#include "pve/ha.h"
#include "pve/seed.h"

#include <string.h>

#define BOOT_S 1757000000

/* Add a row of /nodes/N/network; the reference to extra is stolen. */
static void add_iface(json_t *list, const char *name, const char *type, bool is_active,
		      json_t *extra_take)
{
	bool is_eth = sb_streq(type, "eth");
	json_t *row = json_pack("{ss ss ss ss s[s] si}", "iface", name, "type", type, "method",
				"manual", "method6", "manual", "families", "inet", "priority",
				(int)json_array_size(list) + 3);

	if (is_active)
		json_object_set_new(row, "active", json_integer(1));
	/* Proxmox VE checks only network cards for existence. */
	if (is_eth)
		json_object_set_new(row, "exists", json_integer(1));
	else
		json_object_set_new(row, "autostart", json_integer(1));
	if (sb_streq(type, "vlan"))
		json_object_set_new(row, "exists", json_null());
	if (sb_starts_with(type, "OVS"))
		json_object_set_new(row, "ovs_type", json_string(type));
	if (extra_take)
		json_object_update(row, extra_take);
	json_decref(extra_take);
	json_array_append_new(list, row);
}

static void set_address(const struct lab_pve *pve, json_t *row, unsigned slot, unsigned host)
{
	struct pve_place place = {slot, host};
	sb_autojson *cidr = pve_place_v4(pve, place);
	const char *text = json_string_value(cidr), *slash = strchr(text, '/');

	json_object_set_new(row, "method", json_string("static"));
	json_object_set(row, "cidr", cidr);
	json_object_set_new(row, "address", json_stringn(text, (size_t)(slash - text)));
	json_object_set_new(row, "netmask", json_string(slash + 1));
}

static json_t *uplink_bridge(const struct lab_pve *pve, unsigned host)
{
	struct pve_place place = {0, host};
	sb_autojson *cidr6 = pve_place_v6(pve, place);
	const char *text = json_string_value(cidr6), *slash = strchr(text, '/');
	json_t *row =
		json_pack("{ss ss ss si ss ss s[ss] ss so so so ss}", "bridge_ports", "bond0",
			  "bridge_stp", "off", "bridge_fd", "0", "bridge_vlan_aware", 1,
			  "bridge_vids", "2-4094", "method6", "static", "families", "inet", "inet6",
			  "comments", "uplink of the guests\n", "gateway", pve_gateway_v4(pve, 0),
			  "address6", json_stringn(text, (size_t)(slash - text)), "cidr6",
			  json_string(text), "netmask6", slash + 1);

	set_address(pve, row, 0, host);
	json_object_set_new(row, "gateway6", json_sprintf("2001:db8:%x:100::1", pve->octet));
	return row;
}

static json_t *storage_bridge(const struct lab_pve *pve, unsigned host, const char *ports)
{
	json_t *row = json_pack("{ss ss ss ss}", "bridge_ports", ports, "bridge_stp", "off",
				"bridge_fd", "0", "mtu", "9000");

	set_address(pve, row, PVE_VLANS - 1, host);
	json_object_set_new(row, "comments", json_string("storage, jumbo frames\n"));
	return row;
}

/* The alternative names of a network card: by its slot and by its MAC address. */
static json_t *card_names(const struct lab_pve *pve, unsigned id, unsigned port)
{
	return json_pack("{s[oo]}", "altnames",
			 json_sprintf("enp%us0f%u", id % 2 ? 1 : 2, port - 1),
			 json_sprintf("enx3cecef%02x%02x%02x", pve->octet, id % 256, port));
}

/* Add Open vSwitch: a bond of two network cards, a bridge with it, and an internal port. */
static void add_ovs(const struct lab_pve *pve, json_t *list, unsigned id)
{
	json_t *port = json_pack("{ss ss}", "ovs_bridge", "vmbr2", "ovs_tag", "130");

	set_address(pve, port, pve_vlan_slot(130), 10 + id);
	add_iface(list, "enp66s0f0", "eth", true, NULL);
	add_iface(list, "enp66s0f1", "eth", true, NULL);
	add_iface(list, "bond1", "OVSBond", true,
		  json_pack("{ss ss ss ss}", "ovs_bonds", "enp66s0f0 enp66s0f1", "ovs_bridge",
			    "vmbr2", "bond_mode", "balance-slb", "ovs_options",
			    "vlan_mode=trunk trunks=110,130-132"));
	add_iface(list, "vmbr2", "OVSBridge", true,
		  json_pack("{ss ss ss}", "ovs_ports", "bond1 mgmt0", "mtu", "1500", "comments",
			    "switch in software\n"));
	add_iface(list, "mgmt0", "OVSIntPort", true, port);
}

static json_t *node_ifaces(const struct lab_pve *pve, unsigned id)
{
	json_t *list = json_array(), *vlan;
	bool has_card = id % 3 != 0;

	add_iface(list, "eno1", "eth", true, card_names(pve, id, 1));
	add_iface(list, "eno2", "eth", true, card_names(pve, id, 2));
	add_iface(list, "eno3", "eth", false, NULL);
	if (has_card)
		add_iface(list, "enp65s0f0", "eth", true, json_pack("{ss}", "mtu", "9000"));
	if (id % 3 == 2)
		add_iface(list, "enp65s0f1", "eth", false, NULL);
	add_iface(list, "bond0", "bond", true,
		  json_pack("{ss ss ss ss}", "slaves", "eno1 eno2", "bond_mode", "802.3ad",
			    "bond_miimon", "100", "bond_xmit_hash_policy", "layer3+4"));
	add_iface(list, "vmbr0", "bridge", true, uplink_bridge(pve, 10 + id));
	add_iface(list, "vmbr1", "bridge", true,
		  storage_bridge(pve, 10 + id, has_card ? "enp65s0f0" : ""));
	vlan = json_pack("{ss ss}", "vlan-raw-device", "vmbr0", "vlan-id", "120");
	set_address(pve, vlan, pve_vlan_slot(120), 10 + id);
	add_iface(list, "vmbr0.120", "vlan", true, vlan);
	if (id % 3 == 2)
		add_iface(list, "vlan140", "vlan", true,
			  json_pack("{ss ss}", "vlan-raw-device", "bond0", "vlan-id", "140"));
	if (id % 3 == 0)
		add_ovs(pve, list, id);
	return list;
}

bool pve_seed_nodes(struct lab_pve *pve, unsigned n_nodes)
{
	static const struct {
		const char *cpu;
		unsigned cores, threads;
		int64_t mem_gib;
	} machines[] = {
		{"AMD EPYC 7302P 16-Core Processor", 16, 32, 256},
		{"AMD EPYC 9354P 32-Core Processor", 32, 64, 512},
		{"Intel(R) Xeon(R) Gold 6338 CPU @ 2.00GHz", 32, 64, 384},
	};
	static const char *const notes[] = {"rack 12, unit 7\nserial on the **front**\n", NULL,
					    "Außenstelle\n"};

	pve->nodes = calloc(n_nodes, sizeof(*pve->nodes));
	if (!pve->nodes)
		return false;
	for (unsigned i = 0; i < n_nodes; i++) {
		struct pve_node *node = &pve->nodes[pve->n_nodes++];
		/* Only the first endpoint has node names without its slug, because device names
		 * must differ in NetBox. */
		bool is_bare = sb_streq(pve->slug, "lab");
		sb_autojson *name = json_sprintf("%s%spve%u", is_bare ? "" : pve->slug,
						 is_bare ? "" : "-", i + 1);
		unsigned machine = i % SB_ARRAY_LEN(machines);

		node->id = i + 1;
		node->name = name ? strdup(json_string_value(name)) : NULL;
		node->cpu_model = machines[machine].cpu;
		node->cores = machines[machine].cores;
		node->threads = machines[machine].threads;
		node->mem_bytes = machines[machine].mem_gib << 30;
		node->disk_bytes = (int64_t)100 << 30;
		node->booted_s = BOOT_S + (int64_t)i * 86400;
		node->description = notes[i % SB_ARRAY_LEN(notes)]
					    ? strdup(notes[i % SB_ARRAY_LEN(notes)])
					    : NULL;
		node->ifaces = node_ifaces(pve, node->id);
		if (!node->name || !node->ifaces)
			return false;
	}
	return true;
}

static json_t *cluster_storages(const struct lab_pve *pve)
{
	const char *first = pve->nodes[0].name;
	json_t *list = json_pack(
		"[{ss ss ss ss},{ss ss ss ss ss},{ss ss ss ss ss},{ss ss ss ss ss ss si ss},"
		"{ss ss ss ss ss ss si},{ss ss ss ss ss si si},{ss ss ss ss ss}]",
		"storage", "local", "type", "dir", "path", "/var/lib/vz", "content",
		"iso,vztmpl,backup,images,rootdir,snippets", "storage", "local-lvm", "type",
		"lvmthin", "vgname", "pve", "thinpool", "data", "content", "images,rootdir",
		"storage", "local-zfs", "type", "zfspool", "pool", "rpool/data", "mountpoint",
		"/rpool/data", "content", "rootdir,images", "storage", "nfs1", "type", "nfs",
		"server", "192.0.2.61", "export", "/srv/vm", "path", "/mnt/pve/nfs1", "content",
		"iso,images,rootdir", "shared", 1, "prune-backups", "keep-all=1", "storage", "pbs1",
		"type", "pbs", "server", "192.0.2.60", "datastore", "main", "username",
		"backup@pbs", "content", "backup", "shared", 1, "storage", "smb-old", "type",
		"cifs", "server", "192.0.2.62", "share", "backups", "content", "backup", "shared",
		1, "disable", 1, "storage", "scratch", "type", "dir", "path", "/srv/scratch",
		"content", "images", "nodes", first);

	if (pve->n_nodes > 1)
		json_array_append_new(list, json_pack("{ss ss ss si ss si}", "storage", "ceph-vm",
						      "type", "rbd", "pool", "vmpool", "krbd", 0,
						      "content", "rootdir,images", "shared", 1));
	return list;
}

bool pve_seed_cluster(struct lab_pve *pve)
{
	pve->storages = cluster_storages(pve);
	pve->options = json_pack(
		"{ss ss s{ss} s{ss ss} s{ss ss} ss s[ss]}", "keyboard", "en-us", "console", "html5",
		"migration", "type", "secure", "tag-style", "color-map",
		"prod:2e7d32:ffffff;web:1565c0;db:6a1b9a:ffffff;dmz:c62828;backup-daily:ef6c00",
		"ordering", "alphabetical", "next-id", "lower", "100", "upper", "1000000",
		"description", "Practice cluster. Nothing here is real.\n", "registered-tags",
		"critical", "prod");
	pve->pools = json_pack("{sn ss ss ss}", "customers", "customers/acme", "ACME, Zürich",
			       "dev", "development", "prod", "production");
	pve->zones = json_object();
	pve->vnets = json_object();
	return pve->storages && pve->options && pve->pools && pve->zones && pve->vnets;
}

/* Split "user@realm!name=secret" into its parts, which are new texts. */
static bool split_token(const char *token, char **ret_user, char **ret_name, char **ret_secret)
{
	const char *bang = strchr(token, '!'), *equals = bang ? strchr(bang, '=') : NULL;

	if (!equals)
		return false;
	*ret_user = strndup(token, (size_t)(bang - token));
	*ret_name = strndup(bang + 1, (size_t)(equals - bang - 1));
	*ret_secret = strdup(equals + 1);
	return *ret_user && *ret_name && *ret_secret;
}

static bool read_tokens(struct lab_pve *pve, const struct lab_pve_seed *seed)
{
	return split_token(seed->token, &pve->user, &pve->token_name, &pve->secret) &&
	       (!seed->write_token || split_token(seed->write_token, &pve->writer,
						  &pve->writer_name, &pve->writer_secret));
}

struct lab_pve *lab_pve_create(const struct lab_pve_seed *seed)
{
	struct lab_pve *pve = calloc(1, sizeof(*pve));

	if (!pve)
		return NULL;
	pve->slug = strdup(seed->slug);
	pve->major = seed->major;
	pve->seed = seed->seed;
	pve->order.state = seed->seed ^ 0x0b0e5u;
	pve->change.state = seed->seed ^ 0xc4a6eu;
	pve->first_vmid = seed->first_vmid ? seed->first_vmid : 101;
	pve->octet = seed->octet ? seed->octet % 256 : pve_slug_octet(seed->slug);
	pve->host_bits = seed->guests > 600 ? 11 : 8;
	if (!pve->slug || !read_tokens(pve, seed) || !pve_seed_access(pve) ||
	    !pve_seed_nodes(pve, seed->nodes ? seed->nodes : 1) || !pve_seed_cluster(pve) ||
	    !pve_seed_guests(pve, seed->guests) || !pve_seed_ha(pve) || !pve_seed_ceph(pve) ||
	    !pve_seed_tasks(pve)) {
		lab_pve_destroy(pve);
		return NULL;
	}
	return pve;
}

void lab_pve_destroy(struct lab_pve *pve)
{
	if (!pve)
		return;
	pve_state_finish(pve);
	free(pve);
}
