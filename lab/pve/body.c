/* SPDX-License-Identifier: Apache-2.0 */
/* Parameters of a request: its query, and a body that is a form or JSON. */
#include "pve/answer.h"

/* A scalar as a form has it: true is 1. New text; NULL for other values, and out of memory. */
static char *scalar_text(const json_t *value)
{
	char number[32];

	if (json_is_string(value))
		return strdup(json_string_value(value));
	if (json_is_boolean(value))
		return strdup(json_is_true(value) ? "1" : "0");
	if (!json_is_integer(value))
		return NULL;
	snprintf(number, sizeof(number), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	return strdup(number);
}

static int add_json(struct lab_params *params, const json_t *body)
{
	const char *key;
	json_t *value, *item;
	size_t i;

	json_object_foreach ((json_t *)body, key, value) {
		sb_autofree char *text = scalar_text(value);

		if (text && lab_params_add(params, key, text) < 0)
			return -1;
		/* A list is a repeated key. */
		json_array_foreach (value, i, item) {
			sb_autofree char *one = scalar_text(item);

			if (one && lab_params_add(params, key, one) < 0)
				return -1;
		}
	}
	return 0;
}

/* The words of the JSON parser of Proxmox VE, for the first error that it finds. */
static void refuse_json(struct pve_call *call, const char *body)
{
	static const char where[] = "at /usr/share/perl5/PVE/APIServer/AnyEvent.pm line 934.";
	sb_autojson *text = *body == '{'
				    ? json_sprintf("'\"' expected, at character offset 1 (before "
						   "\"%.*s\") %s",
						   (int)strcspn(body + 1, "}"), body + 1, where)
				    : json_sprintf("malformed JSON string, neither tag, array, "
						   "object, number, string or atom, at character "
						   "offset 0 (before \"%s\") %s",
						   body, where);
	sb_autojson *line = json_sprintf("%s\n", json_string_value(text));

	pve_refuse_empty(call, 500, json_string_value(text) ? json_string_value(text) : "");
	call->answer->text = json_string_value(line) ? strdup(json_string_value(line)) : NULL;
	call->answer->text_type = "text/plain";
}

/* Add the parameters of the query; each replaces those of the body with its name. */
static int add_query(struct lab_params *params, const char *query)
{
	struct lab_params more;
	int rc = lab_params_parse(&more, query);

	for (size_t i = 0; !rc && i < more.n; i++)
		lab_params_remove(params, more.list[i].key);
	for (size_t i = 0; !rc && i < more.n; i++)
		rc = lab_params_add(params, more.list[i].key, more.list[i].value);
	lab_params_finish(&more);
	return rc;
}

bool pve_read_params(struct pve_call *call, struct lab_params *params)
{
	const struct lab_request *request = call->request;
	const char *body = request->body;
	bool has_body =
		body && (sb_streq(request->method, "POST") || sb_streq(request->method, "PUT"));

	if (has_body && request->content_type &&
	    sb_starts_with(request->content_type, "application/json")) {
		sb_autojson *json = json_loads(body, 0, NULL);

		if (!json_is_object(json)) {
			refuse_json(call, body);
			return false;
		}
		add_json(params, json);
	} else if (has_body) {
		lab_params_parse(params, body);
	}
	add_query(params, request->query);
	return true;
}
