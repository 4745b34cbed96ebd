/* SPDX-License-Identifier: Apache-2.0 */
/* Values of fields: flattens the forms of NetBox's answers, and compares values. */
#include "model/value.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "model/custom_fields.h"
#include "stagebox/json.h"

int sb_address_canonical(const char *text, char *ret_text)
{
	char host[INET6_ADDRSTRLEN];
	unsigned char bytes[16];
	const char *slash = strchr(text, '/');
	size_t len = slash ? (size_t)(slash - text) : strlen(text);
	int family = memchr(text, ':', len) ? AF_INET6 : AF_INET;
	long max = family == AF_INET ? 32 : 128, prefix = max;
	char *end;

	if (len >= sizeof(host))
		return SB_E_SHAPE;
	memcpy(host, text, len);
	host[len] = '\0';
	if (slash) {
		prefix = strtol(slash + 1, &end, 10);
		if (end == slash + 1 || *end || prefix < 0 || prefix > max)
			return SB_E_SHAPE;
	}
	if (inet_pton(family, host, bytes) != 1 || !inet_ntop(family, bytes, host, sizeof(host)))
		return SB_E_SHAPE;
	snprintf(ret_text, 64, "%s/%ld", host, prefix);
	return 0;
}

/* The id in a reference: nested object, plain integer, or null. */
static json_t *flat_ref(const json_t *value)
{
	if (json_is_object(value))
		value = json_object_get(value, "id");
	return json_is_integer(value) ? json_integer(json_integer_value(value)) : json_null();
}

static int compare_integers(const void *a, const void *b)
{
	json_int_t x = *(const json_int_t *)a, y = *(const json_int_t *)b;

	return x < y ? -1 : x > y;
}

static json_t *flat_refs(const json_t *value)
{
	size_t i, n = json_array_size(value), used = 0;
	json_int_t *ids = calloc(n + 1, sizeof(*ids));
	json_t *list = json_array();

	for (i = 0; ids && i < n; i++) {
		sb_autojson *id = flat_ref(json_array_get(value, i));

		if (json_is_integer(id))
			ids[used++] = json_integer_value(id);
	}
	if (ids && used)
		qsort(ids, used, sizeof(*ids), compare_integers);
	for (i = 0; i < used; i++)
		json_array_append_new(list, json_integer(ids[i]));
	if (!ids) {
		json_decref(list);
		return NULL;
	}
	free(ids);
	return list;
}

static json_t *flat_mac(const json_t *value)
{
	char text[32];
	const char *mac = json_string_value(value);
	size_t i;

	if (!mac || !*mac || strlen(mac) >= sizeof(text))
		return json_null();
	for (i = 0; mac[i]; i++)
		text[i] = (char)toupper((unsigned char)mac[i]);
	text[i] = '\0';
	return json_string(text);
}

static json_t *flat_number(const json_t *value)
{
	char *end;
	const char *text = json_string_value(value);
	double number;

	if (!text)
		return json_is_number(value) ? sb_value_share(value) : json_null();
	number = strtod(text, &end);
	return *text && !*end ? json_real(number) : json_null();
}

json_t *sb_value_flat(const struct sb_kind_field *field, const json_t *value)
{
	char address[64];

	if (!value || json_is_null(value))
		return field->type == SB_FIELD_REFS || field->type == SB_FIELD_TAGS ? json_array()
										    : json_null();
	switch (field->type) {
	case SB_FIELD_CHOICE:
		if (json_is_object(value))
			value = json_object_get(value, "value");
		return json_is_string(value) && json_string_length(value) ? sb_value_share(value)
									  : json_null();
	case SB_FIELD_REF: return flat_ref(value);
	case SB_FIELD_REFS:
	case SB_FIELD_TAGS: return flat_refs(value);
	case SB_FIELD_MAC: return flat_mac(value);
	case SB_FIELD_INT:
	case SB_FIELD_DECIMAL: return flat_number(value);
	case SB_FIELD_ADDRESS:
		if (json_is_string(value) &&
		    sb_address_canonical(json_string_value(value), address) == 0)
			return json_string(address);
		return sb_value_share(value);
	default: return sb_value_share(value);
	}
}

/* Generic reference: <name>_type and <name>_id of an answer. */
static json_t *flat_object(const char *name, const json_t *row)
{
	char member[64];
	const json_t *type, *id;
	json_t *object;

	snprintf(member, sizeof(member), "%s_type", name);
	type = json_object_get(row, member);
	snprintf(member, sizeof(member), "%s_id", name);
	id = json_object_get(row, member);
	if (!type && !id)
		return NULL;
	if (!json_is_string(type) || !json_is_integer(id))
		return json_null();
	object = json_object();
	json_object_set_new(object, "type", sb_value_share(type));
	json_object_set_new(object, "id", sb_value_share(id));
	return object;
}

static json_t *mac_rows(const json_t *list)
{
	json_t *rows = json_array();
	const json_t *mac;
	size_t i;

	json_array_foreach (list, i, mac) {
		const char *text = sb_json_str(mac, "mac_address");
		const json_t *id = json_object_get(mac, "id");

		if (text && json_is_integer(id))
			json_array_append_new(rows,
					      json_pack("[I, s]", json_integer_value(id), text));
	}
	return rows;
}

/* The MAC address of an interface is the one of its primary object. NetBox reads that object for
 * each row when it is asked for mac_address, and for all rows at once when it is asked for the
 * object: 1.5 s of 2.4 s for a list of 1,000 interfaces (4.7.3). */
#define PRIMARY_MAC "primary_mac_address"

static bool is_of_interface(const struct sb_kind_field *field)
{
	return field->type == SB_FIELD_MAC && field->makes;
}

/* The answer to a write has the address itself, too. */
static const json_t *member_of(const struct sb_kind_field *field, const json_t *row)
{
	const json_t *value = json_object_get(row, field->name), *primary;

	if (value || !is_of_interface(field))
		return value;
	primary = json_object_get(row, PRIMARY_MAC);
	return json_is_object(primary) ? json_object_get(primary, field->name) : primary;
}

/* Custom fields without a value are left out, because most rows have several. Only a choice differs
 * from its flat value: since NetBox 4.7 it has a label. */
static void flat_custom_fields(const struct sb_kind *kind, const json_t *row, json_t *flat)
{
	const json_t *custom = json_object_get(row, "custom_fields");
	const struct sb_kind_field *field;
	const char *name;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)custom, name, value) {
		if (!sb_custom_field_is(name) || sb_value_empty(value))
			continue;
		field = json_is_object(value) ? sb_kind_field(kind, name) : NULL;
		if (json_is_object(value) && !field)
			continue; /* a field home: its objects are rows of their own */
		json_object_set_new(flat, name,
				    field ? sb_value_flat(field, value) : sb_value_share(value));
	}
}

json_t *sb_value_flatten(const struct sb_kind *kind, const json_t *row)
{
	const json_t *id = json_object_get(row, "id"), *member;
	const struct sb_kind_field *field;
	json_t *flat, *value;

	if (!json_is_integer(id))
		return NULL;
	flat = json_object();
	json_object_set_new(flat, "id", sb_value_share(id));
	for (field = kind->fields; flat && field->name; field++) {
		if (sb_custom_field_is(field->name))
			continue;
		if (field->type == SB_FIELD_OBJECT)
			value = flat_object(field->name, row);
		else if ((member = member_of(field, row)))
			value = sb_value_flat(field, member);
		else
			value = NULL;
		if (value)
			json_object_set_new(flat, field->name, value);
		if (is_of_interface(field) && json_object_get(row, "mac_addresses"))
			json_object_set_new(flat, "mac_rows",
					    mac_rows(json_object_get(row, "mac_addresses")));
	}
	if (flat)
		flat_custom_fields(kind, row, flat);
	if (flat && sb_kind_trait(kind, SB_TRAIT_VOLATILE) && json_object_get(row, "last_updated"))
		json_object_set_new(flat, "last_updated",
				    sb_value_share(json_object_get(row, "last_updated")));
	return flat;
}

/* The object that holds another one, for messages: "eth0 of fw1". */
static json_t *describe_holder(const json_t *holder)
{
	const char *name = sb_json_str(holder, "display"), *parent;

	if (!name)
		name = sb_json_str(holder, "name");
	parent = sb_json_str(json_object_get(holder, "virtual_machine"), "name");
	if (!parent)
		parent = sb_json_str(json_object_get(holder, "device"), "name");
	if (!name)
		return NULL;
	return parent ? json_sprintf("%s of %s", name, parent) : json_string(name);
}

json_t *sb_value_flatten_whole(const struct sb_kind *kind, const json_t *row)
{
	json_t *flat = sb_value_flatten(kind, row), *origin, *value;
	const struct sb_kind_field *part_of =
		kind->parent_field ? sb_kind_field(kind, kind->parent_field) : NULL;
	const json_t *holder = part_of && part_of->type == SB_FIELD_OBJECT
				       ? json_object_get(row, part_of->name)
				       : NULL;
	const char *name;

	if (!flat)
		return NULL;
	if (json_is_object(holder) && (value = describe_holder(holder)))
		json_object_set_new(flat, "holder", value);
	value = json_object_get(json_object_get(holder, "device"), "id");
	if (value)
		json_object_set(flat, "holder_device", value);
	origin = json_object();
	json_object_foreach (json_object_get(row, "custom_fields"), name, value) {
		if (!sb_value_empty(value) && !sb_custom_field_is(name))
			json_object_set(origin, name, value);
	}
	if (json_object_size(origin))
		json_object_set(flat, "origin", origin);
	json_decref(origin);
	return flat;
}

static int compare_references(const void *a, const void *b)
{
	const json_t *x = *(json_t *const *)a, *y = *(json_t *const *)b;
	json_int_t left, right;

	if (json_is_integer(x) != json_is_integer(y))
		return json_is_integer(x) ? -1 : 1;
	if (!json_is_integer(x))
		return strcmp(sb_json_str(x, "$ref"), sb_json_str(y, "$ref"));
	left = json_integer_value(x);
	right = json_integer_value(y);
	return left < right ? -1 : left > right;
}

json_t *sb_value_sorted(const json_t *set)
{
	size_t n = json_array_size(set), i;
	json_t **members = calloc(n + 1, sizeof(*members)), *sorted = json_array();

	for (i = 0; members && i < n; i++)
		members[i] = json_array_get(set, i);
	if (members && n)
		qsort(members, n, sizeof(*members), compare_references);
	for (i = 0; members && i < n; i++)
		json_array_append(sorted, members[i]);
	free(members);
	return sorted;
}

bool sb_value_empty(const json_t *value)
{
	return !value || json_is_null(value) ||
	       (json_is_string(value) && json_string_length(value) == 0) ||
	       (json_is_array(value) && json_array_size(value) == 0);
}

bool sb_value_is_truncated(const json_t *value)
{
	return json_is_true(json_object_get(value, "$truncated"));
}

bool sb_value_same(const struct sb_kind_field *field, const json_t *a, const json_t *b)
{
	if (sb_value_empty(a) || sb_value_empty(b))
		return sb_value_empty(a) && sb_value_empty(b);
	switch (field->type) {
	case SB_FIELD_INT:
	case SB_FIELD_DECIMAL:
		if (json_is_integer(a) && json_is_integer(b))
			return json_integer_value(a) == json_integer_value(b);
		/* Custom fields keep each decimal, NetBox's own have two. */
		return json_is_number(a) && json_is_number(b) &&
		       fabs(json_number_value(a) - json_number_value(b)) <
			       (sb_custom_field_is(field->name) ? 1e-9 : 0.005);
	case SB_FIELD_MAC:
		return json_is_string(a) && json_is_string(b) &&
		       strcasecmp(json_string_value(a), json_string_value(b)) == 0;
	default: return json_equal(a, b) == 1;
	}
}

bool sb_value_same_member(const struct sb_kind *kind, const char *name, const json_t *a,
			  const json_t *b)
{
	const struct sb_kind_field *field = sb_kind_field(kind, name);

	if (field)
		return sb_value_same(field, a, b);
	return sb_value_empty(a) ? sb_value_empty(b) : json_equal(a, b);
}

const char *sb_value_differs(const struct sb_kind *kind, const json_t *row, const json_t *values)
{
	const char *name;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)values, name, value) {
		if (!sb_value_same_member(kind, name, json_object_get(row, name), value))
			return name;
	}
	return NULL;
}

char *sb_value_query(const struct sb_kind *kind, const json_t *names)
{
	sb_autobuf text = SB_BUF_INIT(3000);
	const struct sb_kind_field *field;
	bool has_custom = kind->flags & SB_KIND_OWNED, has_primary = false;

	sb_buf_add(&text, "id");
	if (has_custom)
		sb_buf_add(&text, ",custom_fields");
	for (field = kind->fields; field->name; field++) {
		if (names && !json_object_get(names, field->name))
			continue;
		if (sb_custom_field_is(field->name)) {
			if (!has_custom)
				sb_buf_add(&text, ",custom_fields");
			has_custom = true;
			continue;
		}
		if (is_of_interface(field)) {
			sb_buf_add(&text, "," PRIMARY_MAC ",mac_addresses");
			has_primary = true;
		} else if (field->type == SB_FIELD_OBJECT) {
			sb_buf_addf(&text, ",%s_type,%s_id", field->name, field->name);
		} else if (!has_primary || !sb_streq(field->name, PRIMARY_MAC)) {
			sb_buf_addf(&text, ",%s", field->name);
		}
	}
	if (sb_kind_trait(kind, SB_TRAIT_VOLATILE))
		sb_buf_add(&text, ",last_updated");
	return sb_buf_take(&text);
}

/* One part of a shared key: a text, a number, or the slug of a nested object. */
static bool add_part(struct sb_buf *key, const json_t *value)
{
	const char *ref;

	if (json_is_object(value) && json_object_get(value, "$ref")) {
		ref = sb_json_str(value, "$ref");
		ref = ref ? strrchr(ref, '/') : NULL;
		if (!ref)
			return false;
		sb_buf_addf(key, "/%s", ref + 1);
	} else if (json_is_object(value)) {
		const char *slug = sb_json_str(value, "slug");

		if (!slug)
			return false;
		sb_buf_addf(key, "/%s", slug);
	} else if (json_is_string(value)) {
		sb_buf_addf(key, "/%s", json_string_value(value));
	} else if (json_is_integer(value)) {
		sb_buf_addf(key, "/%" JSON_INTEGER_FORMAT, json_integer_value(value));
	} else {
		return false;
	}
	return true;
}

static char *shared_key(const struct sb_kind *kind, const json_t *fields)
{
	sb_autobuf key = SB_BUF_INIT(1024);
	size_t i;

	sb_buf_addf(&key, "shared/%s", kind->name);
	for (i = 0; kind->natural[i]; i++) {
		if (!add_part(&key, json_object_get(fields, kind->natural[i])))
			return NULL;
	}
	return sb_buf_take(&key);
}

char *sb_shared_key_of_row(const struct sb_kind *kind, const json_t *row)
{
	return shared_key(kind, row);
}

char *sb_shared_key_of_want(const struct sb_kind *kind, const json_t *fields)
{
	return shared_key(kind, fields);
}

const char *sb_shared_name_field(const struct sb_kind *kind)
{
	const struct sb_kind_field *title = sb_kind_trait(kind, SB_TRAIT_TITLE);

	return title ? title->name : NULL;
}

char *sb_shared_name(const struct sb_kind *kind, const json_t *flat)
{
	const char *member = sb_shared_name_field(kind);
	const char *name = member ? sb_json_str(flat, member) : NULL;
	sb_autobuf text = SB_BUF_INIT(512);
	size_t i;

	if (!name)
		return NULL;
	for (i = 0; kind->natural[i]; i++) {
		const json_t *value = json_object_get(flat, kind->natural[i]);

		if (sb_kind_field(kind, kind->natural[i])->type != SB_FIELD_REF)
			continue;
		if (!json_is_integer(value))
			return NULL;
		sb_buf_addf(&text, "%" JSON_INTEGER_FORMAT "|", json_integer_value(value));
	}
	sb_buf_add(&text, name);
	return sb_buf_take(&text);
}

bool sb_value_has_ref(const json_t *value)
{
	const json_t *member;
	const char *name;
	size_t i;

	if (json_object_get(value, "$ref"))
		return true;
	json_object_foreach ((json_t *)(uintptr_t)value, name, member) {
		if (sb_value_has_ref(member))
			return true;
	}
	json_array_foreach (value, i, member) {
		if (sb_value_has_ref(member))
			return true;
	}
	return false;
}
