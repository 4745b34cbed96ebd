/* SPDX-License-Identifier: Apache-2.0 */
/* Ops of a saved plan whose objects are as planned already: nothing is written, and nothing counts
 * as written. */
#include "test_apply_fixture.h"

#include "run/account.h"
#include "run/account_count.h"

#define KEY "lab/qemu/102"

/* An op that leaves, with an account that counted its object in NetBox, and a part below it. */
static struct sb_account *add_leaving(enum sb_verb verb, const char *set, const char *was)
{
	struct sb_op *op = add_op("vm", verb, KEY, "test.guests", set, was);
	int account = sb_account_open(fx->run, 0, op->kind, "lab/");

	op->target = 7;
	op->account = account;
	sb_account_at(fx->run, account)->before = 1;
	return sb_account_at(fx->run, account);
}

static void put_row_of(const char *row)
{
	json_object_set_new(io->rows, "virtualization/virtual-machines#7", parse_quoted(row));
}

static void assert_the_same(const struct sb_account *account, const char *request)
{
	struct sb_error err = SB_ERROR_INIT;

	apply_plan();
	assert_op(KEY, SB_OP_ALREADY, NULL);
	assert_int_equal(count_requests(request), 0);
	assert_int_equal(sb_account_finish(fx->run), 0);
	assert_int_equal(account->released, 0);
	assert_int_equal(account->deleted, 0);
	assert_int_equal(account->same, 1);
	assert_int_equal(sb_account_check(account, "test.guests", &err), 0);
}

static void what_was_released_before_counts_as_the_same(void **state)
{
	struct sb_account *account =
		add_leaving(SB_UPDATE, "{'stagebox_key': null}", "{'stagebox_key': '" KEY "'}");

	(void)state;
	put_row_of("{'id': 7, 'name': 'web', 'custom_fields': {'stagebox_key': null}}");
	assert_the_same(account, "PATCH virtualization/virtual-machines");
}

static void what_was_deleted_before_counts_as_the_same(void **state)
{
	struct sb_account *account = add_leaving(SB_DELETE, NULL, "{'name': 'web'}");

	(void)state;
	assert_the_same(account, "DELETE virtualization/virtual-machines");
}

static void what_is_released_now_counts_as_released(void **state)
{
	struct sb_account *account =
		add_leaving(SB_UPDATE, "{'stagebox_key': null}", "{'stagebox_key': '" KEY "'}");

	(void)state;
	put_row_of("{'id': 7, 'name': 'web', 'custom_fields': {'stagebox_key': '" KEY "'}}");
	apply_plan();
	assert_op(KEY, SB_OP_DONE, NULL);
	assert_int_equal(sb_account_finish(fx->run), 0);
	assert_int_equal(account->released, 1);
	assert_int_equal(account->same, 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup_apply, teardown_apply)
	const struct CMUnitTest tests[] = {
		TEST(what_was_released_before_counts_as_the_same),
		TEST(what_was_deleted_before_counts_as_the_same),
		TEST(what_is_released_now_counts_as_released),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
