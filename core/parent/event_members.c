/* SPDX-License-Identifier: Apache-2.0 */
/* Members of events, checked. */
#include "parent/event_members.h"

#include <string.h>

#include "model/agent_turn.h"
#include "model/key.h"
#include "stagebox/json.h"

enum { MAX_TEXT_BYTES = 512, MAX_KEYS = 1000 };
#define MAX_NUMBER (INT64_C(1) << 53)

static int fail_member(const char *name, const char *why, struct sb_error *err)
{
	return sb_fail(err, SB_E_SHAPE, "member \"%s\" %s", name, why);
}

static int check_text(const json_t *value, const char *name, const char **ret_text,
		      struct sb_error *err)
{
	const char *text = json_string_value(value);

	if (!text)
		return fail_member(name, "is missing or not a text", err);
	if (strlen(text) != json_string_length(value) || strlen(text) > MAX_TEXT_BYTES ||
	    !sb_key_is_valid(text))
		return fail_member(name, "is empty, too long or not printable", err);
	*ret_text = text;
	return 0;
}

int sb_event_text(const json_t *event, const char *name, const char **ret_text,
		  struct sb_error *err)
{
	return check_text(json_object_get(event, name), name, ret_text, err);
}

int sb_event_word(const json_t *event, const char *name, const char *const *words,
		  const char **ret_text, struct sb_error *err)
{
	int rc = sb_event_text(event, name, ret_text, err);

	if (rc < 0)
		return rc;
	for (; *words; words++)
		if (sb_streq(*words, *ret_text))
			return 0;
	return fail_member(name, "is not a word of the protocol", err);
}

static int check_number(const json_t *value, const char *name, int64_t *ret_value,
			struct sb_error *err)
{
	if (!json_is_integer(value) || json_integer_value(value) < 0 ||
	    json_integer_value(value) > MAX_NUMBER)
		return fail_member(name, "is missing or out of bounds", err);
	*ret_value = json_integer_value(value);
	return 0;
}

int sb_event_number(const json_t *event, const char *name, int64_t *ret_value, struct sb_error *err)
{
	return check_number(json_object_get(event, name), name, ret_value, err);
}

static int check_key(const struct sb_parent *parent, const char *key, struct sb_error *err)
{
	const char *slug = parent->spec->endpoint;
	size_t len = strlen(slug);

	if (!sb_key_is_valid(key))
		return sb_fail(err, SB_E_SHAPE, "a key is empty or not printable");
	/* A move is of the objects of all endpoints. */
	if (sb_starts_with(key, "shared/") || parent->spec->mode == SB_JOB_MOVE_HOME ||
	    (len && sb_starts_with(key, slug) && key[len] == '/' && key[len + 1]))
		return 0;
	return sb_fail(err, SB_E_SHAPE, "\"%.200s\" is not a key of endpoint \"%s\"", key, slug);
}

/* Keys may be longer than other texts. */
static int check_key_form(const json_t *value, const char *name, const char **ret_key,
			  struct sb_error *err)
{
	const char *key = json_string_value(value);

	if (!key || strlen(key) != json_string_length(value) || !sb_key_is_valid(key))
		return fail_member(name, "is not a key", err);
	*ret_key = key;
	return 0;
}

static int check_key_text(const struct sb_parent *parent, const json_t *value, const char *name,
			  const char **ret_key, struct sb_error *err)
{
	int rc = check_key_form(value, name, ret_key, err);

	return rc < 0 ? rc : check_key(parent, *ret_key, err);
}

int sb_event_key(const struct sb_parent *parent, const json_t *event, const char *name,
		 const char **ret_key, struct sb_error *err)
{
	return check_key_text(parent, json_object_get(event, name), name, ret_key, err);
}

int sb_event_keys(const struct sb_parent *parent, const json_t *keys, bool may_update,
		  struct sb_error *err)
{
	const json_t *value;
	const char *key;
	size_t i;
	int rc = 0;

	if (!json_is_array(keys) || json_array_size(keys) > MAX_KEYS)
		return fail_member("keys", "is not a list of at most 1000 keys", err);
	json_array_foreach (keys, i, value) {
		const json_t *text = json_is_object(value) ? json_object_get(value, "key") : value;
		/* An address that moves here is first cleared where it was the primary one. */
		bool is_update = may_update && json_is_object(json_object_get(value, "sent"));

		if (!rc && is_update)
			rc = check_key_form(text, "keys", &key, err);
		else if (!rc)
			rc = check_key_text(parent, text, "keys", &key, err);
	}
	return rc;
}

/* Check the description of an object that vanished. Its name may have any characters: the commands
 * clean it. */
static int check_gone(const json_t *miss, struct sb_error *err)
{
	const json_t *name = json_object_get(miss, "name"), *why = json_object_get(miss, "why");
	const char *kind;
	int64_t number;
	int rc;

	if (!json_object_get(miss, "kind"))
		return 0;
	rc = check_text(json_object_get(miss, "kind"), "kind", &kind, err);
	if (!rc && (!json_is_string(name) || !json_is_string(why)))
		rc = fail_member("name", "or \"why\" is not a text", err);
	if (!rc)
		rc = sb_event_number(miss, "id", &number, err);
	return rc < 0 ? rc : sb_event_number(miss, "parts", &number, err);
}

int sb_event_misses(const struct sb_parent *parent, const json_t *misses, struct sb_error *err)
{
	const char *key;
	json_t *miss;
	int64_t number;
	int rc = 0;

	if (!json_is_object(misses))
		return fail_member("misses", "is missing or not an object", err);
	json_object_foreach ((json_t *)(uintptr_t)misses, key, miss) {
		rc = rc ? rc : check_key(parent, key, err);
		rc = rc ? rc : sb_event_number(miss, "runs", &number, err);
		rc = rc ? rc : sb_event_number(miss, "since", &number, err);
		rc = rc ? rc : check_gone(miss, err);
	}
	return rc;
}

int sb_event_refusals(const struct sb_parent *parent, const json_t *rows, struct sb_error *err)
{
	const json_t *row;
	size_t i;
	int rc = 0;

	if (!json_is_array(rows))
		return fail_member("refusals", "is missing or not a list", err);
	json_array_foreach ((json_t *)(uintptr_t)rows, i, row) {
		const char *key = sb_json_str(row, "key");

		if (!rc && !key)
			rc = fail_member("refusals", "has a row without a key", err);
		rc = rc ? rc : check_key(parent, key, err);
	}
	return rc;
}

int sb_event_agents(const struct sb_parent *parent, const json_t *agents, struct sb_error *err)
{
	const char *key;
	json_t *row;
	int rc = 0;

	if (!json_is_object(agents))
		return fail_member("agents", "is missing or not an object", err);
	json_object_foreach ((json_t *)(uintptr_t)agents, key, row) {
		rc = rc ? rc : check_key(parent, key, err);
		if (!rc && !sb_agent_row_is_valid(row))
			rc = fail_member("agents", "has a row that is not valid", err);
	}
	return rc;
}
