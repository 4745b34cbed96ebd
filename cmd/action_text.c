/* SPDX-License-Identifier: Apache-2.0 */
#include "action_text.h"

#include "stagebox/json.h"

static bool is_text(const json_t *object, const char *name, const char *text)
{
	const char *own = sb_json_str(object, name);

	return own && sb_streq(own, text);
}

static const char *text_of(const json_t *object, const char *name)
{
	const char *text = sb_json_str(object, name);

	return text ? text : "?";
}

void action_text_task(struct out *out, const char *node, const char *task)
{
	out_text(out, "task ");
	out_safe(out, task);
	out_text(out, " on node ");
	out_safe(out, node);
}

/* "stop is done", "start failed: VM 106 already running", "stop is under way, task ..." */
static void print_call(struct out *out, const json_t *call)
{
	const char *end = sb_json_str(call, "exit"), *task = sb_json_str(call, "task");

	out_safe(out, text_of(call, "call"));
	if (is_text(call, "outcome", "done")) {
		out_text(out, " is done");
	} else if (is_text(call, "outcome", "open") && task) {
		out_text(out, " is under way, ");
		action_text_task(out, text_of(call, "node"), task);
	} else if (is_text(call, "outcome", "open")) {
		out_text(out, " was sent, and whether it arrived is not known");
	} else if (is_text(call, "outcome", "dropped")) {
		out_text(out, " never arrived");
	} else {
		out_text(out, is_text(call, "outcome", "rejected") ? " was refused" : " failed");
	}
	if (end && !sb_streq(end, "OK")) {
		out_text(out, ": ");
		out_safe(out, end);
	}
	if (end && task && !sb_streq(end, "OK")) {
		out_text(out, " (");
		action_text_task(out, text_of(call, "node"), task);
		out_text(out, ")");
	}
}

/* The call that was carried out last took the guest down. */
static bool may_be_down(const json_t *calls)
{
	const json_t *call, *last = NULL; /* NULL has no texts */
	size_t i;

	json_array_foreach (calls, i, call)
		if (is_text(call, "outcome", "done") || is_text(call, "outcome", "open"))
			last = call;
	return is_text(last, "call", "stop") || is_text(last, "call", "shutdown") ||
	       is_text(last, "call", "suspend");
}

static bool has_warning(const json_t *calls)
{
	const json_t *call;
	size_t i;

	json_array_foreach (calls, i, call)
		if (sb_json_str(call, "exit") && !is_text(call, "exit", "OK"))
			return true;
	return false;
}

static void print_calls(struct out *out, const json_t *calls)
{
	const json_t *call;
	size_t i;

	json_array_foreach (calls, i, call) {
		out_text(out, i ? ", " : ": ");
		print_call(out, call);
	}
}

/* People must know that a guest may be down, and how to go on. */
static void print_unfinished(struct out *out, const json_t *action, const char *file)
{
	const json_t *calls = json_object_get(action, "calls");
	bool is_open = is_text(action, "state", "open");
	const char *cause = sb_json_str(action, "cause");

	out_colored(out, OUT_RED, "%s", is_open ? "not finished" : text_of(action, "state"));
	print_calls(out, calls);
	if (!json_array_size(calls))
		out_text(out, ": nothing was sent");
	if (cause && *cause && (!json_array_size(calls) || is_text(action, "state", "refused"))) {
		out_text(out, ": ");
		out_safe(out, cause);
	}
	if (may_be_down(calls))
		out_text(out, ". The guest may be down");
	if (is_text(action, "state", "refused")) {
		out_text(out, "\n");
		return;
	}
	out_text(out, file ? ". `stagebox apply " : ". Applying the same plan file goes on");
	if (file) {
		out_safe(out, file);
		out_text(out, "` goes on");
	}
	out_text(out, "\n");
}

void action_text(struct out *out, const json_t *actions, const char *file)
{
	const json_t *action;
	size_t i;

	json_array_foreach (actions, i, action) {
		const json_t *calls = json_object_get(action, "calls");

		out_text(out, "  ! ");
		out_safe(out, text_of(action, "verb"));
		out_text(out, " ");
		out_safe(out, text_of(action, "key"));
		out_text(out, ": ");
		if (!is_text(action, "state", "done") && !is_text(action, "state", "as-is")) {
			print_unfinished(out, action, file);
			continue;
		}
		out_colored(out, OUT_GREEN, "done");
		if (has_warning(calls))
			print_calls(out, calls);
		out_text(out, "\n");
	}
}
