/* SPDX-License-Identifier: Apache-2.0 */
/* A value that NetBox refuses is left out: the object goes on, and only ops with that value stop.
 */
#include "test_apply_fixture.h"

#include "run/refusal.h"

#define GUEST_FIELDS                                                                               \
	"'cluster': 1, 'status': 'active', 'vcpus': 2, 'description': 'd', 'comments': 'c',"       \
	" 'serial': 's'"

static void add_guest(unsigned vmid, const char *more)
{
	char key[32], set[400];

	snprintf(key, sizeof(key), "lab/qemu/%u", vmid);
	snprintf(set, sizeof(set), "{'name': 'g%u', " GUEST_FIELDS ", %s}", vmid, more);
	add_op("vm", SB_CREATE, key, "t.guests", set, NULL);
}

static void add_guests(unsigned n, const char *more)
{
	unsigned i;

	for (i = 0; i < n; i++)
		add_guest(101 + i, more);
}

static void refuse_value(const char *field, const char *value, const char *how, const char *words)
{
	io->bad_field = field;
	io->bad_value = value;
	io->how = how;
	io->words = words;
}

/* The entries of a stage as "field=value: number of objects". */
static void assert_left_out(const char *stage, const char *expected)
{
	sb_autojson *entries = sb_left_out_entries(fx->run, stage);
	const json_t *entry;
	char text[400] = "";
	size_t i;

	json_array_foreach (entries, i, entry) {
		const char *value = sb_json_str(entry, "value");

		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s%s%s:%zu",
			 i ? " " : "", sb_json_str(entry, "field"), value ? "=" : "",
			 value ? value : "", json_array_size(json_object_get(entry, "objects")));
	}
	assert_string_equal(text, expected);
}

/* The memory as "key field;", without left-out values. */
static void assert_remembered(const char *expected)
{
	sb_autojson *rows = sb_refusals_after(fx->run);
	char text[2000] = "";
	const json_t *row;
	size_t i;

	json_array_foreach (rows, i, row)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s %s;",
			 sb_json_str(row, "key"), sb_json_str(row, "field"));
	assert_string_equal(text, expected);
}

static const json_t *row_of(const char *path, const char *name)
{
	const char *place;
	json_t *row;

	json_object_foreach (io->rows, place, row)
		if (sb_starts_with(place, path) && sb_streq(name_of(row), name))
			return row;
	return NULL;
}

static void a_field_that_netbox_names_is_left_out(void **state)
{
	(void)state;
	add_guests(2, "'memory': 512");
	add_guest(103, "'memory': 7");
	add_guest(104, "'memory': 512");
	add_op("virtual-disk", SB_CREATE, "lab/qemu/103/scsi0", "t.nics",
	       "{'name': 'scsi0', 'size': 1, 'virtual_machine': {'$ref': 'lab/qemu/103'}}", NULL);
	refuse_value("memory", "7", "field", "Too small.");
	apply_plan();
	assert_all_done();
	assert_left_out("t.guests", "memory=7:1");
	assert_null(json_object_get(row_of("virt", "g103"), "memory"));
	assert_non_null(json_object_get(row_of("virt", "g103"), "comments"));
	assert_non_null(json_object_get(row_of("virt", "g104"), "memory"));
	assert_int_equal(count_requests("POST virtualization/virtual-machines"), 2);
	assert_status(0, SB_STAGE_PARTIAL);
}

static void of_a_set_only_the_refused_member_is_left_out(void **state)
{
	(void)state;
	put_netbox("tag", "", "{'id': 3, 'name': 'prod', 'slug': 'prod'}");
	put_netbox("tag", "", "{'id': 4, 'name': 'web', 'slug': 'web'}");
	add_guests(3, "'tags': [3, 4]");
	refuse_value("tags", "3", "all", "Tag prod cannot be assigned to virtualmachine objects.");
	apply_plan();
	assert_all_done();
	assert_left_out("t.guests", "tags=prod:3");
	assert_json(json_object_get(row_of("virt", "g101"), "tags"), "[4]");
	assert_int_equal(count_requests("POST virtualization/virtual-machines"), 2);
}

static void a_value_that_the_words_quote_is_left_out(void **state)
{
	(void)state;
	add_guests(1, "'memory': 4711");
	refuse_value("memory", "4711", "500", "4711 is out of range");
	apply_plan();
	assert_all_done();
	assert_left_out("t.guests", "memory=4711:1");
	assert_int_equal(count_requests("POST virtualization/virtual-machines"), 2);
}

static void without_words_the_value_is_found_by_halves(void **state)
{
	(void)state;
	add_guests(1, "'memory': 4711");
	refuse_value("memory", "4711", "all", "Validation failed.");
	apply_plan();
	assert_all_done();
	assert_left_out("t.guests", "memory=4711:1");
	assert_non_null(json_object_get(row_of("virt", "g101"), "comments"));
	assert_non_null(json_object_get(row_of("virt", "g101"), "vcpus"));
	assert_non_null(json_object_get(row_of("virt", "g101"), "serial"));
	assert_string_equal(sb_json_str(row_of("virt", "g101"), "status"), "active");
	assert_true(count_requests("POST virtualization/virtual-machines") +
			    count_requests("PATCH virtualization/virtual-machines") <=
		    1 + 5);
}

/* Five requests do not separate eleven values: NetBox refuses the memory alone, and vcpus were
 * never sent without it. */
static void only_a_proven_refusal_is_remembered(void **state)
{
	(void)state;
	add_op("vm", SB_CREATE, "lab/qemu/101", "t.guests",
	       "{'name': 'g101', 'cluster': 1, 'site': 1, 'device': 1, 'status': 'active',"
	       " 'start_on_boot': 'on', 'role': 1, 'platform': 1, 'vcpus': 2, 'memory': 4711,"
	       " 'description': 'd', 'comments': 'c', 'tags': [3]}",
	       NULL);
	refuse_value("memory", "4711", "500", "failed");
	apply_plan();
	assert_all_done();
	assert_left_out("t.guests", "memory=4711:1 vcpus=2:1");
	assert_remembered("lab/qemu/101 memory;");
	assert_int_equal(count_requests("POST virtualization/virtual-machines") +
				 count_requests("PATCH virtualization/virtual-machines"),
			 1 + 5);
}

static void the_result_holds_for_the_rest_of_the_kind(void **state)
{
	(void)state;
	json_object_set_new(json_object_get(fx->conf, "netbox"), "in_flight", json_integer(1));
	add_guests(30, "'memory': 4711");
	refuse_value("memory", "4711", "500", "failed");
	apply_plan();
	assert_all_done();
	assert_left_out("t.guests", "memory=4711:30");
	/* one batch is halved until the first object is alone; the others know */
	assert_true(count_requests("POST virtualization/virtual-machines") <= 16);
}

static void a_value_that_decides_about_the_object_is_not_left_out(void **state)
{
	(void)state;
	add_guests(3, "'memory': 512");
	add_op("virtual-disk", SB_CREATE, "lab/qemu/102/scsi0", "t.nics",
	       "{'name': 'scsi0', 'size': 1, 'virtual_machine': {'$ref': 'lab/qemu/102'}}", NULL);
	refuse_value("name", "\"g102\"", "field", "This name is rejected.");
	apply_plan();
	assert_op("lab/qemu/102", SB_OP_FAILED, "rejected");
	assert_op("lab/qemu/102/scsi0", SB_OP_SKIPPED, "rejected");
	assert_op("lab/qemu/101", SB_OP_DONE, NULL);
	assert_left_out("t.guests", "");
}

/* A trait of the kind's row says which fields these are. */
static void a_value_that_netbox_needs_for_a_new_object_is_not_left_out(void **state)
{
	(void)state;
	add_guests(1, "'memory': 512");
	add_op("virtual-disk", SB_CREATE, "lab/qemu/101/scsi0", "t.nics",
	       "{'name': 'scsi0', 'size': 1, 'virtual_machine': {'$ref': 'lab/qemu/101'}}", NULL);
	refuse_value("size", "1", "field", "This size is rejected.");
	apply_plan();
	assert_op("lab/qemu/101", SB_OP_DONE, NULL);
	assert_op("lab/qemu/101/scsi0", SB_OP_FAILED, "rejected");
	assert_left_out("t.nics", "");
}

static void a_state_that_netbox_gives_anyway_is_left_out_of_a_new_object(void **state)
{
	(void)state;
	add_guests(1, "'memory': 512");
	refuse_value("status", "\"active\"", "field", "This status is rejected.");
	apply_plan();
	assert_op("lab/qemu/101", SB_OP_DONE, NULL);
	assert_null(json_object_get(row_of("virt", "g101"), "status"));
	assert_left_out("t.guests", "status=active:1");
}

/* NetBox's default would say that the object is active. */
static void another_state_is_not_left_out_of_a_new_object(void **state)
{
	(void)state;
	add_op("device", SB_CREATE, "lab/node/a", "t.guests",
	       "{'name': 'a', 'site': 1, 'status': 'offline'}", NULL);
	refuse_value("status", "\"offline\"", "field", "This status is rejected.");
	apply_plan();
	assert_op("lab/node/a", SB_OP_FAILED, "rejected");
	assert_left_out("t.guests", "");
}

static void a_refused_object_costs_others_only_the_reference(void **state)
{
	(void)state;
	add_op("device", SB_CREATE, "lab/node/a", "t.guests", "{'name': 'a', 'site': 1}", NULL);
	add_guests(2, "'device': {'$ref': 'lab/node/a'}");
	refuse_value("name", "\"a\"", "field", "This name is rejected.");
	apply_plan();
	assert_op("lab/node/a", SB_OP_FAILED, "rejected");
	assert_op("lab/qemu/101", SB_OP_DONE, NULL);
	assert_op("lab/qemu/102", SB_OP_DONE, NULL);
	assert_left_out("t.guests", "device:2");
	assert_null(json_object_get(row_of("virt", "g101"), "device"));
}

/* Later runs would not give it its site: they use shared objects as they are. */
static void a_shared_object_is_not_created_without_its_reference(void **state)
{
	(void)state;
	add_op("site", SB_CREATE, "shared/site/a", "shared", "{'name': 'a', 'slug': 'a'}", NULL);
	add_op("vlan-group", SB_CREATE, "shared/vlan-group/g", "shared",
	       "{'name': 'g', 'slug': 'g', 'scope': {'type': 'dcim.site', 'id': {'$ref': "
	       "'shared/site/a'}}}",
	       NULL);
	refuse_value("name", "\"a\"", "field", "This name is rejected.");
	apply_plan();
	assert_op("shared/site/a", SB_OP_FAILED, "rejected");
	assert_op("shared/vlan-group/g", SB_OP_SKIPPED, "rejected");
}

static void an_update_with_nothing_left_writes_nothing(void **state)
{
	(void)state;
	put_netbox("vm", "lab/qemu/101", "{'id': 7, 'name': 'web', 'memory': 256}");
	json_object_set_new(io->rows, "virtualization/virtual-machines#7",
			    parse_quoted("{'id': 7, 'name': 'web', 'memory': 256, 'custom_fields':"
					 " {'stagebox_key': 'lab/qemu/101'}}"));
	add_op("vm", SB_UPDATE, "lab/qemu/101", "t.guests", "{'memory': 7}", "{'memory': 256}")
		->target = 7;
	refuse_value("memory", "7", "500", "failed");
	apply_plan();
	assert_op("lab/qemu/101", SB_OP_ALREADY, NULL);
	assert_left_out("t.guests", "memory=7:1");
}

static void an_update_keeps_its_other_values(void **state)
{
	(void)state;
	put_netbox("vm", "lab/qemu/101", "{'id': 7, 'name': 'web', 'memory': 256}");
	json_object_set_new(
		io->rows, "virtualization/virtual-machines#7",
		parse_quoted("{'id': 7, 'name': 'web', 'memory': 256, 'vcpus': 1, 'serial': '',"
			     " 'custom_fields': {'stagebox_key': 'lab/qemu/101'}}"));
	add_op("vm", SB_UPDATE, "lab/qemu/101", "t.guests",
	       "{'memory': 7, 'vcpus': 4, 'serial': 'x'}",
	       "{'memory': 256, 'vcpus': 1, 'serial': ''}")
		->target = 7;
	refuse_value("memory", "7", "all", "failed");
	apply_plan();
	assert_op("lab/qemu/101", SB_OP_DONE, NULL);
	assert_left_out("t.guests", "memory=7:1");
	assert_json(json_object_get(io->rows, "virtualization/virtual-machines#7"),
		    "{'id': 7, 'name': 'web', 'memory': 256, 'vcpus': 4, 'serial': 'x',"
		    " 'custom_fields': {'stagebox_key': 'lab/qemu/101'},"
		    " 'changelog_message': 'stagebox run 0: t.guests'}");
}

static void after_eight_refusals_the_field_is_left_out_for_the_kind(void **state)
{
	json_t *rows;

	(void)state;
	json_object_set_new(json_object_get(fx->conf, "netbox"), "in_flight", json_integer(1));
	add_guests(25, "'tags': [3]");
	refuse_value("tags", "3", "field", "Not here.");
	apply_plan();
	assert_all_done();
	assert_left_out("t.guests", "tags=3:25");
	/* the batches after the first one are not refused */
	assert_int_equal(count_requests("POST virtualization/virtual-machines"), 4);
	rows = sb_refusals_after(fx->run);
	assert_int_equal(json_array_size(rows), 25); /* each of its own object */
	json_decref(rows);
}

static void only_ops_with_the_refused_value_stop(void **state)
{
	unsigned i;
	char key[32];

	(void)state;
	json_object_set_new(json_object_get(fx->conf, "netbox"), "in_flight", json_integer(1));
	for (i = 0; i < 40; i++) {
		snprintf(key, sizeof(key), "lab/qemu/%u/d", 1 + i);
		add_op("virtual-disk", SB_CREATE, key, "t.nics",
		       i % 2 ? "{'name': 'bad', 'size': 1, 'virtual_machine': 7}"
			     : "{'name': 'good', 'size': 1, 'virtual_machine': 7}",
		       NULL);
	}
	refuse_value("name", "\"bad\"", "field", "This name is rejected.");
	apply_plan();
	for (i = 0; i < 40; i++) {
		snprintf(key, sizeof(key), "lab/qemu/%u/d", 1 + i);
		assert_op(key, i % 2 ? SB_OP_FAILED : SB_OP_DONE, i % 2 ? "rejected" : NULL);
	}
	assert_op("lab/qemu/40/d", SB_OP_FAILED, "others with the same name were not tried");
}

static void an_object_is_remembered_by_the_field_that_decided(void **state)
{
	(void)state;
	add_guests(2, "'memory': 512");
	refuse_value("name", "\"g102\"", "field", "This name is rejected.");
	apply_plan();
	assert_remembered("lab/qemu/102 name;");
}

static void without_a_named_field_an_object_is_remembered_by_all_that_decide(void **state)
{
	sb_autojson *rows = NULL;

	(void)state;
	add_guests(1, "'memory': 512");
	refuse_value("name", "\"g101\"", "all", "No.");
	apply_plan();
	assert_remembered("lab/qemu/101 ;");
	rows = sb_refusals_after(fx->run);
	assert_string_equal(sb_json_str(json_array_get(rows, 0), "value"),
			    "{\"cluster\":1,\"name\":\"g101\",\"status\":\"active\"}");
}

static void an_exception_is_remembered_only_when_netbox_takes_others(void **state)
{
	(void)state;
	add_guests(1, "'memory': 512");
	refuse_value("name", "\"g101\"", "500", "failed");
	apply_plan();
	assert_op("lab/qemu/101", SB_OP_FAILED, "failed");
	assert_remembered("");
}

static void an_exception_of_one_object_is_remembered(void **state)
{
	(void)state;
	add_guests(2, "'memory': 512");
	refuse_value("name", "\"g101\"", "500", "failed");
	apply_plan();
	assert_op("lab/qemu/102", SB_OP_DONE, NULL);
	assert_remembered("lab/qemu/101 ;");
}

static void objects_that_the_breaker_stops_are_remembered_too(void **state)
{
	sb_autojson *rows = NULL;
	unsigned i;
	char key[32];

	(void)state;
	json_object_set_new(json_object_get(fx->conf, "netbox"), "in_flight", json_integer(1));
	for (i = 0; i < 20; i++) {
		snprintf(key, sizeof(key), "lab/qemu/%u/d", 1 + i);
		add_op("virtual-disk", SB_CREATE, key, "t.nics",
		       "{'name': 'bad', 'size': 1, 'virtual_machine': 7}", NULL);
	}
	refuse_value("name", "\"bad\"", "field", "This name is rejected.");
	apply_plan();
	rows = sb_refusals_after(fx->run);
	assert_int_equal(json_array_size(rows), 20);
}

static void add_update(unsigned id, const char *set, const char *was)
{
	char key[32], place[64], row[300];

	snprintf(key, sizeof(key), "lab/qemu/%u", 100 + id);
	snprintf(place, sizeof(place), "virtualization/virtual-machines#%u", id);
	snprintf(row, sizeof(row),
		 "{'id': %u, 'name': 'g%u', 'memory': 256, 'vcpus': 1, 'custom_fields':"
		 " {'stagebox_key': '%s'}}",
		 id, 100 + id, key);
	put_netbox("vm", key, row);
	json_object_set_new(io->rows, place, parse_quoted(row));
	add_op("vm", SB_UPDATE, key, "t.guests", set, was)->target = id;
}

/* A person gave the object a name, or left a field empty, that a new rule of NetBox forbids. */
static void a_refusal_of_a_field_that_was_not_sent_blames_no_value(void **state)
{
	unsigned i;
	char key[32];

	(void)state;
	json_object_set_new(json_object_get(fx->conf, "netbox"), "in_flight", json_integer(1));
	for (i = 1; i <= 24; i++)
		add_update(i, "{'memory': 8192}", "{'memory': 256}");
	add_guests(1, "'memory': 8192");
	refuse_value(NULL, NULL, "field", "This name is taken.");
	io->named = "name";
	io->frozen = 16;
	apply_plan();
	for (i = 1; i <= 24; i++) {
		snprintf(key, sizeof(key), "lab/qemu/%u", 100 + i);
		assert_op(key, i <= 16 ? SB_OP_FAILED : SB_OP_DONE,
			  i <= 16 ? "refuses the object as it is, and not a value that stagebox "
				    "sends: name: This name is taken."
				  : NULL);
	}
	assert_left_out("t.guests", "");
	assert_remembered("");
	assert_non_null(json_object_get(row_of("virt", "g101"), "memory"));
}

static void a_create_that_lacks_what_netbox_wants_blames_no_value(void **state)
{
	(void)state;
	add_guests(1, "'memory': 512");
	refuse_value("memory", "512", "field", "This field must not be empty.");
	io->named = "tenant";
	apply_plan();
	assert_op("lab/qemu/101", SB_OP_FAILED, "as it is");
	assert_left_out("t.guests", "");
	assert_remembered("");
	assert_int_equal(count_requests("POST virtualization/virtual-machines"), 1);
}

static void no_value_is_blamed_when_the_object_is_refused_without_it_too(void **state)
{
	(void)state;
	add_update(1, "{'memory': 8192}", "{'memory': 256}");
	add_update(2, "{'memory': 4096, 'vcpus': 4}", "{'memory': 256, 'vcpus': 1}");
	refuse_value(NULL, NULL, "all", "No 8192.");
	io->frozen = 2;
	apply_plan();
	assert_op("lab/qemu/101", SB_OP_FAILED, "as it is");
	assert_op("lab/qemu/102", SB_OP_FAILED, "as it is");
	assert_left_out("t.guests", "");
	assert_remembered("");
}

static void a_refused_name_costs_an_update_the_name_only(void **state)
{
	(void)state;
	add_update(1, "{'name': 'bad', 'memory': 8192}", "{'name': 'g101', 'memory': 256}");
	refuse_value("name", "\"bad\"", "field", "This name is rejected.");
	apply_plan();
	assert_op("lab/qemu/101", SB_OP_DONE, NULL);
	assert_left_out("t.guests", "name:1");
	assert_int_equal(json_integer_value(json_object_get(row_of("virt", "g101"), "memory")),
			 8192);
	assert_remembered("lab/qemu/101 name;");
}

static void add_guests_of_different_memory(unsigned n, unsigned from)
{
	char more[64];
	unsigned i;

	for (i = 0; i < n; i++) {
		snprintf(more, sizeof(more), "'memory': %u", from + i);
		add_guest(100 + from + i, more);
	}
}

static void after_eight_values_the_field_is_left_out_for_this_run_only(void **state)
{
	sb_autojson *rows = NULL;
	const json_t *row;
	size_t i;

	(void)state;
	json_object_set_new(json_object_get(fx->conf, "netbox"), "in_flight", json_integer(1));
	add_guests_of_different_memory(25, 1);
	refuse_value("memory", NULL, "field", "Too small.");
	io->below = 100;
	apply_plan();
	assert_all_done();
	/* the batches after the first one are not refused */
	assert_int_equal(count_requests("POST virtualization/virtual-machines"), 4);
	rows = sb_refusals_after(fx->run);
	assert_int_equal(json_array_size(rows), 25);
	json_array_foreach (rows, i, row)
		assert_string_not_equal(sb_json_str(row, "key"), "");
}

static void a_field_of_which_netbox_takes_other_values_is_not_left_out(void **state)
{
	(void)state;
	json_object_set_new(json_object_get(fx->conf, "netbox"), "in_flight", json_integer(1));
	add_guests_of_different_memory(9, 1);
	add_guests_of_different_memory(1, 500);
	add_guests_of_different_memory(11, 600);
	refuse_value("memory", NULL, "field", "Too small.");
	io->below = 100;
	apply_plan();
	assert_all_done();
	assert_null(json_object_get(row_of("virt", "g101"), "memory"));
	assert_non_null(json_object_get(row_of("virt", "g600"), "memory"));
	assert_non_null(json_object_get(row_of("virt", "g700"), "memory"));
	assert_non_null(json_object_get(row_of("virt", "g710"), "memory"));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup_apply, teardown_apply)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_field_that_netbox_names_is_left_out),
		T(of_a_set_only_the_refused_member_is_left_out),
		T(a_value_that_the_words_quote_is_left_out),
		T(without_words_the_value_is_found_by_halves),
		T(only_a_proven_refusal_is_remembered),
		T(the_result_holds_for_the_rest_of_the_kind),
		T(a_value_that_decides_about_the_object_is_not_left_out),
		T(a_value_that_netbox_needs_for_a_new_object_is_not_left_out),
		T(a_state_that_netbox_gives_anyway_is_left_out_of_a_new_object),
		T(another_state_is_not_left_out_of_a_new_object),
		T(a_refused_object_costs_others_only_the_reference),
		T(a_shared_object_is_not_created_without_its_reference),
		T(an_update_with_nothing_left_writes_nothing),
		T(an_update_keeps_its_other_values),
		T(after_eight_refusals_the_field_is_left_out_for_the_kind),
		T(only_ops_with_the_refused_value_stop),
		T(an_object_is_remembered_by_the_field_that_decided),
		T(without_a_named_field_an_object_is_remembered_by_all_that_decide),
		T(an_exception_is_remembered_only_when_netbox_takes_others),
		T(an_exception_of_one_object_is_remembered),
		T(objects_that_the_breaker_stops_are_remembered_too),
		T(a_refusal_of_a_field_that_was_not_sent_blames_no_value),
		T(a_create_that_lacks_what_netbox_wants_blames_no_value),
		T(no_value_is_blamed_when_the_object_is_refused_without_it_too),
		T(a_refused_name_costs_an_update_the_name_only),
		T(after_eight_values_the_field_is_left_out_for_this_run_only),
		T(a_field_of_which_netbox_takes_other_values_is_not_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
