/* SPDX-License-Identifier: Apache-2.0 */
/* The answers of a case by method and path. */
#include "kit/script.h"

#include <string.h>

#include "stagebox/json.h"

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *at = c ? strchr(digits, c) : NULL;

	return at ? (int)(at - digits) % 16 : -1;
}

void sb_kit_decode(struct sb_buf *to, const char *text, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++) {
		int high = i + 2 < len && text[i] == '%' ? hex_digit(text[i + 1]) : -1;
		int low = high >= 0 ? hex_digit(text[i + 2]) : -1;
		char c = text[i];

		if (low >= 0) {
			c = (char)(high * 16 + low);
			i += 2;
		}
		sb_buf_add_mem(to, &c, 1);
	}
}

static bool is_method(const char *text, size_t len)
{
	static const char *const methods[] = {"GET", "OPTIONS", "POST", "PATCH", "PUT", "DELETE"};
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(methods); i++)
		if (strlen(methods[i]) == len && memcmp(methods[i], text, len) == 0)
			return true;
	return false;
}

/* "GET /pools", decoded, of "[METHOD ]PATH". */
static int normal_key(const char *key, struct sb_buf *ret_key, struct sb_error *err)
{
	size_t len = strcspn(key, " ");
	const char *path = key;

	if (is_method(key, len) && key[len] == ' ') {
		sb_buf_add_mem(ret_key, key, len);
		path = key + len + 1;
	} else {
		sb_buf_add(ret_key, "GET");
	}
	if (path[0] != '/')
		return sb_fail(err, SB_E_CONFIG,
			       "\"%.120s\" is not a path: expected \"/PATH\" or \"METHOD /PATH\"",
			       key);
	sb_buf_add(ret_key, " ");
	sb_kit_decode(ret_key, path, strlen(path));
	return sb_buf_check(ret_key, err);
}

int sb_kit_script_put(json_t *changes, enum sb_kit_server server, const char *folder,
		      const char *key, const json_t *value, struct sb_error *err)
{
	sb_autobuf normal = SB_BUF_INIT(65536);
	json_t *line = NULL;
	int rc = normal_key(key, &normal, err);

	if (rc < 0)
		return rc;
	if (json_object_get(changes, sb_buf_str(&normal)))
		return sb_fail(err, SB_E_CONFIG, "\"%.120s\" is answered twice", key);
	if (json_is_null(value))
		line = json_null();
	else
		rc = sb_kit_answer(server, folder, value, &line, err);
	if (rc < 0)
		return sb_context(err, rc, "\"%.120s\"", key);
	return json_object_set_new(changes, sb_buf_str(&normal), line) < 0
		       ? sb_fail(err, SB_E_CONFIG, "\"%.120s\" is not UTF-8 when it is decoded",
				 key)
		       : 0;
}

void sb_kit_script_merge(json_t *script, const json_t *changes)
{
	const char *key;
	json_t *line;

	json_object_foreach ((json_t *)(uintptr_t)changes, key, line) {
		if (json_is_null(line))
			json_object_del(script, key);
		else
			json_object_set(script, key, line);
	}
}

static json_t *use_line(const json_t *script, const struct sb_buf *key, json_t *used)
{
	json_t *line = json_object_get(script, sb_buf_str(key));

	if (line)
		json_object_set_new(used, sb_buf_str(key), json_true());
	return line;
}

json_t *sb_kit_script_find(const json_t *script, enum sb_kit_server server, const char *method,
			   const char *path, json_t *used)
{
	sb_autobuf whole = SB_BUF_INIT(65536), plain = SB_BUF_INIT(65536);
	size_t len = strcspn(path, "?");
	json_t *line;

	sb_buf_addf(&whole, "%s ", method);
	sb_kit_decode(&whole, path, strlen(path));
	line = use_line(script, &whole, used);
	if (line || server == SB_KIT_PVE || !path[len])
		return line;
	sb_buf_addf(&plain, "%s ", method);
	sb_kit_decode(&plain, path, len);
	return use_line(script, &plain, used);
}
