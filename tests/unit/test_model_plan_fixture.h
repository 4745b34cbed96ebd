/* SPDX-License-Identifier: Apache-2.0 */
/* A plan that is read from a document, for tests of plans. */
#pragma once

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "model/plan.h"

struct state {
	struct sb_kinds *kinds;
	struct sb_plan plan;
};

static SB_UNUSED int setup(void **arg)
{
	struct state *state = calloc(1, sizeof(*state));

	state->kinds = sb_kinds_create();
	*arg = state;
	return state->kinds ? 0 : -1;
}

static SB_UNUSED int teardown(void **arg)
{
	struct state *state = *arg;

	sb_plan_finish(&state->plan);
	sb_kinds_destroy(state->kinds);
	free(state);
	return 0;
}

static SB_UNUSED json_t *parse_json(const char *text)
{
	json_t *value = json_loads(text, 0, NULL);

	assert_non_null(value);
	return value;
}

static SB_UNUSED struct sb_plan *plan_of(void **arg)
{
	return &((struct state *)*arg)->plan;
}

/* Fill the plan from a document in which ' stands for ". */
static SB_UNUSED int load_plan(void **arg, const char *text, struct sb_error *err)
{
	struct state *state = *arg;
	char *doc = test_malloc(strlen(text) + 1), *c;
	sb_autojson *ops = NULL;

	memcpy(doc, text, strlen(text) + 1);
	for (c = doc; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	ops = parse_json(doc);
	test_free(doc);
	return sb_plan_from_json(&state->plan, state->kinds, ops, err);
}

static SB_UNUSED void load_and_link(void **arg, const char *text)
{
	assert_int_equal(load_plan(arg, text, NULL), 0);
	assert_int_equal(sb_plan_link(plan_of(arg), NULL), 0);
}

static SB_UNUSED void expect_refused(void **arg, const char *text, const char *word)
{
	struct sb_error err = SB_ERROR_INIT;

	assert_int_equal(load_plan(arg, text, &err), SB_E_SHAPE);
	if (!strstr(err.text, word))
		fail_msg("\"%s\" is not in \"%s\"", word, err.text);
}
