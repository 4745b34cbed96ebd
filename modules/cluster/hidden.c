/* SPDX-License-Identifier: Apache-2.0 */
/* Guests that the role NoAccess hides from the token: Proxmox VE leaves their paths out of the list
 * of privileges, so that a hidden guest looks like one that is gone. */
#include "cluster.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_ASKED = 200 }; /* paths whose privileges are asked for, in one run */

/* The answer of /access/permissions?path=/vms/VMID: {"/vms/103": {}} for a hidden guest. */
static int on_path(struct sb_stage_run *stage, const char *key, const json_t *data,
		   const struct sb_error *why, void *arg, struct sb_error *err)
{
	sb_autofree char *path = cluster_join("/vms/", "", key);
	const json_t *privileges = path ? json_object_get(data, path) : NULL;
	struct sb_error limit = SB_ERROR_INIT;
	int rc;

	(void)arg;
	(void)why;
	if (!path)
		return sb_fail(err, SB_E_NOMEM, "hidden guests: out of memory");
	if (!json_is_object(data) || json_object_get(privileges, "VM.Audit"))
		return 0;
	sb_fail(&limit, SB_E_FORBIDDEN,
		"guests that the role NoAccess hides from the token; what NetBox has of them is "
		"kept "
		"(`stagebox doctor` lists them)");
	rc = sb_rows_limited(stage, "resource", key, &limit);
	if (!rc)
		rc = sb_row_put(stage, "resource-hidden", json_object(), err, "%s/%s",
				sb_run_endpoint(stage), key);
	return rc < 0 ? sb_fail(err, rc, "hidden guests: out of memory") : 0;
}

/* The number at the end of "/vms/103" when the role there hides the guest; 0 = it does not. */
static unsigned long hidden_vmid(const json_t *row)
{
	const char *path = sb_json_str(row, "path"), *role = sb_json_str(row, "roleid");
	char *end;
	unsigned long vmid;

	if (!path || !role || !sb_streq(role, "NoAccess") || !sb_starts_with(path, "/vms/"))
		return 0;
	vmid = strtoul(path + strlen("/vms/"), &end, 10);
	return *end || vmid > UINT32_MAX ? 0 : vmid;
}

int cluster_on_acl(struct sb_stage_run *stage, const char *key, const json_t *data,
		   const struct sb_error *why, void *arg, struct sb_error *err)
{
	sb_autojson *asked = json_object();
	const json_t *row; /* borrowed */
	size_t i;

	(void)arg;
	(void)key;
	(void)why; /* without Sys.Audit on /access the list cannot be read: nothing is known */
	json_array_foreach (data, i, row) {
		unsigned long vmid = hidden_vmid(row);
		char name[24];
		int rc;

		snprintf(name, sizeof(name), "%lu", vmid);
		if (!vmid || json_object_get(asked, name) || json_object_size(asked) == MAX_ASKED)
			continue;
		json_object_set_new(asked, name, json_true());
		rc = sb_pve_ask(stage, on_path, NULL, name, SB_PVE_INLINE, err,
				"/access/permissions?path=/vms/%u", (unsigned)vmid);
		if (rc < 0)
			return rc;
	}
	return 0;
}
