/* SPDX-License-Identifier: Apache-2.0 */
/* The privileges of the token, by the answer of GET /access/permissions. */
#include <string.h>

#include "pve/client_priv.h"
#include "stagebox/json.h"

/* Is any privilege of a path propagated? Roles without propagation do not replace those above. */
static bool reaches_below(const json_t *privileges)
{
	const char *name;
	const json_t *value;

	json_object_foreach ((json_t *)privileges, name, value) {
		if (sb_json_bool(privileges, name, false))
			return true;
	}
	return false;
}

/* Cuts the last part: "/a/b" -> "/a" -> "/" -> "". */
static void cut_last_part(char *path)
{
	char *slash = strrchr(path, '/');

	if (!slash || !path[1])
		path[0] = '\0';
	else
		slash[slash == path] = '\0';
}

const json_t *sb_pve_permissions(const struct sb_pve *pve)
{
	return pve->permissions;
}

int sb_pve_holds(const struct sb_pve *pve, const char *path, const char *privilege)
{
	const json_t *privileges = json_object_get(pve->permissions, path);
	sb_autofree char *parent = NULL;

	if (!pve->permissions)
		return SB_E_STATE;
	/* On the path itself the name proves the privilege; its value is only the propagation. */
	if (json_is_object(privileges))
		return json_object_get(privileges, privilege) != NULL;
	parent = strdup(path);
	if (!parent)
		return SB_E_STATE;
	for (cut_last_part(parent); *parent; cut_last_part(parent)) {
		privileges = json_object_get(pve->permissions, parent);
		if (json_is_object(privileges) && reaches_below(privileges))
			return sb_json_bool(privileges, privilege, false);
	}
	return 0;
}
