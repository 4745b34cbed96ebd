/* SPDX-License-Identifier: Apache-2.0 */
/* The order of stages, and their selection with --resources. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "load/stages.h"
#include "load/stages_select.h"

static const char *const after_1[] = {"base.nodes", "?late.pools", NULL};
static const char *const after_2[] = {"guest.list", NULL};
static const char *const after_3[] = {"guest.list", NULL};
static const char *const after_4[] = {"ring.c", NULL};
static const char *const after_5[] = {"?ring.a", NULL};
static const char *const after_6[] = {"ring.b", NULL};
static const char *const after_7[] = {"ring.b", NULL};

static const struct sb_stage nodes = {.size = sizeof(nodes), .name = "base.nodes"};
static int start_base(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	(void)ret_state;
	return sb_stage_add(ctx, &nodes, err);
}
static const struct sb_module base = {.magic = SB_MODULE_MAGIC,
				      .abi_major = SB_ABI_MAJOR,
				      .abi_minor = SB_ABI_MINOR,
				      .size = sizeof(base),
				      .name = "base",
				      .version = "1",
				      .summary = "-",
				      .start = start_base};

static int start_guest(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	const struct sb_stage list = {.size = sizeof(list), .name = "guest.list", .after = after_1};
	const struct sb_stage disks = {
		.size = sizeof(disks), .name = "guest.disks", .after = after_2};
	const struct sb_stage nics = {.size = sizeof(nics), .name = "guest.nics", .after = after_3};
	int rc = sb_stage_add(ctx, &nics, err);

	(void)ret_state;
	if (!rc)
		rc = sb_stage_add(ctx, &disks, err);
	return rc < 0 ? rc : sb_stage_add(ctx, &list, err);
}
static const struct sb_module guest = {.magic = SB_MODULE_MAGIC,
				       .abi_major = SB_ABI_MAJOR,
				       .abi_minor = SB_ABI_MINOR,
				       .size = sizeof(guest),
				       .name = "guest",
				       .version = "1",
				       .summary = "-",
				       .start = start_guest};

static const struct sb_stage pools = {.size = sizeof(pools), .name = "late.pools"};
static int start_late(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	(void)ret_state;
	return sb_stage_add(ctx, &pools, err);
}
static const struct sb_module late = {.magic = SB_MODULE_MAGIC,
				      .abi_major = SB_ABI_MAJOR,
				      .abi_minor = SB_ABI_MINOR,
				      .size = sizeof(late),
				      .name = "late",
				      .version = "1",
				      .summary = "-",
				      .start = start_late};

static void add_module(struct sb_registry *registry, const struct sb_module *module)
{
	struct sb_error err = SB_ERROR_INIT;

	assert_int_equal(sb_registry_add_static(registry, module, NULL, &err), 0);
}

static struct sb_registry *make_registry(void)
{
	struct sb_registry *registry;
	struct sb_error err = SB_ERROR_INIT;

	assert_int_equal(sb_registry_create(&registry, &err), 0);
	add_module(registry, &guest);
	add_module(registry, &late);
	add_module(registry, &base);
	assert_int_equal(sb_registry_seal(registry, &err), 0);
	return registry;
}

static const char *name_at(const struct sb_registry *registry, size_t i)
{
	return sb_registry_stage(registry, i)->stage.name;
}

static void stages_follow_their_predecessors_and_are_then_sorted_by_name(void **state)
{
	struct sb_registry *registry = make_registry();

	(void)state;
	assert_int_equal(sb_registry_n_stages(registry), 5);
	assert_string_equal(name_at(registry, 0), "base.nodes");
	assert_string_equal(name_at(registry, 1), "late.pools");
	assert_string_equal(name_at(registry, 2), "guest.list");
	assert_string_equal(name_at(registry, 3), "guest.disks");
	assert_string_equal(name_at(registry, 4), "guest.nics");
	assert_int_equal(sb_registry_stage(registry, 2)->n_after, 1);
	assert_int_equal(sb_registry_stage(registry, 2)->after[0], 0);
	assert_int_equal(sb_registry_stage(registry, 2)->after_soft[0], 1);
	sb_registry_destroy(registry);
}

static void a_missing_required_predecessor_is_an_error(void **state)
{
	struct sb_error err = SB_ERROR_INIT;
	struct sb_registry *registry;

	(void)state;
	assert_int_equal(sb_registry_create(&registry, &err), 0);
	add_module(registry, &guest);
	assert_int_equal(sb_registry_seal(registry, &err), SB_E_CONFIG);
	assert_non_null(strstr(err.text, "\"guest.list\""));
	assert_non_null(strstr(err.text, "\"base.nodes\""));
	sb_registry_destroy(registry);
}

static void a_misspelt_predecessor_is_reported_with_the_nearest_stage(void **state)
{
	static const char *const misspelt[] = {"late.pool", NULL};
	const struct sb_stage stage = {
		.size = sizeof(stage), .name = "base.more", .after = misspelt};
	struct sb_error err = SB_ERROR_INIT;
	struct sb_registry *registry;

	(void)state;
	assert_int_equal(sb_registry_create(&registry, &err), 0);
	add_module(registry, &late);
	add_module(registry, &base);
	assert_int_equal(sb_stage_add((struct sb_ctx *)(uintptr_t)sb_registry_module(registry, 1),
				      &stage, &err),
			 0);
	assert_int_equal(sb_registry_seal(registry, &err), SB_E_CONFIG);
	assert_non_null(strstr(err.text, "\"late.pool\", which no loaded module has (did you mean "
					 "\"late.pools\"?)"));
	sb_registry_destroy(registry);
}

static void a_stage_cannot_be_added_after_start_module(void **state)
{
	struct sb_registry *registry = make_registry();
	struct sb_error err = SB_ERROR_INIT;
	/* The registry returns its modules as const; this test owns the registry. */
	struct sb_ctx *ctx = (struct sb_ctx *)(uintptr_t)sb_registry_module(registry, 0);

	(void)state;
	assert_int_equal(sb_stage_add(ctx, &nodes, &err), SB_E_STATE);
	sb_registry_destroy(registry);
}

static int start_short(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	const struct sb_stage stage = {.size = offsetof(struct sb_stage, diff), .name = "s.x"};
	const struct sb_stage nameless = {.size = sizeof(nameless)};
	const struct sb_stage all = {.size = sizeof(all), .name = "s.full"};

	(void)ret_state;
	if (sb_stage_add(ctx, &nameless, err) != SB_E_CONFIG ||
	    sb_stage_add(ctx, &all, err) != SB_E_CONFIG)
		return 0;
	return sb_stage_add(ctx, &stage, err);
}
static const struct sb_module s = {.magic = SB_MODULE_MAGIC,
				   .abi_major = SB_ABI_MAJOR,
				   .abi_minor = SB_ABI_MINOR,
				   .size = sizeof(s),
				   .name = "s",
				   .version = "1",
				   .summary = "-",
				   .start = start_short};

static void short_and_nameless_stages_and_full_are_refused(void **state)
{
	struct sb_error err = SB_ERROR_INIT;
	struct sb_registry *registry;

	(void)state;
	assert_int_equal(sb_registry_create(&registry, &err), 0);
	assert_int_equal(sb_registry_add_static(registry, &s, NULL, &err), SB_E_CONFIG);
	assert_non_null(strstr(err.text, "too short"));
	sb_registry_destroy(registry);
}

static int start_ring(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	const struct sb_stage a = {.size = sizeof(a), .name = "ring.a", .after = after_4};
	const struct sb_stage b = {.size = sizeof(b), .name = "ring.b", .after = after_5};
	const struct sb_stage c = {.size = sizeof(c), .name = "ring.c", .after = after_6};
	const struct sb_stage d = {.size = sizeof(d), .name = "ring.0", .after = after_7};
	int rc = sb_stage_add(ctx, &d, err);

	(void)ret_state;
	if (!rc)
		rc = sb_stage_add(ctx, &c, err);
	if (!rc)
		rc = sb_stage_add(ctx, &b, err);
	return rc < 0 ? rc : sb_stage_add(ctx, &a, err);
}
static const struct sb_module ring = {.magic = SB_MODULE_MAGIC,
				      .abi_major = SB_ABI_MAJOR,
				      .abi_minor = SB_ABI_MINOR,
				      .size = sizeof(ring),
				      .name = "ring",
				      .version = "1",
				      .summary = "-",
				      .start = start_ring};

static void a_cycle_is_printed_in_full_even_through_optional_predecessors(void **state)
{
	struct sb_error err = SB_ERROR_INIT;
	struct sb_registry *registry;

	(void)state;
	assert_int_equal(sb_registry_create(&registry, &err), 0);
	add_module(registry, &ring);
	assert_int_equal(sb_registry_seal(registry, &err), SB_E_CONFIG);
	assert_non_null(strstr(err.text, "ring.a -> ring.c -> ring.b -> ring.a"));
	assert_null(strstr(err.text, "ring.0"));
	sb_registry_destroy(registry);
}

struct picked {
	bool selected[5], needed[5];
};

static int select_stages(const char *words, struct picked *ret_picked, struct sb_error *err)
{
	struct sb_registry *registry = make_registry();
	sb_autojson *list = json_loads(words, 0, NULL);
	int rc;

	memset(ret_picked, 0, sizeof(*ret_picked));
	rc = sb_registry_select(registry, list, ret_picked->selected, ret_picked->needed, err);
	sb_registry_destroy(registry);
	return rc;
}

static void a_selected_stage_needs_its_required_predecessors(void **state)
{
	struct sb_error err = SB_ERROR_INIT;
	struct picked picked;

	(void)state;
	assert_int_equal(select_stages("[\"disks\"]", &picked, &err), 0);
	assert_memory_equal(picked.selected, ((bool[]){false, false, false, true, false}), 5);
	assert_memory_equal(picked.needed, ((bool[]){true, false, true, true, false}), 5);
	assert_int_equal(select_stages("[\"guest.list\", \"pools\"]", &picked, &err), 0);
	assert_memory_equal(picked.selected, ((bool[]){false, true, true, false, false}), 5);
	assert_int_equal(select_stages("[\"full\"]", &picked, &err), 0);
	assert_memory_equal(picked.selected, ((bool[]){true, true, true, true, true}), 5);
	assert_int_equal(select_stages("[]", &picked, &err), 0);
	assert_memory_equal(picked.selected, ((bool[]){true, true, true, true, true}), 5);
}

static void a_word_may_have_any_case_and_name_all_stages_of_a_module(void **state)
{
	struct sb_error err = SB_ERROR_INIT;
	struct picked all, picked;

	(void)state;
	assert_int_equal(select_stages("[\"DISKS\"]", &picked, &err), 0);
	assert_memory_equal(picked.selected, ((bool[]){false, false, false, true, false}), 5);
	assert_int_equal(
		select_stages("[\"guest.list\", \"guest.disks\", \"guest.nics\"]", &all, &err), 0);
	assert_int_equal(select_stages("[\"Guest.Full\"]", &picked, &err), 0);
	assert_memory_equal(picked.selected, all.selected, 5);
	assert_int_equal(select_stages("[\"gues.full\"]", &picked, &err), SB_E_ARG);
}

static void an_unknown_word_is_an_error_with_a_suggestion(void **state)
{
	struct sb_error err = SB_ERROR_INIT;
	struct picked picked;

	(void)state;
	assert_int_equal(select_stages("[\"dsiks\"]", &picked, &err), SB_E_ARG);
	assert_non_null(strstr(err.text, "did you mean \"disks\"?)"));
	assert_int_equal(select_stages("[\"zzzzzzzz\"]", &picked, &err), SB_E_ARG);
	assert_non_null(strstr(err.text, "guest.disks"));
}

static const char *const size_fields[] = {"name", "memory", NULL};
static const char *const memory_field[] = {"memory", NULL};
static const char *const serial_field[] = {"serial", NULL};

/* Two modules with one stage each, whose writes the test sets. */
static struct sb_write one_writes[2], other_writes[2];
static struct sb_read one_reads[2];

static int start_one(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	const struct sb_stage stage = {.size = sizeof(stage),
				       .name = "one.stage",
				       SB_TABLE(write, one_writes),
				       SB_TABLE(read, one_reads)};

	(void)ret_state;
	return sb_stage_add(ctx, &stage, err);
}

static int start_other(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	const struct sb_stage stage = {
		.size = sizeof(stage), .name = "other.stage", SB_TABLE(write, other_writes)};

	(void)ret_state;
	return sb_stage_add(ctx, &stage, err);
}

static const struct sb_module one = {.magic = SB_MODULE_MAGIC,
				     .abi_major = SB_ABI_MAJOR,
				     .abi_minor = SB_ABI_MINOR,
				     .size = sizeof(one),
				     .name = "one",
				     .start = start_one};
static const struct sb_module other = {.magic = SB_MODULE_MAGIC,
				       .abi_major = SB_ABI_MAJOR,
				       .abi_minor = SB_ABI_MINOR,
				       .size = sizeof(other),
				       .name = "other",
				       .start = start_other};

/* The result of loading both; a failure is in err. */
static int seal_both(struct sb_write first, struct sb_write second, struct sb_error *err)
{
	struct sb_registry *registry;
	int rc;

	one_writes[0] = first;
	other_writes[0] = second;
	*err = (struct sb_error)SB_ERROR_INIT;
	assert_int_equal(sb_registry_create(&registry, err), 0);
	add_module(registry, &one);
	add_module(registry, &other);
	rc = sb_registry_seal(registry, err);
	sb_registry_destroy(registry);
	return rc;
}

static void two_stages_that_write_one_field_are_refused_with_both_names(void **state)
{
	struct sb_error err;

	(void)state;
	assert_int_equal(seal_both((struct sb_write){"vm", size_fields, "*/qemu/"},
				   (struct sb_write){"vm", memory_field, "*/*/"}, &err),
			 SB_E_CONFIG);
	assert_non_null(strstr(err.text, "one.stage and other.stage"));
	assert_non_null(strstr(err.text, "\"memory\""));
}

static void tags_may_be_written_by_two_stages_and_other_sets_not(void **state)
{
	static const char *const tags[] = {"tags", NULL};
	static const char *const vlans[] = {"tags", "tagged_vlans", NULL};
	struct sb_error err;

	(void)state;
	assert_int_equal(seal_both((struct sb_write){"vm", tags, "*/qemu/"},
				   (struct sb_write){"vm", tags, "*/*/"}, &err),
			 0);
	assert_int_equal(seal_both((struct sb_write){"vm-interface", vlans, "*/qemu/"},
				   (struct sb_write){"vm-interface", vlans, "*/*/"}, &err),
			 SB_E_CONFIG);
	assert_non_null(strstr(err.text, "\"tagged_vlans\""));
}

static void other_fields_kinds_and_keys_do_not_meet(void **state)
{
	struct sb_error err;

	(void)state;
	assert_int_equal(seal_both((struct sb_write){"vm", size_fields, "*/qemu/"},
				   (struct sb_write){"vm", serial_field, "*/qemu/"}, &err),
			 0);
	assert_int_equal(seal_both((struct sb_write){"vm", size_fields, "*/qemu/"},
				   (struct sb_write){"vm", memory_field, "*/lxc/"}, &err),
			 0);
}

static void writes_that_cannot_be_right_are_refused(void **state)
{
	static const char *const no_field[] = {"colour", NULL};
	static const char *const no_fields[] = {NULL};
	const struct sb_write right = {"vm", serial_field, "*/lxc/"};
	struct sb_error err;

	(void)state;
	assert_int_equal(seal_both((struct sb_write){"vm", size_fields, NULL}, right, &err),
			 SB_E_CONFIG);
	assert_non_null(strstr(err.text, "without keys"));
	assert_int_equal(seal_both((struct sb_write){"vm", NULL, "*/qemu/"}, right, &err),
			 SB_E_CONFIG);
	assert_non_null(strstr(err.text, "no field"));
	assert_int_equal(seal_both((struct sb_write){"vm", no_fields, "*/qemu/"}, right, &err),
			 SB_E_CONFIG);
	assert_non_null(strstr(err.text, "no field"));
	assert_int_equal(seal_both((struct sb_write){"vm", no_field, "*/qemu/"}, right, &err),
			 SB_E_CONFIG);
	assert_non_null(strstr(err.text, "\"colour\""));
	assert_int_equal(seal_both((struct sb_write){"wm", size_fields, "*/qemu/"}, right, &err),
			 SB_E_CONFIG);
	assert_non_null(strstr(err.text, "unknown kind \"wm\""));
	assert_int_equal(seal_both((struct sb_write){"vm", size_fields, "/qemu"}, right, &err),
			 SB_E_CONFIG);
	assert_non_null(strstr(err.text, "pattern"));
	assert_int_equal(seal_both((struct sb_write){"tag", NULL, "*/qemu/"}, right, &err),
			 SB_E_CONFIG);
	assert_non_null(strstr(err.text, "shared"));
}

static void a_read_whose_scope_cannot_be_right_is_refused(void **state)
{
	static const struct {
		struct sb_read read;
		const char *says; /* NULL = it is right */
	} cases[] = {
		{{.kind = "vm", .scope = SB_READ_CLUSTER}, NULL},
		{{.kind = "tag", .scope = SB_READ_CLUSTER}, "SB_TRAIT_HOME"},
		{{.kind = "vm", .scope = SB_READ_TAGGED, .value = "x"}, NULL},
		{{.kind = "vm", .scope = SB_READ_TAGGED}, "slug of a tag"},
		{{.kind = "vm", .scope = SB_READ_VALUE, .field = "cf_owner", .value = "x"}, NULL},
		{{.kind = "vm", .scope = SB_READ_VALUE, .field = "name", .value = "x"}, NULL},
		{{.kind = "vm", .scope = SB_READ_VALUE, .field = "name"}, "value is missing"},
		{{.kind = "vm", .scope = SB_READ_VALUE, .field = "cf_", .value = "x"},
		 "custom field"},
		{{.kind = "vm", .scope = SB_READ_VALUE, .value = "x"}, "custom field"},
		{{.kind = "vm", .scope = SB_READ_VALUE, .field = "cluster", .value = "1"},
		 "must be a text"},
		{{.kind = "vm", .scope = SB_READ_VALUE, .field = "memory", .value = "a"},
		 "must be a number"},
		{{.kind = "vm", .scope = SB_READ_VALUE, .field = "memory", .value = "-4"}, NULL},
		{{.kind = "vm-interface",
		  .scope = SB_READ_VALUE,
		  .field = "enabled",
		  .value = "True"},
		 "true or false"},
		{{.kind = "vm", .scope = (enum sb_read_scope)9}, "scope is unknown"},
	};
	const struct sb_write right = {"vm", serial_field, "*/lxc/"}, other_right = {0};
	size_t i;

	(void)state;
	for (i = 0; i < SB_ARRAY_LEN(cases); i++) {
		struct sb_error err;
		int rc;

		one_reads[0] = cases[i].read;
		rc = seal_both(right, other_right, &err);
		if (cases[i].says ? rc != SB_E_CONFIG || !strstr(err.text, cases[i].says) : rc < 0)
			fail_msg("case %zu: %s", i, err.text);
	}
	one_reads[0] = (struct sb_read){0};
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stages_follow_their_predecessors_and_are_then_sorted_by_name),
		cmocka_unit_test(a_missing_required_predecessor_is_an_error),
		cmocka_unit_test(a_misspelt_predecessor_is_reported_with_the_nearest_stage),
		cmocka_unit_test(a_stage_cannot_be_added_after_start_module),
		cmocka_unit_test(short_and_nameless_stages_and_full_are_refused),
		cmocka_unit_test(two_stages_that_write_one_field_are_refused_with_both_names),
		cmocka_unit_test(tags_may_be_written_by_two_stages_and_other_sets_not),
		cmocka_unit_test(other_fields_kinds_and_keys_do_not_meet),
		cmocka_unit_test(writes_that_cannot_be_right_are_refused),
		cmocka_unit_test(a_read_whose_scope_cannot_be_right_is_refused),
		cmocka_unit_test(a_cycle_is_printed_in_full_even_through_optional_predecessors),
		cmocka_unit_test(a_selected_stage_needs_its_required_predecessors),
		cmocka_unit_test(a_word_may_have_any_case_and_name_all_stages_of_a_module),
		cmocka_unit_test(an_unknown_word_is_an_error_with_a_suggestion),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
