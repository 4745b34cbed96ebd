/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated Proxmox VE refuses like real servers, with the same status, reason phrase and body,
 * in every recorded case of the paths that the engine reads. */
#include "test_pve.h"

#include "conform_pve.h"

/* The way to make the simulator refuse. */
enum how {
	PLAIN,
	NO_TOKEN,
	WRONG_TOKEN,
	EXPIRED_TOKEN,
	NO_GUEST_AUDIT,
	NODE_OFF, /* pve2 */
	CONTAINER_STOPPED,
	VM_STOPPED,
	NO_AGENT,
	AGENT_DEAD,
	NO_SYS_AUDIT,
	NODE_FROZEN, /* pve2 */
	DAEMON_STOPPED,
	FILES_STOPPED,
	CEPH_ABSENT,
	CEPH_UNINITIALIZED,
};

/* A recorded refusal, by its number, and the equivalent request to the simulator. Its VM 101 is on
 * pve1, its container 102 on pve2. */
static const struct refusal {
	int seq;
	enum how how;
	const char *path;
} refusals[] = {
	{794, NO_TOKEN, "/version"},
	{795, WRONG_TOKEN, "/version"},
	{796, EXPIRED_TOKEN, "/version"},
	{797, EXPIRED_TOKEN, "/version"},
	{1382, NO_TOKEN, "/version"},
	{151, PLAIN, "/cluster/resources?type=network"},
	{152, PLAIN, "/cluster/nextid?vmid=101"},
	{156, PLAIN, "/cluster/nextid?vmid=abc"},
	{157, PLAIN, "/cluster/nextid?vmid=50"},
	{1348, PLAIN, "/cluster/nextid?vmid=101"},
	{181, PLAIN, "/nodes/pve1/network?type=bogus"},
	{131, NODE_OFF, "/nodes/pve2/qemu/200/config?current=1"},
	{133, NODE_OFF, "/nodes/pve2/lxc/102/config?current=1"},
	{135, PLAIN, "/nodes/pve2/qemu/101/config?current=1"},
	{138, PLAIN, "/nodes/pve1/lxc/101/config?current=1"},
	{140, PLAIN, "/nodes/pve1/qemu/99/config"},
	{292, PLAIN, "/nodes/pve1/qemu/101/config?snapshot=nosuch"},
	{293, PLAIN, "/nodes/pve1/qemu/101/config?snapshot=base&current=1"},
	{384, NO_GUEST_AUDIT, "/nodes/pve1/qemu/101/config?current=1"},
	{449, NO_GUEST_AUDIT, "/nodes/pve2/lxc/102/config?current=1"},
	{1332, PLAIN, "/nodes/pve2/qemu/999/config?current=1"},
	{1358, NO_GUEST_AUDIT, "/nodes/pve1/qemu/101/config?current=1"},
	{307, CONTAINER_STOPPED, "/nodes/pve2/lxc/102/interfaces"},
	{1330, CONTAINER_STOPPED, "/nodes/pve2/lxc/102/interfaces"},
	{334, NO_AGENT, "/nodes/pve1/qemu/101/agent/network-get-interfaces"},
	{335, VM_STOPPED, "/nodes/pve1/qemu/101/agent/network-get-interfaces"},
	{1224, PLAIN, "/access/permissions?userid=ops@pve"},
	{405, NO_SYS_AUDIT, "/cluster/status"},
	{413, NO_SYS_AUDIT, "/cluster/ha/status/current"},
	{1417, DAEMON_STOPPED, "/cluster/status"},
	{1389, NODE_FROZEN, "/nodes/pve2/qemu/200/config"},
	{1426, FILES_STOPPED, "/version"},
	{1427, FILES_STOPPED, "/cluster/status"},
	{1428, FILES_STOPPED, "/cluster/resources"},
	{1429, FILES_STOPPED, "/cluster/nextid"},
	{1432, FILES_STOPPED, "/nodes/pve2/qemu/200/config"},
	{1436, FILES_STOPPED, "/access/permissions"},
	{1438, FILES_STOPPED, "/cluster/options"},
	{1552, FILES_STOPPED, "/version"},
	{1553, FILES_STOPPED, "/cluster/resources"},
	{1554, FILES_STOPPED, "/cluster/status"},
	{1555, FILES_STOPPED, "/cluster/nextid?vmid=101"},
	{1442, AGENT_DEAD, "/nodes/pve1/qemu/101/agent/network-get-interfaces"},
	{49, CEPH_ABSENT, "/cluster/ceph/status"},
	{50, CEPH_ABSENT, "/cluster/ceph/metadata"},
	{51, CEPH_ABSENT, "/cluster/ceph/flags"},
	{112, CEPH_ABSENT, "/nodes/pve1/ceph/mon"},
	{113, CEPH_ABSENT, "/nodes/pve1/ceph/mgr"},
	{114, CEPH_ABSENT, "/nodes/pve1/ceph/mds"},
	{115, CEPH_ABSENT, "/nodes/pve1/ceph/fs"},
	{116, CEPH_ABSENT, "/nodes/pve1/ceph/pool"},
	{117, CEPH_ABSENT, "/nodes/pve1/ceph/osd"},
	{118, CEPH_ABSENT, "/nodes/pve1/ceph/rules"},
	{119, CEPH_ABSENT, "/nodes/pve1/ceph/status"},
	{120, CEPH_ABSENT, "/nodes/pve1/ceph/crush"},
	{425, NO_SYS_AUDIT, "/cluster/ceph/status"},
	{457, NO_SYS_AUDIT, "/nodes/pve1/ceph/mon"},
	{1312, CEPH_ABSENT, "/cluster/ceph/status"},
	{1339, CEPH_ABSENT, "/nodes/pve2/ceph/mon"},
	{14, CEPH_ABSENT, "/cluster/ceph/flags/noout"},
	{81, PLAIN, "/nodes/pve1/ceph/fs/x"},
	{82, PLAIN, "/nodes/pve1/ceph/mds/x"},
	{83, PLAIN, "/nodes/pve1/ceph/mgr/x"},
	{84, PLAIN, "/nodes/pve1/ceph/mon/x"},
	{87, CEPH_ABSENT, "/nodes/pve1/ceph/osd/0/metadata"},
	{89, CEPH_ABSENT, "/nodes/pve1/ceph/pool/x/status"},
	{558, CEPH_UNINITIALIZED, "/cluster/ceph/status"},
	{559, CEPH_UNINITIALIZED, "/cluster/ceph/flags"},
	{560, CEPH_UNINITIALIZED, "/cluster/ceph/metadata"},
	{561, CEPH_UNINITIALIZED, "/nodes/pve1/ceph/status"},
	{562, CEPH_UNINITIALIZED, "/nodes/pve1/ceph/mon"},
	{563, CEPH_UNINITIALIZED, "/nodes/pve1/ceph/mgr"},
	{564, CEPH_UNINITIALIZED, "/nodes/pve1/ceph/mds"},
	{565, CEPH_UNINITIALIZED, "/nodes/pve1/ceph/osd"},
	{566, CEPH_UNINITIALIZED, "/nodes/pve1/ceph/pool"},
	{567, CEPH_UNINITIALIZED, "/nodes/pve1/ceph/fs"},
	{568, CEPH_UNINITIALIZED, "/nodes/pve1/ceph/crush"},
	{569, CEPH_UNINITIALIZED, "/nodes/pve1/ceph/rules"},
	{573, CEPH_UNINITIALIZED, "/nodes/pve1/ceph/osd/0/metadata"},
	{574, CEPH_UNINITIALIZED, "/nodes/pve1/ceph/pool/x/status"},
	{576, NO_SYS_AUDIT, "/nodes/pve1/ceph/osd"},
	{577, NO_SYS_AUDIT, "/nodes/pve1/ceph/pool"},
};

static json_t *recorded_refusals(void)
{
	sb_autojson *data = conform_load("pve-answers.json");

	return json_incref(json_object_get(data, "refusals"));
}

static const struct refusal *question_of(const json_t *recorded)
{
	json_int_t seq = json_integer_value(json_object_get(recorded, "seq"));
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(refusals); i++)
		if (refusals[i].seq == seq)
			return &refusals[i];
	return NULL;
}

/* The word that follows another one in a path: "pve1" after "nodes/"; NULL without one. */
static const char *word_after(const char *path, const char *before, size_t *ret_len)
{
	const char *at = strstr(path, before);

	*ret_len = at ? strcspn(at + strlen(before), "/?&") : 0;
	return at ? at + strlen(before) : NULL;
}

static void replace_text(struct sb_buf *text, const char *from, size_t from_len, const char *to,
			 size_t to_len)
{
	sb_autobuf out = SB_BUF_INIT(1 << 16);
	const char *rest = sb_buf_str(text), *at;

	while (from_len && (at = strstr(rest, from)) != NULL) {
		sb_buf_add_mem(&out, rest, (size_t)(at - rest));
		sb_buf_add_mem(&out, to, to_len);
		rest = at + from_len;
	}
	sb_buf_add(&out, rest);
	sb_buf_reset(text);
	sb_buf_add(text, sb_buf_str(&out));
}

/* Replace node and guest in a recorded text by those of the simulator. */
static void translate_text(struct sb_buf *text, const json_t *recorded, const char *ours)
{
	static const char *const before[] = {"nodes/", "qemu/", "lxc/"};
	const char *theirs = json_string_value(json_object_get(recorded, "path"));
	const char *vmid =
		json_string_value(json_object_get(json_object_get(recorded, "params"), "vmid"));
	size_t i, len_ours, len_theirs;
	const char *mine, *word;
	char from[32];

	for (i = 0; i < SB_ARRAY_LEN(before); i++) {
		mine = word_after(ours, before[i], &len_ours);
		word = word_after(theirs, before[i], &len_theirs);
		if (!mine || !word)
			continue;
		snprintf(from, sizeof(from), "%.*s", (int)len_theirs, word);
		replace_text(text, from, len_theirs, mine, len_ours);
	}
	mine = word_after(ours, "vmid=", &len_ours);
	if (mine && vmid)
		replace_text(text, vmid, strlen(vmid), mine, len_ours);
}

static void prepare_lab(struct lab *lab, enum how how)
{
	switch (how) {
	case EXPIRED_TOKEN:
		assert_int_equal(lab_pve_fault(lab->pve, "token-expired", NULL, true), 0);
		break;
	case NO_SYS_AUDIT:
		assert_int_equal(lab_pve_fault(lab->pve, "no-sys-audit", NULL, true), 0);
		break;
	case NODE_FROZEN:
		assert_int_equal(lab_pve_fault(lab->pve, "node-frozen", "pve2", true), 0);
		break;
	case DAEMON_STOPPED:
		assert_int_equal(lab_pve_fault(lab->pve, "daemon-stopped", NULL, true), 0);
		break;
	case FILES_STOPPED:
		assert_int_equal(lab_pve_fault(lab->pve, "pmxcfs-stopped", NULL, true), 0);
		break;
	case CEPH_ABSENT: set_field(lab, "lab/ceph", "state", "absent"); break;
	case CEPH_UNINITIALIZED: set_field(lab, "lab/ceph", "state", "uninitialized"); break;
	case NO_GUEST_AUDIT:
		assert_int_equal(lab_pve_fault(lab->pve, "permission-filter", NULL, true), 0);
		break;
	case NODE_OFF:
		assert_int_equal(lab_pve_fault(lab->pve, "node-offline", "pve2", true), 0);
		break;
	case CONTAINER_STOPPED: set_field(lab, "lab/lxc/102", "status", "stopped"); break;
	case VM_STOPPED: set_field(lab, "lab/qemu/101", "status", "stopped"); break;
	case NO_AGENT: set_field(lab, "lab/qemu/101", "agent", ""); break;
	case AGENT_DEAD: set_field(lab, "lab/qemu/101", "agent-runs", "0"); break;
	default: break;
	}
}

/* {"status", "reason", "answer"} of the simulator's last answer. New reference. */
static json_t *answer_of(const struct lab *lab)
{
	const char *reason = lab->answer.reason ? lab->answer.reason : "OK";
	json_t *answer = lab->answer.json ? conform_wire(lab->answer.json)
					  : json_string(lab->answer.text ? lab->answer.text : "");

	return json_pack("{s:i, s:s, s:o}", "status", lab->answer.status, "reason", reason,
			 "answer", answer);
}

/* The recorded answer, with node and guest of the simulator. New reference. */
static json_t *wanted_of(const json_t *recorded, const char *path)
{
	sb_autojson *whole = json_pack(
		"{s:O, s:O, s:O}", "status", json_object_get(recorded, "status"), "reason",
		json_object_get(recorded, "reason"), "answer", json_object_get(recorded, "answer"));
	json_t *status = json_object_get(whole, "status"), *out;
	sb_autobuf text = SB_BUF_INIT(1 << 16);

	json_incref(status);
	json_object_del(whole, "status"); /* this number is not a guest */
	sb_buf_add_json(&text, whole);
	translate_text(&text, recorded, path);
	out = json_loads(sb_buf_str(&text), 0, NULL);
	assert_non_null(out);
	json_object_set_new(out, "status", status);
	return out;
}

/* Send the request to a new endpoint of the release. New reference to its answer. */
static json_t *ask_fresh_lab(const json_t *recorded, const struct refusal *refusal)
{
	const char *release = json_string_value(json_object_get(recorded, "release"));
	struct lab_request request = {.authorization = "PVEAPIToken=" TOKEN};
	void *state = NULL;
	struct lab *lab;
	json_t *out;

	assert_int_equal(sb_streq(release, "8.4") ? start_cluster_8(&state) : start_cluster(&state),
			 0);
	lab = state;
	prepare_lab(lab, refusal->how);
	if (refusal->how == NO_TOKEN)
		request.authorization = NULL;
	if (refusal->how == WRONG_TOKEN)
		request.authorization = "PVEAPIToken=sync@pve!aud=00000000-0000-0000-0000-00000000";
	ask_lab(lab, &request, refusal->path);
	out = answer_of(lab);
	stop_lab(&state);
	return out;
}

static void every_recorded_refusal_is_reproduced(void **state)
{
	sb_autojson *list = recorded_refusals();
	size_t i, n_bad = 0, n_alike = 0;
	json_t *recorded;

	(void)state;
	json_array_foreach (list, i, recorded) {
		const struct refusal *refusal = question_of(recorded);
		struct conform_rules rules = {.text_fits = NULL};
		sb_autobuf out = SB_BUF_INIT(1 << 16);

		if (!refusal)
			fail_msg("%s: not asked", member_text(recorded, "reason"));

		sb_autojson *want = wanted_of(recorded, refusal->path);
		sb_autojson *have = ask_fresh_lab(recorded, refusal);

		n_alike++;
		if (!conform_compare(&rules, want, have, &out))
			continue;
		print_error("%d: %s\n%s", refusal->seq, refusal->path, sb_buf_str(&out));
		n_bad++;
	}
	assert_int_equal(n_bad, 0);
	assert_int_equal(n_alike, SB_ARRAY_LEN(refusals));
}

static void every_alteration_of_a_recorded_refusal_is_detected(void **state)
{
	sb_autojson *list = recorded_refusals();
	sb_autobuf unseen = SB_BUF_INIT(1 << 20);
	size_t i, n_tried = 0, n_unseen = 0;
	json_t *recorded;

	(void)state;
	json_array_foreach (list, i, recorded) {
		const struct refusal *refusal = question_of(recorded);
		struct conform_rules rules = {.text_fits = NULL};

		if (!refusal)
			continue;

		sb_autojson *want = wanted_of(recorded, refusal->path);
		sb_autojson *have = ask_fresh_lab(recorded, refusal);

		n_unseen += conform_mutate(&rules, want, have, &n_tried, &unseen);
	}
	if (n_unseen)
		print_error("%s", sb_buf_str(&unseen));
	assert_int_equal(n_unseen, 0);
	assert_true(n_tried > 10 * SB_ARRAY_LEN(refusals));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_recorded_refusal_is_reproduced),
		cmocka_unit_test(every_alteration_of_a_recorded_refusal_is_detected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
