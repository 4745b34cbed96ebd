/* SPDX-License-Identifier: Apache-2.0 */
/* Several objects in NetBox with one key: which is ours, and what becomes of the others. */
#include "diff/owner.h"

#include <stdio.h>
#include <string.h>

#include "diff/change_log.h"
#include "diff/describe.h"
#include "diff/prune.h"
#include "diff/prune_gate.h"
#include "diff/release.h"
#include "diff/touched.h"
#include "model/birth.h"
#include "run/account.h"
#include "run/prune_settings.h"
#include "run/question.h"
#include "stagebox/json.h"

/* The properties by which one of the objects with a key is chosen. */
struct evidence {
	bool fits;      /* instance id or parent of the source */
	bool wrote_key; /* our user gave it the key, by the change log */
	bool is_marked; /* created by us by its mark, with the numbers of the source */
	bool has_parts; /* objects of ours are part of it */
	json_int_t id;
};

/* Does a value that the source has differ in NetBox? */
static bool value_differs(const struct sb_want *want, const json_t *row, const char *field)
{
	const json_t *wanted = want ? json_object_get(want->fields, field) : NULL;

	return wanted && !json_equal(wanted, json_object_get(row, field));
}

static bool fits_source(const struct sb_kind *kind, const struct sb_want *want, const json_t *row)
{
	const char *birth = sb_json_str(row, "stagebox_birth");

	if (!want)
		return false;
	if (kind->flags & SB_KIND_CHILD && kind->parent_field)
		return json_object_get(want->fields, kind->parent_field) &&
		       !value_differs(want, row, kind->parent_field);
	return want->birth && birth && sb_same_birth(json_string_value(want->birth), birth);
}

/* Is an object of ours a part of this one? */
static bool has_parts(const struct sb_run *run, const struct sb_kind *kind, const json_t *row)
{
	size_t i, j;

	for (i = 0; i < run->snap->n_lists; i++) {
		const struct sb_nb_list *list = &run->snap->lists[i];
		const char *member = list->kind->parent_field;
		const struct sb_kind_field *field =
			member ? sb_kind_field(list->kind, member) : NULL;

		if (!field || field->type != SB_FIELD_REF || !sb_streq(field->kind, kind->name))
			continue;
		for (j = 0; j < sb_table_count(list->rows); j++) {
			sb_autojson *part = json_loads(sb_table_text_at(list->rows, j), 0, NULL);

			if (json_equal(json_object_get(part, member), json_object_get(row, "id")))
				return true;
		}
	}
	return false;
}

static void weigh_row(const struct sb_run *run, const struct sb_kind *kind,
		      const struct sb_want *want, const json_t *row, struct evidence *ret_evidence)
{
	const struct sb_kind_field *hardware = sb_kind_trait(kind, SB_TRAIT_HARDWARE);

	*ret_evidence = (struct evidence){
		.fits = fits_source(kind, want, row),
		.is_marked = json_is_false(json_object_get(row, "stagebox_adopted")) &&
			     !(hardware && value_differs(want, row, hardware->name)) &&
			     !value_differs(want, row, "stagebox_vmid"),
		.has_parts = has_parts(run, kind, row),
		.id = json_integer_value(json_object_get(row, "id")),
	};
}

/* Is a better than b? *ret_why: by what. */
static bool is_better(const struct evidence *a, const struct evidence *b, const char **ret_why)
{
	*ret_why = "it has the instance id or the parent of the source";
	if (a->fits != b->fits)
		return a->fits;
	*ret_why = "NetBox's change log shows that our user gave it the key";
	if (a->wrote_key != b->wrote_key)
		return a->wrote_key;
	*ret_why = "its mark and its numbers are those of an object that stagebox created";
	if (a->is_marked != b->is_marked)
		return a->is_marked;
	*ret_why = "it has the parts";
	if (a->has_parts != b->has_parts)
		return a->has_parts;
	*ret_why = "it is the older one";
	return a->id < b->id;
}

/* The change log is asked where the source does not decide. */
static int ask_writer(struct sb_run *run, const struct sb_kind *kind, const char *key,
		      const json_t *row, struct evidence *evidence, bool *ret_asked)
{
	sb_autojson *written = NULL;
	int rc = sb_change_log_ask_key(run, kind, key, row, &written, ret_asked);
	const char *text = json_string_value(written);

	evidence->wrote_key = text && sb_streq(text, key);
	return rc;
}

/* One row of a key beside the row that has the key in the snapshot. */
static int settle_row(struct sb_run *run, struct sb_nb_list *list, const char *key, size_t i,
		      const struct sb_want *want)
{
	sb_autojson *first = sb_table_get_json(list->rows, key);
	json_t *entry = json_array_get(list->duplicates, i);
	const json_t *row = json_array_get(entry, 1);
	struct evidence ours, other;
	bool is_asked = false;
	const char *why;
	int rc = 0;

	weigh_row(run, list->kind, want, first, &ours);
	weigh_row(run, list->kind, want, row, &other);
	if (ours.fits == other.fits) {
		rc = ask_writer(run, list->kind, key, first, &ours, &is_asked);
		if (!rc)
			rc = ask_writer(run, list->kind, key, row, &other, &is_asked);
	}
	if (rc < 0 || is_asked)
		return rc;
	if (is_better(&other, &ours, &why) && sb_nb_list_swap_duplicate(list, i) < 0)
		return SB_E_NOMEM;
	entry = json_array_get(list->duplicates, i);
	json_array_remove(entry, 2);
	return json_array_append_new(entry, json_string(why)) < 0 ? SB_E_NOMEM : 0;
}

int sb_owner_settle(struct sb_run *run, const struct sb_kind *kind, const char *key,
		    const struct sb_want *want)
{
	struct sb_nb_list *list = sb_snapshot_list(run->snap, kind->name);
	const char *other;
	const json_t *row;
	size_t i;
	int rc = 0;

	for (i = 0; !rc && sb_nb_list_duplicate(list, i, &other, &row); i++) {
		if (sb_streq(other, key))
			rc = settle_row(run, list, key, i, want);
	}
	return rc;
}

int sb_owner_settle_vanished(struct sb_run *run, const struct sb_kind *kind, const char *prefix,
			     const struct sb_source *source)
{
	struct sb_nb_list *list = sb_snapshot_list(run->snap, kind->name);
	const json_t *row;
	const char *key;
	size_t i;
	int rc = 0;

	for (i = 0; !rc && sb_nb_list_duplicate(list, i, &key, &row); i++) {
		if (sb_starts_with(key, prefix) && !(source && sb_table_get(source->rows, key)))
			rc = settle_row(run, list, key, i, NULL);
	}
	return rc;
}

/* One of the objects with a key that are not ours. */
struct other {
	struct sb_run *run;
	size_t stage; /* that decides */
	const struct sb_kind *kind;
	const char *key, *why_owner;
	const json_t *row;
	const json_t *owner; /* the row that has the key */
	char what[200];      /* why it gets its fate */
	bool wrote_key;      /* our user gave it the key */
	bool is_saved;       /* of a saved plan: the gates of prune are not asked */
};

static void set_reason(struct other *other, const char *what)
{
	snprintf(other->what, sizeof(other->what), "%.190s", what);
}

/* Are objects in NetBox that would be deleted with a guest or node? */
static int find_attached(struct other *other, bool *ret_found, bool *ret_asked)
{
	struct sb_run *run = other->run;
	const struct sb_kinds *kinds = sb_registry_kinds(run->registry);
	size_t i;
	int rc = 0;

	for (i = 0; !rc && i < sb_kinds_count(kinds); i++) {
		const struct sb_kind *kind = sb_kinds_at(kinds, i);
		const struct sb_kind_field *field =
			kind->parent_field ? sb_kind_field(kind, kind->parent_field) : NULL;
		json_int_t id = json_integer_value(json_object_get(other->row, "id"));
		char text[100], index[200];

		if (!field || field->type != SB_FIELD_REF ||
		    !sb_streq(field->kind, other->kind->name) ||
		    (run->netbox && !sb_run_has_kind(run, kind->name)))
			continue;
		snprintf(text, sizeof(text), "%s_id=%" JSON_INTEGER_FORMAT, field->name, id);
		snprintf(index, sizeof(index), "%s?%s", kind->name, text);
		if (!sb_table_get(run->snap->asked, index)) {
			*ret_asked = true;
			rc = sb_question_add(run, SB_ASK_ATTACHED, kind, text, "");
			continue;
		}
		*ret_found = *ret_found || *sb_table_get(run->snap->asked, index);
		snprintf(index, sizeof(index), "%s on %s %" JSON_INTEGER_FORMAT, kind->name,
			 other->kind->object_type, id);
		*ret_found = *ret_found || sb_table_get(run->snap->origins, index);
	}
	return rc;
}

/* Did people work on it, or is anything part of it? */
static int judge_work(struct other *other, bool *ret_touched, bool *ret_asked)
{
	struct sb_error why = SB_ERROR_INIT;
	bool has_attached = false;
	char id[32], index[600];
	int rc;

	/* The store knows the values of the object that has the key, so the log is asked. */
	sb_change_log_index(other->key, other->row, id, index, sizeof(index));
	rc = sb_touched_find(other->run, other->kind, NULL, index, other->row, &why);
	if (rc < 0)
		return rc;
	*ret_asked = *ret_asked || rc == SB_TOUCHED_ASKED;
	*ret_touched = rc == SB_TOUCHED;
	rc = find_attached(other, &has_attached, ret_asked);
	if (*ret_touched)
		set_reason(other, why.text);
	else if (has_attached)
		set_reason(other, "there are parts on it");
	*ret_touched = *ret_touched || has_attached;
	return rc;
}

/* An interrupted run may have created the object twice: then it has the key from our user and the
 * instance id of the one that is kept. */
static bool is_created_twice(const struct other *other)
{
	const json_t *birth = json_object_get(other->row, "stagebox_birth");
	const json_t *same = json_object_get(other->owner, "stagebox_birth");

	return other->wrote_key && json_is_false(json_object_get(other->row, "stagebox_adopted")) &&
	       (json_equal(birth, same) || (sb_value_empty(birth) && sb_value_empty(same)));
}

/* Judge an object that our user created. A delete of one that was created twice loses nothing:
 * NetBox's change log proves that our user created it with this key, and another object has the
 * key. */
static int judge_ours(struct other *other, enum sb_fate *ret_fate)
{
	bool is_touched = false, is_asked = false;
	int rc = judge_work(other, &is_touched, &is_asked);

	*ret_fate = SB_FATE_KEEP;
	if (is_asked)
		*ret_fate = SB_FATE_ASKED;
	if (rc < 0 || is_asked || is_touched)
		return rc;
	if (is_created_twice(other) || other->kind->flags & SB_KIND_CHILD)
		*ret_fate = SB_FATE_DELETE;
	else if (other->is_saved || !sb_prune_is_enabled(other->run->conf))
		set_reason(other, "our user created it, but it is not the same guest, and "
				  "prune.enabled is off");
	else if (!sb_prune_allows(other->run, other->stage, other->kind, 1))
		set_reason(other, "above prune.max_count or prune.max_percent");
	else
		*ret_fate = SB_FATE_DELETE;
	return 0;
}

static int judge_other(struct other *other, enum sb_fate *ret_fate)
{
	bool is_adopted = json_is_true(json_object_get(other->row, "stagebox_adopted"));
	bool is_asked = false;
	sb_autojson *written = NULL;
	struct sb_error why;
	const char *made = NULL;
	int rc = sb_change_log_ask_key(other->run, other->kind, other->key, other->row, &written,
				       &is_asked);

	if (!rc)
		rc = sb_change_log_ask_maker(other->run, other->kind, other->row, &made);
	*ret_fate = SB_FATE_ASKED;
	if (rc < 0 || is_asked || !made)
		return rc;
	other->wrote_key = written && sb_streq(json_string_value(written), other->key);
	*ret_fate = SB_FATE_KEEP;
	if (*made == '1' && !is_adopted)
		return judge_ours(other, ret_fate);
	if (*made == '{') {
		sb_reason_get(made, &why);
		set_reason(other, why.text);
		return 0;
	}
	if (sb_streq(made, SB_MADE_NOT_KNOWN) && !is_adopted) {
		set_reason(other, "NetBox's change log does not say who created it");
		return 0;
	}
	*ret_fate = SB_FATE_RELEASE;
	set_reason(other, is_adopted ? "it is an object of people"
				     : "NetBox's change log shows that others created it");
	return 0;
}

static int delete_other(struct other *other, int account)
{
	sb_autofree char *natural = sb_natural_text(other->kind, other->row);
	char text[160], why[300];
	struct sb_op *op;

	sb_describe_row(other->kind, other->row, text);
	snprintf(why, sizeof(why), "%s has a second time the key of an object that is kept", text);
	op = sb_prune_add(other->run, other->kind, other->key, other->row, account, why);
	if (!op)
		return SB_E_NOMEM;
	return natural ? sb_op_add_freed(op, other->kind, natural) : 0;
}

/* Names both objects, what was done, and what people can do. */
static void report_other(const struct other *other, const char *done)
{
	struct sb_run *run = other->run;
	struct sb_error why = SB_ERROR_INIT;
	char text[160], url[300], owner_url[300];

	sb_describe_row(other->kind, other->row, text);
	sb_describe_url(run, other->kind, other->row, url, sizeof(url));
	sb_describe_url(run, other->kind, other->owner, owner_url, sizeof(owner_url));
	sb_fail(&why, SB_E_STATE,
		"NetBox has %.80s twice: %.90s is ours (%s); %.60s, %.90s, %s: %.100s", other->key,
		owner_url, other->why_owner ? other->why_owner : "it is the older one", text, url,
		done, other->what);
	sb_run_partial(run, other->stage, &why);
}

static int drop_other(struct other *other, int account)
{
	struct sb_account *counts = sb_account_at(other->run, account);
	bool is_adopted = json_is_true(json_object_get(other->row, "stagebox_adopted"));
	enum sb_fate fate;
	int rc = judge_other(other, &fate);

	counts->before++;
	if (rc < 0)
		return rc;
	switch (fate) {
	case SB_FATE_DELETE: return delete_other(other, account);
	case SB_FATE_RELEASE:
		report_other(other, "loses its key");
		return is_adopted && other->wrote_key
			       ? sb_release_duplicate(other->run, other->kind, other->key,
						      other->row, account)
			       : sb_release_copy(other->run, other->kind, other->key, other->row,
						 account);
	case SB_FATE_KEEP:
		report_other(other, "is kept: delete it in NetBox or clear its stagebox_key");
		break;
	case SB_FATE_ASKED: break;
	}
	counts->kept++;
	return 0;
}

/* Let the object with this id be the one that is not ours. Returns 1, 0 when no other object has
 * the key, or SB_E_NOMEM. */
static int find_second(struct sb_nb_list *list, const char *key, int64_t id, size_t *ret_position)
{
	size_t i;

	for (i = 0; i < json_array_size(list->duplicates); i++) {
		const json_t *entry = json_array_get(list->duplicates, i);

		if (!sb_streq(json_string_value(json_array_get(entry, 0)), key))
			continue;
		if (sb_table_id(list->rows, key) == id && sb_nb_list_swap_duplicate(list, i) < 0)
			return SB_E_NOMEM;
		*ret_position = i;
		if (json_integer_value(json_object_get(json_array_get(entry, 1), "id")) == id)
			return 1;
	}
	return 0;
}

int sb_owner_judge(struct sb_run *run, const struct sb_kind *kind, const char *key, int64_t id,
		   bool *ret_second, enum sb_fate *ret_fate)
{
	struct sb_nb_list *list = sb_snapshot_list(run->snap, kind->name);
	struct other other = {
		.run = run, .stage = SB_STAGE_SHARED, .kind = kind, .key = key, .is_saved = true};
	sb_autojson *owner = NULL;
	size_t position = 0;
	int rc = find_second(list, key, id, &position);

	*ret_second = rc > 0;
	*ret_fate = SB_FATE_KEEP;
	if (rc <= 0)
		return rc;
	owner = sb_table_get_json(list->rows, key);
	other.owner = owner;
	other.row = json_array_get(json_array_get(list->duplicates, position), 1);
	return judge_other(&other, ret_fate);
}

int sb_owner_drop_others(struct sb_run *run, const struct sb_reconcile *reconcile, int account,
			 struct sb_error *err)
{
	const struct sb_kind *kind = sb_account_at(run, account)->kind;
	const struct sb_nb_list *list = sb_snapshot_list(run->snap, kind->name);
	const json_t *entry;
	size_t i;

	json_array_foreach (list->duplicates, i, entry) {
		const char *key = json_string_value(json_array_get(entry, 0));
		sb_autojson *owner = sb_table_get_json(list->rows, key);
		struct other other = {.run = run,
				      .stage = sb_account_at(run, account)->stage,
				      .kind = kind,
				      .key = key,
				      .row = json_array_get(entry, 1),
				      .why_owner = json_string_value(json_array_get(entry, 2)),
				      .owner = owner};

		if (sb_starts_with(key, reconcile->prefix) && drop_other(&other, account) < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	return 0;
}
