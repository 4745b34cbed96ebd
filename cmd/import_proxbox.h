/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of netbox-proxbox as a configuration of ours. */
#pragma once

#include "cmd.h"

/**
 * Write the configuration.
 *
 * @doc     {"settings": {...} or null, "endpoints": [...]} as the plugin's API gives them
 * @netbox  the group netbox of our configuration, or NULL
 * @source  where doc came from, for the head of the file
 *
 * New string, NULL when out of memory.
 */
char *import_config(const json_t *doc, const json_t *netbox, const char *source);
