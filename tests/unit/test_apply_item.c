/* SPDX-License-Identifier: Apache-2.0 */
/* Ops of several stages for one object share an item of a request, and each has its own outcome. */
#include "test_apply_fixture.h"

#include "run/refusal.h"

#define VMS "virtualization/virtual-machines"

/* A guest of NetBox as the plan knows it. */
static void put_guest(unsigned id, const char *stored_key)
{
	char key[32], text[300], place[64];

	snprintf(key, sizeof(key), "lab/qemu/%u", 100 + id);
	snprintf(text, sizeof(text),
		 "{'id': %u, 'name': 'g%u', 'memory': 256, 'serial': '', 'comments': '',"
		 " 'custom_fields': {'stagebox_key': %s%s%s}}",
		 id, id, stored_key ? "'" : "", stored_key ? stored_key : "null",
		 stored_key ? "'" : "");
	snprintf(place, sizeof(place), VMS "#%u", id);
	json_object_set_new(io->rows, place, parse_quoted(text));
	put_netbox("vm", key, text);
}

static struct sb_op *add_update(unsigned id, const char *stage, const char *set, const char *was)
{
	struct sb_op *op;
	char key[32];

	snprintf(key, sizeof(key), "lab/qemu/%u", 100 + id);
	op = add_op("vm", SB_UPDATE, key, stage, set, was);
	op->target = id;
	return op;
}

/* Guest 1, whose owner changes the memory, and a second stage the serial number. */
static void two_stages(const char *memory, const char *serial)
{
	char set[100];

	put_guest(1, "lab/qemu/101");
	snprintf(set, sizeof(set), "{'memory': %s}", memory);
	add_update(1, "t.guests", set, "{'memory': 256}");
	snprintf(set, sizeof(set), "{'serial': '%s'}", serial);
	add_update(1, "t.primary", set, "{'serial': ''}");
}

static void refuse_value(const char *field, const char *value, const char *how)
{
	io->bad_field = field;
	io->bad_value = value;
	io->how = how;
	io->words = "refused";
}

static const json_t *row_of(unsigned id)
{
	char place[64];

	snprintf(place, sizeof(place), VMS "#%u", id);
	return json_object_get(io->rows, place);
}

static void assert_update(const char *stage, enum sb_op_state state)
{
	const struct sb_op *op = update_of(stage, "lab/qemu/101");

	if (op->state != state)
		fail_msg("%s: state %d, not %d: %s", stage, (int)op->state, (int)state,
			 op->cause ? op->cause : "no cause");
}

static size_t count_left_out(const char *stage)
{
	sb_autojson *entries = sb_left_out_entries(fx->run, stage);

	return json_array_size(entries);
}

/* The journal row of a request. */
static const json_t *journal_of(size_t request)
{
	const json_t *event;
	size_t i, n = 0;

	json_array_foreach (io->events, i, event)
		if (sb_streq(sb_json_str(event, "ev"), "request") && n++ == request)
			return event;
	fail_msg("no journal row of request %zu", request);
	return NULL;
}

static void ops_of_two_stages_for_one_object_are_one_item(void **state)
{
	const json_t *keys;

	(void)state;
	two_stages("512", "abc");
	apply_plan();
	assert_all_done();
	assert_int_equal(count_requests("PATCH " VMS), 1);
	assert_int_equal(count_requests("GET " VMS), 1);
	assert_json(row_of(1), "{'id': 1, 'name': 'g1', 'memory': 512, 'serial': 'abc',"
			       " 'comments': '', 'custom_fields': {'stagebox_key': 'lab/qemu/101'},"
			       " 'changelog_message': 'stagebox run 0: t.guests, t.primary'}");
	keys = json_object_get(journal_of(0), "keys");
	assert_int_equal(json_array_size(keys), 2);
	assert_json(json_object_get(json_array_get(keys, 0), "sent"), "{'memory': 512, 'id': 1}");
	assert_json(json_object_get(json_array_get(keys, 1), "sent"), "{'serial': 'abc', 'id': 1}");
}

static void a_third_stage_is_in_the_same_item(void **state)
{
	(void)state;
	two_stages("512", "abc");
	add_update(1, "t.ips", "{'comments': 'c'}", "{'comments': ''}");
	apply_plan();
	assert_all_done();
	assert_int_equal(count_requests("PATCH " VMS), 1);
	assert_string_equal(sb_json_str(row_of(1), "comments"), "c");
}

static void ops_that_set_the_same_field_are_sent_one_after_the_other(void **state)
{
	(void)state;
	put_guest(1, "lab/qemu/101");
	add_update(1, "t.ips", "{'memory': 1}", "{'memory': 256}");
	add_update(1, "t.guests", "{'memory': 2}", "{'memory': 1}");
	apply_plan();
	assert_all_done();
	assert_int_equal(count_requests("PATCH " VMS), 2);
	assert_int_equal(json_integer_value(json_object_get(row_of(1), "memory")), 2);
}

static void a_field_that_netbox_names_costs_only_the_op_that_sets_it(void **state)
{
	(void)state;
	two_stages("512", "BAD");
	refuse_value("serial", "\"BAD\"", "field");
	apply_plan();
	assert_update("t.guests", SB_OP_DONE);
	assert_update("t.primary", SB_OP_ALREADY);
	assert_int_equal(count_requests("PATCH " VMS), 2);
	assert_int_equal(count_left_out("t.guests"), 0);
	assert_int_equal(count_left_out("t.primary"), 1);
	assert_status(0, SB_STAGE_OK);
	assert_status(3, SB_STAGE_PARTIAL);
}

static void an_item_that_is_refused_without_a_field_is_sent_again_by_op(void **state)
{
	(void)state;
	two_stages("512", "BAD");
	refuse_value("serial", "\"BAD\"", "500");
	apply_plan();
	assert_update("t.guests", SB_OP_DONE);
	assert_update("t.primary", SB_OP_ALREADY);
	assert_int_equal(count_requests("PATCH " VMS),
			 4); /* one proves that the value is to blame */
	/* the owner's op is first, and alone */
	assert_json(
		json_object_get(json_array_get(json_object_get(journal_of(1), "keys"), 0), "sent"),
		"{'memory': 512, 'id': 1}");
	assert_int_equal(json_array_size(json_object_get(journal_of(1), "keys")), 1);
	assert_int_equal(count_left_out("t.guests"), 0);
	assert_int_equal(count_left_out("t.primary"), 1);
	assert_status(0, SB_STAGE_OK);
}

static void a_bad_value_of_the_owner_does_not_cost_the_other_stage(void **state)
{
	(void)state;
	two_stages("7", "abc");
	refuse_value("memory", "7", "all");
	apply_plan();
	assert_update("t.guests", SB_OP_ALREADY);
	assert_update("t.primary", SB_OP_DONE);
	assert_string_equal(sb_json_str(row_of(1), "serial"), "abc");
	assert_int_equal(count_left_out("t.primary"), 0);
	assert_status(3, SB_STAGE_OK);
}

static void a_refused_name_of_the_owner_does_not_cost_the_other_stage(void **state)
{
	(void)state;
	put_guest(1, "lab/qemu/101");
	add_update(1, "t.guests", "{'name': 'BAD'}", "{'name': 'g1'}");
	add_update(1, "t.primary", "{'serial': 'abc'}", "{'serial': ''}");
	refuse_value("name", "\"BAD\"", "field");
	apply_plan();
	assert_update("t.guests", SB_OP_ALREADY);
	assert_int_equal(count_left_out("t.guests"), 1);
	assert_update("t.primary", SB_OP_DONE);
	assert_string_equal(sb_json_str(row_of(1), "serial"), "abc");
}

static void only_the_refused_item_of_a_request_is_split(void **state)
{
	unsigned id;
	char key[32];

	(void)state;
	for (id = 1; id <= 5; id++) {
		snprintf(key, sizeof(key), "lab/qemu/%u", 100 + id);
		put_guest(id, key);
		add_update(id, "t.guests", "{'memory': 512}", "{'memory': 256}");
		add_update(id, "t.primary", id == 3 ? "{'serial': 'BAD'}" : "{'serial': 'abc'}",
			   "{'serial': ''}");
	}
	refuse_value("serial", "\"BAD\"", "all");
	apply_plan();
	assert_int_equal(count_requests("PATCH " VMS), 4);
	assert_int_equal(count_left_out("t.guests"), 0);
	for (id = 1; id <= 5; id++) {
		assert_int_equal(json_integer_value(json_object_get(row_of(id), "memory")), 512);
		assert_string_equal(sb_json_str(row_of(id), "serial"), id == 3 ? "" : "abc");
	}
}

static void halves_of_a_request_keep_the_ops_of_one_object_together(void **state)
{
	unsigned id;
	char key[32];

	(void)state;
	for (id = 1; id <= 6; id++) {
		snprintf(key, sizeof(key), "lab/qemu/%u", 100 + id);
		put_guest(id, key);
		add_update(id, "t.guests", id == 4 ? "{'memory': 7}" : "{'memory': 512}",
			   "{'memory': 256}");
		add_update(id, "t.primary", "{'serial': 'abc'}", "{'serial': ''}");
	}
	refuse_value("memory", "7", "500");
	apply_plan();
	for (id = 1; id <= 6; id++) {
		assert_int_equal(json_integer_value(json_object_get(row_of(id), "memory")),
				 id == 4 ? 256 : 512);
		assert_string_equal(sb_json_str(row_of(id), "serial"), "abc");
	}
	assert_int_equal(count_left_out("t.guests"), 1);
	assert_int_equal(count_left_out("t.primary"), 0);
}

static void fields_of_an_object_that_is_adopted_are_in_the_item_of_the_adoption(void **state)
{
	(void)state;
	put_guest(1, NULL);
	add_update(1, "t.guests", "{'stagebox_key': 'lab/qemu/101', 'memory': 512}",
		   "{'stagebox_key': null, 'memory': 256}");
	add_update(1, "t.primary", "{'serial': 'abc'}", "{'serial': ''}");
	apply_plan();
	assert_all_done();
	assert_int_equal(count_requests("PATCH " VMS), 1);
}

static void fields_of_an_object_whose_adoption_is_refused_are_not_written(void **state)
{
	(void)state;
	put_guest(1, NULL);
	add_update(1, "t.guests", "{'stagebox_key': 'lab/qemu/101', 'name': 'BAD'}",
		   "{'stagebox_key': null, 'name': 'g1'}");
	add_update(1, "t.primary", "{'serial': 'abc'}", "{'serial': ''}");
	refuse_value("name", "\"BAD\"", "field");
	apply_plan();
	assert_update("t.guests", SB_OP_FAILED);
	assert_update("t.primary", SB_OP_SKIPPED);
	assert_string_equal(sb_json_str(row_of(1), "serial"), "");
}

static void each_op_is_checked_against_its_own_old_values(void **state)
{
	(void)state;
	two_stages("512", "abc");
	json_object_set_new((json_t *)(uintptr_t)row_of(1), "memory", json_integer(300));
	apply_plan();
	assert_update("t.guests", SB_OP_SKIPPED);
	assert_update("t.primary", SB_OP_DONE);
	assert_int_equal(json_integer_value(json_object_get(row_of(1), "memory")), 300);
	assert_string_equal(sb_json_str(row_of(1), "serial"), "abc");
	assert_int_equal(count_requests("PATCH " VMS), 1);
}

static void the_others_are_one_item_when_the_first_op_is_not_sent(void **state)
{
	(void)state;
	two_stages("512", "abc");
	add_update(1, "t.ips", "{'comments': 'c'}", "{'comments': ''}");
	json_object_set_new((json_t *)(uintptr_t)row_of(1), "memory", json_integer(512));
	apply_plan();
	assert_update("t.guests", SB_OP_ALREADY);
	assert_update("t.primary", SB_OP_DONE);
	assert_update("t.ips", SB_OP_DONE);
	assert_int_equal(count_requests("PATCH " VMS), 1);
	assert_int_equal(json_array_size(io->log[io->n - 1].body), 1);
}

static void fields_of_a_new_object_are_sent_after_its_create_in_one_item(void **state)
{
	struct sb_op *op;

	(void)state;
	add_op("vm", SB_CREATE, "lab/qemu/101", "t.guests", "{'name': 'g1', 'cluster': 1}", NULL);
	op = add_op("vm", SB_UPDATE, "lab/qemu/101", "t.primary", "{'serial': 'abc'}", NULL);
	op->target_ref = strdup("lab/qemu/101");
	op = add_op("vm", SB_UPDATE, "lab/qemu/101", "t.ips", "{'comments': 'c'}", NULL);
	op->target_ref = strdup("lab/qemu/101");
	apply_plan();
	assert_all_done();
	assert_int_equal(count_requests("POST " VMS), 1);
	assert_int_equal(count_requests("PATCH " VMS), 1);
}

static void a_request_without_an_answer_is_sent_again_with_the_same_items(void **state)
{
	(void)state;
	put_guest(1, "lab/qemu/101");
	add_update(1, "t.guests", "{'name': 'new'}", "{'name': 'g1'}");
	add_update(1, "t.primary", "{'serial': 'abc'}", "{'serial': ''}");
	io->silent = "new";
	apply_plan();
	assert_all_done();
	assert_int_equal(count_requests("PATCH " VMS), 2);
	assert_string_equal(sb_json_str(row_of(1), "serial"), "abc");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup_apply, teardown_apply)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(ops_of_two_stages_for_one_object_are_one_item),
		T(a_third_stage_is_in_the_same_item),
		T(ops_that_set_the_same_field_are_sent_one_after_the_other),
		T(a_field_that_netbox_names_costs_only_the_op_that_sets_it),
		T(an_item_that_is_refused_without_a_field_is_sent_again_by_op),
		T(a_bad_value_of_the_owner_does_not_cost_the_other_stage),
		T(a_refused_name_of_the_owner_does_not_cost_the_other_stage),
		T(only_the_refused_item_of_a_request_is_split),
		T(halves_of_a_request_keep_the_ops_of_one_object_together),
		T(fields_of_an_object_that_is_adopted_are_in_the_item_of_the_adoption),
		T(fields_of_an_object_whose_adoption_is_refused_are_not_written),
		T(each_op_is_checked_against_its_own_old_values),
		T(the_others_are_one_item_when_the_first_op_is_not_sent),
		T(fields_of_a_new_object_are_sent_after_its_create_in_one_item),
		T(a_request_without_an_answer_is_sent_again_with_the_same_items),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
