/* SPDX-License-Identifier: Apache-2.0 */
/* Shared objects are created under the lease of their NetBox, after a second look at their lists.
 */
#include "test_apply_fixture.h"

#define VM_TAGGED "{'name': 'g', 'cluster': 1, 'tags': [{'$ref': 'shared/tag/prod'}]}"

static int setup_shared(void **state)
{
	int rc = setup_apply(state);

	fx->run->netbox_instance = strdup("0-1");
	return rc;
}

static void plan_tagged_guest(void)
{
	add_op("tag", SB_CREATE, "shared/tag/prod", "shared", "{'name': 'prod', 'slug': 'prod'}",
	       NULL);
	add_op("vm", SB_CREATE, "lab/qemu/101", "t.guests", VM_TAGGED, NULL);
	add_op("vm", SB_CREATE, "lab/qemu/102", "t.guests", "{'name': 'h', 'cluster': 1}", NULL);
}

/* The position of the n-th event of that name; fails when there are fewer. */
static size_t event_at(const char *name, size_t n)
{
	const json_t *event;
	size_t i;

	json_array_foreach (io->events, i, event)
		if (sb_streq(sb_json_str(event, "ev"), name) && !n--)
			return i;
	fail_msg("no event %s", name);
	return 0;
}

static size_t count_events(const char *name)
{
	const json_t *event;
	size_t i, n = 0;

	json_array_foreach (io->events, i, event)
		n += sb_streq(sb_json_str(event, "ev"), name);
	return n;
}

/* The time at which the journal row of the first request for a kind was asked for. */
static int64_t request_ms(const char *kind)
{
	const json_t *event;
	size_t i;

	json_array_foreach (io->events, i, event)
		if (sb_streq(sb_json_str(event, "ev"), "request") &&
		    sb_streq(sb_json_str(event, "kind"), kind))
			return json_integer_value(json_object_get(event, "at_ms"));
	fail_msg("no request for %s", kind);
	return 0;
}

static void the_lease_is_held_from_before_the_first_to_after_the_last_create(void **state)
{
	(void)state;
	plan_tagged_guest();
	apply_plan();
	assert_all_done();
	assert_int_equal(count_events("lease"), 1);
	assert_int_equal(count_events("lease_end"), 1);
	assert_true(event_at("lease", 0) < event_at("request", 0));
	assert_true(event_at("lease_end", 0) < event_at("request", count_events("request") - 1));
	assert_string_equal(sb_json_str(json_array_get(io->events, event_at("lease", 0)), "netbox"),
			    "0-1");
}

static void an_object_that_another_run_created_meanwhile_is_used(void **state)
{
	size_t i;

	(void)state;
	json_object_set_new(io->rows, "extras/tags#77",
			    json_pack("{s:i, s:s, s:s}", "id", 77, "name", "prod", "slug", "prod"));
	plan_tagged_guest();
	apply_plan();
	assert_op("shared/tag/prod", SB_OP_ALREADY, NULL);
	assert_op("lab/qemu/101", SB_OP_DONE, NULL);
	assert_int_equal(count_requests("POST extras/tags"), 0);
	for (i = 0; i < io->n; i++) {
		const json_t *tags = json_object_get(json_array_get(io->log[i].body, 0), "tags");

		if (json_array_size(tags))
			assert_int_equal(json_integer_value(json_array_get(tags, 0)), 77);
	}
	assert_int_equal(count_events("lease_end"), 1);
}

static void only_what_needs_shared_objects_waits_for_another_run(void **state)
{
	(void)state;
	io->lease_at_ms = 90000;
	plan_tagged_guest();
	apply_plan();
	assert_all_done();
	assert_true(request_ms("vm") < 1000); /* lab/qemu/102 */
	assert_true(request_ms("tag") >= 90000);
}

static void creates_wait_until_a_request_of_a_dead_run_is_settled(void **state)
{
	(void)state;
	io->lease_since = 1750000000 - 30;
	plan_tagged_guest();
	apply_plan();
	assert_all_done();
	assert_true(request_ms("tag") >= 101000); /* settle is 130 s */
}

static void a_time_in_the_future_is_not_waited_for(void **state)
{
	(void)state;
	io->lease_since = 1750000000 + 86400; /* written while the clock was a day ahead */
	plan_tagged_guest();
	apply_plan();
	assert_all_done();
	assert_true(request_ms("tag") < 140000);
}

static void a_plan_without_new_shared_objects_takes_no_lease(void **state)
{
	(void)state;
	add_op("vm", SB_CREATE, "lab/qemu/102", "t.guests", "{'name': 'h', 'cluster': 1}", NULL);
	apply_plan();
	assert_all_done();
	assert_int_equal(count_events("lease"), 0);
	assert_int_equal(count_events("lease_end"), 0);
}

static void the_lease_is_given_back_when_a_create_is_refused(void **state)
{
	(void)state;
	io->refused = "prod";
	plan_tagged_guest();
	apply_plan();
	assert_op("shared/tag/prod", SB_OP_FAILED, NULL);
	assert_op("lab/qemu/102", SB_OP_DONE, NULL);
	assert_int_equal(count_events("lease_end"), 1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup_shared, teardown_apply)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_lease_is_held_from_before_the_first_to_after_the_last_create),
		T(an_object_that_another_run_created_meanwhile_is_used),
		T(only_what_needs_shared_objects_waits_for_another_run),
		T(creates_wait_until_a_request_of_a_dead_run_is_settled),
		T(a_time_in_the_future_is_not_waited_for),
		T(a_plan_without_new_shared_objects_takes_no_lease),
		T(the_lease_is_given_back_when_a_create_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
