/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of prune, and how many objects one run may delete by them. */
#include "diff/prune.h"

#include "stagebox/json.h"

int64_t sb_prune_setting(const struct sb_run *run, const char *name)
{
	return json_integer_value(json_object_get(json_object_get(run->conf, "prune"), name));
}

/* How many objects of a kind one run may delete. */
static size_t prune_limit(const struct sb_run *run, const struct sb_kind *kind)
{
	size_t owned = sb_table_count(sb_snapshot_list(run->snap, kind->name)->rows);
	size_t share = owned * (size_t)sb_prune_setting(run, "max_percent") / 100;
	size_t count = (size_t)sb_prune_setting(run, "max_count");

	if (!share && sb_prune_setting(run, "max_percent") > 0)
		share = 1;
	return share < count ? share : count;
}

bool sb_prune_allows(struct sb_run *run, const struct sb_kind *kind, size_t n)
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
		"prune: %zu %s would be deleted, above the limit of %zu (prune.max_percent, "
		"prune.max_count): none of these %zu was deleted; check the source, then raise the "
		"limits",
		before + n, kind->name, limit, n);
	sb_run_partial(run, run->current, &run->diff->gate_why);
	return false;
}
