/* SPDX-License-Identifier: Apache-2.0 */
/* Questions about the rules by which a kind recognises objects of other tools. */
#include "diff/adopt_rules.h"

#include <ctype.h>
#include <string.h>

#include "base/buf.h"
#include "model/extras.h"
#include "stagebox/json.h"

const struct sb_adopt_rule *sb_adopt_rule_of(const struct sb_kind *kind, const char *question)
{
	const struct sb_adopt_rule *rule;
	size_t len = strcspn(question, "?");

	for (rule = kind->adopt_rules; rule && rule->name; rule++) {
		if (strlen(rule->name) == len && strncmp(rule->name, question, len) == 0)
			return rule;
	}
	return NULL;
}

void sb_adopt_host(const char *name, char ret_host[256])
{
	size_t i;

	for (i = 0; name[i] && name[i] != '.' && i < 254; i++)
		ret_host[i] = (char)tolower((unsigned char)name[i]);
	ret_host[i] = '.';
	ret_host[i + 1] = '\0';
}

static void add_fields(const struct sb_kind *kind, struct sb_buf *query)
{
	const struct sb_adopt_rule *rule;

	for (rule = kind->adopt_rules; rule && rule->name; rule++) {
		if (!rule->needs_field)
			continue;
		sb_buf_addf(query, "%sname=", query->len ? "&" : "");
		sb_buf_add_url(query, rule->needs_field);
	}
}

char *sb_adopt_fields_query(const struct sb_kinds *kinds)
{
	sb_autobuf query = SB_BUF_INIT(4000);
	size_t i;

	for (i = 0; i < sb_kinds_count(kinds); i++)
		add_fields(sb_kinds_at(kinds, i), &query);
	return sb_buf_take(&query);
}

/* A pattern is a prefix and "#", which is one word, or "*", which is any text. */
bool sb_adopt_is_generated(const struct sb_kind_field *field, const json_t *value)
{
	const char *text = json_string_value(value), *pattern = field->generated;
	size_t len = pattern ? strcspn(pattern, "#*") : 0;

	return text && pattern && strncmp(pattern, text, len) == 0 && text[len] &&
	       (pattern[len] == '*' || !strchr(text + len, ' '));
}

json_t *sb_adopt_gone_tags(const struct sb_run *run)
{
	static const char *const keys[] = {"shared/tag/proxbox-soft-deleted",
					   "shared/tag/netbox-ssot-orphan"};
	const struct sb_nb_list *tags = sb_snapshot_list(run->snap, SB_KIND_TAG);
	json_t *ids = json_array();
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(keys); i++) {
		sb_autojson *row = sb_table_get_json(tags->rows, keys[i]);

		if (row)
			json_array_append(ids, json_object_get(row, "id"));
	}
	return ids;
}
