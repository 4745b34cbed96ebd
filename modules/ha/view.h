/* SPDX-License-Identifier: Apache-2.0 */
/* Parts of the view `stagebox ha`. */
#pragma once

#include "ha.h"

/* One endpoint, while its document is made. */
struct ha_view {
	struct sb_stage_run *stage;
	json_t *document;
	json_t *data;   /* of the document, see the README; a list that is unknown is null */
	json_t *guests; /* key -> {"key", "sid", "vmid", "name", "pve_name", "reported"}; owned */
	bool knows_managed;  /* a guest that is not in the list of resources is not managed */
	bool knows_guests;   /* a guest that was not reported is not there */
	struct sb_error why; /* the first failure */
};

/** Add a table to the document. @columns: ends with NULL; NULL = names and values; rows_take: as of
 * include/stagebox/view.h */
void ha_add_table(struct ha_view *view, const char *title, const char *const *columns,
		  json_t *rows_take);

/** Add a line for people. */
void ha_add_note(struct ha_view *view, const char *fmt, ...) SB_PRINTF(2, 3);

/** The name of a guest for people: that of NetBox, else that of Proxmox VE. NULL = it has none.
 * Borrowed. */
const char *ha_name_of(const json_t *guest);

/** The tables of the whole endpoint. */
void ha_add_tables(struct ha_view *view);

/** The table of rules or groups, whichever this Proxmox VE has. NULL = unknown. */
void ha_add_bindings(struct ha_view *view, const json_t *rules, const json_t *groups);

/** A value of an object, null for one that it does not have. New reference. */
json_t *ha_value_of(const json_t *object, const char *name);

/** Nodes as "pve1:2, pve2". New reference. */
json_t *ha_nodes_text(const json_t *nodes);

/** Texts as one, null when there is none. New reference. */
json_t *ha_list_text(const json_t *texts);

/** Show the guests that a word names. Returns 0, or SB_E_NOTFOUND when there is none. */
int ha_show_guests(struct ha_view *view, const char *word);
