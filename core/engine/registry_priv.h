/* SPDX-License-Identifier: Apache-2.0 */
/* Inside of the registry: shared by loading, checking and ordering. */
#pragma once

#include "engine/registry.h"

struct sb_registry {
	struct sb_kinds *kinds;
	struct sb_ctx **modules; /* each one has a stable address */
	size_t n_modules;
	struct sb_stage_entry *stages; /* in run order once sealed */
	size_t n_stages;
	bool uses_ltdl; /* lt_dlinit() was called for us */
	bool is_sealed;
};

/** A module's place in the registry; checks nothing. path and handle may be NULL (static). */
int sb_registry_place(struct sb_registry *registry, const char *path, void *handle,
		      struct sb_ctx **ret_ctx, struct sb_error *err);

/**
 * Check a descriptor before anything of it is believed: magic, ABI major, minor, size, name; only
 * fields that can never move are read before the check that makes the next one safe.
 *
 * @expected  name that the file has, or NULL
 */
int sb_module_check(const struct sb_module *module, const char *expected, struct sb_error *err);

/** The option table is well formed: names, types, no name twice. */
int sb_module_check_options(const struct sb_module *module, struct sb_error *err);

/** Checked descriptor -> options -> start(). values is the module's group of the file, or NULL. */
int sb_registry_start(struct sb_ctx *ctx, const struct sb_module *module, const json_t *values,
		      struct sb_error *err);

/** Open one file with libltdl and place it, not started. */
int sb_loader_open(struct sb_registry *registry, const char *path, struct sb_ctx **ret_ctx,
		   const struct sb_module **ret_module, struct sb_error *err);

/** Give back what libltdl holds for a registry, as far as closing is allowed. */
void sb_loader_close(struct sb_registry *registry);

/** The file is as long as its headers say: a cut one would kill the process in the linker. */
int sb_loader_check_whole(const char *path, struct sb_error *err);

/** Module id of "/dir/<id>.so" into a caller's buffer: [a-z0-9_], at most size - 1 characters. */
int sb_module_id(const char *path, char *ret_id, size_t size, struct sb_error *err);

void sb_stage_entry_finish(struct sb_stage_entry *entry);
