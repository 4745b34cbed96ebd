/* SPDX-License-Identifier: Apache-2.0 */
#include "netbox/branch_header.h"

#include <stdio.h>
#include <string.h>

#include "base/branch_schema.h"
#include "netbox/client_priv.h"

int sb_netbox_use_branch(struct sb_netbox *netbox, const char *schema, struct sb_error *err)
{
	if (!sb_branch_schema_is_valid(schema))
		return sb_fail(err, SB_E_ARG, "\"%.40s\" is not the schema id of a branch", schema);
	netbox->branch_header[0] = '\0';
	if (*schema)
		snprintf(netbox->branch_header, sizeof(netbox->branch_header),
			 "X-NetBox-Branch: %s", schema);
	return 0;
}

/* Paths of what NetBox keeps in main alone. The objects of a custom object type are below the same
 * path as the types, by their slug. */
static bool is_of_main(const char *path)
{
	static const char *const main_paths[] = {
		"/api/status/",
		"/api/core/jobs/",
		"/api/core/object-changes/", /* that of a branch begins with the branch */
		"/api/users/",
		"/api/authentication-check/",
		"/api/plugins/branching/",
		"/api/extras/custom-fields/",
		"/api/extras/custom-field-choice-sets/",
		"/api/extras/custom-links/",
		"/api/plugins/custom-objects/schema/",
		"/api/plugins/custom-objects/custom-object-types/",
		"/api/plugins/custom-objects/custom-object-type-fields/",
	};
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(main_paths); i++)
		if (sb_starts_with(path, main_paths[i]))
			return true;
	return false;
}

const char *sb_netbox_headers(const struct sb_netbox *netbox, const char *path)
{
	return *netbox->branch_header && !is_of_main(path) ? netbox->branch_header : NULL;
}

/* NetBox's own refusals are JSON. */
static bool is_json(const struct sb_io_answer *answer)
{
	const char *body = answer->body + strspn(answer->body, " \t\r\n");

	return *body == '{' || *body == '[';
}

int sb_netbox_check_branch(const struct sb_netbox *netbox, const struct sb_io_answer *answer,
			   struct sb_error *err)
{
	if (!*netbox->branch_header || answer->err.code || answer->status != 400 || is_json(answer))
		return 0;
	return sb_fail(
		err, SB_E_CONFLICT,
		"NetBox does not take the branch of this run (%s): \"%.100s\": somebody merged, "
		"archived or deleted it meanwhile; sync again",
		netbox->branch_header, answer->body);
}
