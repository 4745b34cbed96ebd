/* SPDX-License-Identifier: Apache-2.0 */
/* Reads the parts of a config that only containers have, and requests their addresses. */
#include "lxc.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DEFAULT_MEMORY_MIB 512
#define MAX_NICS           32
#define MAX_INSTANCE_ID    2048

static int no_memory(const struct sb_guest *guest, struct sb_error *err)
{
	return sb_fail(err, SB_E_NOMEM, "config of %s: out of memory", guest->key);
}

/* The cores, else the CPU limit, else maxcpu, the threads of the host. A value that is not valid is
 * returned as it is; NULL = unknown. New reference. */
static json_t *make_vcpus(const struct sb_guest *guest)
{
	int64_t n = 0;
	double limit = 0;

	if (sb_json_int(guest->config, "cores", &n) == SB_E_SHAPE)
		return json_incref(json_object_get(guest->config, "cores"));
	if (n > 0)
		return json_integer(n);
	if (sb_json_real(guest->config, "cpulimit", &limit) == SB_E_SHAPE)
		return json_incref(json_object_get(guest->config, "cpulimit"));
	if (limit > 0 && limit < 10000) {
		n = (int64_t)(limit * 100 + 0.5);
		return n % 100 ? json_real((double)n / 100) : json_integer(n / 100);
	}
	if (!sb_json_int(guest->resource, "maxcpu", &n) && n > 0)
		return json_integer(n);
	return NULL;
}

/* The instance id is made of root volume and MAC addresses, because containers have no UUID. */
static int set_instance_id(const struct sb_guest *guest, json_t *row)
{
	const char *text = sb_json_str(guest->config, "rootfs");
	sb_autojson *root = text ? sb_guest_props(text, "volume") : NULL;
	const char *volume = sb_json_str(root, "volume");
	char id[MAX_INSTANCE_ID], name[16], mac[18];
	size_t len;
	unsigned i;

	if (!volume || !*volume || strlen(volume) > MAX_INSTANCE_ID / 2)
		return 0;
	len = strlen(volume);
	memcpy(id, volume, len + 1);
	for (i = 0; i < MAX_NICS; i++) {
		sb_autojson *props = NULL;

		snprintf(name, sizeof(name), "net%u", i);
		text = sb_json_str(guest->config, name);
		props = text ? sb_guest_props(text, NULL) : NULL;
		text = sb_json_str(props, "hwaddr");
		if (!text || !sb_guest_mac(text, mac))
			continue;
		snprintf(id + len, sizeof(id) - len, " %s", mac);
		len += strlen(id + len);
	}
	return json_object_set_new(row, "birth", json_string(id));
}

int lxc_read_guest(const struct sb_guest *guest, json_t *row, struct sb_error *err)
{
	const char *host = sb_json_str(guest->config, "hostname");
	const char *domain = sb_json_str(guest->config, "searchdomain");
	sb_autofree char *dns = host ? sb_guest_dns(host, domain) : NULL;
	json_t *n = make_vcpus(guest);
	json_t *value = json_object_get(guest->config, "memory"); /* borrowed */
	int64_t memory = DEFAULT_MEMORY_MIB;
	int rc = sb_json_int(guest->config, "memory", &memory);

	rc = json_object_set_new(row, "memory",
				 rc == SB_E_SHAPE ? json_incref(value) : json_integer(memory));
	if (n && json_object_set_new(row, "vcpus", n) < 0)
		rc = -1;
	if (!rc && dns)
		rc = json_object_set_new(row, "dns", json_string(dns));
	/* Proxmox VE shows a container without a name so. */
	if (!rc && !sb_json_str(row, "name"))
		rc = json_object_set_new(row, "name", json_sprintf("CT%" PRIu32, guest->vmid));
	if (!rc)
		rc = set_instance_id(guest, row);
	return rc < 0 ? no_memory(guest, err) : 0;
}

int lxc_read_nic(const struct sb_guest *guest, unsigned index, const json_t *props, json_t *row,
		 struct sb_error *err)
{
	static const char *const texts[][2] = {{"name", "name"}, {"ip", "ip4"}, {"ip6", "ip6"}};
	static const char *const gateways[][2] = {{"gw", "gw4"}, {"gw6", "gw6"}};
	const char *text = sb_json_str(props, "hwaddr");
	size_t i;
	int rc = 0;

	(void)index;
	if (text && *text)
		rc = json_object_set_new(row, "mac", json_string(text));
	for (i = 0; !rc && i < SB_ARRAY_LEN(texts); i++) {
		text = sb_json_str(props, texts[i][0]);
		if (text && *text)
			rc = json_object_set_new(row, texts[i][1], json_string(text));
	}
	for (i = 0; !rc && i < SB_ARRAY_LEN(gateways); i++)
		if (sb_json_str(props, gateways[i][0]))
			rc = json_object_set_new(row, gateways[i][1], json_true());
	return rc < 0 ? no_memory(guest, err) : 0;
}

static int on_interfaces(struct sb_stage_run *stage, const char *key, const json_t *data,
			 const struct sb_error *why, void *arg, struct sb_error *err)
{
	(void)arg;
	if (!data)
		return sb_guest_addresses_unknown(stage, &lxc_family, key, why, err);
	if (json_is_null(data)) /* the container was stopped during the run */
		return sb_guest_addresses_keep(stage, &lxc_family, key, err);
	return sb_guest_addresses_put(stage, &lxc_family, key, data, err);
}

int lxc_ask_addresses(struct sb_stage_run *stage, const struct sb_guest *guest,
		      struct sb_error *err)
{
	const char *status = sb_json_str(guest->resource, "status");
	int rc;

	if (!status || !sb_streq(status, "running"))
		return SB_GUEST_CONFIGURED;
	rc = sb_pve_ask(stage, on_interfaces, NULL, guest->key, SB_PVE_PROTECTED, err,
			"/nodes/%s/lxc/%u/interfaces", guest->node, guest->vmid);
	return rc < 0 ? rc : SB_GUEST_ASKED;
}
