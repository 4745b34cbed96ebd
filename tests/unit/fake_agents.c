/* SPDX-License-Identifier: Apache-2.0 */
/* The fake of the memory of guest agents: the test says whose turn it is. */
#include "fake_run.h"

int sb_agent_turn(struct sb_stage_run *run, const char *key, int64_t uptime_s, const char *config)
{
	json_object_set_new(run->marks, key, json_pack("[I, s]", (json_int_t)uptime_s, config));
	return (int)json_integer_value(json_object_get(run->turns, key));
}

int sb_agent_answered(struct sb_stage_run *run, const char *key)
{
	return json_object_set_new(run->agents, key, json_string("answered"));
}

int sb_agent_absent(struct sb_stage_run *run, const char *key)
{
	return json_object_set_new(run->agents, key, json_string("absent"));
}

int sb_agent_silent(struct sb_stage_run *run, const char *key)
{
	json_object_set_new(run->agents, key, json_string("silent"));
	return run->silent_is_limit;
}
