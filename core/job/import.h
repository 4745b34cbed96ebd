/* SPDX-License-Identifier: Apache-2.0 */
/* Moving from netbox-proxbox: reading its settings. Nothing is written. */
#pragma once

#include "run/run.h"

/** The settings and endpoints of netbox-proxbox from its API, without secrets:
 * {"settings": {...}, "endpoints": [...]}. SB_E_CONFIG when the plugin is not installed. */
int sb_import_read(struct sb_run *run, json_t **ret_doc, struct sb_error *err);
