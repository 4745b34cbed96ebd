/* SPDX-License-Identifier: Apache-2.0 */
/* Conversion of the settings of netbox-proxbox to a configuration. */
#pragma once

#include "base/buf.h"
#include "cmd.h"

/**
 * Read the variables PROXBOX_* of a file (lines NAME=VALUE), or of the environment.
 *
 * @path  "-" = the environment
 *
 * Returns a new object of settings, {"bulk_batch_size": 20}; NULL with err.
 */
json_t *import_env(const char *path, struct sb_error *err);

/**
 * Write the text of a configuration.
 *
 * @doc     {"settings": {...} or null, "endpoints": [...]} as the plugin's API returns them
 * @netbox  the group netbox of the present configuration, or NULL
 * @source  URL or file that doc was read from, for the head of the text
 *
 * Returns a new string, or NULL when out of memory.
 */
char *import_config(const json_t *doc, const json_t *netbox, const char *source);

/** Add remote text inside a comment, on one line. */
void import_add_comment(struct sb_buf *to, const char *text);
