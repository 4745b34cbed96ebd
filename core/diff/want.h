/* SPDX-License-Identifier: Apache-2.0 */
/* One wanted object while a want callback fills it. */
#pragma once

#include "run/run.h"

enum sb_want_state {
	SB_WANTED,
	SB_WANT_SKIP,   /* the module called sb_want_skip() */
	SB_WANT_ABSENT, /* an object that it refers to is absent */
	SB_WANT_LEAVE,  /* cannot be decided now */
};

struct sb_pass;

struct sb_want {
	struct sb_run *run;
	const struct sb_kind *kind;
	const char *key;
	json_t *fields;             /* flat values; references ids or {"$ref": key} */
	json_t *unknown;            /* field -> reason; NULL = none */
	json_t *choices;            /* field -> [[reference, is worse], ...]; NULL = none */
	json_t *left_out;           /* [[field, why], ...] references to nothing; NULL = none */
	json_t *birth;              /* string or NULL */
	json_t *was;                /* keys of sb_want_was(); NULL = none */
	json_t *evidence;           /* [[kind, value], ...] of sb_want_evidence(); NULL = none */
	const char *stood;          /* moved: its key in NetBox until now; NULL = key */
	const struct sb_pass *pass; /* NULL = outside of a pass */
	bool waits;                 /* refers to an object that is visited later in its pass */
	enum sb_want_state state;
	struct sb_error why;
	int rc; /* first failure of a setter */
};

/** Begin an empty object; run, kind and key are borrowed. Returns 0, or SB_E_NOMEM; finish it in
 * both cases. The setters note their first failure in rc and why. */
int sb_want_init(struct sb_want *want, struct sb_run *run, const struct sb_kind *kind,
		 const char *key);
/** The key under which NetBox and the store have the object so far. */
static inline const char *sb_want_stored_key(const struct sb_want *want)
{
	return want->stood ? want->stood : want->key;
}

/** Release what the setters have put into it. */
void sb_want_finish(struct sb_want *want);
/** The field of the kind; NULL = there is none, which the want notes as its failure. */
const struct sb_kind_field *sb_want_field(struct sb_want *want, const char *field);
/* Sets of field types. */
enum {
	SB_REF_TYPES = 1u << SB_FIELD_REF | 1u << SB_FIELD_OBJECT,
	SB_SET_TYPES = 1u << SB_FIELD_REFS | 1u << SB_FIELD_TAGS,
};

/** The same for a reference: the field has one of the types, and refers to the kind. key NULL = no
 * reference, for sets only. */
const struct sb_kind_field *sb_want_ref_field(struct sb_want *want, const char *field,
					      unsigned types, const char *kind, const char *key);
/** Fill each field that has candidates with the best one; call it after the want callback. Returns
 * 0, or SB_E_NOMEM. */
int sb_want_choose(struct sb_want *want);
