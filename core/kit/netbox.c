/* SPDX-License-Identifier: Apache-2.0 */
/* The NetBox of a case: requests and their answers. */
#include "kit/netbox.h"

#include <ctype.h>
#include <string.h>

#include "kit/netbox_priv.h"
#include "kit/script.h"
#include "stagebox/json.h"

/* Several kinds may be of one list: their fields are those of one object. */
static void add_form(json_t *forms, const json_t *form)
{
	json_t *known = json_object_get(forms, sb_json_str(form, "path"));

	if (known) {
		json_object_update_missing(json_object_get(known, "fields"),
					   json_object_get(form, "fields"));
		json_object_update_missing(known, (json_t *)(uintptr_t)form);
	} else {
		json_object_set_new(forms, sb_json_str(form, "path"), json_deep_copy(form));
	}
}

struct sb_kit_netbox *sb_kit_netbox_create(const json_t *forms)
{
	struct sb_kit_netbox *netbox = calloc(1, sizeof(*netbox));
	const json_t *form;
	size_t i;

	if (!netbox)
		return NULL;
	netbox->forms = json_object();
	netbox->lists = json_object();
	netbox->last_ids = json_object();
	json_array_foreach (forms, i, form)
		add_form(netbox->forms, form);
	return netbox;
}

void sb_kit_netbox_destroy(struct sb_kit_netbox *netbox)
{
	if (!netbox)
		return;
	json_decref(netbox->forms);
	json_decref(netbox->lists);
	json_decref(netbox->last_ids);
	free(netbox);
}

/* A new reference to text, or to "" when it is not UTF-8: no name and no value is that. */
static json_t *text_or_empty(const struct sb_buf *text)
{
	json_t *string = json_string(sb_buf_str(text));

	return string ? string : json_string("");
}

/* Put one parameter of the query: "name=a". */
static void add_parameter(json_t *parameters, const char *text, size_t len)
{
	const char *equals = memchr(text, '=', len);
	size_t name_len = equals ? (size_t)(equals - text) : len;
	sb_autobuf name = SB_BUF_INIT(4096), value = SB_BUF_INIT(65536);
	sb_autojson *name_text = NULL;
	json_t *values;

	sb_kit_decode(&name, text, name_len);
	if (equals)
		sb_kit_decode(&value, equals + 1, len - name_len - 1);
	name_text = text_or_empty(&name);
	values = json_object_get(parameters, json_string_value(name_text));
	if (!values) {
		values = json_array();
		json_object_set_new(parameters, json_string_value(name_text), values);
	}
	json_array_append_new(values, text_or_empty(&value));
}

/* "/api/A/B/?query" or "/api/A/B/5/"; false for any other path. */
static bool parse_path(const char *path, struct sb_kit_request *request)
{
	size_t len = strcspn(path, "?"), part;
	const char *at = path + strlen("/api/"), *query = path[len] ? path + len + 1 : "";
	char *end;

	if (!sb_starts_with(path, "/api/"))
		return false;
	part = strcspn(at, "/");
	if (at[part] != '/' || at + part >= path + len)
		return false;
	part += 1 + strcspn(at + part + 1, "/?");
	if (at[part] != '/' || part >= sizeof(request->list))
		return false;
	memcpy(request->list, at, part);
	request->list[part] = '\0';
	at += part + 1;
	request->id = 0;
	if (isdigit((unsigned char)*at)) {
		request->id = strtoll(at, &end, 10);
		at = *end == '/' ? end + 1 : end;
	}
	if (at != path + len)
		return false;
	for (; *query; query += len + (query[len] != '\0')) {
		len = strcspn(query, "&");
		if (len)
			add_parameter(request->parameters, query, len);
	}
	return true;
}

static const char *first_value(const json_t *parameters, const char *name)
{
	return json_string_value(json_array_get(json_object_get(parameters, name), 0));
}

static int show_list(const struct sb_kit_netbox *netbox, const struct sb_kit_request *request,
		     json_t **ret_body, struct sb_error *err)
{
	const json_t *rows = sb_kit_rows(netbox, request->list), *row;
	const char *fields = first_value(request->parameters, "fields");
	sb_autojson *results = json_array();
	size_t i;

	json_array_foreach (rows, i, row) {
		int rc = sb_kit_row_matches(netbox, request->list, row, request->parameters, err);

		if (rc < 0)
			return rc;
		if (rc > 0)
			json_array_append_new(results,
					      sb_kit_row_shown(netbox, request->list, row, fields));
	}
	*ret_body = json_pack("{s:I, s:n, s:n, s:O}", "count", (json_int_t)json_array_size(results),
			      "next", "previous", "results", results);
	return 0;
}

/* All rows are on the first page. */
static int answer_read(const struct sb_kit_netbox *netbox, const struct sb_kit_request *request,
		       json_t **ret_line, struct sb_error *err)
{
	const json_t *row = request->id ? sb_kit_row(netbox, request->list, request->id) : NULL;
	bool is_missing = request->id && !row;
	sb_autojson *body = NULL;
	int rc = 0;

	if (is_missing)
		body = json_pack("{s:s}", "detail", "No object matches the given query.");
	else if (row)
		body = sb_kit_row_shown(netbox, request->list, row,
					first_value(request->parameters, "fields"));
	else
		rc = show_list(netbox, request, &body, err);
	if (rc < 0)
		return rc;
	*ret_line = sb_kit_line(SB_KIT_NETBOX, is_missing ? 404 : 200,
				is_missing ? "Not Found" : "OK", body);
	return body && *ret_line ? 0 : sb_fail(err, SB_E_NOMEM, "out of memory");
}

/* Create, change or delete one object of a body. *ret_row: borrowed; NULL = it was deleted, or does
 * not exist. */
static int write_object(struct sb_kit_netbox *netbox, const char *method, const char *list,
			const json_t *object, json_t **ret_row)
{
	int64_t id = json_integer_value(json_object_get(object, "id"));

	*ret_row = NULL;
	if (sb_streq(method, "DELETE")) {
		sb_kit_row_remove(netbox, list, id);
		return 0;
	}
	if (sb_streq(method, "POST"))
		id = sb_kit_row_add(netbox, list, json_object());
	if (id < 0)
		return SB_E_NOMEM;
	*ret_row = sb_kit_row(netbox, list, id);
	return *ret_row ? sb_kit_row_set(netbox, list, *ret_row, object) : 0;
}

static int answer_write(struct sb_kit_netbox *netbox, const char *method,
			const struct sb_kit_request *request, const char *text, json_t **ret_line,
			struct sb_error *err)
{
	sb_autojson *body = json_loads(text, 0, NULL), *objects = NULL, *shown = json_array();
	const char *fields = first_value(request->parameters, "fields");
	json_t *object, *row;
	size_t i;

	objects = json_is_array(body) ? json_incref(body) : json_pack("[O]", body);
	json_array_foreach (objects, i, object) {
		if (request->id)
			json_object_set_new(object, "id", json_integer(request->id));
		if (write_object(netbox, method, request->list, object, &row) < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
		if (row)
			json_array_append_new(shown,
					      sb_kit_row_shown(netbox, request->list, row, fields));
	}
	if (sb_streq(method, "DELETE"))
		*ret_line = sb_kit_line(SB_KIT_NETBOX, 204, "No Content", NULL);
	else
		*ret_line = sb_kit_line(SB_KIT_NETBOX, sb_streq(method, "POST") ? 201 : 200, "OK",
					json_is_array(body) ? shown : json_array_get(shown, 0));
	return *ret_line ? 0 : sb_fail(err, SB_E_NOMEM, "out of memory");
}

/* The answers that every NetBox gives, without rows. NULL = another path. New reference. */
static json_t *answer_fixed(const char *path)
{
	if (sb_streq(path, "/api/status/"))
		return json_pack("{s:s, s:s, s:{}}", "netbox-version", SB_KIT_API_VERSION ".3",
				 "netbox-full-version", SB_KIT_API_VERSION ".3", "plugins");
	if (sb_streq(path, "/api/authentication-check/"))
		return json_pack("{s:i, s:s}", "id", 1, "username", "stagebox");
	if (sb_streq(path, "/api/virtualization/"))
		return json_pack("{s:s}", "virtual-machine-types",
				 "http://netbox/api/virtualization/virtual-machine-types/");
	return NULL;
}

int sb_kit_netbox_answer(struct sb_kit_netbox *netbox, const char *method, const char *path,
			 const char *body, json_t **ret_line, struct sb_error *err)
{
	sb_autojson *fixed = answer_fixed(path), *parameters = json_object();
	struct sb_kit_request request = {.parameters = parameters};

	*ret_line = NULL;
	if (!fixed && sb_starts_with(path, "/api/plugins/")) {
		fixed = json_pack("{s:s}", "detail", "Not found.");
		*ret_line = sb_kit_line(SB_KIT_NETBOX, 404, "Not Found", fixed);
	} else if (fixed) {
		*ret_line = sb_kit_line(SB_KIT_NETBOX, 200, "OK", fixed);
	} else if (!parse_path(path, &request)) {
		return sb_fail(err, SB_E_UNSUPPORTED, "it is not about a list of objects");
	} else if (sb_streq(method, "GET")) {
		return answer_read(netbox, &request, ret_line, err);
	} else if (sb_streq(method, "OPTIONS")) {
		fixed = json_pack("{s:{s:{}, s:{}}}", "actions", "POST", "PUT");
		*ret_line = sb_kit_line(SB_KIT_NETBOX, 200, "OK", fixed);
	} else {
		return answer_write(netbox, method, &request, body, ret_line, err);
	}
	return *ret_line ? 0 : sb_fail(err, SB_E_NOMEM, "out of memory");
}
