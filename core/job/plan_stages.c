/* SPDX-License-Identifier: Apache-2.0 */
/* The stages that the ops of a plan file name. */
#include "job/plan_stages.h"

#include "load/actions.h"
#include "load/writes.h"
#include "stagebox/json.h"

static bool is_written(const struct sb_run *run, const struct sb_kind *kind)
{
	size_t i;

	for (i = 0; i < sb_registry_n_stages(run->registry); i++) {
		if (sb_stage_writes(&sb_registry_stage(run->registry, i)->stage, kind))
			return true;
	}
	return false;
}

/* Would a sync plan this in a stage of that module? The module decides where it is written to, main
 * or a branch. It gives back addresses, and changes primary ones, of objects of other modules. */
static bool belongs_to_module(const struct sb_run *run, const struct sb_stage_entry *stage,
			      const struct sb_op *op)
{
	size_t owner = sb_writes_find_owner(run->registry, op->kind, op->key);
	sb_autojson *set = sb_op_get(op, SB_OP_SET);
	const struct sb_kind_field *field;
	const char *name;
	json_t *value;

	if (owner != SIZE_MAX && sb_registry_stage(run->registry, owner)->ctx == stage->ctx)
		return true;
	if (op->verb != SB_UPDATE)
		return op->verb == SB_DELETE && op->kind->flags & SB_KIND_CHILD;
	if (op->releases)
		return true;
	json_object_foreach (set, name, value) {
		field = sb_kind_field(op->kind, name);
		if (field && (sb_starts_with(name, "primary_ip") ||
			      sb_stage_writes_field(&stage->stage, op->kind, field, op->key)))
			return true;
	}
	return false;
}

static const char *find_fault(const struct sb_run *run, const struct sb_op *op)
{
	size_t at = sb_run_find_stage(run, op->stage);
	const struct sb_stage_entry *stage =
		at == SB_STAGE_SHARED ? NULL : sb_registry_stage(run->registry, at);

	if (op->kind->flags & SB_KIND_SHARED)
		return stage || sb_streq(op->stage, "shared") ? NULL : "its stage is not loaded";
	if (!stage)
		return "its stage is not loaded";
	if (op->verb == SB_ACT)
		return sb_stage_acts(&stage->stage, op->kind, op->action, op->key)
			       ? NULL
			       : "its stage has no such action";
	if (op->kind->flags & SB_KIND_UNMARKED)
		return NULL; /* a row of an interface, which the rules of its key check */
	if (op->verb == SB_CREATE ? !sb_stage_writes(&stage->stage, op->kind)
				  : !is_written(run, op->kind))
		return "its stage does not write objects of this kind";
	return belongs_to_module(run, stage, op) ? NULL : "another module writes this object";
}

int sb_plan_check_stages(const struct sb_run *run, struct sb_error *err)
{
	const struct sb_plan *plan = &run->diff->plan;
	size_t i;

	for (i = 0; i < plan->n; i++) {
		const struct sb_op *op = &plan->ops[i];
		const char *fault = find_fault(run, op);

		if (fault)
			return sb_fail(err, SB_E_REFUSED,
				       "the plan does what no sync of this endpoint would do: %s "
				       "of %.200s: %s (stage %.60s): check where the file comes "
				       "from, load its module, and plan again",
				       sb_op_word(op), op->key, fault, op->stage);
	}
	return 0;
}
