/* SPDX-License-Identifier: Apache-2.0 */
/* The rows of the snapshot that modules write and read. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "run/door.h"
#include "run/run.h"
#include "stagebox/json.h"
#include "stagebox/snap.h"

/* No row of a module has so much; what the servers answer may. */
#define MAX_ROW_BYTES ((size_t)1 << 20)

static int refuse_row(struct sb_stage_run *stage, const char *source, const char *key)
{
	struct sb_error why = SB_ERROR_INIT;

	sb_fail(&why, SB_E_SHAPE, "%.300s: what Proxmox VE answered for it is larger than %zu KiB",
		key, MAX_ROW_BYTES >> 10);
	return sb_rows_unknown(stage, source, key, &why);
}

/* Above its limits a stage fails and puts no more rows, whatever the module does with the result:
 * the other stages need the memory of the job. */
static int check_room(struct sb_stage_run *stage, const char *source, const struct sb_table *rows,
		      const char *key, struct sb_error *err)
{
	const struct sb_run *run = stage->run;
	struct sb_error why = SB_ERROR_INIT;

	if (run->max_rows && stage->rows >= run->max_rows && !sb_table_get(rows, key))
		sb_fail(&why, SB_E_REFUSED,
			"row %.300s of %s: the stage has more than %llu rows: raise "
			"limits.stage_rows if there can be so many",
			key, source, (unsigned long long)run->max_rows);
	else if (run->max_row_bytes && stage->row_bytes > run->max_row_bytes)
		sb_fail(&why, SB_E_REFUSED,
			"row %.300s of %s: the rows of the stage take more than %llu MiB: raise "
			"limits.stage_mib if there can be so many",
			key, source, (unsigned long long)(run->max_row_bytes >> 20));
	if (!why.code)
		return 0;
	sb_run_fail_stage(stage->run, stage->at, &why);
	if (err)
		*err = why;
	return why.code;
}

int sb_row_put(struct sb_stage_run *stage, const char *source, json_t *row_take,
	       struct sb_error *err, const char *key, ...)
{
	sb_autojson *row = row_take;
	struct sb_source *rows = sb_snapshot_source(stage->run->snap, source);
	sb_autobuf name = SB_BUF_INIT(500);
	size_t before, after, n;
	va_list ap;
	int rc;

	va_start(ap, key);
	sb_buf_addv(&name, key, ap);
	va_end(ap);
	if (sb_buf_check(&name, err) < 0)
		return sb_context(err, name.failed, "row of %s", source);
	if (!row)
		return sb_fail(err, SB_E_ARG, "row %s of %s: it is NULL: " SB_NULL_JSON,
			       sb_buf_str(&name), source);
	if (!json_is_object(row))
		return sb_fail(err, SB_E_ARG, "row %s of %s: it is not a JSON object",
			       sb_buf_str(&name), source);
	rc = sb_door_text(stage, "sb_row_put", sb_buf_str(&name));
	if (rc < 0)
		return sb_fail(err, rc, "row %s of %s: the key is not UTF-8", sb_buf_str(&name),
			       source);
	if (!sb_door_key(stage->run, sb_buf_str(&name)))
		return sb_fail(err, SB_E_ARG, "row %s of %s: the key is not one of endpoint %s",
			       sb_buf_str(&name), source, stage->run->slug);
	if (!rows)
		return sb_fail(err, SB_E_NOMEM, "row %s of %s: out of memory", sb_buf_str(&name),
			       source);
	rc = check_room(stage, source, rows->rows, sb_buf_str(&name), err);
	if (rc < 0)
		return rc;
	n = sb_table_count(rows->rows);
	before = sb_table_bytes(rows->rows);
	rc = sb_table_put_json_max(rows->rows, sb_buf_str(&name), row, MAX_ROW_BYTES);
	if (rc == SB_E_SHAPE)
		rc = refuse_row(stage, source, sb_buf_str(&name));
	if (rc < 0)
		return sb_fail(err, SB_E_NOMEM, "row %s of %s: out of memory", sb_buf_str(&name),
			       source);
	after = sb_table_bytes(rows->rows); /* its index shrinks at times */
	stage->rows += sb_table_count(rows->rows) - n;
	stage->row_bytes += after > before ? after - before : 0;
	return 0;
}

json_t *sb_row_get(const struct sb_stage_run *stage, const char *source, const char *key)
{
	const struct sb_source *rows = sb_snapshot_find_source(stage->run->snap, source);

	return rows ? sb_table_get_json(rows->rows, key) : NULL;
}

int sb_rows_each(struct sb_stage_run *stage, const char *source, const char *prefix, sb_row_fn *fn,
		 void *arg, struct sb_error *err)
{
	const struct sb_source *rows = sb_snapshot_find_source(stage->run->snap, source);
	struct sb_span span;
	size_t i;
	int rc = 0;

	if (!rows)
		return 0;
	if (sb_table_span(rows->rows, prefix, &span) < 0)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	for (i = 0; rc >= 0 && i < span.n; i++) {
		sb_autojson *row = json_loads(span.texts[2 * i + 1], 0, NULL);

		rc = row ? fn(stage, span.texts[2 * i], row, arg, err)
			 : sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	free(span.texts);
	return rc < 0 ? rc : 0;
}

size_t sb_rows_count(const struct sb_stage_run *stage, const char *source, const char *prefix)
{
	const struct sb_source *rows = sb_snapshot_find_source(stage->run->snap, source);

	return rows ? sb_table_count_from(rows->rows, prefix) : 0;
}

/* The key of the object that a prefix means, without its last "/". */
static char *key_of_prefix(const char *prefix)
{
	size_t len = strlen(prefix);

	return strndup(prefix, len && prefix[len - 1] == '/' ? len - 1 : len);
}

/* Put the reason why a part is unknown. Of several, a failure is kept before a limit, then the
 * first in the order of their texts, whatever the order of the answers. */
static int put_reason(struct sb_table *unknown, const char *prefix, const struct sb_error *why,
		      bool is_limit)
{
	const char *before = sb_table_get(unknown, prefix);
	bool was_limit = before && sb_reason_is_limit(before);
	struct sb_error old = SB_ERROR_INIT;

	if (before) {
		sb_reason_get(before, &old);
		if (was_limit == is_limit ? strcmp(old.text, why->text) <= 0 : is_limit)
			return 0;
	}
	return is_limit ? sb_reason_put_limit(unknown, prefix, why)
			: sb_reason_put(unknown, prefix, why);
}

int sb_rows_unknown(struct sb_stage_run *stage, const char *source, const char *prefix,
		    const struct sb_error *why)
{
	struct sb_source *rows = sb_snapshot_source(stage->run->snap, source);
	sb_autofree char *key = key_of_prefix(prefix ? prefix : "");
	struct sb_error none = SB_ERROR_INIT;
	int rc = sb_door_text(stage, "sb_rows_unknown", prefix);

	if (rc < 0)
		return rc;
	if (!key || !rows)
		return SB_E_NOMEM;
	sb_run_partial_object(stage->run, stage->at, SB_EFFECT_PARTIAL, *key ? key : NULL, why);
	return put_reason(rows->unknown, prefix ? prefix : "", why ? why : &none, false);
}

enum { LIMIT_KEYS = 20 };

/* Note a part that a limit affects: the first keys in their order, whatever the order of the
 * answers. */
static int note_limited_key(json_t *keys, const char *prefix)
{
	sb_autofree char *text = key_of_prefix(prefix);
	json_t *key;
	size_t i;

	if (text && !*text)
		return 0;
	key = text ? json_string(text) : NULL;
	for (i = json_array_size(keys); key && i > 0; i--) {
		const char *before = json_string_value(json_array_get(keys, i - 1));

		if (strcmp(before, json_string_value(key)) < 0)
			break;
	}
	if (json_array_insert_new(keys, i, key) < 0)
		return SB_E_NOMEM;
	return json_array_size(keys) > LIMIT_KEYS ? json_array_remove(keys, LIMIT_KEYS) : 0;
}

/* Equal limits of a stage share one entry, which counts the parts that they affect. The entries are
 * sorted by text, whatever the order of the answers. */
static int count_limit(struct sb_stage_run *stage, const char *prefix, const struct sb_error *why)
{
	const char *name = sb_run_stage_name(stage->run, stage->at);
	json_t *list = json_object_get(stage->run->limits, name), *entry;
	size_t i;

	json_array_foreach (list, i, entry) {
		int order = strcmp(json_string_value(json_object_get(entry, "text")), why->text);
		json_int_t parts = json_integer_value(json_object_get(entry, "parts"));

		if (order > 0)
			break;
		if (order < 0)
			continue;
		if (note_limited_key(json_object_get(entry, "keys"), prefix) < 0)
			return SB_E_NOMEM;
		return json_object_set_new(entry, "parts", json_integer(parts + 1));
	}
	if (!list && json_object_set_new(stage->run->limits, name, json_array()) < 0)
		return SB_E_NOMEM;
	entry = json_pack("{s:s, s:s, s:i, s:[]}", "code", sb_rc_name(why->code), "text", why->text,
			  "parts", 1, "keys");
	if (json_array_insert_new(json_object_get(stage->run->limits, name), i, entry) < 0)
		return SB_E_NOMEM;
	return note_limited_key(json_object_get(entry, "keys"), prefix);
}

int sb_rows_limited(struct sb_stage_run *stage, const char *source, const char *prefix,
		    const struct sb_error *why)
{
	struct sb_source *rows = sb_snapshot_source(stage->run->snap, source);
	int rc = sb_door_text(stage, "sb_rows_limited", prefix);

	if (rc < 0)
		return rc;
	if (!stage->run->limits)
		stage->run->limits = json_object();
	if (!rows || count_limit(stage, prefix, why) < 0)
		return SB_E_NOMEM;
	return put_reason(rows->unknown, prefix, why, true);
}

enum sb_rows_known sb_rows_state(const struct sb_stage_run *stage, const char *source,
				 const char *prefix, struct sb_error *ret_why)
{
	const struct sb_source *rows = sb_snapshot_find_source(stage->run->snap, source);
	const char *why = sb_source_unknown(rows, prefix);
	size_t below;

	if (!rows) {
		sb_fail(ret_why, SB_E_STATE, "%s was never read", source);
		return SB_ROWS_UNKNOWN;
	}
	if (why) {
		sb_reason_get(why, ret_why);
		return sb_reason_is_limit(why) ? SB_ROWS_LIMITED : SB_ROWS_UNKNOWN;
	}
	if (sb_source_kept(rows, prefix))
		return SB_ROWS_KEPT;
	below = sb_table_lower(rows->unknown, prefix);
	if (!sb_table_count_from(rows->unknown, prefix))
		return SB_ROWS_COMPLETE;
	sb_reason_get(sb_table_text_at(rows->unknown, below), ret_why);
	return SB_ROWS_PARTIAL;
}

int sb_rows_read(struct sb_stage_run *stage, const char *source)
{
	return sb_snapshot_source(stage->run->snap, source) ? 0 : SB_E_NOMEM;
}

int sb_rows_keep(struct sb_stage_run *stage, const char *source, const char *prefix)
{
	struct sb_source *rows = sb_snapshot_source(stage->run->snap, source);
	int rc = sb_door_text(stage, "sb_rows_keep", prefix);

	if (rc < 0)
		return rc;
	return rows ? sb_table_put(rows->keep, prefix, "") : SB_E_NOMEM;
}

int sb_rows_reported(struct sb_stage_run *stage, const char *source, const char *prefix)
{
	struct sb_source *rows = sb_snapshot_source(stage->run->snap, source);
	int rc = sb_door_text(stage, "sb_rows_reported", prefix);

	if (rc < 0)
		return rc;
	return rows ? sb_table_put(rows->reported, prefix, "") : SB_E_NOMEM;
}

int sb_gone(struct sb_stage_run *stage, const char *key, bool is_gone)
{
	int rc = sb_door_phase(stage, SB_IN_GONE, "sb_gone", NULL);

	if (!rc)
		rc = sb_door_text(stage, "sb_gone", key);
	return rc < 0 ? rc : sb_table_put(stage->run->snap->gone, key, is_gone ? "1" : "0");
}
