/* SPDX-License-Identifier: Apache-2.0 */
/* Where the jobs of a plan write: rules of job_target.h. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "parent/job_target.h"
#include "stagebox/json.h"

static json_t *parse_text(const char *text)
{
	json_t *value = json_loads(text, 0, NULL);

	assert_non_null(value);
	return value;
}

static json_t *make_plan(const char *policy, bool merges)
{
	return json_pack("{s:{s:{s:s, s:s, s:b, s:i, s:i}}}", "envelope", "target", "branch",
			 "blue", "on_conflict", policy, "merge", (int)merges, "keep_days", 7,
			 "wait_s", 60);
}

/* The options of the branch of a plan with ops of qemu, where the targets are configured so. */
static json_t *find_target(const char *policy, bool merges, const char *configured)
{
	sb_autojson *doc = make_plan(policy, merges), *targets = parse_text(configured);
	sb_autojson *endpoint = parse_text("{\"ops\": [{\"stage\": \"qemu.guests\"}]}");
	sb_autojson *target = sb_job_target_of_plan(doc, endpoint, targets);

	assert_non_null(target);
	return json_incref(json_object_get(target, "branch"));
}

static void assert_options(const json_t *branch, const char *policy, bool merges)
{
	assert_string_equal(sb_json_str(branch, "on_conflict"), policy);
	assert_int_equal(sb_json_bool(branch, "merge", !merges), merges);
	assert_string_equal(sb_json_str(branch, "prefix"), "blue");
}

static void a_plan_goes_where_it_says(void **state)
{
	sb_autojson *branch = find_target("acknowledge", true, "[]");

	(void)state;
	assert_options(branch, "acknowledge", true);
}

static void a_plan_acknowledges_no_conflicts_on_which_the_configuration_fails(void **state)
{
	sb_autojson *branch =
		find_target("acknowledge", true,
			    "[{\"modules\": [\"lxc\"]}, {\"modules\": [\"qemu\", \"ha\"],"
			    " \"branch\": {\"on_conflict\": \"fail\", \"merge\": true}}]");

	(void)state;
	assert_options(branch, "fail", true);
}

static void a_plan_merges_nothing_that_the_configuration_leaves_for_review(void **state)
{
	sb_autojson *branch =
		find_target("fail", true,
			    "[{\"modules\": [\"qemu\"], \"branch\":"
			    " {\"on_conflict\": \"acknowledge\", \"merge\": false}}]");

	(void)state;
	assert_options(branch, "fail", false);
}

static void options_of_other_modules_do_not_count(void **state)
{
	sb_autojson *branch = find_target("acknowledge", true,
					  "[{\"modules\": [\"lxc\"], \"branch\":"
					  " {\"on_conflict\": \"fail\", \"merge\": false}}]");

	(void)state;
	assert_options(branch, "acknowledge", true);
}

static void a_plan_for_main_has_no_options(void **state)
{
	sb_autojson *doc = parse_text("{\"envelope\": {\"target\": \"main\"}}");

	(void)state;
	assert_null(sb_job_target_of_plan(doc, NULL, NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plan_goes_where_it_says),
		cmocka_unit_test(a_plan_acknowledges_no_conflicts_on_which_the_configuration_fails),
		cmocka_unit_test(a_plan_merges_nothing_that_the_configuration_leaves_for_review),
		cmocka_unit_test(options_of_other_modules_do_not_count),
		cmocka_unit_test(a_plan_for_main_has_no_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
