/* SPDX-License-Identifier: Apache-2.0 */
/* The registry of loaded modules: their options, kinds and ordered stages. */
#pragma once

#include "model/kinds.h"
#include "stagebox/view.h"

struct sb_registry;

/* One loaded module; opaque to modules. */
struct sb_ctx {
	const struct sb_module *module; /* our zero-filled copy; NULL before it was checked */
	struct sb_module own_module;
	struct sb_opt *own_options; /* owned */
	struct sb_registry *registry;
	char *path;      /* of the file */
	char sha256[65]; /* of the file; "" = a static module */
	json_t *options; /* checked, defaults filled in */
	void *handle;    /* lt_dlhandle; NULL for a static module */
	void *state;     /* of the module, between start() and stop() */
	bool started;
};

/* One stage of the registry. */
struct sb_stage_entry {
	struct sb_stage stage; /* our zero-filled copy; its tables and names are ours, too */
	struct sb_ctx *ctx;
	char *name;                /* owned */
	char **after_names;        /* owned; ends with NULL */
	struct sb_read *reads;     /* owned */
	struct sb_need *needs;     /* owned */
	struct sb_write *writes;   /* owned, with their keys */
	struct sb_action *actions; /* the same */
	const char *resource;      /* the name after the dot */
	size_t *after;             /* positions of hard predecessors */
	size_t n_after;
	size_t *after_soft; /* positions of optional predecessors that are loaded */
	size_t n_after_soft;
};

/* One view of the registry. */
struct sb_view_entry {
	struct sb_view view;         /* our zero-filled copy; its tables are those of the stage */
	struct sb_stage_entry stage; /* "view <name>", without diff */
};

/** Create an empty registry. Returns 0, or SB_E_NOMEM. */
SB_API int sb_registry_create(struct sb_registry **ret_registry, struct sb_error *err);

/** Check and start a module that is linked into the program (tests). Returns 0, SB_E_CONFIG,
 * SB_E_NOMEM, or the code of start(). */
SB_API int sb_registry_add_static(struct sb_registry *registry, const struct sb_module *module,
				  const json_t *options, struct sb_error *err);

/** Stop the modules in reverse order and release everything. NULL is allowed. */
SB_API void sb_registry_destroy(struct sb_registry *registry);

/* The results of these functions are borrowed until sb_registry_destroy(); stages are in run order,
 * and keep their position and address, only after sb_registry_seal(). i must be below the count. */
SB_API struct sb_kinds *sb_registry_kinds(const struct sb_registry *registry);
SB_API size_t sb_registry_n_modules(const struct sb_registry *registry);
SB_API const struct sb_ctx *sb_registry_module(const struct sb_registry *registry, size_t i);
/** The SHA-256 of the file of each module, {"<module>": text}. New reference; NULL = no memory. */
json_t *sb_registry_files(const struct sb_registry *registry);
SB_API size_t sb_registry_n_stages(const struct sb_registry *registry);
SB_API const struct sb_stage_entry *sb_registry_stage(const struct sb_registry *registry, size_t i);
