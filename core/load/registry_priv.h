/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the registry: shared by loading, checking and ordering. */
#pragma once

#include "load/registry.h"

struct sb_registry {
	struct sb_kinds *kinds;
	struct sb_ctx **modules; /* each one has a stable address */
	size_t n_modules;
	struct sb_stage_entry *stages; /* in run order once sealed */
	size_t n_stages;
	/* Gives back what the loader opened; NULL = all modules are static. */
	void (*close_files)(struct sb_registry *registry);
	bool is_sealed;
};

/** A module's place in the registry; checks nothing. path and handle may be NULL (static). */
int sb_registry_place(struct sb_registry *registry, const char *path, void *handle,
		      struct sb_ctx **ret_ctx, struct sb_error *err);

/** Checked descriptor -> options -> start(). values is the module's group of the file, or NULL. */
int sb_registry_start(struct sb_ctx *ctx, const struct sb_module *module, const json_t *values,
		      struct sb_error *err);
