/* SPDX-License-Identifier: Apache-2.0 */
/* Objects as JSON: complete, with selected fields, brief, and nested in others. */
#include "call.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

void nb_time_text(int64_t time_us, const char *zone, char out[40])
{
	time_t seconds = (time_t)(time_us / 1000000);
	int fraction = (int)(time_us % 1000000);
	struct tm tm;
	char date[32];

	gmtime_r(&seconds, &tm);
	strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);
	if (fraction)
		snprintf(out, 40, "%s.%06d%s", date, fraction, zone);
	else
		snprintf(out, 40, "%s%s", date, zone);
}

static json_t *time_json(int64_t time_us)
{
	char text[40];

	if (!time_us)
		return json_null();
	nb_time_text(time_us, "Z", text);
	return json_string(text);
}

json_t *nb_url(const struct lab_netbox *nb, const struct nb_object *object, bool api)
{
	char text[320];

	snprintf(text, sizeof(text), "%s/%s%s/%u/", nb->base, api ? "api/" : "",
		 object->table->model->path, object->id);
	return json_string(text);
}

static json_t *display_json(const struct lab_netbox *nb, const struct nb_object *object)
{
	sb_autobuf text = SB_BUF_INIT(1 << 16);

	nb_display(nb, object, &text);
	return json_string(sb_buf_str(&text));
}

json_t *nb_choice_output(const struct nb_field *field, const char *value)
{
	const struct nb_choice *choice;

	if (!value || !*value)
		return json_null();
	if (field->flags & NB_BARE)
		return json_string(value);
	for (choice = field->choices; choice && choice->value; choice++)
		if (sb_streq(choice->value, value))
			return json_pack("{s:s, s:s}", "value", value, "label", choice->label);
	return json_pack("{s:s, s:s}", "value", value, "label", value);
}

static bool is_word(const char *spec, size_t len, const char *word)
{
	return strlen(word) == len && memcmp(spec, word, len) == 0;
}

/* Output a list of ids as nested objects, in the order of their model. */
static json_t *nested_list(struct lab_netbox *nb, const struct nb_field *field, const json_t *ids)
{
	struct nb_table *table = nb_table(nb, field->target);
	struct nb_call call = {.nb = nb, .table = table};
	struct nb_object **rows;
	json_t *out = json_array(), *id;
	size_t n = 0, i;

	if (!table || !json_array_size(ids))
		return out;
	rows = calloc(json_array_size(ids), sizeof(rows[0]));
	json_array_foreach (ids, i, id) {
		struct nb_object *to = nb_find(table, json_integer_value(id));

		if (to && rows)
			rows[n++] = to;
	}
	if (n)
		nb_sort(&call, rows, n, table->model->ordering);
	for (i = 0; i < n; i++)
		json_array_append_new(out, nb_nested(nb, rows[i], field->nested));
	free(rows);
	return out;
}

json_t *nb_nested_referrers(struct lab_netbox *nb, const struct nb_object *object, const char *type,
			    const char *field, const char *spec)
{
	struct nb_call call = {.nb = nb, .table = nb_table(nb, type)};
	json_t *out = json_array();
	size_t n, i = 0;
	const struct nb_link *link = nb_referrers(nb, object, type, field, &n);
	struct nb_object **rows;

	if (!link)
		return out;
	rows = calloc(n, sizeof(rows[0]));
	for (; rows && link; link = link->next)
		rows[i++] = link->from;
	nb_sort(&call, rows, i, call.table->model->ordering);
	for (n = 0; n < i; n++)
		json_array_append_new(out, nb_nested(nb, rows[n], spec));
	free(rows);
	return out;
}

static json_t *tags_output(struct lab_netbox *nb, const struct nb_object *object)
{
	const struct nb_table *tags = nb_table(nb, "extras.tag");
	sb_autojson *ids = nb_tags_sorted(object, nb);
	json_t *out = json_array(), *id;
	size_t i;

	json_array_foreach (ids, i, id) {
		json_array_append_new(out,
				      nb_nested(nb, nb_find(tags, json_integer_value(id)), NULL));
	}
	return out;
}

/* Count the objects of a model that refer to this one; the field says "model:field". */
static json_t *count_output(const struct lab_netbox *nb, const struct nb_object *object,
			    const char *target)
{
	const char *colon = strchr(target, ':');
	char type[64];
	size_t n = 0;

	memcpy(type, target, (size_t)(colon - target));
	type[colon - target] = '\0';
	nb_referrers(nb, object, type, colon + 1, &n);
	return json_integer((json_int_t)n);
}

static json_t *mac_output(const struct lab_netbox *nb, const struct nb_object *object)
{
	const struct nb_object *mac = nb_ref(nb, object, "primary_mac_address");

	return mac ? json_string(nb_text(mac, "mac_address")) : json_null();
}

static json_t *field_output(struct lab_netbox *nb, const struct nb_object *object, size_t index)
{
	const struct nb_field *field = &object->table->fields[index];
	json_t *value = object->values[index];
	const struct nb_object *to;

	switch (field->kind) {
	case NB_CHOICE: return nb_choice_output(field, json_string_value(value));
	case NB_FK:
		if (field->flags & NB_BY_ID)
			return json_incref(value);
		to = nb_ref_at(nb, object, (int)index);
		return to ? nb_nested(nb, to, field->nested) : json_null();
	case NB_PKS: return nested_list(nb, field, value);
	case NB_TAGS: return tags_output(nb, object);
	case NB_CUSTOM: return nb_custom_output(nb, object);
	case NB_MAC_INPUT: return mac_output(nb, object);
	case NB_OBJECT:
		to = nb_ref_at(nb, object, (int)index - 1);
		return to ? nb_nested(nb, to, NULL) : json_null();
	case NB_COUNT: return count_output(nb, object, field->target);
	case NB_COMPUTED: return object->table->model->rules->computed(nb, object, field);
	default: return json_incref(value);
	}
}

/* Output one word of a nested list: a field, a field with a list in braces, or "name=number". */
static void nested_word(struct lab_netbox *nb, const struct nb_object *object, const char *word,
			size_t len, const char *inner, json_t *out)
{
	char name[64];
	const char *equals = memchr(word, '=', len);
	int field;

	if (is_word(word, len, "id")) {
		json_object_set_new(out, "id", json_integer(object->id));
	} else if (is_word(word, len, "url")) {
		json_object_set_new(out, "url", nb_url(nb, object, true));
	} else if (is_word(word, len, "display_url")) {
		json_object_set_new(out, "display_url", nb_url(nb, object, false));
	} else if (is_word(word, len, "display")) {
		json_object_set_new(out, "display", display_json(nb, object));
	} else if (is_word(word, len, "created")) {
		json_object_set_new(out, "created", time_json(object->created_us));
	} else if (len < sizeof(name)) {
		memcpy(name, word, len);
		name[equals ? (size_t)(equals - word) : len] = '\0';
		field = nb_field(object->table, name);
		if (equals) {
			json_object_set_new(out, name, json_integer(strtol(equals + 1, NULL, 10)));
		} else if (field >= 0 && inner) {
			const struct nb_object *to = nb_ref_at(nb, object, field);

			json_object_set_new(out, name, to ? nb_nested(nb, to, inner) : json_null());
		} else if (field >= 0) {
			json_object_set_new(out, name, field_output(nb, object, (size_t)field));
		}
	}
}

json_t *nb_nested(struct lab_netbox *nb, const struct nb_object *object, const char *spec)
{
	const struct nb_model *model = object->table->model;
	json_t *out = json_object();

	if (!spec)
		spec = model->nested ? model->nested : model->brief;
	while (*spec && *spec != '}') {
		size_t len = strcspn(spec, " {}");
		const char *inner = spec[len] == '{' ? spec + len + 1 : NULL;

		if (inner && strncmp(spec, "nat_outside", len) == 0)
			json_object_set_new(out, "nat_outside", json_array());
		else
			nested_word(nb, object, spec, len, inner, out);
		spec += len;
		if (inner)
			spec += strcspn(spec, "}") + 1;
		spec += strspn(spec, " ");
	}
	return out;
}

static void select_all(struct nb_call *call, bool on)
{
	struct nb_select *select = &call->select;
	bool stamps = on && !call->table->model->no_log;
	size_t i;

	select->id = select->url = select->display_url = select->display = on;
	select->created = select->last_updated = stamps;
	for (i = 0; i < call->table->n_fields; i++)
		select->on[i] = on && nb_has(call->nb, call->table->fields[i].features);
}

static bool is_without(const struct nb_model *model, const char *word)
{
	return model->without && nb_type_allowed(model->without, word);
}

static void select_word(struct nb_call *call, const char *word, bool on)
{
	struct nb_select *select = &call->select;
	int field = nb_field(call->table, word);

	if (sb_streq(word, "id"))
		select->id = on;
	else if (sb_streq(word, "url"))
		select->url = on;
	else if (sb_streq(word, "display_url"))
		select->display_url = on;
	else if (sb_streq(word, "display"))
		select->display = on;
	else if (sb_streq(word, "created"))
		select->created = on && !call->table->model->no_log;
	else if (sb_streq(word, "last_updated"))
		select->last_updated = on && !call->table->model->no_log;
	else if (field >= 0)
		select->on[field] = on && nb_has(call->nb, call->table->fields[field].features);
}

static void select_words(struct nb_call *call, const char *list, bool on)
{
	char word[64];

	while (*list) {
		size_t len = strcspn(list, ",");

		if (len < sizeof(word)) {
			memcpy(word, list, len);
			word[len] = '\0';
			select_word(call, word, on);
		}
		list += len;
		list += *list == ',';
	}
}

void nb_select_parse(struct nb_call *call)
{
	const char *fields = lab_param(&call->params, "fields");
	const char *omit = lab_param(&call->params, "omit");
	const char *brief = lab_param(&call->params, "brief");
	const char *exclude = lab_param(&call->params, "exclude");
	bool reads =
		sb_streq(call->request->method, "GET") || sb_streq(call->request->method, "HEAD");

	if (!nb_has_bulk(call))
		fields = omit = brief = NULL; /* plain views do not know them */
	memset(&call->select, 0, sizeof(call->select));
	select_all(call, !(fields && *fields));
	if (fields && *fields)
		select_words(call, fields, true);
	else if (omit && *omit)
		select_words(call, omit, false);
	else if (brief && *brief && reads)
		call->select.brief = call->table->model->brief;
	if (exclude && strstr(exclude, "config_context") && !nb_has(call->nb, NB_FIELDS_47))
		select_word(call, "config_context", false);
	call->select.prunes = (fields && *fields) || (omit && *omit);
	call->select.display_url &= !is_without(call->table->model, "display_url");
	call->select.display &= !is_without(call->table->model, "display");
	call->select.created &= !is_without(call->table->model, "created");
	call->select.last_updated &= !is_without(call->table->model, "last_updated");
}

json_t *nb_output(struct nb_call *call, const struct nb_object *object)
{
	const struct nb_select *select = &call->select;
	struct lab_netbox *nb = call->nb;
	json_t *out;
	size_t i;

	if (select->brief)
		return nb_nested(nb, object, select->brief);
	out = json_object();
	if (select->id)
		json_object_set_new(out, "id", json_integer(object->id));
	if (select->url)
		json_object_set_new(out, "url", nb_url(nb, object, true));
	if (select->display_url)
		json_object_set_new(out, "display_url", nb_url(nb, object, false));
	if (select->display)
		json_object_set_new(out, "display", display_json(nb, object));
	for (i = 0; i < object->table->n_fields; i++)
		if (select->on[i] &&
		    !(object->table->fields[i].flags & (NB_HIDDEN | NB_WRITE_ONLY)))
			json_object_set_new(out, object->table->fields[i].name,
					    field_output(nb, object, i));
	if (select->created)
		json_object_set_new(out, "created", time_json(object->created_us));
	if (select->last_updated)
		json_object_set_new(out, "last_updated", time_json(object->updated_us));
	return out;
}
