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

json_t *sb_journal_words(const struct sb_kind_field *field, const char *key, const json_t *set,
			 const json_t *was)
{
	const char *now = text_of(json_object_get(set, field->name));
	const char *then = text_of(json_object_get(was, field->name));
	sb_autobuf text = SB_BUF_INIT(2048);

	/* With its first value the object has not changed. */
	if (!then || (now && sb_streq(now, then)))
		return NULL;
	if (!is_noted(field, now) && !is_noted(field, then))
		return NULL;
	sb_buf_addf(&text, "%s: %s: %.200s -> %.200s", key, field->name, then, now ? now : "none");
	return text.failed ? NULL
			   : json_pack("{s:s, s:o}", "kind",
				       is_noted(field, now) ? "warning" : "success", "comments",
				       sb_json_text(sb_buf_str(&text), 1000));
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
	const char *signature = text ? strstr(text, SIGNATURE) : NULL;

	if (!signature)
		return;
	sb_buf_add(query, "q=");
	sb_buf_add_url(query, signature + 2);
}
