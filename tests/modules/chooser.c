/* SPDX-License-Identifier: Apache-2.0 */
/* Reports its options, which may differ between endpoints: one has a check function, one is secret.
 */
#include <stdlib.h>

#include "stagebox/conf.h"
#include "stagebox/record.h"

static int check_level(const json_t *value, struct sb_error *err)
{
	if (json_integer_value(value) % 2 == 0)
		return 0;
	return sb_fail(err, SB_E_ARG, "%lld is odd: choose an even level",
		       (long long)json_integer_value(value));
}

static int check_silently(const json_t *value, struct sb_error *err)
{
	if (sb_starts_with(json_string_value(value), "long"))
		return sb_fail(err, SB_E_ARG, "not this one: %s", json_string_value(value));
	return sb_streq(json_string_value(value), "bad") ? -1 : 0;
}

static const struct sb_opt options[] = {
	{.name = "level", .type = SB_OPT_INT, .help = "an even number", .check = check_level},
	{.name = "mood",
	 .type = SB_OPT_STR,
	 .dflt = "good",
	 .help = "not bad",
	 .check = check_silently},
	{.name = "key", .type = SB_OPT_STR, .dflt = "", .help = "a secret", .flags = SB_OPT_SECRET},
	{0},
};

static int fetch_choice(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	int rc;

	(void)arg;
	(void)err;
	rc = sb_note(stage, "list %s, environment %s",
		     sb_opt_list(stage, "key") ? "readable" : "none",
		     getenv("E2E_CHOOSER_KEY") ? "readable" : "none");
	return rc < 0 ? rc
		      : sb_note(stage, "level %lld, mood %s, key [%s]",
				(long long)sb_opt_int(stage, "level"), sb_opt_str(stage, "mood"),
				sb_opt_str(stage, "key"));
}

static int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	static const struct sb_stage choice = {
		.size = sizeof(choice), .name = "chooser.choice", .fetch = fetch_choice};

	(void)ret_state;
	if (getenv("E2E_CHOOSER_KEY"))
		return sb_fail(err, SB_E_STATE, "the environment has a secret");
	return sb_stage_add(ctx, &choice, err);
}

SB_MODULE(chooser, .version = "1", .summary = "options in the record", SB_TABLE(option, options),
	  .start = start_module)
