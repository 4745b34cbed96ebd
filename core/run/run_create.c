/* SPDX-License-Identifier: Apache-2.0 */
/* The begin and the end of the state of a job. */
#include "run/run_create.h"

#include <stdlib.h>

#include "conf/conf.h"
#include "run/agents.h"
#include "run/policies.h"
#include "run/scoped.h"
#include "stagebox/json.h"

/* A recording of an earlier version has no such limit. */
static int64_t agent_wait_s(const json_t *conf)
{
	int64_t wait_s = 10;

	sb_json_int(json_object_get(conf, "limits"), "agent_wait_s", &wait_s);
	return wait_s;
}

/* A recording of an earlier version has no limits of stages. */
static void set_limits(struct sb_run *run)
{
	const json_t *limits = json_object_get(run->conf, "limits");
	int64_t rows = 0, mib = 0, requests = 0;

	sb_json_int(limits, "stage_rows", &rows);
	sb_json_int(limits, "stage_mib", &mib);
	sb_json_int(limits, "stage_requests", &requests);
	run->max_rows = (uint64_t)rows;
	run->max_requests = (uint64_t)requests;
	run->max_row_bytes = (uint64_t)mib << 20;
}

static void set_handles(struct sb_run *run)
{
	size_t i;

	for (i = 0; i < sb_registry_n_stages(run->registry); i++) {
		run->stages[i].run = run;
		run->stages[i].at = i;
	}
	run->shared_stage.run = run;
	run->shared_stage.at = SB_STAGE_SHARED;
}

int sb_run_create(struct sb_registry *registry, json_t *conf, const char *slug, int64_t now_s,
		  struct sb_run **ret_run, struct sb_error *err)
{
	struct sb_run *run = calloc(1, sizeof(*run));

	if (!run)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	run->registry = registry;
	run->conf = conf;
	run->now_s = now_s;
	run->endpoint = *slug ? sb_conf_endpoint(conf, slug) : NULL;
	if (*slug && !run->endpoint) {
		free(run);
		return sb_fail(err, SB_E_CONFIG, "endpoint \"%s\" is not configured", slug);
	}
	run->slug = run->endpoint ? sb_json_str(run->endpoint, "slug") : "";
	run->stages = calloc(sb_registry_n_stages(registry) + 1, sizeof(*run->stages));
	run->snap = sb_snapshot_create(sb_registry_kinds(registry), now_s);
	run->agents = sb_agents_create(agent_wait_s(conf));
	run->acted = json_object();
	if (!run->acted || !run->stages || !run->snap || !run->agents ||
	    sb_policies_read(run, json_object_get(conf, "policy")) < 0) {
		sb_run_destroy(run);
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	set_handles(run);
	set_limits(run);
	run->announced = SB_STAGE_SHARED;
	run->shared_stage.selected = run->shared_stage.needed = true;
	*ret_run = run;
	return 0;
}

static void destroy_stages(struct sb_run *run)
{
	size_t i, n = run->stages ? sb_registry_n_stages(run->registry) : 0;

	for (i = 0; i < n; i++)
		sb_scoped_destroy(&run->stages[i]);
	free(run->stages);
}

void sb_run_destroy(struct sb_run *run)
{
	if (!run)
		return;
	sb_diff_destroy(run->diff);
	json_decref(run->limits);
	json_decref(run->refusals);
	json_decref(run->acted);
	json_decref(run->causes);
	json_decref(run->notes);
	json_decref(run->dead);
	sb_agents_destroy(run->agents);
	sb_snapshot_destroy(run->snap);
	destroy_stages(run);
	free(run->policies);
	free(run->netbox_instance);
	json_decref(run->custom_types);
	json_decref(run->home_faults);
	json_decref(run->home_types);
	json_decref(run->sent);
	free(run->netbox_user);
	free(run);
}
