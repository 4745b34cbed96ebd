/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of a guest that moves here from another endpoint. */
#include "diff/follow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "diff/elsewhere.h"
#include "diff/want.h"
#include "run/question.h"
#include "stagebox/json.h"

#define MAX_KEY 512

static bool has_parts_of_guests(const struct sb_kind *kind)
{
	return kind->flags & SB_KIND_OWNED && kind->flags & SB_KIND_CHILD &&
	       !(kind->flags & SB_KIND_UNMARKED);
}

static int ask_kind(struct sb_pass *pass, const struct sb_kind *kind, const char *key,
		    bool *ret_asked, struct sb_error *ret_why)
{
	sb_autobuf asked = SB_BUF_INIT(2048);
	char prefix[MAX_KEY];
	const char *answer;

	snprintf(prefix, sizeof(prefix), "%s/", key);
	sb_buf_addf(&asked, "%s?cf_stagebox_key__isw=", kind->name);
	sb_buf_add_url(&asked, prefix);
	if (asked.failed)
		return SB_E_NOMEM;
	answer = sb_table_get(pass->run->snap->asked, sb_buf_str(&asked));
	if (answer && *answer)
		sb_reason_get(answer, ret_why);
	if (answer)
		return 0;
	*ret_asked = true;
	return sb_question_add(pass->run, SB_ASK_BELOW, kind, strchr(sb_buf_str(&asked), '?') + 1,
			       key);
}

int sb_follow_read(struct sb_pass *pass, const struct sb_want *want, const char *key,
		   bool *ret_asked, struct sb_error *ret_why)
{
	const struct sb_kinds *kinds = sb_registry_kinds(pass->run->registry);
	size_t i;
	int rc = sb_table_put(pass->run->snap->moves, key, want->key);

	for (i = 0; !rc && i < sb_kinds_count(kinds); i++) {
		if (has_parts_of_guests(sb_kinds_at(kinds, i)))
			rc = ask_kind(pass, sb_kinds_at(kinds, i), key, ret_asked, ret_why);
	}
	return rc;
}

int sb_follow_take(struct sb_run *run, const struct sb_kind *kind, const json_t *row)
{
	const char *key = sb_json_str(json_object_get(row, "custom_fields"), "stagebox_key"), *to;
	struct sb_nb_list *list = sb_snapshot_list(run->snap, kind->name);
	char top[MAX_KEY], new_key[MAX_KEY];
	sb_autojson *moved = NULL;

	if (!key || !sb_elsewhere_is_other(run, key))
		return 0;
	sb_key_top(key, top);
	to = sb_table_get(run->snap->moves, top);
	if (!to || sb_streq(top, key) ||
	    snprintf(new_key, sizeof(new_key), "%s%s", to, key + strlen(top)) >= MAX_KEY)
		return 0;
	moved = json_deep_copy(row);
	if (!moved || json_object_set_new(json_object_get(moved, "custom_fields"), "stagebox_key",
					  json_string(new_key)) < 0)
		return SB_E_NOMEM;
	if (sb_table_get(list->rows, new_key)) /* the row of an earlier answer */
		return 1;
	if (sb_nb_list_take(list, run->slug, moved) < 0 ||
	    sb_table_put(run->snap->followers, new_key, key) < 0)
		return SB_E_NOMEM;
	return 1;
}

static int plan_part(struct sb_pass *pass, const struct sb_nb_list *list, const char *key,
		     size_t parent)
{
	struct sb_plan *plan = &pass->run->diff->plan;
	const char *old = sb_table_get(pass->run->snap->followers, key);
	char token[64];
	struct sb_op *op;

	op = sb_plan_add(plan, list->kind, SB_UPDATE, key, pass->stage,
			 "its guest moves here from another endpoint",
			 json_pack("{s:s}", "stagebox_key", key),
			 json_pack("{s:s}", "stagebox_key", old));
	if (!op)
		return SB_E_NOMEM;
	op->target = sb_table_id(list->rows, key);
	snprintf(token, sizeof(token), "follows|%lld", (long long)op->target);
	if (sb_op_add_freed(op, list->kind, token) < 0)
		return SB_E_NOMEM;
	return sb_op_add_claimed(&plan->ops[parent], list->kind, token);
}

int sb_follow_plan(struct sb_pass *pass, const struct sb_want *want)
{
	struct sb_table *followers = pass->run->snap->followers;
	const struct sb_op *update =
		sb_diff_op(pass->run->diff, pass->run->diff->updates, want->key);
	size_t seq = update ? update->seq : 0;
	char prefix[MAX_KEY];
	size_t i, j;
	int rc = 0;

	if (!update || !sb_elsewhere_is_other(pass->run, want->stood))
		return 0;
	snprintf(prefix, sizeof(prefix), "%s/", want->key);
	for (i = sb_table_lower(followers, prefix); !rc && i < sb_table_count(followers); i++) {
		const char *key = sb_table_key_at(followers, i);

		if (!sb_starts_with(key, prefix))
			break;
		for (j = 0; !rc && j < pass->run->snap->n_lists; j++) {
			const struct sb_nb_list *list = &pass->run->snap->lists[j];

			if (has_parts_of_guests(list->kind) && sb_table_get(list->rows, key))
				rc = plan_part(pass, list, key, seq);
		}
	}
	return rc;
}
