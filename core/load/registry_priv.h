/* SPDX-License-Identifier: Apache-2.0 */
/* The members of the registry, for core/load only. */
#pragma once

#include "load/registry.h"

/* The sizes of rows in ABI 2.0, the least that a module has. */
#define SB_READ_MIN_SIZE (offsetof(struct sb_read, fields) + sizeof(void *))
#define SB_NEED_MIN_SIZE (offsetof(struct sb_need, is_limit) + sizeof(bool))

struct sb_registry {
	struct sb_kinds *kinds;
	struct sb_ctx **modules; /* allocated one by one, because modules keep their address */
	size_t n_modules;
	struct sb_stage_entry *stages; /* in run order once sealed */
	size_t n_stages;
	struct sb_view_entry *views;
	size_t n_views;
	/* Closes the files that the loader opened; NULL = all modules are static. */
	void (*close_files)(struct sb_registry *registry);
	bool is_sealed;
};

/** Add a module without checks. path (copied) and handle are NULL for a static one. *ret_ctx
 * belongs to the registry. Returns 0, or SB_E_NOMEM. */
int sb_registry_place(struct sb_registry *registry, const char *path, void *handle,
		      struct sb_ctx **ret_ctx, struct sb_error *err);

/** Copy a checked descriptor into ctx and check its options. Returns 0, SB_E_CONFIG or SB_E_NOMEM.
 */
int sb_registry_take(struct sb_ctx *ctx, const struct sb_module *module, struct sb_error *err);

/** Read the options of a module that was taken, and call its start(). @values: the module's group
 * of the configuration, or NULL. Returns 0, SB_E_CONFIG, or the code of start(). */
int sb_registry_start(struct sb_ctx *ctx, const json_t *values, struct sb_error *err);

/** Refuse a table whose rows are shorter than ours can be. @owner: "stage" or "view"; @table:
 * "read", whose size is then the member "read_size"; @rows: NULL = there is no table. Returns 0, or
 * SB_E_CONFIG. */
int sb_registry_check_rows(const char *owner, const char *name, const char *table, const void *rows,
			   size_t size, size_t min_size, struct sb_error *err);

/** Copy the tables of the struct sb_stage of an entry in our row sizes, to which it then points.
 * Returns 0, or SB_E_NOMEM. */
int sb_stage_entry_copy_tables(struct sb_stage_entry *entry);

/** Release the names and positions of an entry, not the entry. */
void sb_stage_entry_finish(struct sb_stage_entry *entry);
