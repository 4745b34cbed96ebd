/* SPDX-License-Identifier: Apache-2.0 */
#include "model/branch_record.h"

#include "base/branch_step.h"
#include "stagebox/types.h"

json_t *sb_branch_record(const char *name, int64_t id, const char *schema, const char *step,
			 int64_t made_by)
{
	bool is_reverted = sb_streq(step, SB_BRANCH_REVERTED);
	const char *state = step;
	json_t *record;

	if (sb_streq(step, SB_BRANCH_GONE))
		state = SB_BRANCH_DELETED;
	if (is_reverted)
		state = SB_BRANCH_OPEN;
	record = json_pack("{s:s, s:I, s:s, s:s, s:I}", "name", name, "id", (json_int_t)id,
			   "schema_id", schema, "state", state, "made_by", (json_int_t)made_by);
	if (record && is_reverted)
		json_object_set_new(record, "reverted", json_true());
	return record;
}
