/* SPDX-License-Identifier: Apache-2.0 */
/* Rules of the store about branches of NetBox and the values that were applied in them. */
#include "test_store_fixture.h"

static json_t *modules, *settings;

static struct sb_store_branch branch_at(int64_t run, const char *step)
{
	return (struct sb_store_branch){.endpoint = "lab",
					.run = run,
					.name = "stagebox-7",
					.id = 5,
					.schema = "ab12cd34",
					.modules = modules,
					.settings = settings,
					.step = step,
					.job = 31};
}

static void put_step(int64_t run, const char *step)
{
	struct sb_store_branch branch = branch_at(run, step);

	OK(sb_store_branch_put(store, &branch, 2000, &err));
}

static void end_branch(int64_t run, const char *step, bool is_merged)
{
	struct sb_store_branch branch = branch_at(run, step);

	OK(sb_store_branch_end(store, &branch, is_merged, 3000, &err));
}

static json_t *list_branches(const char *endpoint)
{
	json_t *branches = NULL;

	OK(sb_store_branch_list(store, endpoint, &branches, &err));
	return branches;
}

static void put_main(const char *key, const char *text)
{
	sb_autojson *fields = json_loads(text, 0, NULL);

	OK(sb_store_applied_put(store, "lab", key, fields, &err));
}

static void put_branch_value(const char *key, const char *text)
{
	sb_autojson *fields = json_loads(text, 0, NULL);

	OK(sb_store_branch_applied_put(store, "lab", "ab12cd34", key, fields, &err));
}

static int collect_main(void *arg, const char *key, const char *text)
{
	json_object_set_new(arg, key, json_loads(text, 0, NULL));
	return 0;
}

static void assert_main(const char *expected)
{
	sb_autojson *all = json_object();

	OK(sb_store_applied_each(store, "lab", collect_main, all, &err));
	assert_json(all, expected);
}

static int collect_branch(void *arg, const char *key, const char *text, bool replaces)
{
	json_object_set_new(arg, key,
			    json_pack("[o, b]", json_loads(text, 0, NULL), (int)replaces));
	return 0;
}

static void assert_branch(const char *expected)
{
	sb_autojson *all = json_object();

	OK(sb_store_branch_applied_each(store, "lab", "ab12cd34", collect_branch, all, &err));
	assert_json(all, expected);
}

static int make_branches(void **state)
{
	modules = json_pack("[s, s]", "ceph", "qemu");
	settings = json_pack("{s:s, s:i}", "mode", "required", "keep_days", 0);
	return make_store(state);
}

static int remove_branches(void **state)
{
	json_decref(modules);
	json_decref(settings);
	return drop_store(state);
}

static void the_step_of_a_branch_is_durable_and_the_last_one_counts(void **state)
{
	sb_autojson *branches = NULL, *none = NULL;

	(void)state;
	put_step(7, "create");
	put_step(7, "merging");
	reopen_store();
	branches = list_branches("lab");
	assert_json(branches,
		    "[{\"endpoint\":\"lab\",\"run\":7,\"name\":\"stagebox-7\",\"id\":5,"
		    "\"schema\":\"ab12cd34\",\"modules\":[\"ceph\",\"qemu\"],\"settings\":"
		    "{\"mode\":\"required\",\"keep_days\":0},\"step\":\"merging\",\"job\":31,"
		    "\"since\":2000}]");
	none = list_branches("edge");
	assert_json(none, "[]");
}

static void values_of_a_branch_leave_those_of_main_as_they_are(void **state)
{
	(void)state;
	put_main("lab/1", "{\"name\":\"a\",\"mtu\":1500}");
	put_branch_value("lab/1", "{\"name\":\"b\"}");
	put_branch_value("lab/1", "{\"tags\":null}");
	OK(sb_store_branch_applied_drop(store, "lab", "ab12cd34", "lab/2", &err));
	assert_main("{\"lab/1\":{\"name\":\"a\",\"mtu\":1500}}");
	assert_branch("{\"lab/1\":[{\"name\":\"b\",\"tags\":null},false],\"lab/2\":[{},true]}");
}

static void a_merge_promotes_values_by_field_and_drops_what_was_deleted(void **state)
{
	sb_autojson *branches = NULL;

	(void)state;
	put_main("lab/1", "{\"name\":\"a\",\"mtu\":1500}");
	put_main("lab/2", "{\"name\":\"gone\"}");
	put_main("lab/3", "{\"name\":\"old\",\"mtu\":9000}");
	put_branch_value("lab/1", "{\"name\":null}");
	OK(sb_store_branch_applied_drop(store, "lab", "ab12cd34", "lab/2", &err));
	OK(sb_store_branch_applied_drop(store, "lab", "ab12cd34", "lab/3", &err));
	put_branch_value("lab/3", "{\"name\":\"made anew\"}");
	put_main("lab/1", "{\"mtu\":9000}"); /* by a run to main, meanwhile */
	end_branch(7, "merged", true);
	reopen_store();
	assert_main("{\"lab/1\":{\"name\":null,\"mtu\":9000},"
		    "\"lab/3\":{\"name\":\"made anew\"}}");
	branches = list_branches("lab");
	assert_string_equal(json_string_value(json_object_get(json_array_get(branches, 0), "step")),
			    "merged");
}

static void a_merge_that_is_noted_again_leaves_what_later_runs_applied(void **state)
{
	(void)state;
	put_step(7, "writes");
	put_branch_value("lab/1", "{\"name\":\"of the branch\"}");
	end_branch(7, "merged", true);
	put_main("lab/1", "{\"name\":\"later\"}");
	end_branch(7, "merged", true);
	assert_main("{\"lab/1\":{\"name\":\"later\"}}");
}

static void values_of_a_branch_that_is_gone_are_dropped_with_it(void **state)
{
	sb_autojson *branches = NULL;

	(void)state;
	put_main("lab/1", "{\"name\":\"a\"}");
	put_step(7, "writes");
	put_branch_value("lab/1", "{\"name\":\"b\"}");
	end_branch(7, "gone", false);
	assert_main("{\"lab/1\":{\"name\":\"a\"}}");
	assert_branch("{}");
	branches = list_branches("lab");
	assert_json(branches, "[]");
}

static void open_requests_of_a_branch_are_settled_with_it_and_no_others(void **state)
{
	sb_autojson *keys = json_array(), *open = NULL, *left = NULL;
	int64_t in_main = 0, in_branch = 0;

	(void)state;
	OK(sb_store_run_begin(store, "lab", "sync", 1000, &in_main, &err));
	OK(sb_store_run_begin(store, "lab", "sync", 1000, &in_branch, &err));
	OK(sb_store_run_schema(store, in_branch, "ab12cd34", &err));
	OK(sb_store_request_begin(store, in_main, 1, "POST", "p", "vm", keys, 1000, &err));
	OK(sb_store_request_begin(store, in_branch, 1, "POST", "p", "vm", keys, 1000, &err));
	OK(sb_store_request_open(store, "lab", 1000, &open, &err));
	assert_int_equal(json_array_size(open), 2);
	assert_null(json_object_get(json_array_get(open, 0), "schema"));
	assert_string_equal(json_string_value(json_object_get(json_array_get(open, 1), "schema")),
			    "ab12cd34");
	end_branch(in_branch, "gone", false);
	OK(sb_store_request_open(store, "lab", 1000, &left, &err));
	assert_int_equal(json_array_size(left), 1);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(left, 0), "run")),
			 in_main);
}

static void a_merged_branch_is_forgotten_with_its_run_unless_it_is_still_to_be_deleted(void **state)
{
	sb_autojson *branches = NULL;

	(void)state;
	end_branch(7, "merged", true);
	put_step(8, "open");
	json_object_set_new(settings, "keep_days", json_integer(30));
	end_branch(9, "merged", true);
	OK(sb_store_sweep(store, 100000, 1, &err));
	branches = list_branches("lab");
	assert_int_equal(json_array_size(branches), 2);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(branches, 0), "run")),
			 8);
	assert_int_equal(json_integer_value(json_object_get(json_array_get(branches, 1), "run")),
			 9);
}

static void a_field_that_bootstrap_made_is_forgotten_in_branches_too(void **state)
{
	(void)state;
	put_branch_value("lab/1", "{\"stagebox_ceph\":1,\"name\":\"a\"}");
	OK(sb_store_applied_forget(store, "stagebox_ceph", &err));
	assert_branch("{\"lab/1\":[{\"name\":\"a\"},false]}");
}

static void a_reverted_branch_is_open_and_main_knows_nothing_of_its_objects(void **state)
{
	struct sb_store_branch branch;
	sb_autojson *branches = NULL;

	(void)state;
	put_main("lab/1", "{\"name\":\"a\"}");
	put_main("lab/2", "{\"name\":\"b\"}");
	put_branch_value("lab/1", "{\"name\":\"c\"}");
	end_branch(7, "merged", true);
	branch = branch_at(7, "open");
	OK(sb_store_branch_revert(store, &branch, 4000, &err));
	assert_main("{\"lab/2\":{\"name\":\"b\"}}");
	assert_branch("{\"lab/1\":[{\"name\":\"c\"},false]}");
	branches = list_branches("lab");
	assert_string_equal(json_string_value(json_object_get(json_array_get(branches, 0), "step")),
			    "open");
}

#define T(name) cmocka_unit_test_setup_teardown(name, make_branches, remove_branches)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_step_of_a_branch_is_durable_and_the_last_one_counts),
		T(values_of_a_branch_leave_those_of_main_as_they_are),
		T(a_merge_promotes_values_by_field_and_drops_what_was_deleted),
		T(a_merge_that_is_noted_again_leaves_what_later_runs_applied),
		T(values_of_a_branch_that_is_gone_are_dropped_with_it),
		T(open_requests_of_a_branch_are_settled_with_it_and_no_others),
		T(a_merged_branch_is_forgotten_with_its_run_unless_it_is_still_to_be_deleted),
		T(a_reverted_branch_is_open_and_main_knows_nothing_of_its_objects),
		T(a_field_that_bootstrap_made_is_forgotten_in_branches_too),
	};

	return cmocka_run_group_tests_name("store_branch", tests, NULL, NULL);
}
