/* SPDX-License-Identifier: Apache-2.0 */
#include "job/load.h"

#include "conf/conf.h"
#include "stagebox/json.h"

static int load_for(const json_t *conf, const char *slug, const struct sb_load_watch *watch,
		    struct sb_registry **ret_registry, struct sb_error *err)
{
	sb_autojson *own = sb_conf_for_endpoint(conf, slug);

	return own ? sb_registry_load_watched(own, watch, ret_registry, err)
		   : sb_fail(err, SB_E_NOMEM, "out of memory");
}

int sb_job_load(const json_t *conf, const char *slug, const struct sb_load_watch *watch,
		struct sb_registry **ret_registry, struct sb_error *err)
{
	const json_t *endpoints = json_object_get(conf, "endpoints"), *endpoint;
	int rc = SB_E_CONFIG;
	size_t i;

	if (*slug || !json_array_size(endpoints))
		return load_for(conf, slug, watch, ret_registry, err);
	json_array_foreach (endpoints, i, endpoint)
		if (rc == SB_E_CONFIG)
			rc = load_for(conf, sb_json_str(endpoint, "slug"), watch, ret_registry,
				      err);
	return rc;
}
