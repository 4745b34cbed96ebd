/* SPDX-License-Identifier: Apache-2.0 */
/* Moving from netbox-proxbox: reading its settings. Nothing is written. */
#pragma once

#include "run/run.h"

/**
 * The settings and endpoints of netbox-proxbox from its API, without secrets.
 *
 * @plugins  array of the names of further plugins, as in the paths of their APIs, or NULL
 * @ret_doc  {"settings": {...}, "endpoints": [...], "plugins": {"<name>": settings}}, the last with
 *           those that are installed: new reference, set on success only
 *
 * Returns 0, SB_E_CONFIG when netbox-proxbox is not installed, or the error of a request.
 */
int sb_import_read(struct sb_run *run, const json_t *plugins, json_t **ret_doc,
		   struct sb_error *err);
