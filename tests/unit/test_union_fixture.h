/* SPDX-License-Identifier: Apache-2.0 */
/* A second module "u" with two stages that write tags of the guests of "t": u.one and u.two, with
 * rows of those names. */
#pragma once

#include "test_diff_fixture.h"

static int diff_tags(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	struct sb_reconcile reconcile = {.size = sizeof(reconcile),
					 .kind = "vm",
					 .source = arg,
					 .prefix = "lab/qemu/",
					 .flags = SB_RECONCILE_FIELDS,
					 .want = want_row};

	return sb_reconcile(stage, &reconcile, err);
}

static int start_tags(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	static char one[] = "one", two[] = "two";
	static const char *const fields[] = {"tags", NULL};
	static const struct sb_write writes[] = {{"vm", fields, "lab/qemu/"}, {0}};
	static const char *const after[] = {"?t.guests", NULL};
	struct sb_stage stage = {.size = sizeof(stage),
				 .name = "u.one",
				 .after = after,
				 SB_TABLE(write, writes),
				 .diff = diff_tags,
				 .arg = one};
	int rc = sb_stage_add(ctx, &stage, err);

	(void)ret_state;
	stage.name = "u.two";
	stage.arg = two;
	return rc < 0 ? rc : sb_stage_add(ctx, &stage, err);
}

static const struct sb_module module_u = {.magic = SB_MODULE_MAGIC,
					  .abi_major = SB_ABI_MAJOR,
					  .abi_minor = SB_ABI_MINOR,
					  .size = sizeof(module_u),
					  .name = "u",
					  .version = "1",
					  .summary = "tags of guests",
					  .start = start_tags};

static SB_UNUSED struct sb_stage_run *stage_of(const char *name)
{
	return &fx->run->stages[sb_run_find_stage(fx->run, name)];
}

static SB_UNUSED void select_stage(const char *name, bool is_selected)
{
	stage_of(name)->selected = is_selected;
	stage_of(name)->needed = is_selected;
}
