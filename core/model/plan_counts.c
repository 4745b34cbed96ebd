/* SPDX-License-Identifier: Apache-2.0 */
/* The counters of a plan document against its ops. */
#include "model/plan_counts.h"

#include <stdio.h>

#include "stagebox/json.h"

/* The counters of a plan that are writes. */
enum { CREATE, UPDATE, DELETE, RELEASE, N_COUNTERS };

static const char *const counters[N_COUNTERS] = {"create", "update", "delete", "release"};

static bool is_release(const json_t *op)
{
	return sb_streq(sb_json_str(op, "verb"), "update") &&
	       json_is_null(json_object_get(json_object_get(op, "set"), "stagebox_key"));
}

/* Which counter an op is for; the interface may count a row of its MAC address. */
static int find_counter(const json_t *op)
{
	const char *verb = sb_json_str(op, "verb");

	if (sb_streq(sb_json_str(op, "kind"), "mac"))
		return N_COUNTERS;
	if (sb_json_str(op, "system")) /* an action changes its object at the source */
		return UPDATE;
	if (is_release(op))
		return RELEASE;
	if (sb_streq(verb, "create"))
		return CREATE;
	return sb_streq(verb, "update") ? UPDATE : DELETE;
}

/* Several ops of one object count once; several objects may have one key only where they leave. */
static int note_op(json_t *seen[N_COUNTERS], const json_t *op)
{
	int counter = find_counter(op);
	const char *key = sb_json_str(op, "key");
	sb_autojson *name = NULL;

	if (counter == N_COUNTERS)
		return 0;
	if (counter == DELETE || counter == RELEASE)
		name = json_sprintf("%s#%" JSON_INTEGER_FORMAT, key,
				    json_integer_value(json_object_get(op, "target")));
	if (name)
		key = json_string_value(name);
	return json_object_set_new(seen[counter], key, json_true()) < 0 ? SB_E_NOMEM : 0;
}

/* An update of an object that the plan creates, deletes or gives back counts as that. */
static void drop_updates(json_t *seen[N_COUNTERS], const json_t *op)
{
	int counter = find_counter(op);

	if (counter != UPDATE && counter != N_COUNTERS)
		json_object_del(seen[UPDATE], sb_json_str(op, "key"));
}

static int count_ops(const json_t *ops, json_int_t ret_counts[N_COUNTERS])
{
	json_t *seen[N_COUNTERS] = {json_object(), json_object(), json_object(), json_object()};
	const json_t *op;
	size_t i;
	int rc = 0;

	json_array_foreach (ops, i, op)
		rc = rc < 0 ? rc : note_op(seen, op);
	json_array_foreach (ops, i, op)
		drop_updates(seen, op);
	for (i = 0; i < N_COUNTERS; i++) {
		ret_counts[i] = (json_int_t)json_object_size(seen[i]);
		json_decref(seen[i]);
	}
	return rc;
}

static json_int_t sum_of_kinds(const json_t *kinds, const char *counter)
{
	const char *kind;
	json_int_t sum = 0;
	json_t *counts;

	json_object_foreach ((json_t *)(uintptr_t)kinds, kind, counts)
		sum += json_integer_value(json_object_get(counts, counter));
	return sum;
}

static bool adds_up(const json_t *response, const json_t *counts, size_t i)
{
	const json_t *kinds = json_object_get(response, "kinds");

	return !json_object_size(kinds) ||
	       sum_of_kinds(kinds, counters[i]) ==
		       json_integer_value(json_object_get(counts, counters[i]));
}

/* Add the counters of the stages of an endpoint, without the objects that several of them count. */
static int sum_stages(const json_t *endpoint, json_int_t ret_counts[N_COUNTERS],
		      struct sb_error *err)
{
	const json_t *overlap = json_object_get(endpoint, "overlap"), *stage;
	size_t i, j;

	for (i = 0; i < N_COUNTERS; i++)
		ret_counts[i] = -sum_of_kinds(overlap, counters[i]);
	json_array_foreach (json_object_get(endpoint, "stages"), j, stage) {
		const json_t *response = json_object_get(stage, "response");
		const json_t *counts = json_object_get(stage, "counts");
		const char *name = sb_json_str(stage, "stage");

		if (name && sb_streq(name, "shared"))
			continue;
		counts = counts ? counts : json_object_get(response, "counts");
		for (i = 0; i < N_COUNTERS; i++) {
			ret_counts[i] += json_integer_value(json_object_get(counts, counters[i]));
			if (!adds_up(response, counts, i))
				return sb_fail(err, SB_E_ARG,
					       "endpoint %s: the counters of stage %s do not add "
					       "up: make a new plan",
					       sb_json_str(endpoint, "slug"), name ? name : "?");
		}
	}
	return 0;
}

/* The counters are at least those of the ops: parts that NetBox deletes with their parents have no
 * ops, and an op may be for several fields. */
static int check_endpoint(const json_t *endpoint, struct sb_error *err)
{
	json_int_t said[N_COUNTERS], has[N_COUNTERS];
	size_t i;
	int rc = sum_stages(endpoint, said, err);

	if (rc < 0)
		return rc;
	if (count_ops(json_object_get(endpoint, "ops"), has) < 0)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	for (i = 0; i < N_COUNTERS; i++) {
		json_int_t least = i == UPDATE && has[i] ? 1 : has[i];

		if (said[i] < least)
			return sb_fail(err, SB_E_ARG,
				       "endpoint %s: its stages count %" JSON_INTEGER_FORMAT
				       " objects to %s, its ops are for %" JSON_INTEGER_FORMAT
				       ": the file was changed; make a new plan",
				       sb_json_str(endpoint, "slug"), said[i], counters[i], has[i]);
	}
	return 0;
}

int sb_plan_counts_check(const json_t *doc, struct sb_error *err)
{
	const json_t *endpoint;
	size_t i;
	int rc = 0;

	json_array_foreach (json_object_get(doc, "endpoints"), i, endpoint)
		rc = rc < 0 ? rc : check_endpoint(endpoint, err);
	return rc;
}
