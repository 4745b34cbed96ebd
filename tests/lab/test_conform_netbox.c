/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated NetBox answers every recorded case like NetBox 4.7.3 and has the same effect. */
#include "conform_netbox.h"

#include "stagebox/json.h"
#include "stagebox/types.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#define ALL_CASES 321

/* A case that the simulator answers differently, and the rule of NetBox that it omits. */
struct left_out {
	const char *name, *rule;
};

/* At most ten cases; currently none. */
static const struct left_out documented[] = {{NULL, NULL}};

_Static_assert(SB_ARRAY_LEN(documented) <= 10 + 1, "at most ten rules are left out");

static const char *rule_left_out(const char *name)
{
	size_t i;

	for (i = 0; documented[i].name; i++)
		if (sb_streq(documented[i].name, name))
			return documented[i].rule;
	return NULL;
}

static int fill_netbox(void **state)
{
	struct replay *replay = calloc(1, sizeof(*replay));

	*state = replay;
	if (!replay)
		return -1;
	replay_begin(replay, "4.7", false);
	return 0;
}

static int fill_used(void **state)
{
	struct replay *replay = calloc(1, sizeof(*replay));

	*state = replay;
	if (!replay)
		return -1;
	replay_begin(replay, "4.7", true);
	return 0;
}

static int empty_netbox(void **state)
{
	replay_end(*state);
	free(*state);
	return 0;
}

/* Check one case. Documented differences are not counted, but they must exist. */
static size_t check_case(struct replay *replay, const json_t *item)
{
	sb_autobuf out = SB_BUF_INIT(1 << 22);
	const char *name = sb_json_str(item, "name"), *rule = rule_left_out(name);
	size_t n = replay_case(replay, item, &out);

	if (rule && n) {
		print_message("# %s differs: the simulator omits a rule: %s\n", name, rule);
		return 0;
	}
	if (rule)
		print_error("%s: as recorded, but documented as different\n", name);
	if (n)
		print_error("%s: %zu differences\n%s", name, n, sb_buf_str(&out));
	return n || rule ? 1 : 0;
}

static bool is_of(const json_t *item, const char *group)
{
	const char *name = sb_json_str(item, "name");
	size_t len = strcspn(name, "-");

	return strlen(group) == len && strncmp(name, group, len) == 0;
}

/* Check the next cases of the recording that belong to the group. */
static void check_group(struct replay *replay, const char *group, size_t n_wanted)
{
	const json_t *cases = json_object_get(replay->data, "cases"), *item;
	size_t n_bad = 0, n = 0;

	while ((item = json_array_get(cases, replay->next)) && is_of(item, group)) {
		n_bad += check_case(replay, item);
		replay->next++;
		n++;
	}
	assert_int_equal(n, n_wanted);
	assert_int_equal(n_bad, 0);
}

/* One test for each group, in the order of the recording, because each case depends on the state
 * that the earlier ones leave. */
#define GROUPS(X)                                                                                  \
	X(cluster_types, "clustertype", 16)                                                        \
	X(clusters, "cluster", 22)                                                                 \
	X(virtual_machine_types, "vmtype", 9)                                                      \
	X(virtual_machines, "vm", 58)                                                              \
	X(vm_interfaces, "vminterface", 27)                                                        \
	X(virtual_disks, "virtualdisk", 16)                                                        \
	X(mac_addresses, "mac", 18)                                                                \
	X(ip_addresses, "ip", 23)                                                                  \
	X(sites, "site", 9)                                                                        \
	X(manufacturers, "manufacturer", 7)                                                        \
	X(device_types, "devicetype", 8)                                                           \
	X(device_roles, "role", 8)                                                                 \
	X(platforms, "platform", 7)                                                                \
	X(devices, "device", 18)                                                                   \
	X(interfaces, "interface", 19)                                                             \
	X(vlans, "vlan", 10)                                                                       \
	X(prefixes, "prefix", 8)                                                                   \
	X(tenants, "tenant", 7)                                                                    \
	X(tags, "tag", 7)                                                                          \
	X(custom_fields, "customfield", 11)                                                        \
	X(choice_sets, "choiceset", 1)                                                             \
	X(journal_entries, "journal", 8)                                                           \
	X(a_deleted_vm_and_what_goes_with_it, "vm", 3)                                             \
	X(a_cluster_that_is_still_in_use, "cluster", 1)

#define TEST(rule, group, n)                                                                       \
	static void rule##_answer_as_recorded(void **state)                                        \
	{                                                                                          \
		check_group(*state, group, n);                                                     \
	}
GROUPS(TEST)

static void every_recorded_case_was_sent(void **state)
{
	const struct replay *replay = *state;

	assert_int_equal(replay->next, ALL_CASES);
	assert_int_equal(json_array_size(json_object_get(replay->data, "cases")), ALL_CASES);
}

/* The answers must follow from rules, not from the ids, times and addresses of the recording. */
static void every_case_holds_with_other_ids(void **state)
{
	struct replay *replay = *state;
	const json_t *item;
	size_t n_bad = 0;

	json_array_foreach (json_object_get(replay->data, "cases"), replay->next, item)
		n_bad += check_case(replay, item);
	assert_int_equal(replay->next, ALL_CASES);
	assert_int_equal(n_bad, 0);
}

static void every_alteration_of_every_recorded_answer_is_detected(void **state)
{
	struct replay *replay = *state;
	struct conform_rules rules = replay_rules(replay);
	sb_autobuf unseen = SB_BUF_INIT(1 << 22);
	size_t n_tried = 0, n_unseen = 0;
	const json_t *item;

	replay->answers_only = true;
	json_array_foreach (json_object_get(replay->data, "cases"), replay->next, item) {
		size_t tried_before = n_tried, n;

		assert_int_equal(check_case(replay, item), 0);
		n = conform_mutate(&rules, replay->want, replay->have, &n_tried, &unseen);
		if (n)
			print_error("%s\n%s", sb_json_str(item, "name"), sb_buf_str(&unseen));
		n_unseen += n;
		assert_true(n_tried >= tried_before + 6); /* status and answer: less, type, value */
	}
	assert_true(n_tried > 20 * ALL_CASES);
	assert_int_equal(n_unseen, 0);
}

/* Another client writes between the answer and the check of its effect. */
static void write_between(struct replay *replay, const char *method, const char *path,
			  const char *text, int wanted)
{
	sb_autojson *body = text ? json_loads(text, 0, NULL) : NULL, *answer = NULL;

	assert_int_equal(replay_ask(replay, method, path, body, NULL, &answer), wanted);
}

static void make_a_tag(struct replay *replay)
{
	write_between(replay, "POST", "/api/extras/tags/",
		      "{\"name\": \"between\", \"slug\": \"between\"}", 201);
}

static void delete_the_new_one(struct replay *replay)
{
	write_between(replay, "DELETE", "/api/virtualization/cluster-types/$clustertype-create/",
		      NULL, 204);
}

static void change_the_new_one(struct replay *replay)
{
	write_between(replay, "PATCH", "/api/virtualization/cluster-types/$clustertype-create/",
		      "{\"description\": \"\"}", 200);
}

static void make_another_one(struct replay *replay)
{
	write_between(replay, "POST", "/api/virtualization/cluster-types/",
		      "{\"name\": \"between\", \"slug\": \"between\"}", 201);
}

/* Create the object that the case deleted again: it gets another id, but the list is as long as
 * before. */
static void make_it_again(struct replay *replay)
{
	write_between(replay, "POST", "/api/virtualization/cluster-types/",
		      "{\"name\": \"KVM\", \"slug\": \"kvm\"}", 201);
}

static void an_effect_that_differs_from_the_answer_is_detected(void **state)
{
	static const struct {
		const char *name;
		void (*between)(struct replay *replay);
		const char *line;
	} effects[] = {
		{"clustertype-create-missing", make_a_tag, "the state has changed: extras/tags"},
		{"clustertype-create", delete_the_new_one, "read afterwards: 404"},
		{"clustertype-create", change_the_new_one, "description: recorded \"x\""},
		{"clustertype-create-dup", make_another_one, "the list has +1 objects"},
		{"clustertype-delete", make_it_again, "the list has +0 objects"},
	};
	struct replay *replay = *state;
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(effects); i++) {
		sb_autobuf out = SB_BUF_INIT(1 << 22);

		replay->between = effects[i].between;
		if (replay_case(replay, replay_find(replay, effects[i].name), &out) == 0)
			fail_msg("%s: no difference detected", effects[i].name);
		if (!strstr(sb_buf_str(&out), effects[i].line))
			fail_msg("%s: no \"%s\" in\n%s", effects[i].name, effects[i].line,
				 sb_buf_str(&out));
	}
}

/* The report of a difference names its place and the case. */
static void a_difference_is_shown_with_the_case_and_both_answers(void **state)
{
	struct replay *replay = *state;
	sb_autojson *item = json_deep_copy(replay_find(replay, "clustertype-create-dup"));
	sb_autobuf out = SB_BUF_INIT(1 << 22);

	json_array_set_new(json_object_get(json_object_get(item, "answer"), "slug"), 0,
			   json_string("taken"));
	assert_int_equal(replay_case(replay, item, &out), 1);
	assert_non_null(strstr(sb_buf_str(&out), "answer.slug.0: recorded \"taken\", answered"));
	assert_non_null(strstr(sb_buf_str(&out), "of clustertype-create-dup: POST /api/"));
	assert_non_null(strstr(sb_buf_str(&out), "recorded: {"));
	assert_non_null(strstr(sb_buf_str(&out), "answered: {"));
}

#define ENTRY(rule, group, n) cmocka_unit_test(rule##_answer_as_recorded),

int main(void)
{
	const struct CMUnitTest recorded[] = {
		GROUPS(ENTRY) cmocka_unit_test(every_recorded_case_was_sent),
	};
	const struct CMUnitTest itself[] = {
		cmocka_unit_test_setup_teardown(every_case_holds_with_other_ids, fill_used,
						empty_netbox),
		cmocka_unit_test_setup_teardown(
			every_alteration_of_every_recorded_answer_is_detected, fill_netbox,
			empty_netbox),
		cmocka_unit_test_setup_teardown(an_effect_that_differs_from_the_answer_is_detected,
						fill_netbox, empty_netbox),
		cmocka_unit_test_setup_teardown(
			a_difference_is_shown_with_the_case_and_both_answers, fill_netbox,
			empty_netbox),
	};
	int failed = cmocka_run_group_tests(recorded, fill_netbox, empty_netbox);

	return failed + cmocka_run_group_tests(itself, NULL, NULL);
}
