/* SPDX-License-Identifier: Apache-2.0 */
/* Views of an outside author: the pools of an endpoint, and one that shows what its word names. */
#include <stdlib.h>

#include "stagebox/conf.h"
#include "stagebox/json.h"
#include "stagebox/reconcile.h"
#include "stagebox/view.h"

#define SOURCE "glance-pool"

static int on_pools(struct sb_stage_run *stage, const char *key, const json_t *data,
		    const struct sb_error *why, void *arg, struct sb_error *err)
{
	const json_t *pool;
	size_t i;
	int rc = sb_rows_read(stage, SOURCE);

	(void)key, (void)arg;
	if (!data)
		return sb_rows_unknown(stage, SOURCE, "", why);
	json_array_foreach (data, i, pool) {
		const char *id = sb_json_str(pool, "poolid");

		if (!rc)
			rc = sb_row_put(stage, SOURCE,
					json_pack("{s:s, s:s?}", "name", id, "comment",
						  sb_json_str(pool, "comment")),
					err, "%s/pool/%s", sb_run_endpoint(stage), id);
	}
	return rc;
}

static int fetch_pools(struct sb_stage_run *stage, void *arg, struct sb_error *err)
{
	const struct sb_ask ask = {
		.size = sizeof(ask), .what = "/pools", .on_answer = on_pools, .arg = arg};

	return sb_ask(stage, &ask, err);
}

static int list_pool(struct sb_stage_run *stage, const char *key, const json_t *row, void *arg,
		     struct sb_error *err)
{
	const char *word = sb_view_word(stage), *name = sb_json_str(row, "name");

	(void)key, (void)err;
	if (!*word || sb_streq(word, name))
		json_array_append_new(arg, json_pack("[s, s?, b, n, i]", name,
						     sb_json_str(row, "comment"), 1, 0));
	return 0;
}

static int show_pools(struct sb_stage_run *stage, json_t *document, void *arg, struct sb_error *err)
{
	json_t *rows = json_array();

	(void)arg;
	json_object_set_new(document, "data", json_pack("{s:O}", "pools", rows));
	json_object_set_new(
		document, "tables",
		json_pack("[{s:s, s:[s, s, s, s, s], s:o}]", "title", "Pools\033[31m", "columns",
			  "POOL", "COMMENT", "YES", "NONE", "ZERO", "rows", rows));
	if (sb_rows_each(stage, SOURCE, "", list_pool, rows, err) < 0)
		return err->code;
	return *sb_view_word(stage) && !json_array_size(rows) ? SB_E_NOTFOUND : 0;
}

static json_t *nest_objects(int depth)
{
	json_t *value = json_object();

	for (; depth > 0; depth--)
		value = json_pack("{s:o}", "x", value);
	return value;
}

/* Mistakes of a show callback, by the word. */
static int show_mistake(struct sb_stage_run *stage, json_t *document, void *arg,
			struct sb_error *err)
{
	static const char *const documents[] = {
		"{}",
		"{\"data\": []}",
		"{\"data\": {}, \"more\": 1}",
		"{\"data\": {}, \"notes\": [1]}",
		"{\"data\": {}, \"tables\": [{\"title\": \"T\", \"columns\": [\"A\"], \"rows\": "
		"[[1], [1, 2]]}]}",
		"{\"data\": {}, \"tables\": [{\"title\": \"T\", \"rows\": [[1, []]]}]}",
		"{\"data\": {}, \"tables\": [{\"rows\": []}]}",
	};
	const struct sb_reconcile reconcile = {.size = sizeof(reconcile), .kind = "vm"};
	const char *word = sb_view_word(stage);
	sb_autojson *made = NULL;

	if (word[0] >= '0' && word[0] <= '6')
		made = json_loads(documents[word[0] - '0'], 0, NULL);
	json_object_update(document, made);
	if (sb_streq(word, "deep"))
		json_object_set_new(document, "data", nest_objects(40));
	if (sb_streq(word, "large"))
		json_object_set_new(document, "data",
				    json_pack("{s:o}", "text", json_sprintf("%9000000d", 1)));
	if (sb_streq(word, "bytes"))
		json_object_set_new(document, "data",
				    json_pack("{s:o}", "text", json_stringn_nocheck("\xff", 1)));
	if (sb_streq(word, "nul"))
		json_object_set_new(document, "data",
				    json_pack("{s:o}", "text", json_stringn("a\0b", 3)));
	if (sb_streq(word, "ask"))
		return fetch_pools(stage, arg, err);
	if (sb_streq(word, "reconcile"))
		return sb_reconcile(stage, &reconcile, err);
	if (sb_streq(word, "crash"))
		abort();
	return sb_streq(word, "silent") ? SB_E_STATE : 0;
}

static const struct sb_view pools = {.size = sizeof(pools),
				     .name = "glance",
				     .args = "[POOL]",
				     .summary = "show the pools",
				     .fetch = fetch_pools,
				     .show = show_pools};
static const struct sb_view mistakes = {.size = sizeof(mistakes),
					.name = "glance-mistake",
					.args = "MISTAKE",
					.summary = "make a mistake\033[31m",
					.show = show_mistake};

static int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	int rc = sb_view_add(ctx, &pools, err);

	(void)ret_state;
	return rc < 0 ? rc : sb_view_add(ctx, &mistakes, err);
}

SB_MODULE(glance, .version = "1", .summary = "views of pools", .start = start_module)
