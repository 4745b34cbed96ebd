/* SPDX-License-Identifier: Apache-2.0 */
/* The functions with which a stage carries out an action. */
#include <string.h>

#include "apply/action.h"
#include "apply/before.h"
#include "pve/upid.h"
#include "stagebox/json.h"

enum { MAX_PATH = 8000, MAX_PARAMS = 32 };

/* Outcomes of earlier calls are part of what the stage sees, see sb_op_calls(). */
static int note_call(struct sb_op_run *op_run, const struct sb_call *call)
{
	return json_array_append_new(
		op_run->calls,
		json_pack("{s:s, s:s, s:s*, s:s*}", "call", call->name, "outcome",
			  sb_call_word(call->outcome), "task", call->task, "exit", call->exit));
}

static void on_called(void *arg, const struct sb_call *call)
{
	struct sb_op_run *op_run = arg;
	sb_autojson *data = NULL;

	if (note_call(op_run, call) < 0)
		op_run->actions->apply->failed_rc = SB_E_NOMEM;
	if (call->outcome == SB_CALL_UNKNOWN) { /* the object stays blocked in this run */
		json_object_set_new(op_run->actions->lanes, call->key, json_string(call->why.text));
	} else if (call->outcome == SB_CALL_DONE) {
		data = json_pack("{s:s?, s:s}", "task", call->task, "exit",
				 call->exit ? call->exit : "OK");
	}
	sb_op_run_step(op_run, data, data ? NULL : &call->why);
}

static bool are_params(const json_t *params)
{
	const char *name;
	json_t *value;

	if (params && (!json_is_object(params) || json_object_size(params) > MAX_PARAMS))
		return false;
	json_object_foreach ((json_t *)(uintptr_t)params, name, value)
		if (!json_is_string(value) && !json_is_integer(value) && !json_is_boolean(value))
			return false;
	return true;
}

static int send_power(struct sb_op_run *op_run, const char *name, const char *node,
		      const json_t *params, sb_op_step *next, void *arg, struct sb_error *err)
{
	struct sb_actions *actions = op_run->actions;
	const char *key = actions->apply->plan->ops[op_run->position].key;
	struct sb_call *call;
	json_t *copy;
	int rc;

	if (!are_params(params))
		return sb_fail(err, SB_E_ARG,
			       "%s: params must be an object of at most %d texts, integers and "
			       "booleans",
			       name, MAX_PARAMS);
	call = sb_call_create(&actions->calls, actions->document, op_run->seq, op_run->n_calls + 1,
			      key, name, node, err);
	if (!call)
		return err ? err->code : SB_E_ARG;
	copy = json_deep_copy(params);
	rc = params && !copy ? sb_fail(err, SB_E_ARG, "%s: params cannot be copied", name)
			     : sb_op_run_begin(op_run, SB_STEP_CALL, next, arg, err);
	if (rc < 0) {
		json_decref(copy);
		sb_call_destroy(call);
		return rc;
	}
	call->done = on_called;
	call->arg = op_run;
	rc = sb_before_call(op_run, call, copy, err);
	if (rc < 0)
		op_run->step = SB_STEP_NONE;
	return rc;
}

static int start_guest(struct sb_op_run *op, const char *node, const json_t *params,
		       sb_op_step *next, void *arg, struct sb_error *err)
{
	return send_power(op, "start", node, params, next, arg, err);
}

static int shut_down_guest(struct sb_op_run *op, const char *node, const json_t *params,
			   sb_op_step *next, void *arg, struct sb_error *err)
{
	return send_power(op, "shutdown", node, params, next, arg, err);
}

static int stop_guest(struct sb_op_run *op, const char *node, const json_t *params,
		      sb_op_step *next, void *arg, struct sb_error *err)
{
	return send_power(op, "stop", node, params, next, arg, err);
}

static int reboot_guest(struct sb_op_run *op, const char *node, const json_t *params,
			sb_op_step *next, void *arg, struct sb_error *err)
{
	return send_power(op, "reboot", node, params, next, arg, err);
}

static int reset_guest(struct sb_op_run *op, const char *node, const json_t *params,
		       sb_op_step *next, void *arg, struct sb_error *err)
{
	return send_power(op, "reset", node, params, next, arg, err);
}

static int suspend_guest(struct sb_op_run *op, const char *node, const json_t *params,
			 sb_op_step *next, void *arg, struct sb_error *err)
{
	return send_power(op, "suspend", node, params, next, arg, err);
}

static int resume_guest(struct sb_op_run *op, const char *node, const json_t *params,
			sb_op_step *next, void *arg, struct sb_error *err)
{
	return send_power(op, "resume", node, params, next, arg, err);
}

static void on_read(void *arg, const json_t *data, const struct sb_error *why)
{
	sb_op_run_step(arg, data, why);
}

static int read_path(struct sb_op_run *op_run, const char *path, sb_op_step *next, void *arg,
		     struct sb_error *err)
{
	struct sb_run *run = op_run->actions->apply->run;
	int rc;

	if (!path || *path != '/' || strlen(path) > MAX_PATH || strpbrk(path, " \t\r\n#"))
		return sb_fail(err, SB_E_ARG, "read: \"%.100s\" is not a path", path ? path : "");
	rc = sb_op_run_begin(op_run, SB_STEP_READ, next, arg, err);
	if (!rc)
		rc = sb_pve_get_as_writer(run->pve, path, on_read, op_run, err);
	if (rc < 0)
		op_run->step = SB_STEP_NONE;
	return rc;
}

const struct sb_pve_writer sb_writer = {
	.size = sizeof(struct sb_pve_writer),
	.read = read_path,
	.start = start_guest,
	.shutdown = shut_down_guest,
	.stop = stop_guest,
	.reboot = reboot_guest,
	.reset = reset_guest,
	.suspend = suspend_guest,
	.resume = resume_guest,
};
