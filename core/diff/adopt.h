/* SPDX-License-Identifier: Apache-2.0 */
/* What other tools and people left in NetBox: by which rules it becomes ours. */
#pragma once

#include "diff/pass.h"

enum sb_adopt_state {
	SB_ADOPT_NONE,    /* no rule finds anything */
	SB_ADOPT_ASKED,   /* questions were put: not decided in this pass */
	SB_ADOPT_FOUND,   /* exactly one */
	SB_ADOPT_REFUSED, /* several, or one that is another's: for people */
	SB_ADOPT_UNKNOWN, /* what a tool left could not be read */
};

struct sb_adopt {
	enum sb_adopt_state state;
	json_t *row;    /* FOUND: flat, with "by"; owned */
	json_t *others; /* REFUSED: [{"id", "name"}, ...]; owned */
	struct sb_error why;
};

void sb_adopt_finish(struct sb_adopt *adopt);

/** Look for an object that a tool's own identity names, by the rules of its kind. */
int sb_adopt_by_rule(struct sb_pass *pass, const struct sb_want *want, struct sb_adopt *ret_adopt);

/**
 * May a namesake not be adopted, because a tool's identity or its hardware says that it is another
 * object, or because it was adopted already? @ret_adopt: REFUSED with why, ASKED, UNKNOWN, or NONE
 * when nothing speaks against it.
 */
int sb_adopt_denies(struct sb_pass *pass, const struct sb_want *want, const json_t *candidate,
		    struct sb_adopt *ret_adopt);

/** The one unowned part of the same parent that is this part under a name that a tool gave it.
 * FOUND, REFUSED (several) or NONE. @natural: of the wanted part */
int sb_adopt_part(struct sb_pass *pass, const struct sb_want *want, const char *natural,
		  struct sb_adopt *ret_adopt);

/** "vm 40 "web"" for people, into at most 160 bytes. */
void sb_adopt_describe(const struct sb_kind *kind, const json_t *row, char ret_text[160]);

/** The key of the object that adopts it in this plan, or NULL. */
const char *sb_adopt_taker(const struct sb_pass *pass, const json_t *row);

/** It becomes ours: later stages find it by the key, and no other object takes it. */
int sb_adopt_take(struct sb_pass *pass, const struct sb_want *want, const json_t *row);
