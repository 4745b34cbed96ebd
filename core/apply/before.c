/* SPDX-License-Identifier: Apache-2.0 */
#include "apply/before.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/buf.h"
#include "model/birth.h"
#include "stagebox/json.h"

struct sb_before {
	struct sb_op_run *op_run;
	struct sb_call *call; /* not started */
	json_t *params;
};

void sb_before_destroy(struct sb_before *before)
{
	if (!before)
		return;
	sb_call_destroy(before->call);
	json_decref(before->params);
	free(before);
}

static const struct sb_op *op_of(const struct sb_before *before)
{
	return &before->op_run->actions->apply->plan->ops[before->op_run->position];
}

/* Nothing was sent: the stage learns why. */
static void fail_step(struct sb_before *before, const struct sb_error *why)
{
	struct sb_op_run *op_run = before->op_run;
	struct sb_error full = *why;

	sb_context(&full, why->code, "\"%s\" was not sent: %s on node %s cannot be read",
		   before->call->name, before->call->key, before->call->node);
	op_run->before = NULL;
	sb_before_destroy(before);
	sb_op_run_step(op_run, NULL, &full);
}

/* Nothing was sent, and nothing may be: the stage is not asked. */
static void refuse_action(struct sb_before *before, const struct sb_error *why)
{
	struct sb_op_run *op_run = before->op_run;

	op_run->before = NULL;
	sb_before_destroy(before);
	sb_op_run_refuse(op_run, why);
	sb_op_run_step(op_run, NULL, why);
}

static int read_guest(struct sb_before *before, const char *what, sb_pve_done *done,
		      struct sb_error *err)
{
	const struct sb_call *call = before->call;
	sb_autobuf path = SB_BUF_INIT(1024);

	sb_buf_addf(&path, "/nodes/%s/", call->node);
	sb_buf_add_url(&path, call->type);
	sb_buf_addf(&path, "/%" PRIu32 "/%s", call->vmid, what);
	if (path.failed)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	return sb_pve_get_as_writer(before->op_run->actions->apply->run->pve, sb_buf_str(&path),
				    done, before, err);
}

static void on_tasks(void *arg, const json_t *data, const struct sb_error *why)
{
	struct sb_before *before = arg;
	struct sb_op_run *op_run = before->op_run;
	struct sb_error odd = SB_ERROR_INIT;
	struct sb_call *call;
	json_t *params;

	if (!data || sb_call_take_older(before->call, data, &odd) < 0) {
		fail_step(before, data ? &odd : why);
		return;
	}
	call = sb_steal(before->call);
	params = sb_steal(before->params);
	op_run->before = NULL;
	sb_before_destroy(before);
	op_run->n_calls++;
	sb_call_start(call, params);
}

/* Is it the guest that the plan saw? */
static int check_identity(const struct sb_before *before, const json_t *config,
			  struct sb_error *ret_why)
{
	const char *birth = op_of(before)->birth, *name = sb_json_str(config, "name");
	char marks[160];

	if (!birth || !*birth)
		return sb_fail(ret_why, SB_E_REFUSED,
			       "the plan does not say which guest it saw: no instance id of %s was "
			       "known. Run a sync, and plan again",
			       before->call->key);
	if (sb_birth_is_of(birth, config))
		return 0;
	name = name ? name : sb_json_str(config, "hostname");
	sb_birth_marks(config, marks, sizeof(marks));
	return sb_fail(
		ret_why, SB_E_REFUSED,
		"another guest has this VMID now: the plan saw one with %.120s, and \"%.60s\" "
		"has %s. Plan again",
		birth, name ? name : "", *marks ? marks : "none of these");
}

/* The HA manager takes these down as an order, and its task ends before the guest starts or stops:
 * an action would go on too early. */
static int check_not_managed(const struct sb_before *before, const json_t *status,
			     struct sb_error *ret_why)
{
	static const char *const orders[] = {"start", "shutdown", "stop"};
	int64_t managed = 0;
	size_t i;

	sb_json_int(json_object_get(status, "ha"), "managed", &managed);
	for (i = 0; managed && i < SB_ARRAY_LEN(orders); i++)
		if (sb_streq(orders[i], before->call->name))
			return sb_fail(
				ret_why, SB_E_REFUSED,
				"it is a resource of the HA manager, which takes \"%s\" as "
				"an order that it carries out later: this version cannot wait "
				"for that. Change its state there: `ha-manager set`",
				before->call->name);
	return 0;
}

static void on_status(void *arg, const json_t *data, const struct sb_error *why)
{
	struct sb_before *before = arg;
	struct sb_error refused = SB_ERROR_INIT;

	if (!data)
		fail_step(before, why);
	else if (check_not_managed(before, data, &refused) < 0)
		refuse_action(before, &refused);
	else if (sb_call_list_older(before->call, on_tasks, before, &refused) < 0)
		fail_step(before, &refused);
}

static void on_config(void *arg, const json_t *data, const struct sb_error *why)
{
	struct sb_before *before = arg;
	struct sb_error refused = SB_ERROR_INIT;

	if (!data)
		fail_step(before, why);
	else if (check_identity(before, data, &refused) < 0)
		refuse_action(before, &refused);
	else if (read_guest(before, "status/current", on_status, &refused) < 0)
		fail_step(before, &refused);
}

int sb_before_call(struct sb_op_run *op_run, struct sb_call *call, json_t *params_take,
		   struct sb_error *err)
{
	struct sb_before *before = calloc(1, sizeof(*before));
	int rc;

	if (!before) {
		sb_call_destroy(call);
		json_decref(params_take);
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	*before = (struct sb_before){.op_run = op_run, .call = call, .params = params_take};
	rc = read_guest(before, "config", on_config, err);
	if (rc < 0)
		sb_before_destroy(before);
	else
		op_run->before = before;
	return rc;
}
