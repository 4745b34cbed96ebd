/* SPDX-License-Identifier: Apache-2.0 */
/* The simulated NetBox has the fields of NetBox for every model that stagebox writes, with the same
 * valid and invalid values. */
#include "conform_netbox.h"

#include "stagebox/json.h"
#include "stagebox/types.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#define N_MODELS 19

/* Fields that differ in the simulator, and the rule of NetBox that it omits. */
static const struct left_out {
	const char *type, *name, *version, *rule;
} documented[] = {
	{"dcim.devicetype", "front_image", NULL, "images are uploaded as files"},
	{"dcim.devicetype", "rear_image", NULL, "images are uploaded as files"},
};

/* A NetBox with an object of each model, and the facts of its version. */
struct facts {
	struct replay replay;
	json_t *models;
	const char *version;
	size_t n_bad, n_asked;
	bool seen[SB_ARRAY_LEN(documented)]; /* the documented differences */
};

/* One field of one model. */
struct field {
	struct facts *facts;
	const char *type, *path, *name, *kind;
	const json_t *is; /* its facts */
	int64_t max_length;
};

static bool has_flag(const struct field *field, const char *name)
{
	return json_is_true(json_object_get(field->is, name));
}

/* Apply the differences of 4.7 to the facts of a model. */
static void bring_to_47(json_t *model)
{
	json_t *fields = json_object_get(model, "fields"), *change, *before;
	const char *name, *choice;

	json_object_foreach (json_object_get(model, "since_4_7"), name, change) {
		json_t *field = json_object_get(fields, name);

		/* OPTIONS does not contain whether null or "" is valid. */
		if (!json_object_get(change, "more_choices"))
			json_object_set_new(change, "only_options", json_true());
		if (!field)
			json_object_set(fields, name, change);
		else if (json_object_get(change, "more_choices"))
			json_object_foreach (json_object_get(change, "more_choices"), choice,
					     before)
				json_array_append_new(json_object_get(field, "choices"),
						      json_string(choice));
		else
			json_object_update(field, change);
	}
}

static int begin_version(void **state, const char *version)
{
	struct facts *facts = calloc(1, sizeof(*facts));
	const char *type;
	json_t *data, *model;

	*state = facts;
	if (!facts)
		return -1;
	facts->version = version;
	replay_begin(&facts->replay, version, false);
	data = conform_load("../../lab/netbox/data/netbox-4.6.8.json");
	facts->models = json_incref(json_object_get(data, "models"));
	json_decref(data);
	if (sb_streq(version, "4.7"))
		json_object_foreach (facts->models, type, model)
			bring_to_47(model);
	return json_object_size(facts->models) == N_MODELS ? 0 : -1;
}

static int begin_47(void **state)
{
	return begin_version(state, "4.7");
}

static int begin_46(void **state)
{
	return begin_version(state, "4.6");
}

static int end_facts(void **state)
{
	struct facts *facts = *state;

	replay_end(&facts->replay);
	json_decref(facts->models);
	free(facts);
	return 0;
}

SB_PRINTF(2, 3) static void bad(struct field *field, const char *fmt, ...)
{
	sb_autobuf text = SB_BUF_INIT(1 << 20);
	va_list ap;
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(documented); i++)
		if (sb_streq(documented[i].type, field->type) &&
		    sb_streq(documented[i].name, field->name) &&
		    (!documented[i].version ||
		     sb_streq(documented[i].version, field->facts->version))) {
			field->facts->seen[i] = true;
			return;
		}
	va_start(ap, fmt);
	sb_buf_addv(&text, fmt, ap);
	va_end(ap);
	print_error("%s.%s: %s\n", field->type, field->name, sb_buf_str(&text));
	field->facts->n_bad++;
}

/* Check every field of every model; the check must apply to at least at_least of them. */
static void each_field(void **state, void (*check)(struct field *field), size_t at_least)
{
	struct facts *facts = *state;
	struct field field = {.facts = facts};
	json_t *model, *is;

	json_object_foreach (facts->models, field.type, model) {
		field.path = sb_json_str(model, "path");
		json_object_foreach (json_object_get(model, "fields"), field.name, is) {
			field.is = is;
			field.kind = sb_json_str(is, "type");
			if (sb_json_int(is, "max_length", &field.max_length) < 0)
				field.max_length = 0;
			check(&field);
		}
	}
	assert_int_equal(facts->n_bad, 0);
	if (facts->n_asked < at_least)
		fail_msg("only %zu fields", facts->n_asked);
}

/* Create an object with only this field and write the error of NetBox for it to out; "" when the
 * value is valid. */
static void ask_netbox(struct field *field, json_t *value, struct sb_buf *out)
{
	sb_autojson *body = json_pack("{s:o}", field->name, value), *answer = NULL;
	const json_t *errors;
	int status = replay_ask(&field->facts->replay, "POST", field->path, body, NULL, &answer);

	field->facts->n_asked++;
	sb_buf_reset(out);
	errors = json_object_get(answer, field->name);
	if (status != 400 || !errors)
		return;
	if (json_is_array(errors) && json_is_string(json_array_get(errors, 0)))
		sb_buf_add(out, json_string_value(json_array_get(errors, 0)));
	else
		sb_buf_add_json(out, errors);
}

/* The field must refuse a value with this sentence; NULL: it must accept the value. */
static void expect_answer(struct field *field, json_t *value, const char *sentence)
{
	sb_autojson *kept = json_incref(value);
	sb_autobuf said = SB_BUF_INIT(1 << 16), text = SB_BUF_INIT(1 << 16);

	ask_netbox(field, value, &said);
	sb_buf_add_json(&text, kept);
	if (!sb_streq(sb_buf_str(&said), sentence ? sentence : ""))
		bad(field, "%.60s: \"%s\", not \"%s\"", sb_buf_str(&text), sb_buf_str(&said),
		    sentence ? sentence : "");
}

static json_t *letters_of(int64_t n)
{
	char *text = malloc((size_t)n + 1);
	json_t *out;

	assert_non_null(text);
	memset(text, 'a', (size_t)n);
	text[n] = '\0';
	out = json_string(text);
	free(text);
	return out;
}

static bool is_text(const struct field *field)
{
	static const char *const kinds[] = {"string", "slug", "text", "color"};
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(kinds); i++)
		if (sb_streq(field->kind, kinds[i]))
			return !has_flag(field, "read_only");
	return false;
}

static bool is_written(const struct field *field, const char *kind)
{
	return sb_streq(field->kind, kind) && !has_flag(field, "read_only");
}

static void check_length(struct field *field)
{
	char sentence[80];

	/* The message for the change log is not a field of the object: the database refuses it. */
	if (!is_text(field) || !field->max_length || has_flag(field, "write_only"))
		return;
	snprintf(sentence, sizeof(sentence), "Ensure this field has no more than %d characters.",
		 (int)field->max_length);
	expect_answer(field, letters_of(field->max_length + 1), sentence);
	expect_answer(field, letters_of(field->max_length), NULL);
}

static void texts_have_the_lengths_of_netbox(void **state)
{
	each_field(state, check_length, 110);
}

static void check_null(struct field *field)
{
	if (has_flag(field, "read_only") || has_flag(field, "write_only") ||
	    has_flag(field, "only_options"))
		return;
	if (sb_streq(field->kind, "custom_fields"))
		return;
	expect_answer(field, json_null(),
		      has_flag(field, "null") ? NULL
		      : sb_streq(field->kind, "choice")
			      ? has_flag(field, "blank") ? NULL : "This field may not be blank."
			      : "This field may not be null.");
}

static void null_is_accepted_where_netbox_accepts_it(void **state)
{
	each_field(state, check_null, 200);
}

static void check_blank(struct field *field)
{
	if (is_text(field) && !has_flag(field, "write_only") && !has_flag(field, "only_options"))
		expect_answer(field, json_string(""),
			      has_flag(field, "blank") ? NULL : "This field may not be blank.");
}

static void an_empty_text_is_accepted_where_netbox_accepts_it(void **state)
{
	each_field(state, check_blank, 70);
}

static void check_choices(struct field *field)
{
	const json_t *choice;
	size_t i;

	if (!is_written(field, "choice"))
		return;
	json_array_foreach (json_object_get(field->is, "choices"), i, choice)
		expect_answer(field, json_copy((json_t *)choice), NULL);
	expect_answer(field, json_string("no-such"), "no-such is not a valid choice.");
}

static void each_choice_of_netbox_is_accepted_and_no_other(void **state)
{
	each_field(state, check_choices, 400);
}

static void check_bounds(struct field *field)
{
	char sentence[100];
	int64_t bound;

	if (!is_written(field, "integer"))
		return;
	expect_answer(field, json_string("x"),
		      json_is_true(json_object_get(field->is, "big"))
			      ? "A valid biginteger is required."
			      : "A valid integer is required.");
	if (sb_json_int(field->is, "min", &bound) == 0) {
		snprintf(sentence, sizeof(sentence),
			 "Ensure this value is greater than or equal to %lld.", (long long)bound);
		expect_answer(field, json_integer(bound - 1), sentence);
		expect_answer(field, json_integer(bound), NULL);
	}
	if (sb_json_int(field->is, "max", &bound) < 0 || bound == INT64_MAX)
		return;
	snprintf(sentence, sizeof(sentence), "Ensure this value is less than or equal to %lld.",
		 (long long)bound);
	expect_answer(field, json_integer(bound + 1), sentence);
}

static void numbers_have_the_bounds_of_netbox(void **state)
{
	each_field(state, check_bounds, 50);
}

static void check_kind(struct field *field)
{
	if (is_written(field, "boolean"))
		expect_answer(field, json_string("x"), "Must be a valid boolean.");
	if (is_written(field, "decimal"))
		expect_answer(field, json_string("x"), "A valid number is required.");
	if (is_written(field, "fk"))
		expect_answer(field, json_integer(999999),
			      "Related object not found using the provided numeric ID: 999999");
	if (is_text(field) && !has_flag(field, "write_only") && !has_flag(field, "only_options"))
		expect_answer(field, json_true(), "Not a valid string.");
}

static void a_value_of_another_kind_is_refused(void **state)
{
	each_field(state, check_kind, 150);
}

static void check_read_only(struct field *field)
{
	if (has_flag(field, "read_only"))
		expect_answer(field, json_string("x"), NULL);
}

static void read_only_fields_are_ignored(void **state)
{
	each_field(state, check_read_only, 150);
}

/* An empty object gets an error for every required field, and for no other. */
static void missing_required_fields_are_errors(void **state)
{
	struct facts *facts = *state;
	const char *type, *name;
	json_t *model, *is;

	json_object_foreach (facts->models, type, model) {
		sb_autojson *body = json_object(), *answer = NULL, *want = json_object();
		sb_autobuf out = SB_BUF_INIT(1 << 16);
		struct conform_rules rules = {.text_fits = NULL};

		json_object_foreach (json_object_get(model, "fields"), name, is)
			if (json_is_true(json_object_get(is, "required")))
				json_object_set_new(want, name,
						    json_pack("[s]", "This field is required."));
		assert_int_equal(replay_ask(&facts->replay, "POST", sb_json_str(model, "path"),
					    body, NULL, &answer),
				 400);
		if (conform_compare(&rules, want, answer, &out))
			fail_msg("%s\n%s", type, sb_buf_str(&out));
	}
}

/* OPTIONS of the list, {"name": {"type", "required", "read_only", ...}}. New reference. */
static json_t *options_of(struct facts *facts, const char *path)
{
	sb_autojson *answer = NULL;

	assert_int_equal(replay_ask(&facts->replay, "OPTIONS", path, NULL, NULL, &answer), 200);
	return json_incref(json_object_get(json_object_get(answer, "actions"), "POST"));
}

static bool has_choice(const json_t *choices, const char *value)
{
	const json_t *choice;
	size_t i;

	json_array_foreach (choices, i, choice)
		if (sb_streq(sb_json_str(choice, "value"), value))
			return true;
	return false;
}

static void check_option(struct field *field)
{
	sb_autojson *options = options_of(field->facts, field->path);
	const json_t *option = json_object_get(options, field->name), *choice;
	const json_t *choices = json_object_get(option, "choices");
	const json_t *wanted = json_object_get(field->is, "choices");
	int64_t max_length = 0;
	size_t i;

	if (has_flag(field, "write_only")) { /* accepted, never listed */
		if (option)
			bad(field, "is listed");
		return;
	}
	if (!option) {
		bad(field, "is not listed");
		return;
	}
	if (sb_json_bool(option, "required", false) != has_flag(field, "required"))
		bad(field, "required");
	if (sb_json_bool(option, "read_only", false) != has_flag(field, "read_only"))
		bad(field, "read only");
	(void)sb_json_int(option, "max_length", &max_length);
	if (is_text(field) && field->max_length != max_length)
		bad(field, "max_length %d, not %d", (int)max_length, (int)field->max_length);
	field->facts->n_asked++;
	if (!wanted || has_flag(field, "read_only")) /* only writable fields have choices */
		return;
	if (json_array_size(choices) != json_array_size(wanted))
		bad(field, "%zu choices", json_array_size(choices));
	json_array_foreach (wanted, i, choice)
		if (!has_choice(choices, json_string_value(choice)))
			bad(field, "no choice %s", json_string_value(choice));
}

static void options_are_those_of_netbox(void **state)
{
	struct facts *facts = *state;
	const char *type, *name;
	json_t *model, *option;
	size_t i;

	each_field(state, check_option, 400);
	for (i = 0; i < SB_ARRAY_LEN(documented); i++)
		assert_int_equal(
			facts->seen[i],
			!documented[i].version || sb_streq(documented[i].version, facts->version));
	json_object_foreach (facts->models, type, model) {
		sb_autojson *options = options_of(facts, sb_json_str(model, "path"));

		json_object_foreach (options, name, option)
			if (!json_object_get(json_object_get(model, "fields"), name))
				fail_msg("%s has no %s", type, name);
	}
}

/* The JSON type of a field that has a value. */
static bool reads_as(const char *kind, const json_t *value)
{
	static const struct {
		const char *kind;
		json_type type;
	} types[] = {
		{"integer", JSON_INTEGER}, {"string", JSON_STRING},
		{"url", JSON_STRING},      {"datetime", JSON_STRING},
		{"slug", JSON_STRING},     {"text", JSON_STRING},
		{"color", JSON_STRING},    {"content_type", JSON_STRING},
		{"timezone", JSON_STRING}, {"image", JSON_STRING},
		{"mac", JSON_STRING},      {"ip", JSON_STRING},
		{"fk", JSON_OBJECT},       {"custom_fields", JSON_OBJECT},
		{"fk_list", JSON_ARRAY},   {"content_type_list", JSON_ARRAY},
		{"array", JSON_ARRAY},     {"decimal", JSON_REAL},
	};
	size_t i;

	if (sb_streq(kind, "boolean"))
		return json_is_boolean(value);
	if (sb_streq(kind, "choice"))
		return json_object_size(value) == 2 && sb_json_str(value, "label") != NULL;
	for (i = 0; i < SB_ARRAY_LEN(types); i++)
		if (sb_streq(types[i].kind, kind))
			return json_typeof(value) == types[i].type;
	return true; /* computed, json: anything */
}

static void check_member(struct field *field)
{
	sb_autojson *answer = NULL;
	const json_t *object, *value;
	size_t i;

	assert_int_equal(replay_ask(&field->facts->replay, "GET", field->path, NULL, NULL, &answer),
			 200);
	assert_true(json_array_size(json_object_get(answer, "results")) > 0);
	json_array_foreach (json_object_get(answer, "results"), i, object) {
		value = json_object_get(object, field->name);
		field->facts->n_asked++;
		if (has_flag(field, "write_only") && value)
			bad(field, "is shown");
		if (has_flag(field, "write_only"))
			continue;
		if (!value)
			bad(field, "is not shown");
		else if (!json_is_null(value) && !reads_as(field->kind, value))
			bad(field, "has another type");
		else if (json_is_null(value) && is_text(field) && !has_flag(field, "null"))
			bad(field, "is null");
	}
}

static void objects_read_as_those_of_netbox(void **state)
{
	struct facts *facts = *state;
	const char *type, *name;
	json_t *model, *value;

	each_field(state, check_member, 400);
	json_object_foreach (facts->models, type, model) {
		sb_autojson *answer = NULL;
		const json_t *list;

		assert_int_equal(replay_ask(&facts->replay, "GET", sb_json_str(model, "path"), NULL,
					    NULL, &answer),
				 200);
		list = json_object_get(answer, "results");
		json_object_foreach (json_array_get(list, 0), name, value)
			if (!json_object_get(json_object_get(model, "fields"), name))
				fail_msg("%s has no %s", type, name);
	}
}

/* The checks detect a fact that differs from the simulator. */
static void an_altered_fact_is_detected(void **state)
{
	struct facts *facts = *state;
	json_t *fields = json_object_get(json_object_get(facts->models, "extras.tag"), "fields");
	struct field field = {.facts = facts,
			      .type = "(altered) extras.tag",
			      .path = "/api/extras/tags/",
			      .name = "slug",
			      .kind = "slug",
			      .is = json_object_get(fields, "slug"),
			      .max_length = 99};

	check_length(&field); /* 100 letters are accepted, and 100 is not 99 */
	assert_int_equal(facts->n_bad, 1);
	field.max_length = 101;
	check_length(&field);
	assert_int_equal(facts->n_bad, 3);
	json_object_set_new(json_object_get(fields, "slug"), "null", json_true());
	check_null(&field);
	assert_int_equal(facts->n_bad, 4);
	json_object_set_new(json_object_get(fields, "slug"), "blank", json_true());
	check_blank(&field);
	assert_int_equal(facts->n_bad, 5);
	json_object_del(json_object_get(fields, "slug"), "required");
	check_option(&field); /* detects the length as well */
	assert_int_equal(facts->n_bad, 7);
}

#define BOTH(test)                                                                                 \
	{#test " (4.7)", test, begin_47, end_facts, NULL},                                         \
	{                                                                                          \
#test " (4.6)", test, begin_46, end_facts, NULL                                    \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(options_are_those_of_netbox),
		BOTH(objects_read_as_those_of_netbox),
		BOTH(missing_required_fields_are_errors),
		BOTH(texts_have_the_lengths_of_netbox),
		BOTH(null_is_accepted_where_netbox_accepts_it),
		BOTH(an_empty_text_is_accepted_where_netbox_accepts_it),
		BOTH(each_choice_of_netbox_is_accepted_and_no_other),
		BOTH(numbers_have_the_bounds_of_netbox),
		BOTH(a_value_of_another_kind_is_refused),
		BOTH(read_only_fields_are_ignored),
		BOTH(an_altered_fact_is_detected),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
