/* SPDX-License-Identifier: Apache-2.0 */
/* Shared by the files of the NetBox of a case. */
#pragma once

#include "base/buf.h"
#include "kit/netbox.h"

struct sb_kit_netbox {
	json_t *forms; /* {"LIST": form}; see sb_kinds_form() */
	json_t *lists; /* {"LIST": [row, ...]}, in the order of the ids */
	/* {"LIST": id}: the last one of each list, as in NetBox: one of all lists would make the
	 * ids in an expected.json depend on what bootstrap writes. */
	json_t *last_ids;
};

/* A request, taken apart. */
struct sb_kit_request {
	char list[128];     /* "virtualization/virtual-machines" */
	int64_t id;         /* of a single object; 0 = the list */
	json_t *parameters; /* {"name": ["a", "b"]}, decoded */
};

/** The form of a list, borrowed; NULL = no kind has it. */
const json_t *sb_kit_form(const struct sb_kit_netbox *netbox, const char *list);

/** The list that a field refers to; NULL = it is not a reference. */
const char *sb_kit_field_list(const json_t *form, const char *field);

/** Borrowed; NULL = none. */
json_t *sb_kit_row(const struct sb_kit_netbox *netbox, const char *list, int64_t id);
json_t *sb_kit_rows(const struct sb_kit_netbox *netbox, const char *list);

/** Add a row, whose "id" is given if it has none; taken. Returns its id, or SB_E_NOMEM. */
int64_t sb_kit_row_add(struct sb_kit_netbox *netbox, const char *list, json_t *row_take);

/** Remove a row, the parts of it, and the references to it. */
void sb_kit_row_remove(struct sb_kit_netbox *netbox, const char *list, int64_t id);

/** Set the members of a row as a write does; custom fields are set one by one. */
int sb_kit_row_set(struct sb_kit_netbox *netbox, const char *list, json_t *row,
		   const json_t *members);

/** The row as NetBox returns it: references as objects. fields: "id,name", NULL = all. New
 * reference. */
json_t *sb_kit_row_shown(const struct sb_kit_netbox *netbox, const char *list, const json_t *row,
			 const char *fields);

/** 1: the row has what the parameters ask for; 0: it has not; SB_E_UNSUPPORTED, naming it: one of
 * them is not a filter that is known here. */
int sb_kit_row_matches(const struct sb_kit_netbox *netbox, const char *list, const json_t *row,
		       const json_t *parameters, struct sb_error *err);
