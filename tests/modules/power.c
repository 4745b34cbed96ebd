/* SPDX-License-Identifier: Apache-2.0 */
/* Starts guests, and restarts others in two steps, as options name them. */
#include "stagebox/write.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stagebox/conf.h"
#include "stagebox/json.h"
#include "stagebox/pve.h"
#include "stagebox/snap.h"

#define SOURCE "power"

static const struct sb_opt options[] = {
	{.name = "start", .type = SB_OPT_LIST, .dflt = "", .help = "VMIDs that are to run"},
	{.name = "restart", .type = SB_OPT_LIST, .dflt = "", .help = "VMIDs to stop and start"},
	{.name = "why",
	 .type = SB_OPT_STR,
	 .dflt = "an option of the module names it",
	 .help = "in plans"},
	{.name = "fault", .type = SB_OPT_STR, .dflt = "", .help = "how its apply misbehaves"},
	{0},
};

static int on_resources(struct sb_stage_run *stage, const char *key, const json_t *data,
			const struct sb_error *why, void *arg, struct sb_error *err)
{
	const json_t *item;
	int64_t vmid;
	size_t i;
	int rc;

	(void)key;
	(void)arg;
	if (!data)
		return sb_rows_unknown(stage, SOURCE, "", why);
	rc = sb_rows_read(stage, SOURCE);
	json_array_foreach (data, i, item) {
		if (rc < 0 || sb_json_int(item, "vmid", &vmid) < 0)
			continue;
		rc = sb_row_put(stage, SOURCE, json_deep_copy(item), err, "%s/%s/%" PRId64,
				sb_run_endpoint(stage), sb_json_str(item, "type"), vmid);
	}
	return rc;
}

static int fetch_guests(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	return sb_pve_ask(stage, on_resources, arg, "", SB_PVE_INLINE, err,
			  "/cluster/resources?type=vm");
}

static bool is_listed(const struct sb_stage_run *stage, const char *option, const char *vmid)
{
	const json_t *list = sb_opt_list(stage, option), *word;
	size_t i;

	json_array_foreach (list, i, word)
		if (sb_streq(json_string_value(word), vmid))
			return true;
	return false;
}

static int plan_action(struct sb_stage_run *stage, const char *key, const json_t *row,
		       const char *verb, struct sb_error *err)
{
	json_t *was = json_pack("{s:O, s:O}", "node", json_object_get(row, "node"), "status",
				json_object_get(row, "status"));
	const struct sb_act act = {.size = sizeof(act),
				   .kind = "vm",
				   .key = key,
				   .verb = verb,
				   .was = was,
				   .why = sb_opt_str(stage, "why")};
	int rc = sb_act(stage, &act, err);

	json_decref(was);
	return rc;
}

static int plan_guest(struct sb_stage_run *stage, const char *key, const json_t *row, void *arg,
		      struct sb_error *err)
{
	const char *vmid = strrchr(key, '/') + 1;
	bool runs = sb_streq(sb_json_str(row, "status"), "running");

	(void)arg;
	if (is_listed(stage, "start", vmid))
		return runs ? sb_act_not(stage, "vm", key, NULL, err)
			    : plan_action(stage, key, row, "start", err);
	if (is_listed(stage, "restart", vmid))
		return plan_action(stage, key, row, "restart", err);
	return 0;
}

static int diff_guests(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	return sb_rows_each(stage, SOURCE, "", plan_guest, arg, err);
}

/* The writer is the same for all actions of a run. */
struct state {
	const struct sb_pve_writer *writer;
	const char *fault;
};

static const json_t *find_guest(const struct sb_op_run *op, const json_t *resources)
{
	const char *key = sb_op_key(op), *vmid = strrchr(key, '/') + 1;
	const json_t *item;
	int64_t number;
	size_t i;

	json_array_foreach (resources, i, item)
		if (sb_json_int(item, "vmid", &number) == 0 && number == strtoll(vmid, NULL, 10))
			return item;
	return NULL;
}

static bool was_called(const struct sb_op_run *op, const char *name)
{
	const json_t *call;
	size_t i;

	json_array_foreach (sb_op_calls(op), i, call)
		if (sb_streq(sb_json_str(call, "call"), name) &&
		    sb_streq(sb_json_str(call, "outcome"), "done"))
			return true;
	return false;
}

static int on_last_look(struct sb_op_run *op, const json_t *data, const struct sb_error *why,
			void *arg, struct sb_error *err)
{
	const json_t *guest = data ? find_guest(op, data) : NULL;

	(void)arg;
	if (!data)
		return sb_fail(err, why->code, "%s", why->text);
	if (!guest || !sb_streq(sb_json_str(guest, "status"), "running"))
		return sb_fail(err, SB_E_STATE, "it does not run after its start");
	return sb_op_done(op, SB_OP_MADE, "it runs on node %s", sb_json_str(guest, "node"));
}

static int on_started(struct sb_op_run *op, const json_t *data, const struct sb_error *why,
		      void *arg, struct sb_error *err)
{
	const struct state *state = arg;

	if (!data)
		return sb_fail(err, why->code, "%s", why->text);
	return state->writer->read(op, "/cluster/resources?type=vm", on_last_look, arg, err);
}

static int start_guest(struct sb_op_run *op, struct state *state, const json_t *guest,
		       struct sb_error *err)
{
	return state->writer->start(op, sb_json_str(guest, "node"), NULL, on_started, state, err);
}

/* A guest that is down may be moved before it is started. */
static int on_second_look(struct sb_op_run *op, const json_t *data, const struct sb_error *why,
			  void *arg, struct sb_error *err)
{
	const json_t *guest = data ? find_guest(op, data) : NULL;

	if (!data)
		return sb_fail(err, why->code, "%s", why->text);
	if (!guest)
		return sb_fail(err, SB_E_STATE, "it was removed after it was stopped");
	return start_guest(op, arg, guest, err);
}

static int on_noted(struct sb_op_run *op, const json_t *data, const struct sb_error *why, void *arg,
		    struct sb_error *err)
{
	const struct state *state = arg;

	(void)data;
	(void)why;
	return state->writer->read(op, "/cluster/resources?type=vm", on_second_look, arg, err);
}

static int on_stopped(struct sb_op_run *op, const json_t *data, const struct sb_error *why,
		      void *arg, struct sb_error *err)
{
	if (!data)
		return sb_fail(err, why->code, "%s", why->text);
	return sb_op_note(op, "phase", json_string("down"), on_noted, arg, err);
}

static int on_first_look(struct sb_op_run *op, const json_t *data, const struct sb_error *why,
			 void *arg, struct sb_error *err)
{
	struct state *state = arg;
	const json_t *guest = data ? find_guest(op, data) : NULL;
	bool is_restart = sb_streq(sb_op_verb(op), "restart");

	if (!data)
		return sb_fail(err, why->code, "%s", why->text);
	if (!guest)
		return sb_op_done(op, SB_OP_REFUSED, "it is gone");
	if (sb_streq(state->fault, "nothing"))
		return 0;
	if (was_called(op, "start"))
		return on_started(op, data, NULL, arg, err);
	if (is_restart && was_called(op, "stop"))
		return start_guest(op, state, guest, err);
	if (!sb_streq(sb_json_str(guest, "status"), sb_json_str(sb_op_was(op), "status")))
		return sb_op_done(op, SB_OP_REFUSED, "it is %s now, the plan saw it %s",
				  sb_json_str(guest, "status"),
				  sb_json_str(sb_op_was(op), "status"));
	if (is_restart)
		return state->writer->stop(op, sb_json_str(guest, "node"), NULL, on_stopped, arg,
					   err);
	return start_guest(op, state, guest, err);
}

static int apply_action(struct sb_stage_run *stage, struct sb_op_run *op,
			const struct sb_pve_writer *writer, void *arg, struct sb_error *err)
{
	struct state *state = arg;

	state->writer = writer;
	state->fault = sb_opt_str(stage, "fault");
	if (sb_streq(state->fault, "error"))
		return sb_fail(err, SB_E_STATE, "it fails on request");
	if (sb_streq(state->fault, "other-node"))
		return writer->start(op, "../pve1", NULL, on_started, arg, err);
	if (sb_streq(state->fault, "twice")) {
		writer->read(op, "/cluster/resources?type=vm", on_first_look, arg, err);
		return writer->start(op, "pve1", NULL, on_started, arg, err);
	}
	if (sb_streq(state->fault, "crash"))
		abort();
	return writer->read(op, "/cluster/resources?type=vm", on_first_look, arg, err);
}

static int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	static const struct sb_read reads[] = {{.kind = "vm"}, {0}};
	static const struct sb_action actions[] = {
		{"vm", "start", "*/"}, {"vm", "restart", "*/"}, {0}};
	struct state *state = calloc(1, sizeof(*state));
	const struct sb_stage guests = {.size = sizeof(guests),
					.name = "power.guests",
					SB_TABLE(read, reads),
					SB_TABLE(action, actions),
					.fetch = fetch_guests,
					.diff = diff_guests,
					.apply = apply_action,
					.arg = state};

	*ret_state = state;
	return sb_stage_add(ctx, &guests, err);
}

SB_MODULE(power, .version = "1", .summary = "starts and restarts guests", .options = options,
	  .option_size = sizeof(options[0]), .start = start_module, .stop = free)
