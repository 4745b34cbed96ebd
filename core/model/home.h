/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds with a home: their registration, and what their two homes have in NetBox. */
#pragma once

#include "model/extras.h"
#include "model/kinds.h"
#include "stagebox/home.h"

/** Where the objects of kinds with a home are. */
enum sb_inventory {
	SB_INVENTORY_NONE,    /* bootstrap has not chosen, or inventory = "off" */
	SB_INVENTORY_FIELDS,  /* in a JSON custom field of their parents */
	SB_INVENTORY_OBJECTS, /* custom objects (plugin netbox-custom-objects) */
};

/* The numbers of our own fields of a type of custom objects. The plugin numbers fields that people
 * add behind the largest one, so that these are above those of modules, which end with 9999. */
enum { SB_HOME_KEY_ID = 10001, SB_HOME_ADOPTED_ID = 10002 };

/** The enum sb_inventory of "fields", "custom-objects" or "off"; -1 for any other word. */
int sb_inventory_parse(const char *word);
/** The word of it. */
const char *sb_inventory_word(enum sb_inventory inventory);

/** A registered kind with a home; one allocation. */
struct sb_home_kind {
	struct sb_home home; /* its fields are a copy in our size, behind the struct */
	char path[96];       /* of its collection */
	char objects[96];    /* the path of its custom objects, which ends with their slug */
	char former[96];     /* of the collection in the other home, while objects are moved */
	char object_type[80];
	const char *natural[2];
	const char *payloads[64]; /* names of the JSON fields */
};

/** The home of a kind by its name; NULL = it has none, or there is no such kind. */
const struct sb_home_kind *sb_home_find(const struct sb_kinds *kinds, const char *kind);

/** Check a kind with a home and add it. @module: as in sb_added_field(). Returns 0; SB_E_CONFIG
 * with what is wrong; or SB_E_NOMEM. */
int sb_home_register(struct sb_kinds *kinds, const char *module, const struct sb_home *home,
		     struct sb_error *err);
