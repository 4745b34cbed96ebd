/* SPDX-License-Identifier: Apache-2.0 */
/* Questions about the rules by which a kind recognises objects of other tools. */
#pragma once

#include "run/run.h"

/** The rule of the kind that a question belongs to, by its text "<rule>?<query>"; NULL = none. */
const struct sb_adopt_rule *sb_adopt_rule_of(const struct sb_kind *kind, const char *question);

/** The host part in lower case with a dot: "pve1." of "pve1" and of "PVE1.example.com". */
void sb_adopt_host(const char *name, char ret_host[256]);

/** The custom fields that the rules of all kinds need, as a query. Caller frees; NULL = out of
 * memory. */
char *sb_adopt_fields_query(const struct sb_kinds *kinds);

/** True when a tool generated this text, so that it is not a person's. */
bool sb_adopt_is_generated(const struct sb_kind_field *field, const json_t *value);

/** Ids of the tags by which tools mark an object as gone; an adopted object loses them. New
 * reference. */
json_t *sb_adopt_gone_tags(const struct sb_run *run);
