/* SPDX-License-Identifier: Apache-2.0 */
/* Registers a view under the name of another module. */
#include "stagebox/view.h"

static int show_nothing(struct sb_stage_run *stage, json_t *document, void *arg,
			struct sb_error *err)
{
	(void)stage, (void)document, (void)arg, (void)err;
	return 0;
}

static int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	const struct sb_view view = {.size = sizeof(view),
				     .name = "sync",
				     .summary = "not a sync",
				     .show = show_nothing};

	(void)ret_state;
	return sb_view_add(ctx, &view, err);
}

SB_MODULE(foreign_view, .version = "1", .summary = "a view of another name", .start = start_module)
