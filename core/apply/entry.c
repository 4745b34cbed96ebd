/* SPDX-License-Identifier: Apache-2.0 */
#include "apply/entry.h"

#include "apply/op_state.h"
#include "model/journal.h"

/* The field that an op which needs the update is an entry about; NULL = it is none that waits. */
static const char *field_of(const struct sb_apply *apply, size_t need)
{
	const struct sb_op *op = &apply->plan->ops[need & ~SB_OP_AFTER];
	size_t length;

	return need & SB_OP_AFTER || !sb_kind_is_journal(op->kind) || op->state != SB_OP_WAITING
		       ? NULL
		       : sb_journal_field(op->key, &length);
}

void sb_entries_end_left_out(struct sb_apply *apply, size_t update)
{
	const struct sb_op *op = &apply->plan->ops[update];
	size_t i;

	for (i = 0; i < op->n_blocks; i++) {
		const char *field = field_of(apply, op->blocks[i]);

		if (field && !json_object_get(op->set, field))
			sb_apply_end(apply, op->blocks[i], SB_OP_ALREADY, NULL);
	}
}

void sb_entries_end_same(struct sb_apply *apply, size_t update, const json_t *row,
			 const json_t *wanted)
{
	const struct sb_op *op = &apply->plan->ops[update];
	size_t i;

	for (i = 0; i < op->n_blocks; i++) {
		const char *field = field_of(apply, op->blocks[i]);

		if (field && sb_value_same_member(op->kind, field, json_object_get(row, field),
						  json_object_get(wanted, field)))
			sb_apply_end(apply, op->blocks[i], SB_OP_ALREADY, NULL);
	}
}
