/* SPDX-License-Identifier: Apache-2.0 */
/* Fill NetBox endpoint by endpoint, as the tool of the plan does. */
#include "front/legacy.h"

#include <string.h>

/* Read the name of the cluster, or of a standalone node, from /cluster/status. */
static int read_cluster_name(struct legacy *legacy)
{
	struct lab_answer answer = {0};
	sb_autobuf authorization = SB_BUF_INIT(256);
	struct lab_request request = {.method = "GET",
				      .path = "/api2/json/cluster/status",
				      .raw_path = "/api2/json/cluster/status",
				      .query = ""};
	const struct lab_plan *plan = legacy->front->plan;
	const json_t *item;
	size_t i;

	for (i = 0; i < plan->n_sites; i++)
		if (sb_streq(plan->sites[i].slug, legacy->pve->slug))
			sb_buf_addf(&authorization, "PVEAPIToken=%s", plan->sites[i].token);
	request.authorization = sb_buf_str(&authorization);
	lab_pve_handle(legacy->pve->pve, &request, (int64_t)LEGACY_TIME_S * 1000, &answer);
	json_array_foreach (json_object_get(answer.json, "data"), i, item) {
		const char *type = json_string_value(json_object_get(item, "type"));
		const char *name = json_string_value(json_object_get(item, "name"));

		legacy->is_clustered = legacy->is_clustered || sb_streq(type, "cluster");
		if (!legacy->cluster_name || sb_streq(type, "cluster")) {
			free(legacy->cluster_name);
			legacy->cluster_name = strdup(name);
		}
	}
	lab_answer_finish(&answer);
	return legacy->cluster_name ? 0 : -1;
}

static void fill_endpoint(struct legacy *legacy, const char *tool)
{
	legacy->site = legacy_shared(legacy, "dcim/sites", legacy->site_name,
				     json_pack("{s:s,s:s,s:s}", "name", legacy->site_name, "slug",
					       legacy->site_name, "status", "active"));
	if (sb_streq(tool, "ssot"))
		legacy_ssot(legacy);
	else if (sb_streq(tool, "people"))
		legacy_people(legacy);
	else
		legacy_proxbox(legacy, sb_streq(tool, "proxbox"));
}

int lab_legacy_fill(struct lab_front *front, struct sb_error *err)
{
	sb_autojson *shared = json_object();
	bool failed = !shared;
	size_t i;

	for (i = 1; !failed && i < front->n_servers; i++) {
		struct legacy legacy = {.front = front,
					.pve = &front->servers[i],
					.site_name = front->plan->sites[i - 1].site,
					.shared = shared,
					.err = err};

		legacy.guests = lab_pve_dump(front->servers[i].pve);
		if (read_cluster_name(&legacy) == 0)
			fill_endpoint(&legacy, front->plan->legacy);
		failed = legacy.failed || !legacy.cluster_name;
		json_decref(legacy.guests);
		free(legacy.cluster_name);
	}
	if (failed && err && !err->code)
		sb_fail(err, SB_E_STATE, "cannot fill NetBox: /cluster/status returned no name");
	return failed ? SB_E_STATE : 0;
}
