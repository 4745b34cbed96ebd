/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that the accounts of several stages count: what the sum of the accounts has too much. */
#include "run/overlap.h"

#include "run/account.h"

static const char *const term_names[] = {
	[SB_TERM_SAME] = "same",       [SB_TERM_UPDATE] = "update", [SB_TERM_CREATE] = "create",
	[SB_TERM_SKIPPED] = "skipped", [SB_TERM_FAILED] = "failed",
};

enum sb_term sb_term_of(const struct sb_op *first, enum sb_op_state worst)
{
	switch (worst) {
	case SB_OP_FAILED: return SB_TERM_FAILED;
	case SB_OP_SKIPPED: return SB_TERM_SKIPPED;
	case SB_OP_ALREADY: return SB_TERM_SAME;
	default: return first->verb == SB_CREATE ? SB_TERM_CREATE : SB_TERM_UPDATE;
	}
}

/* {"<kind>": {"<term>": n}} */
static int count_too_much(struct sb_run *run, const char *kind, enum sb_term term)
{
	json_t *terms = json_object_get(run->diff->overlap, kind);
	json_int_t n;

	if (!run->diff->overlap)
		run->diff->overlap = json_object();
	if (!terms) {
		terms = json_object();
		if (json_object_set_new(run->diff->overlap, kind, terms) < 0)
			return SB_E_NOMEM;
	}
	n = json_integer_value(json_object_get(terms, term_names[term])) + 1;
	return json_object_set_new(terms, term_names[term], json_integer(n)) < 0 ? SB_E_NOMEM : 0;
}

/* Has the owner of the object counted it as the same, because it has no op of its own? A vanished
 * object is not counted at the source. */
static bool owner_counts_same(struct sb_run *run, const struct sb_op *op)
{
	int owner = sb_account_of(run, op->kind, op->key);

	return sb_account_at(run, op->account)->fields_only && owner >= 0 &&
	       sb_run_stage(run, sb_account_at(run, owner)->stage)->selected &&
	       sb_account_at(run, owner)->same && !sb_vanishing_of(run->diff, op->key);
}

int sb_overlap_add(struct sb_run *run, struct sb_overlap *overlap, const struct sb_op *op,
		   enum sb_term term)
{
	enum sb_term better;

	if (!sb_run_stage(run, sb_account_at(run, op->account)->stage)->selected)
		return 0;
	if (!overlap->key || !sb_streq(overlap->key, op->key)) {
		overlap->key = op->key;
		overlap->term = term;
		return owner_counts_same(run, op)
			       ? count_too_much(run, op->kind->name, SB_TERM_SAME)
			       : 0;
	}
	better = term < overlap->term ? term : overlap->term;
	overlap->term = term < overlap->term ? overlap->term : term;
	return count_too_much(run, op->kind->name, better);
}
