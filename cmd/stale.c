/* SPDX-License-Identifier: Apache-2.0 */
/* stagebox stale: list the objects that vanished at the source and are kept in NetBox. */
#include "cmd.h"

#include "base/exit.h"
#include "conf/conf.h"
#include "kind_words.h"
#include "stagebox/json.h"
#include "store/store.h"

/* The sync of an endpoint stores what it found vanished (core/parent/events.c). */
static int add_endpoint(struct sb_store *store, const char *slug, json_t *rows,
			struct sb_error *err)
{
	sb_autofree char *text = NULL;
	sb_autojson *all = NULL, *fact = json_sprintf("gone:%s", slug);
	const char *key;
	json_t *gone, *row;
	int rc;

	rc = sb_store_fact_get(store, fact ? json_string_value(fact) : "", &text, err);
	if (rc < 0)
		return rc;
	all = text ? json_loads(text, 0, NULL) : NULL;
	json_object_foreach (all, key, gone) {
		row = json_copy(gone);
		json_object_set_new(row, "endpoint", json_string(slug));
		json_object_set_new(row, "key", json_string(key));
		json_array_append_new(rows, row);
	}
	return 0;
}

static void print_rows(struct out *out, const json_t *rows)
{
	static const struct out_column columns[] = {
		{.title = "OBJECT", .member = "key"},
		{.title = "NAME", .member = "name"},
		{.title = "KIND", .member = "word"},
		{.title = "PARTS", .member = "parts", .is_number = true},
		{.title = "RUNS", .member = "runs", .is_number = true},
		{.title = "MISSING SINCE", .member = "since", .is_time = true, .brief = "SINCE"},
		{.title = "KEPT BECAUSE", .member = "why", .brief = "WHY"},
		{0},
	};
	sb_autojson *shown = json_deep_copy(rows);
	json_t *row;
	size_t i;

	if (!json_array_size(rows)) {
		out_text(out, "No object is gone at the source and kept in NetBox.\n");
		return;
	}
	json_array_foreach (shown, i, row)
		json_object_set_new(row, "word",
				    json_string(kind_word(sb_json_str(row, "kind"), 1)));
	out_table(out, columns, shown);
}

static int run_stale(struct cmd *cmd)
{
	sb_autojson *conf = NULL, *slugs = NULL, *rows = json_array();
	struct sb_error err = SB_ERROR_INIT;
	struct sb_store *store = NULL;
	const json_t *slug;
	size_t i;
	int rc;

	rc = cmd_conf(cmd, &conf, &err);
	if (!rc)
		rc = sb_conf_select(conf, cmd->options.endpoints, &slugs, &err);
	if (!rc)
		rc = sb_store_open_read(json_object_get(conf, "store"), &store, &err);
	json_array_foreach (slugs, i, slug)
		if (!rc)
			rc = add_endpoint(store, json_string_value(slug), rows, &err);
	if (!rc)
		cmd_note_copy(cmd, store);
	if (store)
		sb_store_close(store);
	if (rc < 0)
		return cmd_fail(cmd, &err);
	out_document(&cmd->out, rows, print_rows);
	return SB_EXIT_OK;
}

const struct cmd_entry cmd_stale = {
	.name = "stale",
	.args = "",
	.summary = "list the objects that are gone at the source and kept",
	.about = "Reads the store: what the last sync of each endpoint found. With prune.enabled "
		 "these objects are deleted when they were missing in prune.runs runs and for "
		 "prune.grace; until then, and without it, they stay in NetBox. \"plan\" lists "
		 "them, too.",
	.takes = CMD_TAKES_ENDPOINT,
	.examples = "stagebox stale\n"
		    "stagebox stale --endpoint lab --format json\n",
	.run = run_stale,
};
