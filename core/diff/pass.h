/* SPDX-License-Identifier: Apache-2.0 */
/* One call of sb_reconcile() from the inside. */
#pragma once

#include "diff/want.h"

/* What one call of sb_reconcile() works with. */
struct sb_pass {
	struct sb_run *run;
	const struct sb_reconcile *reconcile;
	const struct sb_kind *kind;
	struct sb_nb_list *list;
	struct sb_source *source;
	const char *stage;
	int account;
	bool fields_only;
	bool is_last_round; /* what is still waited for will not come: a ring */
};

static inline struct sb_account *sb_pass_counters(struct sb_pass *pass)
{
	return sb_account_at(pass->run, pass->account);
}

/** Does this NetBox take the field in the object's own write? What it does not take tells objects
 * apart all the same, when one is to be adopted. */
static inline bool sb_object_takes(const struct sb_pass *pass, const struct sb_kind_field *field)
{
	return field->type != SB_FIELD_MAC ||
	       sb_field_writable(pass->run, pass->kind->name, field->name);
}
