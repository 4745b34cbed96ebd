/* SPDX-License-Identifier: Apache-2.0 */
/* Data that the rules of adoption need: which tools have written into NetBox, and their rows. */
#include "diff/origin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "diff/elsewhere.h"
#include "model/extras.h"
#include "run/policies.h"
#include "run/question.h"
#include "stagebox/json.h"

#define TOOLS_QUESTION "?tools"
#define PLUGIN         "plugins/proxbox/"

/* The two requests about other tools, while they are open. */
struct tools {
	struct sb_run *run;
	unsigned outstanding;
	size_t *open;
	struct sb_error fields_why, plugin_why;
	json_t *found; /* {"plugin": bool, "fields": {name: [object types]}} */
};

static void note_tools_answer(struct tools *tools)
{
	struct sb_run *run = tools->run;
	int rc;

	if (--tools->outstanding)
		return;
	/* HTTP 404 proves that the plugin is not installed; any other error leaves that unknown. */
	if (tools->plugin_why.code && tools->plugin_why.http_status != 404) {
		rc = sb_reason_put(run->snap->asked, PLUGIN, &tools->plugin_why);
		if (rc < 0)
			run->failed_rc = rc;
	}
	if (tools->fields_why.code)
		rc = sb_reason_put(run->snap->asked, TOOLS_QUESTION, &tools->fields_why);
	else
		rc = sb_table_put(run->snap->asked, TOOLS_QUESTION, "");
	if (rc < 0)
		run->failed_rc = rc;
	json_decref(run->snap->tools);
	run->snap->tools = tools->found;
	(*tools->open)--;
	free(tools);
}

static void take_plugin_answer(void *arg, const json_t *data, const struct sb_error *why)
{
	struct tools *tools = arg;

	if (!data && why)
		tools->plugin_why = *why;
	json_object_set_new(tools->found, "plugin", json_boolean(data != NULL));
	note_tools_answer(tools);
}

static void take_fields_answer(void *arg, const json_t *data, const struct sb_error *why)
{
	struct tools *tools = arg;
	json_t *fields = json_object(), *field;
	size_t i;

	json_object_set_new(tools->found, "fields", fields);
	if (!data && why)
		tools->fields_why = *why;
	else if ((size_t)json_integer_value(json_object_get(data, "count")) !=
		 json_array_size(json_object_get(data, "results")))
		sb_fail(&tools->fields_why, SB_E_STATE,
			"NetBox returned an incomplete list of custom fields");
	json_array_foreach (json_object_get(data, "results"), i, field) {
		const char *name = sb_json_str(field, "name");

		if (name)
			json_object_set(fields, name, json_object_get(field, SB_MEMBER_TYPES));
	}
	note_tools_answer(tools);
}

int sb_origin_ask_tools(struct sb_run *run, size_t *open, struct sb_error *err)
{
	struct tools *tools = calloc(1, sizeof(*tools));
	sb_autofree char *fields = NULL;
	sb_autobuf path = SB_BUF_INIT(4200);
	int rc;

	if (tools)
		tools->found = json_object();
	if (!tools || !tools->found) {
		free(tools);
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	tools->run = run;
	tools->open = open;
	tools->outstanding = 2;
	(*open)++;
	fields = sb_adopt_fields_query(sb_registry_kinds(run->registry));
	sb_buf_addf(&path, "extras/custom-fields/?%s&fields=id,name,object_types",
		    fields ? fields : "");
	rc = sb_netbox_get(run->netbox, sb_buf_str(&path), take_fields_answer, tools, err);
	if (rc < 0) {
		(*open)--;
		json_decref(tools->found);
		free(tools);
		return rc;
	}
	/* The first request owns `tools` now. When the second cannot be sent, the run fails and its
	 * session cancels the first. */
	return sb_netbox_get(run->netbox, PLUGIN, take_plugin_answer, tools, err);
}

#define DEFAULTS_QUESTION "custom-field?defaults"

struct defaults {
	struct sb_run *run;
	size_t *open;
};

static void take_defaults_answer(void *arg, const json_t *data, const struct sb_error *why)
{
	struct defaults *defaults = arg;
	struct sb_run *run = defaults->run;
	const json_t *list = json_object_get(data, "results"), *field;
	struct sb_error incomplete = SB_ERROR_INIT;
	size_t i;
	int rc;

	if (data &&
	    (size_t)json_integer_value(json_object_get(data, "count")) != json_array_size(list)) {
		sb_fail(&incomplete, SB_E_STATE,
			"NetBox returned an incomplete list of custom fields");
		why = &incomplete;
	}
	json_decref(run->snap->defaults);
	run->snap->defaults = json_object();
	json_array_foreach (list, i, field) {
		const char *name = sb_json_str(field, "name");

		if (name)
			json_object_set(run->snap->defaults, name,
					json_object_get(field, "default"));
	}
	if (!data || incomplete.code)
		rc = sb_reason_put(run->snap->asked, DEFAULTS_QUESTION, why);
	else
		rc = sb_table_put(run->snap->asked, DEFAULTS_QUESTION, "");
	if (rc < 0)
		run->failed_rc = rc;
	(*defaults->open)--;
	free(defaults);
}

int sb_origin_ask_defaults(struct sb_run *run, size_t *open, struct sb_error *err)
{
	struct defaults *defaults = malloc(sizeof(*defaults));
	int rc;

	if (!defaults)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	*defaults = (struct defaults){run, open};
	(*open)++;
	rc = sb_netbox_get(run->netbox, "extras/custom-fields/?limit=1000&fields=id,name,default",
			   take_defaults_answer, defaults, err);
	if (rc < 0) {
		(*open)--;
		free(defaults);
	}
	return rc;
}

static bool has_custom_field(const struct sb_run *run, const char *name, const struct sb_kind *kind)
{
	const json_t *types = json_object_get(json_object_get(run->snap->tools, "fields"), name);
	const json_t *type;
	size_t i;

	json_array_foreach (types, i, type) {
		if (json_is_string(type) && sb_streq(json_string_value(type), kind->object_type))
			return true;
	}
	return false;
}

int sb_origin_has_rule(struct sb_pass *pass, const struct sb_adopt_rule *rule, bool *ret_has,
		       bool *ret_asked, struct sb_error *ret_why)
{
	const struct sb_run *run = pass->run;
	const char *answer;

	*ret_has = false;
	if (!rule->path && !rule->needs_field) {
		*ret_has = true;
		return 0;
	}
	answer = sb_table_get(run->snap->asked, TOOLS_QUESTION);
	if (!answer) {
		*ret_asked = true;
		return sb_question_add(pass->run, SB_ASK_TOOLS, pass->kind, TOOLS_QUESTION, "");
	}
	if (rule->path) {
		answer = sb_table_get(run->snap->asked, PLUGIN);
		*ret_has = !answer && json_is_true(json_object_get(run->snap->tools, "plugin"));
	} else {
		*ret_has = has_custom_field(run, rule->needs_field, pass->kind);
	}
	if (answer && *answer)
		sb_reason_get(answer, ret_why);
	return 0;
}

bool sb_origin_text(const json_t *row, const char *path, char ret_text[256])
{
	size_t len = strcspn(path, "/");
	const json_t *value = json_object_getn(row, path, len);

	if (path[len])
		return sb_origin_text(value, path + len + 1, ret_text);
	if (json_is_integer(value))
		snprintf(ret_text, 256, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_string(value) && *json_string_value(value))
		snprintf(ret_text, 256, "%s", json_string_value(value));
	else
		return false;
	return true;
}

bool sb_origin_value(const json_t *row, const struct sb_adopt_check *check, char ret_text[256])
{
	char text[256];

	if (!sb_origin_text(row, check->member, text))
		return false;
	if (check->match == SB_MATCH_HOST)
		sb_adopt_host(text, ret_text);
	else
		memcpy(ret_text, text, sizeof(text));
	return true;
}

json_t *sb_origin_rows(const struct sb_run *run, const char *index)
{
	return sb_table_get_json(run->snap->origins, index);
}

/* Two questions may return the same row: index it once. */
static int index_row(struct sb_run *run, const char *index, const json_t *row)
{
	sb_autojson *all = sb_table_get_json(run->snap->origins, index);
	const json_t *other;
	size_t i;

	if (!all)
		all = json_array();
	json_array_foreach (all, i, other) {
		if (json_equal(json_object_get(other, "id"), json_object_get(row, "id")))
			return 0;
	}
	if (json_array_append(all, (json_t *)(uintptr_t)row) < 0)
		return SB_E_NOMEM;
	return sb_table_put_json(run->snap->origins, index, all);
}

int sb_origin_take(struct sb_run *run, const struct sb_adopt_rule *rule, const struct sb_kind *kind,
		   const json_t *row)
{
	sb_autojson *kept =
		rule && rule->path ? json_deep_copy(row) : sb_value_flatten_whole(kind, row);
	sb_autobuf index = SB_BUF_INIT(512);
	char text[256];
	int rc = 0;

	if (!kept)
		return SB_E_SHAPE;
	if (!rule) {
		sb_buf_addf(&index, "%s#%" JSON_INTEGER_FORMAT, kind->name,
			    json_integer_value(json_object_get(kept, "id")));
		return sb_table_put_json(run->snap->origins, sb_buf_str(&index), kept);
	}
	if (sb_origin_value(kept, &rule->checks[0], text)) {
		sb_buf_addf(&index, "%s:%s", rule->name, text);
		rc = index_row(run, sb_buf_str(&index), kept);
	}
	sb_buf_reset(&index);
	if (!rc && rule->target) {
		char path[64];

		snprintf(path, sizeof(path), "%s/id", rule->target);
		if (!sb_origin_text(kept, path, text))
			return 0;
		sb_buf_addf(&index, "%s@%s", rule->name, text);
		rc = index_row(run, sb_buf_str(&index), kept);
	}
	return rc;
}

/* Index a row by the references to parts that it holds, like a primary address. */
static int index_by_references(struct sb_run *run, const struct sb_kind *kind, const json_t *row)
{
	const struct sb_kind_field *field;
	char index[200];
	int rc = 0;

	for (field = kind->fields; !rc && field->name; field++) {
		const json_t *id = json_object_get(row, field->name);

		if (!json_is_integer(id) || !sb_field_empties(run, field))
			continue;
		sb_elsewhere_index(kind, field->name, json_integer_value(id), index);
		rc = index_row(run, index, row);
	}
	return rc;
}

int sb_origin_take_attached(struct sb_run *run, const struct sb_kind *kind, const json_t *row)
{
	sb_autojson *whole = sb_value_flatten_whole(kind, row);
	const json_t *owner =
		kind->parent_field ? json_object_get(whole, kind->parent_field) : NULL;
	const char *type = sb_json_str(owner, "type");
	const struct sb_kind_field *field =
		kind->parent_field ? sb_kind_field(kind, kind->parent_field) : NULL;
	const struct sb_kind *parent = NULL;
	char index[200];

	if (field && field->type == SB_FIELD_REF && json_is_integer(owner))
		parent = sb_kinds_find(sb_registry_kinds(run->registry), field->kind);
	if (parent) {
		snprintf(index, sizeof(index), "%s on %s %" JSON_INTEGER_FORMAT, kind->name,
			 parent->object_type, json_integer_value(owner));
		return index_row(run, index, whole);
	}

	if (whole && !kind->parent_field)
		return index_by_references(run, kind, whole);
	if (!whole || !type)
		return SB_E_SHAPE;
	snprintf(index, sizeof(index), "%s on %s %" JSON_INTEGER_FORMAT, kind->name, type,
		 json_integer_value(json_object_get(owner, "id")));
	return index_row(run, index, whole);
}
