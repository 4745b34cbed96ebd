/* SPDX-License-Identifier: Apache-2.0 */
/* The gate that deletes of clusters, nodes and guests pass. */
#include "diff/prune_gate.h"

#include "run/prune_settings.h"

/* Is the object missing for so many runs, with this one, and so many seconds? */
static bool is_missing_for(const struct sb_run *run, const char *key, int64_t least_runs,
			   int64_t least_s, json_t **ret_counter)
{
	const json_t *old = json_object_get(run->snap->misses, key);
	int64_t runs = json_integer_value(json_object_get(old, "runs")) + 1;
	int64_t since = old ? json_integer_value(json_object_get(old, "since")) : run->now_s;

	if (since > run->now_s) /* the clock was ahead when it was recorded */
		since = run->now_s;
	if (ret_counter)
		*ret_counter = json_pack("{s:I, s:I}", "runs", (json_int_t)runs, "since",
					 (json_int_t)since);
	return runs >= least_runs && run->now_s - since >= least_s;
}

bool sb_prune_is_due(const struct sb_run *run, const char *key, json_t **ret_counter)
{
	return is_missing_for(run, key, sb_prune_number(run->conf, "runs"),
			      sb_prune_number(run->conf, "grace"), ret_counter);
}

bool sb_prune_is_address_due(const struct sb_run *run, const char *key, json_t **ret_counter)
{
	return is_missing_for(run, key, sb_prune_number(run->conf, "address_runs"),
			      sb_prune_number(run->conf, "address_grace"), ret_counter);
}

/* How many objects of a kind one run may delete. */
static size_t prune_limit(const struct sb_run *run, const struct sb_kind *kind)
{
	size_t owned = sb_table_count(sb_snapshot_list(run->snap, kind->name)->rows);
	size_t share = owned * (size_t)sb_prune_number(run->conf, "max_percent") / 100;
	size_t count = (size_t)sb_prune_number(run->conf, "max_count");

	if (!share && sb_prune_number(run->conf, "max_percent") > 0)
		share = 1;
	return share < count ? share : count;
}

bool sb_prune_allows(struct sb_run *run, size_t stage, const struct sb_kind *kind, size_t n)
{
	size_t before = (size_t)json_integer_value(json_object_get(run->diff->pruned, kind->name));
	size_t limit = prune_limit(run, kind);

	if (before + n <= limit) {
		json_object_set_new(run->diff->pruned, kind->name,
				    json_integer((json_int_t)(before + n)));
		return true;
	}
	run->diff->gate_refused = true;
	sb_fail(&run->diff->gate_why, SB_E_REFUSED,
		"prune: %zu of kind %s would be deleted, above the limit of %zu "
		"(prune.max_percent, "
		"prune.max_count): none of these %zu was deleted; check the source, then raise the "
		"limits",
		before + n, kind->name, limit, n);
	sb_run_partial(run, stage, &run->diff->gate_why);
	return false;
}
