/* SPDX-License-Identifier: Apache-2.0 */
/* Questions that a diff pass notes, because only a server can answer them. */
#include "run/question.h"

#include <stdlib.h>
#include <string.h>

static int add_question(struct sb_run *run, enum sb_question_type type, const struct sb_kind *kind,
			const char *text, const char *key, size_t stage)
{
	struct sb_diff *diff = run->diff;
	struct sb_question *questions, *question;
	size_t i;

	/* Consecutive objects often ask the same question (one parent, one object). */
	for (i = diff->n_questions > 4 ? diff->n_questions - 4 : 0; i < diff->n_questions; i++) {
		if (diff->questions[i].type == type && diff->questions[i].kind == kind &&
		    diff->questions[i].stage == stage && sb_streq(diff->questions[i].text, text))
			return 0;
	}
	questions = realloc(diff->questions, (diff->n_questions + 1) * sizeof(*questions));
	if (!questions)
		return SB_E_NOMEM;
	diff->questions = questions;
	question = &questions[diff->n_questions];
	*question = (struct sb_question){.type = type, .kind = kind, .stage = stage};
	question->text = strdup(text);
	question->key = strdup(key);
	diff->n_questions++;
	diff->plan.is_draft = true;
	return question->text && question->key ? 0 : SB_E_NOMEM;
}

int sb_question_add(struct sb_run *run, enum sb_question_type type, const struct sb_kind *kind,
		    const char *text, const char *key)
{
	return add_question(run, type, kind, text, key, SB_STAGE_SHARED);
}

int sb_question_add_log(struct sb_run *run, size_t stage, const struct sb_kind *kind,
			const char *id, const char *index)
{
	return add_question(run, SB_ASK_LOG, kind, id, index, stage);
}

int sb_question_add_gone(struct sb_run *run, size_t stage, const char *key)
{
	return add_question(run, SB_ASK_GONE, NULL, key, key, stage);
}
