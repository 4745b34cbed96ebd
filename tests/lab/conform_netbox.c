/* SPDX-License-Identifier: Apache-2.0 */
/* Send the recorded cases of NetBox to the simulated one. */
#include "conform_netbox.h"
#include "conform_text.h"

#include "stagebox/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#define TOKEN "0123456789abcdef0123456789abcdef01234567"

static const char *const left_out[] = {"created", "last_updated", "url", "display_url", NULL};

static bool id_of(const struct replay *replay, const char *name, json_int_t *ret_id)
{
	const json_t *id = json_object_get(replay->names, name);

	*ret_id = json_integer_value(id);
	return id != NULL;
}

/* "$vm1" matches the id with this name, "$any" matches any id, other texts are compared. */
static bool text_fits(void *arg, const char *want, const json_t *have)
{
	const struct replay *replay = arg;
	json_int_t id;

	if (json_is_integer(have)) {
		if (sb_streq(want, "$any"))
			return json_integer_value(have) > 0;
		return want[0] == '$' && id_of(replay, want + 1, &id) &&
		       json_integer_value(have) == id;
	}
	return json_is_string(have) && conform_text_fits(want, json_string_value(have));
}

struct conform_rules replay_rules(struct replay *replay)
{
	return (struct conform_rules){.text_fits = text_fits, .arg = replay, .left_out = left_out};
}

/* Replace names by ids everywhere in a body. New reference. */
static json_t *with_ids(const struct replay *replay, const json_t *value)
{
	json_t *out, *item;
	const char *key;
	json_int_t id;
	size_t i;

	if (json_is_object(value)) {
		out = json_object();
		json_object_foreach ((json_t *)value, key, item)
			json_object_set_new(out, key, with_ids(replay, item));
		return out;
	}
	if (json_is_array(value)) {
		out = json_array();
		json_array_foreach (value, i, item)
			json_array_append_new(out, with_ids(replay, item));
		return out;
	}
	if (!json_is_string(value) || json_string_value(value)[0] != '$')
		return json_copy((json_t *)value);
	if (!id_of(replay, json_string_value(value) + 1, &id))
		fail_msg("the name %s has no id", json_string_value(value));
	return json_integer(id);
}

static void path_with_ids(const struct replay *replay, const char *path, struct sb_buf *out)
{
	char name[128];
	json_int_t id;

	while (*path) {
		size_t len = strcspn(path, "$");

		sb_buf_add_mem(out, path, len);
		path += len;
		if (!*path)
			break;
		len = strcspn(++path, "/?&,");
		snprintf(name, sizeof(name), "%.*s", (int)len, path);
		if (!id_of(replay, name, &id))
			fail_msg("the name %s has no id", name);
		sb_buf_addf(out, "%" JSON_INTEGER_FORMAT, id);
		path += len;
	}
}

int replay_ask(struct replay *replay, const char *method, const char *path, const json_t *body,
	       const char *if_match, json_t **ret_answer)
{
	struct lab_request request = {.method = method,
				      .authorization = "Token " TOKEN,
				      .content_type = "application/json",
				      .if_match = if_match};
	sb_autojson *sent = body && !json_is_null(body) ? with_ids(replay, body) : NULL;
	sb_autofree char *text = sent ? json_dumps(sent, 0) : NULL;
	struct lab_answer answer = {0};
	sb_autobuf full = SB_BUF_INIT(8192);
	char *query;
	int status;

	path_with_ids(replay, path, &full);
	assert_int_equal(sb_buf_check(&full, NULL), 0);
	query = strchr(full.text, '?');
	if (query)
		*query++ = '\0';
	request.path = request.raw_path = full.text;
	request.query = query ? query : "";
	request.body = text;
	request.body_len = text ? strlen(text) : 0;
	replay->now_us += 1000;
	lab_netbox_handle(replay->nb, &request, replay->now_us, &answer);
	status = answer.status;
	if (answer.text)
		*ret_answer = json_pack("{s:s}", "_text", answer.text_type);
	else
		*ret_answer = answer.json ? conform_wire(answer.json) : json_null();
	lab_answer_finish(&answer);
	return status;
}

static void name_ids(struct replay *replay, const json_t *names, const json_t *answer)
{
	const json_t *name;
	size_t i;

	json_array_foreach (names, i, name)
		json_object_set(replay->names, json_string_value(name),
				json_object_get(json_array_get(answer, i), "id"));
}

static void name_ids_of_case(struct replay *replay, const char *name, const json_t *answer)
{
	const json_t *element;
	char text[128];
	size_t i;

	if (json_is_object(answer))
		json_object_set(replay->names, name, json_object_get(answer, "id"));
	json_array_foreach (answer, i, element) {
		snprintf(text, sizeof(text), "%s.%zu", name, i);
		json_object_set(replay->names, text, json_object_get(element, "id"));
	}
}

static void send_setup(struct replay *replay)
{
	const json_t *steps = json_object_get(replay->data, "setup"), *step;
	size_t i;

	json_array_foreach (steps, i, step) {
		const char *path = sb_json_str(step, "path");
		sb_autojson *answer = NULL;

		assert_int_equal(replay_ask(replay, sb_json_str(step, "method"), path,
					    json_object_get(step, "body"), NULL, &answer),
				 201);
		name_ids(replay, json_object_get(step, "save"), answer);
	}
}

static void take_setup_back(struct replay *replay)
{
	const json_t *steps = json_object_get(replay->data, "setup");
	size_t i, j;

	for (i = json_array_size(steps); i-- > 0;) {
		const json_t *step = json_array_get(steps, i), *name;
		sb_autojson *ids = json_array(), *answer = NULL;

		json_array_foreach (json_object_get(step, "save"), j, name)
			json_array_append_new(
				ids,
				json_pack("{s:O}", "id",
					  json_object_get(replay->names, json_string_value(name))));
		assert_int_equal(
			replay_ask(replay, "DELETE", sb_json_str(step, "path"), ids, NULL, &answer),
			204);
	}
	json_object_clear(replay->names);
}

void replay_begin(struct replay *replay, const char *version, bool used)
{
	memset(replay, 0, sizeof(*replay));
	replay->now_us = used ? 1912345678000000 : 1786000000000000;
	replay->nb = lab_netbox_create(version, TOKEN);
	assert_non_null(replay->nb);
	replay->names = json_object();
	replay->data = conform_load("netbox-answers-4.7.3.json");
	assert_string_equal(sb_json_str(replay->data, "netbox"), "4.7.3");
	if (used) {
		assert_int_equal(lab_netbox_base(replay->nb, "https://netbox.example.com"), 0);
		send_setup(replay);
		take_setup_back(replay);
	}
	send_setup(replay);
}

void replay_end(struct replay *replay)
{
	json_decref(replay->want);
	json_decref(replay->have);
	json_decref(replay->state);
	json_decref(replay->names);
	json_decref(replay->data);
	lab_netbox_destroy(replay->nb);
	memset(replay, 0, sizeof(*replay));
}

const json_t *replay_find(const struct replay *replay, const char *name)
{
	const json_t *cases = json_object_get(replay->data, "cases"), *item;
	size_t i;

	json_array_foreach (cases, i, item)
		if (sb_streq(sb_json_str(item, "name"), name))
			return item;
	fail_msg("unknown case %s", name);
	return NULL;
}

/* The path of a case in parts. */
struct place {
	char list[256]; /* "/api/dcim/sites/" */
	const char *id; /* "$site1/?fields=..." or NULL */
	const char *query;
};

static struct place place_of(const char *path)
{
	struct place place = {.query = strchr(path, '?')};
	const char *end = path;
	int i;

	for (i = 0; i < 4; i++)
		end = strchr(end, '/') + 1;
	snprintf(place.list, sizeof(place.list), "%.*s", (int)(end - path), path);
	if (*end && *end != '?')
		place.id = end;
	if (!place.query)
		place.query = "";
	return place;
}

static json_int_t count_of(struct replay *replay, const struct place *place)
{
	sb_autojson *answer = NULL;
	char path[300];

	snprintf(path, sizeof(path), "%s?limit=1", place->list);
	assert_int_equal(replay_ask(replay, "GET", path, NULL, NULL, &answer), 200);
	assert_true(json_is_integer(json_object_get(answer, "count")));
	return json_integer_value(json_object_get(answer, "count"));
}

/* Check the members that every object has and the recording omits. */
static size_t check_stamps(const json_t *object, struct sb_buf *out)
{
	char url_end[32];
	size_t i, n = 0;

	snprintf(url_end, sizeof(url_end), "/%" JSON_INTEGER_FORMAT "/",
		 json_integer_value(json_object_get(object, "id")));
	for (i = 0; left_out[i]; i++) {
		const char *text = sb_json_str(object, left_out[i]);
		bool is_url = strstr(left_out[i], "url") != NULL;

		if (text && is_url && sb_starts_with(text, "http") &&
		    strlen(text) > strlen(url_end) &&
		    sb_streq(text + strlen(text) - strlen(url_end), url_end))
			continue;
		if (text && !is_url && conform_is_stamp(text))
			continue;
		sb_buf_addf(out, "  %s: %s\n", left_out[i], text ? text : "nothing");
		n++;
	}
	return n;
}

/* Check that a created or changed object reads as the answer. */
static size_t check_reads(struct replay *replay, const struct place *place, const json_t *want,
			  const json_t *have, struct sb_buf *out)
{
	struct conform_rules rules = replay_rules(replay);
	sb_autojson *answer = NULL;
	char path[400];
	size_t n = 0;
	int status;

	snprintf(path, sizeof(path), "%s%" JSON_INTEGER_FORMAT "/%s", place->list,
		 json_integer_value(json_object_get(have, "id")), place->query);
	status = replay_ask(replay, "GET", path, NULL, NULL, &answer);
	if (status != 200) {
		sb_buf_addf(out, "  read afterwards: %d\n", status);
		return 1;
	}
	if (!*place->query)
		n += check_stamps(answer, out);
	if (conform_compare(&rules, want, answer, out) == 0)
		return n;
	sb_buf_add(out, "  (read afterwards)\n");
	return n + 1;
}

static size_t check_gone(struct replay *replay, const struct place *place, const json_t *body,
			 struct sb_buf *out)
{
	const json_t *item;
	size_t i, n = 0;
	char path[400];

	for (i = 0; i < json_array_size(body) + (place->id != NULL); i++) {
		sb_autojson *answer = NULL;
		const char *name;
		int status;

		item = json_array_get(body, i);
		name = item ? sb_json_str(item, "id") : place->id;
		snprintf(path, sizeof(path), "%s%s%s", place->list, name, item ? "/" : "");
		status = replay_ask(replay, "GET", path, NULL, NULL, &answer);
		if (status == 404 && strstr(sb_json_str(answer, "detail"), "matches the given"))
			continue;
		sb_buf_addf(out, "  %s afterwards: %d\n", path, status);
		n++;
	}
	return n;
}

/* Check that the state has not changed; list the tables that differ. */
static size_t check_untouched(struct replay *replay, json_t *before, struct sb_buf *out)
{
	sb_autojson *after = lab_netbox_dump(replay->nb, false);
	const char *table;
	json_t *list;

	if (json_equal(before, after)) {
		replay->state = json_incref(before);
		return 0;
	}
	sb_buf_add(out, "  the state has changed:");
	json_object_foreach (after, table, list)
		if (!json_equal(list, json_object_get(before, table)))
			sb_buf_addf(out, " %s", table);
	sb_buf_add(out, "\n");
	return 1;
}

/* The number of objects that the case adds to the list of its path, negative for deleted ones. */
static json_int_t list_growth(const json_t *item, int status, const struct place *place)
{
	const json_t *body = json_object_get(item, "body");
	json_int_t n = place->id || json_is_object(body) ? 1 : (json_int_t)json_array_size(body);

	return status == 201 ? n : status == 204 ? -n : 0;
}

static size_t check_effect(struct replay *replay, const json_t *item, int status,
			   const json_t *answer, struct sb_buf *out)
{
	const json_t *want = json_object_get(item, "answer"), *element;
	struct place place = place_of(sb_json_str(item, "path"));
	size_t i, n = 0;

	if (status == 204)
		n += check_gone(replay, &place, json_object_get(item, "body"), out);
	if (json_is_object(answer) && status < 300)
		n += check_reads(replay, &place, want, answer, out);
	json_array_foreach (answer, i, element)
		n += check_reads(replay, &place, json_array_get(want, i), element, out);
	return n;
}

/* Compare status and answer; a recorded 500 omits error, netbox_version and python_version. */
static size_t check_answer(struct replay *replay, const json_t *item, int status,
			   const json_t *answer, struct sb_buf *out)
{
	struct conform_rules rules = replay_rules(replay);

	json_decref(replay->want);
	json_decref(replay->have);
	replay->want = json_pack("{s:O, s:O}", "status", json_object_get(item, "status"), "answer",
				 json_object_get(item, "answer"));
	replay->have = json_pack("{s:i, s:O}", "status", status, "answer", answer);
	if (status == 500) {
		json_t *body = json_deep_copy(answer);

		json_object_del(body, "error");
		json_object_del(body, "netbox_version");
		json_object_del(body, "python_version");
		json_object_set_new(replay->have, "answer", body);
	}
	return conform_compare(&rules, replay->want, replay->have, out);
}

/* Describe the case below its differences, with both answers. */
static void add_case(const struct replay *replay, const json_t *item, struct sb_buf *out)
{
	sb_buf_addf(out, "  of %s: %s %s\n    recorded: ", sb_json_str(item, "name"),
		    sb_json_str(item, "method"), sb_json_str(item, "path"));
	sb_buf_add_json(out, replay->want);
	sb_buf_add(out, "\n    answered: ");
	sb_buf_add_json(out, replay->have);
	sb_buf_add(out, "\n");
}

/* Send a case and compare the answer. */
static size_t send_case(struct replay *replay, const json_t *item, int *ret_status,
			json_t **ret_answer, struct sb_buf *out)
{
	const json_t *headers = json_object_get(item, "headers");
	const char *if_match = sb_json_str(headers, "If-Match");

	/* The recording contains no other headers and values. */
	assert_int_equal(json_object_size(headers), if_match ? 1 : 0);
	assert_true(!if_match || sb_starts_with(if_match, "W/"));
	*ret_status = replay_ask(replay, sb_json_str(item, "method"), sb_json_str(item, "path"),
				 json_object_get(item, "body"), if_match, ret_answer);
	if (*ret_status == 201)
		name_ids_of_case(replay, sb_json_str(item, "name"), *ret_answer);
	return check_answer(replay, item, *ret_status, *ret_answer, out);
}

size_t replay_case(struct replay *replay, const json_t *item, struct sb_buf *out)
{
	struct place place = place_of(sb_json_str(item, "path"));
	bool untouched = json_integer_value(json_object_get(item, "status")) >= 400 ||
			 sb_streq(sb_json_str(item, "method"), "GET");
	sb_autojson *before = sb_steal(replay->state), *answer = NULL;
	json_int_t count, more;
	int status;
	size_t n;

	if (replay->answers_only)
		return send_case(replay, item, &status, &answer, out);
	if (!before && untouched)
		before = lab_netbox_dump(replay->nb, false);
	count = count_of(replay, &place);
	n = send_case(replay, item, &status, &answer, out);
	if (replay->between)
		replay->between(replay);
	n += check_effect(replay, item, status, answer, out);
	if (untouched)
		n += check_untouched(replay, before, out);
	more = count_of(replay, &place) - count;
	if (more != list_growth(item, status, &place)) {
		sb_buf_addf(out, "  the list has %+" JSON_INTEGER_FORMAT " objects\n", more);
		n++;
	}
	if (n)
		add_case(replay, item, out);
	return n;
}
