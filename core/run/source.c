/* SPDX-License-Identifier: Apache-2.0 */
/* What stages ask the systems of an endpoint. */
#include "stagebox/pve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "run/agents.h"
#include "run/callback.h"
#include "run/door.h"
#include "run/run.h"

/* One ask of a stage. */
struct ask {
	struct sb_stage_run *stage;
	sb_answer_fn *on_answer;
	void *arg;
	char key[];
};

static void ask_answered(void *arg, const json_t *data, const struct sb_error *why)
{
	struct ask *ask = arg;
	struct sb_stage_run *stage = ask->stage;
	struct sb_error err = SB_ERROR_INIT;
	char name[440];
	int rc;

	sb_callback_begin(stage);
	snprintf(name, sizeof(name), "the answer callback for \"%.400s\"", ask->key);
	rc = ask->on_answer(stage, ask->key, data, why, ask->arg, &err);
	sb_callback_end(stage);
	rc = sb_door_result(rc, name, &err);
	if (rc < 0)
		sb_run_fail_stage(stage->run, stage->at, &err);
	stage->asks--;
	free(ask);
	sb_agents_start(stage->run);
}

int sb_pve_ask(struct sb_stage_run *stage, sb_answer_fn *on_answer, void *arg, const char *key,
	       enum sb_pve_class cost, struct sb_error *err, const char *path, ...)
{
	size_t len = strlen(key) + 1;
	struct ask *ask = malloc(sizeof(*ask) + len);
	sb_autofree char *encoded = NULL;
	va_list ap;
	int rc;

	if (!ask)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	if (stage->run->in_pass) {
		free(ask);
		return sb_fail(err, SB_E_STATE,
			       "sb_pve_ask: requests can be sent from fetch, prove_gone and the "
			       "callbacks of answers only");
	}
	*ask = (struct ask){.stage = stage, .on_answer = on_answer, .arg = arg};
	memcpy(ask->key, key, len);
	va_start(ap, path);
	encoded = sb_pve_path(err, path, ap);
	va_end(ap);
	if (!encoded)
		rc = SB_E_NOMEM;
	else if (cost == SB_PVE_AGENT)
		rc = sb_agents_add(stage->run, key, sb_steal(encoded), ask_answered, ask, err);
	else
		rc = sb_pve_get(stage->run->pve, cost, encoded, ask_answered, ask, err);
	if (rc < 0) {
		free(ask);
		return rc;
	}
	stage->asks++;
	sb_agents_start(stage->run);
	return 0;
}
