/* SPDX-License-Identifier: Apache-2.0 */
/* Duplicates are a report: what was read in this run, sorted by value. */
#include "diff/duplicates.h"

#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "diff/want.h"
#include "model/run_record.h"
#include "run/door.h"
#include "stagebox/json.h"

/* The same on every host: loopback, link-local, and the default ranges of container engines. */
static bool is_local_address(const char *address)
{
	static const char *const prefixes[] = {"127.", "169.254.", "172.17.", "10.88.", "fe80:"};
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(prefixes); i++)
		if (sb_starts_with(address, prefixes[i]))
			return true;
	return sb_starts_with(address, "::1/") || sb_streq(address, "::1");
}

/* "address|10.0.0.10|lab/guest/101", "vm|web|lab/guest/101" (names of one kind) in the table of
 * what was seen; parts count for their top object, so that two addresses of one guest are none. */
static int note_value(struct sb_run *run, const char *what, const char *value, size_t len,
		      const char *key)
{
	sb_autobuf text = SB_BUF_INIT(1000);
	size_t start = strlen(what) + 1, i;

	sb_buf_addf(&text, "%s|%.*s|%.*s", what, (int)len, value, (int)sb_key_top_length(key), key);
	if (text.failed)
		return 0; /* a name that long is none */
	for (i = start; i < start + len; i++)
		text.text[i] = (char)tolower((unsigned char)text.text[i]);
	if (!run->diff->seen)
		run->diff->seen = sb_table_create();
	return run->diff->seen ? sb_table_put(run->diff->seen, sb_buf_str(&text), "") : SB_E_NOMEM;
}

int sb_duplicates_note(struct sb_pass *pass, const struct sb_want *want, const json_t *row)
{
	const char *name = sb_kind_title(want->kind, row);
	const struct sb_kind_field *field;
	int rc = 0;

	if (pass->fields_only)
		return 0;
	if (name && *name && !(want->kind->flags & SB_KIND_CHILD))
		rc = note_value(pass->run, want->kind->name, name, strlen(name), want->key);
	for (field = want->kind->fields; !rc && field->name; field++) {
		const char *value = sb_json_str(want->fields, field->name);

		if (!value)
			continue;
		if (field->type == SB_FIELD_ADDRESS && !is_local_address(value))
			rc = note_value(pass->run, field->name, value, strcspn(value, "/"),
					want->key);
		else if (field->type == SB_FIELD_MAC && !sb_starts_with(value, "00:00:00:00:00"))
			rc = note_value(pass->run, "MAC address", value, strlen(value), want->key);
	}
	return rc;
}

int sb_note_duplicate(struct sb_stage_run *stage, const char *what, const char *value,
		      const char *key)
{
	int rc = sb_door_phase(stage, SB_IN_DIFF | SB_IN_WANT, "sb_note_duplicate", NULL);

	if (rc < 0)
		return rc;
	if (!isupper((unsigned char)what[0]) || strchr(what, '|') || strchr(key, '|'))
		return SB_E_ARG;
	return note_value(stage->run, what, value, strlen(value), key);
}

/* "what|value" of a text of the table, and its key. */
static size_t value_length(const char *text, const char **ret_key)
{
	const char *bar = strrchr(text, '|');

	*ret_key = bar + 1;
	return (size_t)(bar - text);
}

/* Calls fn for each value with the keys of its objects. */
static void each_value(const struct sb_run *run,
		       void (*fn)(const char *text, json_t *keys, void *arg), void *arg)
{
	struct sb_table *seen = run->diff ? run->diff->seen : NULL;
	struct sb_span span = {0};
	size_t i, end, len;
	const char *key;

	if (!seen || sb_table_span(seen, "", &span) < 0)
		return;
	for (i = 0; i < span.n; i = end) {
		const char *text = span.texts[2 * i];
		sb_autofree char *value = NULL;
		sb_autojson *keys = json_array();

		len = value_length(text, &key);
		value = strndup(text, len);
		for (end = i; end < span.n && strncmp(span.texts[2 * end], text, len + 1) == 0 &&
			      value_length(span.texts[2 * end], &key) == len;
		     end++)
			json_array_append_new(keys, json_string(key));
		if (value)
			fn(value, keys, arg);
	}
	free(span.texts);
}

static void add_duplicate(const char *text, json_t *keys, void *arg)
{
	if (json_array_size(keys) > 1)
		json_array_append_new(arg, sb_run_record_duplicate(text, keys));
}

json_t *sb_duplicates_list(const struct sb_run *run)
{
	json_t *list = json_array();

	each_value(run, add_duplicate, list);
	if (json_array_size(list))
		return list;
	json_decref(list);
	return NULL;
}

static void add_seen(const char *text, json_t *keys, void *arg)
{
	json_object_set(arg, text, json_array_get(keys, 0));
}

json_t *sb_duplicates_seen(const struct sb_run *run)
{
	json_t *values = json_object();

	each_value(run, add_seen, values);
	return values;
}
