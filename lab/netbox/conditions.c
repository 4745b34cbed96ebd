/* SPDX-License-Identifier: Apache-2.0 */
/* Conditions of list queries from parameters. An unknown parameter has no effect. */
#include "filter.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

bool nb_cond_bad(struct nb_call *call, const char *key, const char *text)
{
	call->answer->status = 400;
	call->answer->json = json_pack("{s:[s]}", key, text);
	return false;
}

bool nb_cond_bad_choice(struct nb_call *call, const char *key, const char *value)
{
	sb_autobuf text = SB_BUF_INIT(1 << 16);

	sb_buf_addf(&text, "Select a valid choice. %s is not one of the available choices.", value);
	return nb_cond_bad(call, key, sb_buf_str(&text));
}

/* The object that the condition applies to: the row itself or the one at the end of its steps. */
static const struct nb_object *follow_steps(const struct nb_call *call, const struct nb_cond *cond,
					    const struct nb_object *object)
{
	size_t i;

	for (i = 0; object && i < SB_ARRAY_LEN(cond->steps) && cond->steps[i]; i++)
		object = nb_ref(call->nb, object, cond->steps[i]);
	return object && cond->type && !nb_is(object, cond->type) ? NULL : object;
}

static bool match_id(const struct nb_call *call, const struct nb_cond *cond,
		     const struct nb_object *object, size_t value)
{
	object = follow_steps(call, cond, object);
	if (cond->lookup == NB_EMPTY)
		return !object == (cond->numbers[value] != 0);
	if (!object)
		return sb_streq(cond->values[value], "null");
	return nb_lookup_number(cond->lookup, object->id, (double)cond->numbers[value]);
}

static bool match_text(const struct nb_call *call, const struct nb_cond *cond,
		       const struct nb_object *object, size_t value)
{
	const char *text = json_string_value(object->values[cond->field]);

	(void)call;
	return nb_lookup_text(cond->lookup, text ? text : "", cond->values[value]);
}

static bool match_number(const struct nb_call *call, const struct nb_cond *cond,
			 const struct nb_object *object, size_t value)
{
	const json_t *have = object->values[cond->field];

	(void)call;
	if (cond->lookup == NB_EMPTY)
		return json_is_null(have) == (strcasecmp(cond->values[value], "true") == 0);
	return json_is_number(have) && nb_lookup_number(cond->lookup, json_number_value(have),
							strtod(cond->values[value], NULL));
}

static bool match_bool(const struct nb_call *call, const struct nb_cond *cond,
		       const struct nb_object *object, size_t value)
{
	(void)call;
	return json_is_true(object->values[cond->field]) == (cond->numbers[value] != 0);
}

static bool match_time(const struct nb_call *call, const struct nb_cond *cond,
		       const struct nb_object *object, size_t value)
{
	int64_t have = cond->field == 0 ? object->created_us : object->updated_us;
	int64_t want = cond->numbers[value];

	(void)call;
	switch (cond->lookup) {
	case NB_LT: return have < want;
	case NB_LTE: return have <= want;
	case NB_GT: return have > want;
	case NB_GTE: return have >= want;
	default: return have == want;
	}
}

static bool match_tag(const struct nb_call *call, const struct nb_cond *cond,
		      const struct nb_object *object, size_t value)
{
	json_t *id;
	size_t i;

	(void)call;
	json_array_foreach (object->values[object->table->tags], i, id) {
		if (json_integer_value(id) == cond->numbers[value])
			return true;
	}
	return false;
}

static bool match_custom(const struct nb_call *call, const struct nb_cond *cond,
			 const struct nb_object *object, size_t value)
{
	const json_t *have = json_object_get(object->values[object->table->custom], cond->name);
	const char *want = cond->values[value];
	json_t *item;
	size_t i;

	(void)call;
	if (cond->lookup == NB_EMPTY) {
		bool empty = !have || json_is_null(have) ||
			     (json_is_string(have) && !json_string_length(have));

		return empty == (strcasecmp(want, "true") == 0 || sb_streq(want, "1"));
	}
	if (json_is_string(have))
		return nb_lookup_text(cond->lookup, json_string_value(have), want);
	if (json_is_number(have)) {
		char *end;
		double number = strtod(want, &end);

		return !*end && *want &&
		       nb_lookup_number(cond->lookup, json_number_value(have), number);
	}
	if (json_is_boolean(have))
		return json_is_true(have) == (strcasecmp(want, "true") == 0 || sb_streq(want, "1"));
	json_array_foreach (have, i, item) {
		if (json_is_string(item) && sb_streq(json_string_value(item), want))
			return true;
		if (json_is_integer(item) && json_integer_value(item) == strtoll(want, NULL, 10))
			return true;
	}
	return false;
}

/* Does the text of a custom field contain any of the values? */
static bool match_search(const struct nb_call *call, const struct nb_cond *cond,
			 const struct nb_object *object, size_t value)
{
	const char *have = json_string_value(
		json_object_get(object->values[object->table->custom], cond->name));

	(void)call;
	(void)value;
	return have && nb_search_finds(cond->search, have);
}

static bool match_q(const struct nb_call *call, const struct nb_cond *cond,
		    const struct nb_object *object, size_t value)
{
	static const char *const fields[] = {"name",   "slug",        "description", "address",
					     "prefix", "mac_address", "comments",    "serial"};
	size_t i;

	(void)call;
	for (i = 0; i < SB_ARRAY_LEN(fields); i++)
		if (nb_lookup_text(NB_CONTAINS, nb_text(object, fields[i]), cond->values[value]))
			return true;
	return false;
}

static bool parse_bools(struct nb_cond *cond)
{
	size_t i;

	for (i = 0; i < cond->n; i++) {
		const char *text = cond->values[i];

		if (strcasecmp(text, "true") == 0 || sb_streq(text, "1"))
			cond->numbers[i] = 1;
		else if (strcasecmp(text, "false") == 0 || sb_streq(text, "0"))
			cond->numbers[i] = 0;
		else
			return false;
	}
	return true;
}

/* Parse numbers; with a table they are ids that must exist. */
static bool parse_ids(struct nb_call *call, struct nb_cond *cond, const char *key,
		      const struct nb_table *table)
{
	size_t i;

	if (cond->lookup == NB_EMPTY) {
		cond->ignore = !parse_bools(cond);
		return true;
	}
	for (i = 0; i < cond->n; i++) {
		char *end;

		if (table && sb_streq(cond->values[i], "null"))
			continue;
		cond->numbers[i] = strtoll(cond->values[i], &end, 10);
		if (*end || !*cond->values[i])
			return table ? nb_cond_bad_choice(call, key, cond->values[i])
				     : nb_cond_bad(call, key, "Enter a number.");
		if (table && !nb_find(table, cond->numbers[i]))
			return nb_cond_bad_choice(call, key, cond->values[i]);
	}
	return true;
}

static bool parse_decimals(struct nb_call *call, const struct nb_cond *cond, const char *key)
{
	size_t i;

	for (i = 0; i < cond->n; i++) {
		char *end;

		strtod(cond->values[i], &end);
		if (*end || !*cond->values[i])
			return nb_cond_bad(call, key, "Enter a number.");
	}
	return true;
}

/* The field that names a related object in parameters without "_id". */
static const char *name_field(const struct nb_table *table)
{
	if (nb_field(table, "rd") >= 0)
		return "rd";
	return nb_field(table, "slug") >= 0 ? "slug" : "name";
}

/* Several objects may share the name. */
static bool match_name(const struct nb_call *call, const struct nb_cond *cond,
		       const struct nb_object *object, size_t value)
{
	object = follow_steps(call, cond, object);
	if (!object)
		return sb_streq(cond->values[value], "null");
	return sb_streq(nb_text(object, cond->name), cond->values[value]);
}

/* Parse slugs or names of objects, which must exist. */
static bool parse_names(struct nb_call *call, struct nb_cond *cond, const char *key,
			const struct nb_table *table)
{
	size_t i;
	uint32_t id;

	cond->name = name_field(table);
	if (nb_field(table, cond->name) < 0) {
		cond->ignore = true;
		return true;
	}
	for (i = 0; i < cond->n; i++) {
		if (sb_streq(cond->values[i], "null"))
			continue;
		for (id = 1; id < table->next_id; id++)
			if (table->rows[id] &&
			    sb_streq(nb_text(table->rows[id], cond->name), cond->values[i]))
				break;
		if (id == table->next_id)
			return nb_cond_bad_choice(call, key, cond->values[i]);
		cond->numbers[i] = id;
	}
	return true;
}

static bool parse_times(struct nb_call *call, struct nb_cond *cond, const char *key)
{
	size_t i;

	for (i = 0; i < cond->n; i++)
		if (!nb_lookup_time(cond->values[i], &cond->numbers[i]))
			return nb_cond_bad(call, key, "Enter a valid date/time.");
	return true;
}

static bool parse_choices(struct nb_call *call, struct nb_cond *cond, const char *key)
{
	const struct nb_field *field = &call->table->fields[cond->field];
	const struct nb_choice *choice;
	size_t i;

	for (i = 0; i < cond->n && cond->lookup == NB_EXACT; i++) {
		for (choice = field->choices; choice->value; choice++)
			if (sb_streq(choice->value, cond->values[i]))
				break;
		if (!choice->value && !sb_streq(cond->values[i], "null"))
			return nb_cond_bad_choice(call, key, cond->values[i]);
	}
	/* NetBox uses the last of several actions. */
	if (nb_table(call->nb, "core.objectchange") == call->table && cond->n > 1 &&
	    !cond->negate) {
		cond->values[0] = cond->values[cond->n - 1];
		cond->n = 1;
	}
	cond->match = match_text;
	return true;
}

/* Parameters that follow references: "cluster" of an interface is the one of its VM. */
static const struct {
	const char *type, *param, *target;
	const char *steps[3];
	const char *end;
} paths[] = {
	{"virtualization.vminterface",
	 "cluster",
	 "virtualization.cluster",
	 {"virtual_machine", "cluster", NULL},
	 NULL},
	{"virtualization.virtualmachine",
	 "cluster_type",
	 "virtualization.clustertype",
	 {"cluster", "type", NULL},
	 NULL},
	{"virtualization.virtualmachine",
	 "cluster_group",
	 "virtualization.clustergroup",
	 {"cluster", "group", NULL},
	 NULL},
	{"dcim.device",
	 "manufacturer",
	 "dcim.manufacturer",
	 {"device_type", "manufacturer", NULL},
	 NULL},
	{"dcim.interface", "site", "dcim.site", {"device", "site", NULL}, NULL},
	{"*",
	 "virtual_machine",
	 "virtualization.virtualmachine",
	 {"assigned_object_id", "virtual_machine", NULL},
	 NULL},
	{"*", "device", "dcim.device", {"assigned_object_id", "device", NULL}, NULL},
	{"*",
	 "vminterface",
	 "virtualization.vminterface",
	 {"assigned_object_id", NULL, NULL},
	 "virtualization.vminterface"},
	{"*", "interface", "dcim.interface", {"assigned_object_id", NULL, NULL}, "dcim.interface"},
	{"virtualization.cluster", "site", "dcim.site", {"_site", NULL, NULL}, NULL},
};

/* Fill a condition on a relation by id ("cluster_id") or by slug ("cluster"). False when the name
 * is not a relation. */
static bool relation_cond(struct nb_call *call, struct nb_cond *cond, const char *key,
			  const char *name, bool *good)
{
	size_t len = strlen(name), i;
	char base[64];
	bool by_id = len > 3 && sb_streq(name + len - 3, "_id");
	const struct nb_table *to = NULL;
	int field;

	if (len >= sizeof(base))
		return false;
	memcpy(base, name, len + 1);
	if (by_id)
		base[len - 3] = '\0';
	field = nb_field(call->table, base);
	if (field >= 0 && call->table->fields[field].kind == NB_FK) {
		to = nb_table(call->nb, call->table->fields[field].target);
		cond->steps[0] = call->table->fields[field].name;
		cond->field = field;
	}
	for (i = 0; !to && i < SB_ARRAY_LEN(paths); i++) {
		if (!sb_streq(paths[i].param, base) ||
		    (!sb_streq(paths[i].type, call->table->model->type) &&
		     (paths[i].type[0] != '*' || nb_field(call->table, "assigned_object_id") < 0)))
			continue;
		to = nb_table(call->nb, paths[i].target);
		memcpy(cond->steps, paths[i].steps, sizeof(cond->steps));
		cond->type = paths[i].end;
	}
	if (!to)
		return false;
	if (cond->lookup != NB_EXACT && cond->lookup != NB_EMPTY) {
		cond->ignore = true;
		return true;
	}
	cond->match = by_id ? match_id : match_name;
	*good = by_id ? parse_ids(call, cond, key, to) : parse_names(call, cond, key, to);
	return true;
}

static bool tag_cond(struct nb_call *call, struct nb_cond *cond, const char *key, bool by_id,
		     bool any)
{
	const struct nb_table *tags = nb_table(call->nb, "extras.tag");

	if (any && !nb_has(call->nb, NB_TAG_ANY)) {
		cond->ignore = true;
		return true;
	}
	cond->match = match_tag;
	cond->all = !any && !cond->negate;
	cond->lookup = NB_EXACT;
	return by_id ? parse_ids(call, cond, key, tags) : parse_names(call, cond, key, tags);
}

/* The filter logic "loose" of text fields means: contains the value, ignoring case. */
static void custom_cond(struct nb_call *call, struct nb_cond *cond, const char *name, bool plain)
{
	const struct nb_object *field =
		call->table->custom < 0 ? NULL : nb_custom_field(call->nb, call->table, name);
	const char *logic = field ? nb_text(field, "filter_logic") : "disabled";
	const char *type = field ? nb_text(field, "type") : "json";
	bool is_text =
		sb_streq(type, "text") || sb_streq(type, "longtext") || sb_streq(type, "url");

	if (sb_streq(logic, "disabled") || sb_streq(type, "json")) {
		cond->ignore = true;
		return;
	}
	cond->name = nb_text(field, "name");
	cond->match = match_custom;
	if (plain && sb_streq(logic, "loose") && is_text)
		cond->lookup = NB_CONTAINS;
	if (is_text && cond->lookup == NB_CONTAINS && cond->n > 1)
		cond->search = nb_search_create(cond->values, cond->n);
	if (cond->search) {
		cond->match = match_search;
		cond->n = 1;
	}
}

/* Numbers have comparisons, texts have searches, choices have neither. */
static bool has_lookup(enum nb_kind kind, enum nb_lookup lookup, bool plain)
{
	switch (kind) {
	case NB_INT:
	case NB_DEC:
	case NB_GID: return lookup == NB_EXACT || lookup == NB_EMPTY || lookup >= NB_LT;
	case NB_BOOL: return plain;
	default: return lookup < NB_LT;
	}
}

bool nb_cond_field(struct nb_call *call, struct nb_cond *cond, const char *key, bool plain)
{
	const struct nb_field *field = &call->table->fields[cond->field];

	if (!has_lookup(field->kind, cond->lookup, plain)) {
		cond->ignore = true;
		return true;
	}
	switch (field->kind) {
	case NB_DEC:
		cond->match = match_number;
		return cond->lookup == NB_EMPTY || parse_decimals(call, cond, key);
	case NB_INT:
	case NB_GID:
		cond->match = match_number;
		return cond->lookup == NB_EMPTY || parse_ids(call, cond, key, NULL);
	case NB_BOOL:
		cond->match = match_bool;
		cond->ignore = !parse_bools(cond);
		return true;
	case NB_CHOICE: return parse_choices(call, cond, key);
	case NB_STR:
		if (plain && sb_streq(field->name, "name") &&
		    (nb_field(call->table, "primary_ip4") >= 0))
			cond->lookup = NB_IEXACT;
		cond->match = match_text;
		return true;
	case NB_SLUG:
	case NB_COLOR:
	case NB_GTYPE: cond->match = match_text; return true;
	default: cond->ignore = true; return true;
	}
}

static bool time_cond(struct nb_call *call, struct nb_cond *cond, const char *key, const char *name)
{
	cond->match = match_time;
	cond->field = sb_streq(name, "last_updated");
	if (sb_streq(name, "time_after"))
		cond->lookup = NB_GTE;
	if (sb_streq(name, "time_before"))
		cond->lookup = NB_LTE;
	return parse_times(call, cond, key);
}

static bool is_time(const struct nb_call *call, const char *name)
{
	if (call->table->model->no_log)
		return sb_streq(name, "time_after") || sb_streq(name, "time_before");
	return sb_streq(name, "created") || sb_streq(name, "last_updated");
}

bool nb_cond_init(struct nb_call *call, struct nb_cond *cond, const char *key)
{
	char name[128];
	bool any, plain, good = true;

	cond->lookup = NB_EXACT;
	if (strlen(key) >= sizeof(name) || strlen(key) < 1) {
		cond->ignore = true;
		return true;
	}
	memcpy(name, key, strlen(key) + 1);
	if (!nb_lookup_split(name, &cond->lookup, &cond->negate, &any)) {
		cond->ignore = true;
		return true;
	}
	plain = sb_streq(name, key);
	if (call->table->of_type && nb_cond_custom(call, cond, key, name, &good))
		return good;
	if (sb_starts_with(name, "cf_")) {
		custom_cond(call, cond, name + 3, plain);
		return true;
	}
	if (sb_streq(name, "id")) {
		cond->match = match_id;
		cond->names_rows = true;
		return parse_ids(call, cond, key, NULL);
	}
	if (sb_streq(name, "q")) {
		cond->match = match_q;
		return true;
	}
	if (call->table->tags >= 0 && sb_streq(name, "tag"))
		return tag_cond(call, cond, key, false, any);
	if (call->table->tags >= 0 && sb_streq(name, "tag_id"))
		return tag_cond(call, cond, key, true, any);
	if (sb_streq(name, "time")) {
		cond->ignore = true; /* time_after and time_before only */
		return true;
	}
	if (is_time(call, name))
		return time_cond(call, cond, key, name);
	if (nb_cond_special(call, cond, name))
		return call->answer->status == 0;
	if (relation_cond(call, cond, key, name, &good))
		return good;
	cond->field = nb_field(call->table, name);
	if (cond->field < 0) {
		cond->ignore = true;
		return true;
	}
	return nb_cond_field(call, cond, key, plain);
}

void nb_cond_finish(struct nb_cond *cond)
{
	free(cond->values);
	free(cond->numbers);
	free(cond->stored);
	nb_search_destroy(cond->search);
}
