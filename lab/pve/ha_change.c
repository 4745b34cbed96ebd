/* SPDX-License-Identifier: Apache-2.0 */
/* High availability by hand: resources, rules and groups are made, changed and removed. */
#include "pve/change.h"
#include "pve/ha.h"

#include "base/buf.h"
#include "pve/answer.h"

#include <inttypes.h>

json_t *pve_ha_sid(const struct pve_guest *guest)
{
	return json_sprintf("%s:%" PRIu32, guest->is_container ? "ct" : "vm", guest->vmid);
}

struct pve_guest *pve_ha_guest(const struct lab_pve *pve, const char *sid)
{
	bool is_container = sb_starts_with(sid, "ct:");
	struct pve_guest *guest;
	char *end;

	if (!is_container && !sb_starts_with(sid, "vm:"))
		return NULL;
	guest = pve_guest_find(pve, (uint32_t)strtoul(sid + 3, &end, 10));
	return guest && !*end && guest->is_container == is_container ? guest : NULL;
}

const char *pve_ha_word(const char *text)
{
	static const char *const words[] = {"started", "stopped", "disabled",
					    "ignored", "error",   "request_stop"};

	for (size_t i = 0; i < SB_ARRAY_LEN(words); i++)
		if (sb_streq(words[i], text))
			return words[i];
	return NULL;
}

/* The words of a list, "ct:102,vm:101", sorted, without one of them (NULL = with all). */
static json_t *sorted_list(const char *words, const char *without)
{
	sb_autojson *set = json_object(), *sorted = NULL;
	sb_autobuf out = SB_BUF_INIT(1 << 20);
	sb_autofree char *text = NULL;
	const char *word;
	json_t *value;

	while (*words) {
		size_t len = strcspn(words, ",; ");

		if (len)
			json_object_setn_new(set, words, len, json_true());
		words += len;
		words += strspn(words, ",; ");
	}
	if (without)
		json_object_del(set, without);
	text = json_dumps(set, JSON_SORT_KEYS);
	sorted = text ? json_loads(text, 0, NULL) : NULL;
	json_object_foreach (sorted, word, value)
		sb_buf_addf(&out, "%s%s", out.len ? "," : "", word);
	return json_string(sb_buf_str(&out));
}

/* A resource that ends is no longer in a rule, and a rule without resources ends. */
static void purge_rules(struct lab_pve *pve, const char *sid)
{
	const char *name;
	json_t *rule;
	void *next;

	json_object_foreach_safe (pve->ha_rules, next, name, rule) {
		json_t *list =
			sorted_list(json_string_value(json_object_get(rule, "resources")), sid);

		json_object_set_new(rule, "resources", list);
		if (!json_string_length(list))
			json_object_del(pve->ha_rules, name);
	}
}

void pve_ha_manage(struct lab_pve *pve, struct pve_guest *guest, const char *state)
{
	sb_autojson *sid = pve_ha_sid(guest);

	guest->ha_state = state;
	if (state && !guest->ha)
		guest->ha = json_object();
	if (state)
		return;
	json_decref(guest->ha);
	guest->ha = NULL;
	purge_rules(pve, json_string_value(sid));
}

/* All managed guests, or the first ones: "ct:102,vm:101". */
static json_t *managed_list(const struct lab_pve *pve, size_t max)
{
	sb_autobuf buf = SB_BUF_INIT(1 << 20);
	size_t n = 0;

	for (int is_container = 1; is_container >= 0; is_container--)
		for (size_t i = 0; i < pve->n_guests && n < max; i++) {
			const struct pve_guest *guest = pve->guests[i];

			if (!guest->ha_state || guest->is_container != (is_container == 1))
				continue;
			sb_buf_addf(&buf, "%s%s:%" PRIu32, n++ ? "," : "",
				    is_container ? "ct" : "vm", guest->vmid);
		}
	return sorted_list(sb_buf_str(&buf), NULL);
}

static json_t *preferred_nodes(const struct lab_pve *pve)
{
	return pve->n_nodes > 2 ? json_sprintf("%s:2,%s", pve->nodes[0].name, pve->nodes[1].name)
				: json_string(pve->nodes[0].name);
}

static void seed_rules(struct lab_pve *pve)
{
	json_t *all = managed_list(pve, SIZE_MAX), *two = managed_list(pve, 2);

	if (json_string_length(all))
		json_object_set_new(pve->ha_rules, "prefer-first",
				    json_pack("{ss sO so si ss}", "type", "node-affinity",
					      "resources", all, "nodes", preferred_nodes(pve),
					      "strict", 0, "comment", "keep them together"));
	if (strchr(json_string_value(two), ','))
		json_object_set_new(
			pve->ha_rules, "apart",
			json_pack("{ss sO ss si}", "type", "resource-affinity", "resources", two,
				  "affinity", "negative", "disable", 1));
	json_decref(all);
	json_decref(two);
}

bool pve_seed_ha(struct lab_pve *pve)
{
	pve->ha_rules = json_object();
	pve->ha_groups = json_object();
	if (!pve->ha_rules || !pve->ha_groups)
		return false;
	for (size_t i = 0; i < pve->n_guests; i++) {
		struct pve_guest *guest = pve->guests[i];

		if (!guest->ha_state)
			continue;
		guest->ha = json_object();
		if (guest->vmid % 2)
			json_object_set_new(guest->ha, "state", json_string("started"));
		if (guest->vmid % 3 == 0)
			json_object_set_new(guest->ha, "max_restart", json_integer(3));
		if (pve->major < 9)
			json_object_set_new(guest->ha, "group", json_string("prefer-first"));
	}
	if (pve->major >= 9)
		seed_rules(pve);
	else if (pve->n_nodes > 1)
		json_object_set_new(
			pve->ha_groups, "prefer-first",
			json_pack("{so si}", "nodes", preferred_nodes(pve), "nofailback", 0));
	return true;
}

/* One line of text; "" removes the member. Returns 0 or -1. */
static int set_text(json_t *object, const char *field, const char *value)
{
	if (*value)
		return json_object_set_new(object, field, json_string(value));
	json_object_del(object, field);
	return 0;
}

/* "pve1:2,pve2": nodes that exist, with priorities. */
static int set_nodes(struct lab_pve *pve, json_t *object, const char *value)
{
	for (const char *at = value; *at; at += strspn(at, ",")) {
		size_t len = strcspn(at, ","), name_len = strcspn(at, ":,");
		sb_autofree char *name = strndup(at, name_len);

		if (!name || !pve_node_find(pve, name))
			return pve_change_refuse(pve, "unknown node '%.*s'", (int)name_len, at);
		if (at[name_len] == ':' &&
		    (len == name_len + 1 ||
		     strspn(at + name_len + 1, "0123456789") != len - name_len - 1))
			return pve_change_refuse(pve, "'%.*s' is not NODE or NODE:PRIORITY",
						 (int)len, at);
		at += len;
	}
	if (!*value)
		return pve_change_refuse(pve, "nodes cannot be empty");
	return json_object_set_new(object, "nodes", sorted_list(value, NULL));
}

static int set_group_of(struct lab_pve *pve, struct pve_guest *guest, const char *value)
{
	if (pve->major >= 9)
		return pve_change_refuse(
			pve, "invalid parameter 'group': ha groups have been migrated to rules");
	if (*value && !json_object_get(pve->ha_groups, value))
		return pve_change_refuse(pve, "no such ha group '%s'", value);
	return set_text(guest->ha, "group", value);
}

static int set_state(struct lab_pve *pve, struct pve_guest *guest, const char *value)
{
	const char *state = pve_ha_word(*value ? value : "started");

	if (!state)
		return pve_change_refuse(pve,
					 "unknown HA state '%s'; use started, stopped, disabled, "
					 "ignored, error or request_stop",
					 value);
	guest->ha_state = state;
	return set_text(guest->ha, "state", value);
}

static int find_resource(struct lab_pve *pve, const struct pve_key *key,
			 struct pve_guest **ret_guest)
{
	*ret_guest = pve_ha_guest(pve, key->name);
	if (!*ret_guest)
		return pve_change_refuse(pve, "resource '%s' does not exist in cluster", key->name);
	return 0;
}

static int set_resource(struct lab_pve *pve, const struct pve_key *key, const char *field,
			const char *value)
{
	struct pve_guest *guest;

	if (find_resource(pve, key, &guest) < 0)
		return -1;
	if (!guest->ha_state)
		return pve_change_refuse(pve, "no such resource '%s'", key->name);
	if (sb_streq(field, "state"))
		return set_state(pve, guest, value);
	if (sb_streq(field, "max_restart") || sb_streq(field, "max_relocate"))
		return pve_change_set_int(pve, guest->ha, field, value, 0, 1000);
	if (sb_streq(field, "failback") && pve->major >= 9)
		return pve_change_set_int(pve, guest->ha, field, value, 0, 1);
	if (sb_streq(field, "group"))
		return set_group_of(pve, guest, value);
	if (sb_streq(field, "comment"))
		return set_text(guest->ha, field, value);
	return pve_change_refuse(pve, "unknown field of an HA resource; use state, max_restart, "
				      "max_relocate, failback (9), group (8) or comment");
}

static int add_resource(struct lab_pve *pve, const struct pve_key *key)
{
	struct pve_guest *guest;

	if (find_resource(pve, key, &guest) < 0)
		return -1;
	if (guest->ha_state)
		return pve_change_refuse(pve, "resource ID '%s' already defined", key->name);
	pve_ha_manage(pve, guest, "started");
	return 0;
}

static int remove_resource(struct lab_pve *pve, const struct pve_key *key)
{
	struct pve_guest *guest;

	if (find_resource(pve, key, &guest) < 0)
		return -1;
	if (!guest->ha_state)
		return pve_change_refuse(pve, "cannot delete service '%s', not HA managed!",
					 key->name);
	pve_ha_manage(pve, guest, NULL);
	return 0;
}

static int set_resources_of(struct lab_pve *pve, json_t *rule, const char *value)
{
	for (const char *at = value; *at; at += strspn(at, ",")) {
		size_t len = strcspn(at, ",");
		sb_autofree char *sid = strndup(at, len);
		const struct pve_guest *guest = sid ? pve_ha_guest(pve, sid) : NULL;

		if (!guest || !guest->ha_state)
			return pve_change_refuse(pve, "cannot use unmanaged resource(s) %.*s.",
						 (int)len, at);
		at += len;
	}
	return json_object_set_new(rule, "resources", sorted_list(value, NULL));
}

static int set_rule(struct lab_pve *pve, const struct pve_key *key, const char *field,
		    const char *value)
{
	json_t *rule = json_object_get(pve->ha_rules, key->name);

	if (!rule)
		return pve_change_refuse(pve, "HA rule '%s' does not exist", key->name);
	if (sb_streq(field, "type"))
		return pve_change_set_word(pve, rule, field, value,
					   "node-affinity, resource-affinity");
	if (sb_streq(field, "affinity"))
		return pve_change_set_word(pve, rule, field, value, "positive, negative");
	if (sb_streq(field, "resources"))
		return set_resources_of(pve, rule, value);
	if (sb_streq(field, "nodes"))
		return set_nodes(pve, rule, value);
	if (sb_streq(field, "disable") && sb_streq(value, "0")) /* only shown when it is set */
		return set_text(rule, field, "");
	if (sb_streq(field, "strict") || sb_streq(field, "disable"))
		return pve_change_set_int(pve, rule, field, value, 0, 1);
	if (sb_streq(field, "comment"))
		return set_text(rule, field, value);
	return pve_change_refuse(pve, "unknown field of an HA rule; use type, resources, nodes, "
				      "affinity, strict, disable or comment");
}

static int add_rule(struct lab_pve *pve, const struct pve_key *key)
{
	if (pve->major < 9)
		return pve_change_refuse(pve, "Proxmox VE 8 has HA groups instead of rules");
	if (json_object_get(pve->ha_rules, key->name))
		return pve_change_refuse(pve, "HA rule '%s' already exists", key->name);
	return json_object_set_new(pve->ha_rules, key->name,
				   json_pack("{ss ss ss si}", "type", "node-affinity", "resources",
					     "", "nodes", pve->nodes[0].name, "strict", 0));
}

static int remove_rule(struct lab_pve *pve, const struct pve_key *key)
{
	if (json_object_del(pve->ha_rules, key->name) < 0)
		return pve_change_refuse(pve, "no such ha rule '%s'", key->name);
	return 0;
}

static int set_group(struct lab_pve *pve, const struct pve_key *key, const char *field,
		     const char *value)
{
	json_t *group = json_object_get(pve->ha_groups, key->name);

	if (!group)
		return pve_change_refuse(pve, "no such ha group '%s'", key->name);
	if (sb_streq(field, "nodes"))
		return set_nodes(pve, group, value);
	if (sb_streq(field, "restricted") || sb_streq(field, "nofailback"))
		return pve_change_set_int(pve, group, field, value, 0, 1);
	if (sb_streq(field, "comment"))
		return set_text(group, field, value);
	return pve_change_refuse(pve, "unknown field of an HA group; use nodes, restricted, "
				      "nofailback or comment");
}

static int add_group(struct lab_pve *pve, const struct pve_key *key)
{
	if (pve->major >= 9)
		return pve_change_refuse(
			pve, "cannot create group: ha groups have been migrated to rules");
	if (json_object_get(pve->ha_groups, key->name))
		return pve_change_refuse(pve, "ha group ID '%s' already defined", key->name);
	return json_object_set_new(pve->ha_groups, key->name,
				   json_pack("{ss}", "nodes", pve->nodes[0].name));
}

static int remove_group(struct lab_pve *pve, const struct pve_key *key)
{
	for (size_t i = 0; i < pve->n_guests; i++) {
		const struct pve_guest *guest = pve->guests[i];
		const char *own = json_string_value(json_object_get(guest->ha, "group"));
		sb_autojson *sid = pve_ha_sid(guest);

		if (own && sb_streq(own, key->name))
			return pve_change_refuse(pve, "ha group is used by service '%s'",
						 json_string_value(sid));
	}
	if (json_object_del(pve->ha_groups, key->name) < 0)
		return pve_change_refuse(pve, "no such ha group '%s'", key->name);
	return 0;
}

static const char *const resource_fields[] = {
	"state", "max_restart", "max_relocate", "failback", "group", "comment", NULL};
const struct pve_family pve_ha_family = {.fields = resource_fields,
					 .prefix = "ha/",
					 .form = "ha/vm:VMID",
					 .set = set_resource,
					 .add = add_resource,
					 .rm = remove_resource};
static const char *const rule_fields[] = {"type",   "resources", "nodes",   "affinity",
					  "strict", "disable",   "comment", NULL};
const struct pve_family pve_ha_rule_family = {.fields = rule_fields,
					      .prefix = "ha-rule/",
					      .form = "ha-rule/NAME",
					      .set = set_rule,
					      .add = add_rule,
					      .rm = remove_rule};
static const char *const group_fields[] = {"nodes", "restricted", "nofailback", "comment", NULL};
const struct pve_family pve_ha_group_family = {.fields = group_fields,
					       .prefix = "ha-group/",
					       .form = "ha-group/NAME",
					       .set = set_group,
					       .add = add_group,
					       .rm = remove_group};
