/* SPDX-License-Identifier: Apache-2.0 */
/* Reads answers of Proxmox VE: data, or an error text. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "net/page.h"
#include "pve/session_priv.h"
#include "stagebox/json.h"
#include "stagebox/log.h"

/* The message of a failing answer: JSON "message", or the reason phrase, which is all that servers
 * before 8.4 send. Line breaks become blanks, trailing blanks are removed. */
static void message_of(const struct sb_io_answer *answer, const json_t *root, char *to, size_t room)
{
	const char *text = sb_json_str(root, "message");
	size_t len;

	snprintf(to, room, "%s", text && *text ? text : answer->reason);
	for (len = 0; to[len]; len++)
		if ((unsigned char)to[len] < 0x20)
			to[len] = ' ';
	while (len && to[len - 1] == ' ')
		to[--len] = '\0';
	if (!len)
		snprintf(to, room, "no reason given");
}

/* {"errors":{"vmid":"VM 100 already exists"}} names the parameters. */
static void add_parameters(const json_t *root, char *to, size_t room)
{
	json_t *errors = json_object_get(root, "errors");
	const char *name;
	json_t *value;

	json_object_foreach (errors, name, value) {
		size_t len = strlen(to);
		const char *text = json_string_value(value);

		if (text)
			snprintf(to + len, room - len, "; %s: %.120s", name, text);
	}
}

/* "Permission check failed (/vms/100, VM.Audit)" -> path and privilege; false = another message. */
static bool parse_denied(const char *message, char *path, char *privilege, size_t room)
{
	const char *open = strchr(message, '('), *comma, *close;

	if (!sb_starts_with(message, "Permission check failed") || !open || open[1] != '/')
		return false;
	comma = strchr(open, ',');
	close = comma ? strchr(comma, ')') : NULL;
	if (!close || (size_t)(comma - open) >= room || (size_t)(close - comma) >= room)
		return false;
	snprintf(path, room, "%.*s", (int)(comma - open - 1), open + 1);
	for (comma++; *comma == ' '; comma++)
		;
	snprintf(privilege, room, "%.*s", (int)(close - comma), comma);
	return true;
}

/* Does the node itself answer for this path, or did a program in a guest not? Then the name of the
 * node is a part of the cause. */
static bool concerns_node(const char *path, const struct sb_io_answer *answer)
{
	return !strstr(path, "/agent/") &&
	       (answer->err.code || (answer->status >= 595 && answer->status <= 599));
}

/* Is the text before this one the path or the word in front of the VMID of a guest? A number that
 * is a component of a path is always one: "/vms/100", not "10.0.0.0/24". */
static bool names_guest(const char *text, size_t before)
{
	if (before >= 3 && (sb_starts_with(text - 3, "VM ") || sb_starts_with(text - 3, "CT ")))
		return true;
	return before >= 2 && text[-1] == '/' && isalpha((unsigned char)text[-2]);
}

/* The word of the API documentation for the part of a path at text, or NULL. */
static const char *placeholder_of(const char *start, const char *text, size_t len)
{
	static const char node[] = "nodes/";
	size_t before = (size_t)(text - start), n = sizeof(node) - 1;

	if (before >= n && sb_starts_with(text - n, node))
		return "{node}";
	if (len && strspn(text, "0123456789") >= len && names_guest(text, before))
		return "{vmid}";
	return NULL;
}

/* Equal failures of many guests are one cause, so that a reason has no VMID and no name of a node:
 * "(/vms/101, VM.Audit)" -> "(/vms/{vmid}, VM.Audit)", in the path and in the words of the server.
 */
static void add_pattern(struct sb_buf *to, const char *text, bool names_node)
{
	const char *start = text, *word;

	while (*text) {
		size_t len = strcspn(text, "/?&'\" (),.:;");

		word = placeholder_of(start, text, len);
		if (word && (!names_node || !sb_streq(word, "{node}")))
			sb_buf_add(to, word);
		else
			sb_buf_add_mem(to, text, len);
		text += len;
		if (*text)
			sb_buf_add_mem(to, text++, 1);
	}
}

static int fail_forbidden(const char *where, const char *message, struct sb_error *err)
{
	char path[128], privilege[128];

	if (parse_denied(message, path, privilege, sizeof(path)))
		return sb_fail(err, SB_E_FORBIDDEN,
			       "%.155s: HTTP 403: the token lacks %s on %s (user and token both "
			       "need it when privilege separation is on)",
			       where, privilege, path);
	return sb_fail(err, SB_E_FORBIDDEN, "%.155s: HTTP 403: %.250s", where, message);
}

static int fail_auth(const char *where, const char *message, struct sb_error *err)
{
	return sb_fail(err, SB_E_AUTH,
		       "%.155s: HTTP 401: %.100s: the token is wrong, unknown or expired, or its "
		       "user is disabled; it is written user@realm!name=uuid",
		       where, message);
}

static int code_of_status(int status, const char *message)
{
	static const char missing[] = "does not exist";
	size_t len = strlen(message), n = sizeof(missing) - 1;

	if (strstr(message, "got timeout") || status == 504)
		return SB_E_TIMEOUT;
	/* Sent by a proxy in front, or while the service restarts. */
	if (status == 502 || status == 503)
		return SB_E_NET;
	/* The guest was removed between the list and this request. */
	if (status == 404 || (status == 500 && sb_starts_with(message, "Configuration file") &&
			      len > n && sb_streq(message + len - n, missing)))
		return SB_E_NOTFOUND;
	if (status == 501)
		return SB_E_UNSUPPORTED;
	return SB_E_HTTP;
}

static int fail_page(const char *where, const struct sb_io_answer *answer, struct sb_error *err)
{
	char page[200];
	int status = answer->status;

	sb_page_describe(answer, page, sizeof(page));
	if (status >= 502 && status <= 504)
		return sb_fail(err, status == 504 ? SB_E_TIMEOUT : SB_E_NET,
			       "%.155s: HTTP %d from a proxy in front of Proxmox VE: %s", where,
			       status, page);
	return sb_fail(err, SB_E_SHAPE,
		       "%.155s: HTTP %d: %s: set the URL to a Proxmox VE API (https://host:8006)",
		       where, status, page);
}

static int fail_status(const char *where, const struct sb_io_answer *answer, const json_t *root,
		       struct sb_error *err)
{
	sb_autobuf masked = SB_BUF_INIT(2048), pattern = SB_BUF_INIT(4096);
	int status = answer->status, rc;
	const char *message;
	char raw[400];

	message_of(answer, root, raw, sizeof(raw));
	add_parameters(root, raw, sizeof(raw));
	sb_text_add_masked(&masked, raw); /* the message may contain secrets */
	add_pattern(&pattern, sb_buf_str(&masked), concerns_node(where, answer));
	message = sb_buf_str(&pattern);
	if (!root && sb_page_is(answer))
		rc = fail_page(where, answer, err);
	else if (status == 401)
		rc = fail_auth(where, message, err);
	else if (status == 403)
		rc = fail_forbidden(where, message, err);
	else if (status == 595 && strstr(where, "/cluster/") && !strstr(where, "/nodes/"))
		rc = sb_fail(err, SB_E_NET,
			     "%.155s: HTTP %d: %.250s: pvedaemon of the contacted node does not "
			     "answer: start it there (`systemctl restart pvedaemon`)",
			     where, status, message);
	else if (status >= 595 && status <= 599)
		rc = sb_fail(err, SB_E_NET,
			     "%.155s: HTTP %d: the contacted node got no answer from the "
			     "target node: %.250s",
			     where, status, message);
	else
		rc = sb_fail(err, code_of_status(status, message), "%.155s: HTTP %d: %.300s", where,
			     status, message);
	if (err) {
		err->http_status = status;
		err->retry_after_ms = answer->retry_after_ms;
		err->retryable =
			rc == SB_E_NET || rc == SB_E_TIMEOUT || (status >= 502 && status <= 504);
	}
	return rc;
}

static int fail_body(const char *where, const struct sb_io_answer *answer,
		     const json_error_t *parse, struct sb_error *err)
{
	int rc;

	if (sb_page_is(answer))
		rc = fail_page(where, answer, err);
	else
		rc = sb_fail(err, SB_E_JSON,
			     "%.155s: the answer is not complete JSON (line %d, column %d)", where,
			     parse->line, parse->column);
	if (err)
		err->http_status = answer->status;
	return rc;
}

/* A text without its zero characters; NULL when it has none. */
static json_t *text_without_zeros(const json_t *value)
{
	const char *text = json_string_value(value);
	size_t len = json_string_length(value), i;
	sb_autobuf clean = SB_BUF_INIT(SIZE_MAX / 2);

	if (!text || !memchr(text, '\0', len))
		return NULL;
	for (i = 0; i < len; i++)
		if (text[i])
			sb_buf_add_mem(&clean, &text[i], 1);
	return json_string(sb_buf_str(&clean));
}

/* C strings, rows and NetBox's database hold no zero character. It costs the value that it is in
 * only itself, not the answer. Counts the values that were changed. */
static size_t drop_zeros(json_t *value)
{
	json_t *member, *clean;
	const char *name;
	size_t i, n = 0;
	void *next;

	json_object_foreach_safe (value, next, name, member) {
		clean = text_without_zeros(member);
		n += clean ? 1 : drop_zeros(member);
		if (clean)
			json_object_set_new(value, name, clean);
	}
	json_array_foreach (value, i, member) {
		clean = text_without_zeros(member);
		n += clean ? 1 : drop_zeros(member);
		if (clean)
			json_array_set_new(value, i, clean);
	}
	return n;
}

int sb_pve_read_answer(const char *method, const char *path, const struct sb_io_answer *answer,
		       json_t **ret_data, struct sb_error *err)
{
	sb_autobuf pattern = SB_BUF_INIT(4096);
	sb_autojson *root = NULL;
	json_error_t parse;
	const char *where;
	json_t *data;
	size_t n;

	sb_buf_addf(&pattern, "%s ", method);
	add_pattern(&pattern, path, concerns_node(path, answer));
	where = sb_buf_str(&pattern);
	if (answer->err.code) {
		if (err)
			*err = answer->err;
		return sb_context(err, answer->err.code, "%.155s", where);
	}
	root = json_loadb(answer->body, answer->len, JSON_ALLOW_NUL, &parse);
	if (answer->status != 200)
		return fail_status(where, answer, root, err);
	if (!root)
		return fail_body(where, answer, &parse, err);
	data = json_object_get(root, "data");
	if (!data) {
		sb_fail(err, SB_E_SHAPE, "%.155s: no member \"data\" in the answer", where);
		if (err)
			err->http_status = answer->status;
		return SB_E_SHAPE;
	}
	n = strstr(answer->body, "\\u0000") ? drop_zeros(data) : 0;
	if (n)
		sb_log(SB_LOG_WARN,
		       "zero characters were removed from %zu values: path=%s: correct them in "
		       "Proxmox "
		       "VE or in the guest",
		       n, path);
	*ret_data = json_incref(data);
	return 0;
}
