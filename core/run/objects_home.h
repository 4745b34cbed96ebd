/* SPDX-License-Identifier: Apache-2.0 */
/* Custom objects as the home of kinds: whether this NetBox has them, and what they lack. */
#pragma once

#include "run/run.h"

/** Does NetBox have a version of the plugin that has what is needed? 0, or SB_E_CONFIG with what to
 * do. Sends nothing. */
int sb_objects_version(const struct sb_netbox *netbox, struct sb_error *err);

/** May bootstrap make types? Waits. Returns 0; SB_E_CONFIG without the plugin; SB_E_FORBIDDEN with
 * the rights that are missing; or an error of the requests. */
int sb_objects_home_check(struct sb_run *run, struct sb_error *err);

/** The home for inventory = "auto": custom objects when sb_objects_home_check() finds no fault,
 * else fields; a missing right is logged. Waits. Returns 0, or an error of the requests. */
int sb_objects_home_offered(struct sb_run *run, enum sb_inventory *ret_inventory,
			    struct sb_error *err);

/** The types of custom objects that NetBox has: {"<slug>": row} in the form of core/netbox/types.h,
 * a new reference. Waits. Errors as of sb_netbox_list_wait(). */
int sb_objects_home_types(struct sb_run *run, json_t **ret_types, struct sb_error *err);

/**
 * Why the type of a kind cannot be used: in ret_text, "" = it can. A list that NetBox cannot return
 * now does not count, because it is read again. Waits.
 *
 * @types  of sb_objects_home_types()
 *
 * Returns 0, or SB_E_NOMEM.
 */
int sb_objects_home_fault(struct sb_run *run, const struct sb_home_kind *kind, const json_t *types,
			  char *ret_text, size_t room, struct sb_error *err);
