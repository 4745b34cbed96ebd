/* SPDX-License-Identifier: Apache-2.0 */
/* The registration of kinds with a home. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include <string.h>

#include "model/custom_fields.h"
#include "model/home.h"
#include "model/home_type.h"
#include "model/snapshot.h"
#include "stagebox/json.h"

enum { MAX_FIELDS = 8 };

struct state {
	struct sb_kinds *kinds;
	struct sb_home_field fields[MAX_FIELDS];
	struct sb_home home;
	struct sb_error err;
};

static int setup(void **ret_state)
{
	static const struct sb_home_field fields[] = {
		{.name = "title",
		 .id = 1,
		 .label = "Title",
		 .type = SB_FIELD_TEXT,
		 .traits = SB_TRAIT_TITLE},
		{.name = "cluster",
		 .id = 2,
		 .label = "Cluster",
		 .type = SB_FIELD_REF,
		 .kind = "cluster",
		 .traits = SB_TRAIT_NEEDED},
		{.name = "data", .id = 3, .label = "Data", .type = SB_FIELD_JSON},
	};
	struct state *state = calloc(1, sizeof(*state));

	state->kinds = sb_kinds_create();
	memcpy(state->fields, fields, sizeof(fields));
	state->home = (struct sb_home){.size = sizeof(struct sb_home),
				       .kind = "ceph-osd",
				       .label = "Ceph OSD",
				       .labels = "Ceph OSDs",
				       .description = "a disk",
				       .parent = "cluster",
				       .custom_field = "stagebox_ceph",
				       .fields = state->fields,
				       .field_size = sizeof(struct sb_home_field)};
	*ret_state = state;
	return 0;
}

static int teardown(void **state_arg)
{
	struct state *state = *state_arg;

	sb_kinds_destroy(state->kinds);
	free(state);
	return 0;
}

static int register_home(struct state *state)
{
	memset(&state->err, 0, sizeof(state->err));
	return sb_home_register(state->kinds, "ceph", &state->home, &state->err);
}

static void assert_fault(struct state *state, const char *expected)
{
	assert_int_equal(register_home(state), SB_E_CONFIG);
	if (!strstr(state->err.text, expected))
		fail_msg("\"%s\" does not say \"%s\"", state->err.text, expected);
	assert_null(sb_kinds_find(state->kinds, "ceph-osd"));
}

static void it_is_a_kind_like_any_other(void **arg)
{
	struct state *state = *arg;
	const struct sb_kind *kind;

	assert_int_equal(register_home(state), 0);
	kind = sb_kinds_find(state->kinds, "ceph-osd");
	assert_non_null(kind);
	assert_true(sb_kind_has_home(kind));
	assert_int_equal(kind->flags, SB_KIND_OWNED | SB_KIND_CHILD);
	assert_string_equal(kind->parent_field, "cluster");
	assert_string_equal(kind->natural[0], "title");
	assert_null(kind->natural[1]);
	assert_int_equal(sb_kind_field(kind, "data")->type, SB_FIELD_JSON);
	assert_int_equal(sb_kinds_check(state->kinds, &state->err), 0);
	assert_string_equal(sb_kinds_home(state->kinds, 0)->payloads[0], "data");
	assert_null(sb_kinds_home(state->kinds, 0)->payloads[1]);
	assert_null(sb_kinds_home(state->kinds, 1));
}

static void its_objects_have_no_custom_fields(void **arg)
{
	struct state *state = *arg;
	const struct sb_kind *kind;

	assert_int_equal(register_home(state), 0);
	kind = sb_kinds_find(state->kinds, "ceph-osd");
	assert_false(sb_custom_field_on(sb_custom_field_find("stagebox_key"), kind));
}

static void several_objects_may_have_one_title(void **arg)
{
	struct state *state = *arg;
	sb_autojson *row = json_pack("{s:s}", "title", "pve1");

	assert_int_equal(register_home(state), 0);
	assert_null(sb_natural_text(sb_kinds_find(state->kinds, "ceph-osd"), row));
}

static void kinds_of_a_module_share_a_field(void **arg)
{
	struct state *state = *arg;
	const struct sb_custom_field *custom;

	assert_int_equal(register_home(state), 0);
	state->home.kind = "ceph-disk";
	state->home.parent = "device";
	state->fields[1].name = "device";
	state->fields[1].kind = "device";
	assert_int_equal(register_home(state), 0);
	custom = sb_custom_field_added(state->kinds, "stagebox_ceph", NULL);
	assert_non_null(custom);
	assert_int_equal(custom->use, SB_CUSTOM_HOME);
	assert_string_equal(custom->type, "json");
	assert_string_equal(custom->object_types, "virtualization.cluster dcim.device");
	assert_null(sb_kinds_custom(state->kinds, 1));
}

static void what_a_module_points_to_is_copied(void **arg)
{
	struct state *state = *arg;

	assert_int_equal(register_home(state), 0);
	memset(state->fields, 0, sizeof(state->fields));
	assert_string_equal(sb_kinds_home(state->kinds, 0)->home.fields[2].name, "data");
}

static void a_name_must_fit(void **arg)
{
	static const char *const bad[] = {"Ceph",
					  "ceph_osd",
					  "-ceph",
					  "ceph-",
					  "ce--ph",
					  "truncated",
					  "a-name-that-is-longer-than-forty-characters"};
	struct state *state = *arg;
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(bad); i++) {
		state->home.kind = bad[i];
		assert_fault(state, "its name is made of");
	}
}

static void texts_are_needed(void **arg)
{
	struct state *state = *arg;

	state->home.label = "";
	assert_fault(state, "label and labels");
	state->home.label = "two\nlines";
	assert_fault(state, "label and labels");
	state->home.label = "\xff";
	assert_fault(state, "label and labels");
}

static void a_field_has_a_number_of_its_own(void **arg)
{
	static const unsigned removed[] = {3, 0};
	struct state *state = *arg;

	state->fields[2].id = 0;
	assert_fault(state, "id must be 1 to 9999");
	state->fields[2].id = 10000;
	assert_fault(state, "id must be 1 to 9999");
	state->fields[2].id = 1;
	assert_fault(state, "another field has its id");
	state->fields[2].id = 3;
	state->home.removed = removed;
	assert_fault(state, "an id is used for one field only");
}

static void a_field_has_a_name_that_nothing_else_has(void **arg)
{
	static const char *const taken[] = {"id",           "tags", "created", "custom_fields",
					    "stagebox_key", "owner"};
	struct state *state = *arg;
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(taken); i++) {
		state->fields[2].name = taken[i];
		assert_fault(state, "a member of this name anyway");
	}
	state->fields[2].name = "two__words";
	assert_fault(state, "a name is made of");
}

static void one_name_with_our_prefix_is_free_for_a_digest(void **arg)
{
	struct state *state = *arg;

	state->fields[2].name = SB_HOME_DIGEST;
	state->fields[2].type = SB_FIELD_TEXT;
	assert_int_equal(register_home(state), 0);
	assert_int_equal(sb_kinds_check(state->kinds, &state->err), 0);
	assert_false(sb_custom_field_is(SB_HOME_DIGEST));
}

static void only_a_json_may_be_unread(void **arg)
{
	struct state *state = *arg;

	state->fields[2].traits = SB_TRAIT_UNREAD;
	state->fields[2].type = SB_FIELD_TEXT;
	assert_fault(state, "SB_TRAIT_UNREAD is for a JSON");
	state->fields[2].type = SB_FIELD_JSON;
	assert_int_equal(register_home(state), 0);
	assert_int_equal(sb_kinds_check(state->kinds, &state->err), 0);
}

static void a_slug_of_its_own_names_its_custom_objects(void **arg)
{
	struct state *state = *arg;

	assert_int_equal(register_home(state), 0);
	assert_string_equal(sb_home_slug(sb_kinds_home(state->kinds, 0)), "stagebox-ceph-osd");
	state->home.kind = "ceph-disk";
	state->home.slug = "ceph-disks";
	assert_int_equal(register_home(state), 0);
	assert_string_equal(sb_home_slug(sb_kinds_home(state->kinds, 1)), "stagebox-ceph-disks");
	state->home.kind = "other-disk";
	assert_int_equal(register_home(state), SB_E_CONFIG);
	assert_non_null(strstr(state->err.text, "another kind has its slug"));
	state->home.slug = "Disks";
	assert_int_equal(register_home(state), SB_E_CONFIG);
	assert_non_null(strstr(state->err.text, "its slug is made of"));
}

static void a_reference_between_kinds_names_the_slug(void **arg)
{
	struct state *state = *arg;
	sb_autojson *type = NULL;

	state->home.slug = "ceph-disks";
	assert_int_equal(register_home(state), 0);
	state->home.kind = "ceph-mirror";
	state->home.slug = NULL;
	state->fields[2].type = SB_FIELD_REF;
	state->fields[2].kind = "ceph-osd";
	assert_int_equal(register_home(state), 0);
	type = sb_home_type(state->kinds, sb_kinds_home(state->kinds, 1));
	assert_string_equal(
		sb_json_str(json_object_get(json_object_get(type, "schema_fields"), "data"),
			    "related_object_type"),
		"custom-objects/stagebox-ceph-disks");
}

static void a_field_has_a_type_that_a_home_can_keep(void **arg)
{
	static const enum sb_field_type types[] = {SB_FIELD_CHOICE, SB_FIELD_TAGS, SB_FIELD_REFS,
						   SB_FIELD_OBJECT, SB_FIELD_MAC};
	struct state *state = *arg;
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(types); i++) {
		state->fields[2].type = types[i];
		assert_fault(state, "TEXT, INT, DECIMAL, BOOL, REF or JSON");
	}
	state->fields[2].type = SB_FIELD_TEXT;
	state->fields[2].traits = SB_TRAIT_STATE;
	assert_fault(state, "are possible");
	state->fields[2].traits = SB_TRAIT_TITLE;
	assert_fault(state, "exactly one field needs SB_TRAIT_TITLE");
}

static void a_text_or_bool_may_have_values_for_the_journal(void **arg)
{
	static const char *const values[] = {"error", NULL};
	struct state *state = *arg;

	state->fields[2].journal = values;
	state->fields[2].type = SB_FIELD_INT;
	assert_fault(state, "journal is for a TEXT or BOOL");
	state->fields[2].type = SB_FIELD_BOOL;
	assert_int_equal(register_home(state), 0);
	assert_ptr_equal(
		sb_kind_field(sb_kinds_find(state->kinds, state->home.kind), state->fields[2].name)
			->journal,
		values);
}

static void it_has_a_parent_that_netbox_has_a_model_for(void **arg)
{
	struct state *state = *arg;

	state->home.parent = "data";
	assert_fault(state, "parent must name a field of type REF");
	state->home.parent = "cluster";
	state->fields[1].traits = 0;
	assert_fault(state, "parent must name a field of type REF");
	state->fields[1].traits = SB_TRAIT_NEEDED;
	state->fields[1].kind = "nothing";
	assert_fault(state, "the kind of its parent is unknown");
	state->fields[1].kind = "tag";
	assert_fault(state, "its parent must be of an owned kind");
	state->fields[1].kind = "cluster";
	state->home.custom_field = "stagebox_other";
	assert_fault(state, "does not begin with stagebox_");
}

static void a_struct_of_another_time_is_refused(void **arg)
{
	struct state *state = *arg;

	state->home.size = 8;
	assert_fault(state, "set its size");
	state->home.size = sizeof(struct sb_home);
	state->home.field_size = 8;
	assert_fault(state, "field_size");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
		T(it_is_a_kind_like_any_other),
		T(its_objects_have_no_custom_fields),
		T(several_objects_may_have_one_title),
		T(kinds_of_a_module_share_a_field),
		T(what_a_module_points_to_is_copied),
		T(a_name_must_fit),
		T(texts_are_needed),
		T(a_field_has_a_number_of_its_own),
		T(a_field_has_a_name_that_nothing_else_has),
		T(one_name_with_our_prefix_is_free_for_a_digest),
		T(only_a_json_may_be_unread),
		T(a_slug_of_its_own_names_its_custom_objects),
		T(a_reference_between_kinds_names_the_slug),
		T(a_field_has_a_type_that_a_home_can_keep),
		T(a_text_or_bool_may_have_values_for_the_journal),
		T(it_has_a_parent_that_netbox_has_a_model_for),
		T(a_struct_of_another_time_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
