/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of NetBox that modules read (include/stagebox/netbox.h). */
#include "stagebox/netbox.h"

#include <inttypes.h>
#include <stdio.h>

#include "run/door.h"
#include "run/question.h"
#include "run/scoped.h"

/* The row of the stage's reads; NULL = the table is shorter. */
static const struct sb_read *find_read(const struct sb_stage_run *stage, size_t position)
{
	const struct sb_read *read =
		sb_registry_stage(stage->run->registry, stage->at)->stage.reads;
	size_t i;

	for (i = 0; read && read[i].kind; i++)
		if (i == position)
			return &read[i];
	return NULL;
}

json_t *sb_nb_get(const struct sb_stage_run *stage, const char *kind, const char *key)
{
	const struct sb_nb_list *list =
		sb_door_phase(stage, SB_IN_DIFF | SB_IN_WANT | SB_IN_SHOW, "sb_nb_get", NULL) < 0
			? NULL
			: sb_snapshot_list(stage->run->snap, kind);

	return list ? sb_table_get_json(list->rows, key) : NULL;
}

json_t *sb_nb_changes(struct sb_stage_run *stage, const char *kind_name, int64_t id,
		      struct sb_error *ret_why)
{
	struct sb_run *run = stage->run;
	const struct sb_kind *kind = sb_kinds_find(sb_registry_kinds(run->registry), kind_name);
	char text[32], index[100];
	const char *answer;
	json_t *entries;

	if (sb_door_phase(stage, SB_IN_DIFF | SB_IN_WANT, "sb_nb_changes", ret_why) < 0)
		return NULL;
	if (!kind || id <= 0) {
		sb_fail(ret_why, SB_E_ARG, "sb_nb_changes: there is no %.60s %" PRId64, kind_name,
			id);
		return NULL;
	}
	snprintf(text, sizeof(text), "%" PRId64, id);
	snprintf(index, sizeof(index), "%.60s#%s", kind->name, text);
	answer = sb_table_get(run->snap->log, index);
	if (!answer) {
		if (sb_question_add_log(run, stage->at, kind, text, index) < 0)
			sb_fail(ret_why, SB_E_NOMEM, "out of memory");
		else
			sb_fail(ret_why, SB_E_BUSY,
				"NetBox's change log of %s %s is being read: diff is called again",
				kind->name, text);
		return NULL;
	}
	entries = json_loads(answer, 0, NULL);
	if (json_is_array(entries))
		return entries;
	json_decref(entries);
	sb_reason_get(answer, ret_why);
	return NULL;
}

static int each_of(struct sb_stage_run *stage, struct sb_table *rows, sb_nb_row_fn *fn, void *arg,
		   struct sb_error *err)
{
	size_t i;
	int rc = 0;

	for (i = 0; rc >= 0 && i < sb_table_count(rows); i++) {
		sb_autojson *row = sb_table_get_json(rows, sb_table_key_at(rows, i));

		rc = row ? fn(stage, row, arg, err) : sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	return rc < 0 ? rc : 0;
}

int sb_nb_each(struct sb_stage_run *stage, size_t position, sb_nb_row_fn *fn, void *arg,
	       struct sb_error *err)
{
	const struct sb_read *read = find_read(stage, position);
	struct sb_nb_list *list;

	if (sb_door_phase(stage, SB_IN_DIFF | SB_IN_WANT | SB_IN_SHOW, "sb_nb_each", err) < 0)
		return SB_E_STATE;
	if (!read)
		return sb_fail(err, SB_E_ARG, "sb_nb_each: the table reads has no row %zu",
			       position);
	if (stage->run->netbox_why.code)
		return 0; /* no rows; sb_nb_state() has the reason */
	if (read->scope != SB_READ_OURS && !stage->scoped)
		return sb_fail(err, SB_E_STATE, "sb_nb_each: this run has read nothing of NetBox");
	if (read->scope != SB_READ_OURS)
		return each_of(stage, stage->scoped[position].rows, fn, arg, err);
	list = sb_snapshot_list(stage->run->snap, read->kind);
	return each_of(stage, list->rows, fn, arg, err);
}

static bool may_read_netbox(const struct sb_stage_run *stage)
{
	return stage->run->in_pass || stage->phase == SB_PHASE_SHOW;
}

enum sb_rows_known sb_nb_state(const struct sb_stage_run *stage, size_t position,
			       struct sb_error *ret_why)
{
	const struct sb_read *read = find_read(stage, position);
	const struct sb_nb_list *list;
	const struct sb_error *why;
	enum sb_known known;

	if (stage->run->netbox_why.code) {
		if (ret_why)
			*ret_why = stage->run->netbox_why;
		return SB_ROWS_UNKNOWN;
	}
	if (!read || !may_read_netbox(stage) || (read->scope != SB_READ_OURS && !stage->scoped)) {
		sb_fail(ret_why, SB_E_STATE,
			"sb_nb_state: the rows of a declared read are there in diff and show only");
		return SB_ROWS_UNKNOWN;
	}
	list = sb_snapshot_list(stage->run->snap, read->kind);
	known = read->scope == SB_READ_OURS ? list->known : stage->scoped[position].known;
	why = read->scope == SB_READ_OURS ? &list->why : &stage->scoped[position].why;
	if (known != SB_KNOWN_COMPLETE && ret_why)
		*ret_why = *why;
	return known == SB_KNOWN_COMPLETE  ? SB_ROWS_COMPLETE
	       : known == SB_KNOWN_PARTIAL ? SB_ROWS_PARTIAL
					   : SB_ROWS_UNKNOWN;
}
