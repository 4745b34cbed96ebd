/* SPDX-License-Identifier: Apache-2.0 */
/* Route a request: authenticate the user, find the model and the object, and choose the call. */
#include "branching.h"
#include "custom.h"
#include "status.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define MAX_BODY_BYTES 2621440

static void answer_detail(struct nb_call *call, int status, const char *text)
{
	call->answer->status = status;
	call->answer->json = json_pack("{s:s}", "detail", text);
}

void nb_not_found_page(struct nb_call *call)
{
	call->answer->status = 404;
	call->answer->text = strdup("<!doctype html>\n<html lang=\"en\">\n<head><title>Not Found"
				    "</title></head>\n<body><h1>Not Found</h1></body>\n</html>\n");
	call->answer->text_type = "text/html; charset=utf-8";
}

static bool is_method(const struct nb_call *call, const char *method)
{
	return sb_streq(call->request->method, method);
}

static bool is_read(const struct nb_call *call)
{
	return is_method(call, "GET") || is_method(call, "HEAD");
}

/* Parse the body. New reference; NULL without a body, or with an error as answer. */
json_t *nb_body(struct nb_call *call)
{
	const struct lab_request *request = call->request;
	json_error_t error;
	json_t *body;

	/* A chunked body counts as empty, because the server reads by Content-Length only. */
	if (!request->body || !request->body_len || request->chunked)
		return NULL;
	if (request->body_len > MAX_BODY_BYTES) {
		nb_answer_exception(call, "RequestDataTooBig",
				    "Request body exceeded settings.DATA_UPLOAD_MAX_MEMORY_SIZE.");
		return NULL;
	}
	if (request->content_type && !strstr(request->content_type, "json")) {
		char text[256];

		snprintf(text, sizeof(text), "Unsupported media type \"%s\" in request.",
			 request->content_type);
		answer_detail(call, 415, text);
		return NULL;
	}
	body = json_loadb(request->body, request->body_len, JSON_DECODE_ANY | JSON_ALLOW_NUL,
			  &error);
	if (!body) {
		char text[256];

		snprintf(text, sizeof(text), "JSON parse error - %.*s: line %d column %d", 120,
			 error.text, error.line, error.column);
		answer_detail(call, 400, text);
	}
	return body;
}

void nb_finish_write(struct nb_call *call)
{
	if (call->answer->status >= 200 && call->answer->status < 300)
		nb_commit(call->nb);
	else
		nb_rollback(call->nb, 0);
	nb_custom_follow(call->nb);
}

static void etag_header(struct nb_call *call, const struct nb_object *object)
{
	char etag[64];

	if (!nb_has(call->nb, NB_ETAG) || call->table->model->no_log ||
	    call->table->model->is_plain)
		return;
	nb_etag(object, etag);
	lab_answer_header(call->answer, "ETag", etag);
}

static void create_one(struct nb_call *call, const json_t *body)
{
	sb_autojson *nothing = json_object();
	struct nb_object *object = nb_write_object(call, NULL, body ? body : nothing, true);
	json_t *url;

	if (!object) {
		nb_answer_failure(call);
		return;
	}
	call->answer->status = 201;
	call->answer->json = nb_output(call, object);
	etag_header(call, object);
	url = json_object_get(call->answer->json, "url");
	if (url)
		lab_answer_header(call->answer, "Location", json_string_value(url));
}

/* Bulk writes in the background need a worker, which the lab does not have. */
static bool in_background(struct nb_call *call)
{
	const char *wanted = lab_param(&call->params, "background");

	if (!wanted || !sb_streq(wanted, "true") || !nb_has(call->nb, NB_BULK_ERRORS))
		return false;
	if (call->table->of_type) {
		call->answer->status = 400;
		call->answer->json = json_pack(
			"[s]", "Background processing is not supported for custom objects.");
	} else if (call->request->if_match) {
		call->answer->status = 400;
		call->answer->json =
			json_pack("[s]", "If-Match is not supported for background requests.");
	} else {
		answer_detail(call, 503,
			      "Unable to process request: RQ worker process not running.");
	}
	return true;
}

/* Older versions of custom objects, and branches, have calls on one object only. */
bool nb_has_bulk(const struct nb_call *call)
{
	return !call->table->model->is_plain &&
	       (!call->table->of_type || nb_has(call->nb, NB_CUSTOM_BULK));
}

static void list_call(struct nb_call *call)
{
	sb_autojson *body = NULL;

	if (is_read(call)) {
		nb_list(call);
		return;
	}
	if (is_method(call, "OPTIONS")) {
		nb_options(call, false);
		return;
	}
	body = nb_body(call);
	if (call->answer->status || (json_is_array(body) && in_background(call)))
		return;
	if (is_method(call, "POST") && json_is_array(body) && nb_has_bulk(call))
		nb_bulk_create(call, body);
	else if (is_method(call, "POST"))
		create_one(call, body);
	else if (!json_is_array(body))
		nb_bulk_wrong_type(call, body);
	else if (is_method(call, "DELETE"))
		nb_bulk_delete(call, body);
	else
		nb_bulk_update(call, body, is_method(call, "PUT"));
	nb_finish_write(call);
}

static void change_one(struct nb_call *call, struct nb_object *object, const json_t *body)
{
	sb_autojson *nothing = json_object();

	if (!nb_write_object(call, object, body ? body : nothing, is_method(call, "PUT"))) {
		nb_answer_failure(call);
		return;
	}
	call->answer->status = 200;
	call->answer->json = nb_output(call, object);
	etag_header(call, object);
}

static void delete_one(struct nb_call *call, struct nb_object *object, const json_t *body)
{
	if (!nb_message(call, body) || nb_delete_object(call, object, false) < 0)
		nb_answer_failure(call);
	else
		call->answer->status = 204;
}

static void detail_call(struct nb_call *call, int64_t id)
{
	struct nb_object *object = nb_find(call->table, id);
	sb_autojson *body = NULL;
	char text[128];

	if (!object || !nb_is_visible(call, object)) {
		snprintf(text, sizeof(text), "No %s matches the given query.",
			 call->table->model->class);
		answer_detail(call, 404, text);
		return;
	}
	if (is_method(call, "OPTIONS")) {
		nb_options(call, true);
		return;
	}
	if (is_read(call)) {
		call->answer->status = 200;
		call->answer->json = nb_output(call, object);
		etag_header(call, object);
		return;
	}
	body = nb_body(call);
	if (call->answer->status || !nb_match(call, object))
		return;
	if (is_method(call, "DELETE"))
		delete_one(call, object, body);
	else
		change_one(call, object, body);
	nb_finish_write(call);
}

static bool method_fits(struct nb_call *call, bool detail_path)
{
	bool writes = is_method(call, "PUT") || is_method(call, "PATCH") ||
		      is_method(call, "DELETE") || (is_method(call, "POST") && !detail_path);
	char text[64];

	writes = writes && (detail_path || is_method(call, "POST") || nb_has_bulk(call));
	if (is_read(call) || is_method(call, "OPTIONS") ||
	    (writes && !call->table->model->read_only))
		return true;
	snprintf(text, sizeof(text), "Method \"%s\" not allowed.", call->request->method);
	answer_detail(call, 405, text);
	return false;
}

/* Find the end of the path of a model; paths of plugins have more than two words. */
static const char *table_end(const struct lab_netbox *nb, const char *path)
{
	size_t i;

	for (i = 0; i < nb->n_tables; i++) {
		const char *own = nb->tables[i].model->path;

		if (strncmp(own, path, strlen(own)) == 0 && path[strlen(own)] == '/' &&
		    nb_served(nb, &nb->tables[i]))
			return path + strlen(own);
	}
	return NULL;
}

void nb_table_call(struct nb_call *call, const char *rest)
{
	int64_t id = 0;

	if (*rest) {
		char *end;

		id = strtoll(rest, &end, 10);
		if (!sb_streq(end, "/") || id < 0) {
			if (!nb_custom_unknown(call, call->request->path + strlen("/api/")))
				nb_not_found_page(call);
			return;
		}
	}
	if (!nb_known(call) || !nb_permitted(call) || !method_fits(call, id != 0))
		return;
	nb_select_parse(call);
	if (*rest)
		detail_call(call, id);
	else
		list_call(call);
}

/* Carry out a call on a list ("virtualization/virtual-machines/") or on an object ("...41/"). */
static void object_call(struct nb_call *call, const char *path)
{
	const char *end = table_end(call->nb, path);

	call->table = end ? nb_table_at(call->nb, path, (size_t)(end - path)) : NULL;
	if (call->table)
		nb_table_call(call, end + 1);
	else if (!nb_custom_unknown(call, path))
		nb_not_found_page(call);
}

/* Without the slash at the end NetBox redirects GET and refuses all other methods. */
static bool check_last_slash(struct nb_call *call)
{
	const char *path = call->request->path;
	sb_autobuf to = SB_BUF_INIT(1 << 16);

	if (path[strlen(path) - 1] == '/')
		return true;
	if (!is_read(call)) {
		nb_not_found_page(call);
		return false;
	}
	sb_buf_addf(&to, "%s/%s%s", path, *call->request->query ? "?" : "", call->request->query);
	call->answer->status = 301;
	lab_answer_header(call->answer, "Location", sb_buf_str(&to));
	return false;
}

static void make_request_id(struct nb_call *call)
{
	uint64_t a = nb_mix(0x7265717565737431u, ++call->nb->requests);
	uint64_t b = nb_mix(0x7265717565737432u, call->nb->requests);

	snprintf(call->request_id, sizeof(call->request_id), "%08x-%04x-4%03x-8%03x-%012llx",
		 (unsigned)(a >> 32), (unsigned)(a >> 16) & 0xffff, (unsigned)a & 0xfff,
		 (unsigned)(b >> 48) & 0xfff, (unsigned long long)(b & 0xffffffffffffu));
}

static void route_path(struct nb_call *call, const char *path)
{
	if (nb_custom_call(call, path) || nb_branching_call(call, path))
		return; /* answered */
	if (!nb_status_path(call, path))
		object_call(call, path);
	else if (nb_known(call))
		nb_status(call, path);
}

static void route_request(struct nb_call *call)
{
	const char *path = call->request->path;

	if (!sb_starts_with(path, "/api/") && !sb_streq(path, "/api")) {
		nb_not_found_page(call);
		return;
	}
	if (!check_last_slash(call))
		return;
	path += strlen("/api/");
	if (lab_params_parse(&call->params, call->request->query) < 0) {
		nb_answer_exception(call, "MemoryError", "out of memory");
		return;
	}
	if (nb_branch_enter(call, path))
		route_path(call, path);
	nb_branch_leave(call);
	lab_params_finish(&call->params);
}

void lab_netbox_handle(struct lab_netbox *netbox, const struct lab_request *request, int64_t now_us,
		       struct lab_answer *ret_answer)
{
	struct nb_call call = {
		.nb = netbox, .request = request, .answer = ret_answer, .now_us = now_us};

	netbox->new_token = 0;
	if (netbox->branching)
		nb_jobs_turn(netbox, now_us);
	make_request_id(&call);
	lab_answer_header(ret_answer, "X-Request-ID", call.request_id);
	lab_answer_header(ret_answer, "API-Version", netbox->version->name);
	lab_answer_header(ret_answer, "Vary", "Accept, Cookie");
	route_request(&call);
	if (sb_streq(request->method, "HEAD")) {
		json_decref(ret_answer->json);
		ret_answer->json = NULL;
	}
	nb_clear(&call);
}
