/* SPDX-License-Identifier: Apache-2.0 */
/* OPTIONS: the fields that a client may write. */
#include "call.h"

#include <ctype.h>
#include <string.h>

static const char *type_word(const struct nb_field *field)
{
	switch (field->kind) {
	case NB_STR:
	case NB_PREFIX:
	case NB_ADDRESS:
	case NB_MAC:
	case NB_MAC_INPUT: return "string";
	case NB_SLUG: return "slug";
	case NB_INT:
	case NB_GID:
	case NB_COUNT: return "integer";
	case NB_DEC: return "decimal";
	case NB_BOOL: return "boolean";
	case NB_DATE: return "date";
	case NB_TIME: return "datetime";
	case NB_CHOICE: return "choice";
	case NB_FK: return field->flags & NB_BY_ID ? "field" : "nested object";
	default: return "field";
	}
}

static json_t *label_of(const char *name)
{
	sb_autobuf text = SB_BUF_INIT(128);
	bool first = true;

	for (; *name; name++) {
		char c = *name == '_' ? ' ' : *name;

		if (first)
			c = (char)toupper((unsigned char)c);
		first = false;
		sb_buf_add_mem(&text, &c, 1);
	}
	return json_string(sb_buf_str(&text));
}

static json_t *describe_field(const struct nb_call *call, const struct nb_field *field)
{
	bool read_only = field->kind >= NB_OBJECT || call->table->model->read_only ||
			 (field->kind == NB_MAC_INPUT && !nb_has(call->nb, NB_MAC_WRITE));
	bool required = !read_only && field->flags & NB_REQUIRED;
	json_t *out = json_pack("{s:s, s:b, s:b, s:o}", "type", type_word(field), "required",
				required, "read_only", read_only, "label", label_of(field->name));
	const struct nb_choice *choice;
	json_t *choices;

	if (field->max_length)
		json_object_set_new(out, "max_length", json_integer(field->max_length));
	if (!field->choices || read_only)
		return out;
	choices = json_array();
	for (choice = field->choices; choice->value; choice++)
		if (nb_choice_offered(call, field->name, choice))
			json_array_append_new(choices,
					      json_pack("{s:s, s:s}", "value", choice->value,
							"display_name", choice->label));
	json_object_set_new(out, "choices", choices);
	return out;
}

static void add_plain(json_t *out, const char *name, const char *type, const char *label)
{
	json_object_set_new(out, name,
			    json_pack("{s:s, s:b, s:b, s:s}", "type", type, "required", false,
				      "read_only", true, "label", label));
}

/* A list has POST and PUT (the bulk update), as far as the user is permitted. */
static json_t *describe_actions(const struct nb_call *call, json_t *fields, bool detail)
{
	json_t *out = json_object();

	if (call->table->model->read_only)
		return out;
	if (nb_may(call, "change"))
		json_object_set(out, "PUT", fields);
	if (!detail && nb_may(call, "add"))
		json_object_set(out, "POST", fields);
	return out;
}

void nb_options(struct nb_call *call, bool detail)
{
	json_t *fields = json_object(), *answer;
	sb_autojson *actions = NULL;
	size_t i;

	add_plain(fields, "id", "integer", "ID");
	add_plain(fields, "url", "field", "Url");
	if (!call->table->model->without)
		add_plain(fields, "display_url", "field", "Display url");
	if (!call->table->model->without || call->table->of_type)
		add_plain(fields, "display", "field", "Display");
	for (i = 0; i < call->table->n_fields; i++)
		if (!(call->table->fields[i].flags & NB_HIDDEN) &&
		    nb_has(call->nb, call->table->fields[i].features))
			json_object_set_new(fields, call->table->fields[i].name,
					    describe_field(call, &call->table->fields[i]));
	if (!call->table->model->no_log) {
		add_plain(fields, "created", "datetime", "Created");
		add_plain(fields, "last_updated", "datetime", "Last updated");
	}
	answer = json_pack(
		"{s:s, s:s, s:[s], s:[s, s]}", "name",
		call->table->of_type ? call->table->model->verbose : call->table->model->class,
		"description", "", "renders", "application/json", "parses", "application/json",
		"multipart/form-data");
	actions = describe_actions(call, fields, detail);
	if (json_object_size(actions))
		json_object_set(answer, "actions", actions);
	json_decref(fields);
	call->answer->status = 200;
	call->answer->json = answer;
}
