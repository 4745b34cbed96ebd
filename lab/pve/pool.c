/* SPDX-License-Identifier: Apache-2.0 */
/* Resource pools: answers, and changes by hand. */
#include "pve/answer.h"
#include "pve/change.h"

#include <ctype.h>

#include <inttypes.h>

static void add_to(json_t *row, const char *key, json_t *guest_row)
{
	double sum = json_number_value(json_object_get(row, key)) +
		     json_number_value(json_object_get(guest_row, key));
	bool is_load = sb_streq(key, "cpu");

	json_object_set_new(row, key, is_load ? json_real(sum) : json_integer((json_int_t)sum));
}

/* The values of a pool are sums over its running guests; they are absent when no guest runs. */
void pve_add_pool_rows(const struct pve_call *call, json_t *list)
{
	static const char *const sums[] = {"cpu", "maxcpu", "mem", "maxmem"};
	sb_autojson *rows = json_object();
	const char *poolid;
	json_t *comment;

	if (!pve_holds(call, "Pool.Audit"))
		return;
	json_object_foreach (call->pve->pools, poolid, comment) {
		json_t *row = json_pack("{ss ss so}", "type", "pool", "pool", poolid, "id",
					json_sprintf("/pool/%s", poolid));

		json_object_set_new(rows, poolid, row);
		json_array_append(list, row);
	}
	for (size_t i = 0; i < call->pve->n_guests; i++) {
		const struct pve_guest *guest = call->pve->guests[i];
		json_t *row = guest->pool ? json_object_get(rows, guest->pool) : NULL;

		if (!row || !pve_guest_is_active(guest) || !pve_node_is_up(guest->node))
			continue;

		sb_autojson *guest_row = pve_guest_row(call, guest);
		json_t *uptime = json_object_get(guest_row, "uptime");

		for (size_t k = 0; k < SB_ARRAY_LEN(sums); k++)
			add_to(row, sums[k], guest_row);
		if (json_integer_value(uptime) > json_integer_value(json_object_get(row, "uptime")))
			json_object_set(row, "uptime", uptime);
	}
}

static json_t *pool_members(const struct pve_call *call, const char *poolid, const char *type)
{
	json_t *list = json_array();

	/* Like Proxmox VE, this path does not check privileges on the members. */
	for (size_t i = 0; i < call->pve->n_guests; i++) {
		const struct pve_guest *guest = call->pve->guests[i];

		if (guest->pool && sb_streq(guest->pool, poolid) &&
		    (!type || sb_streq(type, pve_guest_kind(guest))))
			json_array_append_new(list, pve_guest_row(call, guest));
	}
	return list;
}

static json_t *pool_row(const char *poolid, json_t *comment)
{
	json_t *row = json_pack("{ss}", "poolid", poolid);

	if (json_is_string(comment))
		json_object_set(row, "comment", comment);
	return row;
}

static void answer_pools(struct pve_call *call)
{
	const char *wanted = pve_param(call, "poolid"), *type = pve_param(call, "type"), *poolid;
	json_t *comment, *list;

	if (type && !wanted) {
		pve_refuse_param(call, "poolid", "missing property required by 'type'");
		return;
	}
	if (wanted && !json_object_get(call->pve->pools, wanted)) {
		pve_refuse(call, 500, "pool '%s' does not exist", wanted);
		return;
	}
	list = json_array();
	json_object_foreach (call->pve->pools, poolid, comment) {
		json_t *row;

		/* With poolid= no privilege is checked. */
		if (wanted ? !sb_streq(wanted, poolid) : !pve_holds(call, "Pool.Audit"))
			continue;
		row = pool_row(poolid, comment);
		if (wanted)
			json_object_set_new(row, "members", pool_members(call, poolid, type));
		json_array_append_new(list, row);
	}
	pve_ok_list(call, list);
}

/* The older form, which cannot name a pool in a pool, and which checks the privilege. */
static void answer_pool(struct pve_call *call)
{
	json_t *comment = json_object_get(call->pve->pools, call->name), *row;

	if (!comment) {
		pve_refuse(call, 500, "pool '%s' does not exist", call->name);
		return;
	}
	row = pool_row(call->name, comment);
	json_object_set_new(row, "members",
			    pool_members(call, call->name, pve_param(call, "type")));
	pve_ok(call, row);
}

static const struct pve_param_rule one_params[] = {{"type", PVE_PARAM_ENUM, "qemu, lxc, storage"},
						   {0}};
static const struct pve_param_rule pool_params[] = {
	{"poolid", PVE_PARAM_TEXT, NULL}, {"type", PVE_PARAM_ENUM, "qemu, lxc, storage"}, {0}};

const struct pve_route pve_pool_routes[] = {
	{"/pools", answer_pools, pool_params, 0, 0, 0, false},
	{"/pools/{poolid}", answer_pool, one_params, PVE_NEED_POOL_AUDIT, 0, 0, false},
	{0},
};

/* Make the guests of a list, "101,102", the only members of a pool. */
static int set_members(struct lab_pve *pve, const char *poolid, const char *value)
{
	sb_autojson *wanted = json_object();
	const char *at, *text;
	json_t *none;

	for (at = value; *at; at += strspn(at, ",")) {
		size_t len = strcspn(at, ",");
		char *end;
		uint32_t vmid = (uint32_t)strtoul(at, &end, 10);

		if (end != at + len || !pve_guest_find(pve, vmid))
			return pve_change_refuse(pve, "unknown guest '%.*s'", (int)len, at);
		json_object_setn_new(wanted, at, len, json_null());
		at += len;
	}
	for (size_t i = 0; i < pve->n_guests; i++) {
		struct pve_guest *guest = pve->guests[i];

		if (!guest->pool || !sb_streq(guest->pool, poolid))
			continue;
		free(guest->pool);
		guest->pool = NULL;
	}
	json_object_foreach (wanted, text, none) {
		struct pve_guest *guest = pve_guest_find(pve, (uint32_t)strtoul(text, NULL, 10));

		free(guest->pool);
		guest->pool = strdup(poolid);
	}
	return 0;
}

static int set_pool(struct lab_pve *pve, const struct pve_key *key, const char *field,
		    const char *value)
{
	if (!json_object_get(pve->pools, key->name))
		return pve_change_refuse(pve, "pool '%s' does not exist", key->name);
	if (sb_streq(field, "comment"))
		return json_object_set_new(pve->pools, key->name,
					   *value ? json_string(value) : json_null());
	if (sb_streq(field, "members"))
		return set_members(pve, key->name, value);
	return pve_change_refuse(pve, "unknown field of a pool; use comment or members");
}

static int add_pool(struct lab_pve *pve, const struct pve_key *key)
{
	const char *name = key->name, *slash = strrchr(name, '/');
	sb_autofree char *parent = slash ? strndup(name, (size_t)(slash - name)) : NULL;

	for (const char *c = name; *c; c++)
		if (!isalnum((unsigned char)*c) && !strchr("./-_", *c))
			name = "";
	if (!*name || *name == '/' || (slash && !slash[1]))
		return pve_change_refuse(pve, "'%s' is not the name of a pool", key->name);
	if (json_object_get(pve->pools, name))
		return pve_change_refuse(pve, "pool '%s' already exists", name);
	if (parent && !json_object_get(pve->pools, parent))
		return pve_change_refuse(pve, "parent '%s' of pool '%s' does not exist", parent,
					 name);
	return json_object_set_new(pve->pools, name, json_null());
}

static int remove_pool(struct lab_pve *pve, const struct pve_key *key)
{
	size_t len = strlen(key->name);
	const char *other;
	json_t *comment;

	json_object_foreach (pve->pools, other, comment)
		if (strncmp(other, key->name, len) == 0 && other[len] == '/')
			return pve_change_refuse(pve, "pool '%s' is not empty (contains pool '%s')",
						 key->name, other);
	for (size_t i = 0; i < pve->n_guests; i++) {
		const struct pve_guest *guest = pve->guests[i];

		if (guest->pool && sb_streq(guest->pool, key->name))
			return pve_change_refuse(pve,
						 "pool '%s' is not empty (contains VM %" PRIu32 ")",
						 key->name, guest->vmid);
	}
	if (json_object_del(pve->pools, key->name) < 0)
		return pve_change_refuse(pve, "pool '%s' does not exist", key->name);
	return 0;
}

static const char *const pool_fields[] = {"comment", "members", NULL};
const struct pve_family pve_pool_family = {.fields = pool_fields,
					   .prefix = "pool/",
					   .form = "pool/NAME",
					   .set = set_pool,
					   .add = add_pool,
					   .rm = remove_pool};
