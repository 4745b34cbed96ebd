/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/job_target.h"

#include "base/list.h"
#include "model/plan_document.h"
#include "stagebox/json.h"

bool sb_job_target_equal(const json_t *branch, const json_t *other)
{
	return branch == other ||
	       json_equal((json_t *)(uintptr_t)branch, (json_t *)(uintptr_t)other);
}

/* The stricter word of two. */
static void tighten_branch(json_t *branch, const json_t *other)
{
	const char *policy = sb_json_str(other, "on_conflict");

	if (json_is_false(json_object_get(other, "merge")))
		json_object_set_new(branch, "merge", json_false());
	if (policy && sb_streq(policy, "fail"))
		json_object_set_new(branch, "on_conflict", json_string("fail"));
}

json_t *sb_job_target_of_plan(const json_t *doc, const json_t *endpoint, const json_t *configured)
{
	json_t *branch = sb_plan_envelope_branch(json_object_get(doc, "envelope")), *modules;
	const json_t *target;
	size_t i;

	if (!branch)
		return NULL;
	modules = sb_plan_document_modules(endpoint);
	json_array_foreach (configured, i, target) {
		sb_autojson *common = sb_list_common(json_object_get(target, "modules"), modules);

		if (json_array_size(common) && json_object_get(target, "branch"))
			tighten_branch(branch, json_object_get(target, "branch"));
	}
	return json_pack("{s:o, s:o}", "modules", modules, "branch", branch);
}
