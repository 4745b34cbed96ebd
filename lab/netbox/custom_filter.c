/* SPDX-License-Identifier: Apache-2.0 */
/* Filters of custom objects, whose classes differ from those of models: most take one value, the
 * last of several; relations take ids; and texts contain the value unless their field says "exact".
 */
#include "custom.h"
#include "filter.h"

#include <string.h>

static bool match_ref(const struct nb_call *call, const struct nb_cond *cond,
		      const struct nb_object *object, size_t value)
{
	const json_t *have = object->values[cond->field], *item;
	size_t i;

	(void)call;
	json_array_foreach (have, i, item)
		if (json_integer_value(item) == cond->numbers[value])
			return true;
	return json_is_integer(have) && json_integer_value(have) == cond->numbers[value];
}

static bool match_text(const struct nb_call *call, const struct nb_cond *cond,
		       const struct nb_object *object, size_t value)
{
	const char *have = json_string_value(object->values[cond->field]);

	(void)call;
	return nb_lookup_text(cond->lookup, have ? have : "", cond->values[value]);
}

/* The database searches the text of a document. */
static bool match_json(const struct nb_call *call, const struct nb_cond *cond,
		       const struct nb_object *object, size_t value)
{
	sb_autofree char *have = json_dumps(object->values[cond->field], JSON_ENCODE_ANY);

	(void)call;
	return have && !json_is_null(object->values[cond->field]) &&
	       nb_lookup_text(NB_CONTAINS, have, cond->values[value]);
}

/* Does any text of the object contain the value? */
static bool match_q(const struct nb_call *call, const struct nb_cond *cond,
		    const struct nb_object *object, size_t value)
{
	size_t i;

	for (i = 0; i < call->table->n_fields; i++) {
		const char *have = json_string_value(object->values[i]);

		if (have && nb_lookup_text(NB_CONTAINS, have, cond->values[value]))
			return true;
	}
	return false;
}

static void take_last(struct nb_cond *cond)
{
	cond->values[0] = cond->values[cond->n - 1];
	cond->n = 1;
}

/* Ids of related objects. In a parameter without "_id" they must exist. */
static bool ref_cond(struct nb_call *call, struct nb_cond *cond, const char *key, bool must_exist)
{
	const struct nb_field *field = &call->table->fields[cond->field];
	const struct nb_table *to = nb_table(call->nb, field->target);
	size_t i;

	cond->match = match_ref;
	if (field->kind == NB_FK)
		take_last(cond);
	for (i = 0; i < cond->n; i++) {
		char *end;

		cond->numbers[i] = strtoll(cond->values[i], &end, 10);
		if (!must_exist && (*end || !*cond->values[i]))
			return nb_cond_bad(call, key, "Enter a whole number.");
		if (!must_exist || (!*end && to && nb_find(to, cond->numbers[i])))
			continue;
		if (field->kind == NB_PKS)
			return nb_cond_bad_choice(call, key, cond->values[i]);
		return nb_cond_bad(call, key,
				   "Select a valid choice. That choice is not one of the available "
				   "choices.");
	}
	return true;
}

/* Stored times are texts in one form. */
static bool time_cond(struct nb_call *call, struct nb_cond *cond, const char *key, bool is_date)
{
	int64_t us;

	take_last(cond);
	cond->match = match_text;
	if (!nb_lookup_time(cond->values[0], &us))
		return nb_cond_bad(call, key,
				   is_date ? "Enter a valid date." : "Enter a valid date/time.");
	cond->stored = is_date ? NULL : calloc(1, sizeof(cond->stored[0]));
	if (cond->stored) {
		nb_time_text(us, "Z", cond->stored[0]);
		cond->values[0] = cond->stored[0];
	}
	return true;
}

static bool own_field(struct nb_call *call, struct nb_cond *cond, const char *key, bool plain)
{
	const struct nb_field *field = &call->table->fields[cond->field];
	const struct nb_object *row = nb_custom_field_of(
		call->nb, nb_custom_type_row(call->nb, call->table)->id, 0, field->name);
	const char *logic = row ? nb_text(row, "filter_logic") : "disabled";
	bool has_lookups = nb_has(call->nb, NB_CUSTOM_BULK);

	cond->ignore = sb_streq(logic, "disabled");
	if (cond->ignore)
		return true;
	switch (field->kind) {
	case NB_FK:
	case NB_PKS: cond->ignore = !plain; return !plain || ref_cond(call, cond, key, true);
	case NB_DATE:
	case NB_TIME:
		cond->ignore = !plain;
		return !plain || time_cond(call, cond, key, field->kind == NB_DATE);
	case NB_JSON:
		take_last(cond);
		cond->match = match_json;
		cond->ignore = !plain;
		return true;
	case NB_STR:
		take_last(cond);
		cond->ignore = !plain && !has_lookups;
		if (plain && (sb_streq(logic, "loose") || !has_lookups))
			cond->lookup = NB_CONTAINS;
		break;
	case NB_CHOICE: break;
	default: take_last(cond); break;
	}
	return cond->ignore || nb_cond_field(call, cond, key, plain);
}

bool nb_cond_custom(struct nb_call *call, struct nb_cond *cond, const char *key, const char *name,
		    bool *ret_good)
{
	bool plain = sb_streq(name, key);
	size_t len = strlen(name);
	char base[128];

	*ret_good = true;
	if (sb_streq(name, "id")) {
		cond->ignore = !nb_has(call->nb, NB_CUSTOM_BULK);
		return cond->ignore;
	}
	if (sb_streq(name, "q")) {
		cond->match = match_q;
		return true;
	}
	cond->field = nb_field(call->table, name);
	if (cond->field >= 0) {
		*ret_good = own_field(call, cond, key, plain);
		return true;
	}
	if (!plain || len < 4 || len >= sizeof(base) || !sb_streq(name + len - 3, "_id"))
		return false;
	memcpy(base, name, len - 3);
	base[len - 3] = '\0';
	cond->field = nb_field(call->table, base);
	if (cond->field < 0 || call->table->fields[cond->field].kind != NB_FK)
		return false;
	*ret_good = ref_cond(call, cond, key, false);
	return true;
}
