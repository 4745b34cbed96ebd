/* SPDX-License-Identifier: Apache-2.0 */
/* Objects of ours that are the same guest by its instance id. */
#include "diff/instance.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/list.h"
#include "diff/describe.h"
#include "diff/elsewhere.h"
#include "diff/follow.h"
#include "diff/want.h"
#include "run/question.h"
#include "stagebox/json.h"

/* The index of such rows in snap->origins. */
static void make_index(const struct sb_kind *kind, const char *mark, char ret_text[100])
{
	snprintf(ret_text, 100, "%s with instance %s", kind->name, mark);
}

int sb_instance_note(struct sb_run *run, const struct sb_want *want)
{
	char mark[SB_BIRTH_MARK];
	const char *known;

	if (!sb_birth_mark(json_string_value(want->birth), mark))
		return 0;
	known = sb_table_get(run->snap->instances, mark);
	if (known && (!*known || sb_streq(known, want->key)))
		return 0;
	return sb_table_put(run->snap->instances, mark, known ? "" : want->key);
}

int sb_instance_read(struct sb_run *run, const char *prefix)
{
	char index[540];

	snprintf(index, sizeof(index), "read %s", prefix);
	return sb_table_put(run->snap->instances, index, "");
}

bool sb_instance_is_read(const struct sb_run *run, const char *prefix)
{
	char index[540];

	snprintf(index, sizeof(index), "read %s", prefix);
	return sb_table_get(run->snap->instances, index) != NULL;
}

int sb_instance_take(struct sb_run *run, const struct sb_kind *kind, const json_t *row)
{
	sb_autojson *flat = sb_value_flatten_whole(kind, row), *all = NULL;
	char mark[SB_BIRTH_MARK], index[100];

	if (!flat)
		return SB_E_SHAPE;
	if (!sb_json_str(flat, "stagebox_key") ||
	    !sb_birth_mark(sb_json_str(flat, "stagebox_birth"), mark))
		return 0;
	make_index(kind, mark, index);
	all = sb_table_get_json(run->snap->origins, index);
	if (!all)
		all = json_array();
	if (sb_list_holds(all, flat))
		return 0;
	if (json_array_append(all, flat) < 0)
		return SB_E_NOMEM;
	return sb_table_put_json(run->snap->origins, index, all);
}

int sb_instance_rows(struct sb_run *run, const struct sb_kind *kind, const char *birth,
		     json_t **ret_rows, bool *ret_asked, struct sb_error *ret_why)
{
	char mark[SB_BIRTH_MARK], asked[160], index[100];
	const char *answer;

	*ret_rows = NULL;
	*ret_asked = false;
	if (!sb_birth_mark(birth, mark))
		return 0;
	/* A container has several marks: the text contains the one that is asked for. */
	snprintf(asked, sizeof(asked), "%s?cf_stagebox_birth__ic=%s", kind->name, mark);
	answer = sb_table_get(run->snap->asked, asked);
	if (!answer) {
		*ret_asked = true;
		return sb_question_add(run, SB_ASK_INSTANCE, kind, strchr(asked, '?') + 1, "");
	}
	if (*answer)
		sb_reason_get(answer, ret_why);
	make_index(kind, mark, index);
	*ret_rows = sb_table_get_json(run->snap->origins, index);
	return 0;
}

/* The key of another object of ours with the mark, in the source or in NetBox; NULL = none.
 */
static const char *find_other(const struct sb_run *run, const char *key, const char *mark,
			      const json_t *rows)
{
	const char *at_source = sb_table_get(run->snap->instances, mark), *other;
	const json_t *row;
	size_t i;

	if (at_source && *at_source && !sb_streq(at_source, key))
		return at_source;
	json_array_foreach (rows, i, row) {
		other = sb_json_str(row, "stagebox_key");
		if (!sb_streq(other, key))
			return other;
	}
	return at_source && !*at_source ? "several guests" : NULL;
}

/* Note that two objects of ours may be one guest. row: of the other one in NetBox. */
static int note_similar(struct sb_run *run, const struct sb_kind *kind, const char *key,
			const char *mark, const json_t *row, const char *text)
{
	const char *name = sb_kind_title(kind, row), *other = sb_json_str(row, "stagebox_key");
	sb_autobuf why = SB_BUF_INIT(900);
	json_t *entry;
	char url[300];

	sb_describe_url(run, kind, row, url, sizeof(url));
	sb_buf_addf(&why, "has the same %s as %.200s, \"%.100s\", %s: %s", sb_birth_words(mark),
		    other, name ? name : "", url, text);
	entry = json_pack("{s:s, s:s, s:s, s:o, s:{s:O, s:s, s:s}}", "key", key, "kind", kind->name,
			  "by", strchr(mark, ':') ? "mac" : "uuid", "why",
			  sb_json_text(sb_buf_str(&why), 800), "other", "id",
			  json_object_get(row, "id"), "name", name ? name : "", "url", url);
	if (sb_list_holds(run->diff->similar, entry)) {
		json_decref(entry);
		return 0;
	}
	return json_array_append_new(run->diff->similar, entry) < 0 ? SB_E_NOMEM : 0;
}

/* Keep an object whose guest is another one now: the object in rows, or at the source only. */
static int keep_for_other(struct sb_run *run, const struct sb_kind *kind, const char *key,
			  const char *mark, const json_t *rows, const char *other,
			  struct sb_error *ret_why)
{
	const json_t *row;
	size_t i;
	int rc = 0;

	sb_fail(ret_why, SB_E_STATE, "%s has the same %s as %s", key, sb_birth_words(mark), other);
	json_array_foreach (rows, i, row) {
		if (!rc && !sb_streq(sb_json_str(row, "stagebox_key"), key))
			rc = note_similar(run, kind, key, mark, row,
					  "it is kept, whatever prune says; move what people wrote "
					  "to that object, then delete this one in NetBox");
	}
	return rc;
}

int sb_instance_keeps(struct sb_run *run, size_t stage, const struct sb_kind *kind, const char *key,
		      const json_t *row, bool *ret_keeps, struct sb_error *ret_why)
{
	const char *birth = sb_json_str(row, "stagebox_birth"), *other;
	struct sb_error unread = SB_ERROR_INIT;
	sb_autojson *rows = NULL;
	char mark[SB_BIRTH_MARK];
	int rc = sb_instance_rows(run, kind, birth, &rows, ret_keeps, &unread);

	if (rc < 0 || *ret_keeps || !sb_birth_mark(birth, mark))
		return rc;
	other = find_other(run, key, mark, rows);
	*ret_keeps = unread.code || other;
	if (unread.code) {
		sb_fail(ret_why, SB_E_STATE,
			"%s is kept: NetBox could not be asked whether another object of ours has "
			"its %s: %s",
			key, sb_birth_words(mark), unread.text);
		sb_run_partial(run, stage, ret_why);
	}
	if (unread.code || !other)
		return 0;
	return keep_for_other(run, kind, key, mark, rows, other, ret_why);
}

int sb_instance_check(struct sb_pass *pass, const struct sb_want *want)
{
	const char *birth = json_string_value(want->birth);
	struct sb_error unread = SB_ERROR_INIT;
	sb_autojson *rows = NULL;
	char mark[SB_BIRTH_MARK];
	const json_t *row;
	bool is_asked;
	size_t i;
	int rc;

	if (!pass->run->netbox || !sb_birth_mark(birth, mark))
		return 0;
	rc = sb_instance_rows(pass->run, pass->kind, birth, &rows, &is_asked, &unread);
	if (!rc && unread.code)
		sb_run_partial(pass->run, pass->at, &unread);
	json_array_foreach (rows, i, row) {
		if (!rc && !sb_streq(sb_json_str(row, "stagebox_key"), want->key))
			rc = note_similar(
				pass->run, pass->kind, want->key, mark, row,
				"when it is the same guest, delete one of the two in NetBox; "
				"prune keeps both");
	}
	return rc;
}

/* Note the keys of NetBox's objects of this endpoint by their marks; "" = several. */
static int index_rows(struct sb_pass *pass)
{
	struct sb_table *instances = pass->run->snap->instances;
	char done[100], mark[SB_BIRTH_MARK], index[100];
	size_t i;
	int rc = 0;

	snprintf(done, sizeof(done), "indexed %s", pass->kind->name);
	if (sb_table_get(instances, done))
		return 0;
	for (i = 0; !rc && i < sb_table_count(pass->list->rows); i++) {
		sb_autojson *row = json_loads(sb_table_text_at(pass->list->rows, i), 0, NULL);

		if (!sb_birth_mark(sb_json_str(row, "stagebox_birth"), mark))
			continue;
		snprintf(index, sizeof(index), "netbox %s", mark);
		rc = sb_table_put(
			instances, index,
			sb_table_get(instances, index) ? "" : sb_table_key_at(pass->list->rows, i));
	}
	return rc < 0 ? rc : sb_table_put(instances, done, "");
}

/* The key of the only object of this endpoint with the mark, if it is gone at the source; NULL =
 * none. */
static const char *find_gone(const struct sb_pass *pass, const char *mark)
{
	const char *key;
	char index[100];

	snprintf(index, sizeof(index), "netbox %s", mark);
	key = sb_table_get(pass->run->snap->instances, index);
	if (!key || !*key || !sb_starts_with(key, pass->reconcile->prefix) || !pass->source ||
	    sb_table_get(pass->source->rows, key) || sb_source_unknown(pass->source, key) ||
	    sb_source_kept(pass->source, key))
		return NULL;
	return key;
}

/* Has no object but that of key the mark, at the source and in NetBox? */
static bool is_alone(const struct sb_pass *pass, const struct sb_want *want, const char *key,
		     const char *mark, const json_t *rows)
{
	const char *at_source = sb_table_get(pass->run->snap->instances, mark);
	const json_t *row;
	size_t i;

	json_array_foreach (rows, i, row) {
		if (!sb_streq(sb_json_str(row, "stagebox_key"), key))
			return false;
	}
	return at_source && sb_streq(at_source, want->key);
}

/* Is the object proven gone at the source? *ret_asked: its stage is being asked. */
static int check_gone(struct sb_pass *pass, const char *key, bool *ret_gone, bool *ret_asked)
{
	const struct sb_stage_entry *stage = sb_registry_stage(pass->run->registry, pass->at);
	const char *gone = sb_table_get(pass->run->snap->gone, key);

	*ret_gone = !stage->stage.prove_gone || (gone && sb_streq(gone, "1"));
	if (*ret_gone || gone)
		return 0;
	*ret_asked = true;
	return sb_question_add_gone(pass->run, pass->at, key);
}

/* The row of the only object of ours with the mark, when another endpoint has it, which lacked it
 * in its last complete run; NULL = none. Borrowed. */
static const json_t *find_elsewhere(const struct sb_pass *pass, const json_t *rows)
{
	const json_t *row = json_array_get(rows, 0);
	const char *key = sb_json_str(row, "stagebox_key");

	if (json_array_size(rows) != 1 || !key || !sb_elsewhere_is_other(pass->run, key) ||
	    !json_object_get(pass->run->snap->vanished, key))
		return NULL;
	return row;
}

/* Take the object of another endpoint, when all its parts are read. */
static int take_elsewhere(struct sb_pass *pass, struct sb_want *want, const char *mark,
			  const json_t *rows, json_t **ret_row, bool *ret_asked)
{
	const json_t *row = find_elsewhere(pass, rows);
	const char *key = sb_json_str(row, "stagebox_key");
	struct sb_error unread = SB_ERROR_INIT;
	int rc;

	if (!row || !is_alone(pass, want, key, mark, rows))
		return 0;
	rc = sb_follow_read(pass, want, key, ret_asked, &unread);
	if (rc < 0 || *ret_asked || unread.code)
		return rc;
	want->stood = sb_table_intern(pass->run->snap->moves, key);
	*ret_row = json_incref((json_t *)(uintptr_t)row);
	return want->stood ? 0 : SB_E_NOMEM;
}

int sb_instance_find(struct sb_pass *pass, struct sb_want *want, json_t **ret_row, bool *ret_asked)
{
	const char *birth = json_string_value(want->birth), *key;
	struct sb_error unread = SB_ERROR_INIT;
	sb_autojson *rows = NULL;
	char mark[SB_BIRTH_MARK];
	bool is_gone;
	int rc;

	if (!sb_birth_mark(birth, mark))
		return 0;
	rc = index_rows(pass);
	key = rc < 0 ? NULL : find_gone(pass, mark);
	if (rc < 0 || (!key && !json_object_size(pass->run->snap->vanished)))
		return rc;
	if (!sb_instance_is_read(pass->run, pass->reconcile->prefix)) {
		pass->run->diff->once_more = pass->run->diff->plan.is_draft = *ret_asked = true;
		return 0;
	}
	rc = sb_instance_rows(pass->run, pass->kind, birth, &rows, ret_asked, &unread);
	if (rc < 0 || *ret_asked || unread.code)
		return rc;
	if (!key)
		return take_elsewhere(pass, want, mark, rows, ret_row, ret_asked);
	if (!is_alone(pass, want, key, mark, rows))
		return 0;
	rc = check_gone(pass, key, &is_gone, ret_asked);
	if (rc < 0 || !is_gone)
		return rc;
	*ret_row = sb_table_get_json(pass->list->rows, key);
	want->stood = sb_table_intern(pass->list->rows, key);
	return *ret_row && want->stood ? 0 : SB_E_NOMEM;
}

int sb_instance_compare(struct sb_run *run, const struct sb_kind *kind, const struct sb_want *want)
{
	const char *birth = json_string_value(want->birth), *rest = strchr(want->key, '/');
	struct sb_error unread = SB_ERROR_INIT;
	sb_autojson *rows = NULL;
	char mark[SB_BIRTH_MARK], key[600];
	const json_t *row;
	bool is_asked, is_alike = false;
	size_t i;
	int rc;

	if (!run->snap->alike || !rest || !sb_birth_mark(birth, mark))
		return 0;
	rc = sb_instance_rows(run, kind, birth, &rows, &is_asked, &unread);
	if (rc < 0 || is_asked || unread.code)
		return rc;
	snprintf(key, sizeof(key), "%s%s", run->snap->alike, rest);
	json_array_foreach (rows, i, row)
		is_alike = is_alike || sb_streq(sb_json_str(row, "stagebox_key"), key);
	run->diff->n_alike += is_alike;
	run->diff->n_unlike += !is_alike;
	return 0;
}
