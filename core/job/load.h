/* SPDX-License-Identifier: Apache-2.0 */
/* Loading the modules of a job. */
#pragma once

#include "load/loader.h"

/**
 * Load the modules with the options of an endpoint.
 *
 * @slug  "" = a job of NetBox alone, which takes the options of the first endpoint with which all
 *        modules can be loaded: what modules add to NetBox does not depend on values of options
 *
 * Returns as sb_registry_load_watched(), or SB_E_NOMEM.
 */
int sb_job_load(const json_t *conf, const char *slug, const struct sb_load_watch *watch,
		struct sb_registry **ret_registry, struct sb_error *err);
