/* SPDX-License-Identifier: Apache-2.0 */
/* Carrying out a plan: lanes, dependencies without barriers, refusals, missing answers. */
#include "test_apply_fixture.h"

#include "apply/bucket.h"

/* A new guest and parts that all depend on it. */
static void add_guest(unsigned number, unsigned n_disks, unsigned n_nics)
{
	char key[96], set[200];
	unsigned i;

	snprintf(key, sizeof(key), "lab/qemu/%u", number);
	snprintf(set, sizeof(set), "{'name': 'g%u', 'cluster': 1}", number);
	add_op("vm", SB_CREATE, key, "t.guests", set, NULL);
	for (i = 0; i < n_disks; i++) {
		snprintf(key, sizeof(key), "lab/qemu/%u/scsi%u", number, i);
		snprintf(set, sizeof(set),
			 "{'name': 'scsi%u', 'virtual_machine': {'$ref': 'lab/qemu/%u'}}", i,
			 number);
		add_op("virtual-disk", SB_CREATE, key, "t.nics", set, NULL);
	}
	for (i = 0; i < n_nics; i++) {
		snprintf(key, sizeof(key), "lab/qemu/%u/net%u", number, i);
		snprintf(set, sizeof(set),
			 "{'name': 'net%u', 'virtual_machine': {'$ref': 'lab/qemu/%u'}}", i,
			 number);
		add_op("vm-interface", SB_CREATE, key, "t.nics", set, NULL);
	}
	for (i = 0; i < n_nics; i++) {
		snprintf(key, sizeof(key), "lab/qemu/%u/net%u/ip/10.0.%u.%u", number, i, i,
			 number % 250);
		snprintf(set, sizeof(set),
			 "{'address': '10.0.%u.%u/24', 'assigned_object': {'type': "
			 "'virtualization.vminterface', 'id': {'$ref': 'lab/qemu/%u/net%u'}}}",
			 i, number % 250, number, i);
		add_op("ip", SB_CREATE, key, "t.ips", set, NULL);
	}
}

/* The number of the guest that a sent object belongs to, from its key. */
static void lane_of_object(const json_t *object, char *ret_lane, size_t room)
{
	const char *key = sb_json_str(json_object_get(object, "custom_fields"), "stagebox_key");
	const char *end = key ? key + strlen("lab/qemu/") : "";

	snprintf(ret_lane, room, "%.*s", (int)strcspn(end, "/"), end);
}

static json_t *lanes_of(size_t at)
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
		add_guest(101 + i, i % 4 + 1, i % 3 + 1);
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
	apply_plan();
	assert_all_done();
	for (i = 0; i < io->n; i++) {
		sb_autojson *names = lanes_of(i);

		json_object_foreach (names, lane, value) {
			snprintf(place, sizeof(place), "%s %s", method_and_path(i), lane);
			if (json_object_get(seen, place))
				fail_msg("%s: in two requests", place);
			json_object_set(seen, place, value);
		}
	}
}

static void parts_beyond_the_limit_of_a_request_are_split(void **state)
{
	(void)state;
	add_guest(101, 25, 1);
	apply_plan();
	assert_all_done();
	assert_int_equal(count_requests("POST virtualization/virtual-disks"), 3);
}

static void parts_of_one_guest_are_never_in_two_requests_at_once(void **state)
{
	size_t i, j, overlaps = 0;
	const char *lane;
	json_t *value;

	(void)state;
	ten_guests();
	apply_plan();
	assert_all_done();
	for (i = 0; i < io->n; i++) {
		sb_autojson *ours = lanes_of(i);

		for (j = i + 1; j < io->n; j++) {
			sb_autojson *theirs = lanes_of(j);

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

static void addresses_are_created_one_request_at_a_time(void **state)
{
	int64_t end_ms = 0;
	size_t i, n = 0;

	(void)state;
	ten_guests();
	apply_plan();
	for (i = 0; i < io->n; i++) {
		if (!sb_streq(method_and_path(i), "POST ipam/ip-addresses"))
			continue;
		assert_true(io->log[i].sent_ms >= end_ms);
		end_ms = io->log[i].due_ms;
		n++;
	}
	assert_true(n > 1);
}

static void only_creates_of_a_serial_kind_are_serial(void **state)
{
	struct sb_bucket bucket = {.kind = get_list("ip")->kind, .verb = SB_CREATE};

	(void)state;
	assert_true(sb_bucket_is_serial(&bucket));
	bucket.verb = SB_UPDATE;
	assert_false(sb_bucket_is_serial(&bucket));
	bucket = (struct sb_bucket){.kind = get_list("vm")->kind, .verb = SB_CREATE};
	assert_false(sb_bucket_is_serial(&bucket));
}

static void no_kind_waits_for_the_end_of_another(void **state)
{
	size_t i, first_address = 0, last_disk = 0;

	(void)state;
	for (i = 0; i < 40; i++)
		add_guest(101 + (unsigned)i, 2, 2);
	apply_plan();
	assert_all_done();
	for (i = 0; i < io->n; i++) {
		if (!first_address && sb_streq(method_and_path(i), "POST ipam/ip-addresses"))
			first_address = i;
		if (sb_streq(method_and_path(i), "POST virtualization/virtual-disks"))
			last_disk = i;
	}
	assert_true(first_address > 0 && first_address < last_disk);
}

static void a_short_chain_is_not_sent_last(void **state)
{
	unsigned i;
	size_t at, last = 0;

	(void)state;
	for (i = 0; i < 1200; i++)
		add_guest(1000 + i, 1, 0);
	add_op("interface", SB_CREATE, "lab/node/a/eno1", "t.guests",
	       "{'name': 'eno1', 'device': 1}", NULL);
	add_op("interface", SB_CREATE, "lab/node/a/bond0", "t.guests",
	       "{'name': 'bond0', 'device': 1, 'parent': {'$ref': 'lab/node/a/eno1'}}", NULL);
	add_op("interface", SB_CREATE, "lab/node/a/br0", "t.guests",
	       "{'name': 'br0', 'device': 1, 'parent': {'$ref': 'lab/node/a/bond0'}}", NULL);
	apply_plan();
	assert_all_done();
	for (at = 0; at < io->n; at++) {
		if (strstr(io->log[at].line, "POST /api/dcim/interfaces/"))
			last = at;
	}
	assert_in_range(last, 1, io->n / 2);
}

static void a_refused_object_fails_and_its_dependants_are_skipped(void **state)
{
	(void)state;
	add_guest(101, 1, 1);
	add_guest(102, 1, 1);
	add_guest(103, 1, 1);
	io->refused = "g102";
	apply_plan();
	assert_op("lab/qemu/102", SB_OP_FAILED, "refused");
	assert_op("lab/qemu/102/scsi0", SB_OP_SKIPPED, "create of lab/qemu/102: ");
	assert_op("lab/qemu/102/net0", SB_OP_SKIPPED, "create of lab/qemu/102: ");
	assert_op("lab/qemu/102/net0/ip/10.0.0.102", SB_OP_SKIPPED, "refused");
	assert_string_equal(find_op("lab/qemu/102/scsi0")->root, find_op("lab/qemu/102")->cause);
	assert_string_equal(find_op("lab/qemu/102/net0/ip/10.0.0.102")->root,
			    find_op("lab/qemu/102")->cause);
	assert_op("lab/qemu/101/net0/ip/10.0.0.101", SB_OP_DONE, NULL);
	assert_op("lab/qemu/103/scsi0", SB_OP_DONE, NULL);
	assert_int_equal(count_requests("POST virtualization/virtual-machines"), 2);
}

static void a_refusal_that_names_no_object_is_found_by_halving(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < 8; i++)
		add_guest(101 + i, 0, 0);
	io->nameless = "g106";
	apply_plan();
	for (i = 0; i < 8; i++) {
		char key[32];

		snprintf(key, sizeof(key), "lab/qemu/%u", 101 + i);
		assert_op(key, i == 5 ? SB_OP_FAILED : SB_OP_DONE, NULL);
	}
	/* 8 = 4 + 4, 4 = 2 + 2, 2 = 1 + 1 */
	assert_int_equal(count_requests("POST virtualization/virtual-machines"), 7);
	assert_int_equal(json_object_size(io->rows), 7);
}

/* The notes of a guest may be long, and NetBox accepts at most 2.6 MB in one request. */
static void a_body_that_is_too_long_is_sent_in_halves(void **state)
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
		add_op("vm", SB_CREATE, key, "t.guests", set, NULL);
	}
	apply_plan();
	for (i = 0; i < 4; i++) {
		snprintf(key, sizeof(key), "lab/qemu/%u", 101 + i);
		assert_op(key, SB_OP_DONE, NULL);
	}
	assert_int_equal(count_requests("POST virtualization/virtual-machines"), 2);
}

static void thirty_alike(void)
{
	unsigned i;
	char key[64];

	for (i = 0; i < 30; i++) {
		snprintf(key, sizeof(key), "lab/qemu/%u", 1 + i);
		add_op("vm", SB_CREATE, key, "t.guests", "{'name': 'all', 'cluster': 1}", NULL);
	}
}

static void eight_equal_refusals_open_the_circuit_breaker(void **state)
{
	size_t i, failed = 0;

	(void)state;
	thirty_alike();
	io->nameless = "all";
	apply_plan();
	for (i = 0; i < n_ops(); i++) {
		assert_int_equal(fx->run->diff->plan.ops[i].state, SB_OP_FAILED);
		failed += strstr(fx->run->diff->plan.ops[i].cause, "with the same error") != NULL;
	}
	assert_true(failed >= 30 - 10); /* some were in the same request as the eighth */
	assert_true(io->n <= 24);
}

static void an_open_circuit_breaker_affects_no_other_kind(void **state)
{
	(void)state;
	json_object_set_new(json_object_get(fx->conf, "netbox"), "in_flight", json_integer(1));
	thirty_alike();
	add_op("device", SB_CREATE, "lab/node/a", "t.guests", "{'name': 'a', 'site': 1}", NULL);
	add_op("vm-interface", SB_CREATE, "lab/qemu/900/net0", "t.nics",
	       "{'name': 'net0', 'virtual_machine': 7}", NULL);
	io->refused = "all";
	apply_plan();
	assert_op("lab/qemu/30", SB_OP_FAILED, NULL);
	assert_op("lab/node/a", SB_OP_DONE, NULL);
	assert_op("lab/qemu/900/net0", SB_OP_DONE, NULL);
}

static void different_refusals_do_not_add_up(void **state)
{
	size_t i;

	(void)state;
	json_object_set_new(json_object_get(fx->conf, "netbox"), "in_flight", json_integer(1));
	thirty_alike();
	io->refused = "all";
	io->varied = true;
	apply_plan();
	for (i = 0; i < n_ops(); i++) {
		const struct sb_op *op = &fx->run->diff->plan.ops[i];

		assert_op(op->key, SB_OP_FAILED, op->key); /* each for its own reason */
		assert_null(strstr(op->cause, "circuit breaker"));
	}
}

/* New guests of two types in turns. */
static void guests_by_turns(unsigned n, const char *type, const char *other)
{
	char key[64], set[200];
	unsigned i;

	for (i = 0; i < n; i++) {
		snprintf(key, sizeof(key), "lab/qemu/%u", 101 + i);
		snprintf(set, sizeof(set),
			 "{'name': 'g%u', 'cluster': 1, 'virtual_machine_type': %s}", i,
			 i % 2 ? other : type);
		add_op("vm", SB_CREATE, key, "t.guests", set, NULL);
	}
}

/* NetBox locks the counter of a type until the request ends: two requests that take two types in
 * different orders deadlock. */
static void creates_counted_on_two_objects_do_not_share_a_request(void **state)
{
	unsigned i, requests = 0;

	(void)state;
	guests_by_turns(30, "{'$ref': 'shared/vm-type/new'}", "4");
	add_op("vm-type", SB_CREATE, "shared/vm-type/new", "shared",
	       "{'name': 'new', 'slug': 'new'}", NULL);
	apply_plan();
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
	assert_int_equal(requests, 4); /* 15 of each type, at most 10 in a request */
}

static void guests_of_two_types_in_one_request_are_sorted_by_type(void **state)
{
	const json_t *object;
	json_int_t last = 0, this;
	size_t i;

	(void)state;
	guests_by_turns(10, "5", "4");
	apply_plan();
	assert_all_done();
	assert_int_equal(count_requests("POST virtualization/virtual-machines"), 1);
	json_array_foreach (io->log[0].body, i, object) {
		this = json_integer_value(json_object_get(object, "virtual_machine_type"));
		assert_true(this >= last);
		last = this;
	}
	assert_int_equal(last, 5);
}

static void the_last_attempt_waits_for_other_requests_of_its_kind(void **state)
{
	unsigned i;

	(void)state;
	for (i = 0; i < 40; i++)
		add_guest(101 + i, 0, 0);
	io->deadlocks = true;
	apply_plan();
	assert_all_done();
	assert_true(count_requests("POST virtualization/virtual-machines") > 4);
}

/* A create without an answer: after the settle time NetBox is read, then missing objects are sent
 * again. */
static void check_unanswered(bool commits)
{
	size_t i, posts = 0;
	int64_t looked_ms = 0;

	add_guest(101, 0, 0);
	add_guest(102, 0, 0);
	io->silent = "g101";
	io->commits = commits;
	apply_plan();
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

static void a_create_committed_without_an_answer_is_not_repeated(void **state)
{
	(void)state;
	check_unanswered(true);
}

static void a_lost_create_is_sent_again_after_the_settle_time(void **state)
{
	(void)state;
	check_unanswered(false);
}

static const json_t *find_event(const char *what, size_t at)
{
	const json_t *entry;
	size_t i;

	json_array_foreach (io->events, i, entry) {
		if (sb_streq(sb_json_str(entry, "ev"), what) && at-- == 0)
			return entry;
	}
	fail_msg("the event %s was not sent", what);
	return NULL;
}

static void the_journal_holds_requests_and_outcomes(void **state)
{
	struct sb_op *update;

	(void)state;
	add_guest(101, 0, 0);
	update = add_op("vm", SB_UPDATE, "lab/qemu/102", "t.guests", "{'memory': 2}",
			"{'memory': 1}");
	update->target = 7;
	json_object_set_new(io->rows, "virtualization/virtual-machines#7",
			    parse_quoted("{'id': 7, 'memory': 1, 'custom_fields': {'stagebox_key': "
					 "'lab/qemu/102'}}"));
	apply_plan();
	assert_all_done();
	assert_json(json_object_get(find_event("request", 0), "keys"), "['lab/qemu/101']");
	assert_json(json_object_get(find_event("request", 1), "keys"),
		    "[{'key': 'lab/qemu/102', 'id': 7, 'sent': {'id': 7, 'memory': 2}}]");
	assert_json(json_object_get(find_event("answered", 1), "outcome"), "'done'");
}

static struct sb_op *add_update(const char *set, const char *was, const char *netbox_has)
{
	struct sb_op *update = add_op("vm", SB_UPDATE, "lab/qemu/102", "t.guests", set, was);

	update->target = 7;
	json_object_set_new(io->rows, "virtualization/virtual-machines#7",
			    parse_quoted(netbox_has));
	return update;
}

#define OURS "'custom_fields': {'stagebox_key': 'lab/qemu/102'}"

static void a_target_that_changed_since_the_plan_is_not_written(void **state)
{
	(void)state;
	add_update("{'memory': 2}", "{'memory': 1}", "{'id': 7, 'memory': 5, " OURS "}");
	apply_plan();
	assert_op("lab/qemu/102", SB_OP_SKIPPED,
		  "memory changed in NetBox after the plan was made");
	assert_int_equal(count_requests("PATCH virtualization/virtual-machines"), 0);
}

static void a_target_that_has_the_values_already_is_not_written(void **state)
{
	(void)state;
	add_update("{'memory': 2}", "{'memory': 1}", "{'id': 7, 'memory': 2, " OURS "}");
	apply_plan();
	assert_op("lab/qemu/102", SB_OP_ALREADY, NULL);
	assert_int_equal(count_requests("PATCH virtualization/virtual-machines"), 0);
}

static void a_target_of_another_owner_is_not_written(void **state)
{
	(void)state;
	add_update("{'memory': 2}", "{'memory': 1}",
		   "{'id': 7, 'memory': 1, 'custom_fields': {'stagebox_key': 'lab/qemu/999'}}");
	apply_plan();
	assert_op("lab/qemu/102", SB_OP_SKIPPED, "its stagebox_key changed");
}

#define MOVE_SET "{'memory': 2, 'stagebox_key': 'lab/qemu/102'}"
#define MOVE_WAS "{'memory': 1, 'stagebox_key': 'lab/qemu/101'}"

static void a_moved_object_gets_its_new_key(void **state)
{
	(void)state;
	add_update(MOVE_SET, MOVE_WAS,
		   "{'id': 7, 'memory': 1, 'custom_fields': {'stagebox_key': 'lab/qemu/101'}}");
	apply_plan();
	assert_int_equal(count_requests("PATCH virtualization/virtual-machines"), 1);
	assert_op("lab/qemu/102", SB_OP_DONE, NULL);
}

static void a_moved_object_whose_old_key_changed_is_not_written(void **state)
{
	(void)state;
	add_update(MOVE_SET, MOVE_WAS,
		   "{'id': 7, 'memory': 1, 'custom_fields': {'stagebox_key': 'lab/qemu/999'}}");
	apply_plan();
	assert_int_equal(count_requests("PATCH virtualization/virtual-machines"), 0);
	assert_op("lab/qemu/102", SB_OP_SKIPPED, "its stagebox_key changed");
}

static void an_update_missing_from_the_answer_is_skipped(void **state)
{
	(void)state;
	add_update("{'memory': 2}", "{'memory': 1}", "{'id': 7, 'memory': 1, " OURS "}");
	io->gone = 7;
	apply_plan();
	assert_int_equal(count_requests("PATCH virtualization/virtual-machines"), 1);
	assert_op("lab/qemu/102", SB_OP_SKIPPED, "deleted in NetBox after the plan was made");
}

static void null_is_written_as_null(void **state)
{
	(void)state;
	add_update("{'memory': null, 'description': null}", "{'memory': 1, 'description': 'x'}",
		   "{'id': 7, 'memory': 1, 'description': 'x', " OURS "}");
	apply_plan();
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
		T(parts_beyond_the_limit_of_a_request_are_split),
		T(parts_of_one_guest_are_never_in_two_requests_at_once),
		T(addresses_are_created_one_request_at_a_time),
		T(only_creates_of_a_serial_kind_are_serial),
		T(no_kind_waits_for_the_end_of_another),
		T(a_short_chain_is_not_sent_last),
		T(a_refused_object_fails_and_its_dependants_are_skipped),
		T(a_refusal_that_names_no_object_is_found_by_halving),
		T(a_body_that_is_too_long_is_sent_in_halves),
		T(eight_equal_refusals_open_the_circuit_breaker),
		T(an_open_circuit_breaker_affects_no_other_kind),
		T(different_refusals_do_not_add_up),
		T(creates_counted_on_two_objects_do_not_share_a_request),
		T(guests_of_two_types_in_one_request_are_sorted_by_type),
		T(the_last_attempt_waits_for_other_requests_of_its_kind),
		T(a_create_committed_without_an_answer_is_not_repeated),
		T(a_lost_create_is_sent_again_after_the_settle_time),
		T(the_journal_holds_requests_and_outcomes),
		T(a_target_that_changed_since_the_plan_is_not_written),
		T(a_target_that_has_the_values_already_is_not_written),
		T(a_target_of_another_owner_is_not_written),
		T(a_moved_object_gets_its_new_key),
		T(a_moved_object_whose_old_key_changed_is_not_written),
		T(an_update_missing_from_the_answer_is_skipped),
		T(null_is_written_as_null),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
