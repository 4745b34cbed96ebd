/* SPDX-License-Identifier: Apache-2.0 */
/* Values that NetBox refused, in the SQLite back-end. */
#include "store/sqlite_priv.h"

static const char *text_of(const json_t *row, const char *name)
{
	const char *text = json_string_value(json_object_get(row, name));

	return text ? text : "";
}

static int replace_refusals(struct sb_sqlite *sqlite, const char *endpoint, const json_t *rows,
			    struct sb_error *err)
{
	const json_t *row;
	size_t i;
	int rc;

	rc = sb_sql_run(sqlite, err, "writing refusals", "DELETE FROM refusal WHERE endpoint = ?",
			"s", endpoint);
	json_array_foreach ((json_t *)rows, i, row) {
		if (rc < 0)
			return rc;
		rc = sb_sql_run(sqlite, err, "writing refusals",
				"INSERT OR REPLACE INTO refusal (endpoint, kind, key, field, value,"
				" words, netbox, since) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
				"sssssssi", endpoint, text_of(row, "kind"), text_of(row, "key"),
				text_of(row, "field"), text_of(row, "value"), text_of(row, "words"),
				text_of(row, "netbox"),
				(int64_t)json_integer_value(json_object_get(row, "since")));
	}
	return rc < 0 ? rc : 0;
}

int sb_sqlite_refusals_put(struct sb_store *store, const char *endpoint, const json_t *rows,
			   struct sb_error *err)
{
	struct sb_sqlite *sqlite = (struct sb_sqlite *)store;
	int rc = sb_sql_begin(sqlite, err);

	if (rc < 0)
		return rc;
	return sb_sql_finish(sqlite, replace_refusals(sqlite, endpoint, rows, err), err);
}

int sb_sqlite_refusals_get(struct sb_store *store, const char *endpoint, json_t **ret_rows,
			   struct sb_error *err)
{
	sb_autojson *rows = json_array();
	sb_autosql query = {0};
	int rc;

	rc = sb_sql_query((struct sb_sqlite *)store, &query, err, "reading refusals",
			  "SELECT kind, key, field, value, words, netbox, since FROM refusal"
			  " WHERE endpoint = ? ORDER BY kind, key, field, value",
			  "s", endpoint);
	if (rc < 0)
		return rc;
	while ((rc = sb_sql_next(&query, err)) > 0) {
		json_t *row = json_pack(
			"{s:s, s:s, s:s, s:s, s:s, s:s, s:I}", "kind", sb_sql_text(&query, 0),
			"key", sb_sql_text(&query, 1), "field", sb_sql_text(&query, 2), "value",
			sb_sql_text(&query, 3), "words", sb_sql_text(&query, 4), "netbox",
			sb_sql_text(&query, 5), "since", (json_int_t)sb_sql_int(&query, 6));

		if (json_array_append_new(rows, row) < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	if (!rc)
		*ret_rows = sb_steal(rows);
	return rc;
}
