/* SPDX-License-Identifier: Apache-2.0 */
/* Resource pools: made, changed and removed by hand, and read like those of Proxmox VE. */
#include "test_pve.h"

/* The members of a pool as the API lists them: "qemu/101 qemu/104". */
static void assert_members(struct lab *lab, const char *pool, const char *wanted)
{
	char path[80], have[400] = "";
	json_t *list, *row;
	size_t i;

	snprintf(path, sizeof(path), "/pools?poolid=%s", pool);
	lab_pve_shuffle(lab->pve, 1);
	list = json_object_get(json_array_get(get_data(lab, path), 0), "members");
	json_array_foreach (list, i, row) {
		size_t len = strlen(have);

		snprintf(have + len, sizeof(have) - len, "%s%s", len ? " " : "",
			 member_text(row, "id"));
	}
	assert_string_equal(have, wanted);
}

static void a_new_pool_is_empty_and_has_no_comment(void **state)
{
	struct lab *lab = *state;
	const char *why = NULL;
	json_t *row;

	assert_int_equal(lab_pve_add(lab->pve, "lab/pool/new", &why), 0);
	row = row_with(get_data(lab, "/pools"), "poolid", "new");
	assert_int_equal(json_object_size(row), 1);
	row = get_data(lab, "/pools/new");
	assert_int_equal(json_array_size(json_object_get(row, "members")), 0);
	assert_non_null(row_with(get_data(lab, "/cluster/resources"), "id", "/pool/new"));
	set_field(lab, "lab/pool/new", "comment", "of the tests");
	row = row_with(get_data(lab, "/pools"), "poolid", "new");
	assert_string_equal(member_text(row, "comment"), "of the tests");
	set_field(lab, "lab/pool/new", "comment", "");
	assert_null(json_object_get(get_data(lab, "/pools/new"), "comment"));
}

static void members_are_replaced_as_a_whole(void **state)
{
	struct lab *lab = *state;
	const char *why = NULL;
	json_t *row;

	assert_int_equal(lab_pve_add(lab->pve, "lab/pool/new", &why), 0);
	set_field(lab, "lab/pool/new", "members", "101,102");
	assert_members(lab, "new", "qemu/101 lxc/102");
	row = row_with(get_data(lab, "/cluster/resources?type=vm"), "id", "lxc/102");
	assert_string_equal(member_text(row, "pool"), "new");
	set_field(lab, "lab/pool/new", "members", "103");
	assert_members(lab, "new", "qemu/103");
	row = row_with(get_data(lab, "/cluster/resources?type=vm"), "id", "lxc/102");
	assert_null(json_object_get(row, "pool"));
	set_field(lab, "lab/qemu/101", "pool", "new");
	assert_members(lab, "new", "qemu/101 qemu/103");
	assert_int_equal(
		json_array_size(json_object_get(get_data(lab, "/pools/new?type=lxc"), "members")),
		0);
	assert_refused(lab, "lab/pool/new", "members", "101,999");
	assert_refused(lab, "lab/pool/new", "nonsense", "1");
	assert_refused(lab, "lab/pool/none", "comment", "x");
	assert_members(lab, "new", "qemu/101 qemu/103");
}

static void pools_are_refused_like_proxmox_ve_does(void **state)
{
	struct lab *lab = *state;
	const char *why = NULL;

	assert_int_equal(lab_pve_add(lab->pve, "lab/pool/p1", &why), 0);
	assert_int_equal(lab_pve_add(lab->pve, "lab/pool/p1/sub", &why), 0);
	refuse_add(lab, "lab/pool/p1", "pool 'p1' already exists");
	refuse_add(lab, "lab/pool/nope/sub", "parent 'nope' of pool 'nope/sub' does not exist");
	refuse_add(lab, "lab/pool/a b", "'a b' is not the name of a pool");
	refuse_rm(lab, "lab/pool/p1", "pool 'p1' is not empty (contains pool 'p1/sub')");
	set_field(lab, "lab/lxc/105", "pool", "p1/sub");
	refuse_rm(lab, "lab/pool/p1/sub", "pool 'p1/sub' is not empty (contains VM 105)");
	set_field(lab, "lab/pool/p1/sub", "members", "");
	assert_int_equal(lab_pve_rm(lab->pve, "lab/pool/p1/sub", &why), 0);
	assert_int_equal(lab_pve_rm(lab->pve, "lab/pool/p1", &why), 0);
	refuse_rm(lab, "lab/pool/p1", "pool 'p1' does not exist");
	assert_null(row_with(get_data(lab, "/pools"), "poolid", "p1"));
	assert_int_equal(status_of(lab, "/pools?poolid=p1"), 500);
	assert_string_equal(lab->answer.reason, "pool 'p1' does not exist");
}

static void the_dump_shows_pools_with_their_members(void **state)
{
	struct lab *lab = *state;
	sb_autojson *dump = NULL;
	const char *why = NULL;
	json_t *entry;

	assert_int_equal(lab_pve_add(lab->pve, "lab/pool/new", &why), 0);
	set_field(lab, "lab/pool/new", "comment", "c");
	set_field(lab, "lab/pool/new", "members", "104");
	dump = lab_pve_dump(lab->pve);
	entry = json_object_get(dump, "lab/pool/new");
	assert_string_equal(member_text(entry, "comment"), "c");
	assert_int_equal(json_integer_value(json_array_get(json_object_get(entry, "members"), 0)),
			 104);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ON(start_cluster, a_new_pool_is_empty_and_has_no_comment),
		ON(start_cluster, members_are_replaced_as_a_whole),
		ON(start_cluster, pools_are_refused_like_proxmox_ve_does),
		ON(start_cluster_8, pools_are_refused_like_proxmox_ve_does),
		ON(start_cluster, the_dump_shows_pools_with_their_members),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
