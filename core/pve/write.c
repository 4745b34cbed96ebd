/* SPDX-License-Identifier: Apache-2.0 */
#include "pve/write.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "pve/session_priv.h"
#include "pve/upid.h"
#include "stagebox/json.h"

enum { TIMEOUT_MS = 35000 }; /* a write waits for the lock of the guest */

/* One request that is under way. */
struct write {
	char *path;
	sb_pve_written_fn *done; /* of a POST */
	sb_pve_done *read_done;  /* of a GET */
	void *arg;
};

static void write_destroy(struct write *write)
{
	free(write->path);
	free(write);
}

/* Only a refusal in the form of Proxmox VE, or of something in front of it, proves that nothing was
 * done: all else may be the answer of a proxy or of a node that forwards, to a request that got
 * through. */
static bool is_lost(const struct sb_io_answer *answer)
{
	bool is_json = sb_starts_with(answer->content_type, "application/json");

	if (answer->not_sent)
		return false;
	if (answer->err.code || answer->status == 408 || answer->status == 499)
		return true;
	return !(answer->status >= 400 && answer->status <= 499) &&
	       !((answer->status == 500 || answer->status == 501) && is_json);
}

static void on_written(void *arg, const struct sb_io_answer *answer)
{
	struct write *write = arg;
	struct sb_error why = SB_ERROR_INIT;
	sb_autojson *data = NULL;
	const char *task;
	char node[SB_PVE_NODE_CHARS];
	int rc = sb_pve_read_answer("POST", write->path, answer, &data, &why);

	task = json_string_value(data);
	if (!rc && !json_is_null(data) && (!task || !sb_pve_upid_parse(task, node)))
		rc = sb_fail(&why, SB_E_SHAPE,
			     "POST %.150s: the answer is neither a task nor empty", write->path);
	if (!rc)
		write->done(write->arg, SB_PVE_ACCEPTED, task, NULL);
	else
		write->done(write->arg, is_lost(answer) ? SB_PVE_LOST : SB_PVE_REJECTED, NULL,
			    &why);
	write_destroy(write);
}

/* The path in messages: without its query, and without the name of a task, which the caller has in
 * a form that people can read. Caller frees; NULL = out of memory. */
static char *make_label(const char *path)
{
	static const char tasks[] = "/tasks/";
	const char *task = strstr(path, tasks), *rest;
	sb_autobuf label = SB_BUF_INIT(1024);

	if (!task)
		return strndup(path, strcspn(path, "?"));
	task += strlen(tasks);
	rest = task + strcspn(task, "/?");
	sb_buf_add_mem(&label, path, (size_t)(task - path));
	sb_buf_add(&label, "{task}");
	sb_buf_add_mem(&label, rest, strcspn(rest, "?"));
	return sb_buf_take(&label);
}

static void on_read(void *arg, const struct sb_io_answer *answer)
{
	struct write *write = arg;
	struct sb_error why = SB_ERROR_INIT;
	sb_autojson *data = NULL;
	sb_autofree char *label = make_label(write->path);

	sb_pve_read_answer("GET", label ? label : "", answer, &data, &why);
	write->read_done(write->arg, data, data ? NULL : &why);
	write_destroy(write);
}

static int send_request(struct sb_pve *pve, struct write *write, const char *node, const char *body,
			struct sb_error *err)
{
	sb_autobuf server = SB_BUF_INIT(200), path = SB_BUF_INIT(16384);
	struct sb_http_request request = {
		.method = write->done ? "POST" : "GET",
		.node = node,
		.cost = SB_PVE_PROTECTED,
		.timeout_ms = TIMEOUT_MS,
		.repeatable = !write->done,
		.once = write->done != NULL,
		.url = pve->url + 1,
		.body = body,
		.body_len = body ? strlen(body) : 0,
	};
	int rc;

	sb_buf_addf(&server, SB_PVE_WRITE_SERVER "%s", pve->slug);
	sb_buf_addf(&path, "/api2/json%s", write->path);
	rc = sb_buf_check(&server, err);
	if (!rc)
		rc = sb_buf_check(&path, err);
	if (rc < 0)
		return rc;
	request.server = sb_buf_str(&server);
	request.path = sb_buf_str(&path);
	return sb_http_send(pve->http, &request, write->done ? on_written : on_read, write, err);
}

int sb_pve_post_status(struct sb_pve *pve, const char *node, const char *type, uint32_t vmid,
		       const char *call, const json_t *params, sb_pve_written_fn *done, void *arg,
		       struct sb_error *err)
{
	struct write *write = calloc(1, sizeof(*write));
	sb_autofree char *body = params ? json_dumps(params, JSON_COMPACT) : strdup("{}");
	sb_autobuf path = SB_BUF_INIT(2048);
	int rc;

	sb_buf_add(&path, "/nodes/");
	sb_buf_add_url(&path, node);
	sb_buf_add(&path, "/");
	sb_buf_add_url(&path, type);
	sb_buf_addf(&path, "/%" PRIu32 "/status/%s", vmid, call);
	if (!write || !body || path.failed) {
		free(write);
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	*write = (struct write){.path = sb_buf_take(&path), .done = done, .arg = arg};
	rc = write->path ? send_request(pve, write, node, body, err)
			 : sb_fail(err, SB_E_NOMEM, "out of memory");
	if (rc < 0)
		write_destroy(write);
	return rc;
}

int sb_pve_get_as_writer(struct sb_pve *pve, const char *path, sb_pve_done *done, void *arg,
			 struct sb_error *err)
{
	struct write *write = calloc(1, sizeof(*write));
	int rc;

	if (!write)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	*write = (struct write){.path = strdup(path), .read_done = done, .arg = arg};
	rc = write->path ? send_request(pve, write, "", NULL, err)
			 : sb_fail(err, SB_E_NOMEM, "out of memory");
	if (rc < 0)
		write_destroy(write);
	return rc;
}
