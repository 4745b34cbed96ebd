/* SPDX-License-Identifier: Apache-2.0 */
#include "run/scoped.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/list.h"
#include "stagebox/json.h"

#define CUSTOM "cf_"

/* One list under way. */
struct scoped_reading {
	struct sb_run *run;
	struct sb_stage_run *stage;
	const struct sb_read *read;
	const struct sb_kind *kind;
	struct sb_scoped *to;
	json_t *homes;      /* CLUSTER: the ids of our objects, which rows refer to */
	bool is_unfiltered; /* a row does not match: NetBox ignored the filter */
};

static void finish_reading(struct scoped_reading *reading)
{
	json_decref(reading->homes);
	free(reading);
}

static bool has_tag(const json_t *row, const char *slug)
{
	const json_t *tag;
	size_t i;

	json_array_foreach (json_object_get(row, "tags"), i, tag) {
		const char *name = sb_json_str(tag, "slug");

		if (name && sb_streq(name, slug))
			return true;
	}
	return false;
}

static bool contains_text(const char *text, const char *part)
{
	size_t len = strlen(part);

	for (; *text; text++)
		if (strncasecmp(text, part, len) == 0)
			return true;
	return false;
}

static bool has_number(const json_t *value, const char *wanted)
{
	char *end = NULL;
	double number = strtod(wanted, &end);

	return end != wanted && !*end && fabs(number - json_number_value(value)) < 1e-9;
}

/* A choice has its value in an object; a list has it when a member has it. The filters of NetBox
 * ignore the case of names, and a custom field may be filtered by a part of its text. */
static bool has_value(const json_t *value, const char *wanted)
{
	const json_t *member;
	size_t i;

	json_array_foreach (value, i, member)
		if (has_value(member, wanted))
			return true;
	if (json_is_object(value))
		value = json_object_get(value, "value");
	if (json_is_boolean(value))
		return sb_streq(json_is_true(value) ? "true" : "false", wanted);
	if (json_is_string(value))
		return contains_text(json_string_value(value), wanted);
	return json_is_number(value) && has_number(value, wanted);
}

/* NetBox ignores a filter that it does not know, and a misspelt one would return the whole table:
 * so each row is checked. */
static bool row_matches(const struct scoped_reading *reading, const json_t *row)
{
	const struct sb_read *read = reading->read;
	const struct sb_kind_field *home;

	switch (read->scope) {
	case SB_READ_CLUSTER:
		home = sb_kind_trait(reading->kind, SB_TRAIT_HOME);
		return sb_list_holds(reading->homes,
				     json_object_get(json_object_get(row, home->name), "id"));
	case SB_READ_TAGGED: return has_tag(row, read->value);
	case SB_READ_VALUE:
		if (sb_starts_with(read->field, CUSTOM))
			return has_value(json_object_get(json_object_get(row, "custom_fields"),
							 read->field + strlen(CUSTOM)),
					 read->value);
		return has_value(json_object_get(row, read->field), read->value);
	default: return false;
	}
}

/* NetBox makes the ETag of an object of the time of its last change, which lists have, too. */
static json_t *make_etag(const struct sb_run *run, const json_t *row)
{
	const char *time = sb_json_str(row, "last_updated");
	size_t len = time ? strlen(time) : 0;

	if (!len || time[len - 1] != 'Z' ||
	    !sb_netbox_version_at_least(sb_netbox_caps(run->netbox)->version, 4, 6))
		return json_null();
	return json_sprintf("W/\"%.*s+00:00\"", (int)(len - 1), time);
}

static int take_row(struct scoped_reading *reading, const json_t *row)
{
	sb_autojson *flat = sb_value_flatten(reading->kind, row);
	json_int_t id = json_integer_value(json_object_get(row, "id"));
	char key[24];

	if (!flat)
		return 0;
	json_object_set(flat, "custom_fields", json_object_get(row, "custom_fields"));
	json_object_set_new(flat, "etag", make_etag(reading->run, row));
	snprintf(key, sizeof(key), "%010" JSON_INTEGER_FORMAT, id);
	return sb_table_put_json(reading->to->rows, key, flat);
}

static void on_row(void *arg, json_t *row)
{
	struct scoped_reading *reading = arg;

	if (!row_matches(reading, row))
		reading->is_unfiltered = true;
	else if (take_row(reading, row) < 0)
		reading->run->failed_rc = SB_E_NOMEM;
}

static int reset_rows(struct sb_scoped *scoped)
{
	sb_table_destroy(scoped->rows);
	scoped->rows = sb_table_create();
	return scoped->rows ? 0 : SB_E_NOMEM;
}

static void on_restart(void *arg)
{
	struct scoped_reading *reading = arg;

	reading->is_unfiltered = false;
	if (reset_rows(reading->to) < 0)
		reading->run->failed_rc = SB_E_NOMEM;
}

static void describe_scope(const struct sb_read *read, char *ret_text, size_t room)
{
	if (read->scope == SB_READ_CLUSTER)
		snprintf(ret_text, room, "the clusters of this endpoint");
	else if (read->scope == SB_READ_TAGGED)
		snprintf(ret_text, room, "the tag \"%.100s\"", read->value);
	else
		snprintf(ret_text, room, "%.64s = \"%.100s\"", read->field, read->value);
}

/* A stage without all that it reads is partial, whatever its module does with it. */
static void on_listed(void *arg, enum sb_netbox_list_state state, const struct sb_error *why)
{
	struct scoped_reading *reading = arg;
	struct sb_scoped *to = reading->to;
	char scope[256];

	to->known = state == SB_NETBOX_COMPLETE  ? SB_KNOWN_COMPLETE
		    : state == SB_NETBOX_PARTIAL ? SB_KNOWN_PARTIAL
						 : SB_KNOWN_NOT;
	describe_scope(reading->read, scope, sizeof(scope));
	if (reading->is_unfiltered) {
		to->known = SB_KNOWN_NOT;
		sb_fail(&to->why, SB_E_SHAPE,
			"NetBox's list of %s by %s has other objects: NetBox ignores a filter that "
			"it does not know, such as one of a custom field that does not exist",
			reading->kind->name, scope);
	} else if (state != SB_NETBOX_COMPLETE) {
		sb_fail(&to->why, why && why->code ? why->code : SB_E_STATE,
			"NetBox's list of %s by %s: %s", reading->kind->name, scope,
			why && why->code ? why->text : "NetBox returned fewer rows than it counts");
	}
	if (to->known == SB_KNOWN_NOT && reset_rows(to) < 0)
		reading->run->failed_rc = SB_E_NOMEM;
	if (to->known != SB_KNOWN_COMPLETE)
		sb_run_partial(reading->run, reading->stage->at, &to->why);
	reading->run->reads_open--;
	finish_reading(reading);
}

const char *sb_scoped_source(const struct sb_run *run, const struct sb_read *read)
{
	const struct sb_kinds *kinds = sb_registry_kinds(run->registry);

	if (read->scope == SB_READ_CLUSTER)
		return sb_kind_trait(sb_kinds_find(kinds, read->kind), SB_TRAIT_HOME)->kind;
	return read->scope == SB_READ_TAGGED ? "tag" : NULL;
}

/* The ids of our objects of the list: of our clusters. */
static json_t *list_homes(struct sb_nb_list *list)
{
	json_t *ids = json_array();
	size_t i;

	for (i = 0; i < sb_table_count(list->rows); i++)
		json_array_append_new(ids, json_integer((json_int_t)sb_table_id(
						   list->rows, sb_table_key_at(list->rows, i))));
	return ids;
}

static void add_filter(const struct scoped_reading *reading, struct sb_buf *query)
{
	const struct sb_read *read = reading->read;
	const json_t *id;
	size_t i;

	json_array_foreach (reading->homes, i, id)
		sb_buf_addf(query, "%s%s_id=%" JSON_INTEGER_FORMAT, i ? "&" : "",
			    sb_kind_trait(reading->kind, SB_TRAIT_HOME)->name,
			    json_integer_value(id));
	if (read->scope == SB_READ_TAGGED)
		sb_buf_add(query, "tag=");
	if (read->scope == SB_READ_VALUE)
		sb_buf_addf(query, "%s=", read->field);
	if (read->scope != SB_READ_CLUSTER)
		sb_buf_add_url(query, read->value);
}

/* The members of an answer: the declared fields, and those that the checks of a row need. */
static void add_members(const struct scoped_reading *reading, struct sb_buf *members)
{
	const struct sb_kind_field *home = sb_kind_trait(reading->kind, SB_TRAIT_HOME);
	const struct sb_read *read = reading->read;
	sb_autojson *names = json_object();
	sb_autofree char *query = NULL;
	const char *const *name;
	size_t i;

	for (name = read->fields; name && *name; name++)
		if (sb_run_takes_field(reading->run, reading->kind->name, *name))
			json_object_set_new(names, *name, json_true());
	for (i = 0; reading->kind->natural[i]; i++)
		json_object_set_new(names, reading->kind->natural[i], json_true());
	if (read->scope == SB_READ_CLUSTER)
		json_object_set_new(names, home->name, json_true());
	if (read->scope == SB_READ_VALUE)
		json_object_set_new(names, read->field, json_true());
	query = sb_value_query(reading->kind, names);
	sb_buf_add(members, query ? query : "");
	if (!query || !(reading->kind->flags & SB_KIND_OWNED))
		sb_buf_add(members, ",custom_fields");
	sb_buf_add(members, ",last_updated");
	if (read->scope == SB_READ_TAGGED)
		sb_buf_add(members, ",tags");
}

/* Without a cluster in NetBox there is nothing in it, and a tag that does not exist has no objects:
 * NetBox refuses it as a filter. */
static bool is_empty(const struct scoped_reading *reading, const struct sb_nb_list *source)
{
	char key[160];

	if (reading->read->scope == SB_READ_CLUSTER)
		return !json_array_size(reading->homes);
	if (reading->read->scope != SB_READ_TAGGED)
		return false;
	snprintf(key, sizeof(key), "shared/tag/%.128s", reading->read->value);
	return !sb_table_get(source->rows, key);
}

/* The list on which the scope depends is not complete, so that nothing is known. */
static void note_unknown_source(struct scoped_reading *reading, const struct sb_nb_list *source)
{
	reading->to->known = SB_KNOWN_NOT;
	reading->to->why = source->why;
	if (!source->why.code)
		sb_fail(&reading->to->why, SB_E_STATE, "NetBox's list of %s was not read",
			source->kind->name);
	sb_run_partial(reading->run, reading->stage->at, &reading->to->why);
}

static int read_one(struct sb_run *run, struct sb_stage_run *stage, const struct sb_read *read,
		    struct sb_scoped *to, struct sb_error *err)
{
	sb_autobuf query = SB_BUF_INIT(16384), members = SB_BUF_INIT(4096);
	struct scoped_reading *reading = calloc(1, sizeof(*reading));
	const char *source_kind = sb_scoped_source(run, read);
	struct sb_nb_list *source = source_kind ? sb_snapshot_list(run->snap, source_kind) : NULL;
	int rc;

	if (!reading || reset_rows(to) < 0) {
		free(reading);
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	*reading = (struct scoped_reading){.run = run, .stage = stage, .read = read, .to = to};
	reading->kind = sb_kinds_find(sb_registry_kinds(run->registry), read->kind);
	if (read->scope == SB_READ_CLUSTER)
		reading->homes = list_homes(source);
	to->known = SB_KNOWN_COMPLETE;
	if (source && source->known != SB_KNOWN_COMPLETE)
		note_unknown_source(reading, source);
	if (to->known != SB_KNOWN_COMPLETE || is_empty(reading, source) ||
	    !sb_run_has_kind(run, read->kind)) {
		finish_reading(reading);
		return 0;
	}
	add_filter(reading, &query);
	add_members(reading, &members);
	rc = sb_buf_check(&query, err);
	if (!rc)
		rc = sb_netbox_list(run->netbox, reading->kind->path, sb_buf_str(&query),
				    sb_buf_str(&members), on_row, on_restart, on_listed, reading,
				    err);
	if (rc < 0)
		finish_reading(reading);
	else
		run->reads_open++;
	return rc;
}

static size_t count_reads(const struct sb_stage *stage)
{
	size_t n = 0;

	while (stage->reads && stage->reads[n].kind)
		n++;
	return n;
}

int sb_scoped_read(struct sb_run *run, struct sb_error *err)
{
	size_t i, j, n;
	int rc = 0;

	for (i = 0; i < sb_registry_n_stages(run->registry); i++) {
		const struct sb_stage *stage = &sb_registry_stage(run->registry, i)->stage;
		struct sb_stage_run *state = &run->stages[i];

		if (!state->needed)
			continue;
		n = count_reads(stage);
		state->scoped = calloc(n + 1, sizeof(*state->scoped));
		if (!state->scoped)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
		for (j = 0; !rc && j < n; j++)
			if (stage->reads[j].scope != SB_READ_OURS)
				rc = read_one(run, state, &stage->reads[j], &state->scoped[j], err);
		state->n_scoped = n;
	}
	return rc;
}

void sb_scoped_destroy(struct sb_stage_run *stage)
{
	size_t i;

	for (i = 0; i < stage->n_scoped; i++)
		sb_table_destroy(stage->scoped[i].rows);
	free(stage->scoped);
}
