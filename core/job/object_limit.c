/* SPDX-License-Identifier: Apache-2.0 */
/* How many objects a run may write: a guest that reports thousands of addresses must not fill
 * NetBox. */
#include "job/object_limit.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "run/account_count.h"
#include "stagebox/json.h"

enum { PER_RUN = 1000, PER_GUEST = 50, PER_OTHER = 200, NAMED = 3 };

/* Objects of a kind at the source, or in NetBox when the source was not asked. */
static int64_t count_objects(const struct sb_run *run, const struct sb_kind *kind)
{
	const struct sb_nb_list *list = sb_snapshot_list(run->snap, kind->name);
	int64_t seen = 0, here = (int64_t)sb_table_count(list->rows);
	size_t i;

	for (i = 0; i < run->diff->n_accounts; i++)
		if (run->diff->accounts[i].kind == kind && !run->diff->accounts[i].fields_only)
			seen += (int64_t)run->diff->accounts[i].seen;
	return seen > here ? seen : here;
}

static int64_t default_limit(const struct sb_run *run)
{
	const struct sb_kinds *kinds = sb_registry_kinds(run->registry);
	int64_t limit = PER_RUN;
	size_t i;

	for (i = 0; i < sb_kinds_count(kinds); i++) {
		const struct sb_kind *kind = sb_kinds_at(kinds, i);

		if (kind->flags & (SB_KIND_CHILD | SB_KIND_SHARED | SB_KIND_UNMARKED))
			continue;
		limit += count_objects(run, kind) *
			 (kind->flags & SB_KIND_BIRTH ? PER_GUEST : PER_OTHER);
	}
	return limit;
}

/* {"<top>": number of ops, and of parts that are deleted with their parent}; NULL when out of
 * memory. New reference. */
static json_t *count_by_top(const struct sb_run *run)
{
	const struct sb_plan *plan = &run->diff->plan;
	json_t *counts = json_object();
	char top[512];
	size_t i;

	for (i = 0; counts && i < plan->n; i++) {
		const json_t *parts = json_object_get(run->diff->cascades, plan->ops[i].key);

		sb_key_top(plan->ops[i].key, top);
		json_object_set_new(
			counts, top,
			json_integer(json_integer_value(json_object_get(counts, top)) + 1 +
				     (plan->ops[i].verb == SB_DELETE
					      ? (json_int_t)json_array_size(parts)
					      : 0)));
	}
	return counts;
}

static void add_name(struct sb_run *run, const char *key, struct sb_buf *text)
{
	struct sb_op *op = sb_plan_find(&run->diff->plan, key);
	sb_autojson *row = op ? sb_op_get(op, SB_OP_SET) : NULL;
	size_t i;

	for (i = 0; !sb_json_str(row, "name") && i < run->snap->n_lists; i++) {
		json_decref(row);
		row = sb_table_get_json(run->snap->lists[i].rows, key);
	}
	if (sb_json_str(row, "name"))
		sb_buf_addf(text, " \"%.64s\"", sb_json_str(row, "name"));
}

/* Append the keys with most ops, with their names and numbers. */
static void add_largest(struct sb_run *run, struct sb_buf *text)
{
	sb_autojson *counts = count_by_top(run);
	const char *key;
	json_t *count;
	int i;

	for (i = 0; i < NAMED && json_object_size(counts); i++) {
		const char *largest = NULL;
		json_int_t most = 0;

		json_object_foreach (counts, key, count) {
			json_int_t n = json_integer_value(count);

			if (n > most || (n == most && largest && strcmp(key, largest) < 0)) {
				most = n;
				largest = key;
			}
		}
		sb_buf_addf(text, "%s%.128s", i ? ", " : "", largest);
		add_name(run, largest, text);
		sb_buf_addf(text, " (%" JSON_INTEGER_FORMAT ")", most);
		json_object_del(counts, largest);
	}
}

int sb_object_limit_check(struct sb_run *run, int64_t limit, struct sb_error *err)
{
	int64_t planned = sb_account_planned(run);
	bool is_default = !limit;
	sb_autobuf largest = SB_BUF_INIT(1024);

	if (is_default)
		limit = default_limit(run);
	if (planned < 0)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	if (planned <= limit)
		return 0;
	add_largest(run, &largest);
	return sb_fail(err, SB_E_REFUSED,
		       "the plan writes %" PRId64 " objects, more than %s%" PRId64
		       ": nothing was written; most belong to %s: check these, or permit more with "
		       "--max-objects",
		       planned,
		       is_default ? "1000 and 50 for each guest and 200 for each node and cluster, "
				    "together "
				  : "--max-objects ",
		       limit, sb_buf_str(&largest));
}
