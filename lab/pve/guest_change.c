/* SPDX-License-Identifier: Apache-2.0 */
/* Changes by key: set fields, add, remove and move guests. */
#include "pve/change.h"

#include "base/buf.h"
#include "pve/property.h"
#include "pve/seed.h"

#include <inttypes.h>

/* The object of a key: "lab/qemu/101", "lab/node/pve2", "lab/options". */
struct target {
	struct pve_node *node;
	struct pve_guest *guest;
	bool is_options, is_container;
	json_t *sdn;      /* borrowed: zones or vnets */
	const char *name; /* of a zone or vnet */
	uint32_t vmid;    /* 0 = no guest */
};

static int find_target(struct lab_pve *pve, const char *key, struct target *ret)
{
	size_t len = strlen(pve->slug);
	const char *rest = key + len + 1;
	char *end;

	*ret = (struct target){0};
	if (strncmp(key, pve->slug, len) != 0 || key[len] != '/')
		return pve_change_refuse(pve, "the key '%s' does not begin with the endpoint '%s'",
					 key, pve->slug);
	if (sb_streq(rest, "options")) {
		ret->is_options = true;
		return 0;
	}
	if (sb_starts_with(rest, "zone/") || sb_starts_with(rest, "vnet/")) {
		ret->sdn = *rest == 'z' ? pve->zones : pve->vnets;
		ret->name = rest + 5;
		return 0;
	}
	if (sb_starts_with(rest, "node/")) {
		ret->node = pve_node_find(pve, rest + 5);
		return ret->node ? 0 : pve_change_refuse(pve, "unknown node '%s'", rest + 5);
	}
	ret->is_container = sb_starts_with(rest, "lxc/");
	if (!ret->is_container && !sb_starts_with(rest, "qemu/"))
		return pve_change_refuse(
			pve,
			"'%s' is not a key; use qemu/ID, lxc/ID, node/NAME, zone/NAME, "
			"vnet/NAME or options",
			key);
	rest = strchr(rest, '/') + 1;

	unsigned long long vmid = strtoull(rest, &end, 10);

	if (*rest < '1' || *rest > '9' || *end || vmid < 100 || vmid > 999999999)
		return pve_change_refuse(pve, "'%s' is not a guest id from 100 to 999999999", rest);
	ret->vmid = (uint32_t)vmid;
	ret->guest = pve_guest_find(pve, ret->vmid);
	if (ret->guest && ret->guest->is_container != ret->is_container)
		return pve_change_refuse(
			pve, "guest %" PRIu32 " is a %s", ret->vmid,
			ret->guest->is_container ? "container; use lxc/" : "VM; use qemu/");
	return 0;
}

static int find_guest(struct lab_pve *pve, const char *key, struct pve_guest **ret_guest)
{
	struct target target;

	if (find_target(pve, key, &target) < 0)
		return -1;
	if (!target.guest)
		return pve_change_refuse(pve, "unknown guest '%s'", key);
	*ret_guest = target.guest;
	return 0;
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
	static const char *const words[] = {"started", "stopped", "disabled",
					    "ignored", "error",   "request_stop"};

	for (size_t i = 0; i < SB_ARRAY_LEN(words); i++) {
		if (sb_streq(words[i], value)) {
			guest->ha_state = words[i];
			return 0;
		}
	}
	if (*value)
		return pve_change_refuse(pve,
					 "unknown HA state '%s'; use started, stopped, "
					 "disabled, ignored, error or request_stop",
					 value);
	guest->ha_state = NULL;
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

static int set_guest(struct lab_pve *pve, struct pve_guest *guest, const char *field,
		     const char *value)
{
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

static json_t *find_iface(const struct pve_node *node, const char *name, size_t len, size_t *ret_i)
{
	json_t *row;
	size_t i;

	json_array_foreach (node->ifaces, i, row) {
		const char *iface = json_string_value(json_object_get(row, "iface"));

		if (strlen(iface) == len && !memcmp(iface, name, len)) {
			*ret_i = i;
			return row;
		}
	}
	return NULL;
}

/* "eno1,enp1s0" as a list. */
static json_t *split_names(const char *value)
{
	json_t *list = json_array();

	while (*value) {
		size_t len = strcspn(value, ",");

		json_array_append_new(list, json_stringn(value, len));
		value += len + (value[len] == ',');
	}
	return list;
}

/* Set "vmbr0.mtu": the field follows the last dot, because names may contain dots. */
static int set_iface(struct lab_pve *pve, struct pve_node *node, const char *path,
		     const char *value)
{
	static const char *const numbers[] = {"active", "autostart", "exists", "bridge_vlan_aware",
					      "priority"};
	const char *dot = strrchr(path, '.'), *field = dot ? dot + 1 : "";
	size_t len = dot ? (size_t)(dot - path) : 0, i = 0;
	json_t *row = dot ? find_iface(node, path, len, &i) : NULL;
	bool is_type = sb_streq(field, "type"), is_number = false;

	if (!len || !*field || sb_streq(field, "iface"))
		return pve_change_refuse(pve, "'%s' is not INTERFACE.FIELD, like vmbr0.mtu", path);
	if (!row && !(is_type && *value))
		return pve_change_refuse(pve, "the node has no interface '%.*s'", (int)len, path);
	/* Setting the type creates an interface; an empty type removes it. */
	if (is_type && !*value)
		return json_array_remove(node->ifaces, i);
	for (size_t k = 0; k < SB_ARRAY_LEN(numbers); k++)
		is_number = is_number || sb_streq(field, numbers[k]);
	if (is_number && *value && value[strspn(value, "0123456789")])
		return pve_change_refuse(pve, "%s must be a number", field);

	json_t *copy = row ? json_copy(row)
			   : json_pack("{so ss ss s[s] si}", "iface", json_stringn(path, len),
				       "method", "manual", "method6", "manual", "families", "inet",
				       "priority", (int)json_array_size(node->ifaces) + 3);

	if (!*value)
		json_object_del(copy, field);
	else if (sb_streq(field, "altnames"))
		json_object_set_new(copy, field, split_names(value));
	else
		json_object_set_new(
			copy, field,
			is_number ? json_integer(strtoll(value, NULL, 10)) : json_string(value));
	return row ? json_array_set_new(node->ifaces, i, copy)
		   : json_array_append_new(node->ifaces, copy);
}

static int set_node(struct lab_pve *pve, struct pve_node *node, const char *field,
		    const char *value)
{
	if (sb_starts_with(field, "iface/"))
		return set_iface(pve, node, field + 6, value);
	if (sb_streq(field, "description")) {
		free(node->description);
		node->description = *value ? strdup(value) : NULL;
		return 0;
	}
	if (!sb_streq(field, "status"))
		return pve_change_refuse(
			pve, "unknown field of a node; use status, description or iface/...");
	if (!sb_streq(value, "online") && !sb_streq(value, "offline"))
		return pve_change_refuse(pve, "status of a node must be online or offline");
	if (pve->n_nodes == 1 && *value == 'o' && value[1] == 'f')
		return pve_change_refuse(pve, "a standalone node that is offline does not answer; "
					      "use the fault drop");
	node->is_offline = sb_streq(value, "offline");
	return 0;
}

/* "color-map=prod:ff0000,ordering=config" is stored as an object, other options as text. */
static int set_option(struct lab_pve *pve, const char *field, const char *value)
{
	json_t *options = json_copy(pve->options), *tree;
	const char *cursor = value;
	struct pve_slice part;

	if (!options)
		return pve_change_refuse(pve, "out of memory");
	if (!*value) {
		json_object_del(options, field);
	} else if (!sb_streq(field, "tag-style")) {
		json_object_set_new(options, field, json_string(value));
	} else {
		tree = json_object();
		while ((part = pve_property_next(&cursor)).text) {
			const char *equals = memchr(part.text, '=', part.len);
			size_t len = equals ? (size_t)(equals - part.text) : 0;

			if (!equals) {
				json_decref(tree);
				json_decref(options);
				return pve_change_refuse(pve, "tag-style must be KEY=VALUE,...");
			}
			json_object_setn_new(
				tree, part.text, len,
				len == 14 && sb_starts_with(part.text, "case-sensitive")
					? json_integer(equals[1] == '1')
					: json_stringn(equals + 1, part.len - len - 1));
		}
		json_object_set_new(options, field, tree);
	}
	json_decref(pve->options);
	pve->options = options;
	return 0;
}

/* Set a member of a zone or vnet; the first one creates it. An empty type or zone removes it. */
static int set_sdn(struct lab_pve *pve, json_t *objects, const char *name, const char *field,
		   const char *value)
{
	json_t *object = json_object_get(objects, name);
	bool is_number = *value && !value[strspn(value, "0123456789")];

	if (!*name || strlen(name) > 8 || strchr(name, '/'))
		return pve_change_refuse(pve, "the name of a zone or vnet has 1 to 8 characters");
	if (!*value && (sb_streq(field, "type") || sb_streq(field, "zone")))
		return json_object_del(objects, name);
	if (!object) {
		object = json_object();
		json_object_set_new(objects, name, object);
	}
	if (!*value)
		return json_object_del(object, field);
	return json_object_set_new(
		object, field,
		is_number ? json_integer(strtoll(value, NULL, 10)) : json_string(value));
}

static int set_any(struct lab_pve *pve, const char *key, const char *field, const char *value)
{
	struct target target;

	if (find_target(pve, key, &target) < 0)
		return -1;
	if (target.is_options)
		return set_option(pve, field, value);
	if (target.sdn)
		return set_sdn(pve, target.sdn, target.name, field, value);
	if (target.node)
		return set_node(pve, target.node, field, value);
	if (!target.guest)
		return pve_change_refuse(pve, "unknown guest '%s'", key);
	return set_guest(pve, target.guest, field, value);
}

static int finish_change(const struct lab_pve *pve, int rc, const char **ret_why)
{
	if (rc < 0 && ret_why)
		*ret_why = pve->why ? pve->why : "out of memory";
	return rc < 0 ? -1 : 0;
}

int lab_pve_set(struct lab_pve *pve, const char *key, const char *field, const char *value,
		const char **ret_why)
{
	return finish_change(pve, set_any(pve, key, field, value), ret_why);
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

int lab_pve_add(struct lab_pve *pve, const char *key, const char **ret_why)
{
	struct target target;
	struct pve_guest *guest;

	if (find_target(pve, key, &target) < 0)
		return finish_change(pve, -1, ret_why);
	if (!target.vmid)
		return finish_change(pve, pve_change_refuse(pve, "only guests can be added"),
				     ret_why);
	if (target.guest)
		return finish_change(
			pve, pve_change_refuse(pve, "the guest '%s' exists already", key), ret_why);
	guest = pve_guest_insert(pve, target.vmid, target.is_container, pve_node_local(pve));
	if (!guest)
		return finish_change(pve, pve_change_refuse(pve, "out of memory"), ret_why);
	fill_guest(pve, guest);
	return 0;
}

int lab_pve_rm(struct lab_pve *pve, const char *key, const char **ret_why)
{
	struct pve_guest *guest = NULL;

	if (find_guest(pve, key, &guest) < 0)
		return finish_change(pve, -1, ret_why);
	pve_guest_remove(pve, guest);
	return 0;
}

int lab_pve_move(struct lab_pve *pve, const char *key, const char *node, const char **ret_why)
{
	struct pve_node *target = pve_node_find(pve, node);
	struct pve_guest *guest = NULL;

	if (find_guest(pve, key, &guest) < 0)
		return finish_change(pve, -1, ret_why);
	if (!target)
		return finish_change(pve, pve_change_refuse(pve, "unknown node '%s'", node),
				     ret_why);
	if (target == guest->node)
		return finish_change(pve, pve_change_refuse(pve, "target is local node."), ret_why);
	if (!pve_node_is_up(target))
		return finish_change(pve, pve_change_refuse(pve, "the node '%s' is offline", node),
				     ret_why);
	guest->node = target;
	return 0;
}
