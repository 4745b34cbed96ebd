/* SPDX-License-Identifier: Apache-2.0 */
/* Which of the objects that others left becomes ours: exactly one, or none. */
#include "diff/adopt.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "diff/origin.h"
#include "model/birth.h"
#include "run/question.h"
#include "stagebox/json.h"

void sb_adopt_finish(struct sb_adopt *adopt)
{
	json_decref(adopt->row);
	json_decref(adopt->others);
}

void sb_adopt_describe(const struct sb_kind *kind, const json_t *row, char ret_text[160])
{
	const char *name = sb_json_str(row, "name");

	if (!name)
		name = sb_json_str(row, "address");
	snprintf(ret_text, 160, "%s %" JSON_INTEGER_FORMAT " \"%.100s\"", kind->name,
		 json_integer_value(json_object_get(row, "id")), name ? name : "");
}

/* What a check compares with, of the wanted object. */
static void value_of(const struct sb_pass *pass, const struct sb_want *want, enum sb_adopt_is is,
		     char ret_text[256])
{
	const char *last = strrchr(want->key, '/'), *type;

	last = last ? last : want->key;
	for (type = last; type > want->key && type[-1] != '/';)
		type--;
	if (is == SB_ADOPT_ESTATE)
		snprintf(ret_text, 256, "%s", sb_pve_name(pass->run));
	else if (is == SB_ADOPT_TYPE)
		snprintf(ret_text, 256, "%.*s", (int)(last - type), type);
	else if (is == SB_ADOPT_HOST)
		sb_adopt_host(*last ? last + 1 : "", ret_text);
	else
		snprintf(ret_text, 256, "%s", *last ? last + 1 : "");
}

enum verdict { OURS, ANOTHERS, SAYS_NOTHING };

/* What one row of evidence says. *ret_placed: it names the estate itself. */
static enum verdict judge(const struct sb_pass *pass, const struct sb_want *want,
			  const struct sb_adopt_rule *rule, const json_t *row, bool *ret_placed)
{
	const struct sb_adopt_check *check;
	char theirs[256], ours[256];

	*ret_placed = false;
	for (check = rule->checks; check < rule->checks + SB_ARRAY_LEN(rule->checks); check++) {
		if (!check->member)
			break;
		if (!sb_origin_value(row, check, theirs) ||
		    (check->is == SB_ADOPT_TYPE && sb_streq(theirs, "unknown"))) {
			if (check == rule->checks || check->is == SB_ADOPT_ANY)
				return SAYS_NOTHING;
			continue;
		}
		if (check->is == SB_ADOPT_ANY)
			continue;
		value_of(pass, want, check->is, ours);
		if (!sb_streq(theirs, ours))
			return ANOTHERS;
		*ret_placed = *ret_placed || check->is == SB_ADOPT_ESTATE;
	}
	return OURS;
}

static bool in_our_cluster(const struct sb_want *want, const json_t *row)
{
	const json_t *ours = json_object_get(want->fields, "cluster");

	return json_is_integer(ours) && json_equal(ours, json_object_get(row, "cluster"));
}

static bool is_uuid(const char *text, size_t len)
{
	size_t i;

	for (i = 0; len == 36 && i < len; i++) {
		bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;

		if (is_dash ? text[i] != '-' : !isxdigit((unsigned char)text[i]))
			return false;
	}
	return len == 36;
}

/* Its hardware is known and is not that of the guest: a number that was given anew. */
static bool is_other_hardware(const struct sb_want *want, const json_t *row)
{
	const char *ours = json_string_value(want->birth), *theirs, *mark;
	size_t len;

	if (!ours)
		return false;
	theirs = sb_json_str(row, "stagebox_birth");
	if (theirs)
		return !sb_same_birth(ours, theirs);
	theirs = sb_json_str(row, "serial");
	if (!theirs || !is_uuid(theirs, strlen(theirs)))
		return false;
	for (mark = ours; *mark; mark += len, mark += *mark == ' ') {
		len = strcspn(mark, " ");
		if (is_uuid(mark, len))
			return strncasecmp(mark, theirs, len) != 0;
	}
	return false;
}

static void refuse(struct sb_adopt *adopt, const struct sb_kind *kind, const json_t *row,
		   const char *why)
{
	char text[160];

	sb_adopt_describe(kind, row, text);
	adopt->state = SB_ADOPT_REFUSED;
	sb_fail(&adopt->why, SB_E_NOTFOUND, "NetBox's %s %s", text, why);
	if (!adopt->others)
		adopt->others = json_array();
	json_array_append_new(adopt->others,
			      json_pack("{s:O, s:s}", "id", json_object_get(row, "id"), "name",
					sb_json_str(row, "name") ? sb_json_str(row, "name") : ""));
}

const char *sb_adopt_taker(const struct sb_pass *pass, const json_t *row)
{
	char mark[96];

	snprintf(mark, sizeof(mark), "#%s#%" JSON_INTEGER_FORMAT, pass->kind->name,
		 json_integer_value(json_object_get(row, "id")));
	return sb_table_get(pass->run->diff->adopted, mark);
}

/* One candidate beside the others that a rule has found. */
static void add_candidate(struct sb_pass *pass, const struct sb_want *want, const json_t *row,
			  json_t *candidates, struct sb_adopt *adopt)
{
	const char *key = sb_adopt_taker(pass, row);
	const json_t *other;
	size_t i;

	if (sb_json_str(row, "stagebox_key"))
		return;
	if (key && !sb_streq(key, want->key))
		return;
	json_array_foreach (candidates, i, other) {
		if (json_equal(json_object_get(other, "id"), json_object_get(row, "id")))
			return;
	}
	if (is_other_hardware(want, row))
		refuse(adopt, pass->kind, row,
		       "has its number, but is another machine by its hardware marks: delete it "
		       "there, or take the number from it");
	else
		json_array_append(candidates, (json_t *)(uintptr_t)row);
}

/* The object that a tool's row names: asked for by its id. NULL with ASKED or UNKNOWN, or when it
 * does not stand in our cluster. */
static int row_target(struct sb_pass *pass, const struct sb_adopt_rule *rule,
		      const json_t *evidence, struct sb_adopt *adopt, json_t **ret_row)
{
	sb_autobuf index = SB_BUF_INIT(512);
	char id[256], path[64];
	const char *answer;
	json_t *row;

	*ret_row = NULL;
	snprintf(path, sizeof(path), "%s/id", rule->target);
	if (!sb_origin_text(evidence, path, id)) {
		adopt->state = SB_ADOPT_UNKNOWN;
		sb_fail(&adopt->why, SB_E_FORBIDDEN,
			"%s names an object that our token may not see: nothing is made in its "
			"place",
			rule->words);
		return 0;
	}
	sb_buf_addf(&index, "%s?id=%s", pass->kind->name, id);
	answer = sb_table_get(pass->run->snap->asked, sb_buf_str(&index));
	if (!answer) {
		adopt->state = SB_ADOPT_ASKED;
		return sb_question_add(pass->run, SB_ASK_ID, pass->kind,
				       strchr(sb_buf_str(&index), '?') + 1, "", pass->run->current);
	}
	sb_buf_reset(&index);
	sb_buf_addf(&index, "%s#%s", pass->kind->name, id);
	row = sb_table_get_json(pass->run->snap->origins, sb_buf_str(&index));
	if (*answer || !row) {
		adopt->state = SB_ADOPT_UNKNOWN;
		if (*answer)
			sb_reason_get(answer, &adopt->why);
		else
			sb_fail(&adopt->why, SB_E_STATE,
				"%s names the object %s, which is not there", rule->words, id);
		json_decref(row);
		return 0;
	}
	if (sb_json_str(evidence, "proxmox_vm_name"))
		json_object_set(row, "named_by_tool", json_object_get(evidence, "proxmox_vm_name"));
	*ret_row = row;
	return 0;
}

static int weigh(struct sb_pass *pass, const struct sb_want *want, const struct sb_adopt_rule *rule,
		 const json_t *evidence, json_t *candidates, struct sb_adopt *adopt)
{
	sb_autojson *row = NULL;
	bool placed;
	int rc = 0;

	if (judge(pass, want, rule, evidence, &placed) != OURS)
		return 0;
	if (rule->path)
		rc = row_target(pass, rule, evidence, adopt, &row);
	else
		row = json_incref((json_t *)(uintptr_t)evidence);
	if (rc < 0 || !row)
		return rc;
	if (placed || in_our_cluster(want, row))
		add_candidate(pass, want, row, candidates, adopt);
	return 0;
}

/* The question of a rule for one value. */
static int question_of(const struct sb_adopt_rule *rule, const char *value, struct sb_buf *text)
{
	sb_buf_addf(text, "%s?", rule->name);
	if (rule->all) {
		sb_buf_add(text, rule->all);
	} else {
		if (!rule->path)
			sb_buf_add(text, "cf_stagebox_key__empty=true&");
		sb_buf_addf(text, "%s=", rule->ask);
		sb_buf_add_url(text, value);
	}
	return text->failed ? SB_E_NOMEM : 0;
}

/* Ask once; then "" or the reason why there is no answer. A path that is not there has no rows. */
static int ask(struct sb_pass *pass, const char *question, struct sb_adopt *adopt, bool *ret_ready)
{
	sb_autobuf name = SB_BUF_INIT(700);
	const char *answer;

	sb_buf_addf(&name, "%s?%s", pass->kind->name, question);
	answer = sb_table_get(pass->run->snap->asked, sb_buf_str(&name));
	*ret_ready = answer && !*answer;
	if (!answer) {
		if (adopt->state == SB_ADOPT_NONE)
			adopt->state = SB_ADOPT_ASKED;
		return sb_question_add(pass->run, SB_ASK_ORIGIN, pass->kind, question, "",
				       pass->run->current);
	}
	if (*answer) {
		struct sb_error why;

		sb_reason_get(answer, &why);
		if (why.http_status == 404)
			return 0;
		adopt->state = SB_ADOPT_UNKNOWN;
		adopt->why = why;
	}
	return 0;
}

static void several(struct sb_adopt *adopt, const struct sb_adopt_rule *rule,
		    const struct sb_kind *kind, const json_t *candidates)
{
	sb_autobuf names = SB_BUF_INIT(400);
	const json_t *row;
	char text[160];
	size_t i;

	json_array_foreach (candidates, i, row) {
		sb_adopt_describe(kind, row, text);
		sb_buf_addf(&names, "%s%s", i ? ", " : "", text);
		refuse(adopt, kind, row, "");
	}
	sb_fail(&adopt->why, SB_E_NOTFOUND,
		"several objects in NetBox are it by %s: %.300s: keep one, and delete the others "
		"or "
		"take the number from them",
		rule->words, names.failed ? "more than fit here" : sb_buf_str(&names));
}

static void found(struct sb_adopt *adopt, const struct sb_kind *kind, const json_t *row,
		  const char *words)
{
	sb_autobuf by = SB_BUF_INIT(512);
	char text[160];

	sb_adopt_describe(kind, row, text);
	sb_buf_addf(&by, "adopted by %s: it was %s", words, text);
	adopt->state = SB_ADOPT_FOUND;
	adopt->row = json_copy((json_t *)(uintptr_t)row);
	json_object_set_new(adopt->row, "by", sb_json_text(sb_buf_str(&by), 500));
}

/* One rule from its question to its verdict. */
static int try_rule(struct sb_pass *pass, const struct sb_want *want,
		    const struct sb_adopt_rule *rule, struct sb_adopt *adopt)
{
	sb_autojson *candidates = json_array(), *rows = NULL;
	sb_autobuf text = SB_BUF_INIT(512);
	char value[256];
	const json_t *row;
	bool ready;
	size_t i;
	int rc;

	value_of(pass, want, rule->asked, value);
	rc = question_of(rule, value, &text);
	if (!rc)
		rc = ask(pass, sb_buf_str(&text), adopt, &ready);
	if (rc < 0 || !ready || adopt->state == SB_ADOPT_ASKED)
		return rc;
	sb_buf_reset(&text);
	sb_buf_addf(&text, "%s:%s", rule->name, value);
	rows = sb_origin_rows(pass->run, sb_buf_str(&text));
	json_array_foreach (rows, i, row) {
		if (!rc)
			rc = weigh(pass, want, rule, row, candidates, adopt);
	}
	if (rc < 0 || adopt->state == SB_ADOPT_ASKED || adopt->state == SB_ADOPT_UNKNOWN)
		return rc;
	if (json_array_size(candidates) > 1)
		several(adopt, rule, pass->kind, candidates);
	else if (json_array_size(candidates) == 1 && adopt->state == SB_ADOPT_NONE)
		found(adopt, pass->kind, json_array_get(candidates, 0), rule->words);
	return 0;
}

/* A number alone says nothing: the estate must be named, or the cluster be in NetBox. */
static bool can_be_placed(const struct sb_want *want, const struct sb_adopt_rule *rule)
{
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(rule->checks) && rule->checks[i].member; i++) {
		if (rule->checks[i].is == SB_ADOPT_ESTATE)
			return true;
	}
	return json_is_integer(json_object_get(want->fields, "cluster"));
}

/* All questions are put in one pass; a weaker rule decides only where the stronger ones say
 * nothing. */
int sb_adopt_by_rule(struct sb_pass *pass, const struct sb_want *want, struct sb_adopt *ret_adopt)
{
	const struct sb_adopt_rule *rule;
	int rc = 0;

	for (rule = sb_adopt_rules; !rc && rule->name; rule++) {
		bool has = false, asked = false;

		if (!sb_streq(rule->kind, pass->kind->name) || !can_be_placed(want, rule))
			continue;
		rc = sb_origin_has_rule(pass, rule, &has, &asked, &ret_adopt->why);
		if (asked && ret_adopt->state == SB_ADOPT_NONE)
			ret_adopt->state = SB_ADOPT_ASKED;
		if (!rc && ret_adopt->why.code && ret_adopt->state == SB_ADOPT_NONE)
			ret_adopt->state = SB_ADOPT_UNKNOWN;
		if (!rc && has)
			rc = try_rule(pass, want, rule, ret_adopt);
		if (ret_adopt->state > SB_ADOPT_ASKED)
			break;
	}
	return rc;
}

static int deny_by_rows(struct sb_pass *pass, const struct sb_want *want,
			const struct sb_adopt_rule *rule, const json_t *candidate,
			struct sb_adopt *adopt)
{
	json_int_t id = json_integer_value(json_object_get(candidate, "id"));
	sb_autobuf text = SB_BUF_INIT(512);
	sb_autojson *rows = NULL;
	const json_t *row;
	bool ready, placed;
	size_t i;
	int rc;

	sb_buf_addf(&text, "%s?%s=%" JSON_INTEGER_FORMAT, rule->name, rule->back, id);
	rc = ask(pass, sb_buf_str(&text), adopt, &ready);
	if (rc < 0 || !ready)
		return rc;
	sb_buf_reset(&text);
	sb_buf_addf(&text, "%s@%" JSON_INTEGER_FORMAT, rule->name, id);
	rows = sb_origin_rows(pass->run, sb_buf_str(&text));
	json_array_foreach (rows, i, row) {
		if (judge(pass, want, rule, row, &placed) == ANOTHERS)
			refuse(adopt, pass->kind, candidate,
			       "has its name, but is another guest's by a sync-state row of "
			       "netbox-proxbox: rename or delete it, or correct the row");
	}
	return 0;
}

int sb_adopt_denies(struct sb_pass *pass, const struct sb_want *want, const json_t *candidate,
		    struct sb_adopt *ret_adopt)
{
	const char *key = sb_adopt_taker(pass, candidate);
	const struct sb_adopt_rule *rule;
	int rc = 0;

	if (key && !sb_streq(key, want->key))
		refuse(ret_adopt, pass->kind, candidate, "is adopted as another object");
	else if (is_other_hardware(want, candidate))
		refuse(ret_adopt, pass->kind, candidate,
		       "has its name, but is another machine by its hardware marks");
	for (rule = sb_adopt_rules; !rc && ret_adopt->state == SB_ADOPT_NONE && rule->name;
	     rule++) {
		bool has = false, asked = false, placed;

		if (!sb_streq(rule->kind, pass->kind->name) || (!rule->needs && !rule->back))
			continue;
		rc = sb_origin_has_rule(pass, rule, &has, &asked, &ret_adopt->why);
		if (asked)
			ret_adopt->state = SB_ADOPT_ASKED;
		if (rc < 0 || !has)
			continue;
		if (rule->back)
			rc = deny_by_rows(pass, want, rule, candidate, ret_adopt);
		else if (judge(pass, want, rule, candidate, &placed) == ANOTHERS)
			refuse(ret_adopt, pass->kind, candidate,
			       "has its name, but is another guest's by the number that a tool "
			       "wrote into it: rename or delete it, or correct the number");
	}
	return rc;
}

/* Is there a part of that name at the source, too? Then it is that one's. */
static bool is_anothers_name(const struct sb_pass *pass, const struct sb_want *want,
			     const json_t *row)
{
	const char *name = sb_json_str(row, "name"), *last = strrchr(want->key, '/');
	sb_autobuf key = SB_BUF_INIT(512);

	if (!pass->source || !name || !last)
		return false;
	sb_buf_addf(&key, "%.*s/%s", (int)(last - want->key), want->key, name);
	return !key.failed && !sb_streq(sb_buf_str(&key), want->key) &&
	       sb_table_get(pass->source->rows, sb_buf_str(&key));
}

int sb_adopt_part(struct sb_pass *pass, const struct sb_want *want, const char *natural,
		  struct sb_adopt *ret_adopt)
{
	const char *wanted = NULL, *words = NULL;
	const char *member = sb_adopt_part_member(pass->kind, &wanted, &words);
	const json_t *value = member ? json_object_get(want->fields, wanted) : NULL;
	size_t parent = strcspn(natural, "|") + 1, i;
	sb_autofree char *prefix = strndup(natural, parent);
	sb_autojson *candidates = json_array();

	if (!prefix || !candidates)
		return SB_E_NOMEM;
	if (!member || sb_value_empty(value))
		return 0;
	for (i = sb_table_lower(pass->list->unowned, prefix);
	     i < sb_table_count(pass->list->unowned); i++) {
		sb_autojson *rows = NULL;
		const json_t *row;
		size_t j;

		if (strncmp(sb_table_key_at(pass->list->unowned, i), prefix, parent) != 0)
			break;
		rows = json_loads(sb_table_text_at(pass->list->unowned, i), 0, NULL);
		json_array_foreach (rows, j, row) {
			if (sb_value_same(sb_kind_field(pass->kind, member), value,
					  json_object_get(row, member)) &&
			    !is_anothers_name(pass, want, row))
				add_candidate(pass, want, row, candidates, ret_adopt);
		}
	}
	if (json_array_size(candidates) == 1)
		found(ret_adopt, pass->kind, json_array_get(candidates, 0), words);
	return 0;
}

int sb_adopt_take(struct sb_pass *pass, const struct sb_want *want, const json_t *row)
{
	char mark[96];
	int rc;

	snprintf(mark, sizeof(mark), "#%s#%" JSON_INTEGER_FORMAT, pass->kind->name,
		 json_integer_value(json_object_get(row, "id")));
	rc = sb_table_put(pass->run->diff->adopted, mark, want->key);
	return rc < 0 ? rc : sb_table_put_json(pass->run->diff->adopted, want->key, row);
}
