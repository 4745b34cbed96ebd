/* SPDX-License-Identifier: Apache-2.0 */
/* The state of one call of sb_reconcile(). */
#pragma once

#include "model/custom_fields.h"
#include "run/account.h"
#include "run/run.h"

struct sb_gone;
struct sb_want;

struct sb_pass {
	struct sb_run *run;
	const struct sb_reconcile *reconcile;
	const struct sb_kind *kind;
	struct sb_nb_list *list;
	struct sb_source *source;
	size_t at;         /* position of the stage */
	const char *stage; /* its name */
	int account;
	bool fields_only;
	struct sb_gone *gone; /* move.c; NULL = not built */
	uint64_t written;     /* bits of the fields that the stage declares (load/writes.h) */
	bool is_last_round;   /* the remaining objects refer to each other in a cycle */
};

static inline struct sb_account *sb_pass_counters(struct sb_pass *pass)
{
	return sb_account_at(pass->run, pass->account);
}

/** True when this NetBox accepts the field in a write of the object. Other fields still serve to
 * recognise an object for adoption. */
static inline bool sb_object_takes(const struct sb_pass *pass, const struct sb_kind_field *field)
{
	return (field->type != SB_FIELD_MAC && !sb_custom_field_is(field->name)) ||
	       sb_run_takes_field(pass->run, pass->kind->name, field->name);
}
