/* SPDX-License-Identifier: Apache-2.0 */
/* The memory of agents that did not answer: whose turn it is, and the result of this run. */
#include <stdlib.h>
#include <string.h>

#include "model/agent_turn.h"
#include "run/agents_priv.h"
#include "run/door.h"
#include "stagebox/json.h"
#include "stagebox/pve.h"

#define SLOW_MS 1000 /* a faster answer costs nothing, so it need not be remembered */

struct sb_agents *sb_agents_create(int64_t wait_s)
{
	struct sb_agents *agents = calloc(1, sizeof(*agents));

	if (!agents)
		return NULL;
	agents->wait_ms = wait_s * 1000;
	agents->counted_ms = -1;
	agents->memory = json_object();
	agents->asked = json_object();
	if (agents->memory && agents->asked)
		return agents;
	sb_agents_destroy(agents);
	return NULL;
}

void sb_agents_destroy(struct sb_agents *agents)
{
	if (!agents)
		return;
	sb_agents_drop_queue(agents);
	json_decref(agents->memory);
	json_decref(agents->asked);
	free(agents);
}

int sb_agents_take(struct sb_run *run, const json_t *memory)
{
	const char *key;
	json_t *row;

	json_object_foreach ((json_t *)(uintptr_t)memory, key, row)
		if (sb_agent_row_is_valid(row) && !sb_agent_row_is_old(row, run->now_s) &&
		    json_object_set(run->agents->memory, key, row) < 0)
			return SB_E_NOMEM;
	return 0;
}

json_t *sb_agents_after(const struct sb_run *run)
{
	return json_incref(run->agents->memory);
}

int sb_agent_turn(struct sb_stage_run *stage, const char *key, int64_t uptime_s, const char *config)
{
	const json_t *row = json_object_get(stage->run->agents->memory, key);
	struct sb_agent_guest guest = {
		.now_s = stage->run->now_s, .uptime_s = uptime_s, .config = config};
	enum sb_agent_due due;
	int rc = sb_door_phase(stage, SB_IN_FETCH, "sb_agent_turn", NULL);

	if (rc < 0)
		return rc;
	if (strlen(config) > SB_AGENT_CONFIG_BYTES)
		return SB_E_ARG;
	due = sb_agent_due(row, &guest);
	if (due == SB_AGENT_NOT_DUE)
		return sb_agent_row_is_absent(row) ? SB_AGENT_ABSENT : SB_AGENT_SILENT;
	if (json_object_set_new(stage->run->agents->asked, key,
				json_pack("{s:s, s:b}", "config", config, "is_changed",
					  due == SB_AGENT_DUE_CHANGED)) < 0)
		return SB_E_NOMEM;
	return SB_AGENT_ASK;
}

static enum sb_agent_due due_of(const struct sb_agents *agents, const char *key)
{
	const json_t *asked = json_object_get(agents->asked, key);

	return sb_json_bool(asked, "is_changed", false) ? SB_AGENT_DUE_CHANGED : SB_AGENT_DUE;
}

/* Remember that the agent of a guest did not answer. */
static int put_row(struct sb_run *run, const char *key, const char *outcome)
{
	struct sb_agents *agents = run->agents;
	const char *config = sb_json_str(json_object_get(agents->asked, key), "config");
	json_t *row =
		sb_agent_row_after(json_object_get(agents->memory, key), due_of(agents, key),
				   outcome, run->now_s, agents->answer_ms, config ? config : "");

	json_object_del(agents->asked, key);
	return json_object_set_new(agents->memory, key, row) < 0 ? SB_E_NOMEM : 0;
}

static int forget_agent(struct sb_run *run, const char *key)
{
	json_object_del(run->agents->asked, key);
	json_object_del(run->agents->memory, key);
	return 0;
}

int sb_agent_answered(struct sb_stage_run *stage, const char *key)
{
	int rc = sb_door_phase(stage, SB_IN_FETCH, "sb_agent_answered", NULL);

	return rc < 0 ? rc : forget_agent(stage->run, key);
}

int sb_agent_absent(struct sb_stage_run *stage, const char *key)
{
	int rc = sb_door_phase(stage, SB_IN_FETCH, "sb_agent_absent", NULL);

	if (rc < 0)
		return rc;
	return stage->run->agents->answer_ms < SLOW_MS ? forget_agent(stage->run, key)
						       : put_row(stage->run, key, "absent");
}

int sb_agent_silent(struct sb_stage_run *stage, const char *key)
{
	const json_t *before = json_object_get(stage->run->agents->memory, key);
	enum sb_agent_due due = due_of(stage->run->agents, key);
	bool is_limit = sb_agent_is_limit(before, due);
	int rc = sb_door_phase(stage, SB_IN_FETCH, "sb_agent_silent", NULL);

	if (rc < 0)
		return rc;
	/* Nothing was learned of an agent that no question reached: one that was silent before is
	 * like one whose turn it is not. */
	if (stage->run->agents->is_unsent)
		return before && due != SB_AGENT_DUE_CHANGED;
	rc = put_row(stage->run, key, "silent");
	return rc < 0 ? rc : is_limit;
}
