/* SPDX-License-Identifier: Apache-2.0 */
/* Branches of NetBox. The forms of the answers were measured with netbox-branching 1.2.2. */
#include "netbox/branch.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "netbox/branch_header.h"
#include "netbox/client_priv.h"
#include "stagebox/json.h"

#define BRANCHES "/api/plugins/branching/branches/"

/* Provisioning and merging are jobs, but an action looks for conflicts before it answers. */
enum { ACT_TIMEOUT_MS = 120000 };

/* One request and its answer, which is read in any status. */
struct asked {
	struct sb_netbox *netbox;
	const char *method, *path;
	json_t *data; /* also of a refusal; owned */
	struct sb_error why;
	bool is_over;
};

/* The plugin answers an action that does not fit the status of the branch with one line of text. */
static bool is_plain_refusal(const struct sb_io_answer *answer, const json_t *data)
{
	return !answer->err.code && answer->status == 400 && !data && answer->len &&
	       !strpbrk(answer->body, "<>\r\n");
}

/* A 404 without JSON is that of a proxy, or of a NetBox without the plugin: it proves nothing about
 * one branch. */
static void fail_request(struct asked *asked, const struct sb_io_answer *answer)
{
	sb_netbox_fail(asked->method, asked->path, answer, asked->data, &asked->why);
	if (asked->why.code == SB_E_NOTFOUND && !json_is_object(asked->data))
		asked->why.code = SB_E_HTTP;
}

static void on_answer(void *arg, const struct sb_io_answer *answer)
{
	struct asked *asked = arg;

	asked->is_over = true;
	if (!answer->err.code && answer->len)
		asked->data = json_loadb(answer->body, answer->len, JSON_DECODE_ANY, NULL);
	if (is_plain_refusal(answer, asked->data))
		sb_fail(&asked->why, SB_E_STATE, "%s %.150s: HTTP 400: %.200s", asked->method,
			asked->path, answer->body);
	else if (answer->err.code || answer->status < 200 || answer->status > 299)
		fail_request(asked, answer);
	else if (answer->status != 204 && !asked->data)
		sb_fail(&asked->why, SB_E_JSON, "%s %.150s: the answer is not complete JSON",
			asked->method, asked->path);
}

static int wait_for(struct asked *asked, const struct sb_http_request *request,
		    struct sb_error *err)
{
	struct sb_http *http = asked->netbox->http;
	int rc = sb_http_send(http, request, on_answer, asked, err);

	if (rc < 0)
		return rc;
	while (!rc && !asked->is_over)
		rc = sb_http_turn(http, 1000, err);
	if (!asked->is_over)
		sb_http_cancel(http, asked);
	if (!rc && asked->why.code) {
		if (err)
			*err = asked->why;
		rc = asked->why.code;
	}
	return rc;
}

/* body NULL = none. *ret_data: what the answer contains, also that of a refusal; new reference. */
static int send_request(struct sb_netbox *netbox, const char *method, const char *path,
			const json_t *body, json_t **ret_data, struct sb_error *err)
{
	struct asked asked = {.netbox = netbox, .method = method, .path = path};
	sb_autobuf text = SB_BUF_INIT(65536);
	struct sb_http_request request = {
		.server = NETBOX_SERVER,
		.method = method,
		.path = path,
		.headers = sb_netbox_headers(netbox, path),
		.cost = NETBOX_READ_CLASS,
		.timeout_ms = ACT_TIMEOUT_MS,
		.repeatable = sb_streq(method, "GET") || sb_streq(method, "DELETE"),
	};
	int rc;

	if (body)
		sb_buf_add_json(&text, body);
	rc = sb_buf_check(&text, err);
	if (rc < 0)
		return rc;
	if (body) {
		request.body = sb_buf_str(&text);
		request.body_len = text.len;
	}
	rc = wait_for(&asked, &request, err);
	*ret_data = asked.data;
	return rc;
}

static void copy_text(char *ret_text, size_t room, const char *text)
{
	snprintf(ret_text, room, "%s", text ? text : "");
}

static int take_branch(const json_t *row, struct sb_netbox_branch *ret_branch, struct sb_error *err)
{
	const char *name = sb_json_str(row, "name"), *schema = sb_json_str(row, "schema_id");
	const char *status = sb_json_str(json_object_get(row, "status"), "value");

	if (sb_json_int(row, "id", &ret_branch->id) < 0 || !name || !schema || !status ||
	    strlen(name) >= SB_BRANCH_NAME || !*schema || !sb_branch_schema_is_valid(schema))
		return sb_fail(err, SB_E_SHAPE,
			       BRANCHES ": a branch in the answer has no id, name or status, or a "
					"schema id that is not of lower-case letters and digits");
	copy_text(ret_branch->name, sizeof(ret_branch->name), name);
	copy_text(ret_branch->schema, sizeof(ret_branch->schema), schema);
	copy_text(ret_branch->description, sizeof(ret_branch->description),
		  sb_json_str(row, "description"));
	copy_text(ret_branch->status, sizeof(ret_branch->status), status);
	copy_text(ret_branch->merged, sizeof(ret_branch->merged), sb_json_str(row, "merged_time"));
	return 0;
}

int sb_netbox_branch_create(struct sb_netbox *netbox, const char *name, const char *description,
			    struct sb_netbox_branch *ret_branch, struct sb_error *err)
{
	sb_autojson *body = json_pack("{s:s, s:s}", "name", name, "description", description);
	sb_autojson *row = NULL;
	int rc = body ? send_request(netbox, "POST", BRANCHES, body, &row, err)
		      : sb_fail(err, SB_E_ARG, "the name of the branch is not UTF-8");

	/* NetBox's words about a name that is taken are translated; the field is not. */
	if (rc == SB_E_HTTP && json_object_get(row, "name")) {
		rc = SB_E_CONFLICT;
		if (err)
			err->code = rc;
	}
	if (!rc)
		rc = take_branch(row, ret_branch, err);
	if (!rc && !sb_streq(ret_branch->name, name))
		return sb_fail(err, SB_E_SHAPE,
			       "POST " BRANCHES ": the answer is about another branch, \"%.100s\"",
			       ret_branch->name);
	return rc;
}

static char *path_of(int64_t id, const char *action)
{
	sb_autobuf path = SB_BUF_INIT(256);

	sb_buf_addf(&path, BRANCHES "%" PRId64 "/%s", id, action);
	return sb_buf_take(&path);
}

int sb_netbox_branch_read(struct sb_netbox *netbox, int64_t id, struct sb_netbox_branch *ret_branch,
			  struct sb_error *err)
{
	sb_autofree char *path = path_of(id, "");
	sb_autojson *row = NULL;
	int rc = path ? send_request(netbox, "GET", path, NULL, &row, err)
		      : sb_fail(err, SB_E_NOMEM, "out of memory");

	return rc < 0 ? rc : take_branch(row, ret_branch, err);
}

int sb_netbox_branch_find(struct sb_netbox *netbox, const char *name,
			  struct sb_netbox_branch *ret_branch, struct sb_error *err)
{
	sb_autobuf path = SB_BUF_INIT(1024);
	sb_autojson *list = NULL;
	const json_t *rows, *row;
	size_t i;
	int rc;

	sb_buf_add(&path, BRANCHES "?limit=100&name=");
	sb_buf_add_url(&path, name);
	rc = sb_buf_check(&path, err);
	if (!rc)
		rc = send_request(netbox, "GET", sb_buf_str(&path), NULL, &list, err);
	if (rc < 0)
		return rc;
	rows = json_object_get(list, "results");
	if (!json_is_array(rows))
		return sb_fail(err, SB_E_SHAPE, "GET " BRANCHES ": no results in the answer");
	json_array_foreach (rows, i, row) /* a filter that NetBox does not know is ignored */
		if (sb_streq(sb_json_str(row, "name"), name))
			return take_branch(row, ret_branch, err);
	return sb_fail(err, SB_E_NOTFOUND, "NetBox has no branch \"%.100s\"", name);
}

int sb_netbox_branch_delete(struct sb_netbox *netbox, int64_t id, struct sb_error *err)
{
	sb_autofree char *path = path_of(id, "");
	sb_autojson *answer = NULL;
	int rc = path ? send_request(netbox, "DELETE", path, NULL, &answer, err)
		      : sb_fail(err, SB_E_NOMEM, "out of memory");

	return rc == SB_E_NOTFOUND ? 0 : rc;
}

int sb_netbox_branch_changes(struct sb_netbox *netbox, int64_t id, bool only_conflicts,
			     json_t **ret_rows, struct sb_error *err)
{
	char query[96];

	snprintf(query, sizeof(query), "branch_id=%" PRId64 "%s", id,
		 only_conflicts ? "&has_conflicts=true" : "");
	return sb_netbox_list_wait(netbox, "plugins/branching/changes", query, "", ret_rows, err);
}

int sb_netbox_branch_count(struct sb_netbox *netbox, int64_t id, int64_t *ret_n,
			   struct sb_error *err)
{
	sb_autojson *page = NULL;
	char path[128];
	int rc;

	snprintf(path, sizeof(path), "plugins/branching/changes/?limit=1&branch_id=%" PRId64, id);
	rc = sb_netbox_get_wait(netbox, path, &page, err);
	if (!rc && sb_json_int(page, "count", ret_n) < 0)
		rc = sb_fail(err, SB_E_SHAPE, "GET %s: no count in the answer", path);
	return rc;
}

/* Before 1.0.5 a merge on NetBox 4.6 removed custom fields that the branch had not changed, before
 * 1.1.3 a later change of main did not make a conflict (issues 588 and 624 of netbox-branching). */
static bool loses_values(const char *version)
{
	const char *patch = strrchr(version, '.');

	if (sb_netbox_version_at_least(version, 1, 2))
		return false;
	return !sb_netbox_version_at_least(version, 1, 1) || !patch ||
	       patch == strchr(version, '.') || strtol(patch + 1, NULL, 10) < 3;
}

bool sb_netbox_lacks_branches(const struct sb_netbox_caps *caps, struct sb_branch_lack *ret_lack)
{
	static const struct sb_branch_lack absent = {
		SB_E_CONFIG, "NetBox does not run the plugin netbox-branching",
		"install it, or set branching.mode to \"off\""};
	static const struct sb_branch_lack old = {SB_E_CONFIG,
						  "the plugin netbox-branching of NetBox is older "
						  "than 1.1.3, whose merges lose values",
						  "upgrade it, or set branching.mode to \"off\""};
	static const struct sb_branch_lack idle = {
		SB_E_BUSY, "NetBox runs no worker, which would provision and merge branches",
		"start one (netbox-rq)"};

	if (!*caps->branching_version)
		*ret_lack = absent;
	else if (loses_values(caps->branching_version))
		*ret_lack = old;
	else if (caps->workers < 1)
		*ret_lack = idle;
	else
		return false;
	return true;
}

int sb_netbox_branch_prove(struct sb_netbox *netbox, struct sb_error *err)
{
	static const char nobody[] = "00000000"; /* ids are random */
	sb_autojson *page = NULL;
	struct sb_error why = SB_ERROR_INIT;
	int rc = sb_netbox_use_branch(netbox, nobody, err);

	if (!rc)
		rc = sb_netbox_get_wait(netbox, "dcim/sites/?limit=1&fields=id", &page, &why);
	sb_netbox_use_branch(netbox, "", NULL);
	if (rc == SB_E_CONFLICT) /* as for a branch that was deleted */
		return 0;
	if (rc < 0 && why.http_status != 403 && why.http_status != 404) {
		if (err)
			*err = why;
		return sb_context(err, rc, "asking NetBox for a branch that does not exist");
	}
	return sb_fail(
		err, SB_E_STATE,
		"NetBox answers for main when it is asked for a branch that does not exist, so "
		"that nothing was written: the header X-NetBox-Branch does not arrive, which a "
		"proxy in front of NetBox has to pass on");
}

int sb_netbox_branch_act(struct sb_netbox *netbox, int64_t id, const char *action, bool acknowledge,
			 int64_t *ret_job, json_t **ret_conflicts, struct sb_error *err)
{
	sb_autobuf name = SB_BUF_INIT(64);
	sb_autofree char *path = NULL;
	sb_autojson *body = json_pack("{s:b}", "commit", 1), *answer = NULL;
	int rc;

	*ret_conflicts = NULL;
	if (sb_streq(action, "merge"))
		json_object_set_new(body, "acknowledge_conflicts", json_boolean(acknowledge));
	sb_buf_addf(&name, "%s/", action);
	path = path_of(id, sb_buf_str(&name));
	rc = path ? send_request(netbox, "POST", path, body, &answer, err)
		  : sb_fail(err, SB_E_NOMEM, "out of memory");
	if (rc == SB_E_CONFLICT && json_is_array(json_object_get(answer, "conflicts")))
		*ret_conflicts = json_incref(json_object_get(answer, "conflicts"));
	if (!rc && sb_json_int(answer, "id", ret_job) < 0)
		return sb_fail(err, SB_E_SHAPE, "POST %.150s: no job in the answer", path);
	return rc;
}

static int take_job(const json_t *row, struct sb_netbox_job *ret_job, struct sb_error *err)
{
	const char *status = sb_json_str(json_object_get(row, "status"), "value");

	if (sb_json_int(row, "id", &ret_job->id) < 0 || !status)
		return sb_fail(err, SB_E_SHAPE,
			       "/api/core/jobs/: a job in the answer has no id or no status");
	copy_text(ret_job->status, sizeof(ret_job->status), status);
	copy_text(ret_job->error, sizeof(ret_job->error), sb_json_str(row, "error"));
	return 0;
}

int sb_netbox_job_read(struct sb_netbox *netbox, int64_t id, struct sb_netbox_job *ret_job,
		       struct sb_error *err)
{
	sb_autojson *row = NULL;
	char path[64];
	int rc;

	snprintf(path, sizeof(path), "/api/core/jobs/%" PRId64 "/", id);
	rc = send_request(netbox, "GET", path, NULL, &row, err);
	return rc < 0 ? rc : take_job(row, ret_job, err);
}

int sb_netbox_job_find(struct sb_netbox *netbox, int64_t branch, struct sb_netbox_job *ret_job,
		       struct sb_error *err)
{
	sb_autojson *list = NULL;
	const json_t *row;
	int64_t of = 0;
	char path[160];
	size_t i;
	int rc;

	snprintf(path, sizeof(path),
		 "/api/core/jobs/?limit=100&ordering=-id&object_type=netbox_branching.branch"
		 "&object_id=%" PRId64,
		 branch);
	rc = send_request(netbox, "GET", path, NULL, &list, err);
	if (rc < 0)
		return rc;
	json_array_foreach (json_object_get(list, "results"), i, row) {
		sb_json_int(row, "object_id", &of);
		if (of == branch &&
		    sb_streq(sb_json_str(row, "object_type"), "netbox_branching.branch"))
			return take_job(row, ret_job, err);
	}
	return sb_fail(err, SB_E_NOTFOUND, "NetBox has no job of branch %" PRId64, branch);
}

bool sb_netbox_job_is_over(const struct sb_netbox_job *job)
{
	return sb_streq(job->status, "completed") || sb_streq(job->status, "errored") ||
	       sb_streq(job->status, "failed");
}
