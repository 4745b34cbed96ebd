/* SPDX-License-Identifier: Apache-2.0 */
/* The fingerprint of what decides what a plan contains. */
#include "conf/conf.h"

#include "base/json_hash.h"

static const char *const of_all[] = {"modules", "device_name", "adopt_nodes",
				     "options", "policy",      "prune"};
static const char *const of_endpoint[] = {"slug",         "site",        "vlan_group",
					  "cluster_name", "device_name", "options"};

static json_t *copy_members(const json_t *from, const char *const names[], size_t n)
{
	json_t *copy = json_object();
	size_t i;

	for (i = 0; copy && i < n; i++)
		json_object_set(copy, names[i], json_object_get(from, names[i]));
	return copy;
}

int sb_conf_fingerprint(const json_t *conf, char ret_hash[SB_JSON_HASH_CHARS + 1],
			struct sb_error *err)
{
	sb_autojson *taken = copy_members(conf, of_all, SB_ARRAY_LEN(of_all));
	json_t *endpoints = json_array(), *endpoint;
	size_t i;

	if (json_object_set_new(taken, "endpoints", endpoints) < 0)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	json_array_foreach (json_object_get(conf, "endpoints"), i, endpoint)
		if (json_array_append_new(endpoints, copy_members(endpoint, of_endpoint,
								  SB_ARRAY_LEN(of_endpoint))) < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
	json_object_set(taken, "refresh",
			json_object_get(json_object_get(conf, "netbox"), "refresh_s"));
	return sb_json_hash(taken, ret_hash, err);
}
