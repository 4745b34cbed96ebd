/* SPDX-License-Identifier: Apache-2.0 */
/* Demands for shared objects: merged, created once, recorded as core's own stage. */
#include <ctype.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "diff/policy.h"
#include "run/question.h"
#include "run/ref.h"
#include "stagebox/json.h"

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

/* The row that satisfies the demand: by natural key, else the one object of that name. */
static json_t *find_shared_row(const struct sb_nb_list *list, const char *key, const json_t *fields)
{
	const char *name = sb_json_str(fields, "name"), *other;
	json_t *row = sb_table_get_json(list->rows, key);

	if (row || !sb_streq(list->kind->natural[0], "slug"))
		return row;
	other = name ? sb_table_get(list->names, name) : NULL;
	return other ? sb_table_get_json(list->rows, other) : NULL;
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
			rc = sb_question_add(run, SB_ASK_CHANGES, kind, id, key, run->current);
			break;
		case SB_CHOICE_SET:
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

/* 1 when a missing shared object must not be created, because the list is incomplete; notes the
 * reason. */
static int check_shared_list(struct sb_run *run, const struct sb_nb_list *list, const char *key,
			     int account)
{
	struct sb_error why = list->why;

	if (list->known == SB_KNOWN_COMPLETE)
		return 0;
	if (!why.code)
		sb_fail(&why, SB_E_STATE, "NetBox's list of %s was not read", list->kind->name);
	sb_account_at(run, account)->unknown++;
	sb_run_partial_object(run, SB_STAGE_SHARED, SB_EFFECT_UNKNOWN, key, &why);
	return sb_reason_put(run->diff->absent_why, key, &why) < 0 ? SB_E_NOMEM : 1;
}

static int place_shared(struct sb_run *run, const struct sb_kind *kind, const char *key,
			const json_t *fields)
{
	const struct sb_nb_list *list = sb_snapshot_list(run->snap, kind->name);
	sb_autojson *row = find_shared_row(list, key, fields);
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
	blocked = check_shared_list(run, list, key, account);
	if (blocked)
		return blocked < 0 ? blocked : 0;
	op = sb_plan_add(&run->diff->plan, kind, SB_CREATE, key, "shared", "needed",
			 json_deep_copy(fields), NULL);
	if (!op || sb_table_put(run->diff->created, key, "") < 0)
		return SB_E_NOMEM;
	op->account = account;
	return 0;
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
		case SB_REF_NEW: json_object_set_new(fields, field->name, value); break;
		default: return 1;
		}
	}
	return 0;
}

int sb_shared(struct sb_run *run, const char *kind_name, json_t *fields_take, const char **ret_key,
	      struct sb_error *err)
{
	const struct sb_kind *kind = sb_kinds_find(sb_registry_kinds(run->registry), kind_name);
	const char *stage = sb_run_stage_name(run, run->current);
	sb_autojson *fields = fields_take;
	sb_autofree char *key = NULL;
	json_t *demand, *demands = run->diff->demands;
	struct sb_error why = SB_ERROR_INIT;
	int rc;

	if (!kind || !(kind->flags & SB_KIND_SHARED))
		return sb_fail(err, SB_E_ARG, "sb_shared: kind \"%s\" is not a shared kind",
			       kind_name);
	key = sb_shared_key_of_want(kind, fields);
	if (!key)
		return sb_fail(err, SB_E_ARG, "sb_shared: %s has no value for its natural key",
			       kind_name);
	demand = json_object_get(demands, key);
	if (demand && !json_equal(json_object_get(demand, "fields"), fields))
		return sb_fail(err, SB_E_CONFLICT,
			       "stages %s and %s demand %s with different values: correct one of "
			       "the modules",
			       sb_json_str(demand, "stage"), stage, key);
	if (!demand) {
		demand = json_pack("{s:O, s:s}", "fields", fields, "stage", stage);
		if (json_object_set_new(demands, key, demand) < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
		{
			sb_autojson *placed = json_copy(fields);

			rc = resolve_refs(run, kind, placed, &why);
			if (!rc)
				rc = place_shared(run, kind, key, placed);
			else
				rc = sb_reason_put(run->diff->absent_why, key, &why);
		}
		if (rc < 0)
			return sb_fail(err, rc, "%s: out of memory", key);
	}
	if (run->current == SB_STAGE_SHARED || sb_run_stage(run, run->current)->selected)
		json_object_set_new(demand, "selected", json_true());
	if (ret_key)
		*ret_key = json_object_iter_key(json_object_iter_at(demands, key));
	return 0;
}

char *sb_slug(const char *text)
{
	unsigned char digest[crypto_generichash_BYTES_MIN];
	sb_autobuf slug = SB_BUF_INIT(256);
	bool lossy = false, gap = false;
	const char *c;

	for (c = text; *c && slug.len < 90; c++) {
		int lower = tolower((unsigned char)*c);
		bool plain = (lower >= 'a' && lower <= 'z') || (lower >= '0' && lower <= '9');

		if (plain) {
			if (gap && slug.len)
				sb_buf_add(&slug, "-");
			sb_buf_addf(&slug, "%c", lower);
			gap = false;
			continue;
		}
		/* Any other dropped character could make two different texts equal. */
		if (*c != ' ' && *c != '-')
			lossy = true;
		gap = true;
	}
	if (*c || !slug.len)
		lossy = true;
	if (lossy) {
		crypto_generichash(digest, sizeof(digest), (const unsigned char *)text,
				   strlen(text), NULL, 0);
		sb_buf_addf(&slug, "%s%02x%02x%02x", slug.len ? "-" : "", digest[0], digest[1],
			    digest[2]);
	}
	return sb_buf_take(&slug);
}
