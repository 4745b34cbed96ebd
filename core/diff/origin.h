/* SPDX-License-Identifier: Apache-2.0 */
/* What the rules of adoption must know of NetBox. */
#pragma once

#include "diff/adopt_rules.h"
#include "diff/pass.h"

/** Is the rule in force here? Puts the question when that is not known yet (*ret_asked). A reason
 * means that it cannot be said (@why). */
int sb_origin_has_rule(struct sb_pass *pass, const struct sb_adopt_rule *rule, bool *ret_has,
		       bool *ret_asked, struct sb_error *ret_why);

/** Rows under "<rule>:<value>" or "<rule>@<id>": new reference to an array, NULL = none. */
json_t *sb_origin_rows(const struct sb_run *run, const char *index);

/** Take an answered row of a rule's question. */
int sb_origin_take(struct sb_run *run, const struct sb_adopt_rule *rule, const struct sb_kind *kind,
		   const json_t *row);

/** Ask which tools left something: the custom fields and the plugin. Counts *open while it waits.
 */
int sb_origin_ask_tools(struct sb_run *run, size_t *open, struct sb_error *err);

/** What a check compares of a row; false = no value. */
bool sb_origin_value(const json_t *row, const struct sb_adopt_check *check, char ret_text[256]);

/** A member of a row by its path, and its text into at most 256 bytes; false = no value. */
bool sb_origin_text(const json_t *row, const char *path, char ret_text[256]);
