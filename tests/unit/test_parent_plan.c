/* SPDX-License-Identifier: Apache-2.0 */
/* The plan document of several jobs: how old it is, which modules made it, and whether it may be
 * applied. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/plan_document.h"
#include "parent/jobs.h"
#include "stagebox/json.h"

static struct sb_error err;

/* The jobs of two endpoints, without processes. hash: of the file of module "two" in the second
 * job. */
static void fill_jobs(struct sb_jobs *jobs, const json_t *conf, const char *hash)
{
	const struct sb_jobs_request request = {
		.mode = SB_JOB_PLAN, .conf = conf, .program = "0.2.0", .conf_hash = "cc"};
	struct sb_job_result *result;

	sb_jobs_init(jobs, &request);
	jobs->outcomes = calloc(2, sizeof(*jobs->outcomes));
	jobs->n = 2;
	jobs->outcomes[0].slug[0] = 'a';
	result = &jobs->outcomes[0].result;
	result->now_s = 2000;
	result->plan = json_pack("{s:s, s:[]}", "netbox", "n", "ops");
	result->files = json_pack("{s:s, s:s}", "one", "11", "two", "22");
	jobs->outcomes[1].slug[0] = 'b';
	result = &jobs->outcomes[1].result;
	result->now_s = 1000;
	result->plan = json_pack("{s:s, s:[]}", "netbox", "n", "ops");
	result->files = json_pack("{s:s, s:s}", "one", "11", "two", hash);
}

static json_t *make_plan(const json_t *conf)
{
	struct sb_jobs jobs;
	json_t *doc = NULL;
	bool is_complete = false;

	fill_jobs(&jobs, conf, "22");
	assert_int_equal(sb_jobs_plan(&jobs, NULL, &doc, &is_complete, &err), 0);
	assert_true(is_complete);
	sb_jobs_finish(&jobs);
	return doc;
}

static json_int_t number_in(const json_t *doc, const char *name)
{
	return json_integer_value(json_object_get(json_object_get(doc, "envelope"), name));
}

static void a_plan_is_as_old_as_its_first_job(void **state)
{
	sb_autojson *doc = make_plan(NULL);

	(void)state;
	assert_int_equal(number_in(doc, "created"), 1000);
}

static void it_may_be_applied_as_long_as_the_configuration_says(void **state)
{
	sb_autojson *conf = json_pack("{s:{s:i}}", "limits", "plan_expires_s", 60);
	sb_autojson *doc = make_plan(conf), *other = make_plan(NULL);

	(void)state;
	assert_int_equal(number_in(doc, "expires"), 1060);
	assert_int_equal(number_in(other, "expires"), 1000 + 30 * 86400);
}

static void its_envelope_has_program_modules_and_configuration(void **state)
{
	sb_autojson *doc = make_plan(NULL);
	sb_autojson *modules = json_pack("{s:s, s:s}", "one", "11", "two", "22");
	const json_t *envelope = json_object_get(doc, "envelope");

	(void)state;
	assert_string_equal(sb_json_str(envelope, "target"), "main");
	assert_string_equal(sb_json_str(envelope, "program"), "0.2.0");
	assert_true(json_equal(json_object_get(envelope, "modules"), modules));
	assert_string_equal(sb_json_str(json_object_get(envelope, "fingerprints"), "configuration"),
			    "cc");
	assert_int_equal(json_object_size(json_object_get(doc, "hashes")), 2);
}

static void a_module_that_is_replaced_between_two_jobs_ends_the_plan(void **state)
{
	struct sb_jobs jobs;
	json_t *doc = NULL;
	bool is_complete;

	(void)state;
	fill_jobs(&jobs, NULL, "33");
	assert_int_equal(sb_jobs_plan(&jobs, NULL, &doc, &is_complete, &err), SB_E_STATE);
	assert_null(doc);
	assert_non_null(strstr(err.text, "module \"two\""));
	sb_jobs_finish(&jobs);
}

static void a_plan_that_has_expired_starts_no_job(void **state)
{
	const struct sb_jobs_request request = {.mode = SB_JOB_APPLY, .program = "0.2.0"};
	sb_autojson *doc = make_plan(NULL);
	struct sb_jobs jobs;

	(void)state;
	sb_jobs_init(&jobs, &request);
	assert_int_equal(sb_jobs_apply(&jobs, doc, NULL, &err), SB_E_REFUSED);
	assert_int_equal(jobs.n, 0);
	assert_non_null(strstr(err.text, "expired at 1970-01-31 00:16:40 UTC"));
	sb_jobs_finish(&jobs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plan_is_as_old_as_its_first_job),
		cmocka_unit_test(it_may_be_applied_as_long_as_the_configuration_says),
		cmocka_unit_test(its_envelope_has_program_modules_and_configuration),
		cmocka_unit_test(a_module_that_is_replaced_between_two_jobs_ends_the_plan),
		cmocka_unit_test(a_plan_that_has_expired_starts_no_job),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
