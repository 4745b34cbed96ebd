/* SPDX-License-Identifier: Apache-2.0 */
/* Loading the modules that the configuration lists. */
#pragma once

#include "load/registry.h"

/* Receives the name of each module before it is opened, and "" after the last one. */
struct sb_load_watch {
	void (*on_module)(void *arg, const char *name);
	/* Receives the error of a module that cannot be loaded, and loading continues with the
	 * next one; the first error is the result. NULL = stop at the first. */
	void (*on_fault)(void *arg, const struct sb_error *why);
	void *arg;
};

/**
 * Open, check and start the modules that the configuration lists, in its order, and order their
 * stages. A file that is not listed is never opened.
 *
 * @conf  checked configuration (conf.h): modules, module_dir, module_path, options; borrowed for
 * the call
 * @watch receives each module first: loading runs its code, and when that crashes the last name is
 *        the culprit. May be NULL
 * @err   names the module, its file and the reason (wrong magic, ABI major, newer minor, short
 *        size, no name, the dynamic linker's message, name differs from file, start failed, ...)
 *
 * Returns 0, or SB_E_CONFIG, also for other codes of start(). *ret_registry: set on success only,
 * and sealed; release it with sb_registry_destroy().
 */
SB_API int sb_registry_load_watched(const json_t *conf, const struct sb_load_watch *watch,
				    struct sb_registry **ret_registry, struct sb_error *err);

/** Open one file with libltdl, check its descriptor and add it to the registry, not started.
 * *ret_ctx and *ret_module belong to the registry; after a failure it can only be destroyed.
 * Returns 0, SB_E_CONFIG with the reason, or SB_E_NOMEM. */
int sb_loader_open(struct sb_registry *registry, const char *path, struct sb_ctx **ret_ctx,
		   const struct sb_module **ret_module, struct sb_error *err);
