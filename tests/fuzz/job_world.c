/* SPDX-License-Identifier: Apache-2.0 */
/* The recorded answers of the target "job", and how an input changes them. */
#include <stdlib.h>
#include <string.h>

#include "job.h"
#include "stagebox/json.h"

enum change {
	CHANGE_DROP,
	CHANGE_DOUBLE,
	CHANGE_NULL,
	CHANGE_TRUE,
	CHANGE_ZERO,
	CHANGE_NEGATIVE,
	CHANGE_HUGE,
	CHANGE_REAL,
	CHANGE_EMPTY_TEXT,
	CHANGE_LONG_TEXT,
	CHANGE_CONTROLS,
	CHANGE_NUMBER_TO_TEXT,
	CHANGE_OTHER_VALUE,
	CHANGE_NUDGE,
	CHANGE_GROW,
	CHANGE_WRITE,
	CHANGE_BODY_OF_ANOTHER,
	/* From here on the answer, or its changed value, cannot be read. */
	CHANGE_LIST,
	CHANGE_OBJECT,
	CHANGE_BAD_UTF8,
	CHANGE_TOO_LARGE,
	CHANGE_TOO_DEEP,
	CHANGE_STATUS,
	CHANGE_CUT,
	CHANGE_PAGE,
	CHANGE_NOTHING,
	CHANGE_N,
};

/* Texts that become bytes that jansson does not write. */
static const struct {
	const char *text, *bytes;
} raw[] = {
	{"\"@@BAD@@\"", "\"\xc3\x28\xff\""},
	{"\"@@LARGE@@\"", "1e999"},
};
#define TOO_DEEP "\"@@DEEP@@\""

/* A value in an answer. */
struct place {
	json_t *parent; /* NULL = the whole answer */
	const char *name;
	size_t index;
	json_t *value;
};

static const json_t *read_base(void)
{
	static json_t *base;

	if (!base)
		base = json_load_file(FUZZ_JOB_BASE, 0, NULL);
	if (!base)
		job_finding("no base: run python3 tests/fuzz/job_base.py");
	return base;
}

static const char *name_of(enum job_base base)
{
	return base == JOB_FIRST ? "first" : "same";
}

const json_t *job_inputs(enum job_base base)
{
	return json_object_get(json_object_get(read_base(), "inputs"), name_of(base));
}

static void add_answers(struct job_world *world, enum job_base base)
{
	const json_t *row;
	size_t i;

	json_array_foreach (json_object_get(read_base(), "answers"), i, row) {
		struct job_answer *answer = &world->answers[world->n];
		const char *in = sb_json_str(row, "in");

		if (!sb_streq(in, "both") && !sb_streq(in, name_of(base)))
			continue;
		if (world->n == JOB_ANSWERS)
			job_finding("the base has too many answers");
		*answer = (struct job_answer){
			.server = sb_json_str(row, "server"),
			.method = sb_json_str(row, "method"),
			.path = sb_json_str(row, "path"),
			.type = sb_json_str(row, "type"),
			.api_version = sb_json_str(row, "api_version"),
			.status = (int)json_integer_value(json_object_get(row, "status")),
			.body = sb_json_str(row, "body"),
			.len = json_string_length(json_object_get(row, "body")),
		};
		world->n++;
	}
}

static size_t count_values(const json_t *value)
{
	const json_t *member;
	const char *name;
	size_t n = 1, i;

	json_array_foreach (value, i, member)
		n += count_values(member);
	json_object_foreach ((json_t *)(uintptr_t)value, name, member)
		n += count_values(member);
	return n;
}

/* Find the value of this number in order; *left is counted down. */
static bool find_value(json_t *value, size_t *left, struct place *place)
{
	json_t *member;
	const char *name;
	size_t i;

	json_array_foreach (value, i, member) {
		if (!(*left)--)
			*place = (struct place){value, NULL, i, member};
		if (place->parent || find_value(member, left, place))
			return true;
	}
	json_object_foreach (value, name, member) {
		if (!(*left)--)
			*place = (struct place){value, name, 0, member};
		if (place->parent || find_value(member, left, place))
			return true;
	}
	return false;
}

static struct place place_at(json_t *root, size_t number)
{
	struct place place = {.value = root};
	size_t left = number % count_values(root);

	if (left--)
		find_value(root, &left, &place);
	return place;
}

static void set_body(struct job_answer *answer, char *body_take)
{
	free(answer->own);
	answer->own = body_take;
	answer->body = body_take ? body_take : "";
	answer->len = strlen(answer->body);
}

static void add_deep(struct sb_buf *to)
{
	size_t i;

	for (i = 0; i < 4000; i++)
		sb_buf_add(to, "[");
	for (i = 0; i < 4000; i++)
		sb_buf_add(to, "]");
}

/* The text with raw bytes instead of their names. */
static char *with_raw_bytes(const char *text)
{
	sb_autobuf to = SB_BUF_INIT(4u << 20);
	size_t i;

	while (*text) {
		for (i = 0; i < SB_ARRAY_LEN(raw) && !sb_starts_with(text, raw[i].text); i++)
			;
		if (i < SB_ARRAY_LEN(raw)) {
			sb_buf_add(&to, raw[i].bytes);
			text += strlen(raw[i].text);
		} else if (sb_starts_with(text, TOO_DEEP)) {
			add_deep(&to);
			text += strlen(TOO_DEEP);
		} else {
			sb_buf_add_mem(&to, text++, 1);
		}
	}
	return sb_buf_take(&to);
}

static json_t *long_text(void)
{
	char text[5001];

	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	return json_string(text);
}

static json_t *number_as_text(const json_t *value)
{
	char text[32];

	if (json_is_integer(value)) {
		snprintf(text, sizeof(text), "%" JSON_INTEGER_FORMAT, json_integer_value(value));
		return json_string(text);
	}
	if (json_is_string(value))
		return json_integer(strtoll(json_string_value(value), NULL, 10));
	return json_string("1");
}

static json_t *nudge_value(const json_t *value, uint8_t by)
{
	char text[300];

	if (json_is_integer(value))
		return json_integer(json_integer_value(value) + (int8_t)by);
	if (json_is_string(value)) {
		snprintf(text, sizeof(text), "%.200s%c", json_string_value(value), by % 96 + ' ');
		return json_string(text);
	}
	return json_boolean(!json_is_true(value));
}

static json_t *many_of(const json_t *value)
{
	json_t *list = json_array();
	size_t i;

	for (i = 0; i < 200; i++)
		json_array_append_new(list, json_deep_copy(value));
	return list;
}

/* The value that replaces one, or NULL. */
static json_t *new_value(enum change change, const json_t *root, const json_t *old,
			 const uint8_t *code)
{
	switch (change) {
	case CHANGE_NULL: return json_null();
	case CHANGE_TRUE: return json_true();
	case CHANGE_ZERO: return json_integer(0);
	case CHANGE_NEGATIVE: return json_integer(-1 - code[4]);
	case CHANGE_HUGE: return json_integer(INT64_MAX - code[4]);
	case CHANGE_REAL: return json_real(code[4] + 0.5);
	case CHANGE_EMPTY_TEXT: return json_string("");
	case CHANGE_LONG_TEXT: return long_text();
	case CHANGE_CONTROLS: return json_stringn("a\0\x1b[31m\r\n\xc2\x9b/../\xef\xbf\xbe", 18);
	case CHANGE_NUMBER_TO_TEXT: return number_as_text(old);
	case CHANGE_OTHER_VALUE:
		return json_deep_copy(
			place_at((json_t *)(uintptr_t)root, (size_t)code[4] * 7).value);
	case CHANGE_NUDGE: return nudge_value(old, code[4]);
	case CHANGE_GROW: return many_of(old);
	case CHANGE_LIST: return json_array();
	case CHANGE_OBJECT: return json_object();
	case CHANGE_BAD_UTF8: return json_string("@@BAD@@");
	case CHANGE_TOO_LARGE: return json_string("@@LARGE@@");
	case CHANGE_TOO_DEEP: return json_string("@@DEEP@@");
	default: return NULL;
	}
}

static void drop_value(const struct place *place)
{
	if (place->name)
		json_object_del(place->parent, place->name);
	else
		json_array_remove(place->parent, place->index);
}

static void replace_value(const struct place *place, json_t *value_take)
{
	if (place->name)
		json_object_set_new(place->parent, place->name, value_take);
	else
		json_array_set_new(place->parent, place->index, value_take);
}

static void repeat_value(const struct place *place)
{
	if (!place->name)
		json_array_insert(place->parent, place->index, place->value);
	else if (json_is_array(place->value) && json_array_size(place->value))
		json_array_append(place->value, json_array_get(place->value, 0));
}

/* A value of another type in an answer of NetBox may be read as a value of people. */
static bool stays_unreadable(enum change change, const struct job_answer *answer,
			     const struct place *place)
{
	if (change == CHANGE_LIST || change == CHANGE_OBJECT)
		return !place->parent ||
		       (!sb_streq(answer->server, "netbox") && !json_is_object(place->value) &&
			!json_is_array(place->value));
	return change > CHANGE_OBJECT;
}

static void change_value(struct job_world *world, struct job_answer *answer, enum change change,
			 const uint8_t *code)
{
	sb_autojson *root = json_loadb(answer->body, answer->len, JSON_DECODE_ANY, NULL);
	sb_autofree char *text = NULL;
	struct place place;
	json_t *value;

	if (!root)
		return;
	place = place_at(root, (size_t)code[2] << 8 | code[3]);
	if (!stays_unreadable(change, answer, &place))
		world->only_unreadable = false;
	value = new_value(change, root, place.value, code);
	if (!place.parent) {
		json_decref(root);
		root = value ? value : json_object();
	} else if (value) {
		replace_value(&place, value);
	} else if (change == CHANGE_DROP) {
		drop_value(&place);
	} else {
		repeat_value(&place);
	}
	text = json_dumps(root, JSON_COMPACT | JSON_ENCODE_ANY);
	set_body(answer, text ? with_raw_bytes(text) : NULL);
}

static void change_answer(struct job_world *world, struct job_answer *answer, enum change change,
			  const uint8_t *code)
{
	static const int statuses[] = {0, 400, 401, 403, 404, 429, 500, 502, 503, 301, 595};
	const struct job_answer *other = &world->answers[code[2] % world->n];

	switch (change) {
	case CHANGE_STATUS: answer->status = statuses[code[4] % SB_ARRAY_LEN(statuses)]; break;
	case CHANGE_CUT:
		set_body(answer,
			 strndup(answer->body, answer->len ? answer->len * code[4] / 256 : 0));
		break;
	case CHANGE_PAGE:
		set_body(answer, strdup("<html><title>Log in</title></html>"));
		answer->type = "text/html";
		break;
	case CHANGE_NOTHING: set_body(answer, NULL); break;
	case CHANGE_BODY_OF_ANOTHER:
		set_body(answer, strdup(other->body));
		world->only_unreadable = false;
		break;
	default: change_value(world, answer, change, code); break;
	}
}

void job_world_make(struct job_world *ret_world, enum job_base base, const uint8_t *data,
		    size_t size)
{
	*ret_world = (struct job_world){.only_unreadable = true};
	add_answers(ret_world, base);
	for (; size >= JOB_CHANGE_BYTES; data += JOB_CHANGE_BYTES, size -= JOB_CHANGE_BYTES) {
		enum change change = data[0] % CHANGE_N;

		if (change == CHANGE_WRITE)
			ret_world->writes[data[1] % JOB_WRITES] = data[4] % JOB_WRITE_N;
		else
			change_answer(ret_world, &ret_world->answers[data[1] % ret_world->n],
				      change, data);
	}
}

void job_world_finish(struct job_world *world)
{
	size_t i;

	for (i = 0; i < world->n; i++)
		free(world->answers[i].own);
}
