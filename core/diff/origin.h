/* SPDX-License-Identifier: Apache-2.0 */
/* Data of other tools that the rules of adoption need. */
#pragma once

#include "diff/adopt_rules.h"
#include "diff/pass.h"

/** Does the rule apply to this NetBox? Puts the question when that is not known yet (*ret_asked).
 * @ret_why: set when it cannot be decided. */
int sb_origin_has_rule(struct sb_pass *pass, const struct sb_adopt_rule *rule, bool *ret_has,
		       bool *ret_asked, struct sb_error *ret_why);

/** Rows under "<rule>:<value>" or "<rule>@<id>": new reference to an array, NULL = none. */
json_t *sb_origin_rows(const struct sb_run *run, const char *index);

/** Take a row of the answer to a rule's question; rule NULL = an object that such a row names. */
int sb_origin_take(struct sb_run *run, const struct sb_adopt_rule *rule, const struct sb_kind *kind,
		   const json_t *row);

/** Take a row that is assigned to a part, under "<kind> on <type> <id>" of that part; or one that
 * refers to a part, under sb_elsewhere_index(). */
int sb_origin_take_attached(struct sb_run *run, const struct sb_kind *kind, const json_t *row);

/** Ask for the default values of all custom fields, for snap->defaults. Increments *open until it
 * is answered. */
int sb_origin_ask_defaults(struct sb_run *run, size_t *open, struct sb_error *err);

/** Ask which tools have written into this NetBox: their custom fields and plugin. Increments *open
 * until both are answered. */
int sb_origin_ask_tools(struct sb_run *run, size_t *open, struct sb_error *err);

/** The value of a row that a check compares; false = no value. */
bool sb_origin_value(const json_t *row, const struct sb_adopt_check *check, char ret_text[256]);

/** The text of a member of a row by its path; false = no value. */
bool sb_origin_text(const json_t *row, const char *path, char ret_text[256]);
