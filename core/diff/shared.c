/* SPDX-License-Identifier: Apache-2.0 */
/* Demands for shared objects: merged, created once, recorded as core's own stage. */
#include "diff/shared.h"

#include <ctype.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "diff/policy.h"
#include "diff/refused.h"
#include "diff/similar.h"
#include "model/key.h"
#include "run/account.h"
#include "run/door.h"
#include "run/question.h"
#include "run/refusal.h"
#include "run/ref.h"
#include "stagebox/json.h"

/* Room for the suffix of a slug: "-", six digits, and the end. */
enum { SUFFIX_ROOM = 8 };

static void make_suffix(const char *text, char ret_suffix[SUFFIX_ROOM])
{
	unsigned char digest[crypto_generichash_BYTES_MIN];

	crypto_generichash(digest, sizeof(digest), (const unsigned char *)text, strlen(text), NULL,
			   0);
	snprintf(ret_suffix, SUFFIX_ROOM, "-%02x%02x%02x", digest[0], digest[1], digest[2]);
}

/* The account of a shared kind, opened at its first demand. Shared objects are not owned, so only
 * the source side is counted. */
static int open_shared_account(struct sb_run *run, const struct sb_kind *kind)
{
	char prefix[128];
	int account;

	snprintf(prefix, sizeof(prefix), "shared/%s/", kind->name);
	account = sb_account_of(run, kind, prefix);
	return account >= 0 ? account : sb_account_open(run, SB_STAGE_SHARED, kind, prefix);
}

static json_t *find_in_index(const struct sb_nb_list *list, const struct sb_table *index,
			     char *text_take)
{
	sb_autofree char *text = text_take;
	const char *key = text ? sb_table_get(index, text) : NULL;

	return key ? sb_table_get_json(list->rows, key) : NULL;
}

/* The natural key and the name are both unique in NetBox. The fields hold ids, because the object
 * may be in a group that has another slug than the demanded one. */
json_t *sb_shared_find_placed(const struct sb_nb_list *list, const json_t *fields)
{
	return find_in_index(list, list->places, sb_natural_text(list->kind, fields));
}

static json_t *find_by_name(const struct sb_nb_list *list, const json_t *fields)
{
	return find_in_index(list, list->names, sb_shared_name(list->kind, fields));
}

/* Networks know a VLAN by its number: one with the name and another number is another VLAN. */
static bool has_number(const struct sb_kind *kind)
{
	return sb_kind_trait(kind, SB_TRAIT_NUMBER) != NULL;
}

/* Add the stable suffix to the name, and to the slug. */
static int set_other_name(const struct sb_kind *kind, json_t *fields)
{
	const char *member = sb_shared_name_field(kind), *name = sb_json_str(fields, member);
	size_t room = sb_kind_field(kind, member)->max_chars;
	const struct sb_kind_field *slug_field = sb_kind_trait(kind, SB_TRAIT_SLUG);
	const char *slug = slug_field ? sb_json_str(fields, slug_field->name) : NULL;
	char suffix[SUFFIX_ROOM];
	sb_autojson *head = NULL;

	make_suffix(name, suffix);
	head = sb_json_text(name, room ? room - strlen(suffix) : SIZE_MAX);
	if (!head)
		return SB_E_NOMEM;
	if (slug)
		json_object_set_new(fields, slug_field->name,
				    json_sprintf("%.90s%s", slug, suffix));
	return json_object_set_new(fields, member,
				   json_sprintf("%s%s", json_string_value(head), suffix)) < 0
		       ? SB_E_NOMEM
		       : 0;
}

/* Two different objects of NetBox have the demanded natural key and the demanded name, or another
 * VLAN has the name: neither is used for the other. The demand gets another name; *ret_row is the
 * object that has it already. */
static int avoid_taken(struct sb_run *run, const struct sb_nb_list *list, json_t *fields,
		       const json_t *taken, json_t **ret_row)
{
	const char *member = sb_shared_name_field(list->kind);
	sb_autojson *name = json_incref(json_object_get(fields, member));

	if (set_other_name(list->kind, fields) < 0)
		return SB_E_NOMEM;
	*ret_row = sb_shared_find_placed(list, fields);
	if (*ret_row)
		return 0;
	return sb_similar_note_name(run, list->kind, json_string_value(name),
				    sb_json_str(fields, member), taken);
}

/* The row that satisfies the demand, by either of its unique keys; NULL = none. */
static int find_shared_row(struct sb_run *run, const struct sb_nb_list *list, json_t *fields,
			   json_t **ret_row)
{
	sb_autojson *place = sb_shared_find_placed(list, fields),
		    *named = find_by_name(list, fields);
	bool is_same = json_equal(json_object_get(place, "id"), json_object_get(named, "id"));

	*ret_row = NULL;
	if (named && (has_number(list->kind) ? !place : place && !is_same))
		return avoid_taken(run, list, fields, named, ret_row);
	*ret_row = place ? sb_steal(place) : sb_steal(named);
	return 0;
}

static int update_shared(struct sb_run *run, const struct sb_kind *kind, const char *key,
			 const json_t *fields, const json_t *row, int account)
{
	sb_autojson *set = json_object(), *was = json_object();
	const struct sb_kind_field *field;
	struct sb_last last = {0};
	struct sb_op *op;
	int rc = 0;

	for (field = kind->fields; !rc && field->name; field++) {
		json_t *wanted = json_object_get(fields, field->name);
		json_t *current = json_object_get(row, field->name);
		char id[32];

		if (!wanted)
			continue;
		switch (sb_policy_choose(run, kind, key, field, wanted, current, false, &last)) {
		case SB_CHOICE_ASK:
			snprintf(id, sizeof(id), "%" JSON_INTEGER_FORMAT,
				 json_integer_value(json_object_get(row, "id")));
			rc = sb_question_add(run, SB_ASK_CHANGES, kind, id, key);
			break;
		case SB_CHOICE_SET:
			if (sb_refusal_words(run, kind, key, field->name, wanted))
				break;
			json_object_set(set, field->name, wanted);
			json_object_set_new(was, field->name,
					    current ? json_deep_copy(current) : json_null());
			break;
		default: break;
		}
	}
	sb_last_finish(&last);
	if (rc < 0)
		return rc;
	if (!json_object_size(set)) {
		sb_account_at(run, account)->same++;
		return 0;
	}
	op = sb_plan_add(&run->diff->plan, kind, SB_UPDATE, key, "shared", "changed",
			 json_incref(set), json_incref(was));
	if (!op)
		return SB_E_NOMEM;
	op->target = json_integer_value(json_object_get(row, "id"));
	op->account = account;
	return 0;
}

/* Guests decide how many tags and platforms there are, and new ones in each run would fill NetBox.
 * Each kind is counted apart, so that tags do not use up what VLANs need. */
static bool exceeds_day(const struct sb_run *run, const struct sb_kind *kind, struct sb_error *why)
{
	int64_t made = json_integer_value(json_object_get(run->shared_made, kind->name));
	int64_t planned = json_integer_value(json_object_get(run->diff->shared_new, kind->name));

	if (made < 0) /* of a recording */
		made = 0;
	if (!run->shared_limit || (made < run->shared_limit && planned < run->shared_limit - made))
		return false;
	sb_fail(why, SB_E_UNSUPPORTED,
		"this endpoint may create %" PRId64 " objects of kind %s in 24 hours "
		"(limits.shared_per_day): it is left out until it may, or until the limit is "
		"higher",
		run->shared_limit, kind->name);
	return true;
}

static int count_new(struct sb_run *run, const struct sb_kind *kind)
{
	json_int_t n = json_integer_value(json_object_get(run->diff->shared_new, kind->name));

	return json_object_set_new(run->diff->shared_new, kind->name, json_integer(n + 1));
}

/* 1 when a missing shared object must not be created, because the list is incomplete, NetBox would
 * refuse it, or there are too many; notes the reason. Values that would be refused are removed from
 * fields. */
static int check_shared_create(struct sb_run *run, const struct sb_nb_list *list, const char *key,
			       json_t *fields, int account)
{
	struct sb_error why = list->why;
	int rc = SB_REFUSED_WAITS;

	if (list->known == SB_KNOWN_COMPLETE) {
		rc = sb_refused_create(run, list->kind, "shared", key, fields, &why);
		if (!rc && exceeds_day(run, list->kind, &why))
			rc = SB_REFUSED_BEFORE;
		if (rc <= 0)
			return rc;
	} else if (!why.code)
		sb_fail(&why, SB_E_STATE, "NetBox's list of %s was not read", list->kind->name);
	if (rc == SB_REFUSED_BEFORE)
		sb_account_at(run, account)->skipped++;
	else
		sb_account_at(run, account)->unknown++;
	sb_run_partial_object(run, SB_STAGE_SHARED,
			      rc == SB_REFUSED_BEFORE ? SB_EFFECT_SKIPPED : SB_EFFECT_UNKNOWN, key,
			      &why);
	return sb_reason_put(run->diff->absent_why, key, &why) < 0 ? SB_E_NOMEM : 1;
}

static int place_shared(struct sb_run *run, const struct sb_kind *kind, const char *key,
			json_t *fields, const json_t *row)
{
	const struct sb_nb_list *list = sb_snapshot_list(run->snap, kind->name);
	int account = open_shared_account(run, kind), blocked;
	struct sb_op *op;

	if (account < 0)
		return account;
	sb_account_at(run, account)->seen++;
	if (row) {
		if (!sb_table_get(list->rows, key) &&
		    sb_table_put_json(run->diff->adopted, key, row) < 0)
			return SB_E_NOMEM;
		return update_shared(run, kind, key, fields, row, account);
	}
	blocked = check_shared_create(run, list, key, fields, account);
	if (blocked)
		return blocked < 0 ? blocked : 0;
	op = sb_plan_add(&run->diff->plan, kind, SB_CREATE, key, "shared", "needed",
			 json_deep_copy(fields), NULL);
	if (!op || sb_map_put(run->diff->created, key, 0) < 0 || count_new(run, kind) < 0)
		return SB_E_NOMEM;
	op->account = account;
	return 0;
}

static const char *type_of_kind(const struct sb_run *run, const char *name)
{
	const struct sb_kind *kind = sb_kinds_find(sb_registry_kinds(run->registry), name);

	return kind ? kind->object_type : "";
}

/* Resolve the references of a demand to ids, or to keys of objects that this plan creates. 1 when
 * one is absent or unknown. */
static int resolve_refs(struct sb_run *run, const struct sb_kind *kind, json_t *fields,
			struct sb_error *why)
{
	const struct sb_kind_field *field;

	for (field = kind->fields; field->name; field++) {
		const char *ref = sb_json_str(json_object_get(fields, field->name), "$ref");
		json_t *value = NULL;

		if (!ref)
			continue;
		switch (sb_ref(run, field->kind, ref, &value, why)) {
		case SB_REF_ID:
		case SB_REF_NEW: break;
		default: return 1;
		}
		if (field->type == SB_FIELD_OBJECT)
			value = json_pack("{s:s, s:o}", "type", type_of_kind(run, field->kind),
					  "id", value);
		json_object_set_new(fields, field->name, value);
	}
	return 0;
}

/* Find or plan the object of a new demand. An object with another slug has another key, under which
 * the demand is noted, too. */
static int place_demand(struct sb_run *run, const struct sb_kind *kind, const char *key,
			json_t *demand, const json_t *fields)
{
	const struct sb_kind_field *slug = sb_kind_trait(kind, SB_TRAIT_SLUG);
	const struct sb_nb_list *list = sb_snapshot_list(run->snap, kind->name);
	sb_autojson *placed = json_copy((json_t *)(uintptr_t)fields), *row = NULL, *renamed = NULL;
	sb_autofree char *as = NULL;
	struct sb_error why = SB_ERROR_INIT;
	int rc;

	if (!sb_key_is_valid(key)) {
		sb_fail(&why, SB_E_NOTFOUND,
			"a %s whose name contains a character that cannot be printed is not "
			"created",
			kind->name);
		return sb_reason_put(run->diff->absent_why, key, &why);
	}
	rc = resolve_refs(run, kind, placed, &why);
	if (rc > 0)
		return sb_reason_put(run->diff->absent_why, key, &why);
	rc = find_shared_row(run, list, placed, &row);
	if (rc < 0)
		return rc;
	renamed = json_copy((json_t *)(uintptr_t)fields);
	if (slug && json_object_get(placed, slug->name))
		json_object_set(renamed, slug->name, json_object_get(placed, slug->name));
	as = sb_shared_key_of_want(kind, renamed);
	if (as && !sb_streq(as, key)) {
		json_object_set_new(demand, "as", json_string(as));
		json_object_set(run->diff->demands, as, demand);
	}
	return as ? place_shared(run, kind, as, placed, row) : SB_E_NOMEM;
}

static int fail_without_key(const struct sb_kind *kind, struct sb_error *err)
{
	sb_autobuf names = SB_BUF_INIT(2000);
	size_t i;

	for (i = 0; kind->natural[i]; i++)
		sb_buf_addf(&names, "%s\"%s\"", i ? ", " : "", kind->natural[i]);
	return sb_fail(err, SB_E_ARG,
		       "sb_shared: %s has no value for its natural key: set its fields %s",
		       kind->name, sb_buf_str(&names));
}

/* Has the demand fields of the kind only, each of its type? */
static int check_demand(const struct sb_kind *kind, const json_t *fields, struct sb_error *err)
{
	const char *name, *fault;
	json_t *value;

	if (!fields)
		return sb_fail(err, SB_E_ARG, "sb_shared: the fields of %s are NULL: " SB_NULL_JSON,
			       kind->name);
	json_object_foreach ((json_t *)(uintptr_t)fields, name, value) {
		const struct sb_kind_field *field = sb_kind_field(kind, name);
		sb_autofree char *text = json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);

		fault = field ? sb_door_value(field, value) : NULL;
		if (!field)
			return sb_fail(err, SB_E_ARG, "sb_shared: kind \"%s\" has no field \"%s\"",
				       kind->name, name);
		if (fault)
			return sb_fail(err, SB_E_ARG,
				       "sb_shared: field \"%s\" of kind \"%s\": the value %.80s %s",
				       name, kind->name, text ? text : "?", fault);
	}
	return 0;
}

/* Do two demands of one key differ in the spelling of the name alone? What servers and guests
 * report is often spelled in two ways ("16-Core", "16 Core"): that is one object, with the name
 * that came first. */
static bool is_spelled_otherwise(const struct sb_kind *kind, const json_t *demand,
				 const json_t *fields)
{
	const char *member = sb_shared_name_field(kind);
	sb_autojson *same = json_copy((json_t *)(uintptr_t)fields);
	sb_autofree char *ours = NULL, *other = NULL;
	const char *name = member ? sb_json_str(demand, member) : NULL,
		   *other_name = member ? sb_json_str(fields, member) : NULL;

	if (!name || !other_name || json_object_set_new(same, member, json_string(name)) < 0)
		return false;
	ours = sb_slug(name);
	other = sb_slug(other_name);
	return sb_streq(ours, other) && json_equal(demand, same);
}

int sb_shared(struct sb_stage_run *stage, const char *kind_name, json_t *fields_take,
	      const char **ret_key, struct sb_error *err)
{
	struct sb_run *run = stage->run;
	const struct sb_kind *kind = sb_kinds_find(sb_registry_kinds(run->registry), kind_name);
	const char *name = sb_run_stage_name(run, stage->at);
	sb_autojson *fields = fields_take;
	sb_autofree char *key = NULL;
	json_t *demand, *demands;
	int rc = sb_door_phase(stage, SB_IN_DIFF | SB_IN_WANT, "sb_shared", err);

	if (rc < 0)
		return rc;
	demands = run->diff->demands;
	if (!kind || !(kind->flags & SB_KIND_SHARED))
		return sb_fail(err, SB_E_ARG, "sb_shared: kind \"%s\" is not a shared kind",
			       kind_name);
	rc = check_demand(kind, fields, err);
	if (rc < 0)
		return rc;
	key = sb_shared_key_of_want(kind, fields);
	if (!key)
		return fail_without_key(kind, err);
	demand = json_object_get(demands, key);
	if (demand && !json_equal(json_object_get(demand, "fields"), fields) &&
	    !is_spelled_otherwise(kind, json_object_get(demand, "fields"), fields))
		return sb_fail(err, SB_E_CONFLICT,
			       "stages %s and %s demand %s with different values: correct one of "
			       "the modules",
			       sb_json_str(demand, "stage"), name, key);
	if (!demand) {
		demand = json_pack("{s:O, s:s}", "fields", fields, "stage", name);
		if (json_object_set_new(demands, key, demand) < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
		rc = place_demand(run, kind, key, demand, fields);
		if (rc < 0)
			return sb_fail(err, rc, "%s: out of memory", key);
	}
	if (sb_json_str(demand, "as")) {
		free(key);
		key = strdup(sb_json_str(demand, "as"));
		if (!key)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	if (stage->selected)
		json_object_set_new(demand, "selected", json_true());
	if (ret_key)
		*ret_key = json_object_iter_key(json_object_iter_at(demands, key));
	return 0;
}

/* Do the characters between two others become one hyphen? Any other sequence could make two
 * different texts equal. */
static bool is_separator(const char *gap, size_t len)
{
	return (len == 1 && (*gap == ' ' || *gap == '-')) ||
	       (len == 3 && sb_starts_with(gap, " - "));
}

static bool is_plain(int lower)
{
	return (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9');
}

/* A slug of text. is_exact: a capital letter counts as a character that the slug cannot keep. */
static char *make_slug(const char *text, bool is_exact)
{
	char suffix[SUFFIX_ROOM];
	sb_autobuf slug = SB_BUF_INIT(256);
	const char *c, *gap = text; /* where the characters begin that the slug cannot keep */
	bool lossy = false;

	for (c = text; *c && slug.len < 90; c++) {
		int lower = tolower((unsigned char)*c);

		if (is_exact && lower != (unsigned char)*c)
			lossy = true;
		if (!is_plain(lower))
			continue;
		if (c > gap && (!slug.len || !is_separator(gap, (size_t)(c - gap))))
			lossy = true;
		if (c > gap && slug.len)
			sb_buf_add(&slug, "-");
		sb_buf_addf(&slug, "%c", lower);
		gap = c + 1;
	}
	if (*c || c > gap || !slug.len)
		lossy = true;
	if (lossy) {
		make_suffix(text, suffix);
		sb_buf_add(&slug, slug.len ? suffix : suffix + 1);
	}
	return sb_buf_take(&slug);
}

char *sb_slug(const char *text)
{
	return make_slug(text, false);
}

char *sb_slug_exact(const char *text)
{
	return make_slug(text, true);
}
