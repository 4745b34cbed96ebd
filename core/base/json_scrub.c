/* SPDX-License-Identifier: Apache-2.0 */
/* Copies of answers without secrets, which are stored for people. */
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/text.h"
#include "stagebox/json.h"

#define MASK "***"

enum { MAX_DEPTH = 24, MAX_TEXT = 8 << 20 };

static json_t *scrub_value(const json_t *value, int depth);

/* In stored answers more is a secret than in messages: "key", "keyring", "ssh-keys". */
static bool is_secret_name(const char *name)
{
	const char *at;

	for (at = name; *at; at++)
		if (!strncasecmp(at, "key", 3))
			return true;
	return sb_text_is_secret(name, strlen(name));
}

/* A text may itself contain "password: x". */
static json_t *scrub_text(const char *text)
{
	sb_autobuf masked = SB_BUF_INIT(MAX_TEXT);

	if (strlen(text) > MAX_TEXT / 2)
		return json_string(MASK);
	sb_text_mask(&masked, text);
	return masked.failed ? NULL : json_string(sb_buf_str(&masked));
}

static json_t *scrub_object(const json_t *object, int depth)
{
	json_t *copy = json_object(), *member;
	const char *name;

	json_object_foreach ((json_t *)(uintptr_t)object, name, member) {
		bool is_secret = is_secret_name(name) && !json_is_null(member);

		if (*name == '$') /* "$ref" has a meaning in plans */
			continue;
		if (json_object_set_new(
			    copy, name,
			    is_secret ? json_string(MASK) : scrub_value(member, depth)) < 0) {
			json_decref(copy);
			return NULL;
		}
	}
	return copy;
}

static json_t *scrub_array(const json_t *array, int depth)
{
	json_t *copy = json_array();
	const json_t *member;
	size_t i;

	json_array_foreach (array, i, member)
		if (json_array_append_new(copy, scrub_value(member, depth)) < 0) {
			json_decref(copy);
			return NULL;
		}
	return copy;
}

static json_t *scrub_value(const json_t *value, int depth)
{
	if (depth >= MAX_DEPTH && (json_is_object(value) || json_is_array(value)))
		return json_string(MASK);
	if (json_is_object(value))
		return scrub_object(value, depth + 1);
	if (json_is_array(value))
		return scrub_array(value, depth + 1);
	if (json_is_string(value))
		return scrub_text(json_string_value(value));
	return json_incref((json_t *)(uintptr_t)value);
}

json_t *sb_json_scrub(const json_t *value)
{
	return scrub_value(value, 0);
}
