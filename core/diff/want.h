/* SPDX-License-Identifier: Apache-2.0 */
/* One desired object while a want callback fills it. */
#pragma once

#include "run/run.h"

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
