/* SPDX-License-Identifier: Apache-2.0 */
/* A vanished object gives up its name when another object has that name now. */
#include "diff/yield.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diff/policy.h"
#include "run/question.h"
#include "stagebox/json.h"

/* States of snap->yields. */
#define GIVES_UP ""
#define CANNOT   "no"

bool sb_yield_ask(struct sb_run *run, const char *holder)
{
	const char *state = sb_table_get(run->snap->yields, holder);

	if (state)
		return sb_streq(state, GIVES_UP);
	if (sb_vanishing_of(run->diff, holder) != SB_VANISHING_KEPT)
		return false;
	run->diff->once_more = true;
	if (sb_table_put(run->snap->yields, holder, GIVES_UP) < 0)
		run->failed_rc = SB_E_NOMEM;
	return true;
}

/* "NAME (101)", cut to the length of the field. New reference. */
static json_t *make_name(const struct sb_kind_field *field, const char *key, const char *name)
{
	const char *number = strrchr(key, '/') ? strrchr(key, '/') + 1 : key;
	size_t suffix = strlen(number) + 3, room = field->max_chars;
	sb_autojson *stem = NULL;

	if (room && suffix >= room)
		return NULL;
	stem = sb_json_text(name, room ? room - suffix : SIZE_MAX);
	return stem ? json_sprintf("%s (%s)", json_string_value(stem), number) : NULL;
}

static int rename_object(struct sb_run *run, const struct sb_kind *kind, const char *key,
			 const json_t *row, json_t *name, const char *stage)
{
	const char *member = sb_kind_trait(kind, SB_TRAIT_TITLE)->name;
	sb_autojson *after = json_copy((json_t *)(uintptr_t)row);
	sb_autofree char *old = sb_natural_text(kind, row), *new = NULL;
	struct sb_op *op;

	json_object_set(after, member, name);
	new = sb_natural_text(kind, after);
	op = sb_plan_add(&run->diff->plan, kind, SB_UPDATE, key, stage,
			 "it vanished, and another object has its name now",
			 json_pack("{s:O}", member, name),
			 json_pack("{s:O}", member, json_object_get(row, member)));
	if (!op)
		return SB_E_NOMEM;
	op->target = json_integer_value(json_object_get(row, "id"));
	return sb_op_add_freed(op, kind, old) < 0 ? SB_E_NOMEM : sb_op_add_claimed(op, kind, new);
}

int sb_yield_name(struct sb_run *run, const struct sb_kind *kind, const char *key,
		  const json_t *row, const char *stage)
{
	const struct sb_kind_field *field = sb_kind_trait(kind, SB_TRAIT_TITLE);
	const char *state = sb_table_get(run->snap->yields, key);
	const char *now = field ? sb_json_str(row, field->name) : NULL;
	sb_autojson *name = NULL;
	struct sb_last last = {0};
	enum sb_choice choice;
	char id[32];
	int rc = 0;

	if (!state || !sb_streq(state, GIVES_UP))
		return 0;
	name = field && now ? make_name(field, key, now) : NULL;
	choice = name ? sb_policy_choose(run, kind, key, field, name,
					 json_object_get(row, field->name), false, &last)
		      : SB_CHOICE_KEEP;
	sb_last_finish(&last);
	if (choice == SB_CHOICE_SET)
		return rename_object(run, kind, key, row, name, stage);
	if (choice == SB_CHOICE_ASK) {
		snprintf(id, sizeof(id), "%" JSON_INTEGER_FORMAT,
			 json_integer_value(json_object_get(row, "id")));
		return sb_question_add(run, SB_ASK_CHANGES, kind, id, key);
	}
	/* A person gave it this name. */
	run->diff->once_more = run->diff->plan.is_draft = true;
	rc = sb_table_put(run->snap->yields, key, CANNOT);
	return rc;
}
