/* SPDX-License-Identifier: Apache-2.0 */
/* A fake of the setters for desired objects. */
#include "fake_run.h"

#include "stagebox/json.h"

#undef NDEBUG /* these checks are the test */
#include <assert.h>
#include <ctype.h>
#include <string.h>

/* A weak symbol, so that the real function is used when it is linked too. */
#define FAKE __attribute__((weak))

void sb_want_set(struct sb_want *want, const char *field, json_t *value_take)
{
	assert(value_take);
	json_object_set_new(want->fields, field, value_take);
}

void sb_want_str(struct sb_want *want, const char *field, const char *text)
{
	sb_want_set(want, field, json_string(text));
}

void sb_want_int(struct sb_want *want, const char *field, int64_t value)
{
	sb_want_set(want, field, json_integer(value));
}

void sb_want_bool(struct sb_want *want, const char *field, bool value)
{
	sb_want_set(want, field, json_boolean(value));
}

void sb_want_null(struct sb_want *want, const char *field)
{
	sb_want_set(want, field, json_null());
}

void sb_want_unknown(struct sb_want *want, const char *field, const struct sb_error *why)
{
	sb_want_set(want, field, json_pack("{s:s}", "!", why->text));
}

void sb_want_ref(struct sb_want *want, const char *field, const char *kind, const char *key)
{
	sb_want_set(want, field, json_sprintf("%s:%s", kind, key));
}

/* The field has the first candidate that is not worse; "<field>$" lists all of them, a worse one
 * with
 * "!" at its end. */
void sb_want_ref_choice(struct sb_want *want, const char *field, const char *kind, const char *key,
			bool is_worse)
{
	sb_autojson *name = json_sprintf("%s$", field);
	sb_autojson *value = json_sprintf("%s:%s%s", kind, key, is_worse ? "!" : "");
	const char *now = sb_json_str(want->fields, field), *list = json_string_value(name);

	if (!json_is_array(json_object_get(want->fields, list)))
		sb_want_set(want, list, json_array());
	json_array_append(json_object_get(want->fields, list), value);
	if (!now || (now[strlen(now) - 1] == '!' && !is_worse))
		sb_want_set(want, field, json_incref(value));
}

void sb_want_partial(struct sb_want *want, const struct sb_error *why)
{
	sb_want_str(want, "$partial", why->text);
}

void sb_want_ref_add(struct sb_want *want, const char *field, const char *kind, const char *key)
{
	if (!json_is_array(json_object_get(want->fields, field)))
		sb_want_set(want, field, json_array());
	if (key)
		json_array_append_new(json_object_get(want->fields, field),
				      json_sprintf("%s:%s", kind, key));
}

/* The former keys are a list beside the fields. */
void sb_want_was(struct sb_want *want, const char *key)
{
	if (!json_object_get(want->fields, "(was)"))
		sb_want_set(want, "(was)", json_array());
	json_array_append_new(json_object_get(want->fields, "(was)"), json_string(key));
}

/* Evidence is a list beside the fields: [[kind, value], ...]. */
void sb_want_evidence(struct sb_want *want, const char *kind, const char *value)
{
	if (!json_object_get(want->fields, "(evidence)"))
		sb_want_set(want, "(evidence)", json_array());
	json_array_append_new(json_object_get(want->fields, "(evidence)"),
			      json_pack("[s, s]", kind, value));
}

/* Objects with the id 404 or with a key that ends in "missing" do not exist. */
bool sb_want_ref_named(struct sb_want *want, const char *field, const char *kind,
		       const json_t *named, struct sb_error *why)
{
	const char *key = json_string_value(named);

	if (json_integer_value(named) == 404 ||
	    (key && strlen(key) > 7 && sb_streq(key + strlen(key) - 7, "missing"))) {
		sb_fail(why, SB_E_NOTFOUND, "it does not exist");
		return false;
	}
	sb_want_set(want, field,
		    key ? json_sprintf("%s:%s", kind, key)
			: json_sprintf("%s#%d", kind, (int)json_integer_value(named)));
	return true;
}

bool sb_want_refers(const struct sb_want *want, const char *field, const char *kind,
		    const char *key)
{
	sb_autojson *value = json_sprintf("%s:%s", kind, key);

	return json_equal(value, json_object_get(want->fields, field));
}

bool sb_want_is_new(const struct sb_want *want)
{
	return !json_object_get(want->run->there, want->key);
}

void sb_want_birth(struct sb_want *want, const char *birth)
{
	sb_want_str(want, "$birth", birth);
}

void sb_want_skip(struct sb_want *want, const char *why)
{
	sb_want_str(want, "$skip", why);
}

void sb_want_leave(struct sb_want *want, const struct sb_error *why)
{
	sb_want_str(want, "$leave", why->text);
}

/* Noting an object once more changes nothing. */
int sb_note_duplicate(struct sb_stage_run *run, const char *what, const char *value,
		      const char *key)
{
	sb_autojson *name = json_sprintf("%s %s", what, value), *text = json_string(key);
	json_t *keys = json_object_get(run->noted, json_string_value(name)), *other;
	size_t i;

	if (!keys) {
		keys = json_array();
		json_object_set_new(run->noted, json_string_value(name), keys);
	}
	json_array_foreach (keys, i, other)
		if (json_equal(other, text))
			return 0;
	return json_array_append(keys, text);
}

FAKE char *sb_slug(const char *text)
{
	char *slug = strdup(text), *to = slug;

	for (; *text; text++)
		if (isalnum((unsigned char)*text))
			*to++ = (char)tolower((unsigned char)*text);
		else if (to > slug && to[-1] != '-')
			*to++ = '-';
	if (to > slug && to[-1] == '-')
		to--;
	*to = '\0';
	return slug;
}

FAKE char *sb_slug_exact(const char *text)
{
	char *slug = sb_slug(text), *exact;
	const char *c;

	for (c = text; *c && !isupper((unsigned char)*c); c++)
		;
	if (!*c)
		return slug;
	exact = malloc(strlen(slug) + sizeof("-exact"));
	memcpy(exact, slug, strlen(slug));
	memcpy(exact + strlen(slug), "-exact", sizeof("-exact"));
	free(slug);
	return exact;
}
