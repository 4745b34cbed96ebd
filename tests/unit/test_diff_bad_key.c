/* SPDX-License-Identifier: Apache-2.0 */
/* Objects whose key cannot be printed: each costs itself only. */
#include "run/run.h"
#include "test_diff_fixture.h"

/* \u202e turns the direction of the text after it. */
static void an_object_whose_key_cannot_be_printed_is_unknown(void **state)
{
	sb_autojson *causes = NULL;

	(void)state;
	put_row("guest", "lab/qemu/101", GUEST("web"));
	put_row("guest", "lab/qemu/x\xe2\x80\xaey", GUEST("odd"));
	put_netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("vm")->same, 1);
	assert_int_equal(find_account("vm")->unknown, 1);
	assert_status(0, SB_STAGE_PARTIAL);
	causes = sb_run_causes(fx->run, 0);
	assert_non_null(strstr(sb_json_str(json_array_get(causes, 0), "text"), "rename it there"));
}

static void netbox_rows_whose_key_cannot_be_printed_do_not_count_as_ours(void **state)
{
	sb_autojson *causes = NULL;
	const char *text;

	(void)state;
	json_object_set_new(json_object_get(fx->conf, "prune"), "enabled", json_true());
	json_object_set_new(json_object_get(fx->conf, "prune"), "runs", json_integer(1));
	json_object_set_new(json_object_get(fx->conf, "prune"), "grace", json_integer(0));
	put_row("guest", "lab/qemu/101", GUEST("web"));
	put_netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "web"));
	put_netbox("vm", "lab/qemu/102\x07", GUEST_IN_NETBOX(8, "odd"));
	run_diff();
	assert_int_equal(n_ops(), 0);
	assert_int_equal(find_account("vm")->before, 1);
	assert_status(0, SB_STAGE_PARTIAL);
	causes = sb_run_causes(fx->run, 0);
	text = sb_json_str(json_array_get(causes, 0), "text");
	assert_non_null(strstr(text, "/virtualization/virtual-machines/8/"));
	assert_non_null(strstr(text, "\"lab/qemu/102?\""));
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(an_object_whose_key_cannot_be_printed_is_unknown),
		T(netbox_rows_whose_key_cannot_be_printed_do_not_count_as_ours),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
