/* SPDX-License-Identifier: Apache-2.0 */
#include "parent/without.h"

#include <signal.h>
#include <sys/wait.h>

#include "model/module_fault.h"
#include "parent/conclude.h"
#include "parent/pipes.h"
#include "parent/shared_lease.h"
#include "stagebox/json.h"
#include "stagebox/log.h"

enum { MAX_DEAD = 8 }; /* modules in one run */

static bool is_dead(const struct sb_parent *parent, const char *module)
{
	const json_t *entry;
	size_t i;

	json_array_foreach (parent->dead, i, entry)
		if (sb_streq(sb_json_str(entry, "module"), module))
			return true;
	return false;
}

/* Did code of the module end the job, and not its parent, a person or the kernel? */
static bool ended_by_module(const struct sb_parent *parent)
{
	if (!parent->stage[0] || parent->was_stopped || parent->was_late)
		return false;
	if (parent->cause.code) /* it sent something else than events */
		return parent->cause.code == SB_E_SHAPE || parent->cause.code == SB_E_JSON;
	return !parent->end &&
	       !(WIFSIGNALED(parent->wait_status) && WTERMSIG(parent->wait_status) == SIGKILL);
}

static bool may_repeat(const struct sb_parent *parent)
{
	enum sb_job_mode mode = parent->spec->mode;

	return (mode == SB_JOB_SYNC || mode == SB_JOB_PLAN || mode == SB_JOB_AUDIT) &&
	       !parent->n_requests && !json_array_size(parent->stages) &&
	       !parent->spec->on_recorded && json_array_size(parent->dead) < MAX_DEAD &&
	       !is_dead(parent, parent->module);
}

static void reset_job(struct sb_parent *parent)
{
	sb_parent_close(&parent->in_fd);
	sb_parent_close(&parent->out_fd);
	sb_parent_give_shared(parent);
	parent->shared.name[0] = '\0'; /* the next job may ask for it again */
	parent->shared_asked_ms = parent->shared_reported_ms = 0;
	sb_buf_reset(&parent->in);
	sb_buf_reset(&parent->out);
	parent->sent = parent->seen = 0;
	parent->is_fed = parent->has_exited = false;
	parent->wait_status = 0;
	parent->kill_at_ms = 0;
	parent->cause = (struct sb_error)SB_ERROR_INIT;
	parent->result->err = (struct sb_error)SB_ERROR_INIT;
	json_decref(sb_steal(parent->end));
	json_array_clear(parent->stages);
	json_decref(sb_steal(parent->result->plan));
	json_decref(sb_steal(parent->result->seen));
	parent->stage[0] = parent->module[0] = '\0';
}

/* Count the run in the store, by the file of the module. */
static void count_fault(struct sb_parent *parent, const char *module, const char *text)
{
	const char *sha256 = sb_json_str(parent->files, module);
	sb_autofree char *next = NULL;
	struct sb_error err = SB_ERROR_INIT;
	char name[SB_MODULE_FAULT_NAME];

	if (!parent->writes_store || !sha256)
		return;
	next = sb_module_fault_next(json_object_get(parent->faults, module), sha256, text);
	if (!next ||
	    sb_store_fact_put(parent->store, sb_module_fault_name(module, name), next, &err) < 0)
		sb_log(SB_LOG_WARN, "a run that module %s ended is not counted: why=%s", module,
		       err.text);
}

void sb_parent_note_sound(struct sb_parent *parent)
{
	const char *module;
	json_t *fault;

	if (!parent->writes_store || !parent->end || parent->cause.code)
		return;
	json_object_foreach (parent->faults, module, fault) {
		const char *sha256 = sb_json_str(parent->files, module);
		char name[SB_MODULE_FAULT_NAME];

		if (!is_dead(parent, module) && !sb_module_is_aside(fault, sha256 ? sha256 : ""))
			sb_store_fact_put(parent->store, sb_module_fault_name(module, name), NULL,
					  NULL);
	}
}

bool sb_parent_go_without(struct sb_parent *parent)
{
	json_t *entry;

	if (!ended_by_module(parent) || !may_repeat(parent))
		return false;
	sb_parent_describe_death(parent);
	entry = json_pack("{s:s, s:s, s:s, s:o}", "module", parent->module, "stage", parent->stage,
			  "text", parent->result->err.text, "detail",
			  sb_parent_death_detail(parent));
	if (!entry || json_array_append_new(parent->dead, entry) < 0)
		return false;
	sb_log(SB_LOG_WARN, "the run goes on without module %s: endpoint=%s why=%s", parent->module,
	       parent->spec->endpoint, parent->result->err.text);
	count_fault(parent, parent->module, parent->result->err.text);
	reset_job(parent);
	return true;
}
