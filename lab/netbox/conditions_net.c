/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions on addresses, assignments and the request that wrote an object. */
#include "filter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool expects_true(const struct nb_cond *cond, size_t value)
{
	return strcasecmp(cond->values[value], "true") == 0 || sb_streq(cond->values[value], "1");
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Values are converted to the stored form and sorted once, because queries combine many values with
 * many rows. */
static void stored_begin(struct nb_cond *cond)
{
	cond->stored = calloc(cond->n + 1, sizeof(cond->stored[0]));
	if (!cond->stored)
		abort(); /* an incomplete result would look like missing objects */
}

static void stored_end(struct nb_cond *cond)
{
	qsort(cond->stored, cond->n_stored, sizeof(cond->stored[0]), compare_texts);
	cond->n = 1;
}

static bool is_stored(const struct nb_cond *cond, const char *text)
{
	return bsearch(text, cond->stored, cond->n_stored, sizeof(cond->stored[0]),
		       compare_texts) != NULL;
}

/* "192.0.2.1" matches with any mask, "192.0.2.1/24" with this mask only. */
static bool match_net(const struct nb_call *call, const struct nb_cond *cond,
		      const struct nb_object *object, size_t value)
{
	const char *have = json_string_value(object->values[cond->field]);
	char host[72];

	(void)call;
	(void)value;
	snprintf(host, sizeof(host), "%.*s", (int)strcspn(have, "/"), have);
	return is_stored(cond, have) || is_stored(cond, host);
}

/* Convert each value to the form of a row; a value that is not an address matches nothing. */
static void convert_nets(const struct nb_call *call, struct nb_cond *cond)
{
	bool any_mask = sb_streq(call->table->model->type, "ipam.ipaddress");
	size_t i;

	stored_begin(cond);
	for (i = 0; i < cond->n; i++) {
		struct nb_net net;
		bool masked;

		if (!nb_net_parse(cond->values[i], &net, &masked))
			continue;
		if (masked || !any_mask)
			nb_net_text(&net, cond->stored[cond->n_stored++]);
		else
			nb_net_host(&net, cond->stored[cond->n_stored++]);
	}
	stored_end(cond);
}

static void convert_macs(struct nb_cond *cond)
{
	size_t i;

	stored_begin(cond);
	for (i = 0; i < cond->n; i++)
		if (nb_mac_parse(cond->values[i], cond->stored[cond->n_stored]))
			cond->n_stored++;
	stored_end(cond);
}

static bool match_within(const struct nb_call *call, const struct nb_cond *cond,
			 const struct nb_object *object, size_t value)
{
	struct nb_net have, want;

	(void)call;
	if (!nb_net_parse(cond->values[value], &want, NULL) ||
	    !nb_net_parse(json_string_value(object->values[cond->field]), &have, NULL))
		return false;
	if (nb_is(object, "ipam.ipaddress"))
		have.bits = have.family == 6 ? 128 : 32;
	return nb_net_contains(&want, &have);
}

static bool match_contains(const struct nb_call *call, const struct nb_cond *cond,
			   const struct nb_object *object, size_t value)
{
	struct nb_net have, want;

	(void)call;
	return nb_net_parse(cond->values[value], &want, NULL) &&
	       nb_net_parse(json_string_value(object->values[cond->field]), &have, NULL) &&
	       nb_net_contains(&have, &want);
}

static bool match_family(const struct nb_call *call, const struct nb_cond *cond,
			 const struct nb_object *object, size_t value)
{
	bool v6 = strchr(json_string_value(object->values[cond->field]), ':') != NULL;

	(void)call;
	return sb_streq(cond->values[value], v6 ? "6" : "4");
}

static bool match_mac(const struct nb_call *call, const struct nb_cond *cond,
		      const struct nb_object *object, size_t value)
{
	const char *have = json_string_value(object->values[cond->field]);

	(void)call;
	if (cond->lookup != NB_EXACT)
		return nb_lookup_text(cond->lookup, have, cond->values[value]);
	return is_stored(cond, have);
}

static bool has_mac(const struct lab_netbox *nb, const struct nb_object *interface,
		    const struct nb_cond *cond)
{
	const struct nb_link *link =
		nb_referrers(nb, interface, "dcim.macaddress", "assigned_object_id", NULL);

	for (; link; link = link->next)
		if (is_stored(cond, nb_text(link->from, "mac_address")))
			return true;
	return false;
}

/* Match an interface with the MAC address, or a VM or device with such an interface. */
static bool match_owned_mac(const struct nb_call *call, const struct nb_cond *cond,
			    const struct nb_object *object, size_t value)
{
	const struct nb_link *link;

	(void)value;
	if (nb_is(object, "virtualization.virtualmachine"))
		link = nb_referrers(call->nb, object, "virtualization.vminterface",
				    "virtual_machine", NULL);
	else if (nb_is(object, "dcim.device"))
		link = nb_referrers(call->nb, object, "dcim.interface", "device", NULL);
	else
		return has_mac(call->nb, object, cond);
	for (; link; link = link->next)
		if (has_mac(call->nb, link->from, cond))
			return true;
	return false;
}

static bool match_assigned(const struct nb_call *call, const struct nb_cond *cond,
			   const struct nb_object *object, size_t value)
{
	return (nb_ref(call->nb, object, "assigned_object_id") != NULL) ==
	       expects_true(cond, value);
}

static bool match_has_primary(const struct nb_call *call, const struct nb_cond *cond,
			      const struct nb_object *object, size_t value)
{
	bool has =
		nb_ref(call->nb, object, "primary_ip4") || nb_ref(call->nb, object, "primary_ip6");

	return has == expects_true(cond, value);
}

static bool match_primary_mac(const struct nb_call *call, const struct nb_cond *cond,
			      const struct nb_object *object, size_t value)
{
	size_t vm = 0, device = 0;

	nb_referrers(call->nb, object, "virtualization.vminterface", "primary_mac_address", &vm);
	nb_referrers(call->nb, object, "dcim.interface", "primary_mac_address", &device);
	return (vm + device > 0) == expects_true(cond, value);
}

/* Match an interface with the VLAN, tagged or untagged. */
static bool match_vlan(const struct nb_call *call, const struct nb_cond *cond,
		       const struct nb_object *object, size_t value)
{
	int64_t want = strtoll(cond->values[value], NULL, 10);
	json_t *id;
	size_t i;

	(void)call;
	json_array_foreach (nb_get(object, "tagged_vlans"), i, id) {
		if (json_integer_value(id) == want)
			return true;
	}
	return nb_int(object, "untagged_vlan") == want;
}

static bool match_type(const struct nb_call *call, const struct nb_cond *cond,
		       const struct nb_object *object, size_t value)
{
	(void)call;
	return nb_lists_type(nb_get(object, "object_types"), cond->values[value]);
}

/* Was the object created (or changed) by the request with this id? */
static bool match_request(const struct nb_call *call, const struct nb_cond *cond,
			  const struct nb_object *object, size_t value)
{
	const struct nb_table *changes = nb_table(call->nb, "core.objectchange");
	uint32_t id;

	for (id = changes->next_id; id-- > 1;) {
		const struct nb_object *row = changes->rows[id];

		if (!row || nb_int(row, "changed_object_id") != object->id ||
		    !sb_streq(nb_text(row, "request_id"), cond->values[value]) ||
		    !sb_streq(nb_text(row, "changed_object_type"), object->table->model->type))
			continue;
		if (!cond->name || sb_streq(nb_text(row, "action"), cond->name))
			return true;
	}
	return false;
}

static const struct {
	const char *param, *needs; /* needs: field that the model must have */
	const char *name;          /* field that the condition reads */
	nb_cond_fn match;
} specials[] = {
	{"address", "nat_inside", "address", match_net},
	{"parent", "nat_inside", "address", match_within},
	{"family", "nat_inside", "address", match_family},
	{"family", "is_pool", "prefix", match_family},
	{"prefix", "is_pool", "prefix", match_net},
	{"within", "is_pool", "prefix", match_within},
	{"within_include", "is_pool", "prefix", match_within},
	{"contains", "is_pool", "prefix", match_contains},
	{"mac_address", "is_primary", "mac_address", match_mac},
	{"mac_address", "mac_addresses", NULL, match_owned_mac},
	{"mac_address", "primary_ip4", NULL, match_owned_mac},
	{"has_primary_ip", "primary_ip4", NULL, match_has_primary},
	{"assigned", "assigned_object", NULL, match_assigned},
	{"assigned_to_interface", "nat_inside", NULL, match_assigned},
	{"primary", "is_primary", NULL, match_primary_mac},
	{"vlan_id", "tagged_vlans", NULL, match_vlan},
	{"object_type", "object_types", NULL, match_type},
	{"object_types", "object_types", NULL, match_type},
};

bool nb_cond_special(struct nb_call *call, struct nb_cond *cond, const char *key)
{
	size_t i;

	cond->field = -1;
	for (i = 0; i < SB_ARRAY_LEN(specials); i++) {
		if (!sb_streq(specials[i].param, key) ||
		    nb_field(call->table, specials[i].needs) < 0)
			continue;
		if (specials[i].name)
			cond->field = nb_field(call->table, specials[i].name);
		cond->match = specials[i].match;
		if (cond->match == match_net) {
			cond->key = "_host";
			convert_nets(call, cond);
		} else if (cond->match == match_owned_mac ||
			   (cond->match == match_mac && cond->lookup == NB_EXACT))
			convert_macs(cond);
		if (cond->match == match_mac)
			cond->key = "mac_address";
		return true;
	}
	if (sb_streq(key, "created_by_request"))
		cond->name = "create";
	else if (sb_streq(key, "updated_by_request"))
		cond->name = "update";
	else if (!sb_streq(key, "modified_by_request"))
		return false;
	cond->match = match_request;
	return true;
}
