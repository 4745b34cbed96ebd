/* SPDX-License-Identifier: Apache-2.0 */
/* Decides the result of a job that has exited: status, record and error from its end event, or,
 * when the job died or was killed, from the signal and the stages that it had reported. */
#include "parent/conclude.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/exit.h"
#include "base/text.h"
#include "model/run_record.h"
#include "parent/events_branch.h"
#include "stagebox/json.h"

static void set_status(struct sb_parent *parent, const char *status, int exit_code)
{
	snprintf(parent->result->status, sizeof(parent->result->status), "%s", status);
	parent->result->exit_code = exit_code;
}

static int find_code(const char *name)
{
	int code;

	for (code = SB_E_BUSY; name && code < 0; code++)
		if (sb_streq(sb_rc_name(code), name))
			return code;
	return SB_E_STATE;
}

/* "error" of the last event: a text, or {"code": "config", "text": "..."}. */
static void take_error(struct sb_parent *parent, const json_t *error)
{
	const json_t *code = json_object_get(error, "code");
	const char *text = json_is_string(error) ? json_string_value(error) : NULL;
	sb_autobuf clean = SB_BUF_INIT(64 << 10);
	int64_t number = SB_E_STATE;

	if (json_is_object(error))
		text = sb_json_str(error, "text");
	if (!text)
		return;
	if (json_is_string(code))
		number = find_code(json_string_value(code));
	else if (json_is_integer(code))
		number = json_integer_value(code);
	if (number >= 0 || number < SB_E_BUSY)
		number = SB_E_STATE;
	sb_text_add_clean(&clean, text, '?');
	sb_fail(&parent->result->err, (int)number, "%s", sb_buf_str(&clean));
}

/* The error is copied to the record because only the record is durable. */
static void record_error(struct sb_parent *parent, json_t *detail_take)
{
	sb_autojson *detail = detail_take;
	const struct sb_error *why = &parent->result->err;
	json_t *record = parent->result->record;

	if (!why->code || !record || json_object_get(record, "error"))
		return;
	json_object_set_new(record, "error", json_string(why->text));
	json_object_set(record, "error_detail", detail);
}

static void conclude_end(struct sb_parent *parent)
{
	json_t *record = json_object_get(parent->end, "record");
	int64_t code = SB_EXIT_FAILED;

	sb_json_int(parent->end, "exit", &code);
	set_status(parent, sb_json_str(parent->end, "status"), (int)code);
	if (json_is_object(record)) {
		parent->result->record = json_incref(record);
		sb_parent_record_branch(parent, record);
	}
	take_error(parent, json_object_get(parent->end, "error"));
	record_error(parent, json_pack("{s:s}", "code", sb_rc_name(parent->result->err.code)));
}

static void add_place(struct sb_parent *parent)
{
	struct sb_error *why = &parent->result->err;
	size_t len = strlen(why->text);

	if (parent->stage[0])
		snprintf(why->text + len, sizeof(why->text) - len,
			 " in stage \"%s\" (module \"%s\")", parent->stage, parent->module);
	else if (parent->module[0])
		snprintf(why->text + len, sizeof(why->text) - len,
			 " while module \"%s\" was being loaded", parent->module);
	else
		snprintf(why->text + len, sizeof(why->text) - len, " before its first stage");
}

static void describe_signal(struct sb_error *why, int number)
{
	const char *hint = "";

	if (number == SIGXCPU)
		hint = ": limits.cpu is used up";
	else if (number == SIGALRM)
		hint = ": its stage ran longer than limits.stage";
	else if (number == SIGKILL)
		hint = ": killed from outside, or by the kernel for lack of memory";
	sb_fail(why, SB_E_STATE, "the job died of signal %d (%s%s)", number, strsignal(number),
		hint);
}

static bool has_ended_itself(const struct sb_parent *parent, int status)
{
	return !parent->was_stopped && !parent->was_late && !parent->cause.code &&
	       WIFEXITED(parent->wait_status) && WEXITSTATUS(parent->wait_status) == status;
}

static bool has_ended_without_memory(const struct sb_parent *parent)
{
	return has_ended_itself(parent, SB_JOB_NO_MEMORY);
}

static void add_memory_limit(struct sb_parent *parent)
{
	struct sb_error *why = &parent->result->err;
	size_t len = strlen(why->text);
	int64_t limit = 0;

	sb_json_int(json_object_get(parent->spec->conf, "limits"), "memory_mib", &limit);
	if (limit > 0)
		snprintf(why->text + len, sizeof(why->text) - len,
			 ": raise limits.memory_mib, which is %lld", (long long)limit);
}

void sb_parent_describe_death(struct sb_parent *parent)
{
	struct sb_error *why = &parent->result->err;
	int status = parent->wait_status;

	if (parent->was_stopped)
		sb_fail(why, SB_E_CANCELLED, "the job was stopped");
	else if (parent->was_late)
		sb_fail(why, SB_E_TIMEOUT,
			"the job was killed at its deadline of %lld s (limits.wall)",
			(long long)parent->deadline_s);
	else if (parent->cause.code) {
		*why = parent->cause;
		sb_context(why, why->code, "the job was killed");
	} else if (WIFSIGNALED(status))
		describe_signal(why, WTERMSIG(status));
	else if (has_ended_without_memory(parent))
		sb_fail(why, SB_E_NOMEM, "the job ran out of memory");
	else if (has_ended_itself(parent, SB_JOB_BAD_EVENT))
		sb_fail(why, SB_E_STATE,
			"the job could not report a result, because a text in it is not UTF-8 "
			"(report this defect)");
	else
		sb_fail(why, SB_E_STATE, "the job exited with status %d before its end event",
			WEXITSTATUS(status));
	add_place(parent);
	if (has_ended_without_memory(parent))
		add_memory_limit(parent);
}

json_t *sb_parent_death_detail(const struct sb_parent *parent)
{
	bool is_signal = WIFSIGNALED(parent->wait_status);
	const char *code = sb_rc_name(parent->result->err.code);
	json_t *detail = json_pack("{s:s, s:s, s:s}", "code", is_signal ? "died" : code, "stage",
				   parent->stage, "module", parent->module);

	if (parent->was_late || parent->was_stopped || parent->cause.code)
		json_object_set_new(detail, "code", json_string(code));
	if (is_signal)
		json_object_set_new(detail, "signal", json_integer(WTERMSIG(parent->wait_status)));
	return detail;
}

/* The interrupted stage gets an entry too, so that the record shows where the job ended. */
static void close_stage(struct sb_parent *parent)
{
	const char *dot = strchr(parent->stage, '.');
	const json_t *seen;
	json_t *entry;
	size_t i;

	if (!parent->stage[0])
		return;
	json_array_foreach (parent->stages, i, seen) {
		const char *name = sb_json_str(seen, "stage");

		if (name && sb_streq(name, parent->stage))
			return; /* this stage had ended: the job died between two stages */
	}
	entry = json_pack("{s:s, s:s, s:f, s:{}, s:s, s:o}", "resource",
			  dot ? dot + 1 : parent->stage, "status",
			  parent->was_stopped ? "cancelled" : "failed", "runtime_seconds",
			  (double)(sb_clock_ms() - parent->stage_ms) / 1000.0, "response", "error",
			  parent->result->err.text, "error_detail", sb_parent_death_detail(parent));
	if (parent->writes_store && entry)
		sb_store_stage_put(parent->store, parent->result->run, parent->stage, entry, NULL);
	json_array_append_new(parent->stages, json_pack("{s:s, s:s, s:o}", "module", parent->module,
							"stage", parent->stage, "entry", entry));
}

static void add_runtime(json_t *part, const json_t *entry)
{
	double sum = json_number_value(json_object_get(part, "runtime_seconds"));

	sum += json_number_value(json_object_get(entry, "runtime_seconds"));
	json_object_set_new(part, "runtime_seconds", json_real(sum));
}

/* The record of a job that could not send one, from the stages that it reported. */
static json_t *build_record(const struct sb_parent *parent)
{
	json_t *record = json_object(), *entry;
	const json_t *seen;
	size_t i;

	json_array_foreach (parent->stages, i, seen) {
		const char *module = sb_json_str(seen, "module");
		char name[SB_RUN_RECORD_NAME_CHARS];

		entry = json_object_get(seen, "entry");
		snprintf(name, sizeof(name), "%s_sync", module);
		json_array_append(sb_run_record_stages(record, module, parent->spec->select,
						       parent->schema, 0.0),
				  entry);
		add_runtime(json_object_get(record, name), entry);
	}
	json_object_set_new(record, "error", json_string(parent->result->err.text));
	json_object_set_new(record, "error_detail", sb_parent_death_detail(parent));
	sb_parent_record_branch(parent, record);
	return record;
}

/* A job that died reported no counters, but the journal knows what it wrote. */
static void add_written(struct sb_parent *parent)
{
	sb_autojson *run = NULL;

	if (!parent->writes_store || !parent->result->run ||
	    sb_store_run_get(parent->store, parent->result->run, &run, NULL) < 0)
		return;
	json_object_set_new(parent->result->record, "written",
			    sb_run_record_written(json_object_get(run, "requests")));
}

static void conclude_death(struct sb_parent *parent)
{
	sb_parent_describe_death(parent);
	set_status(parent, parent->was_stopped ? "cancelled" : "failed", SB_EXIT_FAILED);
	close_stage(parent);
	parent->result->record = build_record(parent);
	add_written(parent);
}

void sb_parent_conclude(struct sb_parent *parent)
{
	if (!parent->end || parent->cause.code) {
		conclude_death(parent);
		return;
	}
	conclude_end(parent);
	if (WIFSIGNALED(parent->wait_status)) { /* for example a crash in a module's stop() */
		describe_signal(&parent->result->err, WTERMSIG(parent->wait_status));
		sb_context(&parent->result->err, parent->result->err.code, "after its last event");
		set_status(parent, "failed", SB_EXIT_FAILED);
		record_error(parent, json_pack("{s:s, s:i}", "code", "died", "signal",
					       WTERMSIG(parent->wait_status)));
	} else if (parent->was_stopped && !sb_streq(parent->result->status, "ok")) {
		set_status(parent, "cancelled", SB_EXIT_FAILED);
	}
}
