/* SPDX-License-Identifier: Apache-2.0 */
/* Names under which the store remembers the members of a set that stages added: "tags" those of the
 * stage that owns the object, "tags:<stage>" those of another stage, "tags:" those whose stage is
 * not known. */
#pragma once

#include <stdbool.h>

#include <jansson.h>

enum { SB_SET_MEMORY_NAME = 256 };

/** The name for a stage; NULL = the one that owns the object, "" = not known. A longer name is cut.
 */
void sb_set_memory_name(const char *field, const char *stage, char ret_name[SB_SET_MEMORY_NAME]);

/** Is it such a name of this field? @ret_stage: as above; borrowed from name. */
bool sb_set_memory_is_of(const char *field, const char *name, const char **ret_stage);

/** Do the values of an object have such a name of this field? NULL is an object without values. */
bool sb_set_memory_has(const json_t *values, const char *field);
