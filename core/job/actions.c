/* SPDX-License-Identifier: Apache-2.0 */
#include "job/actions.h"

#include <stdio.h>
#include <string.h>

#include "job/select.h"
#include "model/birth.h"
#include "stagebox/json.h"
#include "stagebox/record.h"

static size_t count_actions(const struct sb_plan *plan)
{
	size_t i, n = 0;

	for (i = 0; i < plan->n; i++)
		n += plan->ops[i].verb == SB_ACT;
	return n;
}

static bool is_action(const struct sb_op *op)
{
	return op->verb == SB_ACT;
}

/* A line in the record of each stage that has actions. */
static int note_actions(struct sb_run *run)
{
	size_t stage, i, n;
	int rc = 0;

	for (stage = 0; !rc && stage < sb_registry_n_stages(run->registry); stage++) {
		for (i = n = 0; i < run->diff->plan.n; i++)
			n += is_action(&run->diff->plan.ops[i]) &&
			     sb_streq(run->diff->plan.ops[i].stage, sb_run_stage_name(run, stage));
		if (n)
			rc = sb_note(
				&run->stages[stage],
				"%zu action%s on Proxmox VE %s left out: a sync does not write "
				"there; save a plan and apply it",
				n, n == 1 ? "" : "s", n == 1 ? "is" : "are");
	}
	return rc;
}

int sb_actions_leave_out(struct sb_run *run)
{
	if (!count_actions(&run->diff->plan))
		return 0;
	if (note_actions(run) < 0)
		return SB_E_NOMEM;
	return sb_select_no_actions(run, "a sync does not write to Proxmox VE");
}

/* The instance id that NetBox has for a key; NULL = none. Caller frees. */
static char *find_stored_birth(const struct sb_run *run, const char *key)
{
	char *birth = NULL;
	size_t i;

	for (i = 0; !birth && i < run->snap->n_lists; i++) {
		const struct sb_nb_list *list = &run->snap->lists[i];
		sb_autojson *row = list->kind->flags & SB_KIND_BIRTH
					   ? sb_table_get_json(list->rows, key)
					   : NULL;
		const char *text = sb_json_str(row, "stagebox_birth");

		birth = text ? strdup(text) : NULL;
	}
	return birth;
}

/* The guest whose name people read in the plan: that at the source, unless NetBox keeps the object
 * of another one, NULL = not known. Caller frees. */
static char *find_birth(const struct sb_run *run, const char *key)
{
	const char *read = sb_json_str(run->diff->births, key);
	sb_autofree char *stored = find_stored_birth(run, key);

	if (!read ||
	    (stored && !sb_same_birth(read, stored) && !sb_map_get(run->diff->created, key, NULL)))
		return sb_steal(stored);
	return strdup(read);
}

int sb_actions_bind(struct sb_run *run)
{
	struct sb_plan *plan = &run->diff->plan;
	char top[512];
	size_t i;
	int rc = 0;

	for (i = 0; !rc && i < plan->n; i++) {
		sb_autofree char *birth = NULL;

		if (!is_action(&plan->ops[i]))
			continue;
		sb_key_top(plan->ops[i].key, top);
		birth = find_birth(run, top);
		if (birth && strlen(birth) <= SB_BIRTH_CHARS)
			rc = sb_plan_set_birth(plan, &plan->ops[i], birth);
	}
	return rc;
}

/* "user@realm!name" of "user@realm!name=secret"; its end is cut off in place. */
static void cut_secret(char *token)
{
	char *end = strrchr(token, '=');

	if (end)
		*end = '\0';
}

int sb_actions_permit(struct sb_run *run, const json_t *task, struct sb_write_grant *ret_grant,
		      struct sb_error *err)
{
	const char *token = sb_json_str(run->endpoint, "write_token");
	const char *document = sb_json_str(task, "document");
	int64_t settle_s = 0;
	int rc;

	if (!count_actions(&run->diff->plan))
		return 0;
	if (!token || !*token)
		return sb_fail(err, SB_E_REFUSED,
			       "the plan has actions on Proxmox VE, and endpoint %s has no "
			       "write_token: set it, or apply a plan without actions",
			       run->slug);
	if (!document || !*document)
		return sb_fail(err, SB_E_STATE, "task: the hash of the plan document is missing");
	rc = sb_pve_open(run->pve, err);
	if (rc < 0)
		return rc;
	sb_json_int(run->endpoint, "write_settle", &settle_s);
	*ret_grant = (struct sb_write_grant){
		.document = document,
		.settle_ms = 1000 * settle_s,
		.known = json_object_get(task, "actions"),
		.open = json_object_get(task, "open_calls"),
		.others = json_object_get(task, "other_calls"),
		.tasks = json_object_get(task, "known_tasks"),
	};
	snprintf(ret_grant->user, sizeof(ret_grant->user), "%s", token);
	cut_secret(ret_grant->user);
	run->grant = ret_grant;
	return 0;
}
