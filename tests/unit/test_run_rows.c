/* SPDX-License-Identifier: Apache-2.0 */
/* Rows of modules: one that is too large is unknown, and costs nothing but its object. */
#include "test_diff_fixture.h"

static json_t *make_row_of(const char *name, size_t bytes)
{
	char *text = malloc(bytes + 1);
	json_t *row = json_pack("{s:s}", "name", name);

	memset(text, 'x', bytes);
	text[bytes] = '\0';
	json_object_set_new(row, "notes", json_string(text));
	free(text);
	return row;
}

static void put_large_row(const char *key, size_t bytes)
{
	struct sb_error err = SB_ERROR_INIT;

	if (sb_row_put(get_stage(0), "guest", make_row_of("new", bytes), &err, "%s", key) < 0)
		fail_msg("%s", err.text);
}

static void a_row_that_is_too_large_is_unknown_alone(void **state)
{
	(void)state;
	put_large_row("lab/qemu/101", (size_t)2 << 20);
	put_large_row("lab/qemu/102", (size_t)21 << 20); /* above the limit of any text */
	put_row("guest", "lab/qemu/103", GUEST("new"));
	put_netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "old"));
	put_netbox("vm", "lab/qemu/102", GUEST_IN_NETBOX(8, "old too"));
	put_netbox("vm", "lab/qemu/103", GUEST_IN_NETBOX(9, "older"));
	put_applied("lab/qemu/103", "{'name': 'older'}");
	mark_all_asked();
	run_diff();
	assert_int_equal(n_ops(), 1);
	assert_non_null(op_of("lab/qemu/103", SB_UPDATE));
	assert_int_equal(find_account("vm")->unknown, 2);
	assert_status(0, SB_STAGE_PARTIAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_row_that_is_too_large_is_unknown_alone, setup,
						teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
