/* SPDX-License-Identifier: Apache-2.0 */
#include "model/branch_record.h"

#include "base/branch_step.h"
#include "stagebox/types.h"

json_t *sb_branch_record(const char *name, int64_t id, const char *schema, const char *step,
			 int64_t made_by)
{
	const char *state = step;

	if (sb_streq(step, SB_BRANCH_GONE))
		state = SB_BRANCH_DELETED;
	if (sb_streq(step, SB_BRANCH_REVERTED))
		state = SB_BRANCH_OPEN;

	return json_pack("{s:s, s:I, s:s, s:s, s:I}", "name", name, "id", (json_int_t)id,
			 "schema_id", schema, "state", state, "made_by", (json_int_t)made_by);
}
