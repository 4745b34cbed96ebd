/* SPDX-License-Identifier: Apache-2.0 */
/* Whether NetBox keeps custom objects apart in branches, as a bootstrap found out by trying it with
 * two versions of its plugins. */
#pragma once

#include "stagebox/types.h"

/* The fact of the store that holds the answer of the last trial. */
#define SB_APART_FACT "apart"

/* A NetBox, and the versions of its plugins. */
struct sb_apart_plugins {
	const char *instance; /* the instance id; NULL = not prepared */
	const char *objects, *branching;
};

enum sb_apart {
	SB_APART_UNTRIED, /* not with these versions, or with another NetBox */
	SB_APART_KEPT,
	SB_APART_MIXED, /* what is written in a branch is in main at once */
};

/** Make the answer of a trial: {"netbox", "objects", "branching", "apart"}. New reference; NULL = a
 * text is not UTF-8, or out of memory. */
json_t *sb_apart_note(const struct sb_apart_plugins *plugins, bool is_kept);

/** Is it such a note? */
bool sb_apart_is_note(const json_t *note);

/** @note: of an earlier bootstrap, of any NetBox; NULL = none */
enum sb_apart sb_apart_read(const json_t *note, const struct sb_apart_plugins *plugins);

/** Why custom objects cannot be written into branches. @state: not SB_APART_KEPT */
const char *sb_apart_why(enum sb_apart state, const struct sb_apart_plugins *plugins,
			 char *ret_text, size_t room);

/** The way out. */
const char *sb_apart_fix(enum sb_apart state);
