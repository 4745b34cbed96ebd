/* SPDX-License-Identifier: Apache-2.0 */
/* NetBox's change log, read for modules: sb_nb_changes(). */
#include "test_diff_fixture.h"

#include "diff/change_log.h"
#include "fake_io.h"
#include "stagebox/netbox.h"

/* Two stages of a further module: one asks for all objects before its diff returns, the other one
 * for one object in each pass. */
static int n_objects, n_calls;
static bool is_slow;
static struct fake_io *fake;

static int ask_all(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	struct sb_error why = SB_ERROR_INIT;
	int i, open = 0;

	(void)arg;
	(void)err;
	for (i = 1; i <= n_objects; i++) {
		sb_autojson *entries = sb_nb_changes(stage, "vm-interface", i, &why);

		open += !entries;
	}
	return 0;
}

static int ask_one(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	struct sb_error why = SB_ERROR_INIT;
	int i;

	(void)arg;
	(void)err;
	n_calls++;
	for (i = 1; is_slow && i <= n_objects; i++) {
		sb_autojson *entries = sb_nb_changes(stage, "vm", i, &why);

		if (!entries)
			return 0;
	}
	return 0;
}

static int start_u(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	struct sb_stage all = {.size = sizeof(all), .name = "u.all", .diff = ask_all};
	struct sb_stage one = {.size = sizeof(one), .name = "u.one", .diff = ask_one};
	int rc = sb_stage_add(ctx, &all, err);

	(void)ret_state;
	return rc < 0 ? rc : sb_stage_add(ctx, &one, err);
}

static const struct sb_module module_u = {.magic = SB_MODULE_MAGIC,
					  .abi_major = SB_ABI_MAJOR,
					  .abi_minor = SB_ABI_MINOR,
					  .size = sizeof(module_u),
					  .name = "u",
					  .version = "1",
					  .summary = "asks the change log",
					  .start = start_u};

static struct sb_stage_run *stage_u(const char *name)
{
	return &fx->run->stages[sb_run_find_stage(fx->run, name)];
}

static int setup_log(void **state)
{
	int rc;

	further = &module_u;
	rc = setup(state);
	fake = fake_io_create();
	assert_int_equal(sb_http_create(fake_io_io(fake), &fx->run->http, NULL), 0);
	assert_int_equal(sb_netbox_create(fx->run->http, &fx->run->netbox, NULL), 0);
	fx->run->netbox_user = strdup("stagebox bot");
	fx->run->looked_hidden = true; /* its requests are not counted here */
	fake_io_add(fake, &(struct fake_answer){"GET", "/api/core/object-changes/*", .status = 200,
						.body = "{\"count\": 0, \"next\": null, "
							"\"previous\": null, \"results\": []}"});
	stage_u("u.all")->selected = stage_u("u.all")->needed = true;
	stage_u("u.one")->selected = stage_u("u.one")->needed = true;
	n_calls = 0;
	is_slow = true;
	return rc;
}

static int teardown_log(void **state)
{
	sb_netbox_destroy(fx->run->netbox);
	sb_http_destroy(fx->run->http);
	sb_io_destroy(fake_io_io(fake));
	further = NULL;
	return teardown(state);
}

static void change_web(void)
{
	put_row("guest", "lab/qemu/101", GUEST("new"));
	put_netbox("vm", "lab/qemu/101", GUEST_IN_NETBOX(7, "old"));
	put_applied("lab/qemu/101", "{'name': 'old'}");
}

static void a_stage_that_asks_for_one_object_in_each_pass_fails_alone(void **state)
{
	(void)state;
	n_objects = 50;
	change_web();
	run_diff();
	assert_int_equal(stage_u("u.one")->status, SB_STAGE_FAILED);
	assert_non_null(strstr(stage_u("u.one")->why.text, "stage u.one"));
	assert_non_null(strstr(stage_u("u.one")->why.text, " in 9 passes"));
	assert_non_null(strstr(stage_u("u.one")->why.text, "all objects in the first pass"));
	assert_int_equal(stage_u("u.all")->status, SB_STAGE_OK);
	assert_status(0, SB_STAGE_OK);
	assert_non_null(op_of("lab/qemu/101", SB_UPDATE));
}

static void a_stage_may_ask_in_some_passes(void **state)
{
	(void)state;
	n_objects = 8;
	run_diff();
	assert_int_equal(stage_u("u.one")->status, SB_STAGE_OK);
}

static void a_stage_that_asks_for_all_objects_is_called_twice(void **state)
{
	(void)state;
	n_objects = 50;
	is_slow = false;
	run_diff();
	assert_int_equal(n_calls, 2);
	assert_int_equal(fake_io_count(fake), 1);
	assert_int_equal(stage_u("u.all")->status, SB_STAGE_OK);
}

static json_t *make_record(int id, int object)
{
	return json_pack("{s:i, s:i, s:{s:s}}", "id", id, "changed_object_id", object, "action",
			 "value", "update");
}

static void a_long_log_of_an_object_is_cut_while_it_arrives(void **state)
{
	char id[] = "7", index[] = "vm#7";
	struct sb_question question = {.type = SB_ASK_LOG, .text = id, .key = index};
	sb_autojson *kept = json_pack("{s:[], s:[]}", "7", "8"), *entries = NULL;
	int i;

	(void)state;
	for (i = 1; i <= 1000; i++) {
		sb_autojson *row = make_record(i * 3 % 1001, 7); /* in any order */

		sb_change_log_keep(kept, row);
		assert_true(json_array_size(json_object_get(kept, "7")) <= 200);
	}
	assert_int_equal(sb_change_log_put_entries(fx->run, &question, kept, NULL), 0);
	entries = sb_table_get_json(fx->run->snap->log, "vm#7");
	assert_int_equal(json_array_size(entries), 100);
	for (i = 0; i < 100; i++)
		assert_int_equal(
			json_integer_value(json_object_get(json_array_get(entries, i), "id")),
			1000 - i);
	assert_int_equal(json_array_size(json_object_get(kept, "8")), 0);
}

static void records_of_objects_that_nobody_asked_for_are_dropped(void **state)
{
	sb_autojson *kept = json_pack("{s:[]}", "7"), *row = make_record(1, 9);

	(void)state;
	sb_change_log_keep(kept, row);
	assert_json(kept, "{'7': []}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_stage_that_asks_for_one_object_in_each_pass_fails_alone, setup_log,
			teardown_log),
		cmocka_unit_test_setup_teardown(a_stage_may_ask_in_some_passes, setup_log,
						teardown_log),
		cmocka_unit_test_setup_teardown(a_stage_that_asks_for_all_objects_is_called_twice,
						setup_log, teardown_log),
		cmocka_unit_test_setup_teardown(a_long_log_of_an_object_is_cut_while_it_arrives,
						setup_log, teardown_log),
		cmocka_unit_test(records_of_objects_that_nobody_asked_for_are_dropped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
