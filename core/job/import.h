/* SPDX-License-Identifier: Apache-2.0 */
/* Moving from netbox-proxbox: how it was set. Reads only. */
#pragma once

#include "run/run.h"

/** The settings and endpoints of netbox-proxbox, as its API gives them without secrets:
 * {"settings": {...}, "endpoints": [...]}. SB_E_NOTFOUND when the plugin is not there. */
int sb_import_read(struct sb_run *run, json_t **ret_doc, struct sb_error *err);
