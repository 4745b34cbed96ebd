/* SPDX-License-Identifier: Apache-2.0 */
#include "run/dead.h"

#include "model/module_fault.h"
#include "stagebox/json.h"

static const json_t *find_dead(const struct sb_run *run, size_t stage)
{
	const json_t *entry;
	const char *module;
	size_t i;

	if (stage == SB_STAGE_SHARED)
		return NULL;
	module = sb_registry_stage(run->registry, stage)->ctx->module->name;
	json_array_foreach (run->dead, i, entry)
		if (sb_streq(sb_json_str(entry, "module"), module))
			return entry;
	return NULL;
}

/* Add a module that is set aside. */
static int add_aside(json_t *list, const char *module, const json_t *fault)
{
	const char *text = sb_json_str(fault, "text");
	struct sb_error why = SB_ERROR_INIT;

	sb_fail(&why, SB_E_REFUSED,
		"module \"%.60s\" is set aside, because it ended %d runs: replace its file, or try "
		"it "
		"again with `stagebox modules retry %.60s`; the last time: %.250s",
		module, SB_MODULE_FAULTS, module, text ? text : "not known");
	return json_array_append_new(
		list, json_pack("{s:s, s:s, s:{s:s, s:s}}", "module", module, "text", why.text,
				"detail", "code", sb_rc_name(why.code), "module", module));
}

static int list_dead(struct sb_run *run, const json_t *dead, const json_t *faults)
{
	size_t i;

	run->dead = dead ? json_copy((json_t *)(uintptr_t)dead) : json_array();
	for (i = 0; run->dead && i < sb_registry_n_modules(run->registry); i++) {
		const struct sb_ctx *ctx = sb_registry_module(run->registry, i);
		const json_t *fault = json_object_get(faults, ctx->module->name);

		if (sb_module_is_aside(fault, ctx->sha256) &&
		    add_aside(run->dead, ctx->module->name, fault) < 0)
			return SB_E_NOMEM;
	}
	return run->dead ? 0 : SB_E_NOMEM;
}

int sb_dead_note(struct sb_run *run, const json_t *dead, const json_t *faults)
{
	size_t i;
	int rc = list_dead(run, dead, faults);

	for (i = 0; !rc && i < sb_registry_n_stages(run->registry); i++) {
		const json_t *entry = find_dead(run, i);
		struct sb_stage_run *stage = &run->stages[i];

		if (!entry)
			continue;
		stage->status = SB_STAGE_FAILED;
		stage->n_reasons = 1;
		stage->fetch_started = stage->fetch_done = true;
		sb_fail(&stage->why, SB_E_STATE, "%s", sb_json_str(entry, "text"));
	}
	return rc;
}

json_t *sb_dead_detail(const struct sb_run *run, size_t stage)
{
	return json_object_get(find_dead(run, stage), "detail");
}
