/* SPDX-License-Identifier: Apache-2.0 */
/* Guests, requests and expectations for tests of tasks. */
#pragma once

#include "test_pve.h"

#define VM_101 "/nodes/pve1/qemu/101/status/" /* runs, managed by HA */
#define VM_103 "/nodes/pve3/qemu/103/status/" /* runs */
#define VM_109 "/nodes/pve3/qemu/109/status/" /* stopped */
#define CT_102 "/nodes/pve2/lxc/102/status/"  /* runs */
#define CT_107 "/nodes/pve1/lxc/107/status/"  /* stopped */

SB_UNUSED static char upid[192]; /* of the last task */

/* Send a request with the token that may write. */
SB_UNUSED static int send_as_writer(struct lab *lab, const char *method, const char *path,
				    const char *body)
{
	struct lab_request request = {.method = method,
				      .authorization = "PVEAPIToken=" WRITE,
				      .body = body,
				      .body_len = body ? strlen(body) : 0};

	ask_lab(lab, &request, path);
	return lab->answer.status;
}

SB_UNUSED static int post(struct lab *lab, const char *path, const char *body)
{
	return send_as_writer(lab, "POST", path, body);
}

/* Begin a task; its UPID is in upid. */
SB_UNUSED static void begin(struct lab *lab, const char *path, const char *body)
{
	assert_int_equal(post(lab, path, body), 200);
	snprintf(upid, sizeof(upid), "%s", member_text(lab->answer.json, "data"));
}

SB_UNUSED static json_t *get_as_writer(struct lab *lab, const char *path)
{
	send_as_writer(lab, "GET", path, NULL);
	return json_object_get(lab->answer.json, "data");
}

SB_UNUSED static void pass_ms(struct lab *lab, int64_t ms)
{
	lab->passed_ms += ms;
}

/* The path of something of a task, on the node in its UPID. */
SB_UNUSED static const char *path_of(const char *of, const char *what)
{
	static char path[256];

	snprintf(path, sizeof(path), "/nodes/%.*s/tasks/%s%s", (int)strcspn(of + 5, ":"), of + 5,
		 of, what);
	return path;
}

/* The exit state of a task, NULL while it runs. */
SB_UNUSED static const char *exit_of(struct lab *lab, const char *of)
{
	json_t *data = get_as_writer(lab, path_of(of, "/status"));

	assert_int_equal(lab->answer.status, 200);
	return member_text(data, "exitstatus");
}

/* End the last task and expect its exit state. */
SB_UNUSED static void assert_ends(struct lab *lab, const char *expected)
{
	pass_ms(lab, 200);
	assert_non_null(exit_of(lab, upid));
	assert_string_equal(exit_of(lab, upid), expected);
}

SB_UNUSED static void assert_line(struct lab *lab, size_t n, const char *expected)
{
	json_t *line = json_array_get(get_as_writer(lab, path_of(upid, "/log")), n);

	assert_string_equal(member_text(line, "t"), expected);
	assert_int_equal(json_integer_value(json_object_get(line, "n")), n + 1);
}

/* The status of a guest by its path of commands. */
SB_UNUSED static const char *status_by(struct lab *lab, const char *guest)
{
	char path[96];

	snprintf(path, sizeof(path), "%scurrent", guest);
	return member_text(get_data(lab, path), "status");
}

SB_UNUSED static void assert_refusal(struct lab *lab, const char *path, const char *body,
				     int status, const char *reason)
{
	assert_int_equal(post(lab, path, body), status);
	assert_string_equal(lab->answer.reason, reason);
}

SB_UNUSED static void assert_parameter(struct lab *lab, const char *path, const char *body,
				       const char *name, const char *text)
{
	assert_int_equal(post(lab, path, body), 400);
	assert_string_equal(member_text(json_object_get(lab->answer.json, "errors"), name), text);
}

SB_UNUSED static void plan(struct lab *lab, const char *kind, const char *arg)
{
	assert_int_equal(lab_pve_plan_task(lab->pve, kind, arg), 0);
}
