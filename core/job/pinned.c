/* SPDX-License-Identifier: Apache-2.0 */
#include "job/pinned.h"

#include <string.h>

#include "stagebox/json.h"

/* The store pins the identities of both servers as one text: "<proxmox> netbox:<instance id>". */
int sb_pinned_check_netbox(const struct sb_run *run, const json_t *task, struct sb_error *err)
{
	const char *pinned = sb_json_str(task, "identity");
	const char *expected = pinned ? strstr(pinned, " netbox:") : NULL;

	if (!run->netbox_instance)
		return sb_fail(err, SB_E_CONFIG,
			       "NetBox is not prepared, the custom field stagebox_key has no "
			       "instance id: run `stagebox bootstrap` first");
	if (expected && !sb_streq(expected + strlen(" netbox:"), run->netbox_instance))
		return sb_fail(
			err, SB_E_REFUSED,
			"another NetBox answers at netbox.url than the one that this store "
			"belongs to (instance id %s, expected %s): correct netbox.url, or "
			"if the change is intended, run `stagebox endpoint forget SLUG` for each "
			"endpoint",
			run->netbox_instance, expected + strlen(" netbox:"));
	return 0;
}

char *sb_pinned_pve(const json_t *task)
{
	const char *pinned = sb_json_str(task, "identity");
	const char *end = pinned ? strstr(pinned, " netbox:") : NULL;

	return pinned ? strndup(pinned, end ? (size_t)(end - pinned) : strlen(pinned)) : NULL;
}
