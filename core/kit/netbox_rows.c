/* SPDX-License-Identifier: Apache-2.0 */
/* The NetBox of a case: its rows, and how it shows them. */
#include "kit/netbox_priv.h"

#include <stdio.h>
#include <string.h>

#include "stagebox/json.h"

#define MACS        "dcim/mac-addresses"
#define PRIMARY_MAC "primary_mac_address"

const json_t *sb_kit_form(const struct sb_kit_netbox *netbox, const char *list)
{
	return json_object_get(netbox->forms, list);
}

const char *sb_kit_field_list(const json_t *form, const char *field)
{
	return sb_json_str(json_object_get(json_object_get(form, "fields"), field), "to");
}

static bool is_of_type(const json_t *form, const char *field, const char *type)
{
	const char *word =
		sb_json_str(json_object_get(json_object_get(form, "fields"), field), "type");

	return word && sb_streq(word, type);
}

json_t *sb_kit_rows(const struct sb_kit_netbox *netbox, const char *list)
{
	return json_object_get(netbox->lists, list);
}

static int64_t id_of(const json_t *row)
{
	return json_integer_value(json_object_get(row, "id"));
}

json_t *sb_kit_row(const struct sb_kit_netbox *netbox, const char *list, int64_t id)
{
	const json_t *rows = sb_kit_rows(netbox, list);
	json_t *row;
	size_t i;

	json_array_foreach (rows, i, row)
		if (id_of(row) == id)
			return row;
	return NULL;
}

int64_t sb_kit_row_add(struct sb_kit_netbox *netbox, const char *list, json_t *row_take)
{
	json_t *rows = sb_kit_rows(netbox, list);
	int64_t last_id = json_integer_value(json_object_get(netbox->last_ids, list));
	int64_t id = id_of(row_take);
	size_t at;

	if (!rows) {
		rows = json_array();
		json_object_set_new(netbox->lists, list, rows);
	}
	if (id <= 0) {
		id = last_id + 1;
		json_object_set_new(row_take, "id", json_integer(id));
	}
	if (id > last_id)
		json_object_set_new(netbox->last_ids, list, json_integer(id));
	if (!json_object_get(row_take, "custom_fields"))
		json_object_set_new(row_take, "custom_fields", json_object());
	for (at = json_array_size(rows); at && id_of(json_array_get(rows, at - 1)) > id; at--)
		;
	return json_array_insert_new(rows, at, row_take) < 0 ? SB_E_NOMEM : id;
}

static bool has_text(const json_t *object, const char *name, const char *text)
{
	const char *own = sb_json_str(object, name);

	return own && text && sb_streq(own, text);
}

static bool refers_to(const json_t *value, int64_t id)
{
	return json_integer_value(json_is_object(value) ? json_object_get(value, "id") : value) ==
	       id;
}

/* Is the row a part of the object? A reference to objects of any type is two members. */
static bool is_part_of(const struct sb_kit_netbox *netbox, const json_t *form, const json_t *row,
		       const char *list, int64_t id)
{
	const char *parent = sb_json_str(form, "parent"), *to;
	char name[96];

	if (!parent)
		return false;
	if (!is_of_type(form, parent, "object")) {
		to = sb_kit_field_list(form, parent);
		return to && sb_streq(to, list) && refers_to(json_object_get(row, parent), id);
	}
	snprintf(name, sizeof(name), "%.80s_type", parent);
	if (!has_text(row, name, sb_json_str(sb_kit_form(netbox, list), "type")))
		return false;
	snprintf(name, sizeof(name), "%.80s_id", parent);
	return refers_to(json_object_get(row, name), id);
}

/* NetBox deletes parts with the object that they are part of: interfaces with their machine,
 * addresses with their interface. */
static void remove_parts(struct sb_kit_netbox *netbox, const char *list, int64_t id)
{
	const char *path;
	json_t *form;

	json_object_foreach (netbox->forms, path, form) {
		const json_t *rows = sb_kit_rows(netbox, path);
		size_t i;

		for (i = json_array_size(rows); i-- > 0;) {
			const json_t *row = json_array_get(rows, i);

			if (row && is_part_of(netbox, form, row, list, id))
				sb_kit_row_remove(netbox, path, id_of(row));
		}
	}
}

static void drop_reference(json_t *row, const char *field, int64_t id)
{
	json_t *value = json_object_get(row, field);
	size_t i;

	if (!json_is_array(value) && refers_to(value, id))
		json_object_set_new(row, field, json_null());
	for (i = json_array_size(value); i-- > 0;)
		if (refers_to(json_array_get(value, i), id))
			json_array_remove(value, i);
}

/* NetBox leaves no reference to an object that is deleted. */
static void drop_references(struct sb_kit_netbox *netbox, const char *list, int64_t id)
{
	const char *path, *name;
	json_t *form, *field, *row;
	size_t i;

	json_object_foreach (netbox->forms, path, form)
		json_object_foreach (json_object_get(form, "fields"), name, field)
			if (has_text(field, "to", list))
				json_array_foreach (sb_kit_rows(netbox, path), i, row)
					drop_reference(row, name, id);
}

void sb_kit_row_remove(struct sb_kit_netbox *netbox, const char *list, int64_t id)
{
	json_t *rows = sb_kit_rows(netbox, list), *row;
	size_t i;

	json_array_foreach (rows, i, row) {
		if (id_of(row) != id)
			continue;
		json_array_remove(rows, i);
		remove_parts(netbox, list, id);
		drop_references(netbox, list, id);
		return;
	}
}

/* The row of a MAC address that is assigned to an interface, NULL = none. address NULL = any; after
 * *at, which is moved on. */
static const json_t *find_mac(const struct sb_kit_netbox *netbox, const json_t *form,
			      const json_t *row, const char *address, size_t *at)
{
	const json_t *macs = sb_kit_rows(netbox, MACS), *mac;
	const char *type = sb_json_str(form, "type");

	while ((mac = json_array_get(macs, (*at)++)))
		if (has_text(mac, "assigned_object_type", type) &&
		    refers_to(json_object_get(mac, "assigned_object_id"), id_of(row)) &&
		    (!address || has_text(mac, "mac_address", address)))
			return mac;
	return NULL;
}

/* NetBox makes an object of the MAC address of an interface, and keeps the one before. */
static int set_mac(struct sb_kit_netbox *netbox, const json_t *form, json_t *row,
		   const json_t *value)
{
	const char *address = json_string_value(value);
	size_t at = 0;
	const json_t *mac = address ? find_mac(netbox, form, row, address, &at) : NULL;
	int64_t id = id_of(mac);

	if (!address)
		return json_object_set_new(row, PRIMARY_MAC, json_null());
	if (!mac)
		id = sb_kit_row_add(netbox, MACS,
				    json_pack("{s:O, s:s?, s:I}", "mac_address", value,
					      "assigned_object_type", sb_json_str(form, "type"),
					      "assigned_object_id", (json_int_t)id_of(row)));
	return id < 0 ? SB_E_NOMEM : json_object_set_new(row, PRIMARY_MAC, json_integer(id));
}

int sb_kit_row_set(struct sb_kit_netbox *netbox, const char *list, json_t *row,
		   const json_t *members)
{
	const json_t *form = sb_kit_form(netbox, list);
	const char *name;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)members, name, value) {
		int rc = 0;

		if (sb_streq(name, "id") || sb_streq(name, "changelog_message"))
			continue;
		if (sb_streq(name, "custom_fields") && json_is_object(value)) {
			json_object_update(json_object_get(row, name), value);
			continue;
		}
		if (is_of_type(form, name, "mac"))
			rc = set_mac(netbox, form, row, value);
		else
			rc = json_object_set_new(row, name, json_deep_copy(value));
		if (rc < 0)
			return SB_E_NOMEM;
	}
	return 0;
}

/* A referenced object as NetBox nests it: its own references stay ids. */
static json_t *show_nested(const struct sb_kit_netbox *netbox, const char *list,
			   const json_t *value)
{
	const json_t *row;
	json_t *nested;

	if (!json_is_integer(value))
		return json_incref((json_t *)(uintptr_t)value);
	row = sb_kit_row(netbox, list, json_integer_value(value));
	nested = row ? json_copy((json_t *)(uintptr_t)row) : json_pack("{s:O}", "id", value);
	if (row && sb_json_str(row, "name"))
		json_object_set(nested, "display", json_object_get(row, "name"));
	return nested;
}

static json_t *show_value(const struct sb_kit_netbox *netbox, const char *list, const json_t *value)
{
	const json_t *member;
	json_t *shown;
	size_t i;

	if (!json_is_array(value))
		return show_nested(netbox, list, value);
	shown = json_array();
	json_array_foreach (value, i, member)
		json_array_append_new(shown, show_nested(netbox, list, member));
	return shown;
}

/* "assigned_object" of assigned_object_type and assigned_object_id. */
static void show_object(const struct sb_kit_netbox *netbox, const char *field, json_t *shown)
{
	char name[96];
	const char *type, *path;
	const json_t *id;
	json_t *form;

	snprintf(name, sizeof(name), "%.80s_type", field);
	type = sb_json_str(shown, name);
	snprintf(name, sizeof(name), "%.80s_id", field);
	id = json_object_get(shown, name);
	if (!type || !json_is_integer(id) || json_object_get(shown, field))
		return;
	json_object_foreach (netbox->forms, path, form)
		if (sb_json_str(form, "type") && sb_streq(sb_json_str(form, "type"), type))
			json_object_set_new(shown, field, show_nested(netbox, path, id));
}

/* The MAC addresses of an interface: all that are assigned to it, and the text of the primary one.
 */
static void show_macs(const struct sb_kit_netbox *netbox, const json_t *form, const char *field,
		      json_t *shown)
{
	json_t *macs = json_array(), *primary = json_object_get(shown, PRIMARY_MAC);
	const json_t *mac;
	size_t at = 0;

	if (json_is_object(primary))
		primary = json_object_get(primary, "id");
	json_object_set_new(shown, field, json_null());
	while ((mac = find_mac(netbox, form, shown, NULL, &at))) {
		json_array_append_new(
			macs, json_pack("{s:O, s:O?}", "id", json_object_get(mac, "id"),
					"mac_address", json_object_get(mac, "mac_address")));
		if (refers_to(primary, id_of(mac)))
			json_object_set(shown, field, json_object_get(mac, "mac_address"));
	}
	json_object_set_new(shown, "mac_addresses", macs);
}

static bool is_in_fields(const char *fields, const char *name)
{
	size_t len = strlen(name), n;

	for (; *fields; fields += n + (fields[n] == ',')) {
		n = strcspn(fields, ",");
		if (n == len && memcmp(fields, name, n) == 0)
			return true;
	}
	return false;
}

/* Keep the members that were asked for; those that the row lacks are null. */
static json_t *select_fields(const json_t *row, const char *fields)
{
	json_t *selected = json_object(), *value;
	const char *name;
	char member[96];
	size_t n;

	json_object_foreach ((json_t *)(uintptr_t)row, name, value)
		if (is_in_fields(fields, name))
			json_object_set(selected, name, value);
	for (; *fields; fields += n + (fields[n] == ',')) {
		n = strcspn(fields, ",");
		snprintf(member, sizeof(member), "%.*s", (int)n, fields);
		if (n && !json_object_get(selected, member))
			json_object_set_new(selected, member, json_null());
	}
	return selected;
}

json_t *sb_kit_row_shown(const struct sb_kit_netbox *netbox, const char *list, const json_t *row,
			 const char *fields)
{
	const json_t *form = sb_kit_form(netbox, list);
	sb_autojson *shown = json_copy((json_t *)(uintptr_t)row);
	const char *name, *to;
	json_t *field, *value;

	json_object_foreach (json_object_get(form, "fields"), name, field) {
		value = json_object_get(shown, name);
		to = sb_json_str(field, "to");
		if (is_of_type(form, name, "object"))
			show_object(netbox, name, shown);
		else if (is_of_type(form, name, "mac"))
			show_macs(netbox, form, name, shown);
		else if (value && to)
			json_object_set_new(shown, name, show_value(netbox, to, value));
	}
	if (!json_object_get(shown, "display") && sb_json_str(shown, "name"))
		json_object_set(shown, "display", json_object_get(shown, "name"));
	return fields ? select_fields(shown, fields) : json_incref(shown);
}
