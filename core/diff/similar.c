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

/* The member by which a question finds similar objects. */
static const struct {
	const char *filter, *member, *by;
} ways[] = {
	{"name__ie", "name", "name"},
	{"serial", "serial", "serial"},
	{"mac_address", "mac_address", "mac"},
};

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
	static const char *const members[] = {"site", "cluster", "serial", "assigned_object"};
	sb_autobuf text = SB_BUF_INIT(256);
	size_t i;

	sb_buf_add(&text, "id,custom_fields");
	sb_buf_add(&text, sb_kind_field(kind, "mac_address") ? ",mac_address" : ",name");
	for (i = 0; i < SB_ARRAY_LEN(members); i++) {
		if (sb_kind_field(kind, members[i]))
			sb_buf_addf(&text, ",%s", members[i]);
	}
	return sb_buf_take(&text);
}

/* "cluster c1", "site s1": the place of an object, for messages. */
static json_t *describe_place(const json_t *row)
{
	static const char *const members[] = {"cluster", "site"};
	const json_t *holder = json_object_get(row, "assigned_object");
	const char *name;
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(members); i++) {
		name = sb_json_str(json_object_get(row, members[i]), "name");
		if (name)
			return json_sprintf("%s %s", members[i], name);
	}
	name = sb_json_str(json_object_get(holder, "virtual_machine"), "name");
	if (!name)
		name = sb_json_str(json_object_get(holder, "device"), "name");
	return name ? json_string(name) : NULL;
}

/* The interface at which a MAC address is: {"kind", "id"}. NULL = at none. New reference. */
static json_t *describe_assigned(const json_t *row)
{
	const json_t *holder = json_object_get(row, "assigned_object");
	const json_t *id = json_object_get(holder, "id");
	const char *kind = json_object_get(holder, "virtual_machine") ? "vm-interface"
			   : json_object_get(holder, "device")        ? "interface"
								      : NULL;

	return kind && id ? json_pack("{s:s, s:O}", "kind", kind, "id", id) : NULL;
}

int sb_similar_take(struct sb_run *run, const struct sb_kind *kind, const char *text,
		    const json_t *row)
{
	sb_autojson *kept = json_pack("{s:O}", "id", json_object_get(row, "id")), *all = NULL;
	const char *name = sb_json_str(row, "name"), *value = NULL;
	sb_autobuf index = SB_BUF_INIT(512);
	json_t *place = describe_place(row), *assigned;
	size_t i;

	if (!kept)
		return SB_E_SHAPE;
	for (i = 0; i < SB_ARRAY_LEN(ways) && !value; i++) {
		if (strstr(text, ways[i].filter))
			value = sb_json_str(row, ways[i].member);
	}
	if (!value || sb_json_str(json_object_get(row, "custom_fields"), "stagebox_key")) {
		json_decref(place);
		return 0;
	}
	if (place)
		json_object_set_new(kept, "place", place);
	assigned = describe_assigned(row);
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
		   size_t way, const char *value)
{
	sb_autobuf text = SB_BUF_INIT(700), index = SB_BUF_INIT(512);
	sb_autojson *rows = NULL;
	const json_t *row;
	size_t i;
	int rc = 0;

	sb_buf_addf(&text, "%s~", kind->name);
	if (!sb_kind_field(kind, "mac_address"))
		sb_buf_add(&text, "cf_stagebox_key__empty=true&");
	sb_buf_addf(&text, "%s=", ways[way].filter);
	sb_buf_add_url(&text, value);
	if (text.failed)
		return 0;
	if (!sb_table_get(pass->run->snap->asked, sb_buf_str(&text)))
		return pass->run->netbox ? sb_question_add(pass->run, SB_ASK_SIMILAR, kind,
							   strchr(sb_buf_str(&text), '~') + 1,
							   want->key, pass->run->current)
					 : 0;
	make_index(kind, ways[way].by, value, &index);
	rows = sb_table_get_json(pass->run->snap->origins, sb_buf_str(&index));
	json_array_foreach (rows, i, row) {
		if (!rc && !is_of_ours(pass->run, row))
			rc = sb_similar_note(pass->run, kind, want->key, ways[way].by, row);
	}
	return rc;
}

/* True when the parent is created by the same plan: others have their own unique names. */
static bool has_new_parent(const struct sb_want *want)
{
	const char *parent = want->kind->parent_field;

	return parent && json_object_get(json_object_get(want->fields, parent), "$ref");
}

int sb_similar_check(struct sb_pass *pass, const struct sb_want *want)
{
	const struct sb_kinds *kinds = sb_registry_kinds(pass->run->registry);
	const char *name = sb_json_str(want->fields, "name");
	const char *serial = sb_json_str(want->fields, "serial");
	const char *mac = sb_json_str(want->fields, "mac_address");
	int rc = 0;

	if (mac && !sb_kind_field(pass->kind, "assigned_object"))
		return has_new_parent(want)
			       ? ask_way(pass, want, sb_kinds_find(kinds, "mac-address"), 2, mac)
			       : 0;
	if (pass->kind->flags & SB_KIND_CHILD || !sb_kind_field(pass->kind, "name"))
		return 0;
	if (name && *name)
		rc = ask_way(pass, want, pass->kind, 0, name);
	if (!rc && serial && *serial)
		rc = ask_way(pass, want, pass->kind, 1, serial);
	return rc;
}
