/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs and their worker. A job begins and ends with later requests, so that clients that poll see
 * it pending and running first. */
#include "branching.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Clients that poll seldom do not wait for more requests than one for each step. */
#define PATIENCE_US 300000

int nb_workers(const struct lab_netbox *nb)
{
	return nb_has(nb, NB_BRANCHING) && !nb->branching->no_worker;
}

static bool parse_ms(const char *text, int64_t *ret_us)
{
	char *end;
	long long ms;

	if (!text)
		return false;
	errno = 0;
	ms = strtoll(text, &end, 10);
	*ret_us = ms * 1000;
	return !errno && end != text && !*end && ms >= 0 && ms <= 86400000;
}

static int set_pattern(char **pattern, const char *arg, bool on)
{
	if (on && (!arg || !strchr(arg, '.')))
		return -1;
	free(*pattern);
	*pattern = on ? strdup(arg) : NULL;
	return 0;
}

int nb_branching_fault(struct lab_netbox *nb, const char *kind, const char *arg, bool on)
{
	struct nb_branching *own = nb->branching;
	int64_t us = 0;

	if (!own)
		return on ? -1 : 0;
	if (sb_streq(kind, "slow-worker") && on && !parse_ms(arg, &us))
		return -1;
	if (sb_streq(kind, "slow-worker"))
		own->slow_us = us;
	else if (sb_streq(kind, "no-worker"))
		own->no_worker = on;
	else if (sb_streq(kind, "worker-dies"))
		own->worker_dies = on;
	else if (sb_streq(kind, "provision-fails"))
		own->provision_fails = on;
	else if (sb_streq(kind, "exempt"))
		return set_pattern(&own->exempt, arg, on);
	else if (sb_streq(kind, "not-apart"))
		return set_pattern(&own->not_apart, arg, on);
	else
		return -1;
	return 0;
}

struct nb_object *nb_job_add(struct nb_branch *branch, const char *name, bool commit, int64_t user,
			     int64_t now_us)
{
	struct lab_netbox *nb = branch->main;
	struct nb_object *job = nb_insert(nb, &nb->branching->jobs);
	uint64_t a, b;

	if (!job)
		abort(); /* clients would wait for this job */
	a = nb_mix(0x6a6f6231u, job->id);
	b = nb_mix(0x6a6f6232u, job->id);
	if (job->id == nb->branching->next_job)
		nb->branching->n_turns = 0;
	nb_put_take(nb, job, "name", json_string(name));
	nb_put_take(nb, job, "object_id", json_integer(branch->id));
	nb_put_take(nb, job, "_commit", json_boolean(commit));
	nb_put_take(nb, job, "_user", json_integer(user));
	nb_put_take(nb, job, "_started_us", json_integer(now_us));
	nb_put_take(nb, job, "job_id",
		    json_sprintf("%08x-%04x-4%03x-8%03x-%012llx", (unsigned)(a >> 32),
				 (unsigned)(a >> 16) & 0xffff, (unsigned)a & 0xfff,
				 (unsigned)(b >> 48) & 0xfff,
				 (unsigned long long)(b & 0xffffffffffffu)));
	nb_put_time(nb, job, "created", now_us);
	return job;
}

static bool job_is(const struct nb_object *job, const char *status)
{
	return sb_streq(nb_text(job, "status"), status);
}

static void set_job_status(struct lab_netbox *nb, struct nb_object *job, const char *status)
{
	nb_put_take(nb, job, "status", json_string(status));
}

struct nb_object *nb_job_running(const struct nb_branch *branch)
{
	const struct nb_table *jobs = &branch->main->branching->jobs;
	uint32_t id;

	for (id = 1; id < jobs->next_id; id++)
		if (jobs->rows[id] && job_is(jobs->rows[id], "running") &&
		    nb_int(jobs->rows[id], "object_id") == branch->id)
			return jobs->rows[id];
	return NULL;
}

/* Continue with the next job, whether or not this one has ended. */
static void leave_job(struct lab_netbox *nb, const struct nb_object *job)
{
	if (nb->branching->next_job == job->id)
		nb->branching->next_job++;
	nb->branching->n_turns = 0;
}

void nb_job_fail(struct lab_netbox *nb, struct nb_object *job, int64_t now_us)
{
	set_job_status(nb, job, "failed");
	nb_put_time(nb, job, "completed", now_us);
	leave_job(nb, job);
}

/* Add a line to the log of the job; its data is replaced, because values are shared. */
static void log_line(struct lab_netbox *nb, struct nb_object *job, const char *text)
{
	json_t *data = json_deep_copy(nb_get(job, "data"));

	json_array_append_new(json_object_get(data, "log"), json_string(text));
	nb_put_take(nb, job, "data", data);
}

static void set_data(struct lab_netbox *nb, struct nb_object *job, const char *key,
		     json_t *value_take)
{
	json_t *data = json_deep_copy(nb_get(job, "data"));

	json_object_set_new(data, key, value_take);
	nb_put_take(nb, job, "data", data);
}

static void end_job(struct lab_netbox *nb, struct nb_object *job, const char *error, int64_t now_us)
{
	if (*error) {
		log_line(nb, job, error);
		nb_put_take(nb, job, "error", json_string(error));
	}
	set_job_status(nb, job, *error ? "errored" : "completed");
	nb_put_time(nb, job, "completed", now_us);
	leave_job(nb, job);
	nb_commit(nb);
}

/* Each job moves its branch from one status to another. */
static const struct work {
	const char *name, *from, *during, *after, *event, *refusal;
	void (*run)(struct nb_replay *replay); /* NULL = it copies the tables */
} works[] = {
	{"Provision branch", "new", "provisioning", "ready", "provisioned",
	 "is not ready to provision", NULL},
	{"Sync branch", "ready", "syncing", "ready", "synced", "is not ready to sync",
	 nb_branch_sync},
	{"Merge branch", "ready", "merging", "merged", "merged", "is not ready to merge",
	 nb_branch_merge},
	{"Revert branch", "merged", "reverting", "ready", "reverted", "is not merged",
	 nb_branch_revert},
};

static const struct work *work_of(const struct nb_object *job)
{
	size_t i;

	for (i = 1; i < SB_ARRAY_LEN(works); i++)
		if (sb_streq(works[i].name, nb_text(job, "name")))
			return &works[i];
	return &works[0];
}

static bool is_merge(const struct work *work)
{
	return work->run == nb_branch_merge;
}

/* Count the objects that a branch creates, updates and deletes. */
static json_t *summarize_changes(const struct nb_branch *branch)
{
	static const char *const groups[][2] = {
		{"creates", "create"}, {"updates", "update"}, {"deletes", "delete"}};
	const struct nb_table *log = nb_table(branch->copy, "core.objectchange");
	sb_autojson *objects = json_object();
	json_t *out = json_object();
	char key[192];
	uint32_t id;
	size_t i;

	for (id = 1; id < log->next_id; id++) {
		const struct nb_object *row = log->rows[id];
		const char *action = row ? nb_text(row, "action") : "", *known;

		if (!row)
			continue;
		snprintf(key, sizeof(key), "%s/%lld", nb_text(row, "changed_object_type"),
			 (long long)nb_int(row, "changed_object_id"));
		known = json_string_value(json_object_get(objects, key));
		if (!known || !sb_streq(action, "update"))
			json_object_set_new(objects, key, json_string(action));
	}
	for (i = 0; i < SB_ARRAY_LEN(groups); i++) {
		json_t *types = json_object(), *action;
		const char *name;
		json_int_t total = 0;

		json_object_foreach (objects, name, action) {
			if (!sb_streq(json_string_value(action), groups[i][1]))
				continue;
			snprintf(key, sizeof(key), "%.*s", (int)strcspn(name, "/"), name);
			json_object_set_new(
				types, key,
				json_integer(1 + json_integer_value(json_object_get(types, key))));
			total++;
		}
		snprintf(key, sizeof(key), "%s_total", groups[i][0]);
		json_object_set_new(out, groups[i][0], types);
		json_object_set_new(out, key, json_integer(total));
	}
	return out;
}

static void begin_data(struct lab_netbox *nb, struct nb_object *job, const struct nb_branch *branch)
{
	nb_put_take(nb, job, "data", json_pack("{s:[]}", "log"));
	if (!is_merge(work_of(job)) || !branch->copy)
		return;
	set_data(nb, job, "report", json_array());
	set_data(nb, job, "changes_summary", summarize_changes(branch));
	set_data(nb, job, "has_unsynced_changes",
		 json_boolean(nb_branch_count_unsynced(branch) > 0));
	set_data(nb, job, "merge_strategy", json_string("iterative"));
}

/* Does the job find anything to do? Otherwise the status of the branch does not change. */
static bool has_work(const struct nb_branch *branch, const struct work *work)
{
	if (!work->run)
		return true;
	return work->run == nb_branch_sync ? nb_branch_count_unsynced(branch) > 0
					   : nb_branch_count(branch) > 0;
}

static void begin_job(struct lab_netbox *nb, struct nb_object *job, struct nb_branch *branch,
		      int64_t now_us)
{
	const struct work *work = work_of(job);

	set_job_status(nb, job, "running");
	nb_put_time(nb, job, "started", now_us);
	nb_put_take(nb, job, "_started_us", json_integer(now_us));
	nb->branching->n_turns = 0;
	begin_data(nb, job, branch);
	if (!nb_branch_is(branch, work->from)) {
		char error[256];

		snprintf(error, sizeof(error), "Exception('Branch %s %s')",
			 nb_text(nb_branch_row(branch), "name"), work->refusal);
		end_job(nb, job, error, now_us);
		return;
	}
	if (has_work(branch, work))
		nb_branch_set_status(branch, work->during);
	if (nb->branching->worker_dies) {
		nb->branching->worker_dies = false;
		leave_job(nb, job);
	}
	nb_commit(nb);
}

/* Enter what a completed job means for its branch. */
static void note_success(struct nb_branch *branch, const struct work *work, int64_t user,
			 int64_t now_us)
{
	struct lab_netbox *nb = branch->main;
	struct nb_object *row = nb_branch_row(branch);
	bool is_merged = is_merge(work);

	nb_branch_set_status(branch, work->after);
	nb_branch_event(branch, work->event, user, now_us);
	if (!work->run || work->run == nb_branch_sync) {
		nb_put_time(nb, row, "_last_sync", now_us);
		return;
	}
	/* Stamps run ahead of the clock, and the merge ends after the changes that it made. */
	nb->clock_us = now_us > nb->clock_us ? now_us : nb->clock_us + 1;
	if (is_merged)
		nb_put_time(nb, row, "_merged_time", nb->clock_us);
	else
		nb_put_take(nb, row, "_merged_time", json_null());
	nb_put_take(nb, row, "_merged_by", is_merged ? json_integer(user) : json_null());
}

static void finish_provision(struct nb_branch *branch, struct nb_object *job, int64_t now_us)
{
	struct lab_netbox *nb = branch->main;

	if (nb->branching->provision_fails || nb_branch_fill(branch) < 0) {
		nb_branch_set_status(branch, "failed");
		end_job(nb, job, "OperationalError('could not create the schema of the branch')",
			now_us);
		return;
	}
	log_line(nb, job, "Provisioning completed");
	note_success(branch, work_of(job), nb_int(job, "_user"), now_us);
	end_job(nb, job, "", now_us);
}

static void finish_job(struct lab_netbox *nb, struct nb_object *job, struct nb_branch *branch,
		       int64_t now_us)
{
	const struct work *work = work_of(job);
	sb_autojson *report = json_array();
	struct nb_replay replay = {.branch = branch,
				   .now_us = now_us,
				   .commit = json_is_true(nb_get(job, "_commit")),
				   .report = report};

	if (!work->run) {
		finish_provision(branch, job, now_us);
		return;
	}
	if (!nb_branch_is(branch, work->during)) {
		log_line(nb, job, "No changes found; aborting.");
		end_job(nb, job, "", now_us);
		return;
	}
	work->run(&replay);
	if (is_merge(work))
		set_data(nb, job, "report", json_incref(report));
	if (*replay.error || !replay.commit)
		nb_branch_set_status(branch, work->from);
	else
		note_success(branch, work, nb_int(job, "_user"), now_us);
	if (!*replay.error && !replay.commit)
		log_line(nb, job, "Dry run completed; rolling back changes");
	end_job(nb, job, replay.error, now_us);
}

/* Skip jobs that do not exist because their creation was undone. */
static struct nb_object *find_job(struct nb_branching *own)
{
	while (own->next_job < own->jobs.next_id && !own->jobs.rows[own->next_job])
		own->next_job++;
	return nb_find(&own->jobs, own->next_job);
}

void nb_jobs_turn(struct lab_netbox *nb, int64_t now_us)
{
	struct nb_object *job = nb_workers(nb) ? find_job(nb->branching) : NULL;
	struct nb_branch *branch = job ? nb_branch_find(nb, nb_int(job, "object_id")) : NULL;
	int64_t waited_us = job ? now_us - nb_int(job, "_started_us") : 0;

	if (!job)
		return;
	if (!branch) {
		nb_put_take(nb, job, "data", json_pack("{s:[]}", "log"));
		end_job(nb, job, "DoesNotExist('Branch matching query does not exist.')", now_us);
		return;
	}
	if (nb->branching->n_turns++ == 0 && waited_us < PATIENCE_US)
		return;
	if (job_is(job, "pending"))
		begin_job(nb, job, branch, now_us);
	else if (waited_us >= nb->branching->slow_us)
		finish_job(nb, job, branch, now_us);
}
