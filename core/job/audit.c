/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the objects of other tools that are not adopted. */
#include "job/audit.h"

#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "base/list.h"
#include "diff/adopt_rules.h"
#include "diff/ask.h"
#include "run/question.h"
#include "stagebox/json.h"

static int64_t cluster_id(const struct sb_run *run)
{
	const struct sb_nb_list *list = sb_snapshot_list(run->snap, "cluster");
	sb_autobuf key = SB_BUF_INIT(128);
	sb_autojson *row = NULL;

	sb_buf_addf(&key, "%s/cluster", run->slug);
	row = sb_table_get_json(list->rows, sb_buf_str(&key));
	if (!row)
		row = sb_table_get_json(run->diff->adopted, sb_buf_str(&key));
	return json_integer_value(json_object_get(row, "id"));
}

int sb_audit_ask(struct sb_run *run, struct sb_error *err)
{
	static const char *const names[] = {"vm", "device"};
	int64_t cluster = cluster_id(run);
	size_t i;
	int rc = 0;

	for (i = 0; cluster && !rc && i < SB_ARRAY_LEN(names); i++) {
		sb_autobuf query = SB_BUF_INIT(128), name = SB_BUF_INIT(160);

		sb_buf_addf(&query, "cf_stagebox_key__empty=true&cluster_id=%lld",
			    (long long)cluster);
		sb_buf_addf(&name, "%s?%s", names[i], sb_buf_str(&query));
		if (!sb_table_get(run->snap->asked, sb_buf_str(&name)))
			rc = sb_question_add(
				run, SB_ASK_UNOWNED,
				sb_kinds_find(sb_registry_kinds(run->registry), names[i]),
				sb_buf_str(&query), "");
	}
	if (rc < 0)
		return sb_fail(err, rc, "out of memory");
	return run->diff->n_questions ? sb_questions_ask(run, err) : 0;
}

static bool in_conflict(const struct sb_run *run, const struct sb_kind *kind, const json_t *row)
{
	const json_t *conflict, *other;
	size_t i, j;

	json_array_foreach (run->diff->conflicts, i, conflict) {
		const char *name = sb_json_str(conflict, "kind");

		if (!name || !sb_streq(name, kind->name))
			continue;
		json_array_foreach (json_object_get(conflict, "theirs"), j, other) {
			if (json_equal(json_object_get(other, "id"), json_object_get(row, "id")))
				return true;
		}
	}
	return false;
}

static bool is_stale(const struct sb_run *run, const json_t *row)
{
	const json_t *origin = json_object_get(row, "origin"), *tag;
	const char *status = sb_json_str(row, "status");
	sb_autojson *gone = sb_adopt_gone_tags(run);
	size_t i;

	json_array_foreach (json_object_get(row, "tags"), i, tag) {
		if (sb_list_holds(gone, tag))
			return true;
	}
	return (status && sb_streq(status, "decommissioning")) ||
	       json_object_get(origin, "proxmox_vm_id") || json_object_get(origin, "source_id");
}

/* The key of the adopted object that a part belongs to, or NULL. */
static const char *owner_of(const struct sb_run *run, const struct sb_kind *kind, const json_t *row)
{
	const struct sb_kind_field *field =
		kind->parent_field ? sb_kind_field(kind, kind->parent_field) : NULL;
	sb_autobuf id_key = SB_BUF_INIT(128);

	if (!field)
		return NULL;
	sb_buf_addf(&id_key, "#%s#%lld", field->kind,
		    (long long)json_integer_value(json_object_get(row, field->name)));
	return sb_table_get(run->diff->adopted, sb_buf_str(&id_key));
}

static void add_leftover(const struct sb_run *run, const struct sb_kind *kind, const json_t *row,
			 int64_t cluster, json_t *left)
{
	const char *name = sb_json_str(row, "name"), *of = owner_of(run, kind, row);
	sb_autobuf id_key = SB_BUF_INIT(128);
	json_t *entry;

	sb_buf_addf(&id_key, "#%s#%lld", kind->name,
		    (long long)json_integer_value(json_object_get(row, "id")));
	if (sb_json_str(row, "stagebox_key") ||
	    sb_table_get(run->diff->adopted, sb_buf_str(&id_key)) || in_conflict(run, kind, row))
		return;
	if (kind->parent_field ? !of
			       : json_integer_value(json_object_get(row, "cluster")) != cluster)
		return;
	entry = json_pack("{s:s, s:O, s:s, s:s*, s:s*, s:b}", "kind", kind->name, "id",
			  json_object_get(row, "id"), "name", name ? name : "", "status",
			  sb_json_str(row, "status"), "of", of, "stale", is_stale(run, row));
	json_array_append_new(left, entry);
}

json_t *sb_audit_leftovers(const struct sb_run *run)
{
	static const char *const names[] = {"vm", "device", "vm-interface", "virtual-disk"};
	int64_t cluster = cluster_id(run);
	json_t *left = json_array();
	size_t i, j, k;

	for (i = 0; i < SB_ARRAY_LEN(names); i++) {
		const struct sb_nb_list *list = sb_snapshot_list(run->snap, names[i]);

		for (j = 0; list && j < sb_table_count(list->unowned); j++) {
			sb_autojson *rows = NULL;
			const json_t *row;

			if (j == 0) /* sorts the table, so that positions are valid */
				sb_table_lower(list->unowned, "");
			rows = json_loads(sb_table_text_at(list->unowned, j), 0, NULL);
			json_array_foreach (rows, k, row)
				add_leftover(run, list->kind, row, cluster, left);
		}
	}
	return left;
}
