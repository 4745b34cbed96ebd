/* SPDX-License-Identifier: Apache-2.0 */
/* The real engine for one fetch or one diff. */
#include <stdlib.h>

#include "diff/diff.h"
#include "diff/duplicates.h"
#include "load/stages.h"
#include "module_observe.h"
#include "module_servers.h"
#include "netbox/client.h"
#include "run/account.h"
#include "run/account_count.h"
#include "run/agents.h"
#include "run/callback.h"
#include "run/fetch.h"
#include "run/run_create.h"

SB_MODULE_API const struct sb_module *sb_module_cluster(void);

struct engine {
	struct module_run *run;
	struct fake_io *io;
	json_t *conf, *texts; /* texts: what answers point to */
	struct sb_registry *registry;
	struct sb_http *http;
	struct sb_netbox *netbox;
	struct sb_pve *pve;
	struct sb_run *job;
	size_t n_contact; /* requests of the contact */
};

static void check_rc(int rc, const struct sb_error *err)
{
	if (rc < 0)
		fail_msg("%s", err->text);
}

static json_t *make_conf(const struct module_run *run)
{
	json_t *conf = module_parse(
		"{'endpoints': [{'slug': 'lab', 'urls': ['https://pve']}], 'policy': {},"
		" 'limits': {'agent_wait_s': 10},"
		" 'prune': {'enabled': false, 'runs': 3, 'grace': 3600, 'address_runs': 2,"
		" 'address_grace': 600, 'max_percent': 100, 'max_count': 10}}");
	json_t *endpoint = json_array_get(json_object_get(conf, "endpoints"), 0);
	const struct {
		const char *name, *value;
	} members[] = {{"site", run->site},
		       {"vlan_group", run->vlan_group},
		       {"device_name", run->device_name},
		       {"cluster_name", run->cluster_name}};
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(members); i++)
		if (members[i].value)
			json_object_set_new(endpoint, members[i].name,
					    json_string(members[i].value));
	return conf;
}

/* Stages of the other modules run after those of the module cluster. */
static void load_modules(struct engine *engine)
{
	const struct module_run *run = engine->run;
	struct sb_error err = SB_ERROR_INIT;

	check_rc(sb_registry_create(&engine->registry, &err), &err);
	if (run->entry != sb_module_cluster)
		check_rc(sb_registry_add_static(engine->registry, sb_module_cluster(), NULL, &err),
			 &err);
	check_rc(sb_registry_add_static(engine->registry, run->entry(), run->opts, &err), &err);
	check_rc(sb_registry_seal(engine->registry, &err), &err);
}

static void open_sessions(struct engine *engine)
{
	struct sb_error err = SB_ERROR_INIT;

	module_script(engine->io, engine->run, sb_registry_kinds(engine->registry), engine->texts);
	check_rc(sb_http_create(fake_io_io(engine->io), &engine->http, &err), &err);
	check_rc(sb_netbox_create(engine->http, &engine->netbox, &err), &err);
	check_rc(sb_pve_create(engine->http, "lab", "", 1, &engine->pve, &err), &err);
	check_rc(sb_netbox_open(engine->netbox, &err), &err);
	check_rc(sb_pve_open(engine->pve, &err), &err);
	engine->n_contact = fake_io_count(engine->io);
}

static void put_rows(const struct module_run *run, struct sb_snapshot *snap)
{
	const char *source, *key;
	json_t *rows, *value;

	json_object_foreach (run->rows, source, rows) {
		sb_snapshot_source(snap, source);
		json_object_foreach (rows, key, value)
			sb_table_put_json(sb_snapshot_source(snap, source)->rows, key, value);
	}
	json_object_foreach (run->keep, source, rows)
		json_object_foreach (rows, key, value)
			sb_table_put(sb_snapshot_source(snap, source)->keep, key, "");
}

static void put_reasons(struct sb_snapshot *snap, json_t *reasons, bool is_limit)
{
	struct sb_error why = SB_ERROR_INIT;
	const char *source, *prefix;
	json_t *rows, *text;

	json_object_foreach (reasons, source, rows) {
		struct sb_table *unknown = sb_snapshot_source(snap, source)->unknown;

		json_object_foreach (rows, prefix, text) {
			sb_fail(&why, SB_E_TIMEOUT, "%s", json_string_value(text));
			if (is_limit)
				sb_reason_put_limit(unknown, prefix, &why);
			else
				sb_reason_put(unknown, prefix, &why);
		}
	}
}

/* The position of a stage in the run. */
static size_t find_stage(const struct engine *engine, const char *name)
{
	size_t at = sb_run_find_stage(engine->job, name);

	if (at == SB_STAGE_SHARED)
		fail_msg("the module has no stage %s", name);
	return at;
}

/* All stages take part. Their rows were fetched before, but for those that a call lets fetch. */
static void select_stages(struct engine *engine)
{
	size_t i, n = sb_registry_n_stages(engine->registry);

	for (i = 0; i < n; i++) {
		struct sb_stage_run *handle = &engine->job->stages[i];

		handle->selected = handle->needed = handle->fetch_done = true;
	}
}

static void open_engine(struct module_run *run, struct engine *engine)
{
	struct sb_error err = SB_ERROR_INIT;

	*engine = (struct engine){.run = run, .io = fake_io_create(), .texts = json_array()};
	engine->conf = make_conf(run);
	load_modules(engine);
	open_sessions(engine);
	check_rc(sb_run_create(engine->registry, engine->conf, "lab", run->now_s, &engine->job,
			       &err),
		 &err);
	engine->job->http = engine->http;
	engine->job->pve = engine->pve;
	engine->job->netbox = engine->netbox;
	if (run->no_custom_fields)
		engine->job->custom_types = json_object();
	select_stages(engine);
	check_rc(sb_agents_take(engine->job, run->memory), &err);
	put_rows(run, engine->job->snap);
	put_reasons(engine->job->snap, run->unknown, false);
	put_reasons(engine->job->snap, run->limited, true);
	module_observe(run);
}

static void take_reasons(struct module_run *run, struct sb_source *source)
{
	struct sb_error why = SB_ERROR_INIT;
	size_t i;

	for (i = 0; i < sb_table_count(source->unknown); i++) {
		const char *text = sb_table_text_at(source->unknown, i);
		json_t *to = sb_reason_is_limit(text) ? run->limited : run->unknown;

		sb_reason_get(text, &why);
		json_object_set_new(module_member(to, source->name),
				    sb_table_key_at(source->unknown, i), json_string(why.text));
	}
}

static void take_source(struct module_run *run, struct sb_source *source)
{
	json_t *rows = module_member(run->rows, source->name);
	size_t i;

	for (i = 0; i < sb_table_count(source->rows); i++)
		json_object_set_new(rows, sb_table_key_at(source->rows, i),
				    json_loads(sb_table_text_at(source->rows, i), 0, NULL));
	for (i = 0; i < sb_table_count(source->keep); i++)
		json_object_set_new(module_member(run->keep, source->name),
				    sb_table_key_at(source->keep, i), json_true());
	take_reasons(run, source);
}

static void take_snapshot(struct module_run *run, struct sb_snapshot *snap)
{
	size_t i;

	for (i = 0; i < snap->n_sources; i++)
		take_source(run, &snap->sources[i]);
	for (i = 0; i < sb_table_count(snap->gone); i++)
		json_object_set_new(run->gone, sb_table_key_at(snap->gone, i),
				    json_boolean(sb_streq(sb_table_text_at(snap->gone, i), "1")));
}

static void take_asked(const struct engine *engine)
{
	static const char prefix[] = "/api2/json";
	size_t i;

	for (i = engine->n_contact; i < fake_io_count(engine->io); i++) {
		const char *path = strstr(fake_io_request(engine->io, i), prefix);

		if (path)
			json_array_append_new(engine->run->asked,
					      json_string(path + strlen(prefix)));
	}
}

/* The keys are "shared/<kind>/...". */
static void take_demands(struct module_run *run, const struct sb_diff *diff)
{
	const char *key;
	json_t *demand;

	json_object_foreach (diff->demands, key, demand) {
		const char *kind = key + strlen("shared/");
		char name[64];

		snprintf(name, sizeof(name), "%.*s", (int)strcspn(kind, "/"), kind);
		json_object_set(module_member(run->shared, name), strrchr(key, '/') + 1,
				json_object_get(demand, "fields"));
	}
}

static void take_duplicates(struct module_run *run, const struct sb_run *job)
{
	sb_autojson *list = sb_duplicates_list(job);
	const json_t *item;
	size_t i;

	json_array_foreach (list, i, item) {
		char name[200];

		snprintf(name, sizeof(name), "%s %s", sb_json_str(item, "what"),
			 sb_json_str(item, "value"));
		json_object_set(run->noted, name, json_object_get(item, "keys"));
	}
}

static void close_engine(struct engine *engine)
{
	struct module_run *run = engine->run;

	module_observe(NULL);
	take_snapshot(run, engine->job->snap);
	take_asked(engine);
	if (engine->job->diff) {
		take_demands(run, engine->job->diff);
		take_duplicates(run, engine->job);
	}
	json_decref(run->memory);
	run->memory = sb_agents_after(engine->job);
	sb_pve_destroy(engine->pve);
	sb_netbox_destroy(engine->netbox);
	sb_http_destroy(engine->http);
	sb_io_destroy(fake_io_io(engine->io));
	sb_run_destroy(engine->job);
	sb_registry_destroy(engine->registry);
	json_decref(engine->conf);
	json_decref(engine->texts);
}

static int result_of(const struct sb_stage_run *handle, struct sb_error *err)
{
	if (handle->status < SB_STAGE_FAILED)
		return 0;
	*err = handle->why;
	return handle->status == SB_STAGE_FAILED ? err->code : SB_E_STATE;
}

int module_try_fetch(struct module_run *run, const char *stage, struct sb_error *err)
{
	struct sb_stage_run *handle;
	struct engine engine;
	int rc;

	open_engine(run, &engine);
	handle = &engine.job->stages[find_stage(&engine, stage)];
	handle->fetch_done = false;
	check_rc(sb_fetch(engine.job, 0, err), err);
	rc = result_of(handle, err);
	close_engine(&engine);
	return rc;
}

static void diff_rows(struct engine *engine)
{
	struct sb_error err = SB_ERROR_INIT;

	check_rc(sb_fetch(engine->job, 0, &err), &err); /* NetBox's lists */
	check_rc(sb_diff_all(engine->job, &err), &err);
	check_rc(sb_plan_link(&engine->job->diff->plan, &err), &err);
}

static void check_accounts(struct sb_run *job)
{
	struct sb_error err = SB_ERROR_INIT;
	size_t i;

	assert_int_equal(sb_account_finish(job), 0);
	for (i = 0; i < job->diff->n_accounts; i++) {
		const struct sb_account *counts = &job->diff->accounts[i];

		check_rc(sb_account_check(counts, sb_run_stage_name(job, counts->stage), &err),
			 &err);
	}
}

int module_try_diff(struct module_run *run, const char *stage, struct sb_error *err)
{
	struct engine engine;
	int rc;

	open_engine(run, &engine);
	diff_rows(&engine);
	rc = result_of(&engine.job->stages[find_stage(&engine, stage)], err);
	close_engine(&engine);
	return rc;
}

void module_fetch(struct module_run *run, const char *stage)
{
	struct sb_error err = SB_ERROR_INIT;

	check_rc(module_try_fetch(run, stage, &err), &err);
}

void module_diff(struct module_run *run)
{
	struct sb_error err = SB_ERROR_INIT;
	struct engine engine;
	size_t i;

	open_engine(run, &engine);
	diff_rows(&engine);
	for (i = 0; i < sb_registry_n_stages(engine.registry); i++)
		check_rc(result_of(&engine.job->stages[i], &err), &err);
	check_accounts(engine.job);
	close_engine(&engine);
}

void module_prove(struct module_run *run, const char *stage, const char *const *keys)
{
	struct sb_error err = SB_ERROR_INIT;
	const struct sb_stage *called;
	struct sb_stage_run *handle;
	struct engine engine;
	size_t at;

	open_engine(run, &engine);
	at = find_stage(&engine, stage);
	called = &sb_registry_stage(engine.registry, at)->stage;
	handle = &engine.job->stages[at];
	for (; *keys; keys++) {
		sb_callback_begin(handle, SB_PHASE_GONE);
		check_rc(called->prove_gone(handle, *keys, called->arg, &err), &err);
		sb_callback_end(handle);
	}
	while (handle->asks)
		check_rc(sb_http_turn(engine.http, 1000, &err), &err);
	check_rc(result_of(handle, &err), &err);
	close_engine(&engine);
}

void module_with(struct module_run *run, const char *stage,
		 void (*fn)(struct sb_stage_run *handle, void *arg), void *arg)
{
	struct engine engine;

	open_engine(run, &engine);
	fn(&engine.job->stages[find_stage(&engine, stage)], arg);
	close_engine(&engine);
}
