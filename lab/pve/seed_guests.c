/* SPDX-License-Identifier: Apache-2.0 */
/* Guests of a new endpoint: names, sizes, states, notes, tags, agents. */
#include "pve/seed.h"

#include <ctype.h>
#include <inttypes.h>

#define START_S 1758000000

static void set_text(struct pve_draft *draft, const char *key, const char *text)
{
	json_object_set_new(draft->guest->config, key, json_string(text));
}

static void set_number(struct pve_draft *draft, const char *key, int64_t number)
{
	json_object_set_new(draft->guest->config, key, json_integer(number));
}

/* Properties repeat with the index, so that every seed has all cases that tests need. */
static bool is_container(unsigned i)
{
	return i % 5 == 1 || i % 5 == 4;
}

static json_t *plain_name(unsigned i)
{
	static const char *const roles[] = {"web",      "dns",    "app",   "db",     "proxy",
					    "cache",    "mail",   "files", "ci",     "git",
					    "ldap",     "vpn",    "queue", "search", "monitor",
					    "k8s-node", "backup", "erp",   "wiki",   "desktop"};
	static const char *const stages[] = {NULL, NULL, "prod", "dev", "test"};
	const char *role = roles[i % SB_ARRAY_LEN(roles)];
	const char *stage = stages[i / 3 % SB_ARRAY_LEN(stages)];
	unsigned number = i / SB_ARRAY_LEN(roles) + 1;

	return stage ? json_sprintf("%s-%s-%02u", role, stage, number)
		     : json_sprintf("%s%02u", role, number);
}

static bool is_template(unsigned i)
{
	return i % 20 == 13 || i % 40 == 21;
}

/* Some guests have the name of an earlier one in another case: names do not identify guests. */
static json_t *guest_name(unsigned i)
{
	unsigned of = i % 13 == 12 ? i - 11 : i % 26 == 7 ? i - 3 : i;
	json_t *name = plain_name(of);

	if (is_template(i)) {
		json_decref(name);
		return json_sprintf("tmpl-%s-%02u", is_container(i) ? "alpine" : "debian13",
				    i / 20 + 1);
	}
	if (of == i || !name)
		return name;

	sb_autofree char *upper = strdup(json_string_value(name));

	for (char *c = upper; c && *c; c++)
		*c = (char)toupper((unsigned char)*c);
	json_decref(name);
	return upper ? json_string(upper) : NULL;
}

static void add_description(struct pve_draft *draft)
{
	static const char *const texts[] = {
		NULL,
		"Ask the network team before a restart",
		"Owner: platform\nOn call: +41 44 000 00 00\n\nRestored from backup twice",
		"Größe geprüft — für Zürich, naïve façade, 日本語 ✓",
		"# Runbook\n\n```sh\nsystemctl restart app  # \"quotes\" & 100 %\n```\n\n* step "
		"one\n"
		"* step two",
		NULL,
		"| port | use |\n|---|---|\n| 443 | https |\n<b>not</b> [a "
		"link](https://example.net)",
	};
	const char *text = texts[draft->i % SB_ARRAY_LEN(texts)];

	if (!text)
		return;
	/* Notes of a container end with a newline, those of a VM do not. */
	json_object_set_new(draft->guest->config, "description",
			    json_sprintf(draft->guest->is_container ? "%s\n" : "%s", text));
}

static void add_tags(struct pve_draft *draft)
{
	static const char *const tags[] = {
		"prod",     "web",    "db",     "dmz",       "backup-daily", "linux",  "windows",
		"internal", "test",   "dev",    "monitored", "k8s",          "gpu",    "legacy",
		"critical", "acme",   "mail",   "infra",     "dns",          "ci.cd",  "erp",
		"staging",  "team-a", "team-b", "pci_dss",   "gold",         "silver", "bronze"};
	const size_t n = SB_ARRAY_LEN(tags);
	unsigned i = draft->i;
	/* Sorted, because Proxmox VE stores them sorted. */
	const char *a = tags[i * 3 % n], *b = tags[(i * 3 + 5) % n];
	const char *first = strcmp(a, b) < 0 ? a : b, *second = first == a ? b : a;

	if (i % 20 == 17)
		set_text(draft, "tags", "Zeta, alpha beta;;alpha"); /* edited by hand */
	else if (i % 6 == 5)
		return;
	else if (i % 3 == 0)
		set_text(draft, "tags", a);
	else
		json_object_set_new(draft->guest->config, "tags",
				    json_sprintf("%s;%s", first, second));
}

static const char *wanted_status(unsigned i)
{
	switch (i % 20) {
	case 6:
	case 8:
	case 19: return "stopped";
	case 10: return "paused";
	case 17: return "suspended";
	case 18: return "prelaunch";
	default: return is_template(i) ? "stopped" : "running";
	}
}

static void add_agent(struct pve_draft *draft)
{
	static const char *const values[] = {"1", "enabled=1", "1,fstrim_cloned_disks=1",
					     "enabled=1,type=virtio"};
	unsigned i = draft->i;

	/* These guests get a cloud-init drive instead. */
	if (i % 5 == 3)
		return;
	if (i % 20 == 15) {
		set_text(draft, "agent", "0");
		return;
	}
	set_text(draft, "agent", values[i % SB_ARRAY_LEN(values)]);
	draft->guest->agent_runs = i % 20 != 7;
	if (i % 4 == 0)
		draft->guest->inside |= PVE_INSIDE_DOCKER;
	if (i % 10 == 2)
		draft->guest->inside |= PVE_INSIDE_BOND;
	if (i % 10 == 0)
		draft->guest->inside |= PVE_INSIDE_VLAN;
}

static void add_qemu_hardware(struct pve_draft *draft)
{
	static const int64_t memory[] = {2048, 4096, 8192, 1024, 16384, 3072, 32768, 6144};
	static const int64_t cores[] = {2, 4, 1, 2, 8, 4, 16};
	unsigned i = draft->i;
	uint64_t pick = lab_random_next(&draft->random);
	json_t *config = draft->guest->config;

	json_object_set_new(config, "memory",
			    json_sprintf(i % 19 == 2 ? "current=%" PRId64 : "%" PRId64,
					 memory[pick % SB_ARRAY_LEN(memory)]));
	set_number(draft, "cores", cores[pick / 8 % SB_ARRAY_LEN(cores)]);
	set_number(draft, "sockets", i % 9 == 3 ? 2 : 1);
	set_number(draft, "numa", 0);
	set_text(draft, "cpu", "x86-64-v2-AES");
	set_text(draft, "scsihw", "virtio-scsi-single");
	if (i % 10 == 5)
		set_number(draft, "vcpus", 3);
	if (i % 10 == 7)
		set_text(draft, "cpulimit", "1.5");
	if (i % 4 == 1)
		set_number(draft, "balloon", 1024);
	if (i % 6 == 0)
		set_text(draft, "serial0", "socket");
}

static void add_qemu_system(struct pve_draft *draft)
{
	unsigned i = draft->i;
	bool is_windows = i % 7 == 5;
	json_t *config = draft->guest->config;

	if (is_windows) {
		set_text(draft, "ostype", i % 2 ? "win11" : "win10");
		draft->guest->inside |= PVE_INSIDE_WINDOWS;
		draft->guest->inside &= ~(unsigned)(PVE_INSIDE_BOND | PVE_INSIDE_DOCKER);
	} else if (i % 11 != 8) {
		set_text(draft, "ostype", i % 17 == 3 ? "other" : "l26");
	}
	if (is_windows || i % 4 == 0) {
		set_text(draft, "bios", "ovmf");
		set_text(draft, "machine", i % 8 == 0 ? "pc-q35-9.2+pve1" : "q35");
	}
	json_object_set_new(config, "meta",
			    json_sprintf("creation-qemu=%s,ctime=%" PRId64,
					 draft->pve->major >= 9 ? "10.1.2" : "9.2.0",
					 (int64_t)START_S - 86400 * (int64_t)(i % 300)));

	sb_autojson *uuid = pve_uuid(&draft->random);

	json_object_set_new(config, "smbios1", json_sprintf("uuid=%s", json_string_value(uuid)));
	json_object_set_new(config, "vmgenid", pve_uuid(&draft->random));
}

static void add_lxc_system(struct pve_draft *draft)
{
	static const int64_t memory[] = {512, 1024, 256, 2048, 768, 4096};
	static const char *const systems[] = {"debian",    "ubuntu", "alpine",   "debian",
					      "archlinux", "fedora", "opensuse", "unmanaged"};
	unsigned i = draft->i;
	uint64_t pick = lab_random_next(&draft->random);

	set_number(draft, "memory", memory[pick % SB_ARRAY_LEN(memory)]);
	set_number(draft, "swap", i % 2 ? 512 : 0);
	if (i % 10 != 4)
		set_number(draft, "cores", 1 + (int64_t)(pick / 8 % 4));
	else
		set_text(draft, "cpulimit", "2");
	set_text(draft, "ostype", systems[i % SB_ARRAY_LEN(systems)]);
	set_text(draft, "arch", "amd64");
	set_number(draft, "unprivileged", 1);
	set_text(draft, "features", i % 3 ? "nesting=1" : "keyctl=1,nesting=1");
	if (i % 15 == 1)
		json_object_set_new(
			draft->guest->config, "lxc",
			json_pack("[[ss]]", "lxc.cgroup2.devices.allow", "c 10:200 rwm"));
}

static void add_snapshots(struct pve_draft *draft)
{
	struct pve_guest *guest = draft->guest;
	bool has_state = !guest->is_container;

	if (draft->i % 6 != 0 || is_template(draft->i))
		return;
	guest->snapshots = json_pack(
		"[{ss si ss},{ss si ss ss}]", "name", "base", "snaptime", START_S, "description",
		"", "name", "pre-upgrade", "snaptime", START_S + 864000, "description",
		has_state ? "before the upgrade" : "before the upgrade\n", "parent", "base");
	for (size_t k = 0; has_state && k < 2; k++)
		json_object_set_new(json_array_get(guest->snapshots, k), "vmstate",
				    json_integer((json_int_t)k));
	set_text(draft, "parent", "pre-upgrade");
}

static void add_membership(struct pve_draft *draft)
{
	static const char *const pools[] = {"prod", "customers/acme", "dev", NULL};
	struct pve_guest *guest = draft->guest;
	unsigned i = draft->i;
	const char *pool = pools[i % SB_ARRAY_LEN(pools)];

	guest->pool = pool ? strdup(pool) : NULL;
	if (draft->pve->n_nodes > 1 && i % 9 == 0 && !is_template(i))
		guest->ha_state = i % 27 == 18                 ? "error"
				  : pve_guest_is_active(guest) ? "started"
							       : "stopped";
	if (i % 3)
		set_number(draft, "onboot", 1);
	if (i % 8 == 3)
		set_text(draft, "startup", "order=3,up=30,down=60");
	if (i % 20 == 4)
		set_text(draft, "lock", "backup");
	if (is_template(i))
		set_number(draft, "template", 1);
	/* A change that waits for the next start. */
	if (i % 20 == 5)
		guest->pending = json_pack("{ss si}", "memory", "24576", "cores", 6);
}

static bool seed_guest(struct lab_pve *pve, unsigned i)
{
	struct pve_draft draft = {
		.pve = pve,
		.i = i,
		.random = {pve->seed * 0x9e3779b97f4a7c15u + i},
	};
	struct pve_guest *guest = pve_guest_insert(pve, pve->first_vmid + i, is_container(i),
						   &pve->nodes[i % pve->n_nodes]);

	if (!guest)
		return false;
	draft.guest = guest;
	guest->status = wanted_status(i);
	guest->started_s = START_S + (int64_t)lab_random_below(&draft.random, 3000000);
	json_object_set_new(guest->config, guest->is_container ? "hostname" : "name",
			    guest_name(i));
	if (guest->is_container) {
		add_lxc_system(&draft);
	} else {
		add_qemu_hardware(&draft);
		add_agent(&draft);
		add_qemu_system(&draft);
	}
	pve_seed_disks(&draft);
	pve_seed_nics(&draft);
	add_description(&draft);
	add_tags(&draft);
	add_snapshots(&draft);
	add_membership(&draft);
	return true;
}

bool pve_seed_guests(struct lab_pve *pve, unsigned n_guests)
{
	for (unsigned i = 0; i < n_guests; i++)
		if (!seed_guest(pve, i))
			return false;
	return true;
}
