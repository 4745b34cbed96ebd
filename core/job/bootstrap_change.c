/* SPDX-License-Identifier: Apache-2.0 */
#include "job/bootstrap_change.h"

#include <stdio.h>

#include "run/account.h"
#include "run/session.h"
#include "stagebox/json.h"

/* The old values of what is written, for the plan and for the check before the write. */
static json_t *values_before(const json_t *row, const json_t *set)
{
	json_t *was = json_object(), *value;
	const char *name;

	json_object_foreach ((json_t *)(uintptr_t)set, name, value) {
		const json_t *now = json_object_get(row, name);

		json_object_set_new(was, name, now ? sb_value_share(now) : json_null());
	}
	return was;
}

int sb_bootstrap_change(struct sb_run *run, const struct sb_kind *kind, const char *key,
			const json_t *row, json_t *set, int account, const char *why,
			struct sb_error *err)
{
	struct sb_op *op;

	sb_account_at(run, account)->seen++;
	if (row && !json_object_size(set)) {
		sb_account_at(run, account)->same++;
		return 0;
	}
	op = sb_plan_add(&run->diff->plan, kind, row ? SB_UPDATE : SB_CREATE, key, "shared",
			 why   ? why
			 : row ? "incomplete"
			       : "needed",
			 json_incref(set), row ? values_before(row, set) : NULL);
	if (!op)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	op->target = json_integer_value(json_object_get(row, "id"));
	op->account = account;
	return 0;
}

void sb_bootstrap_mark(const char *instance, const char *home, const char *former, char *ret_text,
		       size_t room)
{
	snprintf(ret_text, room, SB_INSTANCE_PREFIX "%s%s%s%s%s", instance, *home ? " " : "", home,
		 *former ? SB_HOME_AFTER : "", former);
}
