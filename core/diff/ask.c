/* SPDX-License-Identifier: Apache-2.0 */
/* Questions of a diff: candidates for adoption, NetBox's change log, proofs of absence. */
#include "diff/ask.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "diff/change_log.h"
#include "diff/choices.h"
#include "diff/follow.h"
#include "diff/instance.h"
#include "diff/origin.h"
#include "diff/similar.h"
#include "run/callback.h"
#include "run/door.h"
#include "stagebox/json.h"

/* One request that answers several questions. */
struct batch {
	struct sb_run *run;
	const struct sb_kind *kind;
	enum sb_question_type type;
	size_t *members; /* positions of the questions */
	size_t n;
	json_t *rows; /* CHANGES, MADE: change records, newest first */
	json_t *kept; /* LOG: see sb_change_log_keep() */
	size_t *open;
};

#define BATCH_QUESTIONS 100
#define BATCH_QUERY     3000

static void destroy_batch(struct batch *batch)
{
	(*batch->open)--;
	json_decref(batch->rows);
	json_decref(batch->kept);
	free(batch->members);
	free(batch);
}

/* Note for every member that it is answered (""), or the reason why it cannot be. */
static void note_answers(struct batch *batch, const struct sb_error *why)
{
	sb_autobuf name = SB_BUF_INIT(4096);
	size_t i;
	int rc;

	for (i = 0; i < batch->n; i++) {
		const struct sb_question *question =
			&batch->run->diff->questions[batch->members[i]];

		sb_buf_reset(&name);
		/* The same query may be asked for objects to adopt and for similar ones. */
		sb_buf_addf(&name, "%s%s%s", question->kind->name,
			    question->type == SB_ASK_SIMILAR ? "~" : "?", question->text);
		if (why)
			rc = sb_reason_put(batch->run->snap->asked, sb_buf_str(&name), why);
		else
			rc = sb_table_put(batch->run->snap->asked, sb_buf_str(&name), "");
		if (rc < 0)
			batch->run->failed_rc = rc;
	}
}

static void take_unowned_row(void *arg, json_t *row)
{
	struct batch *batch = arg;
	sb_autojson *flat = sb_value_flatten(batch->kind, row);
	sb_autofree char *natural = flat ? sb_natural_text(batch->kind, flat) : NULL;
	struct sb_nb_list *list = sb_snapshot_list(batch->run->snap, batch->kind->name);

	if (natural && sb_nb_list_take_unowned(list, natural, row) < 0)
		batch->run->failed_rc = SB_E_NOMEM;
}

/* Takes objects of ours; rows of other endpoints are dropped, unless they move here. */
static void take_owned_row(void *arg, json_t *row)
{
	struct batch *batch = arg;
	struct sb_nb_list *list = sb_snapshot_list(batch->run->snap, batch->kind->name);
	int rc = sb_follow_take(batch->run, batch->kind, row);

	if (!rc)
		rc = sb_nb_list_take(list, batch->run->slug, row);
	if (rc == SB_E_NOMEM)
		batch->run->failed_rc = SB_E_NOMEM;
}

static void take_similar_row(void *arg, json_t *row)
{
	struct batch *batch = arg;
	const char *text = batch->run->diff->questions[batch->members[0]].text;

	if (sb_similar_take(batch->run, batch->kind, text, row) == SB_E_NOMEM)
		batch->run->failed_rc = SB_E_NOMEM;
}

static void take_instance_row(void *arg, json_t *row)
{
	struct batch *batch = arg;

	if (sb_instance_take(batch->run, batch->kind, row) == SB_E_NOMEM)
		batch->run->failed_rc = SB_E_NOMEM;
}

/* Takes rows that a rule of adoption looks for, and objects that such rows name. */
static void take_origin_row(void *arg, json_t *row)
{
	struct batch *batch = arg;
	const struct sb_question *first = &batch->run->diff->questions[batch->members[0]];
	const struct sb_adopt_rule *rule =
		batch->type == SB_ASK_ORIGIN ? sb_adopt_rule_of(first->kind, first->text) : NULL;

	if (sb_origin_take(batch->run, rule, batch->kind, row) == SB_E_NOMEM)
		batch->run->failed_rc = SB_E_NOMEM;
}

/* Takes an object that is assigned to a part, under the type and id of that part. */
static void take_attached_row(void *arg, json_t *row)
{
	struct batch *batch = arg;

	if (sb_origin_take_attached(batch->run, batch->kind, row) == SB_E_NOMEM)
		batch->run->failed_rc = SB_E_NOMEM;
}

/* NetBox ignores a filter that it does not know and returns all changes: those of other users are
 * not ours. Who created an object is asked of all users. */
static void take_change(void *arg, json_t *row)
{
	struct batch *batch = arg;
	const char *type = sb_json_str(row, "changed_object_type");
	const char *user = sb_json_str(row, "user_name");
	const char *action = sb_json_str(json_object_get(row, "action"), "value");
	const char *ours = sb_run_object_type(batch->run, batch->kind);

	if (!type || !ours || !sb_streq(type, ours))
		return;
	if (batch->type == SB_ASK_LOG) {
		sb_change_log_keep(batch->kept, row);
		return;
	}
	if (batch->type == SB_ASK_MADE) {
		if (action && sb_streq(action, "create") && user)
			json_array_append(batch->rows, row);
		return;
	}
	if (user && batch->run->netbox_user && sb_streq(user, batch->run->netbox_user))
		json_array_append(batch->rows, row);
}

static void restart_rows(void *arg)
{
	struct batch *batch = arg;
	json_t *entries;
	const char *id;

	if (batch->rows)
		json_array_clear(batch->rows);
	json_object_foreach (batch->kept, id, entries)
		json_array_clear(entries);
}

static void finish_rows(void *arg, enum sb_netbox_list_state state, const struct sb_error *why)
{
	struct batch *batch = arg;
	struct sb_error incomplete;

	if (state == SB_NETBOX_PARTIAL && (!why || !why->code)) {
		sb_fail(&incomplete, SB_E_STATE, "NetBox returned an incomplete list of %s",
			batch->kind->name);
		why = &incomplete;
	}
	note_answers(batch, state == SB_NETBOX_COMPLETE ? NULL : why);
	destroy_batch(batch);
}

/* Who created an object is not known when the log no longer has the record, or when our user may
 * not read it. Another failure decides nothing. */
static int put_maker(struct batch *batch, const struct sb_question *question,
		     enum sb_netbox_list_state state, const struct sb_error *why)
{
	struct sb_error unread = SB_ERROR_INIT;
	const json_t *row;
	size_t i;

	if (state != SB_NETBOX_COMPLETE && !(why && why->code == SB_E_FORBIDDEN)) {
		sb_fail(&unread, SB_E_STATE,
			"%s %s is kept: NetBox's change log, which shows who created it, could not "
			"be read: %s",
			batch->kind->name, question->text,
			why && why->code ? why->text : "incomplete list");
		return sb_reason_put(batch->run->snap->made, question->key, &unread);
	}
	json_array_foreach (batch->rows, i, row) {
		const char *user = sb_json_str(row, "user_name"), *ours = batch->run->netbox_user;

		if (json_integer_value(json_object_get(row, "changed_object_id")) ==
		    strtoll(question->text, NULL, 10))
			return sb_table_put(batch->run->snap->made, question->key,
					    ours && sb_streq(user, ours) ? "1" : "0");
	}
	return sb_table_put(batch->run->snap->made, question->key, SB_MADE_NOT_KNOWN);
}

static void finish_makers(void *arg, enum sb_netbox_list_state state, const struct sb_error *why)
{
	struct batch *batch = arg;
	size_t i;

	for (i = 0; i < batch->n; i++) {
		if (put_maker(batch, &batch->run->diff->questions[batch->members[i]], state, why) <
		    0)
			batch->run->failed_rc = SB_E_NOMEM;
	}
	destroy_batch(batch);
}

static void finish_changes(void *arg, enum sb_netbox_list_state state, const struct sb_error *why)
{
	struct batch *batch = arg;
	size_t i;

	/* Without the change log our own values are unknown: nothing counts as ours, people's
	 * values stay, and the stage is partial. */
	if (state != SB_NETBOX_COMPLETE) {
		json_decref(batch->rows);
		batch->rows = NULL;
		if (why)
			sb_run_partial(batch->run,
				       batch->run->diff->questions[batch->members[0]].stage, why);
	}
	sb_change_log_sort(batch->rows);
	for (i = 0; i < batch->n; i++) {
		if (sb_change_log_put(batch->run, &batch->run->diff->questions[batch->members[i]],
				      batch->rows) < 0)
			batch->run->failed_rc = SB_E_NOMEM;
	}
	destroy_batch(batch);
}

static void finish_log(void *arg, enum sb_netbox_list_state state, const struct sb_error *why)
{
	struct batch *batch = arg;
	struct sb_error unread = SB_ERROR_INIT;
	size_t i;

	if (state != SB_NETBOX_COMPLETE)
		sb_fail(&unread, why && why->code ? why->code : SB_E_STATE,
			"NetBox's change log could not be read: %s",
			why && why->code ? why->text : "it is incomplete");
	for (i = 0; i < batch->n; i++) {
		if (sb_change_log_put_entries(batch->run,
					      &batch->run->diff->questions[batch->members[i]],
					      batch->kept, unread.code ? &unread : NULL) < 0)
			batch->run->failed_rc = SB_E_NOMEM;
	}
	destroy_batch(batch);
}

/* All fields of a kind that this NetBox has. The MAC address of an interface is readable in every
 * version. */
static char *query_fields(const struct sb_run *run, const struct sb_kind *kind)
{
	sb_autojson *names = json_object();
	const struct sb_kind_field *field;

	for (field = kind->fields; field->name; field++) {
		if (field->type == SB_FIELD_MAC || sb_run_takes_field(run, kind->name, field->name))
			json_object_set_new(names, field->name, json_true());
	}
	return sb_value_query(kind, names);
}

/* The object to which a candidate is assigned is named in messages. Caller frees. */
static char *add_holder(const struct batch *batch, const char *fields)
{
	const struct sb_kind *kind = batch->kind;
	const struct sb_kind_field *parent =
		kind->parent_field ? sb_kind_field(kind, kind->parent_field) : NULL;
	sb_autobuf text = SB_BUF_INIT(3000);

	sb_buf_add(&text, fields);
	if (batch->type == SB_ASK_UNOWNED && parent && parent->type == SB_FIELD_OBJECT)
		sb_buf_addf(&text, ",%s", parent->name);
	return sb_buf_take(&text);
}

static int send_rows_query(struct batch *batch, const char *query, struct sb_error *err)
{
	const struct sb_question *first = &batch->run->diff->questions[batch->members[0]];
	const struct sb_adopt_rule *rule =
		batch->type == SB_ASK_ORIGIN ? sb_adopt_rule_of(first->kind, first->text) : NULL;
	sb_autofree char *known = query_fields(batch->run, batch->kind);
	sb_autofree char *fields = NULL;

	if (batch->type == SB_ASK_SIMILAR)
		fields = sb_similar_fields(batch->kind);
	else
		fields = known ? add_holder(batch, known) : NULL;
	if (!fields)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	if (rule && rule->path)
		return sb_netbox_list(batch->run->netbox, rule->path, query, rule->fields,
				      take_origin_row, restart_rows, finish_rows, batch, err);
	return sb_netbox_list(batch->run->netbox, batch->kind->path, query, fields,
			      batch->type == SB_ASK_UNOWNED    ? take_unowned_row
			      : batch->type == SB_ASK_BELOW    ? take_owned_row
			      : batch->type == SB_ASK_SIMILAR  ? take_similar_row
			      : batch->type == SB_ASK_INSTANCE ? take_instance_row
			      : batch->type == SB_ASK_ATTACHED ? take_attached_row
							       : take_origin_row,
			      restart_rows, finish_rows, batch, err);
}

static int send_changes(struct batch *batch, const char *ids, struct sb_error *err)
{
	sb_autobuf query = SB_BUF_INIT(4000);

	sb_buf_addf(&query, "changed_object_type=%s&", sb_run_object_type(batch->run, batch->kind));
	if (batch->type == SB_ASK_LOG) {
		sb_buf_add(&query, ids);
		return sb_netbox_list(
			batch->run->netbox, "core/object-changes", sb_buf_str(&query),
			"id,time,changed_object_type,changed_object_id,user_name,action,request_id,"
			"prechange_data,postchange_data",
			take_change, restart_rows, finish_log, batch, err);
	}
	if (batch->type == SB_ASK_MADE) {
		sb_buf_addf(&query, "%s&action=create", ids);
	} else {
		sb_buf_add(&query, "user_name=");
		sb_buf_add_url(&query, batch->run->netbox_user ? batch->run->netbox_user : "");
		sb_buf_addf(&query, "&%s", ids);
	}
	if (batch->type == SB_ASK_MADE)
		return sb_netbox_list(batch->run->netbox, "core/object-changes", sb_buf_str(&query),
				      "id,changed_object_type,changed_object_id,user_name,action",
				      take_change, restart_rows, finish_makers, batch, err);
	return sb_netbox_list(batch->run->netbox, "core/object-changes", sb_buf_str(&query),
			      "id,changed_object_type,changed_object_id,user_name,message,"
			      "prechange_data,postchange_data",
			      take_change, restart_rows, finish_changes, batch, err);
}

/* Questions may share a request when they differ only in the value of their last parameter, which
 * NetBox accepts repeatedly. This is the length of the equal part. */
static size_t find_stem_length(const char *text)
{
	const char *last = strrchr(text, '&');
	const char *equals = strchr(last ? last : text, '=');

	return equals ? (size_t)(equals - text) + 1 : strlen(text);
}

static bool asks_change_log(const struct sb_question *question)
{
	return question->type == SB_ASK_CHANGES || question->type == SB_ASK_MADE ||
	       question->type == SB_ASK_LOG;
}

static bool can_share_request(const struct sb_question *first, const struct sb_question *other)
{
	size_t stem = find_stem_length(first->text);

	if (other->type != first->type || other->kind != first->kind)
		return false;
	return asks_change_log(first) || (find_stem_length(other->text) == stem &&
					  strncmp(first->text, other->text, stem) == 0);
}

/* The query to send: a question of a rule begins with the name of the rule. */
static const char *get_wire_query(const struct sb_question *question)
{
	const char *mark = question->type == SB_ASK_ORIGIN ? strchr(question->text, '?') : NULL;

	return mark ? mark + 1 : question->text;
}

/* Add a question to the query: all of the first one, then only the last parameter of each other
 * one. */
static void add_query(struct batch *batch, const struct sb_question *first,
		      const struct sb_question *other, struct sb_buf *query)
{
	const char *repeated = strrchr(get_wire_query(first), '&');

	if (asks_change_log(first)) {
		sb_buf_addf(query, "%schanged_object_id=%s", query->len ? "&" : "", other->text);
		return;
	}
	repeated = repeated ? repeated + 1 : get_wire_query(first);
	if (batch->n == 1)
		sb_buf_add(query, get_wire_query(other));
	else if (!sb_streq(first->text, other->text))
		sb_buf_addf(query, "&%.*s%s", (int)(strchr(repeated, '=') - repeated + 1), repeated,
			    other->text + find_stem_length(first->text));
}

/* Send question i in one request with as many similar questions as fit. */
static int ask_batch(struct sb_run *run, size_t i, bool *taken, size_t *open, struct sb_error *err)
{
	const struct sb_question *first = &run->diff->questions[i], *other;
	struct batch *batch = calloc(1, sizeof(*batch));
	sb_autobuf query = SB_BUF_INIT(4000);
	size_t j;
	int rc;

	if (!batch)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	*batch = (struct batch){.run = run,
				.kind = first->kind,
				.type = first->type,
				.open = open,
				.rows = json_array(),
				.kept = json_object()};
	batch->members = calloc(BATCH_QUESTIONS, sizeof(*batch->members));
	(*open)++;
	for (j = i; batch->members && j < run->diff->n_questions && batch->n < BATCH_QUESTIONS &&
		    query.len < BATCH_QUERY;
	     j++) {
		other = &run->diff->questions[j];
		if (taken[j] || !can_share_request(first, other))
			continue;
		taken[j] = true;
		batch->members[batch->n++] = j;
		if (first->type == SB_ASK_LOG)
			json_object_set_new(batch->kept, other->text, json_array());
		add_query(batch, first, other, &query);
	}
	rc = batch->members ? sb_buf_check(&query, err) : sb_fail(err, SB_E_NOMEM, "out of memory");
	if (!rc && asks_change_log(first))
		rc = send_changes(batch, sb_buf_str(&query), err);
	else if (!rc)
		rc = send_rows_query(batch, sb_buf_str(&query), err);
	if (rc < 0)
		destroy_batch(batch);
	return rc;
}

static int ask_gone(struct sb_run *run, const struct sb_question *question)
{
	const struct sb_stage_entry *stage = sb_registry_stage(run->registry, question->stage);
	struct sb_error err = SB_ERROR_INIT;
	int rc;

	/* Not gone until the stage proves it. */
	if (sb_table_put(run->snap->gone, question->key, "0") < 0)
		return SB_E_NOMEM;
	sb_callback_begin(&run->stages[question->stage], SB_PHASE_GONE);
	rc = stage->stage.prove_gone(&run->stages[question->stage], question->key, stage->stage.arg,
				     &err);
	sb_callback_end(&run->stages[question->stage]);
	if (sb_door_result(rc, "prove_gone", &err) < 0)
		sb_run_partial_object(run, question->stage, SB_EFFECT_PARTIAL, question->key, &err);
	return 0;
}

static bool has_open_asks(const struct sb_run *run)
{
	size_t i;

	for (i = 0; i < sb_registry_n_stages(run->registry); i++) {
		if (run->stages[i].asks)
			return true;
	}
	return false;
}

int sb_questions_ask(struct sb_run *run, struct sb_error *err)
{
	size_t n = run->diff->n_questions, i, open = 0;
	bool *taken = calloc(n + 1, sizeof(*taken));
	const struct sb_question *question;
	bool is_asked = false, are_defaults_asked = false;
	int rc = taken ? 0 : sb_fail(err, SB_E_NOMEM, "out of memory");

	for (i = 0; !rc && i < n; i++) {
		if (taken[i])
			continue;
		question = &run->diff->questions[i];
		if (question->type == SB_ASK_GONE) {
			rc = ask_gone(run, question);
		} else if (question->type == SB_ASK_TOOLS) {
			if (!is_asked)
				rc = sb_origin_ask_tools(run, &open, err);
			is_asked = true;
		} else if (question->type == SB_ASK_DEFAULTS) {
			if (!are_defaults_asked)
				rc = sb_origin_ask_defaults(run, &open, err);
			are_defaults_asked = true;
		} else if (question->type == SB_ASK_CHOICES) {
			rc = sb_choices_ask(run, question->kind, &open, err);
		} else {
			rc = ask_batch(run, i, taken, &open, err);
		}
	}
	while (!rc && (open || has_open_asks(run)))
		rc = sb_http_turn(run->http, 1000, err);
	free(taken);
	if (!rc && run->failed_rc)
		rc = sb_fail(err, run->failed_rc, "out of memory");
	return rc;
}
