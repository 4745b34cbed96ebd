/* SPDX-License-Identifier: Apache-2.0 */
/* Conversion of the settings of netbox-proxbox to a configuration. */
#pragma once

#include "base/buf.h"
#include "cmd.h"

/* The name of netbox-ceph in the path of its API. */
#define IMPORT_CEPH "ceph"

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
 * @doc     {"settings": {...} or null, "endpoints": [...], "plugins": {"ceph": {...}}} as the APIs
 *          of netbox-proxbox and netbox-ceph return them; the last is empty without netbox-ceph
 * @netbox  the group netbox of the present configuration, or NULL
 * @source  URL or file that doc was read from, for the head of the text
 *
 * Returns a new string, or NULL when out of memory.
 */
char *import_config(const json_t *doc, const json_t *netbox, const char *source);

/** Do these settings of netbox-proxbox or netbox-ceph enable branching? */
bool import_has_branching(const json_t *settings);

/** Add the group branching, if one of both tools wrote into branches. Each may be NULL. */
void import_branching(struct sb_buf *to, const json_t *settings, const json_t *ceph_settings);

/** Add remote text inside a comment, on one line. */
void import_add_comment(struct sb_buf *to, const char *text);
