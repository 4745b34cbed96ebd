/* SPDX-License-Identifier: Apache-2.0 */
#include "load/actions.h"

#include <stdlib.h>
#include <string.h>

#include "base/abi_table.h"
#include "model/key_pattern.h"
#include "model/plan.h"

struct sb_action *sb_actions_copy(const struct sb_action *rows, size_t row_size)
{
	struct sb_action *actions = sb_abi_table(rows, row_size, sizeof(*rows)), *action;
	bool is_short = false;

	for (action = actions; action && action->kind; action++) {
		char *keys = action->keys ? strdup(action->keys) : NULL;

		is_short = is_short || (action->keys && !keys);
		action->keys = keys;
	}
	if (!is_short)
		return actions;
	sb_actions_destroy(actions);
	return NULL;
}

void sb_actions_destroy(struct sb_action *actions)
{
	struct sb_action *action;

	for (action = actions; action && action->kind; action++)
		free((char *)(uintptr_t)action->keys);
	free(actions);
}

static int check_action(const struct sb_kinds *kinds, const struct sb_stage *stage,
			const struct sb_action *action, struct sb_error *err)
{
	const struct sb_kind *kind = sb_kinds_find(kinds, action->kind);
	struct sb_guess guess;

	if (!kind || !(kind->flags & SB_KIND_OWNED))
		return sb_fail(err, SB_E_CONFIG,
			       "stage \"%s\" acts on kind \"%.64s\", which is unknown or shared%s",
			       stage->name, action->kind,
			       kind ? "" : sb_kinds_guess(kinds, action->kind, &guess));
	if (!action->verb || !sb_is_action_name(action->verb))
		return sb_fail(
			err, SB_E_CONFIG,
			"stage \"%s\": \"%.64s\" is not the name of an action: 1 to 31 "
			"characters of a-z, 0-9 and - are, but not create, update and delete",
			stage->name, action->verb ? action->verb : "");
	if (!action->keys || !sb_key_pattern_is_valid(action->keys))
		return sb_fail(err, SB_E_CONFIG,
			       "stage \"%s\": action \"%s\" needs keys: set a pattern like "
			       "\"*/shelf/\"",
			       stage->name, action->verb);
	return 0;
}

int sb_actions_check(const struct sb_kinds *kinds, const struct sb_stage *stage,
		     struct sb_error *err)
{
	const struct sb_action *action = stage->actions;
	int rc = 0;

	if (action && action->kind && !stage->apply)
		return sb_fail(err, SB_E_CONFIG,
			       "stage \"%s\" has actions, but no apply() to carry them out",
			       stage->name);
	for (; !rc && action && action->kind; action++)
		rc = check_action(kinds, stage, action, err);
	return rc;
}

bool sb_stage_acts(const struct sb_stage *stage, const struct sb_kind *kind, const char *action,
		   const char *key)
{
	const struct sb_action *row;

	for (row = stage->actions; row && row->kind; row++)
		if (sb_streq(row->kind, kind->name) && sb_streq(row->verb, action) &&
		    sb_key_pattern_covers(row->keys, key))
			return true;
	return false;
}
