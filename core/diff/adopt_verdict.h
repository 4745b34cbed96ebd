/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict about the adoption of one object. row: of NetBox, flat, borrowed. */
#pragma once

#include "diff/pass.h"

enum sb_adopt_state {
	SB_ADOPT_NONE,    /* no rule finds an object */
	SB_ADOPT_ASKED,   /* questions are open: a later pass decides */
	SB_ADOPT_FOUND,   /* exactly one object */
	SB_ADOPT_REFUSED, /* several objects, or one that belongs elsewhere: a conflict */
	SB_ADOPT_UNKNOWN, /* the rows of a tool could not be read */
};

/* A verdict. The caller clears it, passes it to one or more of the functions that decide, and
 * finishes it. */
struct sb_adopt {
	enum sb_adopt_state state;
	json_t *row;         /* FOUND: flat, with "by"; owned */
	json_t *others;      /* REFUSED: [{"id", "name"}, ...]; owned */
	struct sb_error why; /* REFUSED, UNKNOWN */
};

/** Decide for a row, with the reason in words: "adopted by <words>". @is_by_tool: by the
 * identity of another tool */
void sb_adopt_accept(struct sb_adopt *adopt, const struct sb_kind *kind, const json_t *row,
		     const char *words, bool is_by_tool);

/** Release row and others. */
void sb_adopt_finish(struct sb_adopt *adopt);

/** The key of the object that adopts the row in this plan, or NULL. Valid until the next
 * sb_adopt_take(). */
const char *sb_adopt_adopter(const struct sb_pass *pass, const json_t *row);
