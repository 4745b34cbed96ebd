/* SPDX-License-Identifier: Apache-2.0 */
/* When the agent of a guest is asked again: from its row of the memory. */
#include "model/agent_turn.h"

#include "stagebox/json.h"

#define OLD_S      (INT64_C(7) * 86400) /* a guest that runs is asked every 6 hours */
#define MAX_NUMBER (INT64_C(1) << 53)

/* Seconds from a question without an answer to the next one, by the number of such questions
 * running. The first one may have come at a bad moment, so the next run asks again. */
static const int64_t pauses_s[] = {0, 0, 300, 900, 3600, 21600};

static int64_t number_of(const json_t *row, const char *name)
{
	return json_integer_value(json_object_get(row, name));
}

static int64_t pause_after(const json_t *row)
{
	size_t last = SB_ARRAY_LEN(pauses_s) - 1;
	int64_t runs = number_of(row, "runs");

	return pauses_s[runs < 0 ? 0 : (size_t)runs > last ? last : (size_t)runs];
}

/* Did the guest start after it was asked? Its list may be some seconds old, so that its uptime is
 * compared with the time of the question and not with an earlier uptime. */
static bool has_restarted(const json_t *row, const struct sb_agent_guest *guest)
{
	return guest->uptime_s >= 0 && guest->now_s - guest->uptime_s > number_of(row, "asked");
}

enum sb_agent_due sb_agent_due(const json_t *row, const struct sb_agent_guest *guest)
{
	const char *config = sb_json_str(row, "config");
	int64_t asked = number_of(row, "asked");

	if (!row)
		return SB_AGENT_DUE;
	if (!config || !sb_streq(config, guest->config) || has_restarted(row, guest))
		return SB_AGENT_DUE_CHANGED;
	/* A clock that was ahead must not silence an agent for ever. */
	if (asked > guest->now_s || guest->now_s - asked >= pause_after(row))
		return SB_AGENT_DUE;
	return SB_AGENT_NOT_DUE;
}

bool sb_agent_row_is_absent(const json_t *row)
{
	const char *outcome = sb_json_str(row, "outcome");

	return outcome && sb_streq(outcome, "absent");
}

static int64_t count_runs(const json_t *before, enum sb_agent_due due, const char *outcome)
{
	const char *last = sb_json_str(before, "outcome");

	if (!last || !sb_streq(last, outcome) || due == SB_AGENT_DUE_CHANGED)
		return 1;
	return number_of(before, "runs") + 1;
}

bool sb_agent_is_limit(const json_t *before, enum sb_agent_due due)
{
	return count_runs(before, due, "silent") >= SB_AGENT_LIMIT_RUNS;
}

json_t *sb_agent_row_after(const json_t *before, enum sb_agent_due due, const char *outcome,
			   int64_t now_s, int64_t ms, const char *config)
{
	return json_pack("{s:s, s:I, s:I, s:I, s:s}", "outcome", outcome, "runs",
			 (json_int_t)count_runs(before, due, outcome), "asked", (json_int_t)now_s,
			 "ms", (json_int_t)ms, "config", config);
}

bool sb_agent_row_is_old(const json_t *row, int64_t now_s)
{
	return now_s - number_of(row, "asked") > OLD_S;
}

static bool is_number(const json_t *value)
{
	return json_is_integer(value) && json_integer_value(value) >= 0 &&
	       json_integer_value(value) <= MAX_NUMBER;
}

bool sb_agent_row_is_valid(const json_t *row)
{
	const char *outcome = sb_json_str(row, "outcome"), *config = sb_json_str(row, "config");

	return outcome && (sb_streq(outcome, "silent") || sb_streq(outcome, "absent")) && config &&
	       strlen(config) <= SB_AGENT_CONFIG_BYTES && is_number(json_object_get(row, "runs")) &&
	       is_number(json_object_get(row, "asked")) && is_number(json_object_get(row, "ms"));
}
