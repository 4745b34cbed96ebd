/* SPDX-License-Identifier: Apache-2.0 */
#include "job/branch_state.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply/settle.h"
#include "base/buf.h"
#include "base/list.h"
#include "base/branch_step.h"
#include "run/events.h"
#include "netbox/branch_header.h"
#include "stagebox/json.h"

enum { FIRST_PAUSE_MS = 500, MAX_PAUSE_MS = 5000, MAX_CONFLICTS = 100, MAX_FIELDS = 20 };

/* Above the numbers of all requests of a run, whose events have ids of the same kind. */
static const uint64_t ack_id = UINT64_C(1) << 50;

bool sb_job_branch_is_refused(const struct sb_error *err)
{
	switch (err->code) {
	case SB_E_AUTH:
	case SB_E_FORBIDDEN:
	case SB_E_CONFLICT:
	case SB_E_STATE:
	case SB_E_NOTFOUND: return true;
	default: return err->http_status >= 400 && err->http_status < 500;
	}
}

void sb_job_branch_finish(struct sb_job_branch *branch)
{
	json_decref(branch->conflicts);
	branch->conflicts = NULL;
}

/* The words are literals, which outlive the task. */
static const char *find_step(const char *word)
{
	static const char *const steps[] = {SB_BRANCH_STEPS};
	size_t i;

	for (i = 0; word && steps[i]; i++)
		if (sb_streq(steps[i], word))
			return steps[i];
	return NULL;
}

int sb_job_branch_read(struct sb_run *run, const json_t *row, struct sb_job_branch *branch,
		       struct sb_error *err)
{
	const char *name = sb_json_str(row, "name"), *schema = sb_json_str(row, "schema");

	branch->run = run;
	branch->settings = json_object_get(row, "settings");
	branch->modules = json_object_get(row, "modules");
	branch->step = find_step(sb_json_str(row, "step"));
	if (!branch->step || !name || !schema)
		return sb_fail(err, SB_E_SHAPE, "task: a branch without name, schema or step");
	sb_json_int(row, "run", &branch->maker);
	sb_json_int(row, "id", &branch->at.id);
	sb_json_int(row, "job", &branch->job);
	sb_json_int(row, "since", &branch->since_s);
	snprintf(branch->at.name, sizeof(branch->at.name), "%s", name);
	snprintf(branch->at.schema, sizeof(branch->at.schema), "%s", schema);
	return 0;
}

static void on_ack(void *arg)
{
	*(bool *)arg = true;
}

int sb_job_branch_note(struct sb_job_branch *branch, const char *step, struct sb_error *err)
{
	bool is_durable = false;
	int rc = 0;

	sb_event_journal(branch->run->events,
			 json_pack("{s:s, s:I, s:I, s:s, s:I, s:s, s:s, s:I}", "ev", "branch", "id",
				   (json_int_t)ack_id, "run", (json_int_t)branch->maker, "name",
				   branch->at.name, "branch", (json_int_t)branch->at.id, "schema",
				   branch->at.schema, "step", step, "job", (json_int_t)branch->job),
			 ack_id, on_ack, &is_durable);
	while (!rc && !is_durable)
		rc = sb_http_turn(branch->run->http, 1000, err);
	if (!rc) /* a reverted branch is open again */
		branch->step = sb_streq(step, SB_BRANCH_REVERTED) ? SB_BRANCH_OPEN : step;
	return rc;
}

int sb_job_branch_look(struct sb_job_branch *branch, struct sb_error *err)
{
	struct sb_netbox_branch at;
	int rc = branch->at.id
			 ? sb_netbox_branch_read(branch->run->netbox, branch->at.id, &at, err)
			 : sb_netbox_branch_find(branch->run->netbox, branch->at.name, &at, err);

	/* After a restore of NetBox's database another branch may have the id. People may rename
	 * ours. */
	if (!rc && *branch->at.schema && !sb_streq(at.schema, branch->at.schema))
		return sb_fail(err, SB_E_NOTFOUND,
			       "NetBox has another branch under the id of \"%.100s\"",
			       branch->at.name);
	if (rc < 0)
		return rc;
	memcpy(at.name, branch->at.name, sizeof(at.name));
	branch->at = at;
	return 0;
}

bool sb_job_branch_is(const struct sb_job_branch *branch, const char *status)
{
	return sb_streq(branch->at.status, status);
}

int sb_job_branch_await_commit(const struct sb_job_branch *branch, struct sb_error *err)
{
	const json_t *netbox = json_object_get(branch->run->conf, "netbox");
	int64_t settle_s = json_integer_value(json_object_get(netbox, "settle"));
	int64_t since_s = branch->since_s;

	if (since_s > branch->run->now_s) /* the clock was ahead when it was noted */
		since_s = branch->run->now_s;
	return sb_settle_wait(branch->run, since_s + settle_s + 1, err);
}

int64_t sb_job_branch_wait_s(const struct sb_job_branch *branch)
{
	int64_t wait_s = branch->wait_s;

	if (!wait_s)
		sb_json_int(branch->settings, "wait_s", &wait_s);
	return wait_s;
}

bool sb_job_branch_is_merged(const struct sb_job_branch *branch)
{
	return sb_job_branch_is(branch, "merged") || sb_job_branch_is(branch, "archived");
}

bool sb_job_branch_is_marked(const struct sb_job_branch *branch, const char *mark)
{
	return strstr(branch->at.description, mark) != NULL;
}

bool sb_job_branch_is_at(const struct sb_job_branch *branch, const char *step)
{
	return branch->step && sb_streq(branch->step, step);
}

int sb_job_branch_find(struct sb_job_branch *branch, struct sb_error *err)
{
	bool is_reverting = sb_job_branch_is_at(branch, SB_BRANCH_REVERT) ||
			    sb_job_branch_is_at(branch, SB_BRANCH_REVERTING);
	int rc = sb_job_branch_look(branch, err);

	if (rc != SB_E_NOTFOUND)
		return rc;
	rc = is_reverting ? sb_job_branch_note(branch, SB_BRANCH_REVERTED, err) : 0;
	if (!rc)
		rc = sb_job_branch_note(branch, SB_BRANCH_GONE, err);
	return rc < 0 ? rc
		      : sb_fail(err, SB_E_CONFLICT,
				"branch \"%.100s\" was deleted in NetBox during the run: sync "
				"again, "
				"which plans what main lacks",
				branch->at.name);
}

/* The first names, so that an answer of any length ends in a readable message. New reference. */
static json_t *first_names(const json_t *fields)
{
	json_t *names = json_array();
	const json_t *name;
	size_t i;

	json_array_foreach (fields, i, name)
		if (i < MAX_FIELDS && json_is_string(name))
			json_array_append_new(names, sb_json_text(json_string_value(name), 200));
	return names;
}

void sb_job_branch_add_conflict(struct sb_job_branch *branch, const json_t *row,
				const json_t *fields)
{
	sb_autojson *names = first_names(fields), *entry = NULL;

	if (!branch->conflicts)
		branch->conflicts = json_array();
	entry = json_pack(
		"{s:O?, s:O?, s:O?, s:O?, s:O?}", "object", json_object_get(row, "object_repr"),
		"type", json_object_get(row, "object_type"), "id",
		json_object_get(row, "object_id"), "action",
		json_object_get(json_object_get(row, "action"), "value"), "fields", names);
	if (json_array_size(branch->conflicts) < MAX_CONFLICTS &&
	    !sb_list_holds(branch->conflicts, entry))
		json_array_append(branch->conflicts, entry);
}

static int64_t now_ms(const struct sb_job_branch *branch)
{
	struct sb_io *io = sb_http_io(branch->run->http);

	return io->ops->now_ms(io);
}

void sb_job_branch_poll_begin(const struct sb_job_branch *branch, const char *what,
			      struct sb_job_branch_poll *ret_poll)
{
	struct sb_io *io = sb_http_io(branch->run->http);
	int64_t wait_s = sb_job_branch_wait_s(branch);
	char text[160];

	*ret_poll = (struct sb_job_branch_poll){.until_ms = now_ms(branch) + wait_s * 1000,
						.pause_ms = FIRST_PAUSE_MS,
						.what = what};
	snprintf(text, sizeof(text), "the workers of NetBox, which %s branch %.100s", what,
		 branch->at.name);
	sb_run_announce_wait(branch->run, io->ops->wall_s(io) + wait_s, text);
}

int sb_job_branch_pause(const struct sb_job_branch *branch, struct sb_job_branch_poll *poll,
			struct sb_error *err)
{
	int64_t end_ms = now_ms(branch) + poll->pause_ms;
	int rc = 0;

	if (now_ms(branch) >= poll->until_ms)
		return sb_fail(err, SB_E_BUSY,
			       "branch \"%.100s\": NetBox did not %s it within %" PRId64
			       " s (branching.wait): its workers are busy or gone; the next sync "
			       "goes on from here",
			       branch->at.name, poll->what, sb_job_branch_wait_s(branch));
	while (!rc && now_ms(branch) < end_ms)
		rc = sb_http_turn(branch->run->http, end_ms - now_ms(branch), err);
	poll->pause_ms = poll->pause_ms * 2 < MAX_PAUSE_MS ? poll->pause_ms * 2 : MAX_PAUSE_MS;
	return rc;
}

int sb_job_branch_wait(struct sb_job_branch *branch, const char *what,
		       struct sb_netbox_job *ret_job, struct sb_error *err)
{
	struct sb_job_branch_poll poll;
	int rc = 0;

	sb_job_branch_poll_begin(branch, what, &poll);
	while (!rc) {
		rc = sb_netbox_job_read(branch->run->netbox, branch->job, ret_job, err);
		if (rc == SB_E_NOTFOUND) {
			*ret_job = (struct sb_netbox_job){.status = "completed"};
			rc = 0;
		}
		if (!rc && sb_netbox_job_is_over(ret_job))
			break;
		if (!rc)
			rc = sb_job_branch_pause(branch, &poll, err);
	}
	if (!rc)
		branch->job = 0;
	return rc;
}

/* NetBox works on it: no action can be asked for. */
static bool is_moving(const struct sb_job_branch *branch)
{
	return sb_job_branch_is(branch, "merging") || sb_job_branch_is(branch, "reverting") ||
	       sb_job_branch_is(branch, "syncing") || sb_job_branch_is(branch, "migrating") ||
	       sb_job_branch_is(branch, "provisioning");
}

int sb_job_branch_find_job(struct sb_job_branch *branch, struct sb_error *err)
{
	sb_autofree char *url = sb_job_branch_url(branch);
	struct sb_netbox_job job;
	int rc = sb_netbox_job_find(branch->run->netbox, branch->at.id, &job, err);

	branch->job = !rc && !sb_netbox_job_is_over(&job) ? job.id : 0;
	if (rc < 0 && rc != SB_E_NOTFOUND)
		return rc;
	if (branch->job || !is_moving(branch))
		return 0;
	return sb_fail(err, SB_E_BUSY,
		       "branch \"%.100s\" is %s, and NetBox shows no job that does it: its worker "
		       "died; recover the branch at %.200s, then sync again",
		       branch->at.name, branch->at.status, url ? url : "its page");
}

char *sb_job_branch_url(const struct sb_job_branch *branch)
{
	const char *url = sb_json_str(json_object_get(branch->run->conf, "netbox"), "url");
	sb_autobuf text = SB_BUF_INIT(4096);

	sb_buf_addf(&text, "%s/plugins/branching/branches/%" PRId64 "/", url ? url : "",
		    branch->at.id);
	return sb_buf_take(&text);
}

int sb_job_branch_use(struct sb_job_branch *branch, struct sb_error *err)
{
	snprintf(branch->run->schema, sizeof(branch->run->schema), "%s", branch->at.schema);
	return sb_netbox_use_branch(branch->run->netbox, branch->at.schema, err);
}

int sb_job_branch_delete(struct sb_job_branch *branch, struct sb_error *err)
{
	int rc = sb_job_branch_note(branch, SB_BRANCH_DELETE, err);

	if (!rc)
		rc = sb_netbox_branch_delete(branch->run->netbox, branch->at.id, err);
	if (rc < 0)
		return sb_context(err, rc, "deleting branch \"%.100s\"", branch->at.name);
	return sb_job_branch_note(branch, SB_BRANCH_GONE, err);
}
