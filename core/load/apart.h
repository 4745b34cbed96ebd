/* SPDX-License-Identifier: Apache-2.0 */
/* Looking at modules in a process of its own: loading one runs its code. */
#pragma once

#include "stagebox/error.h"
#include "stagebox/types.h"

struct sb_apart;
struct sb_registry;

/** What is done apart: a result (new reference, may be left NULL), or a negative code and err. */
typedef int sb_apart_fn(struct sb_apart *apart, void *arg, json_t **ret_result,
			struct sb_error *err);

/**
 * Call work in a forked process and take over its result or its error. A module that crashes,
 * exits, hangs or prints while it is loaded costs that process: SB_E_CONFIG, naming the module.
 *
 * @ret_result  new reference, JSON null when work has none; untouched on failure
 */
SB_API int sb_apart(sb_apart_fn *work, void *arg, json_t **ret_result, struct sb_error *err);

/** What is told of the loaded modules: a new reference, NULL = out of memory. */
typedef json_t *sb_apart_tell_fn(const struct sb_registry *registry);

/** Load the configured modules apart, and take over what tell says of them. */
SB_API int sb_apart_registry(sb_apart_tell_fn *tell, const json_t *conf, json_t **ret_result,
			     struct sb_error *err);

/** From work: this module is about to be loaded. Fits struct sb_load_watch. */
SB_API void sb_apart_module(void *apart, const char *name);
