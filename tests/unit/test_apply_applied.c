/* SPDX-License-Identifier: Apache-2.0 */
/* The values that we wrote last belong to one object: they go where it goes, and stay behind when
 * another one gets its key. */
#include "test_apply_fixture.h"

#define VMS "virtualization/virtual-machines"
#define WEB "lab/qemu/101"
#define OLD "lab/qemu/102"

/* The object that an op changes. key: of it now, "null" = it has none. */
static void put_guest(const char *key)
{
	char text[200];

	snprintf(text, sizeof(text),
		 "{'id': 1, 'name': 'web', 'description': 'a', 'custom_fields': {'stagebox_key': "
		 "%s}}",
		 key);
	json_object_set_new(io->rows, VMS "#1", parse_quoted(text));
}

static void apply_update(const char *set, const char *was)
{
	add_op("vm", SB_UPDATE, WEB, "t.guests", set, was)->target = 1;
	apply_plan();
	assert_all_done();
}

/* The values of the guest that were sent to the store. */
static void assert_stored(const char *expected)
{
	sb_autojson *all = json_object();
	const json_t *event;
	size_t i;

	json_array_foreach (io->events, i, event)
		if (sb_streq(sb_json_str(event, "ev"), "applied") &&
		    sb_streq(sb_json_str(event, "key"), WEB))
			json_object_update(all, json_object_get(event, "fields"));
	json_object_del(all, "stagebox_key");
	json_object_del(all, "stagebox_adopted");
	assert_json(all, expected);
}

static bool is_dropped(const char *key)
{
	const json_t *event;
	size_t i;

	json_array_foreach (io->events, i, event)
		if (sb_streq(sb_json_str(event, "ev"), "applied_drop") &&
		    sb_streq(sb_json_str(event, "key"), key))
			return true;
	return false;
}

static void a_moved_object_takes_its_values_along(void **state)
{
	(void)state;
	put_guest("'" OLD "'");
	put_applied(OLD, "{'comments': 'of the guest'}");
	put_applied(WEB,
		    "{'comments': 'of the former guest'}"); /* of the former guest with this key */
	apply_update("{'stagebox_key': '" WEB "', 'description': 'b'}",
		     "{'stagebox_key': '" OLD "', 'description': 'a'}");
	assert_stored("{'comments': 'of the guest', 'description': 'b'}");
	assert_true(is_dropped(OLD));
	assert_false(is_dropped(WEB));
}

static void an_object_that_lost_its_key_keeps_its_values(void **state)
{
	(void)state;
	put_guest("null");
	put_applied(WEB, "{'comments': 'of the guest'}");
	apply_update("{'stagebox_key': '" WEB "', 'description': 'b'}",
		     "{'stagebox_key': null, 'description': 'a'}");
	assert_stored("{'comments': 'of the guest', 'description': 'b'}");
	assert_false(is_dropped(WEB));
}

static void an_adopted_object_has_none_of_a_former_one(void **state)
{
	(void)state;
	put_guest("null");
	put_applied(WEB, "{'comments': 'of the former guest'}");
	apply_update("{'stagebox_key': '" WEB "', 'stagebox_adopted': true, 'description': 'b'}",
		     "{'stagebox_key': null, 'stagebox_adopted': null, 'description': 'a'}");
	assert_stored("{'description': 'b'}");
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup_apply, teardown_apply)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_moved_object_takes_its_values_along),
		T(an_object_that_lost_its_key_keeps_its_values),
		T(an_adopted_object_has_none_of_a_former_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
