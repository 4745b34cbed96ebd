/* SPDX-License-Identifier: Apache-2.0 */
/* Ops of several stages that add members to one set of one object and remove some. Each is planned
 * on NetBox's value: what an op adds and removes is its own part, and is done on the value that the
 * ops before it left. */
#pragma once

#include "apply/state.h"

/** Before an update is compared with NetBox: put the op's own part on the value that NetBox has,
 * where an earlier op of this run wrote that value, or where the part is there already. Any other
 * value stays a change of others.
 *
 * @row  NetBox's object, flat; NULL = this run created it */
void sb_set_op_rebase(struct sb_apply *apply, size_t position, const json_t *row);

/** NetBox has the values of an op: note its sets for the ops that follow.
 *
 * @row  as NetBox has it, flat; NULL = as the op has written it */
void sb_set_op_note(struct sb_apply *apply, const struct sb_op *op, const json_t *row);

/** The members that the store remembers of an update which NetBox has accepted: name -> members,
 * with ids (model/set_memory.h). New reference. */
json_t *sb_set_op_members(const struct sb_apply *apply, const struct sb_op *op);
