/* SPDX-License-Identifier: Apache-2.0 */
/* Writing and reading the file of --record and --replay. */
#include "model/recording.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/private_file.h"
#include "model/agent_turn.h"
#include "stagebox/json.h"

static void write_line(FILE *file, json_t *line_take)
{
	json_dumpf(line_take, file, JSON_COMPACT | JSON_SORT_KEYS);
	fputc('\n', file);
	json_decref(line_take);
}

int sb_recording_create(const char *path, const json_t *slugs, FILE **ret_file,
			struct sb_error *err)
{
	FILE *file = sb_private_file_create(path, false);

	if (!file)
		return sb_fail(err, SB_E_STATE, "recording %s: %s", path, strerror(errno));
	write_line(file, json_pack("{s:i, s:O}", "stagebox_record", 1, "endpoints", slugs));
	*ret_file = file;
	return 0;
}

void sb_recording_write(FILE *file, const char *slug, const json_t *line)
{
	const json_t *inputs = json_object_get(line, "inputs");

	if (inputs)
		write_line(file, json_pack("{s:s, s:O}", "endpoint", slug, "inputs", inputs));
	else
		write_line(file, json_pack("{s:s, s:O}", "endpoint", slug, "line", line));
}

int sb_recording_close(FILE *file, struct sb_error *err)
{
	bool is_bad = fflush(file) != 0 || ferror(file);

	if (fclose(file) != 0 || is_bad)
		return sb_fail(
			err, SB_E_STATE,
			"writing the recording: the file is incomplete; check the free disk space");
	return sb_context(err, sb_memory_check(0, err),
			  "writing the recording: the file is incomplete");
}

/* Years 2000 to 2100. The clock of a replay begins at now_s and runs on while the job waits, so
 * that a time far away would let it wait for hours of processor time. */
static bool is_time(const json_t *value)
{
	json_int_t s = json_integer_value(value);

	return json_is_integer(value) && s >= 946684800 && s <= 4102444800;
}

static bool is_count(const json_t *value)
{
	return json_is_integer(value) && json_integer_value(value) >= 0 &&
	       json_integer_value(value) <= 1000000000;
}

static bool are_requests(const json_t *requests)
{
	const json_t *request;
	size_t i;

	if (requests && !json_is_array(requests))
		return false;
	json_array_foreach (requests, i, request)
		if (!is_time(json_object_get(request, "since")) ||
		    !is_count(json_object_get(request, "run")) ||
		    !is_count(json_object_get(request, "id")) ||
		    !json_is_array(json_object_get(request, "keys")))
			return false;
	return true;
}

static bool are_misses(const json_t *misses)
{
	const char *key;
	json_t *miss;

	if (misses && !json_is_object(misses))
		return false;
	json_object_foreach ((json_t *)(uintptr_t)misses, key, miss)
		if (!is_count(json_object_get(miss, "runs")) ||
		    !is_time(json_object_get(miss, "since")))
			return false;
	return true;
}

static bool are_applied(const json_t *applied)
{
	const char *key;
	json_t *fields;

	if (applied && !json_is_object(applied))
		return false;
	json_object_foreach ((json_t *)(uintptr_t)applied, key, fields)
		if (!json_is_object(fields))
			return false;
	return true;
}

static bool are_agents(const json_t *agents)
{
	const char *key;
	json_t *row;

	if (agents && !json_is_object(agents))
		return false;
	json_object_foreach ((json_t *)(uintptr_t)agents, key, row)
		if (!sb_agent_row_is_valid(row))
			return false;
	return true;
}

static bool is_text_or_nothing(const json_t *value)
{
	return !value || json_is_null(value) || json_is_string(value);
}

static bool are_clusters(const json_t *clusters)
{
	const json_t *identity;
	const char *slug;

	json_object_foreach ((json_t *)(uintptr_t)clusters, slug, identity) {
		if (!json_is_string(identity))
			return false;
	}
	return !clusters || json_is_object(clusters);
}

/* A recording may come from anybody: what a job calculates with is checked. */
static const char *wrong_input(const json_t *inputs)
{
	const json_t *select = json_object_get(inputs, "select"), *word, *limit;
	size_t i;

	if (!is_time(json_object_get(inputs, "now_s")))
		return "now_s";
	json_array_foreach (select, i, word)
		if (!json_is_string(word))
			return "select";
	if (select && !json_is_null(select) && !json_is_array(select))
		return "select";
	limit = json_object_get(inputs, "max_objects");
	if (limit && !is_count(limit))
		return "max_objects";
	if (!is_text_or_nothing(json_object_get(inputs, "target")))
		return "target";
	if (!is_text_or_nothing(json_object_get(inputs, "identity")))
		return "identity";
	if (!are_clusters(json_object_get(inputs, "clusters")))
		return "clusters";
	if (!are_misses(json_object_get(inputs, "misses")))
		return "misses";
	if (!are_agents(json_object_get(inputs, "agents")))
		return "agents";
	if (!are_requests(json_object_get(inputs, "open_requests")))
		return "open_requests";
	return are_applied(json_object_get(inputs, "applied")) ? NULL : "applied";
}

/* Only slugs of the first line have a part. */
static json_t *find_part(json_t *parts, const char *slug)
{
	return slug ? json_object_get(parts, slug) : NULL;
}

static int take_line(json_t *parts, const json_t *line, struct sb_error *err)
{
	json_t *part = find_part(parts, sb_json_str(line, "endpoint"));
	json_t *inputs = json_object_get(line, "inputs"), *answer = json_object_get(line, "line");
	const char *wrong;

	if (!part || (!json_is_object(inputs) && !json_is_object(answer)))
		return sb_fail(err, SB_E_ARG,
			       "neither inputs nor an answer of an endpoint of this recording");
	wrong = inputs ? wrong_input(inputs) : NULL;
	if (wrong)
		return sb_fail(err, SB_E_ARG,
			       "inputs: %s is missing, of the wrong type or out of bounds", wrong);
	if (inputs)
		json_object_set(part, "inputs", inputs);
	else
		json_array_append(json_object_get(part, "lines"), answer);
	return 0;
}

static int take_header(const json_t *line, json_t **ret_slugs, json_t *parts, struct sb_error *err)
{
	json_t *slugs = json_object_get(line, "endpoints"), *slug;
	int64_t version = 0;
	size_t i;

	if (sb_json_int(line, "stagebox_record", &version) < 0 || !json_is_array(slugs))
		return sb_fail(err, SB_E_ARG, "not a recording of stagebox");
	if (version != 1)
		return sb_fail(err, SB_E_ARG,
			       "a recording of version %lld; this program reads 1: record again",
			       (long long)version);
	json_array_foreach (slugs, i, slug) {
		if (!json_is_string(slug) || json_string_length(slug) > 63 ||
		    json_object_get(parts, json_string_value(slug)))
			return sb_fail(err, SB_E_ARG, "endpoints must be different slugs");
		json_object_set_new(parts, json_string_value(slug), json_pack("{s:[]}", "lines"));
	}
	*ret_slugs = json_incref(slugs);
	return 0;
}

static int read_lines(FILE *file, json_t **ret_slugs, json_t *parts, struct sb_error *err)
{
	sb_autofree char *text = NULL;
	size_t room = 0, number = 0;
	ssize_t len;
	int rc;

	while ((len = getline(&text, &room, file)) > 0) {
		sb_autojson *line = json_loadb(text, (size_t)len, 0, NULL);

		number++;
		rc = *ret_slugs ? take_line(parts, line, err)
				: take_header(line, ret_slugs, parts, err);
		if (rc < 0)
			return sb_context(err, rc, "line %zu", number);
	}
	return *ret_slugs ? 0 : sb_fail(err, SB_E_ARG, "the file is empty");
}

int sb_recording_read(const char *path, json_t **ret_slugs, json_t **ret_parts,
		      struct sb_error *err)
{
	sb_autojson *slugs = NULL, *parts = json_object();
	FILE *file = fopen(path, "re");
	const char *slug;
	json_t *part;
	int rc;

	if (!file)
		return sb_fail(err, SB_E_ARG, "recording %s: %s", path, strerror(errno));
	rc = read_lines(file, &slugs, parts, err);
	fclose(file);
	json_object_foreach (parts, slug, part)
		if (!rc && !json_object_get(part, "inputs"))
			rc = sb_fail(err, SB_E_ARG, "no inputs of endpoint \"%s\"; record again",
				     slug);
	if (rc < 0)
		return sb_context(err, rc, "recording %s", path);
	*ret_slugs = sb_steal(slugs);
	*ret_parts = sb_steal(parts);
	return 0;
}
