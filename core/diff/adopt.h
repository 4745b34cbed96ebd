/* SPDX-License-Identifier: Apache-2.0 */
/* Adoption: taking over objects of other tools or people instead of creating our own. */
#pragma once

#include "diff/pass.h"

enum sb_adopt_state {
	SB_ADOPT_NONE,    /* no rule finds an object */
	SB_ADOPT_ASKED,   /* questions are open: a later pass decides */
	SB_ADOPT_FOUND,   /* exactly one object */
	SB_ADOPT_REFUSED, /* several objects, or one that belongs elsewhere: a conflict */
	SB_ADOPT_UNKNOWN, /* the rows of a tool could not be read */
};

/* A verdict. The caller clears it, passes it to one or more of the functions below, and finishes
 * it. They return 0 or SB_E_NOMEM; whatever else prevents an adoption is in the verdict. */
struct sb_adopt {
	enum sb_adopt_state state;
	json_t *row;         /* FOUND: flat, with "by"; owned */
	json_t *others;      /* REFUSED: [{"id", "name"}, ...]; owned */
	struct sb_error why; /* REFUSED, UNKNOWN */
};

/** Decide for a row, with the reason in words: "adopted by <words>". */
void sb_adopt_accept(struct sb_adopt *adopt, const struct sb_kind *kind, const json_t *row,
		     const char *words);

/** Release row and others. */
void sb_adopt_finish(struct sb_adopt *adopt);

/** Look for an object by the identities of other tools, with the rules of its kind. */
int sb_adopt_by_rule(struct sb_pass *pass, const struct sb_want *want, struct sb_adopt *ret_adopt);

/**
 * Check a candidate that was found by its name: a tool's identity or its hardware may show that it
 * is another object, and it may be adopted already. @ret_adopt: REFUSED with why, ASKED, UNKNOWN,
 * or NONE when it may be adopted.
 */
int sb_adopt_check_candidate(struct sb_pass *pass, const struct sb_want *want,
			     const json_t *candidate, struct sb_adopt *ret_adopt);

/** Look below the same parent for the one unowned part that is the wanted one under another name.
 * FOUND, REFUSED or NONE. @natural: natural key of the wanted part */
int sb_adopt_part(struct sb_pass *pass, const struct sb_want *want, const char *natural,
		  struct sb_adopt *ret_adopt);

/**
 * May a candidate that was found by its natural key be adopted? Not one that belongs to another
 * endpoint or to another parent; an address that is not assigned yet only when it is plain: in the
 * global table, active, reserved or dhcp, without a role. @ret_why: set when it may not.
 */
bool sb_adopt_is_free(const struct sb_pass *pass, const struct sb_want *want, const json_t *row,
		      char *ret_why, size_t room);

/** The address of an object in NetBox's web page. */
void sb_adopt_url(const struct sb_run *run, const struct sb_kind *kind, const json_t *row,
		  char *ret_url, size_t room);

/** Do values refer to an object that this plan adopts? */
bool sb_adopt_refers(const struct sb_run *run, const struct sb_kind *kind, const json_t *set);

/** Let an op wait for the adoption of the objects that its values refer to. op is the newest one of
 * the plan. Returns 0, or SB_E_NOMEM. */
int sb_adopt_order(struct sb_run *run, const struct sb_op *op, const json_t *set);

/** Write "vm 40 "web"", for messages: kind, id, and name or address of a row. */
void sb_adopt_describe(const struct sb_kind *kind, const json_t *row, char ret_text[160]);

/** The key of the object that adopts the row in this plan, or NULL. Valid until the next
 * sb_adopt_take(). */
const char *sb_adopt_adopter(const struct sb_pass *pass, const json_t *row);

/** Note an adoption: later stages find the row (copied) by the key, and no other object adopts it.
 * Returns 0, or SB_E_NOMEM. */
int sb_adopt_take(struct sb_pass *pass, const struct sb_want *want, const json_t *row);
