/* SPDX-License-Identifier: Apache-2.0 */
/* One desired object while a want callback fills it. */
#pragma once

#include "engine/run.h"

enum sb_want_state {
	SB_WANTED,
	SB_WANT_SKIP,   /* the module says: leave it alone */
	SB_WANT_ABSENT, /* something it refers to is not there */
	SB_WANT_LEAVE,  /* cannot be judged now */
};

struct sb_pass;

struct sb_want {
	struct sb_run *run;
	const struct sb_kind *kind;
	const char *key;
	json_t *fields;             /* flat values; references ids or {"$ref": key} */
	json_t *unknown;            /* field -> reason; NULL = none */
	json_t *birth;              /* string or NULL */
	const struct sb_pass *pass; /* NULL = outside of one */
	bool waits;                 /* refers to an object whose turn is later in its pass */
	enum sb_want_state state;
	struct sb_error why;
	int rc; /* first failure of a setter */
};

int sb_want_init(struct sb_want *want, struct sb_run *run, const struct sb_kind *kind,
		 const char *key);
void sb_want_finish(struct sb_want *want);

/* policy.c */

/** Work out the policy of each field of each kind, from the group "policy" or NULL. SB_E_NOMEM. */
int sb_policies_read(struct sb_run *run, const json_t *policies);

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

/** The policy in force for a field: configured "kind.field", "field", else the kind's. */
enum sb_policy sb_policy_of(const struct sb_run *run, const struct sb_kind *kind,
			    const struct sb_kind_field *field);

/** Does NetBox itself empty this reference when its target is deleted (a primary address)? */
bool sb_field_empties(const struct sb_run *run, const struct sb_kind_field *field);

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
