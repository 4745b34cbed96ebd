/* SPDX-License-Identifier: Apache-2.0 */
/* Adds the switch by which people take a guest into their hands, and reads it. */
#include "stagebox/kind.h"
#include "stagebox/module.h"

static int diff_nothing(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	(void)stage;
	(void)arg;
	(void)err;
	return 0;
}

static int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	static const char *const on_guests[] = {"vm", NULL};
	static const char *const names[] = {"stagebox_manage", NULL};
	static const struct sb_field manage = {.size = sizeof(manage),
					       .name = "stagebox_manage",
					       .label = "Managed by NetBox",
					       .description = "changes are applied to the guest",
					       .type = SB_FIELD_BOOL,
					       .kinds = on_guests,
					       .policy = SB_POLICY_NEVER};
	static const struct sb_read reads[] = {{.kind = "vm", .fields = names}, {0}};
	static const struct sb_stage guests = {.size = sizeof(guests),
					       .name = "intent.guests",
					       SB_TABLE(read, reads),
					       .diff = diff_nothing};
	int rc;

	(void)ret_state;
	rc = sb_field_add(ctx, &manage, err);
	return rc < 0 ? rc : sb_stage_add(ctx, &guests, err);
}

SB_MODULE(intent, .version = "1", .summary = "the switch of a guest", .start = start_module)
