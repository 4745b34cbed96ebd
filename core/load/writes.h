/* SPDX-License-Identifier: Apache-2.0 */
/* The fields that stages declare to write: checked when modules are loaded, and asked while stages
 * compare. */
#pragma once

#include "load/registry.h"
#include "model/set_memory.h"

/** Replace the keys of the rows by copies, which belong to the rows. NULL is allowed. Returns 0, or
 * SB_E_NOMEM; the rows that follow a failure have no keys. */
int sb_writes_copy_keys(struct sb_write *writes);

/** Does each row name a known owned kind, fields of it and a valid pattern? SB_E_CONFIG. */
int sb_writes_check(const struct sb_kinds *kinds, const struct sb_stage *stage,
		    struct sb_error *err);

/** Do no two stages write one field of one object? Tags are a set, to which each stage adds members
 * of its own. SB_E_CONFIG names both stages and the field. */
int sb_writes_check_pairs(const struct sb_registry *registry, struct sb_error *err);

/** Does the stage write objects of the kind? */
bool sb_stage_writes(const struct sb_stage *stage, const struct sb_kind *kind);

/** The fields of the kind that the stage writes of all objects below a prefix, as bits by their
 * position in kind->fields; those beyond the last bit share it. 0 = none there. */
uint64_t sb_stage_written(const struct sb_stage *stage, const struct sb_kind *kind,
			  const char *prefix);

/** Does the stage write this field of the object with the key? */
bool sb_stage_writes_field(const struct sb_stage *stage, const struct sb_kind *kind,
			   const struct sb_kind_field *field, const char *key);

/** Does the stage own objects of the kind with keys of a pattern, because it writes the natural
 * key?
 */
bool sb_writes_own(const struct sb_stage *stage, const struct sb_kind *kind, const char *keys);

/** The position of the stage that owns the object with the key, because it writes the natural key;
 * SIZE_MAX when none is loaded. */
size_t sb_writes_find_owner(const struct sb_registry *registry, const struct sb_kind *kind,
			    const char *key);

/** The name under which the store remembers what a stage added to a set of the object
 * (model/set_memory.h). */
void sb_writes_memory_name(const struct sb_registry *registry, const struct sb_kind *kind,
			   const char *key, const char *field, const char *stage,
			   char ret_name[SB_SET_MEMORY_NAME]);

/** Do several stages write this field of the object with the key? */
bool sb_writes_are_shared(const struct sb_registry *registry, const struct sb_kind *kind,
			  const struct sb_kind_field *field, const char *key);

/** The bit of a field of the kind. */
static inline uint64_t sb_field_bit(const struct sb_kind *kind, const struct sb_kind_field *field)
{
	size_t position = (size_t)(field - kind->fields);

	return UINT64_C(1) << (position < 63 ? position : 63);
}
