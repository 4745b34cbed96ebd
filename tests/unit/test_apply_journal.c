/* SPDX-License-Identifier: Apache-2.0 */
/* An entry of the journal is sent after the field that it is about was written, and not without. */
#include "test_apply_fixture.h"

#include "model/journal.h"

#define KEY   "lab/qemu/101"
#define ENTRY KEY "/journal/serial"
#define PLACE "extras/journal-entries#"

/* An update of memory and serial, and an entry about the serial. memory, serial: what NetBox has.
 */
static void add_change(int memory, const char *serial)
{
	struct sb_op *update, *entry;
	const struct sb_kind *kind = get_list(SB_KIND_OF_JOURNAL)->kind;
	char row[300];
	size_t seq;

	snprintf(row, sizeof(row),
		 "{'id': 7, 'name': 'web', 'memory': %d, 'serial': '%s', 'custom_fields':"
		 " {'stagebox_key': '" KEY "'}}",
		 memory, serial);
	put_netbox("vm", KEY, row);
	json_object_set_new(io->rows, "virtualization/virtual-machines#7", parse_quoted(row));
	update = add_op("vm", SB_UPDATE, KEY, "t.guests", "{'memory': 512, 'serial': 'broken'}",
			"{'memory': 256, 'serial': 'fine'}");
	update->target = 7;
	seq = update->seq;
	entry = add_op(SB_KIND_OF_JOURNAL, SB_CREATE, ENTRY, "t.guests",
		       "{'assigned_object': {'type': 'virtualization.virtualmachine', 'id': 7},"
		       " 'kind': 'warning', 'comments': 'fine -> broken'}",
		       NULL);
	assert_int_equal(sb_op_add_claimed(entry, kind, ENTRY), 0);
	assert_int_equal(sb_op_add_freed(&fx->run->diff->plan.ops[seq], kind, ENTRY), 0);
}

static size_t count_entries(void)
{
	const char *place;
	json_t *row;
	size_t n = 0;

	json_object_foreach (io->rows, place, row)
		n += sb_starts_with(place, PLACE);
	return n;
}

static void it_is_sent_after_the_update_with_the_number_of_the_run(void **state)
{
	const char *place;
	json_t *row;

	(void)state;
	add_change(256, "fine");
	apply_plan();
	assert_op(KEY, SB_OP_DONE, NULL);
	assert_op(ENTRY, SB_OP_DONE, NULL);
	assert_int_equal(count_entries(), 1);
	json_object_foreach (io->rows, place, row)
		if (sb_starts_with(place, PLACE))
			assert_string_equal(sb_json_str(row, "comments"),
					    "fine -> broken\n\nstagebox run 0");
}

static void it_is_not_sent_when_its_field_was_left_out(void **state)
{
	(void)state;
	add_change(256, "fine");
	io->bad_field = "serial";
	io->bad_value = "\"broken\"";
	io->how = "field";
	io->words = "failed";
	apply_plan();
	assert_op(KEY, SB_OP_DONE, NULL);
	assert_op(ENTRY, SB_OP_ALREADY, NULL);
	assert_int_equal(count_entries(), 0);
}

static void it_is_sent_when_another_field_was_left_out(void **state)
{
	(void)state;
	add_change(256, "fine");
	io->bad_field = "memory";
	io->bad_value = "512";
	io->how = "500";
	io->words = "failed";
	apply_plan();
	assert_op(KEY, SB_OP_DONE, NULL);
	assert_op(ENTRY, SB_OP_DONE, NULL);
	assert_int_equal(count_entries(), 1);
}

static void it_is_not_sent_when_netbox_has_the_value_of_its_field(void **state)
{
	(void)state;
	add_change(256, "broken");
	apply_plan();
	assert_op(KEY, SB_OP_DONE, NULL);
	assert_op(ENTRY, SB_OP_ALREADY, NULL);
	assert_int_equal(count_entries(), 0);
}

static void it_is_skipped_with_its_update(void **state)
{
	(void)state;
	add_change(1024, "fine");
	apply_plan();
	assert_op(KEY, SB_OP_SKIPPED, "memory changed in NetBox");
	assert_op(ENTRY, SB_OP_SKIPPED, "update of " KEY);
	assert_int_equal(count_entries(), 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup_apply, teardown_apply)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(it_is_sent_after_the_update_with_the_number_of_the_run),
		T(it_is_not_sent_when_its_field_was_left_out),
		T(it_is_sent_when_another_field_was_left_out),
		T(it_is_not_sent_when_netbox_has_the_value_of_its_field),
		T(it_is_skipped_with_its_update),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
