/* SPDX-License-Identifier: Apache-2.0 */
/* Agents that did not answer, in the SQLite back-end. */
#include "store/sqlite_priv.h"

static int64_t number_of(const json_t *row, const char *name)
{
	return (int64_t)json_integer_value(json_object_get(row, name));
}

static const char *text_of(const json_t *row, const char *name)
{
	const char *text = json_string_value(json_object_get(row, name));

	return text ? text : "";
}

static int replace_agents(struct sb_sqlite *sqlite, const char *endpoint, json_t *agents,
			  struct sb_error *err)
{
	const char *key;
	json_t *row;
	int rc;

	rc = sb_sql_run(sqlite, err, "writing agents", "DELETE FROM agent WHERE endpoint = ?", "s",
			endpoint);
	if (rc < 0)
		return rc;
	json_object_foreach (agents, key, row) {
		rc = sb_sql_run(
			sqlite, err, "writing agents",
			"INSERT INTO agent (endpoint, key, outcome, runs, asked, ms, config)"
			" VALUES (?, ?, ?, ?, ?, ?, ?)",
			"sssiiis", endpoint, key, text_of(row, "outcome"), number_of(row, "runs"),
			number_of(row, "asked"), number_of(row, "ms"), text_of(row, "config"));
		if (rc < 0)
			return rc;
	}
	return 0;
}

int sb_sqlite_agents_put(struct sb_store *store, const char *endpoint, const json_t *agents,
			 struct sb_error *err)
{
	struct sb_sqlite *sqlite = (struct sb_sqlite *)store;
	int rc = sb_sql_begin(sqlite, err);

	if (rc < 0)
		return rc;
	return sb_sql_finish(sqlite, replace_agents(sqlite, endpoint, (json_t *)agents, err), err);
}

int sb_sqlite_agents_get(struct sb_store *store, const char *endpoint, json_t **ret_agents,
			 struct sb_error *err)
{
	sb_autojson *agents = json_object();
	sb_autosql query = {0};
	int rc;

	rc = sb_sql_query((struct sb_sqlite *)store, &query, err, "reading agents",
			  "SELECT key, outcome, runs, asked, ms, config FROM agent"
			  " WHERE endpoint = ? ORDER BY key",
			  "s", endpoint);
	if (rc < 0)
		return rc;
	while ((rc = sb_sql_next(&query, err)) > 0) {
		json_t *row = json_pack(
			"{s:s, s:I, s:I, s:I, s:s}", "outcome", sb_sql_text(&query, 1), "runs",
			(json_int_t)sb_sql_int(&query, 2), "asked",
			(json_int_t)sb_sql_int(&query, 3), "ms", (json_int_t)sb_sql_int(&query, 4),
			"config", sb_sql_text(&query, 5));

		if (json_object_set_new(agents, sb_sql_text(&query, 0), row) < 0)
			return sb_fail(err, SB_E_NOMEM, "out of memory");
	}
	if (!rc)
		*ret_agents = sb_steal(agents);
	return rc;
}
