/* SPDX-License-Identifier: Apache-2.0 */
/* Error texts from failing answers of NetBox, in all their shapes. */
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "net/page.h"
#include "netbox/client_priv.h"
#include "stagebox/json.h"

enum { MAX_DEPTH = 8, MAX_FIELD_NAME = 64 };

#define OUR_FIELDS "stagebox_"

struct frame {
	const struct frame *up;
	const char *name;
};

static void add_path(const struct frame *frame, struct sb_buf *to)
{
	if (!frame)
		return;
	add_path(frame->up, to);
	if (frame->up && frame->up->name[0] && frame->name[0])
		sb_buf_add(to, ".");
	sb_buf_add(to, frame->name);
}

/* Keys that do not name a field: their text is about the whole object. The last four are of an
 * exception that NetBox turned into JSON. */
static bool is_general(const char *name)
{
	static const char *const general[] = {
		"__all__", "non_field_errors", "detail",         "errors",
		"error",   "exception",        "netbox_version", "python_version"};
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(general); i++)
		if (sb_streq(name, general[i]))
			return true;
	return false;
}

static void add_text(const struct frame *frame, const char *text, struct sb_buf *to)
{
	sb_autobuf path = SB_BUF_INIT(512);

	add_path(frame, &path);
	if (to->len)
		sb_buf_add(to, "; ");
	if (path.len)
		sb_buf_addf(to, "%s: ", sb_buf_str(&path));
	for (; *text; text++) {
		char c = (unsigned char)*text < 0x20 ? ' ' : *text;

		sb_buf_add_mem(to, &c, 1);
	}
}

static void flatten_errors(const json_t *value, const struct frame *frame, unsigned depth,
			   struct sb_buf *to)
{
	const char *name;
	json_t *member;
	size_t i;

	if (depth > MAX_DEPTH || to->len > 2000)
		return;
	if (json_is_string(value)) {
		add_text(frame, json_string_value(value), to);
		return;
	}
	json_array_foreach ((json_t *)value, i, member)
		flatten_errors(member, frame, depth + 1, to);
	json_object_foreach ((json_t *)value, name, member) {
		struct frame below = {.up = frame, .name = name};

		flatten_errors(member, is_general(name) ? frame : &below, depth + 1, to);
	}
}

/* Masked, because the text may contain secrets. */
void sb_netbox_flatten(const json_t *value, struct sb_buf *to)
{
	sb_autobuf raw = SB_BUF_INIT(65536);

	flatten_errors(value, NULL, 0, &raw);
	sb_text_add_masked(to, sb_buf_str(&raw));
}

static void put_field(json_t *fields, const char *name, const json_t *words)
{
	sb_autobuf text = SB_BUF_INIT(65536);

	sb_netbox_flatten(words, &text);
	json_object_set_new(fields, name, sb_json_text(sb_buf_str(&text), 300));
}

/* A value that a custom field refuses is an error of the whole object, whose text quotes the name
 * of the field: "Invalid value for custom field 'x': ...". The words around it are translated. */
static void put_quoted_field(json_t *fields, const json_t *words)
{
	const char *text = json_string_value(words);
	const char *at = text ? strstr(text, "'" OUR_FIELDS) : NULL, *end = at;
	char full[128];
	json_t *member;
	size_t i;

	json_array_foreach ((json_t *)(uintptr_t)words, i, member)
		put_quoted_field(fields, member);
	if (at)
		end = strchr(at + 1, '\'');
	if (!at || !end || end - at > MAX_FIELD_NAME)
		return;
	snprintf(full, sizeof(full), "custom_fields.%.*s", (int)(end - at - 1), at + 1);
	if (!json_object_get(fields, full))
		put_field(fields, full, words);
}

json_t *sb_netbox_error_fields(const json_t *errors)
{
	sb_autojson *fields = json_object();
	const char *name, *custom;
	json_t *words, *inner;

	json_object_foreach ((json_t *)(uintptr_t)errors, name, words) {
		if (is_general(name)) {
			put_quoted_field(fields, words);
			continue;
		}
		if (!sb_streq(name, "custom_fields") || !json_is_object(words)) {
			put_field(fields, name, words);
			continue;
		}
		json_object_foreach (words, custom, inner) {
			char full[128];

			snprintf(full, sizeof(full), "custom_fields.%.100s", custom);
			put_field(fields, full, inner);
		}
	}
	return json_object_size(fields) ? sb_steal(fields) : NULL;
}

/* A field with what is wrong about it: texts, or objects of them for custom fields and tags. */
static bool is_about_field(const char *name, const json_t *words)
{
	return !is_general(name) && (json_is_array(words) || json_is_object(words));
}

static bool is_object_of_errors(const json_t *object)
{
	const char *name;
	json_t *words;

	if (json_is_array(json_object_get(object, "errors")) ||
	    json_is_string(json_object_get(object, "detail")) ||
	    json_object_get(object, "__all__") || json_object_get(object, "non_field_errors") ||
	    sb_json_str(object, "exception"))
		return true;
	json_object_foreach ((json_t *)(uintptr_t)object, name, words)
		if (is_about_field(name, words))
			return true;
	return false;
}

bool sb_netbox_is_refusal(const json_t *root)
{
	const json_t *member;
	size_t i;

	if (json_is_object(root))
		return is_object_of_errors(root);
	json_array_foreach ((json_t *)(uintptr_t)root, i, member)
		if (!json_is_string(member) &&
		    !(json_is_object(member) &&
		      (!json_object_size(member) || is_object_of_errors(member))))
			return false;
	return json_array_size(root) > 0;
}

static bool is_too_large(int status)
{
	return status == 413 || status == 414 || status == 431;
}

bool sb_netbox_is_blocked(const char *method, const struct sb_io_answer *answer, const json_t *root)
{
	int status = answer->status;

	return !answer->err.code && !sb_streq(method, "GET") && !sb_streq(method, "OPTIONS") &&
	       status >= 400 && status < 500 && status != 408 && status != 429 &&
	       !is_too_large(status) && !sb_netbox_is_refusal(root);
}

/* The text of an error answer: its JSON flattened, else its reason phrase. */
static void text_of(const struct sb_io_answer *answer, const json_t *root, struct sb_buf *to)
{
	const char *error = sb_json_str(root, "error"), *exception = sb_json_str(root, "exception");
	sb_autobuf raw = SB_BUF_INIT(65536);

	if (error && sb_json_str(root, "detail")) /* of the schema of custom objects */
		sb_buf_addf(&raw, "%s: %s", error, sb_json_str(root, "detail"));
	else if (error || exception)
		sb_buf_addf(&raw, "%s: %s", exception ? exception : "error", error ? error : "");
	else
		sb_netbox_flatten(root, &raw);
	if (!raw.len)
		sb_buf_add(&raw, answer->reason);
	if (!raw.len)
		sb_buf_add(&raw, "no reason given");
	sb_text_add_masked(to, sb_buf_str(&raw));
}

struct hint {
	const char *words;
	int code;
	const char *fix;
};

/* NetBox answers 403 to a bad token and to a missing permission: only the text differs. */
static const struct hint *hint_of(const char *text)
{
	static const struct hint hints[] = {
		{"Invalid v1 token", SB_E_AUTH,
		 "the token is unknown to this NetBox; set a v2 token whole, with nbt_ and the key "
		 "before the dot"},
		{"Invalid v2 token", SB_E_AUTH,
		 "the token is unknown to this NetBox or was deleted"},
		{"Could not parse key", SB_E_AUTH,
		 "a v2 token is written nbt_<key>.<secret>, with the dot"},
		{"Invalid authorization header", SB_E_AUTH, "the token is malformed"},
		{"Token expired", SB_E_AUTH, "create a new token or extend its expiry"},
		{"Token disabled", SB_E_AUTH, "enable the token in NetBox"},
		{"User inactive", SB_E_AUTH, "enable the user of the token in NetBox"},
		{"is not permitted to authenticate", SB_E_AUTH,
		 "add our address to the token's allowed IPs"},
		{"credentials were not provided", SB_E_AUTH,
		 "NetBox received no token: check that it is set, that no proxy drops the "
		 "Authorization header, and that NetBox is 4.5 or newer (older ones do not accept "
		 "nbt_ tokens)"},
		{"do not have permission", SB_E_FORBIDDEN,
		 "grant the token's user this permission on this model, and enable writing for the "
		 "token"},
	};
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(hints); i++)
		if (strstr(text, hints[i].words))
			return &hints[i];
	return NULL;
}

static const char *action_of(const char *method)
{
	if (sb_streq(method, "POST"))
		return "add";
	if (sb_streq(method, "PATCH") || sb_streq(method, "PUT"))
		return "change";
	if (sb_streq(method, "DELETE"))
		return "delete";
	return "view";
}

static int fail_denied(const char *method, const char *path, int status, const char *text,
		       struct sb_error *err)
{
	const struct hint *hint = hint_of(text);

	if (!hint)
		return sb_fail(err, status == 401 ? SB_E_AUTH : SB_E_FORBIDDEN,
			       "%s %.150s: HTTP %d: %.200s", method, path, status, text);
	if (hint->code == SB_E_AUTH)
		return sb_fail(err, SB_E_AUTH, "%s %.150s: HTTP %d: %.120s: %s", method, path,
			       status, text, hint->fix);
	return sb_fail(err, SB_E_FORBIDDEN, "%s %.150s: HTTP %d: %.100s: %s (%s)", method, path,
		       status, text, hint->fix, action_of(method));
}

static int fail_blocked(const char *method, const char *path, const struct sb_io_answer *answer,
			struct sb_error *err)
{
	char page[200] = "no JSON of NetBox";

	if (sb_page_is(answer))
		sb_page_describe(answer, page, sizeof(page));
	return sb_fail(err, SB_E_NET,
		       "%s %.150s: HTTP %d %.60s: %s: something in front of NetBox (a proxy, a "
		       "firewall) refuses %s: allow GET, POST, PATCH and DELETE below /api/ there",
		       method, path, answer->status, answer->reason, page, method);
}

static int code_of(int status)
{
	switch (status) {
	case 404: return SB_E_NOTFOUND;
	case 409:
	case 412: return SB_E_CONFLICT;
	case 429:
	case 502:
	case 503: return SB_E_NET;
	case 504: return SB_E_TIMEOUT;
	default: return SB_E_HTTP;
	}
}

static int fail_html(const char *method, const char *path, const struct sb_io_answer *answer,
		     struct sb_error *err)
{
	int status = answer->status;
	char page[200];

	sb_page_describe(answer, page, sizeof(page));
	if (status == 503)
		return sb_fail(err, SB_E_NET,
			       "%s %.150s: HTTP 503 %.60s from the proxy in front of NetBox, or it "
			       "is in maintenance: %s",
			       method, path, answer->reason, page);
	if (status == 502 || status == 504)
		return sb_fail(err, code_of(status),
			       "%s %.150s: HTTP %d %.60s from the proxy in front of NetBox: check "
			       "that NetBox itself is running (%s)",
			       method, path, status, answer->reason, page);
	if (status == 429)
		return sb_fail(err, SB_E_NET,
			       "%s %.150s: HTTP 429 %.60s: a proxy in front of NetBox limits the "
			       "rate of requests",
			       method, path, answer->reason);
	if (is_too_large(status))
		return sb_fail(err, SB_E_HTTP,
			       "%s %.150s: HTTP %d %.60s: the request is too large for the web "
			       "server or a proxy in front of NetBox: raise its limit",
			       method, path, status, answer->reason);
	if (status == 400)
		return sb_fail(err, SB_E_HTTP,
			       "%s %.150s: HTTP 400 %.60s: %s, or the request is too large", method,
			       path, answer->reason, page);
	return sb_fail(err, status == 404 ? SB_E_NOTFOUND : SB_E_SHAPE,
		       "%s %.150s: HTTP %d: %s: set the URL to the base of a NetBox (with its base "
		       "path, without /api), and allow /api/ through any login page in front of it",
		       method, path, status, page);
}

int sb_netbox_fail(const char *method, const char *path, const struct sb_io_answer *answer,
		   const json_t *root, struct sb_error *err)
{
	sb_autobuf text = SB_BUF_INIT(65536);
	int status = answer->status, rc;

	if (answer->err.code) {
		if (err)
			*err = answer->err;
		return sb_context(err, answer->err.code, "%s %.150s", method, path);
	}
	text_of(answer, root, &text);
	if (sb_netbox_is_blocked(method, answer, root))
		rc = fail_blocked(method, path, answer, err);
	else if (!root && sb_page_is(answer))
		rc = fail_html(method, path, answer, err);
	else if (status == 401 || status == 403)
		rc = fail_denied(method, path, status, sb_buf_str(&text), err);
	else
		rc = sb_fail(err, code_of(status), "%s %.150s: HTTP %d: %.300s", method, path,
			     status, sb_buf_str(&text));
	if (err) {
		err->http_status = status;
		err->retry_after_ms = answer->retry_after_ms;
		err->retryable = status == 429 || (status >= 502 && status <= 504);
	}
	return rc;
}

int sb_netbox_read_answer(const char *method, const char *path, const struct sb_io_answer *answer,
			  json_t **ret_data, struct sb_error *err)
{
	sb_autojson *root = NULL;
	json_error_t parse;
	int rc;

	if (!answer->err.code)
		root = json_loadb(answer->body, answer->len, JSON_DECODE_ANY, &parse);
	if (answer->err.code || answer->status < 200 || answer->status > 299)
		return sb_netbox_fail(method, path, answer, root, err);
	if (root) {
		*ret_data = sb_steal(root);
		return 0;
	}
	rc = sb_page_is(answer)
		     ? fail_html(method, path, answer, err)
		     : sb_fail(err, SB_E_JSON,
			       "%s %.150s: the answer is not complete JSON (line %d, column %d)",
			       method, path, parse.line, parse.column);
	if (err)
		err->http_status = answer->status;
	return rc;
}
