/* SPDX-License-Identifier: Apache-2.0 */
/* The table of kinds: the kinds of core are complete, the kinds of modules are checked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model/kinds.h"
#include "model/kinds_check.h"

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

/* Register the sound kind with one more field. */
static void expect_field_refused(struct sb_kinds *kinds, struct sb_kind_field field,
				 const char *word)
{
	struct sb_kind_field with[] = {{.name = "name", .type = SB_FIELD_NAME}, field, {0}};
	struct sb_kind kind = sound;

	kind.fields = with;
	expect_refused(kinds, kind, word);
	if (field.name[0])
		expect_refused(kinds, kind, field.name);
	expect_refused(kinds, kind, "kind \"zone\"");
}

#define BAD_FIELD(word, ...) expect_field_refused(*state, (struct sb_kind_field){__VA_ARGS__}, word)

static void every_kind_of_core_is_sound(void **state)
{
	struct sb_error err = SB_ERROR_INIT;
	size_t i, j;

	for (i = 0; i < sb_kinds_count(*state); i++) {
		struct sb_kind_field fields_of[64] = {{0}};
		struct sb_kind kind = *sb_kinds_at(*state, i);

		/* Custom fields of ours are in the table of core only. */
		for (j = 0; kind.fields->name; kind.fields++)
			if (!sb_starts_with(kind.fields->name, "stagebox_"))
				fields_of[j++] = *kind.fields;
		kind.fields = fields_of;
		if (sb_kind_check(&kind, &err) < 0)
			fail_msg("%s", err.text);
	}
}

static void a_trait_without_the_kind_of_its_target_is_refused(void **state)
{
	BAD_FIELD("SB_TRAIT_EVIDENCE needs the kind of the target: set .kind", .name = "role",
		  .type = SB_FIELD_REF, .policy = SB_POLICY_NEVER, .traits = SB_TRAIT_EVIDENCE);
	BAD_FIELD("SB_TRAIT_HOME needs", .name = "home", .type = SB_FIELD_REF,
		  .policy = SB_POLICY_NEVER, .traits = SB_TRAIT_HOME);
	BAD_FIELD("SB_TRAIT_PRIMARY needs", .name = "first", .type = SB_FIELD_REF,
		  .policy = SB_POLICY_NEVER, .traits = SB_TRAIT_PRIMARY);
	BAD_FIELD(".counter needs", .name = "home", .type = SB_FIELD_REF, .policy = SB_POLICY_NEVER,
		  .counter = "n");
	BAD_FIELD("a reference needs the kind", .name = "home", .type = SB_FIELD_REF);
	BAD_FIELD("a reference needs the kind", .name = "homes", .type = SB_FIELD_REFS);
}

static void a_trait_of_another_type_is_refused(void **state)
{
	BAD_FIELD("SB_TRAIT_STATE is for the type SB_FIELD_CHOICE, not SB_FIELD_TEXT",
		  .name = "status", .type = SB_FIELD_TEXT, .traits = SB_TRAIT_STATE);
	BAD_FIELD("SB_TRAIT_HOME is for", .name = "home", .type = SB_FIELD_TEXT,
		  .traits = SB_TRAIT_HOME);
	BAD_FIELD("SB_TRAIT_PLACE is for the type SB_FIELD_REF or SB_FIELD_OBJECT", .name = "site",
		  .type = SB_FIELD_INT, .traits = SB_TRAIT_PLACE);
	BAD_FIELD("SB_TRAIT_NUMBER is for", .name = "vid", .type = SB_FIELD_TEXT,
		  .traits = SB_TRAIT_NUMBER);
	BAD_FIELD("SB_TRAIT_OCCUPIED is for", .name = "full", .type = SB_FIELD_INT,
		  .traits = SB_TRAIT_OCCUPIED);
	BAD_FIELD("SB_TRAIT_TREE refers to a parent within the kind, not to site", .name = "up",
		  .type = SB_FIELD_REF, .kind = "site", .traits = SB_TRAIT_TREE);
	BAD_FIELD("traits has bits", .name = "text", .traits = 1u << 30);
	BAD_FIELD(".makes is for the type SB_FIELD_MAC", .name = "text", .makes = "mac");
	BAD_FIELD(".initial is for", .name = "text", .initial = "active");
	BAD_FIELD(".max_chars is for", .name = "number", .type = SB_FIELD_INT, .max_chars = 5);
}

static void a_field_that_core_could_not_use_is_refused(void **state)
{
	static const char *const nowhere[] = {"nowhere", NULL};

	BAD_FIELD("a name has", .name = "Upper");
	BAD_FIELD("a name has", .name = "");
	BAD_FIELD("core has this member", .name = "id", .type = SB_FIELD_INT);
	BAD_FIELD("sb_field_add()", .name = "stagebox_mine");
	BAD_FIELD("it is in the table twice", .name = "name");
	BAD_FIELD("enum sb_field_type", .name = "x", .type = (enum sb_field_type)99);
	BAD_FIELD("enum sb_policy", .name = "x", .policy = (enum sb_policy)9);
	BAD_FIELD("SB_FIELD_TAGS is for the field \"tags\"", .name = "labels",
		  .type = SB_FIELD_TAGS, .kind = "tag");
	BAD_FIELD(".inherits names what is not a REF field of the kind: nowhere", .name = "site",
		  .type = SB_FIELD_REF, .kind = "site", .inherits = nowhere);
}

static void a_kind_whose_names_are_not_its_fields_is_refused(void **state)
{
	static const char *const other[] = {"nowhere", NULL};
	static const struct sb_kind_keep keeps[] = {{"name", "nowhere", NULL, false, "why"}, {0}};
	static const struct sb_adopt_rule rules[] = {{.name = "old", .words = "its name"}, {0}};
	static const struct sb_adopt_rule rows[] = {{.name = "old",
						     .words = "its row",
						     .path = "x/rows",
						     .filter = "name",
						     .checks = {{"name", SB_MATCH_LAST}}},
						    {0}};
	static const struct sb_adopt_part part = {sizeof(part), "nowhere", "name", "its name"};
	struct sb_kind kind = sound;

	kind.natural = other;
	expect_refused(*state, kind, "natural names what is not a field with one value: nowhere");
	kind = sound;
	kind.parent_field = "name";
	expect_refused(*state, kind, "parent_field is not a REF or OBJECT field: name");
	kind = sound;
	kind.counted_field = "nowhere";
	expect_refused(*state, kind, "counted_field is not a REF field: nowhere");
	kind = sound;
	kind.keeps = keeps;
	kind.keep_size = sizeof(keeps[0]);
	expect_refused(*state, kind, "a row of keeps needs");
	kind = sound;
	kind.adopt_rules = rules;
	kind.adopt_rule_size = sizeof(rules[0]);
	expect_refused(*state, kind, "needs words, a filter and a first check: old");
	kind.adopt_rules = rows;
	expect_refused(*state, kind, "with a path needs target and fields: old");
	kind = sound;
	kind.adopt_part = &part;
	expect_refused(*state, kind, "adopt_part needs");
}

static void a_kind_with_a_wrong_name_is_refused(void **state)
{
	struct sb_kind kind = sound;

	kind.name = "a kind";
	expect_refused(*state, kind, "a name has 1 to 50 characters");
	kind = sound;
	kind.path = "/api/x/";
	expect_refused(*state, kind, "path is below /api/");
	kind.path = "x/zones?y=1";
	expect_refused(*state, kind, "path is below /api/");
	kind.path = "";
	expect_refused(*state, kind, "path is below /api/");
	kind = sound;
	kind.object_type = "zone";
	expect_refused(*state, kind, "object_type is like");
	kind = sound;
	kind.flags |= 1u << 30;
	expect_refused(*state, kind, "flags has bits");
}

static void an_unknown_target_names_the_module(void **state)
{
	struct sb_kind_field with[] = {{.name = "name", .type = SB_FIELD_NAME},
				       {.name = "home", .type = SB_FIELD_REF, .kind = "castle"},
				       {0}};
	struct sb_error err = SB_ERROR_INIT;
	struct sb_kind kind = sound;

	kind.fields = with;
	assert_int_equal(sb_kinds_add(*state, &kind, &err), 0);
	sb_kinds_set_module(*state, "zone", "sdn");
	assert_int_equal(sb_kinds_check(*state, &err), SB_E_CONFIG);
	assert_non_null(strstr(err.text, "module \"sdn\": kind \"zone\": field \"home\""));
	assert_non_null(strstr(err.text, "\"castle\": register it"));
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
		T(every_kind_of_core_is_sound),
		T(a_trait_without_the_kind_of_its_target_is_refused),
		T(a_trait_of_another_type_is_refused),
		T(a_field_that_core_could_not_use_is_refused),
		T(a_kind_whose_names_are_not_its_fields_is_refused),
		T(a_kind_with_a_wrong_name_is_refused),
		T(an_unknown_target_names_the_module),
		T(a_table_without_the_size_of_its_rows_is_refused),
		T(a_duplicate_kind_is_refused),
		T(a_reference_to_an_unknown_kind_is_found),
		T(policies_have_five_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
