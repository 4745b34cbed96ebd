/* SPDX-License-Identifier: Apache-2.0 */
/* The least rights of the two tokens, from what the loaded modules declare. */
#pragma once

#include "stagebox/error.h"
#include "stagebox/types.h"

/**
 * Does a stage need this action of NetBox on the objects of a kind?
 *
 * @kind    of "kinds" in sb_registry_declared()
 * @action  "view", "add", "change" or "delete"
 * @prunes  prune.enabled: vanished parts are always deleted, other objects only with it
 */
SB_API bool sb_rights_kind_needs(const json_t *kind, const char *action, bool prunes);

/* Which options of the configuration need rights. */
struct sb_rights_options {
	bool prunes;       /* prune.enabled */
	bool has_branches; /* sb_conf_branches() */
};

/**
 * The least permissions in NetBox:
 * {"version", "permissions": [{"name", "object_types": [], "actions": []}]}, by name.
 *
 * @declared  of sb_registry_declared()
 * @version   "4.7"; object types that this version does not have are left out
 *
 * New reference; NULL when out of memory.
 */
SB_API json_t *sb_rights_netbox(const json_t *declared, const char *version,
				const struct sb_rights_options *options);

/**
 * The least privileges in a Proxmox VE of this major version:
 * {"version", "privileges": [{"privilege", "optional", "modules": [], "uses": []}]}, by name. An
 * optional one also permits more than reading; without it the modules read less.
 *
 * New reference; NULL when out of memory.
 */
SB_API json_t *sb_rights_pve(const json_t *declared, int major);

/** Ask the servers of a resolved configuration for their versions. Returns 0, or the error of the
 * contact; a token without rights is sufficient. */
SB_API int sb_rights_meet_netbox(const json_t *conf, char ret_version[32], struct sb_error *err);
SB_API int sb_rights_meet_pve(const json_t *conf, const char *slug, int *ret_major,
			      struct sb_error *err);
