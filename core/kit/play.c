/* SPDX-License-Identifier: Apache-2.0 */
/* Playing a case. */
#include "kit/play.h"

#include <string.h>

#include "kit/compare.h"
#include "kit/given.h"
#include "kit/json_file.h"
#include "kit/netbox.h"
#include "kit/script.h"
#include "parent/jobs.h"
#include "stagebox/json.h"

#define PVE_PREFIX "/api2/json"

/* The servers of a case, and what was asked of them in this step. */
struct world {
	const struct sb_kit_case *the_case;
	const struct sb_kit_play *play;
	const char *slug;
	struct sb_kit_netbox *netbox;
	json_t *pve_script, *netbox_script;
	json_t *asked;      /* {"GET /pools": status}, of Proxmox VE */
	json_t *unanswered; /* {"GET /pools": true} */
	json_t *used;       /* the same, answers of the script */
	json_t *ever_used;  /* of all steps */
};

static int out_of_memory(struct sb_error *err)
{
	return sb_fail(err, SB_E_NOMEM, "out of memory");
}

/* The answers of each Proxmox VE to the first requests: a cluster of one node, and a token with all
 * rights to read. */
static json_t *make_pve_script(const char *slug)
{
	sb_autojson *version = json_pack("{s:s, s:s}", "version", "9.2.11", "release", "9.2");
	sb_autojson *rights =
		json_pack("{s:{s:i, s:i, s:i, s:i, s:i, s:i, s:i}}", "/", "Datastore.Audit", 1,
			  "Mapping.Audit", 1, "Pool.Audit", 1, "SDN.Audit", 1, "Sys.Audit", 1,
			  "VM.Audit", 1, "VM.GuestAgent.Audit", 1);
	sb_autojson *status = json_pack(
		"[{s:s, s:s, s:s, s:i, s:i}, {s:s, s:s, s:s, s:i, s:i, s:i}]", "type", "cluster",
		"id", "cluster", "name", slug, "nodes", 1, "quorate", 1, "type", "node", "id",
		"node/pve1", "name", "pve1", "nodeid", 1, "local", 1, "online", 1);
	sb_autojson *script = json_object();
	int rc = sb_kit_script_put(script, SB_KIT_PVE, "", "/version", version, NULL);

	if (!rc)
		rc = sb_kit_script_put(script, SB_KIT_PVE, "", "/access/permissions", rights, NULL);
	if (!rc)
		rc = sb_kit_script_put(script, SB_KIT_PVE, "", "/cluster/status", status, NULL);
	return rc < 0 ? NULL : sb_steal(script);
}

static void note_asked(struct world *world, const char *request, const json_t *line)
{
	const json_t *status = json_object_get(line, "status");

	json_object_set_new(world->asked, request,
			    json_integer(line ? json_integer_value(status) : 0));
}

/* The answer of the case to one request. */
static json_t *answer_request(void *arg, const json_t *event)
{
	struct world *world = arg;
	const char *server = sb_json_str(event, "server"), *method = sb_json_str(event, "method");
	const char *path = sb_json_str(event, "path"), *body = sb_json_str(event, "body");
	bool is_netbox = server && sb_streq(server, "netbox");
	sb_autobuf request = SB_BUF_INIT(65536);
	struct sb_error why = SB_ERROR_INIT;
	json_t *line;
	int rc = 0;

	if (!server || !method || !path)
		return NULL;
	if (!is_netbox && sb_starts_with(path, PVE_PREFIX "/"))
		path += strlen(PVE_PREFIX);
	sb_buf_addf(&request, "%s %s", method, path);
	line = sb_kit_script_find(is_netbox ? world->netbox_script : world->pve_script,
				  is_netbox ? SB_KIT_NETBOX : SB_KIT_PVE, method, path,
				  world->used);
	json_incref(line);
	if (!line && is_netbox)
		rc = sb_kit_netbox_answer(world->netbox, method, path, body ? body : "", &line,
					  &why);
	if (rc < 0 && rc != SB_E_UNSUPPORTED)
		return NULL;
	if (!is_netbox)
		note_asked(world, sb_buf_str(&request), line);
	if (line)
		return line;
	json_object_set_new(world->unanswered, sb_buf_str(&request), json_true());
	return sb_kit_no_answer(why.text);
}

static int world_create(struct world *world, struct sb_error *err)
{
	const json_t *endpoints = json_object_get(world->play->conf, "endpoints");

	if (json_array_size(endpoints) != 1)
		return sb_fail(
			err, SB_E_CONFIG,
			"%s: expected one endpoint, found %zu: a case is of one cluster",
			world->the_case->conf ? world->the_case->conf : world->the_case->folder,
			json_array_size(endpoints));
	world->slug = sb_json_str(json_array_get(endpoints, 0), "slug");
	world->netbox = sb_kit_netbox_create(world->play->forms);
	world->pve_script = make_pve_script(world->slug);
	world->netbox_script = json_object();
	world->asked = json_object();
	world->unanswered = json_object();
	world->used = json_object();
	world->ever_used = json_object();
	return world->netbox && world->pve_script && world->netbox_script && world->asked &&
			       world->unanswered && world->used && world->ever_used
		       ? 0
		       : out_of_memory(err);
}

static void world_finish(struct world *world)
{
	sb_kit_netbox_destroy(world->netbox);
	json_decref(world->pve_script);
	json_decref(world->netbox_script);
	json_decref(world->asked);
	json_decref(world->unanswered);
	json_decref(world->used);
	json_decref(world->ever_used);
}

/* Run one job; the caller releases jobs. */
static void run_job(struct world *world, enum sb_job_mode mode, struct sb_jobs *jobs)
{
	const struct sb_jobs_request request = {
		.mode = mode,
		.conf = world->play->conf,
		.store = world->play->store,
		.on_ask = answer_request,
		.arg = world,
		.stop = world->play->stop,
	};

	sb_jobs_init(jobs, &request);
	sb_jobs_run(jobs, mode == SB_JOB_BOOTSTRAP ? "" : world->slug, NULL);
}

static const struct sb_job_result *result_of(const struct sb_jobs *jobs)
{
	static const struct sb_job_result none;

	return jobs->n ? &jobs->outcomes[0].result : &none;
}

static int check_stop(const struct world *world, struct sb_error *err)
{
	return world->play->stop && *world->play->stop
		       ? sb_fail(err, SB_E_CANCELLED, "stopped by a signal")
		       : 0;
}

static json_t *list_names(const json_t *object)
{
	json_t *names = json_array(), *value;
	const char *name;

	json_object_foreach ((json_t *)(uintptr_t)object, name, value)
		json_array_append_new(names, json_string(name));
	return names;
}

/* Plan, sync, plan again: what the step gave. New reference. */
static json_t *play_jobs(struct world *world)
{
	json_t *given = json_object();
	struct sb_jobs jobs;

	run_job(world, SB_JOB_PLAN, &jobs);
	json_object_set_new(given, "plan", sb_kit_ops(result_of(&jobs)->plan));
	sb_kit_put_remarks(given, result_of(&jobs)->plan);
	sb_jobs_finish(&jobs);
	run_job(world, SB_JOB_SYNC, &jobs);
	json_object_set_new(given, "exit", json_integer(jobs.exit_code));
	if (result_of(&jobs)->err.code)
		json_object_set_new(given, "error", sb_json_text(result_of(&jobs)->err.text, 500));
	json_object_set_new(given, "stages", sb_kit_stages(result_of(&jobs)->record));
	sb_jobs_finish(&jobs);
	run_job(world, SB_JOB_PLAN, &jobs);
	json_object_set_new(given, "again", sb_kit_ops(result_of(&jobs)->plan));
	sb_jobs_finish(&jobs);
	json_object_set_new(given, "not_answered", list_names(world->unanswered));
	return given;
}

/* Compare with expected.json, or write it. */
static int judge_step(const struct world *world, const struct sb_kit_step *step,
		      const json_t *given, const char **ret_status, json_t **ret_differences,
		      struct sb_error *err)
{
	*ret_status = "unset";
	if (world->play->updates) {
		*ret_status = "updated";
		return sb_kit_write_json(step->expected, given, err);
	}
	if (!step->wanted)
		return 0;
	*ret_differences = sb_kit_differences(step->wanted, given);
	*ret_status = json_array_size(*ret_differences) ? "different" : "ok";
	return 0;
}

/* Change what the servers answer, as files of the case say. */
static int change_world(struct world *world, const struct sb_kit_step *step, struct sb_error *err)
{
	int rc;

	sb_kit_script_merge(world->pve_script, step->pve);
	sb_kit_script_merge(world->netbox_script, step->netbox);
	rc = sb_kit_netbox_change(world->netbox, step->rows, err);
	return rc < 0 ? sb_context(err, rc, "%s%s%s/netbox.json", world->the_case->folder,
				   *step->name ? "/" : "", step->name)
		      : 0;
}

/* Append the answers of a script that are not among the used ones. */
static void add_unused(json_t *names, const json_t *script, const json_t *used)
{
	const char *name;
	json_t *line;

	json_object_foreach ((json_t *)(uintptr_t)script, name, line)
		if (!json_is_null(line) && !json_object_get(used, name))
			json_array_append_new(names, json_string(name));
}

/* The answers that nobody asked for, probably because of a mistake in their path: those of the
 * step, and after the last one those of the case. */
static json_t *list_unused(const struct world *world, const struct sb_kit_step *step)
{
	const struct sb_kit_case *all = world->the_case;
	json_t *names = json_array();

	add_unused(names, step->pve, world->used);
	add_unused(names, step->netbox, world->used);
	if (step == &all->steps[all->n_steps - 1]) {
		add_unused(names, all->base.pve, world->ever_used);
		add_unused(names, all->base.netbox, world->ever_used);
	}
	return names;
}

static int play_step(struct world *world, const struct sb_kit_step *step, struct sb_error *err)
{
	sb_autojson *given = NULL, *differences = NULL, *result = NULL;
	const char *status = "";
	int rc;

	json_object_update(world->ever_used, world->used); /* bootstrap asks, too */
	json_object_clear(world->asked);
	json_object_clear(world->unanswered);
	json_object_clear(world->used);
	rc = change_world(world, step, err);
	if (rc < 0)
		return rc;
	given = play_jobs(world);
	json_object_update(world->ever_used, world->used);
	rc = check_stop(world, err);
	if (rc < 0)
		return rc;
	rc = judge_step(world, step, given, &status, &differences, err);
	if (rc < 0)
		return rc;
	result = json_pack("{s:s, s:s, s:s, s:O, s:o, s:O, s:o}", "case", world->the_case->name,
			   "step", step->name, "status", status, "given", given, "differences",
			   differences ? sb_steal(differences) : json_array(), "asked",
			   world->asked, "not_asked", list_unused(world, step));
	if (!result)
		return out_of_memory(err);
	world->play->on_step(world->play->arg, result);
	return 0;
}

/* Makes the custom fields that the modules need: as an operator does before the first sync. */
static int play_bootstrap(struct world *world, struct sb_error *err)
{
	const struct sb_job_result *result;
	struct sb_jobs jobs;
	int rc;

	run_job(world, SB_JOB_BOOTSTRAP, &jobs);
	result = result_of(&jobs);
	rc = check_stop(world, err);
	if (!rc && result->exit_code)
		rc = sb_fail(err, SB_E_STATE, "%s: bootstrap: %.400s", world->the_case->folder,
			     result->err.code ? result->err.text : result->status);
	sb_jobs_finish(&jobs);
	return rc;
}

int sb_kit_play(const struct sb_kit_case *the_case, const struct sb_kit_play *play,
		struct sb_error *err)
{
	struct world world SB_CLEANUP(world_finish) = {.the_case = the_case, .play = play};
	size_t i;
	int rc;

	rc = world_create(&world, err);
	if (!rc && the_case->base.name)
		rc = change_world(&world, &the_case->base, err);
	if (!rc)
		rc = play_bootstrap(&world, err);
	for (i = 0; !rc && i < the_case->n_steps; i++)
		rc = play_step(&world, &the_case->steps[i], err);
	return rc;
}
