/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoints for tests, and helpers to send requests to them. */
#pragma once

#include <string.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pve.h"

#include "stagebox/types.h"

#include <stdio.h>

#define TOKEN "sync@pve!aud=11111111-2222-3333-4444-555555555555"
#define WRITE "wr@pve!tok=66666666-7777-8888-9999-000000000000"
#define NOW   1795000000

/* One endpoint and its last answer. */
struct lab {
	struct lab_pve *pve;
	struct lab_answer answer;
	int64_t passed_ms; /* since NOW */
};

static int start_lab(void **state, const char *slug, int major, unsigned nodes, unsigned guests)
{
	struct lab *lab = calloc(1, sizeof(*lab));
	struct lab_pve_seed seed = {.slug = slug,
				    .token = TOKEN,
				    .write_token = WRITE,
				    .major = major,
				    .nodes = nodes,
				    .guests = guests,
				    .first_vmid = 101,
				    .seed = 42};

	if (!lab)
		return -1;
	lab->pve = lab_pve_create(&seed);
	*state = lab;
	return lab->pve ? 0 : -1;
}

SB_UNUSED static int start_cluster(void **state)
{
	return start_lab(state, "lab", 9, 3, 40);
}

SB_UNUSED static int start_cluster_8(void **state)
{
	return start_lab(state, "lab", 8, 3, 40);
}

SB_UNUSED static int start_edge(void **state)
{
	return start_lab(state, "edge", 9, 1, 8);
}

SB_UNUSED static int start_huge(void **state)
{
	return start_lab(state, "lab", 9, 9, 10000);
}

SB_UNUSED static int start_empty(void **state)
{
	return start_lab(state, "lab", 9, 1, 0);
}

static int stop_lab(void **state)
{
	struct lab *lab = *state;

	lab_answer_finish(&lab->answer);
	lab_pve_destroy(lab->pve);
	free(lab);
	return 0;
}

static void ask_lab(struct lab *lab, struct lab_request *request, const char *path)
{
	char full[256];
	const char *query = strchr(path, '?');

	snprintf(full, sizeof(full), "/api2/json%.*s", (int)strcspn(path, "?"), path);
	request->path = request->raw_path = full;
	request->query = query ? query + 1 : "";
	if (!request->method)
		request->method = "GET";
	lab_answer_finish(&lab->answer);
	lab_pve_handle(lab->pve, request, (int64_t)NOW * 1000 + lab->passed_ms, &lab->answer);
	/* A refusal always ends the connection. */
	assert_int_equal(lab->answer.close, lab->answer.status >= 400);
}

static json_t *get_data(struct lab *lab, const char *path)
{
	struct lab_request request = {.authorization = "PVEAPIToken=" TOKEN};

	ask_lab(lab, &request, path);
	return json_object_get(lab->answer.json, "data");
}

SB_UNUSED static int status_of(struct lab *lab, const char *path)
{
	get_data(lab, path);
	return lab->answer.status;
}

/* Find the row of a list by the value of a member. */
SB_UNUSED static json_t *row_with(json_t *list, const char *key, const char *value)
{
	json_t *row;
	size_t i;

	json_array_foreach (list, i, row) {
		const char *text = json_string_value(json_object_get(row, key));

		if (text && sb_streq(text, value))
			return row;
	}
	return NULL;
}

SB_UNUSED static const char *member_text(json_t *row, const char *key)
{
	return json_string_value(json_object_get(row, key));
}

SB_UNUSED static void set_field(struct lab *lab, const char *key, const char *field,
				const char *value)
{
	const char *why = "";

	if (lab_pve_set(lab->pve, key, field, value, &why) < 0)
		fail_msg("%s %s=%s: %s", key, field, value, why);
}

SB_UNUSED static void assert_refused(struct lab *lab, const char *key, const char *field,
				     const char *value)
{
	const char *why = NULL;

	assert_int_equal(lab_pve_set(lab->pve, key, field, value, &why), -1);
	assert_non_null(why);
	assert_true(strlen(why) > 5);
}

#define ON(start, rule) cmocka_unit_test_setup_teardown(rule, start, stop_lab)

SB_UNUSED static void refuse_add(struct lab *lab, const char *key, const char *wanted)
{
	const char *why = NULL;

	assert_int_equal(lab_pve_add(lab->pve, key, &why), -1);
	assert_string_equal(why, wanted);
}

SB_UNUSED static void refuse_rm(struct lab *lab, const char *key, const char *wanted)
{
	const char *why = NULL;

	assert_int_equal(lab_pve_rm(lab->pve, key, &why), -1);
	assert_string_equal(why, wanted);
}
