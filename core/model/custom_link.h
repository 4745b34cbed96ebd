/* SPDX-License-Identifier: Apache-2.0 */
/* The custom link by which a page of NetBox leads to the web interface of Proxmox VE. */
#pragma once

#include <jansson.h>

/** The name of the link, which is unique in NetBox. */
#define SB_CUSTOM_LINK_NAME "Open in Proxmox VE"

/**
 * What bootstrap has to write for the link on guests, nodes and clusters.
 *
 * @row        the link as a flat row of the kind custom-link; NULL = NetBox does not have it
 * @endpoints  of the configuration: an array of objects with slug and urls
 *
 * The text and the address are templates that look at stagebox_key only. The address begins with a
 * comment; while it is there, a later call updates both templates. A link without the comment
 * belongs to people. New reference: the members to write, empty when nothing is missing. NULL = out
 * of memory.
 */
json_t *sb_custom_link_missing(const json_t *row, const json_t *endpoints);
