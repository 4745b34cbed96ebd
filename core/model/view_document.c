/* SPDX-License-Identifier: Apache-2.0 */
#include "model/view_document.h"

#include "base/json_depth.h"
#include "base/list.h"

enum { MAX_DEPTH = 32 };

static int check_texts(const json_t *texts, const char *name, struct sb_error *err)
{
	const json_t *text;
	size_t i;

	if (texts && !json_is_array(texts))
		return sb_fail(err, SB_E_SHAPE, "\"%s\" is not an array", name);
	json_array_foreach ((json_t *)(uintptr_t)texts, i, text)
		if (!json_is_string(text))
			return sb_fail(err, SB_E_SHAPE, "%s[%zu] is not a text", name, i);
	return 0;
}

static int check_row(const json_t *row, size_t n, struct sb_error *err)
{
	const json_t *cell;
	size_t i;

	if (!json_is_array(row) || json_array_size(row) != n)
		return sb_fail(err, SB_E_SHAPE, "it is not an array of %zu values", n);
	json_array_foreach ((json_t *)(uintptr_t)row, i, cell)
		if (json_is_array(cell) || json_is_object(cell))
			return sb_fail(err, SB_E_SHAPE, "value %zu is an array or object", i);
	return 0;
}

static int check_table(const json_t *table, struct sb_error *err)
{
	const json_t *columns = json_object_get(table, "columns");
	const json_t *rows = json_object_get(table, "rows"), *row;
	size_t n = columns ? json_array_size(columns) : 2, i;
	int rc = check_texts(columns, "columns", err);

	if (!rc && !json_is_string(json_object_get(table, "title")))
		rc = sb_fail(err, SB_E_SHAPE, "its \"title\" is not a text");
	if (!rc && (!n || n > SB_VIEW_MAX_COLUMNS))
		rc = sb_fail(err, SB_E_SHAPE, "it has %zu columns instead of 1 to %d", n,
			     SB_VIEW_MAX_COLUMNS);
	if (!rc && !json_is_array(rows))
		rc = sb_fail(err, SB_E_SHAPE, "its \"rows\" is not an array");
	json_array_foreach ((json_t *)(uintptr_t)rows, i, row) {
		if (rc < 0)
			break;
		rc = check_row(row, n, err);
		if (rc < 0)
			sb_context(err, rc, "row %zu", i);
	}
	return rc;
}

static int check_names(const json_t *document, struct sb_error *err)
{
	const char *name;
	json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)document, name, value)
		if (!sb_streq(name, "data") && !sb_streq(name, "notes") &&
		    !sb_streq(name, "tables"))
			return sb_fail(err, SB_E_SHAPE,
				       "\"%.60s\" is not a member of a view: these are data, notes "
				       "and tables",
				       name);
	return 0;
}

/* A module that makes texts without a check can prevent that the document becomes a line of JSON.
 */
static int check_text(const json_t *document, struct sb_error *err)
{
	sb_autofree char *text = json_dumps(document, JSON_COMPACT);
	sb_autojson *again = NULL;

	if (!text)
		return sb_fail(err, SB_E_SHAPE, "a text in it is not UTF-8");
	if (strlen(text) > SB_VIEW_MAX_BYTES)
		return sb_fail(err, SB_E_SHAPE, "it takes more than %zu MiB",
			       SB_VIEW_MAX_BYTES >> 20);
	if (!strstr(text, "\\u0000"))
		return 0;
	again = json_loads(text, 0, NULL);
	return again ? 0 : sb_fail(err, SB_E_SHAPE, "a text in it has a NUL");
}

int sb_view_document_check(const json_t *document, struct sb_error *err)
{
	const json_t *tables = json_object_get(document, "tables"), *table;
	size_t i;
	int rc = check_names(document, err);

	if (!rc && !json_is_object(json_object_get(document, "data")))
		rc = sb_fail(err, SB_E_SHAPE, "\"data\" is missing or not an object");
	if (!rc && sb_json_depth(document, MAX_DEPTH) > MAX_DEPTH)
		rc = sb_fail(err, SB_E_SHAPE, "a value is nested more than %d deep", MAX_DEPTH);
	if (!rc)
		rc = check_text(document, err);
	if (!rc)
		rc = check_texts(json_object_get(document, "notes"), "notes", err);
	if (!rc && tables && !json_is_array(tables))
		rc = sb_fail(err, SB_E_SHAPE, "\"tables\" is not an array");
	json_array_foreach ((json_t *)(uintptr_t)tables, i, table) {
		if (rc < 0)
			break;
		rc = check_table(table, err);
		if (rc < 0)
			sb_context(err, rc, "tables[%zu]", i);
	}
	return rc;
}

int sb_view_document_note(json_t *document, const char *text)
{
	sb_autojson *note = json_string(text);
	json_t *notes = json_object_get(document, "notes");

	if (!notes) {
		notes = json_array();
		if (json_object_set_new(document, "notes", notes) < 0)
			return SB_E_NOMEM;
	}
	if (sb_list_holds(notes, note))
		return 0;
	return json_array_append(notes, note) < 0 ? SB_E_NOMEM : 0;
}
