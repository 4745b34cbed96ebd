/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the parts of a config that only virtual machines have. */
#include "qemu.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DEFAULT_MEMORY_MIB 512

static int no_memory(const struct sb_guest *guest, struct sb_error *err)
{
	return sb_fail(err, SB_E_NOMEM, "config of %s: out of memory", guest->key);
}

/* The value is "4096", "current=4096" or, before Proxmox VE 8, a number. One that is not valid is
 * returned as it is. New reference. */
static json_t *read_memory(const json_t *config)
{
	json_t *value = json_object_get(config, "memory"); /* borrowed */
	const char *text = json_string_value(value);
	sb_autojson *props = text ? sb_guest_props(text, "current") : NULL;
	int64_t mib = DEFAULT_MEMORY_MIB;
	int rc = props ? sb_json_int(props, "current", &mib) : sb_json_int(config, "memory", &mib);

	return rc == SB_E_SHAPE ? json_incref(value) : json_integer(mib);
}

/* The number of virtual CPUs, or a value of the config that is not valid; NULL = too many to be
 * true. New reference. */
static json_t *read_vcpus(const json_t *config)
{
	static const char *const names[] = {"vcpus", "sockets", "cores"};
	int64_t n[] = {0, 1, 1};
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(names); i++)
		if (sb_json_int(config, names[i], &n[i]) == SB_E_SHAPE)
			return json_incref(json_object_get(config, names[i]));
	if (n[0] > 0)
		return json_integer(n[0]);
	if (n[1] < 1 || n[1] > 1024 || n[2] < 1 || n[2] > 65536)
		return NULL;
	return json_integer(n[1] * n[2]);
}

/* The instance id is the SMBIOS UUID: rollback and restore keep it, a new machine gets another. */
static json_t *make_instance_id(const json_t *config)
{
	const char *text = sb_json_str(config, "smbios1");
	sb_autojson *props = text ? sb_guest_props(text, NULL) : NULL;
	const char *uuid = sb_json_str(props, "uuid");
	sb_autofree char *lower = uuid && *uuid ? strdup(uuid) : NULL;
	char *c;

	for (c = lower; c && *c; c++)
		if (*c >= 'A' && *c <= 'Z')
			*c = (char)(*c - 'A' + 'a');
	return lower ? json_string(lower) : NULL;
}

/* Is there a cloud-init drive? Without one the guest does not get ipconfigN and searchdomain. */
static bool has_cloudinit(const json_t *config)
{
	static const char *const buses[] = {"ide", "sata", "scsi"};
	const char *name, *text;
	json_t *value;
	size_t bus;

	json_object_foreach ((json_t *)(uintptr_t)config, name, value) {
		text = json_string_value(value);
		if (!text || !strstr(text, "-cloudinit") || !strstr(text, "media=cdrom"))
			continue;
		for (bus = 0; bus < SB_ARRAY_LEN(buses); bus++) {
			size_t len = strlen(buses[bus]);

			if (strncmp(name, buses[bus], len) == 0 && name[len] >= '0' &&
			    name[len] <= '9')
				return true;
		}
	}
	return false;
}

int qemu_read_guest(const struct sb_guest *guest, json_t *row, struct sb_error *err)
{
	const json_t *config = guest->config; /* borrowed */
	const char *name = sb_json_str(config, "name");
	const char *domain = has_cloudinit(config) ? sb_json_str(config, "searchdomain") : NULL;
	sb_autofree char *dns = name ? sb_guest_dns(name, domain) : NULL;
	json_t *uuid = make_instance_id(config);
	json_t *vcpus = read_vcpus(config);
	int rc = json_object_set_new(row, "memory", read_memory(config));

	if (uuid && json_object_set_new(row, "birth", uuid) < 0)
		rc = -1;
	if (vcpus && json_object_set_new(row, "vcpus", vcpus) < 0)
		rc = -1;
	/* Proxmox VE shows a machine without a name so. */
	if (!rc && !sb_json_str(row, "name"))
		rc = json_object_set_new(row, "name", json_sprintf("VM %" PRIu32, guest->vmid));
	/* The name of a guest is free text: only one with a domain is used as DNS name. */
	if (!rc && dns && strchr(dns, '.'))
		rc = json_object_set_new(row, "dns", json_string(dns));
	return rc < 0 ? no_memory(guest, err) : 0;
}

/* The MAC address in "virtio=BC:24:..." or "model=virtio,macaddr=BC:24:..."; NULL = none. */
static const char *find_mac(const json_t *props)
{
	static const char *const models[] = {
		"virtio",        "e1000",  "e1000e",  "e1000-82540em", "e1000-82544gc",
		"e1000-82545em", "i82551", "i82557b", "i82559er",      "ne2k_isa",
		"ne2k_pci",      "pcnet",  "rtl8139", "vmxnet3",
	};
	const char *text = sb_json_str(props, "macaddr");
	size_t i;

	for (i = 0; !text && i < SB_ARRAY_LEN(models); i++)
		text = sb_json_str(props, models[i]);
	return text;
}

/* ipconfigN belongs to netN, and has an effect only with a cloud-init drive. */
static int set_ipconfig(const json_t *config, unsigned index, json_t *row)
{
	static const char *const names[][2] = {{"ip", "ip4"}, {"ip6", "ip6"}};
	static const char *const gateways[][2] = {{"gw", "gw4"}, {"gw6", "gw6"}};
	sb_autojson *props = NULL;
	const char *text;
	char name[16];
	size_t i;
	int rc = 0;

	snprintf(name, sizeof(name), "ipconfig%u", index);
	text = sb_json_str(config, name);
	if (!text || !has_cloudinit(config))
		return 0;
	props = sb_guest_props(text, NULL);
	if (!props)
		return -1;
	for (i = 0; !rc && i < SB_ARRAY_LEN(names); i++) {
		text = sb_json_str(props, names[i][0]);
		if (text)
			rc = json_object_set_new(row, names[i][1], json_string(text));
		if (!rc && sb_json_str(props, gateways[i][0]))
			rc = json_object_set_new(row, gateways[i][1], json_true());
	}
	return rc;
}

int qemu_read_nic(const struct sb_guest *guest, unsigned index, const json_t *props, json_t *row,
		  struct sb_error *err)
{
	const char *text = find_mac(props);
	int rc = 0;

	if (text && *text)
		rc = json_object_set_new(row, "mac", json_string(text));
	if (!rc)
		rc = set_ipconfig(guest->config, index, row);
	return rc < 0 ? no_memory(guest, err) : 0;
}

/* The value is "1", "enabled=1,type=virtio", "0", or a number. */
bool qemu_has_agent(const json_t *config)
{
	const char *text = sb_json_str(config, "agent");
	sb_autojson *props = text ? sb_guest_props(text, "enabled") : NULL;

	return props ? sb_json_bool(props, "enabled", false) : sb_json_bool(config, "agent", false);
}

static uint64_t hash_text(uint64_t hash, const char *text)
{
	do { /* with the zero at the end, which separates two texts */
		hash = (hash ^ (unsigned char)*text) * UINT64_C(1099511628211);
	} while (*text++);
	return hash;
}

void qemu_config_mark(const json_t *config, char ret_text[17])
{
	static const char *const passing[] = {"digest", "lock", "parent", "vmgenid"};
	uint64_t sum = 0;
	const char *name;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)config, name, value) {
		uint64_t hash = hash_text(UINT64_C(14695981039346656037), name);
		char number[24];
		size_t i;

		for (i = 0; i < SB_ARRAY_LEN(passing); i++)
			if (sb_streq(name, passing[i]))
				break;
		if (i < SB_ARRAY_LEN(passing))
			continue;
		snprintf(number, sizeof(number), "%" PRId64, (int64_t)json_integer_value(value));
		sum += hash_text(hash, json_is_string(value) ? json_string_value(value) : number);
	}
	snprintf(ret_text, 17, "%016" PRIx64, sum);
}
