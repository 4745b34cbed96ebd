/* SPDX-License-Identifier: Apache-2.0 */
/* The table of kinds: the kinds of core are complete, the kinds of modules are checked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/kinds.h"

static const char *const natural[] = {"name", NULL};
static const struct sb_kind_field fields[] = {{.name = "name", .type = SB_FIELD_NAME},
					      {.name = NULL}};
static const struct sb_kind sound = {.size = sizeof(struct sb_kind),
				     .name = "zone",
				     .path = "x/zones",
				     .object_type = "x.zone",
				     .natural = natural,
				     .flags = SB_KIND_OWNED,
				     SB_TABLE(field, fields)};

static int setup(void **state)
{
	*state = sb_kinds_create();
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	sb_kinds_destroy(*state);
	return 0;
}

static void every_reference_of_core_names_a_kind(void **state)
{
	assert_int_equal(sb_kinds_check(*state, NULL), 0);
}

static void every_natural_key_and_parent_of_core_is_a_field(void **state)
{
	size_t i, j;

	for (i = 0; i < sb_kinds_count(*state); i++) {
		const struct sb_kind *kind = sb_kinds_at(*state, i);

		for (j = 0; kind->natural[j]; j++)
			assert_non_null(sb_kind_field(kind, kind->natural[j]));
		if (kind->parent_field)
			assert_non_null(sb_kind_field(kind, kind->parent_field));
		if (kind->flags & SB_KIND_CHILD)
			assert_non_null(kind->parent_field);
		assert_ptr_equal(sb_kinds_find(*state, kind->name), kind);
		/* Rows of MAC addresses are two kinds: with a key, and without one. */
		assert_string_equal(sb_kinds_find_type(*state, kind->object_type)->object_type,
				    kind->object_type);
	}
}

static void core_defines_the_kinds_of_a_guest(void **state)
{
	static const char *const names[] = {
		"cluster",      "device",  "interface",    "vm",          "vm-interface",
		"virtual-disk", "ip",      "tag",          "vlan",        "vlan-group",
		"platform",     "site",    "manufacturer", "device-role", "device-type",
		"cluster-type", "vm-type", "mac",          "mac-address"};
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(names); i++)
		assert_non_null(sb_kinds_find(*state, names[i]));
	assert_null(sb_kinds_find(*state, "rack"));
	assert_null(sb_kinds_find_type(*state, "dcim.rack"));
	assert_null(sb_kind_field(sb_kinds_find(*state, "vm"), "rack"));
}

static void names_and_descriptions_of_people_are_kept(void **state)
{
	const struct sb_kind *vm = sb_kinds_find(*state, "vm"), *ip = sb_kinds_find(*state, "ip");

	assert_int_equal(sb_kind_field(vm, "description")->policy, SB_POLICY_IF_UNCHANGED);
	assert_int_equal(sb_kind_field(vm, "comments")->policy, SB_POLICY_IF_UNCHANGED);
	assert_int_equal(sb_kind_field(vm, "serial")->policy, SB_POLICY_IF_EMPTY);
	assert_int_equal(sb_kind_field(vm, "status")->policy, SB_POLICY_ALWAYS);
	assert_int_equal(sb_kind_field(ip, "dns_name")->policy, SB_POLICY_IF_UNCHANGED);
}

static void a_valid_kind_is_added(void **state)
{
	size_t before = sb_kinds_count(*state);

	assert_int_equal(sb_kinds_add(*state, &sound, NULL), 0);
	assert_int_equal(sb_kinds_count(*state), before + 1);
	assert_string_equal(sb_kinds_find(*state, "zone")->path, "x/zones");
}

static void expect_refused(struct sb_kinds *kinds, struct sb_kind kind, const char *word)
{
	struct sb_error err = SB_ERROR_INIT;
	size_t before = sb_kinds_count(kinds);

	assert_int_equal(sb_kinds_add(kinds, &kind, &err), SB_E_CONFIG);
	assert_non_null(strstr(err.text, word));
	assert_int_equal(sb_kinds_count(kinds), before);
}

static void an_invalid_kind_is_refused_with_its_fault(void **state)
{
	struct sb_kind kind = sound;

	kind.size = sizeof(kind) - 1;
	expect_refused(*state, kind, "set its size");
	kind = sound;
	kind.name = NULL;
	expect_refused(*state, kind, "no name");
	kind.name = "";
	expect_refused(*state, kind, "no name");
	kind = sound;
	kind.path = NULL;
	expect_refused(*state, kind, "path");
	kind = sound;
	kind.natural = &natural[1];
	expect_refused(*state, kind, "natural");
	kind = sound;
	kind.fields = NULL;
	expect_refused(*state, kind, "fields");
	kind = sound;
	kind.flags = SB_KIND_OWNED | SB_KIND_SHARED;
	expect_refused(*state, kind, "exactly one");
	kind.flags = SB_KIND_CHILD;
	expect_refused(*state, kind, "exactly one");
}

static void a_table_without_the_size_of_its_rows_is_refused(void **state)
{
	static const struct sb_kind_keep keeps[] = {{.field = "name"}, {.field = NULL}};
	static const struct sb_adopt_rule rules[] = {{.name = "a"}, {.name = NULL}};
	static const struct sb_adopt_part part = {.member = "name"};
	struct sb_kind kind = sound;

	kind.field_size = 0;
	expect_refused(*state, kind, "field_size");
	kind = sound;
	kind.keeps = keeps;
	expect_refused(*state, kind, "keep_size");
	kind = sound;
	kind.adopt_rules = rules;
	expect_refused(*state, kind, "adopt_rule_size");
	kind = sound;
	kind.adopt_part = &part;
	expect_refused(*state, kind, "set its size");
}

static void a_duplicate_kind_is_refused(void **state)
{
	struct sb_kind kind = sound;

	kind.name = "vm";
	expect_refused(*state, kind, "registered already");
}

static void a_reference_to_an_unknown_kind_is_found(void **state)
{
	static const struct sb_kind_field lost[] = {
		{.name = "name", .type = SB_FIELD_NAME},
		{.name = "fabric", .type = SB_FIELD_REF, .kind = "fabric"},
		{.name = NULL}};
	struct sb_kind kind = sound;
	struct sb_error err = SB_ERROR_INIT;

	kind.fields = lost;
	assert_int_equal(sb_kinds_add(*state, &kind, &err), 0);
	assert_int_equal(sb_kinds_check(*state, &err), SB_E_CONFIG);
	assert_non_null(strstr(err.text, "\"zone\""));
	assert_non_null(strstr(err.text, "\"fabric\""));
}

static void policies_have_five_words(void **state)
{
	(void)state;
	assert_int_equal(sb_policy_parse("always"), SB_POLICY_ALWAYS);
	assert_int_equal(sb_policy_parse("if-unchanged"), SB_POLICY_IF_UNCHANGED);
	assert_int_equal(sb_policy_parse("if-empty"), SB_POLICY_IF_EMPTY);
	assert_int_equal(sb_policy_parse("create-only"), SB_POLICY_CREATE_ONLY);
	assert_int_equal(sb_policy_parse("never"), SB_POLICY_NEVER);
	assert_int_equal(sb_policy_parse("sometimes"), -1);
	assert_int_equal(sb_policy_parse(""), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(every_reference_of_core_names_a_kind),
		T(every_natural_key_and_parent_of_core_is_a_field),
		T(core_defines_the_kinds_of_a_guest),
		T(names_and_descriptions_of_people_are_kept),
		T(a_valid_kind_is_added),
		T(an_invalid_kind_is_refused_with_its_fault),
		T(a_table_without_the_size_of_its_rows_is_refused),
		T(a_duplicate_kind_is_refused),
		T(a_reference_to_an_unknown_kind_is_found),
		T(policies_have_five_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
