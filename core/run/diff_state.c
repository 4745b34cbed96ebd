/* SPDX-License-Identifier: Apache-2.0 */
/* The result of one diff pass. */
#include "run/diff_state.h"

#include <stdio.h>
#include <stdlib.h>

void sb_diff_drop_questions(struct sb_diff *diff)
{
	size_t i;

	for (i = 0; i < diff->n_questions; i++) {
		free(diff->questions[i].text);
		free(diff->questions[i].key);
	}
	free(diff->questions);
	diff->questions = NULL;
	diff->n_questions = 0;
}

void sb_diff_destroy(struct sb_diff *diff)
{
	size_t i;

	if (!diff)
		return;
	sb_plan_finish(&diff->plan);
	sb_plan_finish(&diff->dropped);
	for (i = 0; i < diff->n_accounts; i++)
		free(diff->accounts[i].prefix);
	free(diff->accounts);
	sb_diff_drop_questions(diff);
	sb_table_destroy(diff->absent_why);
	sb_map_destroy(diff->created);
	sb_table_destroy(diff->adopted);
	sb_table_destroy(diff->moved);
	sb_table_destroy(diff->moved_from);
	sb_map_destroy(diff->updates);
	sb_map_destroy(diff->deletes);
	sb_map_destroy(diff->vanishing);
	sb_map_destroy(diff->released);
	sb_map_destroy(diff->acted);
	json_decref(diff->shared_new);
	json_decref(diff->demands);
	json_decref(diff->conflicts);
	json_decref(diff->kept);
	json_decref(diff->similar);
	json_decref(diff->left_out);
	json_decref(diff->misses);
	json_decref(diff->returned);
	json_decref(diff->settled);
	json_decref(diff->births);
	json_decref(diff->set_wants);
	json_decref(diff->set_removals);
	json_decref(diff->set_others);
	json_decref(diff->set_members);
	json_decref(diff->cascades);
	json_decref(diff->candidates);
	json_decref(diff->pruned);
	json_decref(diff->gone);
	sb_table_destroy(diff->seen);
	json_decref(diff->causes);
	json_decref(diff->notes);
	json_decref(diff->overlap);
	free(diff);
}

struct sb_diff *sb_diff_create(void)
{
	struct sb_diff *diff = calloc(1, sizeof(*diff));

	if (!diff)
		return NULL;
	diff->absent_why = sb_table_create();
	diff->created = sb_map_create();
	diff->adopted = sb_table_create();
	diff->moved = sb_table_create();
	diff->moved_from = sb_table_create();
	diff->updates = sb_map_create();
	diff->deletes = sb_map_create();
	diff->vanishing = sb_map_create();
	diff->released = sb_map_create();
	diff->acted = sb_map_create();
	diff->shared_new = json_object();
	diff->demands = json_object();
	diff->conflicts = json_array();
	diff->kept = json_array();
	diff->similar = json_array();
	diff->misses = json_object();
	diff->returned = json_object();
	diff->settled = json_object();
	diff->births = json_object();
	diff->set_wants = json_object();
	diff->set_removals = json_object();
	diff->set_others = json_object();
	diff->set_members = json_object();
	diff->cascades = json_object();
	diff->candidates = json_array();
	diff->pruned = json_object();
	diff->gone = json_object();
	if (diff->moved && diff->moved_from && diff->absent_why && diff->created && diff->adopted &&
	    diff->updates && diff->deletes && diff->vanishing && diff->released && diff->acted &&
	    diff->shared_new && diff->demands && diff->conflicts && diff->kept && diff->similar &&
	    diff->misses && diff->returned && diff->settled && diff->births && diff->set_wants &&
	    diff->set_removals && diff->set_others && diff->set_members && diff->cascades &&
	    diff->candidates && diff->pruned && diff->gone)
		return diff;
	sb_diff_destroy(diff);
	return NULL;
}

enum sb_vanishing sb_vanishing_of(const struct sb_diff *diff, const char *key)
{
	int64_t state = SB_NOT_VANISHING;

	sb_map_get(diff->vanishing, key, &state);
	return (enum sb_vanishing)state;
}

struct sb_op *sb_diff_op(struct sb_diff *diff, const struct sb_map *map, const char *key)
{
	int64_t position;

	return sb_map_get(map, key, &position) ? &diff->plan.ops[position] : NULL;
}

void sb_diff_set_index(const char *key, const char *name, char ret_index[SB_SET_INDEX])
{
	snprintf(ret_index, SB_SET_INDEX, "%s\x1f%s", key, name);
}
