/* SPDX-License-Identifier: Apache-2.0 */
/* What is loaded: modules with their options, the kinds and the ordered stages. */
#pragma once

#include "model/kinds.h"
#include "stagebox/module.h"

struct sb_registry;

/* One loaded module. Its address is what modules know as struct sb_ctx. */
struct sb_ctx {
	const struct sb_module *module;
	struct sb_registry *registry;
	char *path;      /* of the file */
	json_t *options; /* checked, defaults filled in */
	void *handle;    /* lt_dlhandle; NULL for a static module */
	bool started;
};

/* One stage of the registry, in run order. */
struct sb_stage_entry {
	struct sb_stage stage; /* our zero-filled copy */
	struct sb_ctx *ctx;
	const char *resource; /* the name after the dot */
	size_t *after;        /* positions of hard predecessors that exist */
	size_t n_after;
	size_t *after_soft;
	size_t n_after_soft;
};

/**
 * Open, check and start the modules that the configuration lists, in its order, and order their
 * stages. Nothing that is not listed is opened.
 *
 * @conf  checked configuration (conf.h): modules, module_dir, options
 * @err   names the module, its file and the reason (wrong magic, ABI major, newer minor, short
 *        size, no name, dynamic linker's own words, name differs from file, start failed, ...)
 *
 * Returns 0, or SB_E_CONFIG.
 */
SB_API int sb_registry_load(const json_t *conf, struct sb_registry **ret_registry,
			    struct sb_error *err);

/* Told of each module before it is opened, and "" after the last one. */
struct sb_load_watch {
	void (*on_module)(void *arg, const char *name);
	void *arg;
};

/** The same under a watch: loading runs code of modules, and who dies of it should be known. */
SB_API int sb_registry_load_watched(const json_t *conf, const struct sb_load_watch *watch,
				    struct sb_registry **ret_registry, struct sb_error *err);

/** An empty registry to which static modules can be added (tests). */
SB_API int sb_registry_create(struct sb_registry **ret_registry, struct sb_error *err);
SB_API int sb_registry_add_static(struct sb_registry *registry, const struct sb_module *module,
				  const json_t *options, struct sb_error *err);
/** After the last module: kinds checked, stages ordered (Kahn, ties by name). A cycle is printed.
 */
SB_API int sb_registry_seal(struct sb_registry *registry, struct sb_error *err);

SB_API void sb_registry_destroy(struct sb_registry *registry);

SB_API struct sb_kinds *sb_registry_kinds(const struct sb_registry *registry);
SB_API size_t sb_registry_n_modules(const struct sb_registry *registry);
SB_API const struct sb_ctx *sb_registry_module(const struct sb_registry *registry, size_t i);
SB_API size_t sb_registry_n_stages(const struct sb_registry *registry);
SB_API const struct sb_stage_entry *sb_registry_stage(const struct sb_registry *registry, size_t i);

/**
 * Which stages a selection of resources names.
 *
 * @words      array of resource names: short or full name of a stage, "full"; empty = all
 * @selected   one flag per stage: ops of this stage are wanted
 * @needed     one flag per stage: fetched and diffed (selected and their predecessors)
 *
 * SB_E_ARG names an unknown word and what there is ("did you mean").
 */
SB_API int sb_registry_select(const struct sb_registry *registry, const json_t *words,
			      bool *selected, bool *needed, struct sb_error *err);

/** One module file alone: load, check, describe; nothing stays started. @ret_info: {name, version,
 * summary, abi, path, options:[...], stages:[...], kinds:[...]}. */
SB_API int sb_module_inspect(const char *path, json_t **ret_info, struct sb_error *err);

/** Folder of the modules: module_dir, else "modules" beside the program when the program stands in
 * a build tree, else where an install puts them as seen from the program, else the compiled-in one.
 * Caller frees. */
SB_API char *sb_module_dir(const json_t *conf, struct sb_error *err);
