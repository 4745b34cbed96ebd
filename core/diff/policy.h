/* SPDX-License-Identifier: Apache-2.0 */
/* Who owns a field of an existing object. */
#pragma once

#include "run/run.h"

enum sb_choice {
	SB_CHOICE_SAME,
	SB_CHOICE_SET,
	SB_CHOICE_KEEP,     /* a person's value stays */
	SB_CHOICE_CONFLICT, /* both sides changed it */
	SB_CHOICE_ASK,      /* needs what we wrote last */
};

/* What we wrote last, looked up once per object and only when a field needs it. */
struct sb_last {
	bool looked, asked;
	json_t *applied; /* by the store, or NULL */
	json_t *base;    /* by the change log, or NULL */
};

/** Read both once. */
void sb_last_look(const struct sb_run *run, const char *key, struct sb_last *last);

void sb_last_finish(struct sb_last *last);

/**
 * What happens to one field of an existing object.
 *
 * @is_adopted  not ours until now: what is there is a person's
 */
enum sb_choice sb_policy_choose(struct sb_run *run, const struct sb_kind *kind, const char *key,
				const struct sb_kind_field *field, const json_t *wanted,
				const json_t *current, bool is_adopted, struct sb_last *last);

/** The set of tags that results: current + wanted - (what we set and want no more). @ret_set: new
 * reference when it differs from current, else NULL. */
enum sb_choice sb_policy_tags(struct sb_run *run, const struct sb_kind *kind, const char *key,
			      const struct sb_kind_field *field, const json_t *wanted,
			      const json_t *current, bool is_adopted, struct sb_last *last,
			      json_t **ret_set);
