/* SPDX-License-Identifier: Apache-2.0 */
/* The lease of NetBox's shared objects. */
#include "parent/shared_lease.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "parent/pipes.h"
#include "stagebox/json.h"
#include "stagebox/log.h"

enum {
	ASK_EVERY_MS = 200,
	REPORT_EVERY_MS = 60000,
};

/* The lease becomes a file name, and its name comes from a process that runs code of modules. */
static bool is_instance_id(const char *text)
{
	size_t len = strspn(text, "0123456789abcdefABCDEF-");

	return len && !text[len] && len <= 64;
}

int sb_parent_ask_shared(struct sb_parent *parent, const json_t *event, struct sb_error *err)
{
	const char *instance = sb_json_str(event, "netbox");

	if (!instance || !is_instance_id(instance))
		return sb_fail(err, SB_E_SHAPE, "no instance id of NetBox");
	if (!parent->writes_store || parent->shared.name[0])
		return sb_fail(err, SB_E_STATE, "this job may not ask for a lease%s",
			       parent->writes_store ? " twice" : "");
	snprintf(parent->shared.name, sizeof(parent->shared.name), SB_STORE_SHARED "%s", instance);
	parent->wants_shared = true;
	return 0;
}

/* When the last request for shared objects was under way that nobody knows the answer of: NetBox
 * may still commit it after its job is gone. 0 = none. */
static int read_unsettled(struct sb_parent *parent, int64_t *ret_since, struct sb_error *err)
{
	sb_autojson *requests = NULL;
	const json_t *request;
	size_t i;
	int rc = sb_store_request_open(parent->store, NULL, sb_clock_wall_s(), &requests, err);

	*ret_since = 0;
	json_array_foreach (requests, i, request) {
		const char *key =
			json_string_value(json_array_get(json_object_get(request, "keys"), 0));
		int64_t since = json_integer_value(json_object_get(request, "since"));

		if (key && sb_starts_with(key, "shared/") && since > *ret_since &&
		    json_integer_value(json_object_get(request, "run")) != parent->result->run)
			*ret_since = since;
	}
	return rc;
}

static int answer_job(struct sb_parent *parent, struct sb_error *err)
{
	sb_autojson *line = NULL;
	int64_t since;
	int rc = read_unsettled(parent, &since, err);

	if (rc < 0)
		return rc;
	line = json_pack("{s:I}", "lease", (json_int_t)since);
	return line ? sb_parent_send(parent, line, err) : sb_fail(err, SB_E_NOMEM, "out of memory");
}

int sb_parent_try_shared(struct sb_parent *parent, struct sb_error *err)
{
	struct sb_error why = SB_ERROR_INIT;
	int64_t now = sb_clock_ms();
	int rc;

	if (!parent->wants_shared || parent->was_stopped ||
	    (parent->shared_asked_ms && now - parent->shared_asked_ms < ASK_EVERY_MS))
		return 0;
	parent->shared_asked_ms = now;
	rc = sb_store_lease_take(parent->store, parent->shared.name, &parent->shared.token, &why);
	if (rc == SB_E_BUSY) {
		if (!parent->shared_reported_ms ||
		    now - parent->shared_reported_ms >= REPORT_EVERY_MS) {
			parent->shared_reported_ms = now;
			sb_log(SB_LOG_WARN,
			       "waiting to create shared objects of NetBox, which another run "
			       "creates now: endpoint=%s reason=\"%s\"",
			       parent->spec->endpoint, why.text);
		}
		return 0;
	}
	parent->wants_shared = false;
	if (rc < 0) {
		if (err)
			*err = why;
		return rc;
	}
	return answer_job(parent, err);
}

void sb_parent_give_shared(struct sb_parent *parent)
{
	if (parent->shared.token)
		sb_store_lease_give(parent->store, parent->shared.name, parent->shared.token, NULL);
	parent->shared.token = 0;
	parent->wants_shared = false;
}
