/* SPDX-License-Identifier: Apache-2.0 */
/* Related objects: by id, or by attributes that match exactly one row. */
#include "call.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

/* Types of NetBox without a model in the lab; tags and custom fields may list them. */
static const char *const other_types[] = {
	"circuits.circuit",
	"circuits.provider",
	"core.datasource",
	"core.job",
	"dcim.cable",
	"dcim.consoleport",
	"dcim.devicebay",
	"dcim.frontport",
	"dcim.inventoryitem",
	"dcim.inventoryitemrole",
	"dcim.location",
	"dcim.module",
	"dcim.modulebay",
	"dcim.moduletype",
	"dcim.powerport",
	"dcim.rack",
	"dcim.rackgroup",
	"dcim.rackrole",
	"dcim.rearport",
	"dcim.virtualchassis",
	"dcim.virtualdevicecontext",
	"extras.configcontext",
	"extras.configtemplate",
	"extras.eventrule",
	"extras.webhook",
	"ipam.aggregate",
	"ipam.asn",
	"ipam.fhrpgroup",
	"ipam.iprange",
	"ipam.rir",
	"ipam.routetarget",
	"ipam.service",
	"ipam.vlantranslationpolicy",
	"tenancy.contact",
	"tenancy.contactgroup",
	"tenancy.contactrole",
	"vpn.l2vpn",
	"vpn.tunnel",
	"wireless.wirelesslan",
	NULL,
};

bool nb_type_known(const struct lab_netbox *nb, const char *type)
{
	size_t i;

	if (nb_table(nb, type))
		return true;
	for (i = 0; other_types[i]; i++)
		if (sb_streq(other_types[i], type))
			return true;
	return false;
}

static bool text_matches(const char *lookup, const char *have, const char *want)
{
	size_t have_len = strlen(have), want_len = strlen(want);

	if (sb_streq(lookup, "exact"))
		return sb_streq(have, want);
	if (sb_streq(lookup, "iexact"))
		return strcasecmp(have, want) == 0;
	if (sb_streq(lookup, "startswith"))
		return strncmp(have, want, want_len) == 0;
	if (sb_streq(lookup, "istartswith"))
		return strncasecmp(have, want, want_len) == 0;
	if (sb_streq(lookup, "endswith"))
		return have_len >= want_len && sb_streq(have + have_len - want_len, want);
	if (sb_streq(lookup, "contains"))
		return strstr(have, want) != NULL;
	return false;
}

static bool value_matches(const json_t *have, const char *lookup, const json_t *want)
{
	if (json_is_string(have) && json_is_string(want))
		return text_matches(lookup, json_string_value(have), json_string_value(want));
	if (json_is_number(have) && json_is_number(want))
		return json_number_value(have) == json_number_value(want);
	if (json_is_number(have) && json_is_string(want))
		return json_number_value(have) == strtod(json_string_value(want), NULL);
	return json_equal(have, want);
}

/* Returns 1 for a match, 0 for none, -1 for an unknown field (its name in bad). */
static int attribute_matches(const struct lab_netbox *nb, const struct nb_object *object,
			     const char *key, const json_t *want, const char **bad);

static int attributes_match(const struct lab_netbox *nb, const struct nb_object *object,
			    const json_t *attributes, const char **bad)
{
	const char *key;
	json_t *want;

	json_object_foreach ((json_t *)(uintptr_t)attributes, key, want) {
		int rc = attribute_matches(nb, object, key, want, bad);

		if (rc != 1)
			return rc;
	}
	return 1;
}

static int attribute_matches(const struct lab_netbox *nb, const struct nb_object *object,
			     const char *key, const json_t *want, const char **bad)
{
	const char *rest = strstr(key, "__");
	char name[64];
	size_t len = rest ? (size_t)(rest - key) : strlen(key);
	const struct nb_object *to;
	int field;

	*bad = key;
	if (len >= sizeof(name))
		return -1;
	memcpy(name, key, len);
	name[len] = '\0';
	rest = rest ? rest + 2 : NULL;
	if (sb_streq(name, "id") || sb_streq(name, "pk")) {
		sb_autojson *id = json_integer(object->id);

		return value_matches(id, "exact", want);
	}
	if (len > 3 && sb_streq(name + len - 3, "_id") && nb_field(object->table, name) < 0)
		name[len - 3] = '\0';
	field = nb_field(object->table, name);
	if (field < 0)
		return -1;
	to = nb_ref_at(nb, object, field);
	if (json_is_object(want))
		return to ? attributes_match(nb, to, want, bad) : 0;
	if (rest && object->table->fields[field].kind == NB_FK)
		return to ? attribute_matches(nb, to, rest, want, bad) : 0;
	return value_matches(object->values[field], rest ? rest : "exact", want);
}

static json_t *by_attributes(struct nb_call *call, const char *field, struct nb_table *table,
			     const json_t *in)
{
	const struct nb_object *found = NULL;
	sb_autobuf text = SB_BUF_INIT(1 << 20);
	const char *bad = NULL;
	uint32_t id;

	nb_python_repr(&text, in);
	for (id = 1; table && id < table->next_id; id++) {
		int match =
			table->rows[id] ? attributes_match(call->nb, table->rows[id], in, &bad) : 0;

		if (match < 0) {
			nb_error(call, field, "Cannot resolve keyword '%s' into field.", bad);
			return NULL;
		}
		if (match && found) {
			nb_error(call, field, "Multiple objects match the provided attributes: %s",
				 sb_buf_str(&text));
			return NULL;
		}
		if (match)
			found = table->rows[id];
	}
	if (found)
		return json_integer(found->id);
	nb_error(call, field, "Related object not found using the provided attributes: %s",
		 sb_buf_str(&text));
	return NULL;
}

json_t *nb_refer(struct nb_call *call, const char *field, const char *type, const json_t *in)
{
	struct nb_table *table = nb_table(call->nb, type);
	json_int_t id = json_integer_value(in);

	if (json_is_object(in) && json_is_integer(json_object_get(in, "id"))) {
		in = json_object_get(in, "id");
		id = json_integer_value(in);
	} else if (json_is_object(in)) {
		return by_attributes(call, field, table, in);
	}
	if (json_is_true(in)) {
		id = 1;
	} else if (json_is_real(in)) {
		id = (json_int_t)json_real_value(in);
	} else if (json_is_string(in)) {
		char *end;

		id = strtoll(json_string_value(in), &end, 10);
		if (*end || end == json_string_value(in)) {
			nb_error(call, field,
				 "Related objects must be referenced by numeric ID or by "
				 "dictionary of attributes. Received an unrecognized value: %s",
				 json_string_value(in));
			return NULL;
		}
	} else if (!json_is_integer(in)) {
		sb_autobuf text = SB_BUF_INIT(1 << 20);

		nb_python_repr(&text, in);
		nb_error(call, field,
			 "Related objects must be referenced by numeric ID or by dictionary of "
			 "attributes. Received an unrecognized value: %s",
			 sb_buf_str(&text));
		return NULL;
	}
	if (table && nb_find(table, id))
		return json_integer(id);
	nb_error(call, field,
		 "Related object not found using the provided numeric ID: %" JSON_INTEGER_FORMAT,
		 id);
	return NULL;
}
