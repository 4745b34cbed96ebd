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

/* How many objects of a kind one run may delete, and which option says so. */
static size_t prune_limit(const struct sb_run *run, const struct sb_kind *kind,
			  const char **ret_option)
{
	size_t owned = sb_table_count(sb_snapshot_list(run->snap, kind->name)->rows);
	size_t share = owned * (size_t)sb_prune_number(run->conf, "max_percent") / 100;
	size_t count = (size_t)sb_prune_number(run->conf, "max_count");

	if (!share && sb_prune_number(run->conf, "max_percent") > 0)
		share = 1;
	*ret_option = share < count ? "prune.max_percent" : "prune.max_count";
	return share < count ? share : count;
}

/* Note that all stages together are above the limit. What the stages before this one were allowed,
 * and what the ones after it add, is known in the next pass. */
static int note_above(struct sb_run *run, const struct sb_kind *kind, int64_t all, int64_t *ret_all)
{
	*ret_all = 0;
	if (sb_map_get(run->snap->pruned, kind->name, ret_all) && *ret_all >= all)
		return 0;
	*ret_all = all;
	run->diff->once_more = run->diff->plan.is_draft = true;
	return sb_map_put(run->snap->pruned, kind->name, all);
}

bool sb_prune_allows(struct sb_run *run, size_t stage, const struct sb_kind *kind, size_t n)
{
	int64_t all = json_integer_value(json_object_get(run->diff->pruned, kind->name));
	const char *option;
	size_t limit = prune_limit(run, kind, &option);

	all += (int64_t)n;
	json_object_set_new(run->diff->pruned, kind->name, json_integer(all));
	if (all <= (int64_t)limit && !sb_map_get(run->snap->pruned, kind->name, NULL))
		return true;
	if (note_above(run, kind, all, &all) < 0)
		run->failed_rc = SB_E_NOMEM;
	run->diff->gate_refused = true;
	sb_fail(&run->diff->gate_why, SB_E_REFUSED,
		"prune: %lld of kind %s would be deleted, and %s allows %zu: none was deleted; "
		"check "
		"the source (`stagebox stale` lists them), then raise %s",
		(long long)all, kind->name, option, limit, option);
	sb_run_partial(run, stage, &run->diff->gate_why);
	return false;
}
