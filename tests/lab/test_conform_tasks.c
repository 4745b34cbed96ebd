/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated Proxmox VE answers about the power of guests and about tasks as real servers did:
 * with the same status, reason phrase, members, types and texts. */
#include "test_pve.h"

#include "conform.h"

#define VM_101 "/nodes/pve1/qemu/101/status/" /* managed by HA */
#define VM_103 "/nodes/pve3/qemu/103/status/"
#define VM_104 "/nodes/pve1/qemu/104/status/"
#define VM_109 "/nodes/pve3/qemu/109/status/" /* stopped */
#define VM_111 "/nodes/pve2/qemu/111/status/" /* paused */
#define VM_114 "/nodes/pve2/qemu/114/status/" /* a template */
#define CT_102 "/nodes/pve2/lxc/102/status/"
#define CT_107 "/nodes/pve1/lxc/107/status/" /* stopped */
#define CT_122 "/nodes/pve1/lxc/122/status/" /* a template */
#define TASK   "/nodes/{node}/tasks/{upid}"
#define NONE   "UPID:pve1:00000001:00000001:6B000000:qmstart:100:root@pam:"
#define OTHER  "UPID:pve2:00000001:00000001:60000001:qmstart:1:root@pam:"

/* The state before a step. */
enum before {
	NEXT,          /* of the step before */
	NO_MORE_AUDIT, /* the same, without Sys.Audit */
	FRESH,         /* a new endpoint */
	LOCKED,
	NODE_OFF, /* pve2 */
	NO_QUORUM,
	NO_CRM,
	SLOW, /* tasks take 8 s */
	WARNING,
	BROKEN,
	NO_SYS_AUDIT,
};

enum user { WRITER, AUDITOR };

/* A recorded answer, by its id, and the equivalent request to the simulator. */
static const struct step {
	const char *id;
	enum before before;
	int wait_ms;
	enum user user;
	const char *method, *path, *body;
} steps[] = {
	{"829", FRESH, 0, AUDITOR, "POST", VM_103 "start", NULL},
	{"968", FRESH, 0, WRITER, "POST", "/nodes/pve1/qemu/999/status/start", NULL},
	{"969", NEXT, 200, AUDITOR, "GET", TASK "/status", NULL},
	{"970", NEXT, 0, AUDITOR, "GET", TASK "/log", NULL},
	{"977", FRESH, 0, WRITER, "POST", VM_109 "stop", NULL},
	{"978", NEXT, 200, AUDITOR, "GET", TASK "/status", NULL},
	{"979", NEXT, 0, AUDITOR, "GET", TASK "/log", NULL},
	{"980", NEXT, 0, WRITER, "POST", VM_109 "shutdown", NULL},
	{"981", NEXT, 200, AUDITOR, "GET", TASK "/status", NULL},
	{"982", NEXT, 0, AUDITOR, "GET", TASK "/log", NULL},
	{"983", NEXT, 0, WRITER, "POST", VM_109 "reboot", NULL},
	{"984", NEXT, 0, WRITER, "POST", VM_109 "suspend", NULL},
	{"985", NEXT, 0, WRITER, "POST", VM_109 "resume", NULL},
	{"987", LOCKED, 0, WRITER, "POST", VM_109 "start", NULL},
	{"988", NEXT, 200, AUDITOR, "GET", TASK "/status", NULL},
	{"989", NEXT, 0, AUDITOR, "GET", TASK "/log", NULL},
	{"858", FRESH, 0, WRITER, "PUT", "/nodes/pve3/qemu/103/config", "{bad"},
	{"1036", FRESH, 0, WRITER, "POST", CT_107 "stop", NULL},
	{"1051", NO_SYS_AUDIT, 0, AUDITOR, "GET", "/cluster/tasks", NULL},
	{"1052", NEXT, 0, WRITER, "GET", "/cluster/tasks", NULL},
	{"1061", FRESH, 0, AUDITOR, "GET", "/nodes/pve1/tasks/" NONE "/status", NULL},
	{"1062", NEXT, 0, AUDITOR, "GET", "/nodes/pve1/tasks/garbage/status", NULL},
	{"1063", NEXT, 0, AUDITOR, "GET", "/nodes/pve1/tasks/" NONE "/log", NULL},
	{"1064", NO_SYS_AUDIT, 0, AUDITOR, "GET", "/nodes/pve1/tasks/" NONE "/log", NULL},
	{"1105", FRESH, 0, WRITER, "POST", CT_122 "start", NULL},
	{"1106", NEXT, 200, AUDITOR, "GET", TASK "/status", NULL},
	{"1107", NEXT, 0, AUDITOR, "GET", TASK "/log", NULL},
	{"1246", FRESH, 0, WRITER, "POST", VM_101 "stop", NULL},
	{"1247", NEXT, 200, AUDITOR, "GET", TASK "/status", NULL},
	{"1248", NEXT, 0, AUDITOR, "GET", TASK "/log", NULL},
	{"1411", NO_QUORUM, 0, WRITER, "POST", VM_103 "stop", NULL},
	{"1452", FRESH, 0, WRITER, "POST", VM_103 "start", NULL},
	{"1453", NEXT, 200, AUDITOR, "GET", TASK "/status", NULL},
	{"1454", NEXT, 0, AUDITOR, "GET", TASK "/log", NULL},
	{"1467", NEXT, 0, WRITER, "POST", VM_103 "suspend", NULL},
	{"1468", NEXT, 200, AUDITOR, "GET", TASK "/status", NULL},
	{"1469", NEXT, 0, AUDITOR, "GET", TASK "/log", NULL},
	{"1473", NEXT, 0, WRITER, "POST", VM_103 "shutdown", "timeout=3"},
	{"1474", NEXT, 0, WRITER, "POST", VM_103 "resume", NULL},
	{"1475", NEXT, 200, AUDITOR, "GET", TASK "/status", NULL},
	{"1476", NEXT, 0, AUDITOR, "GET", TASK "/log", NULL},
	{"1478", NEXT, 0, WRITER, "POST", VM_103 "reset", NULL},
	{"1479", NEXT, 200, AUDITOR, "GET", TASK "/status", NULL},
	{"1480", NEXT, 0, AUDITOR, "GET", TASK "/log", NULL},
	{"more-257", FRESH, 0, WRITER, "POST", VM_109 "start", NULL},
	{"more-258", NEXT, 200, AUDITOR, "GET", TASK "/status", NULL},
	{"more-259", NEXT, 0, AUDITOR, "GET", TASK "/log", NULL},
	{"more-260", FRESH, 0, WRITER, "POST", VM_109 "reset", NULL},
	{"more-261", FRESH, 0, WRITER, "POST", VM_114 "start", NULL},
	{"more-262", NEXT, 200, AUDITOR, "GET", TASK "/status", NULL},
	{"more-263", NEXT, 0, AUDITOR, "GET", TASK "/log", NULL},
	{"more-264", NODE_OFF, 0, WRITER, "POST", "/nodes/pve2/qemu/108/status/start", NULL},
	{"more-266", SLOW, 0, WRITER, "POST", VM_109 "start", NULL},
	{"more-267", NEXT, 100, WRITER, "GET", TASK "/status", NULL},
	{"more-268", NEXT, 0, WRITER, "GET", TASK "/log", NULL},
	{"more-269", NEXT, 0, WRITER, "GET", "/nodes/pve3/tasks?source=active", NULL},
	{"more-271", NEXT, 8000, WRITER, "POST", VM_109 "start", NULL},
	{"more-272", NEXT, 8000, AUDITOR, "GET", TASK "/status", NULL},
	{"more-273", NEXT, 0, AUDITOR, "GET", TASK "/log", NULL},
	{"more-276", NEXT, 0, WRITER, "POST", VM_109 "stop", NULL},
	{"more-277", NEXT, 8000, AUDITOR, "GET", TASK "/status", NULL},
	{"more-278", NEXT, 0, AUDITOR, "GET", TASK "/log", NULL},
	{"more-279", NEXT, 0, WRITER, "POST", VM_109 "start", NULL},
	{"more-280", NEXT, 0, AUDITOR, "DELETE", TASK, NULL},
	{"more-281", NEXT, 0, WRITER, "DELETE", TASK, NULL},
	{"more-282", NEXT, 0, AUDITOR, "GET", TASK "/status", NULL},
	{"more-283", NEXT, 0, AUDITOR, "GET", TASK "/log", NULL},
	{"more-284", NEXT, 0, WRITER, "DELETE", TASK, NULL},
	{"more-301", NEXT, 0, AUDITOR, "GET", TASK "/status", NULL},
	{"more-302", NO_MORE_AUDIT, 0, AUDITOR, "GET", TASK "/status", NULL},
	{"more-285", WARNING, 0, WRITER, "POST", VM_109 "start", NULL},
	{"more-286", NEXT, 200, AUDITOR, "GET", TASK "/status", NULL},
	{"more-287", NEXT, 0, AUDITOR, "GET", TASK "/log", NULL},
	{"more-292", NEXT, 0, WRITER, "GET", "/nodes/pve3/tasks?statusfilter=warning", NULL},
	{"more-294", NEXT, 0, WRITER, "GET", "/nodes/pve3/tasks?statusfilter=unknown", NULL},
	{"more-288", BROKEN, 0, WRITER, "POST", VM_109 "start", NULL},
	{"more-289", NEXT, 200, AUDITOR, "GET", TASK "/status", NULL},
	{"more-300", NO_SYS_AUDIT, 0, AUDITOR, "GET", "/nodes/pve1/tasks", NULL},
	{"more-304", FRESH, 0, WRITER, "GET", "/nodes/pve1/tasks/" NONE "/status", NULL},
	{"more-305", NEXT, 0, WRITER, "GET", "/nodes/pve1/tasks/" OTHER "/status", NULL},
	{"more-306", NODE_OFF, 0, WRITER, "GET", "/nodes/pve2/tasks/" OTHER "/status", NULL},
	{"more-307", FRESH, 0, WRITER, "POST", VM_104 "reboot", "timeout=3"},
	{"more-308", NEXT, 200, AUDITOR, "GET", TASK "/status", NULL},
	{"more-309", NEXT, 0, AUDITOR, "GET", TASK "/log", NULL},
	{"more-323", NO_CRM, 0, WRITER, "POST", VM_101 "start", NULL},
	{"more-324", NEXT, 200, AUDITOR, "GET", TASK "/status", NULL},
	{"more-325", NEXT, 0, AUDITOR, "GET", TASK "/log", NULL},
	{"more-448", FRESH, 0, WRITER, "POST", CT_107 "start", NULL},
	{"more-449", NEXT, 200, AUDITOR, "GET", TASK "/status", NULL},
	{"more-451", NEXT, 0, WRITER, "POST", CT_107 "start", NULL},
	{"more-458", NEXT, 0, WRITER, "POST", CT_107 "reboot", "timeout=2"},
	{"more-459", NEXT, 200, AUDITOR, "GET", TASK "/status", NULL},
	{"more-461", NEXT, 0, WRITER, "POST", CT_107 "shutdown", "timeout=2&forceStop=1"},
	{"more-462", NEXT, 200, AUDITOR, "GET", TASK "/status", NULL},
	{"more-463", NEXT, 0, AUDITOR, "GET", TASK "/log", NULL},
	{"more-464", NEXT, 0, WRITER, "POST", CT_107 "shutdown", NULL},
	{"more-486", FRESH, 0, WRITER, "POST", CT_102 "stop", NULL},
	{"more-487", NEXT, 200, AUDITOR, "GET", TASK "/status", NULL},
	{"more-488", NEXT, 0, AUDITOR, "GET", TASK "/log", NULL},
	{"more-536", FRESH, 0, WRITER, "POST", VM_109 "start", NULL},
	{"more-540", FRESH, 0, WRITER, "POST", VM_103 "shutdown", "timeout=3"},
	{"more-548", FRESH, 0, WRITER, "POST", CT_107 "start", NULL},
	{"more-550", FRESH, 0, WRITER, "POST", CT_102 "stop", NULL},
	{"more-557", FRESH, 0, WRITER, "POST", VM_103 "stop", NULL},
};

/* The lab of the steps, and the last task that began there. */
struct walk {
	struct lab *lab;
	char upid[192];
};

static json_t *load_entries(void)
{
	sb_autojson *data = conform_load("pve-tasks.json");

	return json_incref(json_object_get(data, "entries"));
}

static json_t *entry_of(json_t *entries, const char *id)
{
	json_t *entry = row_with(entries, "id", id);

	if (!entry)
		fail_msg("%s is not recorded", id);
	return entry;
}

static void prepare_lab(struct lab *lab, enum before before)
{
	const char *fault = NULL, *arg = NULL;

	switch (before) {
	case LOCKED: set_field(lab, "lab/qemu/109", "lock", "backup"); break;
	case NODE_OFF:
		fault = "node-offline";
		arg = "pve2";
		break;
	case NO_QUORUM: fault = "no-quorum"; break;
	case NO_CRM: fault = "crm-stopped"; break;
	case NO_MORE_AUDIT:
	case NO_SYS_AUDIT: fault = "no-sys-audit"; break;
	case SLOW: lab_pve_plan_task(lab->pve, "task-slow", "8"); break;
	case WARNING:
		lab_pve_plan_task(lab->pve, "task-warn", "no physical CD-ROM available, ignoring");
		break;
	case BROKEN:
		lab_pve_plan_task(lab->pve, "task-fail", "start failed: QEMU exited with code 1");
		break;
	default: break;
	}
	if (fault)
		assert_int_equal(lab_pve_fault(lab->pve, fault, arg, true), 0);
}

static void end_walk(struct walk *walk)
{
	void *state = walk->lab;

	if (state)
		stop_lab(&state);
	walk->lab = NULL;
}

static void renew_lab(struct walk *walk, const json_t *entry)
{
	const char *release = json_string_value(json_object_get(entry, "release"));
	void *state = NULL;

	end_walk(walk);
	assert_int_equal(sb_streq(release, "8.4") ? start_cluster_8(&state) : start_cluster(&state),
			 0);
	walk->lab = state;
}

/* The path of a step: {node} and {upid} are those of the last task. */
static void write_path(const struct walk *walk, const char *form, char *path, size_t size)
{
	const char *upid = walk->upid;

	if (sb_starts_with(form, TASK))
		snprintf(path, size, "/nodes/%.*s/tasks/%s%s", (int)strcspn(upid + 5, ":"),
			 upid + 5, upid, form + strlen(TASK));
	else
		snprintf(path, size, "%s", form);
}

static bool is_time(const char *key)
{
	static const char *const keys[] = {"pid", "pstart", "starttime", "endtime"};

	for (size_t i = 0; i < SB_ARRAY_LEN(keys); i++)
		if (sb_streq(keys[i], key))
			return true;
	return false;
}

static void replace_word(struct sb_buf *text, const char *from, size_t len, const char *to)
{
	sb_autobuf out = SB_BUF_INIT(1 << 16);
	const char *rest = sb_buf_str(text), *at;
	char word[32];

	snprintf(word, sizeof(word), "%.*s", (int)len, from);
	while (len && (at = strstr(rest, word)) != NULL) {
		sb_buf_add_mem(&out, rest, (size_t)(at - rest));
		sb_buf_add(&out, to);
		rest = at + len;
	}
	sb_buf_add(&out, rest);
	sb_buf_reset(text);
	sb_buf_add(text, sb_buf_str(&out));
}

/* Replace the three numbers of a UPID, whose form is checked, by one word. */
static void replace_numbers(struct sb_buf *text)
{
	const char *node = sb_buf_str(text) + strlen("UPID:");
	const char *numbers = node + strcspn(node, ":"), *rest = numbers;
	sb_autobuf out = SB_BUF_INIT(1 << 10);

	for (int i = 0; i < 3; i++) {
		size_t len = strspn(rest + 1, "0123456789ABCDEF");

		assert_in_range(len, 8, i == 1 ? 9 : 8);
		rest += 1 + len;
		assert_int_equal(*rest, ':');
	}
	sb_buf_addf(&out, "UPID:%.*s:N%s", (int)(numbers - node), node, rest);
	sb_buf_reset(text);
	sb_buf_add(text, sb_buf_str(&out));
}

/* A text without the names that differ: node, guest and token. New reference. */
static json_t *plain_text(const char *value, const char *path)
{
	static const char *const before[] = {"/nodes/", "/qemu/", "/lxc/"};
	static const char *const words[] = {"NODE", "VMID", "VMID"};
	sb_autobuf text = SB_BUF_INIT(1 << 16);

	sb_buf_add(&text, value);
	if (sb_starts_with(value, "UPID:"))
		replace_numbers(&text);
	for (size_t i = 0; i < SB_ARRAY_LEN(before); i++) {
		const char *at = strstr(path, before[i]);

		if (at)
			replace_word(&text, at + strlen(before[i]),
				     strcspn(at + strlen(before[i]), "/?"), words[i]);
	}
	replace_word(&text, "!wri", 4, "!tok");
	return json_string(sb_streq(sb_buf_str(&text), "wri") ? "tok" : sb_buf_str(&text));
}

/* The path with the node and the guest of a UPID in it, for texts of its task. */
static void add_guest(const char *path, char *out, size_t size)
{
	const char *at = strstr(path, "UPID:");

	for (int i = 0; at && i < 6; i++)
		at = strchr(at, ':') + 1;
	if (at)
		snprintf(out, size, "%s/qemu/%.*s/", path, (int)strcspn(at, ":"), at);
	else
		snprintf(out, size, "%s", path);
}

/* A copy of an answer without what differs between two servers. New reference. */
static json_t *plain_answer(const json_t *value, const char *path)
{
	const char *upid = member_text((json_t *)value, "upid"), *key;
	char row_path[512];
	json_t *item, *copy;
	size_t i;

	/* The row of a list is about the guest of its task. */
	if (upid && !strstr(path, "UPID:")) {
		char of_row[400];

		snprintf(of_row, sizeof(of_row), "%.*s/%s", (int)strcspn(path, "?"), path, upid);
		add_guest(of_row, row_path, sizeof(row_path));
		path = row_path;
	}

	if (json_is_string(value))
		return plain_text(json_string_value(value), path);
	if (json_is_array(value)) {
		copy = json_array();
		json_array_foreach (value, i, item)
			json_array_append_new(copy, plain_answer(item, path));
		return copy;
	}
	if (!json_is_object(value))
		return json_incref((json_t *)value);
	copy = json_object();
	json_object_foreach ((json_t *)value, key, item)
		json_object_set_new(copy, key,
				    is_time(key) && json_is_integer(item)
					    ? json_integer(json_integer_value(item) > 0)
					    : plain_answer(item, path));
	return copy;
}

/* {"status", "reason", "answer"}, comparable. New reference. */
static json_t *make_comparable(json_t *status_take, const char *reason, const json_t *answer,
			       const char *path)
{
	char full[512];

	add_guest(path, full, sizeof(full));
	return json_pack("{s:o, s:o, s:o}", "status", status_take, "reason",
			 plain_text(reason, full), "answer",
			 json_is_null(answer) ? json_string("") : plain_answer(answer, full));
}

static json_t *wanted_of(const json_t *entry)
{
	return make_comparable(json_incref(json_object_get(entry, "status")),
			       json_string_value(json_object_get(entry, "reason")),
			       json_object_get(entry, "answer"),
			       json_string_value(json_object_get(entry, "path")));
}

/* Carry out a step. New reference to its answer, comparable. */
static json_t *take_step(struct walk *walk, const struct step *step, const json_t *entry)
{
	struct lab_request request = {.method = step->method,
				      .body = step->body,
				      .body_len = step->body ? strlen(step->body) : 0};
	struct lab_answer *answer;
	char path[256];
	const char *data;

	if (step->before >= FRESH)
		renew_lab(walk, entry);
	prepare_lab(walk->lab, step->before);
	write_path(walk, step->path, path, sizeof(path));
	walk->lab->passed_ms += step->wait_ms;
	request.authorization = step->user == WRITER ? "PVEAPIToken=" WRITE : "PVEAPIToken=" TOKEN;
	if (step->body && *step->body == '{')
		request.content_type = "application/json";
	ask_lab(walk->lab, &request, path);
	answer = &walk->lab->answer;
	data = json_string_value(json_object_get(answer->json, "data"));
	if (data && sb_starts_with(data, "UPID:"))
		snprintf(walk->upid, sizeof(walk->upid), "%s", data);

	sb_autojson *body = answer->json ? conform_wire(answer->json)
					 : json_string(answer->text ? answer->text : "");

	return make_comparable(json_integer(answer->status), answer->reason ? answer->reason : "OK",
			       body, path);
}

static void every_recorded_answer_about_tasks_is_reproduced(void **state)
{
	sb_autojson *entries = load_entries();
	struct walk walk = {0};
	size_t i, n_bad = 0;

	(void)state;
	for (i = 0; i < SB_ARRAY_LEN(steps); i++) {
		const json_t *entry = entry_of(entries, steps[i].id);
		struct conform_rules rules = {.text_fits = NULL};
		sb_autobuf out = SB_BUF_INIT(1 << 16);
		sb_autojson *want = wanted_of(entry);
		sb_autojson *have = take_step(&walk, &steps[i], entry);

		if (!conform_compare(&rules, want, have, &out))
			continue;
		print_error("%s: %s\n%s", steps[i].id, steps[i].path, sb_buf_str(&out));
		n_bad++;
	}
	end_walk(&walk);
	assert_int_equal(n_bad, 0);
	assert_int_equal(json_array_size(entries), SB_ARRAY_LEN(steps));
}

static void every_alteration_of_a_recorded_answer_is_detected(void **state)
{
	sb_autojson *entries = load_entries();
	sb_autobuf unseen = SB_BUF_INIT(1 << 20);
	size_t i, n_tried = 0, n_unseen = 0;
	struct walk walk = {0};

	(void)state;
	for (i = 0; i < SB_ARRAY_LEN(steps); i++) {
		const json_t *entry = entry_of(entries, steps[i].id);
		struct conform_rules rules = {.text_fits = NULL};
		sb_autojson *want = wanted_of(entry);
		sb_autojson *have = take_step(&walk, &steps[i], entry);

		n_unseen += conform_mutate(&rules, want, have, &n_tried, &unseen);
	}
	end_walk(&walk);
	if (n_unseen)
		print_error("%s", sb_buf_str(&unseen));
	assert_int_equal(n_unseen, 0);
	assert_true(n_tried > 10 * SB_ARRAY_LEN(steps));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_recorded_answer_about_tasks_is_reproduced),
		cmocka_unit_test(every_alteration_of_a_recorded_answer_is_detected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
