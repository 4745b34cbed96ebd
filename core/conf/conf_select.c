/* SPDX-License-Identifier: Apache-2.0 */
/* Endpoints of a configuration by slug. */
#include "conf/conf.h"

#include <string.h>

#include "base/buf.h"
#include "base/list.h"
#include "stagebox/json.h"

json_t *sb_conf_endpoint(const json_t *conf, const char *slug)
{
	const json_t *list = json_object_get(conf, "endpoints");
	json_t *endpoint;
	size_t i;

	json_array_foreach (list, i, endpoint) {
		const char *have = json_string_value(json_object_get(endpoint, "slug"));

		if (have && slug && sb_streq(have, slug))
			return endpoint;
	}
	return NULL;
}

static int check_slugs(const json_t *conf, const json_t *wanted, struct sb_error *err)
{
	const json_t *endpoint, *word;
	sb_autobuf configured = SB_BUF_INIT(300);
	size_t i;

	json_array_foreach (json_object_get(conf, "endpoints"), i, endpoint)
		sb_buf_addf(&configured, " %s", sb_json_str(endpoint, "slug"));
	json_array_foreach (wanted, i, word)
		if (!sb_conf_endpoint(conf, json_string_value(word)))
			return sb_fail(err, SB_E_ARG, "unknown endpoint \"%.64s\"; configured:%s",
				       json_string_value(word), sb_buf_str(&configured));
	return 0;
}

int sb_conf_select(const json_t *conf, const json_t *wanted, json_t **ret_slugs,
		   struct sb_error *err)
{
	sb_autojson *slugs = json_array();
	const json_t *endpoint;
	json_t *slug;
	size_t i;
	int rc = check_slugs(conf, wanted, err);

	if (rc < 0)
		return rc;
	json_array_foreach (json_object_get(conf, "endpoints"), i, endpoint) {
		slug = json_object_get(endpoint, "slug");
		if ((!json_array_size(wanted) || sb_list_holds(wanted, slug)) &&
		    json_array_append(slugs, slug) < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	*ret_slugs = sb_steal(slugs);
	return 0;
}
