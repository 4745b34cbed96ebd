/* SPDX-License-Identifier: Apache-2.0 */
/* Changes of guests by hand: set fields, add, remove and move. */
#include "pve/change.h"

#include "base/buf.h"
#include "pve/ha.h"
#include "pve/property.h"
#include "pve/seed.h"

#include <inttypes.h>

/* Read the id of a guest. Returns 0 or -1. */
static int read_vmid(struct lab_pve *pve, const struct pve_key *key, uint32_t *ret_vmid)
{
	const char *text = key->name;
	char *end;
	unsigned long long vmid = strtoull(text, &end, 10);

	if (*text < '1' || *text > '9' || *end || vmid < 100 || vmid > 999999999)
		return pve_change_refuse(pve, "'%s' is not a guest id from 100 to 999999999", text);
	*ret_vmid = (uint32_t)vmid;
	return 0;
}

/* Find the guest of a key; NULL when there is none. Returns 0 or -1. */
static int look_up_guest(struct lab_pve *pve, const struct pve_key *key, uint32_t *ret_vmid,
			 struct pve_guest **ret_guest)
{
	bool is_container = key->family == &pve_lxc_family;

	if (read_vmid(pve, key, ret_vmid) < 0)
		return -1;
	*ret_guest = pve_guest_find(pve, *ret_vmid);
	if (*ret_guest && (*ret_guest)->is_container != is_container)
		return pve_change_refuse(pve, "guest %" PRIu32 " is a %s", *ret_vmid,
					 is_container ? "VM; use qemu/" : "container; use lxc/");
	return 0;
}

static int find_guest(struct lab_pve *pve, const struct pve_key *key, struct pve_guest **ret_guest)
{
	uint32_t vmid;

	if (look_up_guest(pve, key, &vmid, ret_guest) < 0)
		return -1;
	return *ret_guest ? 0 : pve_change_refuse(pve, "unknown guest '%s'", key->text);
}

static int set_status(struct lab_pve *pve, struct pve_guest *guest, const char *value)
{
	const char *status = pve_status_word(guest->is_container, value);

	if (!status)
		return pve_change_refuse(pve, "a %s cannot have the status '%s'",
					 guest->is_container ? "container" : "VM", value);
	if (pve_guest_is_template(guest) && !sb_streq(status, "stopped"))
		return pve_change_refuse(pve, "the status of a template is always stopped");
	pve_guest_set_status(pve, guest, status);
	return 0;
}

static int set_addresses(struct lab_pve *pve, struct pve_guest *guest, const char *nic,
			 const char *value)
{
	json_t *list;

	if (!pve_key_in_family(nic, "net", NULL) || !pve_guest_text(guest, nic))
		return pve_change_refuse(pve, "the guest has no network card '%s'", nic);
	if (pve_change_addresses(pve, value, &list) < 0)
		return -1;
	json_object_set_new(guest->addresses, nic, list);
	return 0;
}

static int set_pool(struct lab_pve *pve, struct pve_guest *guest, const char *value)
{
	if (*value && !json_object_get(pve->pools, value))
		json_object_set_new(pve->pools, value, json_null());
	free(guest->pool);
	guest->pool = *value ? strdup(value) : NULL;
	return 0;
}

static int set_agent_runs(struct lab_pve *pve, struct pve_guest *guest, const char *value)
{
	if (!sb_streq(value, "0") && !sb_streq(value, "1"))
		return pve_change_refuse(pve, "agent-runs must be 0 or 1");
	guest->agent_runs = *value == '1';
	return 0;
}

static int set_ignores_shutdown(struct lab_pve *pve, struct pve_guest *guest, const char *value)
{
	if (!sb_streq(value, "0") && !sb_streq(value, "1"))
		return pve_change_refuse(pve, "ignores-shutdown must be 0 or 1");
	guest->ignores_shutdown = *value == '1';
	return 0;
}

/* Make a guest a resource of the HA manager in this state; "" ends that. */
static int set_ha_state(struct lab_pve *pve, struct pve_guest *guest, const char *value)
{
	const char *state = pve_ha_word(value);

	if (*value && !state)
		return pve_change_refuse(pve,
					 "unknown HA state '%s'; use started, stopped, "
					 "disabled, ignored, error or request_stop",
					 value);
	pve_ha_manage(pve, guest, state);
	return 0;
}

static int set_config(struct lab_pve *pve, struct pve_guest *guest, const char *key,
		      const char *value)
{
	struct pve_change change = {.pve = pve, .guest = guest, .key = key};
	json_t *read = NULL;

	/* The name of a container is in the key hostname. */
	if (guest->is_container && sb_streq(key, "name"))
		change.key = "hostname";
	if (pve_change_read(&change, value, &read) < 0)
		return -1;
	if (!read) {
		json_object_del(guest->config, change.key);
		if (pve_key_in_family(change.key, "net", NULL))
			json_object_del(guest->addresses, change.key);
	} else {
		json_object_set_new(guest->config, change.key, read);
	}
	json_object_del(guest->pending, change.key);
	if (pve_guest_is_template(guest))
		guest->status = "stopped";
	return 0;
}

static int set_guest(struct lab_pve *pve, const struct pve_key *key, const char *field,
		     const char *value)
{
	struct pve_guest *guest = NULL;

	if (find_guest(pve, key, &guest) < 0)
		return -1;
	if (sb_streq(field, "status"))
		return set_status(pve, guest, value);
	if (sb_streq(field, "pool"))
		return set_pool(pve, guest, value);
	if (sb_streq(field, "agent-runs") && !guest->is_container)
		return set_agent_runs(pve, guest, value);
	if (sb_streq(field, "hastate"))
		return set_ha_state(pve, guest, value);
	if (sb_streq(field, "ignores-shutdown"))
		return set_ignores_shutdown(pve, guest, value);
	if (sb_starts_with(field, "ip/"))
		return set_addresses(pve, guest, field + 3, value);
	return set_config(pve, guest, field, value);
}

/* Fill a guest with the defaults of the web interface. */
static void fill_guest(struct lab_pve *pve, struct pve_guest *guest)
{
	json_t *config = guest->config;
	sb_autojson *mac = pve_mac_take(pve), *uuid = pve_uuid(&pve->change);
	struct pve_place place = pve_place_take(pve, pve_vlan_slot(pve_vlan(0)));
	sb_autojson *v4 = pve_place_v4(pve, place);
	uint32_t vmid = guest->vmid;

	if (guest->is_container) {
		json_object_set_new(config, "hostname", json_sprintf("ct-%" PRIu32, vmid));
		json_object_set_new(config, "ostype", json_string("debian"));
		json_object_set_new(config, "arch", json_string("amd64"));
		json_object_set_new(config, "cores", json_integer(1));
		json_object_set_new(config, "memory", json_integer(512));
		json_object_set_new(config, "swap", json_integer(512));
		json_object_set_new(config, "unprivileged", json_integer(1));
		json_object_set_new(config, "rootfs",
				    json_sprintf("local-lvm:vm-%" PRIu32 "-disk-0,size=8G", vmid));
		json_object_set_new(
			config, "net0",
			json_sprintf("name=eth0,bridge=vmbr0,hwaddr=%s,ip=%s,tag=%u,"
				     "type=veth",
				     json_string_value(mac), json_string_value(v4), pve_vlan(0)));
	} else {
		json_object_set_new(config, "name", json_sprintf("vm-%" PRIu32, vmid));
		json_object_set_new(config, "ostype", json_string("l26"));
		json_object_set_new(config, "cores", json_integer(2));
		json_object_set_new(config, "sockets", json_integer(1));
		json_object_set_new(config, "memory", json_string("2048"));
		json_object_set_new(config, "agent", json_string("1"));
		json_object_set_new(config, "boot", json_string("order=scsi0;net0"));
		json_object_set_new(config, "scsihw", json_string("virtio-scsi-single"));
		json_object_set_new(config, "scsi0",
				    json_sprintf("local-lvm:vm-%" PRIu32 "-disk-0,size=32G", vmid));
		json_object_set_new(config, "net0",
				    json_sprintf("virtio=%s,bridge=vmbr0,tag=%u",
						 json_string_value(mac), pve_vlan(0)));
		json_object_set_new(config, "smbios1",
				    json_sprintf("uuid=%s", json_string_value(uuid)));
		guest->agent_runs = true;
	}
	json_object_set_new(guest->addresses, "net0", json_pack("[O]", v4));
	pve_guest_set_status(pve, guest, "running");
}

static int add_guest(struct lab_pve *pve, const struct pve_key *key)
{
	struct pve_guest *guest = NULL;
	uint32_t vmid;

	if (look_up_guest(pve, key, &vmid, &guest) < 0)
		return -1;
	if (guest)
		return pve_change_refuse(pve, "the guest '%s' exists already", key->text);
	guest = pve_guest_insert(pve, vmid, key->family == &pve_lxc_family, pve_node_local(pve));
	if (!guest)
		return pve_change_refuse(pve, "out of memory");
	fill_guest(pve, guest);
	return 0;
}

static int remove_guest(struct lab_pve *pve, const struct pve_key *key)
{
	struct pve_guest *guest = NULL;

	if (find_guest(pve, key, &guest) < 0)
		return -1;
	pve_ha_manage(pve, guest, NULL);
	pve_guest_remove(pve, guest);
	return 0;
}

static int move_guest(struct lab_pve *pve, const struct pve_key *key, const char *node)
{
	struct pve_node *target = pve_node_find(pve, node);
	struct pve_guest *guest = NULL;

	if (find_guest(pve, key, &guest) < 0)
		return -1;
	if (!target)
		return pve_change_refuse(pve, "unknown node '%s'", node);
	if (target == guest->node)
		return pve_change_refuse(pve, "target is local node.");
	if (!pve_node_is_up(target))
		return pve_change_refuse(pve, "the node '%s' is offline", node);
	guest->node = target;
	return 0;
}

/* Those that are not part of the configuration. */
static const char *const vm_fields[] = {"status",           "pool",   "agent-runs", "hastate",
					"ignores-shutdown", "ip/NIC", NULL};
static const char *const container_fields[] = {"status",           "pool",   "hastate", "name",
					       "ignores-shutdown", "ip/NIC", NULL};

const struct pve_family pve_qemu_family = {
	.fields = vm_fields,
	.prefix = "qemu/",
	.form = "qemu/VMID",
	.set = set_guest,
	.add = add_guest,
	.rm = remove_guest,
	.move = move_guest,
};

const struct pve_family pve_lxc_family = {
	.fields = container_fields,
	.prefix = "lxc/",
	.form = "lxc/VMID",
	.set = set_guest,
	.add = add_guest,
	.rm = remove_guest,
	.move = move_guest,
};
