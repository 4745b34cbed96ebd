/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, checking and starting the modules that the configuration lists. */
#pragma once

#include "load/registry.h"

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

/** Folder of the modules: module_dir, else "modules" beside the program when the program stands in
 * a build tree, else where an install puts them as seen from the program, else the compiled-in one.
 * Caller frees. */
SB_API char *sb_module_dir(const json_t *conf, struct sb_error *err);

/** Open one file with libltdl and place it, not started. */
int sb_loader_open(struct sb_registry *registry, const char *path, struct sb_ctx **ret_ctx,
		   const struct sb_module **ret_module, struct sb_error *err);
