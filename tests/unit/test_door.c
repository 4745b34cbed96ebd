/* SPDX-License-Identifier: Apache-2.0 */
/* A wrong value of a module fails its stage, with kind, field and key, and is never taken for
 * "clear the field". */
#include "run/door.h"
#include "test_diff_fixture.h"

#include "run/notes.h"
#include "stagebox/netbox.h"
#include "stagebox/pve.h"
#include "stagebox/record.h"
#include "stagebox/source.h"
#include "stagebox/write.h"

#define KEY "lab/qemu/101"

/* A guest that NetBox has, whose row sets the member as given, fails the stage with these words. */
static void assert_refused_at_door(const char *set, const char *words)
{
	char row[200];

	snprintf(row, sizeof(row), "{'set': {'name': 'a', %s}, 'ref': {}}", set);
	put_row("guest", KEY, row);
	put_netbox("vm", KEY, "{'id': 7, 'name': 'a', 'cluster': {'id': 1}, 'memory': 64}");
	run_diff();
	assert_status(0, SB_STAGE_FAILED);
	assert_says(&get_stage(0)->why, words);
	assert_says(&get_stage(0)->why, KEY);
	assert_says(&get_stage(0)->why, "of kind \"vm\"");
	assert_int_equal(n_ops(), 0);
}

static void a_text_for_a_number_fails_the_stage(void **state)
{
	(void)state;
	assert_refused_at_door("'memory': 'much'", "field \"memory\"");
}

static void a_number_for_a_text_fails_the_stage(void **state)
{
	(void)state;
	assert_refused_at_door("'description': 7", "the value 7 is not a text");
}

static void a_number_for_a_choice_does_not_clear_it(void **state)
{
	(void)state;
	assert_refused_at_door("'status': 1", "is not a text");
}

static void a_text_for_a_reference_does_not_clear_it(void **state)
{
	(void)state;
	assert_refused_at_door("'role': 'database'", "is not a reference");
}

static void a_text_for_a_list_does_not_empty_it(void **state)
{
	(void)state;
	assert_refused_at_door("'tags': 'prod'", "is not a list");
}

static void a_text_that_is_no_number_does_not_clear_a_decimal(void **state)
{
	(void)state;
	assert_refused_at_door("'vcpus': '2 cores'", "is not a number");
}

static void a_value_that_is_not_a_mac_address_does_not_clear_it(void **state)
{
	(void)state;
	put_row("guest", KEY, "{'set': {'name': 'a'}}");
	put_row("nic", KEY "/net0", "{'set': {'name': 'net0', 'mac_address': 'BC:24:11'}}");
	run_diff();
	assert_status(1, SB_STAGE_FAILED);
	assert_says(&get_stage(1)->why, "is not a MAC address");
	assert_status(0, SB_STAGE_OK);
}

/* As assert_refused_at_door(), for the other members of a row. */
static void assert_reference_refused(const char *members, const char *words)
{
	char row[200];

	snprintf(row, sizeof(row), "{'set': {'name': 'a'}, %s}", members);
	put_row("guest", KEY, row);
	put_netbox("tag", "shared/tag/prod", "{'id': 3, 'name': 'prod', 'slug': 'prod'}");
	put_netbox("vm", KEY, "{'id': 7, 'name': 'a', 'cluster': {'id': 1}, 'memory': 64}");
	run_diff();
	assert_status(0, SB_STAGE_FAILED);
	assert_says(&get_stage(0)->why, KEY ": field ");
	assert_says(&get_stage(0)->why, words);
	assert_int_equal(n_ops(), 0);
}

static void a_reference_in_a_field_that_is_none_is_refused(void **state)
{
	(void)state;
	assert_reference_refused(
		"'ref': {'description': ['tag', 'shared/tag/prod']}",
		"field \"description\" of kind \"vm\": it is not a reference: call "
		"sb_want_set()");
}

static void a_reference_is_not_added_to_a_field_that_is_no_set(void **state)
{
	(void)state;
	assert_reference_refused("'refs': {'role': [['tag', 'shared/tag/prod']]}",
				 "it is not a set of references: call sb_want_ref()");
}

static void a_set_is_not_set_to_a_single_reference(void **state)
{
	(void)state;
	assert_reference_refused("'ref': {'tags': ['tag', 'shared/tag/prod']}",
				 "it is not a single reference: call sb_want_ref_add()");
}

static void a_candidate_for_a_field_that_is_no_reference_is_refused(void **state)
{
	(void)state;
	assert_reference_refused("'choice': {'memory': [['tag', 'shared/tag/prod', false]]}",
				 "it is not a reference");
}

static void a_reference_to_an_object_of_another_kind_is_refused(void **state)
{
	(void)state;
	assert_reference_refused("'ref': {'role': ['tag', 'shared/tag/prod']}",
				 "it refers to objects of kind \"device-role\", not of \"tag\"");
}

/* A demand of stage 0 fails it with these words. */
static void assert_demand_refused(const char *demand, const char *words)
{
	fx->demands[0] = demand;
	put_row("guest", KEY, "{'set': {'name': 'a'}}");
	run_diff();
	assert_status(0, SB_STAGE_FAILED);
	assert_says(&get_stage(0)->why, words);
	assert_int_equal(n_ops(), 0);
}

static void a_number_for_a_text_of_a_shared_object_is_refused(void **state)
{
	(void)state;
	assert_demand_refused(
		"[['tag', {'name': 'prod', 'slug': 7}]]",
		"sb_shared: field \"slug\" of kind \"tag\": the value 7 is not a text");
}

static void a_field_that_a_shared_kind_does_not_have_is_refused(void **state)
{
	(void)state;
	assert_demand_refused("[['tag', {'name': 'prod', 'slug': 'prod', 'colour': 'f00'}]]",
			      "kind \"tag\" has no field \"colour\"");
}

static void a_shared_object_without_its_natural_key_is_refused(void **state)
{
	(void)state;
	assert_demand_refused("[['tag', {'name': 'prod'}]]", "set its fields \"slug\"");
}

static void a_null_that_json_pack_gave_is_explained(void **state)
{
	struct sb_error err = SB_ERROR_INIT;

	(void)state;
	assert_int_equal(sb_row_put(get_stage(0), "guest", NULL, &err, KEY), SB_E_ARG);
	assert_says(&err, "row lab/qemu/101 of guest: it is NULL: json_pack() returns NULL when");
}

static void a_positive_result_of_a_callback_fails_the_stage(void **state)
{
	(void)state;
	put_row("guest", KEY, "{'set': {'name': 'a'}, 'returns': 1}");
	run_diff();
	assert_status(0, SB_STAGE_FAILED);
	assert_says(&get_stage(0)->why, "the want callback for \"lab/qemu/101\" returned 1");
}

static void a_negative_result_without_an_error_is_explained(void **state)
{
	(void)state;
	put_row("guest", KEY, "{'set': {'name': 'a'}, 'returns': -13}");
	run_diff();
	assert_status(0, SB_STAGE_FAILED);
	assert_says(&get_stage(0)->why, "without an error message");
}

static void a_request_from_diff_fails_the_stage(void **state)
{
	(void)state;
	put_row("guest", KEY, "{'set': {'name': 'a'}, 'asks': true}");
	run_diff();
	assert_status(0, SB_STAGE_FAILED);
	assert_says(&get_stage(0)->why,
		    "sb_pve_ask() was called in a want callback: call it only in fetch");
}

/* The stage failed, and its reason names the function. */
static void assert_wrong_phase(enum sb_phase phase, const char *function, const char *words)
{
	struct sb_stage_run *stage = get_stage(0);

	if (stage->status != SB_STAGE_FAILED || !strstr(stage->why.text, function) ||
	    !strstr(stage->why.text, words))
		fail_msg("%s in phase %d: \"%s\"", function, (int)phase, stage->why.text);
	assert_int_equal(stage->why.code, SB_E_STATE);
	stage->status = SB_STAGE_OK;
	stage->why = (struct sb_error)SB_ERROR_INIT;
}

static int want_nothing(struct sb_stage_run *stage, const char *key, const json_t *row,
			struct sb_want *want, void *arg, struct sb_error *err)
{
	(void)stage, (void)key, (void)row, (void)want, (void)arg, (void)err;
	return 0;
}

static int see_nothing(struct sb_stage_run *stage, const json_t *row, void *arg,
		       struct sb_error *err)
{
	(void)stage, (void)row, (void)arg, (void)err;
	return 0;
}

/* Calls all functions that need what only diff has, whatever the arguments are. */
static void call_functions_of_diff(enum sb_phase phase, const char *words)
{
	const struct sb_reconcile reconcile = {.size = sizeof(reconcile),
					       .kind = "vm",
					       .source = "guest",
					       .prefix = "lab/qemu/",
					       .want = want_nothing};
	const struct sb_act act = {.size = sizeof(act), .kind = "vm", .key = KEY, .verb = "start"};
	struct sb_stage_run *stage = get_stage(0);
	struct sb_error err = SB_ERROR_INIT;

	stage->phase = phase;
	assert_int_equal(sb_shared(stage, "tag", json_pack("{s:s}", "slug", "a"), NULL, &err),
			 SB_E_STATE);
	assert_wrong_phase(phase, "sb_shared()", words);
	assert_int_equal(sb_reconcile(stage, &reconcile, &err), SB_E_STATE);
	assert_wrong_phase(phase, "sb_reconcile()", words);
	assert_int_equal(sb_owned_count(stage, "vm", ""), 0);
	assert_wrong_phase(phase, "sb_owned_count()", words);
	assert_null(sb_owned_text(stage, "vm", KEY, "name"));
	assert_wrong_phase(phase, "sb_owned_text()", words);
	assert_int_equal(sb_note_duplicate(stage, "VLAN", "1", KEY), SB_E_STATE);
	assert_wrong_phase(phase, "sb_note_duplicate()", words);
	assert_int_equal(sb_act(stage, &act, &err), SB_E_STATE);
	assert_wrong_phase(phase, "sb_act()", words);
	assert_int_equal(sb_act_not(stage, "vm", KEY, NULL, &err), SB_E_STATE);
	assert_wrong_phase(phase, "sb_act_not()", words);
	assert_null(sb_nb_get(stage, "vm", KEY));
	assert_wrong_phase(phase, "sb_nb_get()", words);
	assert_null(sb_nb_changes(stage, "vm", 1, &err));
	assert_wrong_phase(phase, "sb_nb_changes()", words);
	assert_int_equal(sb_nb_each(stage, 0, see_nothing, NULL, &err), SB_E_STATE);
	assert_wrong_phase(phase, "sb_nb_each()", words);
}

static void a_function_of_diff_outside_of_diff_fails_the_stage(void **state)
{
	(void)state;
	call_functions_of_diff(SB_PHASE_FETCH, "was called in fetch: call it only in diff");
	call_functions_of_diff(SB_PHASE_ANSWER, "was called in the callback of an answer");
	call_functions_of_diff(SB_PHASE_GONE, "was called in prove_gone");
	call_functions_of_diff(SB_PHASE_APPLY, "was called in apply");
}

static void call_functions_of_fetch(enum sb_phase phase, const char *words)
{
	const struct sb_ask ask = {.size = sizeof(ask), .what = "/version"};
	struct sb_stage_run *stage = get_stage(0);
	struct sb_error err = SB_ERROR_INIT;

	stage->phase = phase;
	assert_int_equal(sb_ask(stage, &ask, &err), SB_E_STATE);
	assert_wrong_phase(phase, "sb_ask()", words);
	assert_int_equal(sb_pve_ask(stage, NULL, NULL, KEY, SB_PVE_INLINE, &err, "/version"),
			 SB_E_STATE);
	assert_wrong_phase(phase, "sb_pve_ask()", words);
	assert_int_equal(sb_stage_absent(stage, "no guests here"), SB_E_STATE);
	assert_wrong_phase(phase, "sb_stage_absent()", words);
	assert_int_equal(sb_agent_turn(stage, KEY, 0, ""), SB_E_STATE);
	assert_wrong_phase(phase, "sb_agent_turn()", words);
	assert_int_equal(sb_agent_answered(stage, KEY), SB_E_STATE);
	assert_wrong_phase(phase, "sb_agent_answered()", words);
	assert_int_equal(sb_agent_absent(stage, KEY), SB_E_STATE);
	assert_wrong_phase(phase, "sb_agent_absent()", words);
	assert_int_equal(sb_agent_silent(stage, KEY), SB_E_STATE);
	assert_wrong_phase(phase, "sb_agent_silent()", words);
	assert_int_equal(sb_gone(stage, KEY, true), SB_E_STATE);
	assert_wrong_phase(phase, "sb_gone()", words);
}

static void a_function_of_fetch_outside_of_fetch_fails_the_stage(void **state)
{
	(void)state;
	call_functions_of_fetch(SB_PHASE_DIFF, "was called in diff: call it only in");
	call_functions_of_fetch(SB_PHASE_WANT, "was called in a want callback");
	call_functions_of_fetch(SB_PHASE_APPLY, "was called in apply");
}

/* A callback that ignores the result of such a call does not get its objects written. */
static void a_stage_that_ignores_such_a_refusal_plans_nothing(void **state)
{
	(void)state;
	put_row("guest", KEY, "{'set': {'name': 'a'}, 'absent': 'nothing here'}");
	run_diff();
	assert_status(0, SB_STAGE_FAILED);
	assert_says(&get_stage(0)->why, "sb_stage_absent() was called in a want callback");
	assert_int_equal(n_ops(), 0);
}

static void a_row_of_another_endpoint_is_refused(void **state)
{
	struct sb_error err = SB_ERROR_INIT;

	(void)state;
	assert_int_equal(sb_row_put(get_stage(0), "guest", json_object(), &err, "edge/qemu/101"),
			 SB_E_ARG);
	assert_says(&err, "edge/qemu/101");
	assert_int_equal(sb_row_put(get_stage(0), "guest", json_object(), &err, "label/qemu/101"),
			 SB_E_ARG);
	assert_int_equal(sb_row_put(get_stage(0), "guest", json_object(), &err, "lab"), 0);
}

static void a_row_that_is_not_an_object_is_refused(void **state)
{
	struct sb_error err = SB_ERROR_INIT;

	(void)state;
	assert_int_equal(sb_row_put(get_stage(0), "guest", json_array(), &err, KEY), SB_E_ARG);
	assert_says(&err, "not a JSON object");
}

static int put_numbered(int number, const char *text, struct sb_error *err)
{
	return sb_row_put(get_stage(0), "guest", json_pack("{s:s}", "text", text), err,
			  "lab/qemu/%d", number);
}

static void a_stage_with_more_rows_than_its_limit_fails(void **state)
{
	struct sb_error err = SB_ERROR_INIT;

	(void)state;
	get_stage(0)->run->max_rows = 2;
	assert_int_equal(put_numbered(1, "a", &err), 0);
	assert_int_equal(put_numbered(2, "a", &err), 0);
	assert_int_equal(put_numbered(2, "b", &err), 0); /* replaces a row */
	assert_status(0, SB_STAGE_OK);
	assert_int_equal(put_numbered(3, "a", &err), SB_E_REFUSED);
	assert_status(0, SB_STAGE_FAILED);
	assert_status(1, SB_STAGE_OK);
	assert_int_equal(sb_rows_count(get_stage(0), "guest", ""), 2);
	assert_says(&get_stage(0)->why, "row lab/qemu/3 of guest: the stage has more than 2 rows: "
					"raise limits.stage_rows");
}

static void a_stage_whose_rows_take_more_memory_than_its_limit_fails(void **state)
{
	struct sb_error err = SB_ERROR_INIT;
	char text[65536];
	int i;

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	get_stage(0)->run->max_row_bytes = 8 << 20;
	for (i = 0; i < 60; i++)
		assert_int_equal(put_numbered(i, text, &err), 0);
	while (i < 140 && put_numbered(i, text, &err) == 0)
		i++;
	assert_true(i < 140);
	assert_status(0, SB_STAGE_FAILED);
	assert_says(&err, "take more than 8 MiB: raise limits.stage_mib");
}

static int on_nothing(struct sb_stage_run *stage, const char *key, const json_t *data,
		      const struct sb_error *why, void *arg, struct sb_error *err)
{
	(void)stage, (void)key, (void)data, (void)why, (void)arg, (void)err;
	return 0;
}

static int ask_again(struct sb_error *err)
{
	const struct sb_ask ask = {
		.size = sizeof(ask), .what = "/nodes", .key = KEY, .on_answer = on_nothing};

	*err = (struct sb_error)SB_ERROR_INIT;
	return sb_ask(get_stage(0), &ask, err);
}

static void a_stage_that_sends_more_requests_than_its_limit_fails(void **state)
{
	struct sb_error err;

	(void)state;
	get_stage(0)->run->max_requests = 7;
	get_stage(0)->requests = 7;
	assert_int_equal(ask_again(&err), SB_E_REFUSED);
	assert_status(0, SB_STAGE_FAILED);
	assert_status(1, SB_STAGE_OK);
	assert_says(&get_stage(0)->why,
		    "/nodes for \"lab/qemu/101\": the stage has sent 7 requests: "
		    "raise limits.stage_requests");
}

static void a_stage_whose_answers_ask_again_for_ever_fails(void **state)
{
	struct sb_error err;

	(void)state;
	get_stage(0)->depth = 1000;
	assert_int_equal(ask_again(&err), SB_E_REFUSED);
	assert_status(0, SB_STAGE_FAILED);
	assert_says(&get_stage(0)->why, "1000 answers in a row asked again");
}

static enum sb_rows_known state_of(const char *prefix, struct sb_error *why)
{
	*why = (struct sb_error)SB_ERROR_INIT;
	return sb_rows_state(get_stage(1), "guest", prefix, why);
}

static void a_stage_can_ask_how_much_is_known(void **state)
{
	struct sb_error why, limit = SB_ERROR_INIT;

	(void)state;
	assert_int_equal(state_of("", &why), SB_ROWS_UNKNOWN);
	assert_says(&why, "never read");
	read_empty("guest");
	assert_int_equal(state_of("", &why), SB_ROWS_COMPLETE);
	put_unknown("guest", "lab/qemu/102", "no answer");
	assert_int_equal(state_of("lab/qemu/", &why), SB_ROWS_PARTIAL);
	assert_says(&why, "no answer");
	assert_int_equal(state_of("lab/qemu/102", &why), SB_ROWS_UNKNOWN);
	assert_int_equal(state_of("lab/qemu/101", &why), SB_ROWS_COMPLETE);
	sb_fail(&limit, SB_E_FORBIDDEN, "the token may not");
	assert_int_equal(sb_rows_limited(get_stage(0), "guest", "lab/lxc/", &limit), 0);
	assert_int_equal(state_of("lab/lxc/7", &why), SB_ROWS_LIMITED);
	assert_says(&why, "the token may not");
	assert_int_equal(sb_rows_keep(get_stage(0), "guest", "lab/off/"), 0);
	assert_int_equal(state_of("lab/off/", &why), SB_ROWS_KEPT);
}

static json_t *describe_notes(size_t at)
{
	json_t *entry = json_object();

	assert_int_equal(sb_notes_describe(fx->run, at, entry), 0);
	return entry;
}

static void notes_are_sorted_and_equal_ones_are_one(void **state)
{
	sb_autojson *entry = NULL;

	(void)state;
	assert_int_equal(sb_note(get_stage(0), "pool %d", 2), 0);
	assert_int_equal(sb_note(get_stage(0), "pool %d", 1), 0);
	assert_int_equal(sb_note(get_stage(0), "pool %d", 2), 0);
	assert_int_equal(sb_count(get_stage(0), "pools", 3), 0);
	assert_int_equal(sb_count(get_stage(0), "pools", 2), 0);
	entry = describe_notes(0);
	assert_json(entry, "{'notes': ['pool 1', 'pool 2'], 'numbers': {'pools': 2}}");
	json_decref(sb_steal(entry));
	entry = describe_notes(1);
	assert_json(entry, "{}");
}

static void a_note_that_was_cut_in_a_character_is_kept(void **state)
{
	sb_autojson *entry = NULL;

	(void)state;
	assert_int_equal(sb_note(get_stage(0), "pool %.2s", "aä"), 0);
	entry = describe_notes(0);
	assert_json(entry, "{'notes': ['pool a?']}");
}

static void notes_above_fifty_are_counted_and_the_first_ones_kept(void **state)
{
	sb_autojson *entry = NULL;
	const json_t *notes;
	int i;

	(void)state;
	for (i = 59; i >= 0; i--)
		assert_int_equal(sb_note(get_stage(0), "line %02d", i), 0);
	entry = describe_notes(0);
	notes = json_object_get(entry, "notes");
	assert_int_equal(json_array_size(notes), 50);
	assert_string_equal(json_string_value(json_array_get(notes, 49)), "line 49");
	assert_int_equal(json_integer_value(json_object_get(entry, "notes_more")), 10);
}

static void a_malformed_name_of_a_number_is_refused(void **state)
{
	(void)state;
	assert_int_equal(sb_count(get_stage(0), "Pools", 1), SB_E_ARG);
	assert_int_equal(sb_count(get_stage(0), "", 1), SB_E_ARG);
}

static void a_family_that_does_not_exist_skips_its_stages_and_nothing_else(void **state)
{
	(void)state;
	put_netbox("vm", KEY, "{'id': 7, 'name': 'a', 'cluster': {'id': 1}}");
	read_empty("guest");
	assert_int_equal(sb_stage_absent(get_stage(0), "no guests here"), 0);
	run_diff();
	assert_status(0, SB_STAGE_SKIPPED);
	assert_status(1, SB_STAGE_SKIPPED); /* it runs after stage 0 */
	assert_true(get_stage(1)->is_absent);
	assert_says(&get_stage(1)->why, "no guests here");
	assert_int_equal(n_ops(), 0);
}

#define RULE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void a_json_value_has_bounds_and_no_reserved_member(void **state)
{
	static const struct sb_kind_field field = {.name = "detail", .type = SB_FIELD_JSON};
	sb_autojson *plain = json_pack("{s:[i, {s:s}]}", "a", 1, "b", "c");
	sb_autojson *ref = json_pack("{s:[{s:s}]}", "a", "$ref", "lab/qemu/101");
	sb_autojson *decimal = json_pack("{s:{s:s}}", "a", "$decimal", "2.5");
	sb_autojson *deep = json_array();
	json_t *at = deep;
	int i;

	(void)state;
	for (i = 0; i < 40; i++) {
		json_t *inner = json_array();

		json_array_append_new(at, inner);
		at = inner;
	}
	assert_null(sb_door_value(&field, plain));
	assert_non_null(strstr(sb_door_value(&field, ref), "$ref"));
	assert_non_null(strstr(sb_door_value(&field, decimal), "$decimal"));
	assert_non_null(strstr(sb_door_value(&field, deep), "32 deep"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RULE(a_text_for_a_number_fails_the_stage),
		RULE(a_number_for_a_text_fails_the_stage),
		RULE(a_number_for_a_choice_does_not_clear_it),
		RULE(a_text_for_a_reference_does_not_clear_it),
		RULE(a_text_for_a_list_does_not_empty_it),
		RULE(a_text_that_is_no_number_does_not_clear_a_decimal),
		RULE(a_value_that_is_not_a_mac_address_does_not_clear_it),
		RULE(a_reference_in_a_field_that_is_none_is_refused),
		RULE(a_reference_is_not_added_to_a_field_that_is_no_set),
		RULE(a_set_is_not_set_to_a_single_reference),
		RULE(a_candidate_for_a_field_that_is_no_reference_is_refused),
		RULE(a_reference_to_an_object_of_another_kind_is_refused),
		RULE(a_number_for_a_text_of_a_shared_object_is_refused),
		RULE(a_field_that_a_shared_kind_does_not_have_is_refused),
		RULE(a_shared_object_without_its_natural_key_is_refused),
		RULE(a_null_that_json_pack_gave_is_explained),
		RULE(a_positive_result_of_a_callback_fails_the_stage),
		RULE(a_negative_result_without_an_error_is_explained),
		RULE(a_request_from_diff_fails_the_stage),
		RULE(a_function_of_diff_outside_of_diff_fails_the_stage),
		RULE(a_function_of_fetch_outside_of_fetch_fails_the_stage),
		RULE(a_stage_that_ignores_such_a_refusal_plans_nothing),
		RULE(a_row_of_another_endpoint_is_refused),
		RULE(a_row_that_is_not_an_object_is_refused),
		RULE(a_stage_with_more_rows_than_its_limit_fails),
		RULE(a_stage_whose_rows_take_more_memory_than_its_limit_fails),
		RULE(a_stage_that_sends_more_requests_than_its_limit_fails),
		RULE(a_stage_whose_answers_ask_again_for_ever_fails),
		RULE(a_stage_can_ask_how_much_is_known),
		RULE(notes_are_sorted_and_equal_ones_are_one),
		RULE(a_note_that_was_cut_in_a_character_is_kept),
		RULE(notes_above_fifty_are_counted_and_the_first_ones_kept),
		RULE(a_malformed_name_of_a_number_is_refused),
		RULE(a_json_value_has_bounds_and_no_reserved_member),
		RULE(a_family_that_does_not_exist_skips_its_stages_and_nothing_else),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
