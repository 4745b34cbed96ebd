/* SPDX-License-Identifier: Apache-2.0 */
#include "model/journal.h"

#include <inttypes.h>
#include <string.h>

#include "model/extras.h"
#include "stagebox/json.h"

/* Between the key of the object and the field of an entry. */
#define PART "/journal/"

/* Between the words of an entry and the number of its run: a paragraph of Markdown. */
#define SIGNATURE "\n\n" SB_CHANGE_MESSAGE

enum { MAX_VALUE = 200 }; /* characters */

bool sb_kind_is_journal(const struct sb_kind *kind)
{
	return sb_streq(kind->name, SB_KIND_OF_JOURNAL);
}

/* The text of a value of a field that is noted; NULL = it has none. */
static const char *text_of(const json_t *value)
{
	if (json_is_boolean(value))
		return json_is_true(value) ? "true" : "false";
	return json_string_length(value) ? json_string_value(value) : NULL;
}

static bool is_noted(const struct sb_kind_field *field, const char *text)
{
	const char *const *noted;

	for (noted = field->journal; noted && text && *noted; noted++)
		if (sb_streq(*noted, text))
			return true;
	return false;
}

bool sb_journal_is_noted(const struct sb_kind_field *field, const json_t *set, const json_t *was)
{
	const char *now = text_of(json_object_get(set, field->name));
	const char *then = text_of(json_object_get(was, field->name));

	if (!json_object_get(set, field->name) || !json_object_get(was, field->name))
		return false;
	if (now && then && sb_streq(now, then))
		return false;
	return is_noted(field, now) || is_noted(field, then);
}

/* One line: what is after a line feed could look like the number of another run. */
static void add_value(struct sb_buf *text, const char *value)
{
	sb_autojson *cut = sb_json_text(value, MAX_VALUE);
	const char *at = json_string_value(cut);

	if (!at)
		text->failed = true;
	for (; at && *at; at++)
		sb_buf_add_mem(text, *at == '\n' || *at == '\t' ? " " : at, 1);
}

json_t *sb_journal_words(const struct sb_kind_field *field, const char *key, const json_t *set,
			 const json_t *was)
{
	const char *now = text_of(json_object_get(set, field->name));
	const char *then = text_of(json_object_get(was, field->name));
	sb_autobuf text = SB_BUF_INIT(4000);

	sb_buf_addf(&text, "%s: %s: ", key, field->name);
	add_value(&text, then ? then : "none");
	sb_buf_add(&text, " -> ");
	add_value(&text, now ? now : "none");
	if (text.failed)
		return NULL;
	return json_pack("{s:s, s:s}", "kind",
			 is_noted(field, now) ? "warning"
			 : now                ? "success"
					      : "info",
			 "comments", sb_buf_str(&text));
}

json_t *sb_journal_object(const struct sb_kinds *kinds, const struct sb_kind *kind,
			  const json_t *row)
{
	const struct sb_kind_field *parent =
		sb_kind_has_home(kind) ? sb_kind_field(kind, kind->parent_field) : NULL;
	const json_t *id = json_object_get(row, parent ? parent->name : "id");

	if (parent)
		kind = sb_kinds_find(kinds, parent->kind);
	return json_is_integer(id) ? json_pack("{s:s, s:O}", "type", kind->object_type, "id", id)
				   : NULL;
}

void sb_journal_add_key(struct sb_buf *key, const char *object, const char *field)
{
	sb_buf_addf(key, "%s" PART "%s", object, field);
}

const char *sb_journal_field(const char *key, size_t *ret_length)
{
	const char *field = strrchr(key, '/');
	size_t length = field ? (size_t)(field + 1 - key) : 0, part = strlen(PART);

	if (length <= part || strncmp(key + length - part, PART, part) != 0)
		return NULL;
	*ret_length = length - part;
	return field + 1;
}

int sb_journal_sign(json_t *body, int64_t run)
{
	json_t *text = json_sprintf("%s" SIGNATURE "%" PRId64, sb_json_str(body, "comments"), run);

	return text && json_object_set_new(body, "comments", text) == 0 ? 0 : SB_E_NOMEM;
}

char *sb_journal_name(const json_t *entry)
{
	const char *type = sb_json_str(entry, SB_JOURNAL_OBJECT "_type");
	const char *text = sb_json_str(entry, "comments");
	sb_autobuf name = SB_BUF_INIT(4000);
	int64_t id;

	if (!type || !text || sb_json_int(entry, SB_JOURNAL_OBJECT "_id", &id) < 0)
		return NULL;
	sb_buf_addf(&name, "%s %" PRId64 " %s", type, id, text);
	return sb_buf_take(&name);
}

void sb_journal_query(const json_t *body, struct sb_buf *query)
{
	const char *text = sb_json_str(body, "comments");
	const char *signature = text ? strstr(text, SIGNATURE) : NULL; /* values are in one line */

	if (!signature)
		return;
	sb_buf_add(query, "q=");
	sb_buf_add_url(query, signature + 2);
}
