/* SPDX-License-Identifier: Apache-2.0 */
/* Which texts may be keys. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

/** May a text be a key? It is not empty and has no character that must not reach a terminal or a
 * log (sb_text_unsafe()). Everything that brings keys asks this one function: rows of NetBox, rows
 * of the source, and the events that a job sends to its parent. */
bool sb_key_is_valid(const char *key);

/** Cut the last component of a key, in place: "lab/node/pve1/net0" becomes "lab/node/pve1". False
 * when there is nothing above: the text is unchanged. */
bool sb_key_cut(char *key);

/** Remove the members of an object by key whose names are not valid keys. */
void sb_keys_drop_invalid(json_t *by_key);
