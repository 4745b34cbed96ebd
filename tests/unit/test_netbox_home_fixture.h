/* SPDX-License-Identifier: Apache-2.0 */
/* A session with one collection that has a home; what its lists and writes end with is kept. */
#pragma once

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "netbox/home.h"
#include "stagebox/json.h"
#include "test_netbox_session.h"

struct state {
	struct fake_io *fake;
	struct sb_http *http;
	struct sb_netbox *netbox;
	json_t *rows;
	bool is_listed;
	enum sb_netbox_list_state known;
	unsigned ends;
	enum sb_netbox_outcome outcome;
	int64_t ids[4];
	size_t n_ids, n_items, item;
	char text[256];
	char answer[512]; /* of NetBox, as long as it may be asked */
	struct sb_error why;
};

static int setup_home(void **ret_state, const struct sb_netbox_home *home)
{
	struct state *state = calloc(1, sizeof(*state));

	session_open(&state->fake, &state->http, &state->netbox);
	assert_int_equal(sb_netbox_home_add(state->netbox, home, "lab/"), 0);
	state->rows = json_array();
	*ret_state = state;
	return 0;
}

static int teardown(void **state_arg)
{
	struct state *state = *state_arg;

	session_close(state->fake, state->http, state->netbox);
	json_decref(state->rows);
	free(state);
	return 0;
}

static void run_io(struct state *state)
{
	unsigned turns = 0;

	while (sb_http_outstanding(state->http)) {
		assert_int_equal(sb_http_turn(state->http, 60000, NULL), 0);
		assert_true(turns++ < 1000);
	}
}

static void on_row(void *arg, json_t *row)
{
	json_array_append(((struct state *)arg)->rows, row);
}

static void on_listed(void *arg, enum sb_netbox_list_state known, const struct sb_error *why)
{
	struct state *state = arg;

	state->is_listed = true;
	state->known = known;
	if (why)
		state->why = *why;
}

static void on_written(void *arg, const struct sb_netbox_written *written)
{
	struct state *state = arg;
	size_t i;

	state->ends++;
	state->outcome = written->outcome;
	state->n_ids = written->n_ids;
	for (i = 0; i < written->n_ids && i < SB_ARRAY_LEN(state->ids); i++)
		state->ids[i] = written->ids[i];
	state->n_items = written->n_items;
	if (written->n_items) {
		state->item = written->items[0].index;
		snprintf(state->text, sizeof(state->text), "%s", written->items[0].text);
	}
	state->why = written->why;
}

static void list_path(struct state *state, const char *path, const char *query, const char *fields)
{
	assert_int_equal(sb_netbox_list(state->netbox, path, query, fields, on_row, NULL, on_listed,
					state, NULL),
			 0);
	run_io(state);
	assert_true(state->is_listed);
}

static void write_path(struct state *state, const char *path, const char *method,
		       const char *fields, const char *body)
{
	json_t *list = json_loads(body, 0, NULL);

	assert_non_null(list);
	assert_int_equal(
		sb_netbox_write(state->netbox, method, path, fields, list, on_written, state, NULL),
		0);
	json_decref(list);
	run_io(state);
	assert_int_equal(state->ends, 1);
}

/* The body of a request is this JSON, in whatever order of members. */
static void assert_body(struct state *state, size_t request, const char *expected)
{
	sb_autojson *sent = json_loads(fake_io_body(state->fake, request), 0, NULL);
	sb_autojson *wanted = json_loads(expected, 0, NULL);
	sb_autofree char *text = sent ? json_dumps(sent, JSON_SORT_KEYS) : NULL;

	assert_non_null(wanted);
	if (!json_equal(sent, wanted))
		fail_msg("sent %s, not %s", text ? text : "nothing", expected);
}
