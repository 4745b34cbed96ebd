/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/events_action.h"

#include <string.h>

#include "base/clock.h"
#include "parent/event_members.h"
#include "stagebox/json.h"

enum { MAX_NOTES_BYTES = 512 << 10, MAX_TEXT = 4096, MAX_OLDER = 500 };

static const char *const call_names[] = {"start", "shutdown", "stop",   "reboot",
					 "reset", "suspend",  "resume", NULL};
static const char *const outcome_words[] = {"open", "done", "failed", "rejected", "dropped", NULL};
static const char *const state_words[] = {"done", "as-is", "refused", "failed", NULL};

/* Only a job that applies a plan has actions. */
static int check_mode(const struct sb_parent *parent, struct sb_error *err)
{
	if (parent->spec->mode == SB_JOB_APPLY && parent->document && parent->writes_store)
		return 0;
	return sb_fail(err, SB_E_STATE, "a job that applies no plan asked to write to Proxmox VE");
}

/* A longer text than sb_event_text() takes; "" when there is none. */
static int read_words(const json_t *event, const char *name, const char **ret_text,
		      struct sb_error *err)
{
	const json_t *value = json_object_get(event, name);

	*ret_text = "";
	if (!value)
		return 0;
	if (!json_is_string(value) || json_string_length(value) > MAX_TEXT)
		return sb_fail(err, SB_E_SHAPE, "member \"%s\" is not a text of at most %d bytes",
			       name, MAX_TEXT);
	*ret_text = json_string_value(value);
	return 0;
}

/* Read the id and the action, which all events that are acknowledged have. */
static int read_numbers(const struct sb_parent *parent, const json_t *event, int64_t *ret_op,
			struct sb_error *err)
{
	int64_t id;
	int rc = check_mode(parent, err);

	if (!rc)
		rc = sb_event_number(event, "id", &id, err);
	return rc < 0 ? rc : sb_event_number(event, "op", ret_op, err);
}

int sb_parent_on_action(struct sb_parent *parent, const json_t *event, struct sb_error *err)
{
	const json_t *notes = json_object_get(event, "notes");
	const char *stage = NULL, *verb = NULL, *key = NULL;
	int64_t op;
	int rc = read_numbers(parent, event, &op, err);

	if (!rc)
		rc = sb_event_text(event, "stage", &stage, err);
	if (!rc)
		rc = sb_event_text(event, "verb", &verb, err);
	if (!rc)
		rc = sb_event_key(parent, event, "key", &key, err);
	if (!rc &&
	    (!json_is_object(notes) || json_dumpb(notes, NULL, 0, JSON_COMPACT) > MAX_NOTES_BYTES))
		rc = sb_fail(err, SB_E_SHAPE, "member \"notes\" is not an object of at most %d KiB",
			     MAX_NOTES_BYTES >> 10);
	if (rc < 0 || parent->was_stopped)
		return rc;
	return sb_store_action_begin(parent->store,
				     &(struct sb_store_action){.endpoint = parent->spec->endpoint,
							       .document = parent->document,
							       .op = op,
							       .run = parent->result->run,
							       .stage = stage,
							       .key = key,
							       .verb = verb,
							       .notes = notes},
				     sb_clock_wall_s(), err);
}

int sb_parent_on_action_end(struct sb_parent *parent, const json_t *event, struct sb_error *err)
{
	const char *state = NULL, *cause = NULL;
	int64_t op;
	int rc = check_mode(parent, err);

	if (!rc)
		rc = sb_event_number(event, "op", &op, err);
	if (!rc)
		rc = sb_event_word(event, "state", state_words, &state, err);
	if (!rc)
		rc = read_words(event, "cause", &cause, err);
	if (rc < 0)
		return rc;
	return sb_store_action_end(parent->store, parent->spec->endpoint, parent->document, op,
				   state, cause, sb_clock_wall_s(), err);
}

/* The names of tasks that a call cannot have begun. */
static int read_older(const json_t *event, const json_t **ret_older, struct sb_error *err)
{
	const json_t *older = json_object_get(event, "older"), *task;
	size_t i;

	if (!json_is_array(older) || json_array_size(older) > MAX_OLDER)
		return sb_fail(err, SB_E_SHAPE,
			       "member \"older\" is not an array of at most %d tasks", MAX_OLDER);
	json_array_foreach (older, i, task)
		if (!json_is_string(task) || json_string_length(task) > 512)
			return sb_fail(err, SB_E_SHAPE, "member \"older\" has what is not a task");
	*ret_older = older;
	return 0;
}

/* A call is sent after its ack only, and the lease is held until then. */
int sb_parent_on_call(struct sb_parent *parent, const json_t *event, struct sb_error *err)
{
	struct sb_store_call call = {.endpoint = parent->spec->endpoint,
				     .document = parent->document,
				     .run = parent->result->run};
	int rc = read_numbers(parent, event, &call.op, err);

	if (!rc)
		rc = sb_event_number(event, "n", &call.n, err);
	if (!rc)
		rc = sb_event_key(parent, event, "key", &call.key, err);
	if (!rc)
		rc = sb_event_word(event, "call", call_names, &call.name, err);
	if (!rc)
		rc = sb_event_text(event, "node", &call.node, err);
	if (!rc)
		rc = read_older(event, &call.older, err);
	if (rc < 0 || parent->was_stopped)
		return rc;
	parent->n_requests++;
	rc = sb_store_lease_renew(parent->store, parent->lease.name, parent->lease.token, err);
	return rc < 0 ? rc : sb_store_call_begin(parent->store, &call, sb_clock_wall_s(), err);
}

/* Is it a call of the document that the job applies, or one of the task's open ones? */
static bool is_own_call(const struct sb_parent *parent, const char *document, int64_t op, int64_t n)
{
	const json_t *call;
	size_t i;

	if (sb_streq(document, parent->document))
		return true;
	json_array_foreach (parent->open_calls, i, call)
		if (sb_json_str(call, "document") &&
		    sb_streq(sb_json_str(call, "document"), document) &&
		    json_integer_value(json_object_get(call, "op")) == op &&
		    json_integer_value(json_object_get(call, "n")) == n)
			return true;
	return false;
}

int sb_parent_on_called(struct sb_parent *parent, const json_t *event, struct sb_error *err)
{
	const char *document = NULL, *outcome = NULL, *task = NULL, *text = NULL;
	int64_t op, n;
	int rc = read_numbers(parent, event, &op, err);

	if (!rc)
		rc = sb_event_number(event, "n", &n, err);
	if (!rc)
		rc = sb_event_text(event, "document", &document, err);
	if (!rc)
		rc = sb_event_word(event, "outcome", outcome_words, &outcome, err);
	if (!rc)
		rc = read_words(event, "task", &task, err);
	if (!rc)
		rc = read_words(event, "exit", &text, err);
	if (!rc && !is_own_call(parent, document, op, n))
		rc = sb_fail(err, SB_E_SHAPE,
			     "call %lld of op %lld is not among those that the job may settle",
			     (long long)n, (long long)op);
	if (rc < 0)
		return rc;
	return sb_store_call_end(
		parent->store,
		&(struct sb_store_call){
			.endpoint = parent->spec->endpoint, .document = document, .op = op, .n = n},
		outcome, task, text, sb_clock_wall_s(), err);
}
