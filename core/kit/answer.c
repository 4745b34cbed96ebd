/* SPDX-License-Identifier: Apache-2.0 */
/* Answers as a case has them, as lines of a recording. */
#include "kit/answer.h"

#include <string.h>

#include <sodium.h>

#include "base/text.h"
#include "kit/json_file.h"
#include "stagebox/json.h"

#define FILES "files/"

static const struct failure {
	const char *word, *text;
	int code;
	bool is_retryable, not_sent;
} failures[] = {
	{"timeout", "no answer within the time limit", SB_E_TIMEOUT, true, false},
	{"unreachable", "cannot connect: Connection refused", SB_E_NET, true, true},
	{"cut", "the answer is incomplete", SB_E_HTTP, true, false},
};

static json_t *make_line(enum sb_kit_server server, int status, const char *reason)
{
	return json_pack(
		"{s:i, s:s, s:s, s:s}", "status", status, "reason", reason, "type",
		server == SB_KIT_PVE ? "application/json;charset=UTF-8" : "application/json",
		"api_version", server == SB_KIT_NETBOX ? SB_KIT_API_VERSION : "");
}

static int put_member(json_t *line, const char *name, json_t *value_take, struct sb_error *err)
{
	return json_object_set_new(line, name, value_take) < 0
		       ? sb_fail(err, SB_E_NOMEM, "out of memory")
		       : 0;
}

/* A body that is not text is kept as hex, as a recorder does. */
static int put_body(json_t *line, const char *bytes, size_t len, struct sb_error *err)
{
	json_t *text = memchr(bytes, '\0', len) ? NULL : json_stringn(bytes, len);
	sb_autofree char *hex = NULL;

	if (text)
		return put_member(line, "body", text, err);
	hex = malloc(len * 2 + 1);
	if (!hex)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	sodium_bin2hex(hex, len * 2 + 1, (const unsigned char *)bytes, len);
	return put_member(line, "body_hex", json_string(hex), err);
}

static int put_json(json_t *line, const json_t *body, struct sb_error *err)
{
	sb_autofree char *text = json_dumps(body, JSON_COMPACT | JSON_ENCODE_ANY);

	return text ? put_body(line, text, strlen(text), err)
		    : sb_fail(err, SB_E_NOMEM, "out of memory");
}

json_t *sb_kit_line(enum sb_kit_server server, int status, const char *reason, const json_t *body)
{
	json_t *line = make_line(server, status, reason);
	int rc = SB_E_NOMEM;

	if (line)
		rc = body ? put_json(line, body, NULL) : put_body(line, "", 0, NULL);
	if (!rc)
		return line;
	json_decref(line);
	return NULL;
}

json_t *sb_kit_no_answer(const char *why)
{
	struct sb_error error = SB_ERROR_INIT;

	sb_fail(&error, SB_E_NET, "the case does not answer it%s%s",
		*why ? ", and the NetBox of the test cannot: " : "", why);
	return json_pack("{s:i, s:s, s:{s:i, s:s, s:b, s:b}}", "status", 0, "body", "", "err",
			 "code", error.code, "text", error.text, "retryable", 0, "not_sent", 0);
}

/* Proxmox VE puts data into "data" and says the reason of an error twice; NetBox answers an error
 * with "detail". */
static json_t *wrap_data(enum sb_kit_server server, int status, const char *reason,
			 const json_t *data)
{
	if (server == SB_KIT_PVE && status >= 400 && !data)
		return json_pack("{s:n, s:s}", "data", "message", reason);
	if (server == SB_KIT_PVE)
		return json_pack("{s:O?}", "data", data);
	if (data)
		return json_incref((json_t *)(uintptr_t)data);
	return json_pack("{s:s}", "detail", reason);
}

static int make_failure(const char *word, json_t **ret_line, struct sb_error *err)
{
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(failures); i++) {
		const struct failure *failure = &failures[i];

		if (!sb_streq(failure->word, word))
			continue;
		*ret_line =
			json_pack("{s:i, s:s, s:{s:i, s:s, s:b, s:b}}", "status", 0, "body", "",
				  "err", "code", failure->code, "text", failure->text, "retryable",
				  failure->is_retryable, "not_sent", failure->not_sent);
		return *ret_line ? 0 : sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	return sb_fail(err, SB_E_CONFIG,
		       "$error \"%.60s\" is not known: use timeout, unreachable or cut", word);
}

/* A file of the case: neither its name nor a link leads out of the folder. */
static int file_path(const char *folder, const char *name, struct sb_buf *ret_path,
		     struct sb_error *err)
{
	const char *base = sb_starts_with(name, FILES) ? name + strlen(FILES) : "";

	if (!*base || base[0] == '.' || strchr(base, '/'))
		return sb_fail(err, SB_E_CONFIG,
			       "\"%.120s\" is not a file of the case: expected \"" FILES "NAME\"",
			       name);
	sb_buf_addf(ret_path, "%s/%s", folder, name);
	return sb_buf_check(ret_path, err);
}

static const struct member {
	const char *name;
	json_type type; /* JSON_NULL = any */
	bool is_answer; /* it is the answer itself: an answer has one of these */
} members[] = {
	{"$status", JSON_INTEGER, false}, {"$reason", JSON_STRING, false},
	{"$data", JSON_NULL, true},       {"$file", JSON_STRING, true},
	{"$body", JSON_STRING, true},     {"$body_file", JSON_STRING, true},
	{"$error", JSON_STRING, true},
};

static int check_member(const char *name, const json_t *value, const char **ret_answer,
			struct sb_error *err)
{
	size_t i = 0;

	while (i < SB_ARRAY_LEN(members) && !sb_streq(members[i].name, name))
		i++;
	if (i == SB_ARRAY_LEN(members))
		return sb_fail(err, SB_E_CONFIG,
			       "%.60s is not known: an answer has $status, $reason, $data, "
			       "$file, $body, $body_file or $error",
			       name);
	if (members[i].type != JSON_NULL && json_typeof(value) != members[i].type)
		return sb_fail(err, SB_E_CONFIG, "%s is not a %s", name,
			       members[i].type == JSON_INTEGER ? "number" : "text");
	if (members[i].is_answer && *ret_answer)
		return sb_fail(err, SB_E_CONFIG, "an answer has either %s or %s", *ret_answer,
			       name);
	if (members[i].is_answer)
		*ret_answer = name;
	return 0;
}

/* Is it an object of members that begin with "$"? */
static int check_members(const json_t *value, bool *ret_is_special, struct sb_error *err)
{
	const char *name, *answer = NULL;
	json_t *member;
	size_t n = 0;

	json_object_foreach ((json_t *)(uintptr_t)value, name, member) {
		int rc = name[0] == '$' ? check_member(name, member, &answer, err) : 0;

		if (rc < 0)
			return rc;
		n += name[0] == '$';
	}
	*ret_is_special = n > 0;
	if (n && n != json_object_size(value))
		return sb_fail(err, SB_E_CONFIG,
			       "an answer with a member \"$...\" has no others: put the data into "
			       "\"$data\"");
	return 0;
}

static int read_status(const json_t *value, int *ret_status, struct sb_error *err)
{
	const json_t *status = json_object_get(value, "$status");

	*ret_status = 200;
	if (!status)
		return 0;
	*ret_status = (int)json_integer_value(status);
	if (json_integer_value(status) >= 100 && json_integer_value(status) <= 599)
		return 0;
	return sb_fail(err, SB_E_CONFIG, "$status is not a number from 100 to 599");
}

/* The body of an answer with "$...". */
static int put_special(enum sb_kit_server server, const char *folder, const json_t *value,
		       json_t *line, struct sb_error *err)
{
	const char *text = sb_json_str(value, "$body"), *raw = sb_json_str(value, "$body_file");
	const char *file = sb_json_str(value, "$file"), *reason = sb_json_str(line, "reason");
	int status = (int)json_integer_value(json_object_get(line, "status")), rc = 0;
	sb_autobuf path = SB_BUF_INIT(8192), bytes = {0};
	sb_autojson *read = NULL, *body = NULL;

	if (text)
		return put_body(line, text, strlen(text), err);
	if (raw || file)
		rc = file_path(folder, raw ? raw : file, &path, err);
	if (!rc && raw)
		rc = sb_kit_read_bytes(sb_buf_str(&path), &bytes, err);
	if (!rc && file)
		rc = sb_kit_read_json(sb_buf_str(&path), &read, err);
	if (rc < 0)
		return rc;
	if (raw)
		return put_body(line, sb_buf_str(&bytes), bytes.len, err);
	body = wrap_data(server, status, reason, file ? read : json_object_get(value, "$data"));
	return put_json(line, body, err);
}

int sb_kit_answer(enum sb_kit_server server, const char *folder, const json_t *value,
		  json_t **ret_line, struct sb_error *err)
{
	const char *reason = sb_json_str(value, "$reason"), *word = sb_json_str(value, "$error");
	sb_autojson *line = NULL, *body = NULL;
	bool is_special = false;
	int status = 200;
	int rc = check_members(value, &is_special, err);

	if (!rc)
		rc = read_status(value, &status, err);
	if (rc < 0)
		return rc;
	if (word)
		return make_failure(word, ret_line, err);
	if (!reason)
		reason = status < 400 ? "OK" : "no reason given";
	line = make_line(server, status, reason);
	if (!is_special)
		body = wrap_data(server, status, reason, value);
	if (!line || (!is_special && !body))
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	rc = is_special ? put_special(server, folder, value, line, err) : put_json(line, body, err);
	if (!rc)
		*ret_line = sb_steal(line);
	return rc;
}
