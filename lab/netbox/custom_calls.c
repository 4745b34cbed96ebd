/* SPDX-License-Identifier: Apache-2.0 */
/* Calls below the path of custom objects that are not about the objects of one table. */
#include "custom.h"

#include <stdio.h>
#include <string.h>

static void set_answer(struct nb_call *call, int status, json_t *json)
{
	call->answer->status = status;
	call->answer->json = json;
}

static void add_link(const struct nb_call *call, json_t *out, const char *name)
{
	json_object_set_new(out, name,
			    json_sprintf("%s/api/" NB_CUSTOM_PATH "%s/", call->nb->base, name));
}

/* The endpoints of the plugin: its models and one list per type. */
static void list_endpoints(struct nb_call *call)
{
	const struct nb_table *types = nb_table(call->nb, NB_CUSTOM_TYPE);
	json_t *out = json_object();
	uint32_t id;

	add_link(call, out, "custom-object-types");
	add_link(call, out, "custom-object-type-fields");
	add_link(call, out, "linked-objects");
	for (id = 1; id < types->next_id; id++)
		if (types->rows[id])
			add_link(call, out, nb_text(types->rows[id], "slug"));
	set_answer(call, 200, out);
}

/* The custom objects that refer to an object by one field. */
static void add_linked(struct nb_call *call, const struct nb_object *to,
		       const struct nb_table *from, const char *field, json_t *results)
{
	struct nb_call own = *call;
	const struct nb_link *link = nb_referrers(call->nb, to, from->model->type, field, NULL);

	own.table = (struct nb_table *)(uintptr_t)from;
	lab_params_parse(&own.params, "");
	nb_select_parse(&own);
	for (; link && nb_may(&own, "view"); link = link->next)
		if (nb_is_visible(&own, link->from))
			json_array_append_new(
				results,
				json_pack("{s:o, s:s, s:o}", "custom_object_type",
					  nb_nested(call->nb, nb_custom_type_row(call->nb, from),
						    NULL),
					  "field_name", field, "object",
					  nb_output(&own, link->from)));
}

static void list_linked(struct nb_call *call)
{
	const char *type = lab_param(&call->params, "object_type");
	const char *id = lab_param(&call->params, "object_id");
	const struct nb_object *to;
	json_t *results;
	size_t t, i;

	if (!type || !id || !*type || !*id || !strchr(type, '.') ||
	    !nb_type_known(call->nb, type)) {
		set_answer(
			call, 400,
			!type || !id || !*type || !*id
				? json_pack("[s]", "Both 'object_type' and 'object_id' query "
						   "parameters are required.")
			: !strchr(type, '.')
				? json_pack("[s]", "'object_type' must be in the format "
						   "'app_label.model'.")
				: json_pack("[o]", json_sprintf("Object type '%s' does not exist.",
								type)));
		return;
	}
	call->table = nb_table(call->nb, type);
	to = call->table ? nb_find(call->table, strtoll(id, NULL, 10)) : NULL;
	if (!to || !nb_may(call, "view") || !nb_is_visible(call, to)) {
		set_answer(call, 404, json_pack("{s:s}", "detail", "Not found."));
		return;
	}
	results = json_array();
	for (t = call->nb->n_models; t < call->nb->n_tables; t++)
		for (i = 0; i < call->nb->tables[t].n_fields; i++)
			if (call->nb->tables[t].fields[i].kind == NB_FK &&
			    sb_streq(call->nb->tables[t].fields[i].target, type))
				add_linked(call, to, &call->nb->tables[t],
					   call->nb->tables[t].fields[i].name, results);
	set_answer(call, 200,
		   json_pack("{s:I, s:o}", "count", (json_int_t)json_array_size(results), "results",
			     results));
}

static void preview_schema(struct nb_call *call, const json_t *document)
{
	json_t *errors;

	if (!json_is_object(document)) {
		set_answer(call, 400,
			   json_pack("{s:[s]}", "non_field_errors",
				     "Request body must be a JSON/YAML object."));
		return;
	}
	errors = nb_custom_schema_errors(call->nb, document);
	if (json_array_size(errors)) {
		set_answer(call, 400, json_pack("{s:o}", "schema_errors", errors));
		return;
	}
	json_decref(errors);
	set_answer(call, 200, json_pack("{s:o}", "diffs", nb_custom_diffs(call->nb, document)));
}

static void schema_call(struct nb_call *call, bool applies)
{
	sb_autojson *body = NULL;

	call->table = nb_table(call->nb, NB_CUSTOM_TYPE);
	if (!sb_streq(call->request->method, "POST")) {
		set_answer(call, 405,
			   json_pack("{s:o}", "detail",
				     json_sprintf("Method \"%s\" not allowed.",
						  call->request->method)));
		return;
	}
	if (applies && call->token_only_reads) {
		set_answer(call, 403,
			   json_pack("{s:s}", "detail",
				     "You do not have permission to perform this action."));
		return;
	}
	if (applies && !(nb_may(call, "add") && nb_may(call, "change"))) {
		set_answer(
			call, 403,
			json_pack("{s:s}", "detail",
				  "You do not have permission to apply a schema document. Both add "
				  "and change permissions on CustomObjectType are required."));
		return;
	}
	body = nb_body(call);
	if (call->answer->status)
		return;
	if (!applies) {
		preview_schema(call, body);
		return;
	}
	nb_custom_apply(call, body);
	nb_finish_write(call);
}

bool nb_custom_call(struct nb_call *call, const char *path)
{
	if (!nb_has(call->nb, NB_CUSTOM_OBJECTS) || !sb_starts_with(path, NB_CUSTOM_PATH))
		return false;
	path += strlen(NB_CUSTOM_PATH);
	if (*path && !sb_streq(path, "linked-objects/") && !sb_streq(path, "schema/preview/") &&
	    !sb_streq(path, "schema/apply/"))
		return false;
	if (!nb_known(call))
		return true;
	if (!*path)
		list_endpoints(call);
	else if (*path == 'l')
		list_linked(call);
	else
		schema_call(call, sb_streq(path, "schema/apply/"));
	return true;
}

/* Who may read nothing learns that as well. */
bool nb_custom_unknown(struct nb_call *call, const char *path)
{
	const char *slash, *end;

	if (!nb_has(call->nb, NB_CUSTOM_OBJECTS) || !sb_starts_with(path, NB_CUSTOM_PATH))
		return false;
	slash = strchr(path + strlen(NB_CUSTOM_PATH), '/');
	if (!slash)
		return false;
	end = slash + 1 + strspn(slash + 1, "0123456789");
	if (slash[1] && (end == slash + 1 || !sb_streq(end, "/")))
		return false;
	if (nb_known(call))
		set_answer(call, 404, json_pack("{s:s}", "detail", "Not found."));
	return true;
}
