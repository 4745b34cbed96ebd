/* SPDX-License-Identifier: Apache-2.0 */
/* Carrying out a plan: lanes, needs without barriers, refusals, answers that do not come. */
#include "test_apply_fixture.h"

/* A new guest with parts, all of which need it. */
static void guest(unsigned number, unsigned n_disks, unsigned n_nics)
{
	char key[96], set[200];
	unsigned i;

	snprintf(key, sizeof(key), "lab/qemu/%u", number);
	snprintf(set, sizeof(set), "{'name': 'g%u', 'cluster': 1}", number);
	op("vm", SB_CREATE, key, "t.guests", set, NULL);
	for (i = 0; i < n_disks; i++) {
		snprintf(key, sizeof(key), "lab/qemu/%u/scsi%u", number, i);
		snprintf(set, sizeof(set),
			 "{'name': 'scsi%u', 'virtual_machine': {'$ref': 'lab/qemu/%u'}}", i,
			 number);
		op("virtual-disk", SB_CREATE, key, "t.nics", set, NULL);
	}
	for (i = 0; i < n_nics; i++) {
		snprintf(key, sizeof(key), "lab/qemu/%u/net%u", number, i);
		snprintf(set, sizeof(set),
			 "{'name': 'net%u', 'virtual_machine': {'$ref': 'lab/qemu/%u'}}", i,
			 number);
		op("vm-interface", SB_CREATE, key, "t.nics", set, NULL);
	}
	for (i = 0; i < n_nics; i++) {
		snprintf(key, sizeof(key), "lab/qemu/%u/net%u/ip/10.0.%u.%u", number, i, i,
			 number % 250);
		snprintf(set, sizeof(set),
			 "{'address': '10.0.%u.%u/24', 'assigned_object': {'type': "
			 "'virtualization.vminterface', 'id': {'$ref': 'lab/qemu/%u/net%u'}}}",
			 i, number % 250, number, i);
		op("ip", SB_CREATE, key, "t.ips", set, NULL);
	}
}

/* The guest of an object that was sent, by its key. */
static void lane_of_object(const json_t *object, char *ret_lane, size_t room)
{
	const char *key = sb_json_str(json_object_get(object, "custom_fields"), "stagebox_key");
	const char *end = key ? key + strlen("lab/qemu/") : "";

	snprintf(ret_lane, room, "%.*s", (int)strcspn(end, "/"), end);
}

static json_t *lanes(size_t at)
{
	json_t *names = json_object();
	const json_t *object;
	char lane[32];
	size_t i;

	json_array_foreach (io->log[at].body, i, object) {
		lane_of_object(object, lane, sizeof(lane));
		json_object_set_new(names, lane, json_true());
	}
	return names;
}

static void ten_guests(void)
{
	unsigned i;

	for (i = 0; i < 10; i++)
		guest(101 + i, i % 4 + 1, i % 3 + 1);
}

static void the_parts_of_one_guest_and_kind_are_in_one_request(void **state)
{
	sb_autojson *seen = json_object();
	json_t *value;
	const char *lane;
	char place[200];
	size_t i;

	(void)state;
	ten_guests();
	apply();
	assert_all_done();
	for (i = 0; i < io->n; i++) {
		sb_autojson *names = lanes(i);

		json_object_foreach (names, lane, value) {
			snprintf(place, sizeof(place), "%s %s", method_and_path(i), lane);
			if (json_object_get(seen, place))
				fail_msg("%s: in two requests", place);
			json_object_set(seen, place, value);
		}
	}
}

static void more_parts_than_a_request_takes_are_cut(void **state)
{
	(void)state;
	guest(101, 25, 1);
	apply();
	assert_all_done();
	assert_int_equal(count("POST virtualization/virtual-disks"), 3);
}

static void one_guests_objects_are_in_one_request_at_a_time(void **state)
{
	size_t i, j, overlaps = 0;
	const char *lane;
	json_t *value;

	(void)state;
	ten_guests();
	apply();
	assert_all_done();
	for (i = 0; i < io->n; i++) {
		sb_autojson *ours = lanes(i);

		for (j = i + 1; j < io->n; j++) {
			sb_autojson *theirs = lanes(j);

			if (io->log[j].sent_ms >= io->log[i].due_ms)
				continue;
			overlaps++;
			json_object_foreach (ours, lane, value) {
				if (json_object_get(theirs, lane))
					fail_msg("guest %s: in requests %zu and %zu at once", lane,
						 i, j);
			}
		}
	}
	assert_true(overlaps > 0);
}

static void addresses_are_made_one_request_after_the_other(void **state)
{
	int64_t end_ms = 0;
	size_t i, n = 0;

	(void)state;
	ten_guests();
	apply();
	for (i = 0; i < io->n; i++) {
		if (!sb_streq(method_and_path(i), "POST ipam/ip-addresses"))
			continue;
		assert_true(io->log[i].sent_ms >= end_ms);
		end_ms = io->log[i].due_ms;
		n++;
	}
	assert_true(n > 1);
}

static void no_kind_waits_for_the_end_of_another(void **state)
{
	size_t i, first_address = 0, last_disk = 0;

	(void)state;
	for (i = 0; i < 40; i++)
		guest(101 + (unsigned)i, 2, 2);
	apply();
	assert_all_done();
	for (i = 0; i < io->n; i++) {
		if (!first_address && sb_streq(method_and_path(i), "POST ipam/ip-addresses"))
			first_address = i;
		if (sb_streq(method_and_path(i), "POST virtualization/virtual-disks"))
			last_disk = i;
	}
	assert_true(first_address > 0 && first_address < last_disk);
}

static void a_short_chain_is_not_left_to_the_end(void **state)
{
	unsigned i;
	size_t at, last = 0;

	(void)state;
	for (i = 0; i < 1200; i++)
		guest(1000 + i, 1, 0);
	op("interface", SB_CREATE, "lab/node/a/eno1", "t.guests", "{'name': 'eno1', 'device': 1}",
	   NULL);
	op("interface", SB_CREATE, "lab/node/a/bond0", "t.guests",
	   "{'name': 'bond0', 'device': 1, 'parent': {'$ref': 'lab/node/a/eno1'}}", NULL);
	op("interface", SB_CREATE, "lab/node/a/br0", "t.guests",
	   "{'name': 'br0', 'device': 1, 'parent': {'$ref': 'lab/node/a/bond0'}}", NULL);
	apply();
	assert_all_done();
	for (at = 0; at < io->n; at++) {
		if (strstr(io->log[at].line, "POST /api/dcim/interfaces/"))
			last = at;
	}
	assert_in_range(last, 1, io->n / 2);
}

static void a_refused_object_costs_itself_and_what_needs_it(void **state)
{
	(void)state;
	guest(101, 1, 1);
	guest(102, 1, 1);
	guest(103, 1, 1);
	io->refused = "g102";
	apply();
	assert_op("lab/qemu/102", SB_OP_FAILED, "refused");
	assert_op("lab/qemu/102/scsi0", SB_OP_SKIPPED, "create of lab/qemu/102: ");
	assert_op("lab/qemu/102/net0", SB_OP_SKIPPED, "create of lab/qemu/102: ");
	assert_op("lab/qemu/102/net0/ip/10.0.0.102", SB_OP_SKIPPED, "refused");
	assert_op("lab/qemu/101/net0/ip/10.0.0.101", SB_OP_DONE, NULL);
	assert_op("lab/qemu/103/scsi0", SB_OP_DONE, NULL);
	assert_int_equal(count("POST virtualization/virtual-machines"), 2);
}

static void a_refusal_without_a_name_is_found_by_halving(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < 8; i++)
		guest(101 + i, 0, 0);
	io->nameless = "g106";
	apply();
	for (i = 0; i < 8; i++) {
		char key[32];

		snprintf(key, sizeof(key), "lab/qemu/%u", 101 + i);
		assert_op(key, i == 5 ? SB_OP_FAILED : SB_OP_DONE, NULL);
	}
	/* 8 = 4 + 4, 4 = 2 + 2, 2 = 1 + 1 */
	assert_int_equal(count("POST virtualization/virtual-machines"), 7);
	assert_int_equal(json_object_size(io->rows), 7);
}

/* Notes of a guest may be long; NetBox takes a body of 2.6 MB and no more. */
static void a_body_that_is_too_long_goes_in_halves(void **state)
{
	static char set[700100];
	unsigned i;
	char key[32];
	int len;

	(void)state;
	for (i = 0; i < 4; i++) {
		snprintf(key, sizeof(key), "lab/qemu/%u", 101 + i);
		len = snprintf(set, sizeof(set), "{'name': 'g%u', 'cluster': 1, 'comments': '", i);
		memset(set + len, 'x', 700000);
		snprintf(set + len + 700000, sizeof(set) - (size_t)len - 700000, "'}");
		op("vm", SB_CREATE, key, "t.guests", set, NULL);
	}
	apply();
	for (i = 0; i < 4; i++) {
		snprintf(key, sizeof(key), "lab/qemu/%u", 101 + i);
		assert_op(key, SB_OP_DONE, NULL);
	}
	assert_int_equal(count("POST virtualization/virtual-machines"), 2);
}

static void thirty_alike(void)
{
	unsigned i;
	char key[64];

	for (i = 0; i < 30; i++) {
		snprintf(key, sizeof(key), "lab/qemu/%u", 1 + i);
		op("vm", SB_CREATE, key, "t.guests", "{'name': 'all', 'cluster': 1}", NULL);
	}
}

static void after_eight_equal_refusals_the_kind_is_left(void **state)
{
	size_t i, failed = 0;

	(void)state;
	thirty_alike();
	io->nameless = "all";
	apply();
	for (i = 0; i < n_ops(); i++) {
		assert_int_equal(fx->run->diff->plan.ops[i].state, SB_OP_FAILED);
		failed += strstr(fx->run->diff->plan.ops[i].cause, "were refused alike") != NULL;
	}
	assert_true(failed >= 30 - 10); /* some were under way with the eighth */
	assert_true(io->n <= 24);
}

static void a_broken_kind_takes_no_other_kind_with_it(void **state)
{
	(void)state;
	json_object_set_new(json_object_get(fx->conf, "netbox"), "in_flight", json_integer(1));
	thirty_alike();
	op("device", SB_CREATE, "lab/node/a", "t.guests", "{'name': 'a', 'site': 1}", NULL);
	op("vm-interface", SB_CREATE, "lab/qemu/900/net0", "t.nics",
	   "{'name': 'net0', 'virtual_machine': 7}", NULL);
	io->refused = "all";
	apply();
	assert_op("lab/qemu/30", SB_OP_FAILED, NULL);
	assert_op("lab/node/a", SB_OP_DONE, NULL);
	assert_op("lab/qemu/900/net0", SB_OP_DONE, NULL);
}

static void different_refusals_do_not_add_up(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < 20; i++)
		guest(101 + i, 0, 0);
	io->refused = "g103";
	apply();
	assert_op("lab/qemu/103", SB_OP_FAILED, NULL);
	assert_op("lab/qemu/120", SB_OP_DONE, NULL);
}

/* New guests, each second one of the other type. */
static void guests_by_turns(unsigned n, const char *type, const char *other)
{
	char key[64], set[200];
	unsigned i;

	for (i = 0; i < n; i++) {
		snprintf(key, sizeof(key), "lab/qemu/%u", 101 + i);
		snprintf(set, sizeof(set),
			 "{'name': 'g%u', 'cluster': 1, 'virtual_machine_type': %s}", i,
			 i % 2 ? other : type);
		op("vm", SB_CREATE, key, "t.guests", set, NULL);
	}
}

/* NetBox locks the counter of a type until the request is over: two types in one request, taken in
 * another order by a second one, are a deadlock. */
static void creates_that_are_counted_on_two_objects_are_not_in_one_request(void **state)
{
	unsigned i, requests = 0;

	(void)state;
	guests_by_turns(30, "{'$ref': 'shared/vm-type/new'}", "4");
	op("vm-type", SB_CREATE, "shared/vm-type/new", "shared", "{'name': 'new', 'slug': 'new'}",
	   NULL);
	apply();
	assert_all_done();
	for (i = 0; i < io->n; i++) {
		const json_t *first, *object;
		size_t j;

		if (!sb_streq(method_and_path(i), "POST virtualization/virtual-machines"))
			continue;
		requests++;
		first = json_array_get(io->log[i].body, 0);
		json_array_foreach (io->log[i].body, j, object)
			assert_true(json_equal(json_object_get(object, "virtual_machine_type"),
					       json_object_get(first, "virtual_machine_type")));
	}
	assert_int_equal(requests, 4); /* 15 of each, 10 a request */
}

static void guests_of_two_types_that_fit_one_request_are_in_order(void **state)
{
	const json_t *object;
	json_int_t last = 0, this;
	size_t i;

	(void)state;
	guests_by_turns(10, "5", "4");
	apply();
	assert_all_done();
	assert_int_equal(count("POST virtualization/virtual-machines"), 1);
	json_array_foreach (io->log[0].body, i, object) {
		this = json_integer_value(json_object_get(object, "virtual_machine_type"));
		assert_true(this >= last);
		last = this;
	}
	assert_int_equal(last, 5);
}

static void the_last_attempt_of_a_request_has_its_sort_for_itself(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < 40; i++)
		guest(101 + i, 0, 0);
	io->deadlocks = true;
	apply();
	assert_all_done();
	assert_true(count("POST virtualization/virtual-machines") > 4);
}

/* No answer: after the settle time one look, then what is missing is sent again. */
static void unanswered(bool commits)
{
	size_t i, posts = 0;
	int64_t looked_ms = 0;

	guest(101, 0, 0);
	guest(102, 0, 0);
	io->silent = "g101";
	io->commits = commits;
	apply();
	assert_all_done();
	assert_int_equal(json_object_size(io->rows), 2);
	for (i = 0; i < io->n; i++) {
		posts += sb_streq(method_and_path(i), "POST virtualization/virtual-machines");
		if (sb_streq(method_and_path(i), "GET virtualization/virtual-machines"))
			looked_ms = io->log[i].sent_ms;
	}
	assert_true(looked_ms >= 130000);
	assert_int_equal(posts, commits ? 1 : 2);
}

static void what_was_committed_without_an_answer_is_not_made_twice(void **state)
{
	(void)state;
	unanswered(true);
}

static void what_was_not_committed_is_sent_again_after_the_settle_time(void **state)
{
	(void)state;
	unanswered(false);
}

static const json_t *event(const char *what, size_t at)
{
	const json_t *entry;
	size_t i;

	json_array_foreach (io->events, i, entry) {
		if (sb_streq(sb_json_str(entry, "ev"), what) && at-- == 0)
			return entry;
	}
	fail_msg("no event %s", what);
	return NULL;
}

static void the_journal_says_what_was_sent_and_what_came(void **state)
{
	struct sb_op *update;

	(void)state;
	guest(101, 0, 0);
	update = op("vm", SB_UPDATE, "lab/qemu/102", "t.guests", "{'memory': 2}", "{'memory': 1}");
	update->target = 7;
	json_object_set_new(io->rows, "virtualization/virtual-machines#7",
			    parse_quoted("{'id': 7, 'memory': 1, 'custom_fields': {'stagebox_key': "
					 "'lab/qemu/102'}}"));
	apply();
	assert_all_done();
	assert_json(json_object_get(event("request", 0), "keys"), "['lab/qemu/101']");
	assert_json(json_object_get(event("request", 1), "keys"),
		    "[{'key': 'lab/qemu/102', 'id': 7, 'sent': {'id': 7, 'memory': 2}}]");
	assert_json(json_object_get(event("answered", 1), "outcome"), "'done'");
}

static struct sb_op *change(const char *set, const char *was, const char *netbox_has)
{
	struct sb_op *update = op("vm", SB_UPDATE, "lab/qemu/102", "t.guests", set, was);

	update->target = 7;
	json_object_set_new(io->rows, "virtualization/virtual-machines#7",
			    parse_quoted(netbox_has));
	return update;
}

#define OURS "'custom_fields': {'stagebox_key': 'lab/qemu/102'}"

static void a_target_that_changed_since_the_plan_is_left_alone(void **state)
{
	(void)state;
	change("{'memory': 2}", "{'memory': 1}", "{'id': 7, 'memory': 5, " OURS "}");
	apply();
	assert_op("lab/qemu/102", SB_OP_SKIPPED, "memory changed in NetBox meanwhile");
	assert_int_equal(count("PATCH virtualization/virtual-machines"), 0);
}

static void a_target_that_is_so_already_is_not_written(void **state)
{
	(void)state;
	change("{'memory': 2}", "{'memory': 1}", "{'id': 7, 'memory': 2, " OURS "}");
	apply();
	assert_op("lab/qemu/102", SB_OP_ALREADY, NULL);
	assert_int_equal(count("PATCH virtualization/virtual-machines"), 0);
}

static void a_target_of_another_owner_is_left_alone(void **state)
{
	(void)state;
	change("{'memory': 2}", "{'memory': 1}",
	       "{'id': 7, 'memory': 1, 'custom_fields': {'stagebox_key': 'lab/qemu/999'}}");
	apply();
	assert_op("lab/qemu/102", SB_OP_SKIPPED, "its owner changed");
}

static void an_update_that_netbox_leaves_out_of_its_answer_is_not_done(void **state)
{
	(void)state;
	change("{'memory': 2}", "{'memory': 1}", "{'id': 7, 'memory': 1, " OURS "}");
	io->gone = 7;
	apply();
	assert_int_equal(count("PATCH virtualization/virtual-machines"), 1);
	assert_op("lab/qemu/102", SB_OP_SKIPPED, "deleted in NetBox meanwhile");
}

static void null_is_written_as_null(void **state)
{
	(void)state;
	change("{'memory': null, 'description': null}", "{'memory': 1, 'description': 'x'}",
	       "{'id': 7, 'memory': 1, 'description': 'x', " OURS "}");
	apply();
	assert_all_done();
	assert_json(json_object_get(json_object_get(io->rows, "virtualization/virtual-machines#7"),
				    "memory"),
		    "null");
	assert_json(json_object_get(json_object_get(io->rows, "virtualization/virtual-machines#7"),
				    "description"),
		    "''");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup_apply, teardown_apply)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_parts_of_one_guest_and_kind_are_in_one_request),
		T(more_parts_than_a_request_takes_are_cut),
		T(one_guests_objects_are_in_one_request_at_a_time),
		T(addresses_are_made_one_request_after_the_other),
		T(no_kind_waits_for_the_end_of_another),
		T(a_short_chain_is_not_left_to_the_end),
		T(a_refused_object_costs_itself_and_what_needs_it),
		T(a_refusal_without_a_name_is_found_by_halving),
		T(a_body_that_is_too_long_goes_in_halves),
		T(after_eight_equal_refusals_the_kind_is_left),
		T(a_broken_kind_takes_no_other_kind_with_it),
		T(different_refusals_do_not_add_up),
		T(creates_that_are_counted_on_two_objects_are_not_in_one_request),
		T(guests_of_two_types_that_fit_one_request_are_in_order),
		T(the_last_attempt_of_a_request_has_its_sort_for_itself),
		T(what_was_committed_without_an_answer_is_not_made_twice),
		T(what_was_not_committed_is_sent_again_after_the_settle_time),
		T(the_journal_says_what_was_sent_and_what_came),
		T(a_target_that_changed_since_the_plan_is_left_alone),
		T(a_target_that_is_so_already_is_not_written),
		T(a_target_of_another_owner_is_left_alone),
		T(an_update_that_netbox_leaves_out_of_its_answer_is_not_done),
		T(null_is_written_as_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
