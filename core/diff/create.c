/* SPDX-License-Identifier: Apache-2.0 */
/* Wanted objects that NetBox does not have under our key: adopt, create, or refuse. */
#include "diff/create.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "diff/adopt.h"
#include "diff/describe.h"
#include "diff/elsewhere.h"
#include "diff/instance.h"
#include "diff/move.h"
#include "diff/object.h"
#include "diff/prune.h"
#include "diff/prune_gate.h"
#include "diff/refused.h"
#include "diff/release.h"
#include "diff/similar.h"
#include "diff/want.h"
#include "run/policies.h"
#include "run/prune_settings.h"
#include "run/question.h"
#include "stagebox/json.h"

/* Policy `never` forbids a field at creation too, except in the natural key that NetBox needs. */
static void select_create_fields(struct sb_pass *pass, struct sb_want *want)
{
	const struct sb_kind_field *field;
	size_t i;

	for (field = pass->kind->fields; field->name; field++) {
		bool is_natural = false;

		if (!sb_object_takes(pass, field)) {
			json_object_del(want->fields, field->name);
			continue;
		}
		if (field->type == SB_FIELD_OBJECT ||
		    sb_policy_of(pass->run, pass->kind, field) != SB_POLICY_NEVER)
			continue;
		for (i = 0; pass->kind->natural[i]; i++)
			is_natural = is_natural || sb_streq(pass->kind->natural[i], field->name);
		if (!is_natural)
			json_object_del(want->fields, field->name);
	}
}

/* Reduce the wanted fields to those that are sent, and note what else NetBox has of the object.
 * has_row: NetBox has the object that the new one replaces. *ret_done: it is not created now. */
static int judge_create(struct sb_pass *pass, struct sb_want *want, bool has_row, bool *ret_done)
{
	int rc = sb_similar_check(pass, want);

	select_create_fields(pass, want);
	*ret_done = true;
	if (!rc)
		rc = sb_instance_check(pass, want);
	if (!rc)
		rc = sb_refused_members(pass, want, NULL);
	if (!rc)
		rc = sb_refused_create(pass->run, pass->kind, pass->stage, want->key, want->fields,
				       &want->why);
	if (rc < 0)
		return rc;
	if (rc == SB_REFUSED_BEFORE) {
		want->state = SB_WANT_ABSENT;
		return sb_object_skip(pass, want, has_row);
	}
	if (rc > 0)
		return sb_object_unknown(pass, want, has_row);
	*ret_done = false;
	return 0;
}

static int plan_create(struct sb_pass *pass, struct sb_want *want, const char *natural,
		       const char *why)
{
	json_t *set = json_incref(want->fields);
	struct sb_op *op;

	if (want->birth)
		json_object_set(set, "stagebox_birth", want->birth);
	op = sb_plan_add(&pass->run->diff->plan, pass->kind, SB_CREATE, want->key, pass->stage, why,
			 set, NULL);
	if (!op || sb_map_put_kept(pass->run->diff->created, op->key, 0) < 0)
		return SB_E_NOMEM;
	op->account = pass->account;
	if (sb_op_add_claimed(op, pass->kind, natural) < 0)
		return SB_E_NOMEM;
	return sb_adopt_order(pass->run, op, want->fields);
}

static int emit_create(struct sb_pass *pass, struct sb_want *want, const char *natural)
{
	bool is_done;
	int rc = judge_create(pass, want, false, &is_done);

	return rc < 0 || is_done ? rc : plan_create(pass, want, natural, "new at the source");
}

static int refuse_object(struct sb_pass *pass, struct sb_want *want, bool has_row, const char *why,
			 const json_t *others)
{
	int rc = sb_object_conflict(pass, want->key, NULL, NULL, others, why);

	sb_fail(&want->why, SB_E_CONFLICT, "%s", why);
	want->state = SB_WANT_SKIP;
	return rc < 0 ? rc : sb_object_skip(pass, want, has_row);
}

/* The query that finds objects with the natural key of a new one: by the parent where the key has
 * one, else by the value. */
static void build_place_query(struct sb_pass *pass, const struct sb_want *want,
			      struct sb_buf *query)
{
	const struct sb_kind_field *field;
	const json_t *value;
	size_t i;

	for (i = 0; pass->kind->natural[i]; i++) {
		field = sb_kind_field(pass->kind, pass->kind->natural[i]);
		value = json_object_get(want->fields, field->name);
		if (field->type == SB_FIELD_REF) {
			sb_buf_addf(query,
				    "cf_stagebox_key__empty=true&%s_id=%" JSON_INTEGER_FORMAT,
				    field->name, json_integer_value(value));
			return;
		}
	}
	field = sb_kind_field(pass->kind, pass->kind->natural[0]);
	value = json_object_get(want->fields, field->name);
	sb_buf_addf(query, "%s=", field->name);
	if (field->type == SB_FIELD_ADDRESS) {
		sb_autofree char *host = strdup(json_string_value(value));

		if (host)
			host[strcspn(host, "/")] = '\0';
		sb_buf_add_url(query, host ? host : "");
	} else {
		sb_buf_add_url(query, json_string_value(value));
	}
}

/* NetBox keeps the address of a guest that does not answer; when another guest has it now, the
 * first one lost it. Its part of the pass may be over, so the pass is repeated. */
static int note_taken(struct sb_pass *pass, const struct sb_want *want, const char *key)
{
	const struct sb_kind_field *role = sb_kind_sharing(pass->kind);

	if ((role && !sb_value_empty(json_object_get(want->fields, role->name))) ||
	    sb_streq(key, want->key) || sb_table_get(pass->run->snap->taken, key))
		return 0;
	pass->run->diff->once_more = pass->run->diff->plan.is_draft = true;
	return sb_table_put(pass->run->snap->taken, key, want->key);
}

/* An address that this plan releases is plain afterwards: another object may adopt it. New
 * reference, NULL = it is not released. */
static json_t *find_given_back(struct sb_pass *pass, const json_t *candidate)
{
	const char *key = sb_json_str(candidate, "stagebox_key");
	json_t *row;

	if (!key || !pass->kind->parent_field ||
	    !sb_map_get(pass->run->snap->released, key, NULL) ||
	    !sb_table_get(pass->list->rows, key))
		return NULL;
	row = json_copy((json_t *)(uintptr_t)candidate);
	json_object_del(row, "stagebox_key");
	json_object_del(row, "stagebox_adopted");
	json_object_set_new(row, pass->kind->parent_field, json_null());
	json_object_del(row, "holder");
	json_object_set_new(row, "given_back", json_true());
	return row;
}

static int take_row(struct sb_pass *pass, struct sb_want *want, const json_t *row, bool is_adopted)
{
	int rc = sb_adopt_take(pass, want, row);

	return rc < 0 ? rc : sb_object_compare(pass, want, row, is_adopted);
}

/* An object that its mark calls ours has lost its key, as when an administrator takes a type from
 * the custom field: it stays ours when the change log says that our user created it. */
static int take_back(struct sb_pass *pass, struct sb_want *want, const json_t *found)
{
	sb_autojson *row = NULL;
	char id[32], index[96];
	const char *made;

	snprintf(id, sizeof(id), "%" JSON_INTEGER_FORMAT,
		 json_integer_value(json_object_get(found, "id")));
	snprintf(index, sizeof(index), "%s#%s", pass->kind->name, id);
	made = sb_table_get(pass->run->snap->made, index);
	if (!made && sb_question_add(pass->run, SB_ASK_MADE, pass->kind, id, index) < 0)
		return SB_E_NOMEM;
	if (!made || sb_streq(made, "0")) /* the former is a draft until the answer comes */
		return take_row(pass, want, found, true);
	if (*made == '{') {
		sb_reason_get(made, &want->why);
		return sb_object_unknown(pass, want, false);
	}
	row = json_copy((json_t *)(uintptr_t)found);
	json_object_set_new(row, "lost_key", json_true());
	return take_row(pass, want, row, false);
}

static int adopt_object(struct sb_pass *pass, struct sb_want *want, const json_t *row)
{
	if (!sb_run_has_custom(pass->run, "stagebox_adopted", pass->kind)) {
		sb_fail(&want->why, SB_E_STATE,
			"%s is not adopted: NetBox has no custom field stagebox_adopted on %s: run "
			"`stagebox bootstrap`",
			want->key, pass->kind->object_type);
		return sb_object_unknown(pass, want, false);
	}
	if (json_is_false(json_object_get(row, "stagebox_adopted")))
		return take_back(pass, want, row);
	return take_row(pass, want, row, true);
}

static int adopt_by_name(struct sb_pass *pass, struct sb_want *want, const json_t *found)
{
	sb_autojson *row = json_copy((json_t *)(uintptr_t)found);
	const struct sb_kind_field *title = sb_kind_trait(pass->kind, SB_TRAIT_TITLE);
	char text[160], by[220];

	sb_describe_row(pass->kind, found, text);
	snprintf(by, sizeof(by), "adopted by its %s: it was %s", title ? title->name : "name",
		 text);
	json_object_set_new(row, "by", sb_json_text(by, sizeof(by)));
	return adopt_object(pass, want, row);
}

/* Act on the result of the rules. *ret_done: the object is decided. */
static int follow_rules(struct sb_pass *pass, struct sb_want *want, struct sb_adopt *verdict,
			const char *natural, bool *ret_done)
{
	*ret_done = true;
	switch (verdict->state) {
	case SB_ADOPT_ASKED:
		return emit_create(pass, want, natural); /* a draft until the answer comes */
	case SB_ADOPT_FOUND: return adopt_object(pass, want, verdict->row);
	case SB_ADOPT_REFUSED:
		return refuse_object(pass, want, false, verdict->why.text, verdict->others);
	case SB_ADOPT_UNKNOWN:
		want->why = verdict->why;
		return sb_object_unknown(pass, want, false);
	default: *ret_done = false; return 0;
	}
}

/* The candidates of one new object. */
struct candidates {
	json_t *found;   /* the last free one; owned */
	json_t *blocked; /* the last one that must not be adopted; owned */
	json_t *others;  /* [{"id", "name", "key", "url"}, ...] of all; owned */
	size_t n_free, n_blocked;
	char why[400]; /* of blocked */
};

static void finish_candidates(struct candidates *all)
{
	json_decref(all->found);
	json_decref(all->blocked);
	json_decref(all->others);
}

static json_t *list_candidate(struct sb_pass *pass, const json_t *row)
{
	char url[300];

	sb_describe_url(pass->run, pass->kind, row, url, sizeof(url));
	return json_pack("{s:O, s:s*, s:s*, s:s}", "id", json_object_get(row, "id"), "name",
			 sb_kind_title(pass->kind, row), "key", sb_json_str(row, "stagebox_key"),
			 "url", url);
}

static int weigh_candidate(struct sb_pass *pass, const struct sb_want *want,
			   const json_t *candidate, struct candidates *all)
{
	sb_autojson *given_back = find_given_back(pass, candidate);
	const char *key = sb_json_str(candidate, "stagebox_key");
	const char *adopter = sb_adopt_adopter(pass, candidate);
	char why[sizeof(all->why)];

	/* An address that another of our objects adopts: NetBox can hold it for both. */
	if (adopter && pass->kind->parent_field && !sb_streq(adopter, want->key))
		return note_taken(pass, want, adopter);
	/* Ours: claims order the ops when it is moved or deleted. */
	if (key && !given_back && sb_table_get(pass->list->rows, key))
		return note_taken(pass, want, key);
	if (given_back)
		candidate = given_back;
	json_array_append_new(all->others, list_candidate(pass, candidate));
	if (sb_adopt_is_free(pass, want, candidate, why, sizeof(why))) {
		json_decref(all->found);
		all->found = json_incref((json_t *)(uintptr_t)candidate);
		all->n_free++;
		return 0;
	}
	json_decref(all->blocked);
	all->blocked = json_incref((json_t *)(uintptr_t)candidate);
	all->n_blocked++;
	snprintf(all->why, sizeof(all->why), "%s", why);
	return 0;
}

/* Names the object of NetBox that is in the way, its owner, and the two ways out. One of another
 * endpoint that may be gone there moves by itself, when that endpoint is read. */
static int refuse_blocked(struct sb_pass *pass, struct sb_want *want, const struct candidates *all)
{
	sb_autobuf why = SB_BUF_INIT(900);
	char text[160], url[300];
	const char *key = sb_json_str(all->blocked, "stagebox_key");

	sb_describe_row(pass->kind, all->blocked, text);
	sb_describe_url(pass->run, pass->kind, all->blocked, url, sizeof(url));
	if (sb_elsewhere_moves(pass, all->blocked)) {
		sb_buf_addf(&why,
			    "not adopted yet: %.150s was there in the last run of %.*s: when it is "
			    "gone there, the next sync moves its %s, %s; else both have it",
			    key, (int)strcspn(key, "/"), key, text, url);
		return refuse_object(pass, want, false, sb_buf_str(&why), all->others);
	}
	sb_buf_addf(&why,
		    "not adopted: NetBox has %s, %s, but %s: assign it to this object in NetBox, "
		    "or delete it there",
		    text, url, all->why);
	return refuse_object(pass, want, false, sb_buf_str(&why), all->others);
}

/* NetBox allows one name in several sites: a cluster in another site is another cluster. Where the
 * name is unique in a home, the site does not matter. */
static bool is_in_other_scope(const struct sb_want *want, const json_t *candidate)
{
	const struct sb_kind_field *place = sb_kind_trait(want->kind, SB_TRAIT_PLACE);
	const json_t *ours = place ? json_object_get(want->fields, place->name) : NULL;
	const json_t *theirs = place ? json_object_get(candidate, place->name) : NULL;

	return !sb_kind_trait(want->kind, SB_TRAIT_HOME) && !sb_value_empty(ours) &&
	       !sb_value_empty(theirs) && !json_equal(ours, theirs);
}

/* A cluster of another endpoint has the name: it is that one, or needs another name. */
static int refuse_cluster(struct sb_pass *pass, struct sb_want *want, const char *key,
			  const json_t *others)
{
	const char *name = sb_kind_title(pass->kind, want->fields);
	int len = (int)strcspn(key, "/");
	char why[600];

	snprintf(why, sizeof(why),
		 "the cluster \"%.100s\" in NetBox is %.100s: if %.*s is the same Proxmox VE, put "
		 "this URL into its urls and remove this endpoint; else set cluster_name of this "
		 "endpoint in the configuration, such as \"{cluster}-{endpoint}\"",
		 name ? name : "", key, len < 64 ? len : 64, key);
	return refuse_object(pass, want, false, why, others);
}

/* Exactly one free candidate is adopted; several, or one that belongs to another object, are a
 * conflict. */
static int adopt_or_create(struct sb_pass *pass, struct sb_want *want, const char *natural)
{
	sb_autojson *rows = sb_table_get_json(pass->list->unowned, natural);
	struct candidates all SB_CLEANUP(finish_candidates) = {.others = json_array()};
	struct sb_adopt verdict SB_CLEANUP(sb_adopt_finish) = {0};
	const json_t *candidate;
	bool is_done = false;
	size_t i;
	int rc = 0;

	json_array_foreach (rows, i, candidate) {
		if (is_in_other_scope(want, candidate))
			continue;
		if (weigh_candidate(pass, want, candidate, &all) < 0)
			return SB_E_NOMEM;
	}
	if (all.n_free > 1)
		return refuse_object(pass, want, false,
				     "several unowned NetBox objects have this name or address: "
				     "keep one, rename or delete the others",
				     all.others);
	if (!all.n_free && sb_json_str(all.blocked, "stagebox_key") &&
	    pass->kind->flags & SB_KIND_ENDPOINT)
		return refuse_cluster(pass, want, sb_json_str(all.blocked, "stagebox_key"),
				      all.others);
	if (!all.n_free && all.n_blocked)
		return refuse_blocked(pass, want, &all);
	rc = all.n_free ? sb_adopt_check_candidate(pass, want, all.found, &verdict)
			: sb_adopt_part(pass, want, natural, &verdict);
	if (!rc)
		rc = follow_rules(pass, want, &verdict, natural, &is_done);
	if (rc < 0 || is_done)
		return rc;
	return all.n_free ? adopt_by_name(pass, want, all.found) : emit_create(pass, want, natural);
}

/* Ask for objects with the same natural key. *ret_ready: answered; ret_why: the reason, if they
 * could not be read. */
static int ask_place(struct sb_pass *pass, const struct sb_want *want, const struct sb_buf *query,
		     bool *ret_ready, struct sb_error *ret_why)
{
	sb_autobuf question = SB_BUF_INIT(2200);
	const char *answer;

	sb_buf_addf(&question, "%s?%s", pass->kind->name, sb_buf_str(query));
	answer = sb_table_get(pass->run->snap->asked, sb_buf_str(&question));
	*ret_ready = answer != NULL;
	if (!answer)
		return sb_question_add(pass->run, SB_ASK_UNOWNED, pass->kind, sb_buf_str(query),
				       want->key);
	if (*answer)
		sb_reason_get(answer, ret_why);
	return 0;
}

/* Whether an object is in use must be known before it is "created" or "replaced". */
static bool is_state_unknown(struct sb_want *want, const char *done)
{
	const struct sb_kind_field *field = sb_kind_trait(want->kind, SB_TRAIT_STATE);
	const char *why = field ? sb_json_str(want->unknown, field->name) : NULL;

	if (!why)
		return false;
	sb_fail(&want->why, SB_E_STATE, "it is not %s: its %s is unknown: %s", done, field->name,
		why);
	return true;
}

int sb_object_new(struct sb_pass *pass, struct sb_want *want)
{
	sb_autofree char *natural = sb_natural_text(pass->kind, want->fields);
	sb_autobuf query = SB_BUF_INIT(2048);
	struct sb_adopt verdict SB_CLEANUP(sb_adopt_finish) = {0};
	struct sb_error why = SB_ERROR_INIT;
	bool has_place, is_ready = false, is_done = false;
	sb_autojson *moved = NULL;
	int rc = 0;

	if (pass->list->known != SB_KNOWN_COMPLETE) {
		want->why = pass->list->why;
		if (!want->why.code)
			sb_fail(&want->why, SB_E_STATE, "NetBox's list of %s was not read",
				pass->kind->name);
		return sb_object_unknown(pass, want, false);
	}
	rc = sb_move_find(pass, want, &moved, &is_done);
	if (rc < 0)
		return rc;
	if (moved)
		return sb_move_take(pass, want, moved);
	if (is_done) /* a draft until the answer comes */
		return emit_create(pass, want, natural);
	if (is_state_unknown(want, "created"))
		return sb_object_unknown(pass, want, false);
	/* Its objects are ours alone, so that no other one has its place. */
	has_place = natural && !sb_kind_has_home(pass->kind);
	if (has_place) {
		build_place_query(pass, want, &query);
		rc = ask_place(pass, want, &query, &is_ready, &why);
	}
	if (rc < 0)
		return rc;
	if (why.code) {
		want->why = why;
		return sb_object_unknown(pass, want, false);
	}
	rc = sb_adopt_by_rule(pass, want, &verdict);
	if (!rc)
		rc = follow_rules(pass, want, &verdict, natural, &is_done);
	if (rc < 0 || is_done)
		return rc;
	return has_place && is_ready ? adopt_or_create(pass, want, natural)
				     : emit_create(pass, want, natural);
}

/* Keep the old object with all its parts, which the parts of the new guest must not mix with. */
static int hold_object(struct sb_pass *pass, struct sb_want *want, const char *why)
{
	if (sb_map_put(pass->run->diff->vanishing, want->key, SB_VANISHING_HELD) < 0)
		return SB_E_NOMEM;
	return refuse_object(pass, want, true, why, NULL);
}

/* Is the guest of the old object another object of ours now? The source's guests are all looked at
 * before that is known. */
static int keep_instance(struct sb_pass *pass, const struct sb_want *want, const json_t *row,
			 bool *ret_kept, struct sb_error *ret_why)
{
	struct sb_error why = SB_ERROR_INIT;
	int rc = sb_instance_keeps(pass->run, pass->at, pass->kind, want->key, row, ret_kept, &why);

	if (!sb_instance_is_read(pass->run, pass->reconcile->prefix))
		pass->run->diff->once_more = pass->run->diff->plan.is_draft = true;
	if (why.code)
		sb_fail(ret_why, SB_E_CONFLICT,
			"another guest has this VMID now, and the old object is kept: %s: delete "
			"or "
			"rename it in NetBox and clear its stagebox_key",
			why.text);
	return rc;
}

/* The old object stays when the new one is not created. */
static int replace_object(struct sb_pass *pass, struct sb_want *want, const json_t *row)
{
	sb_autofree char *natural = sb_natural_text(pass->kind, want->fields);
	bool is_done;
	int rc = judge_create(pass, want, true, &is_done);

	if (!rc && is_done)
		rc = sb_map_put(pass->run->diff->vanishing, want->key, SB_VANISHING_HELD);
	if (rc < 0 || is_done)
		return rc;
	rc = sb_prune_replaced(pass->run, pass->kind, want->key, row, pass->account);
	return rc < 0 ? rc : plan_create(pass, want, natural, "new guest with a reused VMID");
}

/* The VMID was reused by another guest: replace the object. */
int sb_object_reuse_vmid(struct sb_pass *pass, struct sb_want *want, const json_t *row)
{
	struct sb_error reason = SB_ERROR_INIT;
	enum sb_fate fate;
	bool is_kept;

	if (!sb_prune_is_enabled(pass->run->conf))
		return hold_object(pass, want,
				   "another guest has this VMID now: set prune.enabled to delete "
				   "the old object and create a new one, or delete it in NetBox");
	if (is_state_unknown(want, "replaced"))
		return sb_object_unknown(pass, want, true);
	if (sb_release_judge(pass->run, pass->kind, want->key, row, &fate, &reason) < 0)
		return SB_E_NOMEM;
	if (fate == SB_FATE_RELEASE)
		return hold_object(
			pass, want,
			"another guest has this VMID now, and the old object was adopted "
			"from people: delete or rename it in NetBox and clear its "
			"stagebox_key, or set prune.adopted to \"delete\"");
	if (fate == SB_FATE_KEEP) {
		want->why = reason;
		return sb_object_unknown(pass, want, true);
	}
	if (keep_instance(pass, want, row, &is_kept, &reason) < 0)
		return SB_E_NOMEM;
	if (is_kept)
		return hold_object(pass, want, reason.code ? reason.text : "being decided");
	if (!sb_prune_allows(pass->run, pass->at, pass->kind, 1))
		return hold_object(pass, want,
				   "another guest has this VMID now, but this run would delete or "
				   "replace more objects than prune allows: raise prune.max_count "
				   "and prune.max_percent, or delete the object in NetBox");
	return replace_object(pass, want, row);
}
