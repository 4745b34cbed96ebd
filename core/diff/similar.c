/* SPDX-License-Identifier: Apache-2.0 */
/* Objects in NetBox that may be the same as one that this plan creates. NetBox allows one name in
 * several sites and clusters, so such an object does not prevent the create. */
#include "diff/similar.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/list.h"
#include "diff/describe.h"
#include "diff/want.h"
#include "run/question.h"
#include "stagebox/json.h"

/* A way to find similar objects: by a member of theirs. */
struct way {
	const char *member, *by;
	const char *operator; /* of NetBox's filter by the member */
};

/* A MAC address has no name: it is found by itself. */
static const struct sb_kind_field *find_address_field(const struct sb_kind *kind)
{
	const struct sb_kind_field *field = sb_kind_field(kind, kind->natural[0]);

	return field && field->type == SB_FIELD_MAC ? field : NULL;
}

/* The ways for a kind, one for each trait; their number. */
static size_t ways_of(const struct sb_kind *kind, struct way ret_ways[2])
{
	const struct sb_kind_field *address = find_address_field(kind);
	const struct sb_kind_field *title = sb_kind_trait(kind, SB_TRAIT_TITLE);
	const struct sb_kind_field *hardware = sb_kind_trait(kind, SB_TRAIT_HARDWARE);
	size_t n = 0;

	if (address)
		ret_ways[n++] = (struct way){address->name, "mac", ""};
	else if (title)
		ret_ways[n++] = (struct way){title->name, "name", "__ie"};
	if (hardware && !address)
		ret_ways[n++] = (struct way){hardware->name, hardware->name, ""};
	return n;
}

/* The index of rows: "<kind>:<by>:<value in lower case>". */
static void make_index(const struct sb_kind *kind, const char *by, const char *value,
		       struct sb_buf *index)
{
	sb_buf_addf(index, "%s:%s:", kind->name, by);
	for (; *value; value++)
		sb_buf_addf(index, "%c", tolower((unsigned char)*value));
}

int sb_similar_note(struct sb_run *run, const struct sb_kind *kind, const char *key, const char *by,
		    const json_t *row)
{
	const char *place = sb_json_str(row, "place"), *name = sb_json_str(row, "name");
	sb_autobuf why = SB_BUF_INIT(900);
	json_t *entry;
	char url[300];

	sb_describe_url(run, kind, row, url, sizeof(url));
	sb_buf_addf(&why, "NetBox has a %s with the same %s: \"%.100s\"%s%.120s, %s", kind->name,
		    by, name ? name : "", place ? " in " : "", place ? place : "", url);
	entry = json_pack("{s:s, s:s, s:s, s:o, s:{s:O, s:s, s:s}}", "key", key, "kind", kind->name,
			  "by", by, "why", sb_json_text(sb_buf_str(&why), 800), "other", "id",
			  json_object_get(row, "id"), "name", name ? name : "", "url", url);
	if (sb_list_holds(run->diff->similar, entry)) {
		json_decref(entry);
		return 0;
	}
	return json_array_append_new(run->diff->similar, entry) < 0 ? SB_E_NOMEM : 0;
}

int sb_similar_note_name(struct sb_run *run, const struct sb_kind *kind, const char *name,
			 const char *other_name, const json_t *row)
{
	sb_autobuf why = SB_BUF_INIT(900);
	json_t *entry;
	char url[300];

	sb_describe_url(run, kind, row, url, sizeof(url));
	sb_buf_addf(&why,
		    "created as \"%.100s\": NetBox has \"%.100s\" as another %s, %s; rename it to "
		    "get the short name",
		    other_name, name, kind->name, url);
	entry = json_pack("{s:o, s:s, s:s, s:o, s:{s:O, s:s, s:s}}", "key",
			  json_sprintf("shared/%s/%s", kind->name, name), "kind", kind->name, "by",
			  "name", "why", sb_json_text(sb_buf_str(&why), 800), "other", "id",
			  json_object_get(row, "id"), "name", name, "url", url);
	return json_array_append_new(run->diff->similar, entry) < 0 ? SB_E_NOMEM : 0;
}

char *sb_similar_fields(const struct sb_kind *kind)
{
	const struct sb_kind_field *field;
	sb_autobuf text = SB_BUF_INIT(256);
	struct way ways[2];
	size_t n = ways_of(kind, ways), i;

	sb_buf_add(&text, "id,custom_fields");
	for (i = 0; i < n; i++)
		sb_buf_addf(&text, ",%s", ways[i].member);
	for (field = kind->fields; field->name; field++) {
		if (field->type == SB_FIELD_REF && field->traits & (SB_TRAIT_PLACE | SB_TRAIT_HOME))
			sb_buf_addf(&text, ",%s", field->name);
		else if (field->type == SB_FIELD_OBJECT && kind->parent_field &&
			 sb_streq(field->name, kind->parent_field))
			sb_buf_addf(&text, ",%s,%s_type", field->name, field->name);
	}
	return sb_buf_take(&text);
}

/* The kind of the object that a row is assigned to; NULL = none. */
static const struct sb_kind *find_assigned_kind(const struct sb_run *run,
						const struct sb_kind *kind, const json_t *row)
{
	char member[100];
	const char *type;

	if (!kind->parent_field)
		return NULL;
	snprintf(member, sizeof(member), "%.80s_type", kind->parent_field);
	type = sb_json_str(row, member);
	return type ? sb_kinds_find_type(sb_registry_kinds(run->registry), type) : NULL;
}

/* "cluster c1", "site s1", or the name of the object whose part it is: the place of an object, for
 * messages. */
static json_t *describe_place(const struct sb_run *run, const struct sb_kind *kind,
			      const json_t *row)
{
	static const unsigned traits[] = {SB_TRAIT_HOME, SB_TRAIT_PLACE};
	const struct sb_kind *holder = find_assigned_kind(run, kind, row);
	const json_t *part = kind->parent_field ? json_object_get(row, kind->parent_field) : NULL;
	const char *name;
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(traits); i++) {
		const struct sb_kind_field *field = sb_kind_trait(kind, traits[i]);

		name = field ? sb_json_str(json_object_get(row, field->name), "name") : NULL;
		if (name)
			return json_sprintf("%s %s", field->name, name);
	}
	name = holder && holder->parent_field
		       ? sb_json_str(json_object_get(part, holder->parent_field), "name")
		       : NULL;
	return name ? json_string(name) : NULL;
}

/* The object to which a MAC address is assigned: {"kind", "id"}. NULL = to none. New reference. */
static json_t *describe_assigned(const struct sb_run *run, const struct sb_kind *kind,
				 const json_t *row)
{
	const struct sb_kind *holder = find_assigned_kind(run, kind, row);
	const json_t *id =
		holder ? json_object_get(json_object_get(row, kind->parent_field), "id") : NULL;

	return id ? json_pack("{s:s, s:O}", "kind", holder->name, "id", id) : NULL;
}

/* Does a question look for objects in this way? "cluster=..&name__ie=web" */
static bool is_asked_by(const char *text, const struct way *way)
{
	char filter[120];
	const char *at;

	snprintf(filter, sizeof(filter), "%.80s%s=", way->member, way->operator);
	at = strstr(text, filter);
	return at && (at == text || at[-1] == '&' || at[-1] == '~' || at[-1] == '?');
}

int sb_similar_take(struct sb_run *run, const struct sb_kind *kind, const char *text,
		    const json_t *row)
{
	sb_autojson *kept = json_pack("{s:O}", "id", json_object_get(row, "id")), *all = NULL;
	const char *name = sb_kind_title(kind, row), *value = NULL;
	sb_autobuf index = SB_BUF_INIT(512);
	json_t *place = describe_place(run, kind, row), *assigned;
	struct way ways[2];
	size_t n = ways_of(kind, ways), i;

	if (!kept)
		return SB_E_SHAPE;
	for (i = 0; i < n && !value; i++) {
		if (is_asked_by(text, &ways[i]))
			value = sb_json_str(row, ways[i].member);
	}
	if (!value || sb_json_str(json_object_get(row, "custom_fields"), "stagebox_key")) {
		json_decref(place);
		return 0;
	}
	if (place)
		json_object_set_new(kept, "place", place);
	assigned = describe_assigned(run, kind, row);
	if (assigned)
		json_object_set_new(kept, "assigned", assigned);
	json_object_set_new(kept, "name", json_string(name ? name : value));
	make_index(kind, ways[i - 1].by, value, &index);
	all = sb_table_get_json(run->snap->origins, sb_buf_str(&index));
	if (!all)
		all = json_array();
	if (sb_list_holds(all, kept))
		return 0;
	json_array_append(all, kept);
	return sb_table_put_json(run->snap->origins, sb_buf_str(&index), all);
}

/* The row of a MAC address at an interface of ours is no other object. */
static bool is_of_ours(const struct sb_run *run, const json_t *row)
{
	const json_t *assigned = json_object_get(row, "assigned");
	const char *kind = sb_json_str(assigned, "kind");
	struct sb_table *rows = kind ? sb_snapshot_list(run->snap, kind)->rows : NULL;
	size_t i;

	for (i = 0; rows && i < sb_table_count(rows); i++) {
		if (sb_table_id(rows, sb_table_key_at(rows, i)) ==
		    json_integer_value(json_object_get(assigned, "id")))
			return true;
	}
	return false;
}

/* Put the question, or note the rows of its answer, without those that this plan adopts. */
static int ask_way(struct sb_pass *pass, const struct sb_want *want, const struct sb_kind *kind,
		   const struct way *way, const char *value)
{
	sb_autobuf text = SB_BUF_INIT(700), index = SB_BUF_INIT(512);
	sb_autojson *rows = NULL;
	const json_t *row;
	size_t i;
	int rc = 0;

	sb_buf_addf(&text, "%s~", kind->name);
	if (!find_address_field(kind))
		sb_buf_add(&text, "cf_stagebox_key__empty=true&");
	sb_buf_addf(&text, "%s%s=", way->member, way->operator);
	sb_buf_add_url(&text, value);
	if (text.failed)
		return 0;
	if (!sb_table_get(pass->run->snap->asked, sb_buf_str(&text)))
		return pass->run->netbox
			       ? sb_question_add(pass->run, SB_ASK_SIMILAR, kind,
						 strchr(sb_buf_str(&text), '~') + 1, want->key)
			       : 0;
	make_index(kind, way->by, value, &index);
	rows = sb_table_get_json(pass->run->snap->origins, sb_buf_str(&index));
	json_array_foreach (rows, i, row) {
		if (!rc && !is_of_ours(pass->run, row))
			rc = sb_similar_note(pass->run, kind, want->key, way->by, row);
	}
	return rc;
}

/* True when the parent is created by the same plan: others have their own unique names. */
static bool has_new_parent(const struct sb_want *want)
{
	const char *parent = want->kind->parent_field;

	return parent && json_object_get(json_object_get(want->fields, parent), "$ref");
}

/* The kind of the objects that NetBox makes of a field's values, as people see them: with a key of
 * its own. */
static const struct sb_kind *find_made_kind(const struct sb_kinds *kinds,
					    const struct sb_kind_field *maker)
{
	const struct sb_kind *made = sb_kinds_find(kinds, maker->makes);

	return made ? sb_kinds_find_type(kinds, made->object_type) : NULL;
}

int sb_similar_check(struct sb_pass *pass, const struct sb_want *want)
{
	const struct sb_kinds *kinds = sb_registry_kinds(pass->run->registry);
	const struct sb_kind_field *maker = sb_kind_maker(pass->kind);
	const char *value = maker ? sb_json_str(want->fields, maker->name) : NULL;
	const struct sb_kind *made = value ? find_made_kind(kinds, maker) : NULL;
	struct way ways[2];
	size_t n, i;
	int rc = 0;

	if (made && has_new_parent(want) && ways_of(made, ways))
		return ask_way(pass, want, made, &ways[0], value);
	if (made || pass->kind->flags & SB_KIND_CHILD)
		return 0;
	n = ways_of(pass->kind, ways);
	for (i = 0; !rc && i < n; i++) {
		value = sb_json_str(want->fields, ways[i].member);
		if (value && *value)
			rc = ask_way(pass, want, pass->kind, &ways[i], value);
	}
	return rc;
}
