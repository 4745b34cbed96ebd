/* SPDX-License-Identifier: Apache-2.0 */
/* Which modules of an endpoint write to main, and which into a branch, as its NetBox is now. */
#include "parent/jobs_priv.h"

#include "stagebox/json.h"
#include "stagebox/log.h"

/* The job returns {"left", "kept"}, a new reference; NULL = NetBox cannot be asked. */
static json_t *ask_target(const struct sb_jobs *jobs, const char *slug, json_t *target)
{
	sb_autojson *targets = json_pack("{s:[O]}", slug, target), *slugs = json_pack("[s]", slug);
	struct sb_jobs_request request = jobs->request;
	json_t *answer = NULL;
	struct sb_jobs asked;

	request.mode = SB_JOB_TARGETS;
	request.targets = targets;
	sb_jobs_init(&asked, &request);
	if (targets && slugs && sb_jobs_run_all(&asked, slugs, NULL, NULL) == 0 && asked.n)
		answer = json_incref(asked.outcomes[0].result.plan);
	sb_jobs_finish(&asked);
	return answer;
}

static bool is_optional(const json_t *target)
{
	return sb_streq(sb_json_str(json_object_get(target, "branch"), "mode"), "if-available");
}

/* Without a module that may stay, the whole target goes to main. */
static int move_left(json_t *target, const json_t *answer, json_t *to_main)
{
	const json_t *left = json_object_get(answer, "left");
	bool is_all = json_array_size(json_object_get(answer, "kept")) == 0;
	json_t *kept = json_array(), *module;
	const char *name;
	size_t i;

	json_array_foreach (json_object_get(target, "modules"), i, module) {
		name = json_string_value(module);
		if (json_array_append(is_all || json_object_get(left, name) ? to_main : kept,
				      module) < 0)
			return SB_E_NOMEM;
	}
	json_object_foreach ((json_t *)(uintptr_t)left, name, module)
		if (json_is_string(module))
			sb_log(SB_LOG_WARN,
			       "the changes of module \"%s\" go to main, not into a branch: %s",
			       name, json_string_value(module));
	return json_object_set_new(target, "modules", kept) < 0 ? SB_E_NOMEM : 0;
}

static int split_target(const struct sb_jobs *jobs, const char *slug, json_t *target,
			json_t *to_main)
{
	sb_autojson *answer = is_optional(target) ? ask_target(jobs, slug, target) : NULL;

	return json_object_size(json_object_get(answer, "left"))
		       ? move_left(target, answer, to_main)
		       : 0;
}

static bool writes_to_main(const json_t *target)
{
	return !json_object_get(target, "branch");
}

/* The modules of main are one target, which is the first. */
static json_t *collect_targets(const json_t *targets, json_t *to_main)
{
	json_t *all = json_array(), *target;
	size_t i;

	json_array_foreach (targets, i, target)
		if (writes_to_main(target))
			json_array_extend(to_main, json_object_get(target, "modules"));
	if (json_array_size(to_main))
		json_array_append_new(all, json_pack("{s:O}", "modules", to_main));
	json_array_foreach (targets, i, target)
		if (!writes_to_main(target) && json_array_size(json_object_get(target, "modules")))
			json_array_append(all, target);
	return all;
}

/* One object, and a recording, are of one target. */
static bool may_split(const struct sb_jobs *jobs)
{
	return (jobs->request.mode == SB_JOB_PLAN || jobs->request.mode == SB_JOB_SYNC) &&
	       !jobs->request.target && !jobs->recording;
}

json_t *sb_jobs_targets_now(const struct sb_jobs *jobs, const char *slug)
{
	const json_t *configured = json_object_get(jobs->request.targets, slug);
	sb_autojson *targets = configured ? json_deep_copy(configured) : json_pack("[{}]");
	sb_autojson *to_main = json_array();
	json_t *target;
	size_t i;

	if (!targets || !to_main)
		return NULL;
	if (!configured || !may_split(jobs))
		return sb_steal(targets);
	json_array_foreach (targets, i, target)
		if (split_target(jobs, slug, target, to_main) < 0)
			return NULL;
	return collect_targets(targets, to_main);
}
