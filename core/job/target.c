/* SPDX-License-Identifier: Apache-2.0 */
/* Resolving --target: a key, or the name of a top object, by what was read in this run. */
#include "job/target.h"

#include <string.h>
#include <strings.h>

#include "base/buf.h"
#include "base/guess.h"
#include "model/key_pattern.h"
#include "stagebox/json.h"

struct search {
	const struct sb_registry *registry; /* NULL in a view, whose rows are what it shows */
	const char *slug, *word;
	json_t *named; /* keys of the objects of that name */
	bool is_key;   /* the word is a key, or a part of keys */
	struct sb_guess guess;
};

/* True for "lab/cluster" and "lab/<family>/101", false for their parts. */
static bool is_top_key(const char *key)
{
	size_t n = 0;

	for (; *key; key++)
		n += *key == '/';
	return n == 1 || n == 2;
}

/* True for "101" of "lab/<family>/101". */
static bool is_end_of_key(const char *word, const char *key)
{
	size_t len = strlen(word), all = strlen(key);

	return len && len < all && key[all - len - 1] == '/' && sb_streq(key + all - len, word);
}

/* A stage may have rows of other things than objects, whatever their keys and names are. */
static bool is_written(const struct sb_registry *registry, const char *key)
{
	size_t n = registry ? sb_registry_n_stages(registry) : 0, i;
	const struct sb_write *write;

	if (!registry)
		return true;
	for (i = 0; i < n; i++) {
		write = sb_registry_stage(registry, i)->stage.writes;
		for (; write && write->kind; write++)
			if (!write->keys || sb_key_pattern_covers(write->keys, key))
				return true;
	}
	return false;
}

static void try_row(struct search *search, const char *key, const char *text)
{
	size_t len = strlen(search->word), slug = strlen(search->slug);
	sb_autojson *row = NULL;
	const char *name;

	if (strncmp(key, search->slug, slug) != 0 || key[slug] != '/' ||
	    !is_written(search->registry, key))
		return;
	if (strncmp(key, search->word, len) == 0 && (!key[len] || key[len] == '/'))
		search->is_key = true;
	if (!search->is_key)
		sb_guess_try(&search->guess, key);
	if (!is_top_key(key))
		return;
	if (is_end_of_key(search->word, key))
		json_object_set_new(search->named, key, json_true());
	row = json_loads(text, 0, NULL);
	name = sb_json_str(row, "name");
	if (!name)
		return;
	sb_guess_try(&search->guess, name);
	if (!strcasecmp(name, search->word) && !json_object_get(search->named, key))
		json_object_set_new(search->named, key, json_true());
}

static void try_table(struct search *search, struct sb_table *rows)
{
	size_t i;

	for (i = 0; i < sb_table_count(rows); i++)
		try_row(search, sb_table_key_at(rows, i), sb_table_text_at(rows, i));
}

int sb_target_find(struct sb_run *run, const char *word, json_t **ret_keys, char **ret_hint,
		   struct sb_error *err)
{
	struct search search = {.registry = run->view_word ? NULL : run->registry,
				.slug = run->slug,
				.word = word,
				.named = json_object()};
	json_t *keys = json_array(), *member;
	const char *key;
	size_t i;

	sb_guess_start(&search.guess, word);
	for (i = 0; i < run->snap->n_sources; i++)
		try_table(&search, run->snap->sources[i].rows);
	for (i = 0; i < run->snap->n_lists; i++) {
		if (run->snap->lists[i].kind->flags & SB_KIND_OWNED)
			try_table(&search, run->snap->lists[i].rows);
	}
	if (search.is_key)
		json_array_append_new(keys, json_string(word));
	json_object_foreach (search.named, key, member) {
		if (!search.is_key)
			json_array_append_new(keys, json_string(key));
	}
	json_decref(search.named);
	*ret_hint = strdup(search.guess.hint);
	*ret_keys = keys;
	return keys && *ret_hint ? 0 : sb_fail(err, SB_E_NOMEM, "out of memory");
}

int sb_target_resolve(struct sb_run *run, const char *word, char **ret_key, struct sb_error *err)
{
	sb_autobuf text = SB_BUF_INIT(400);
	sb_autofree char *hint = NULL;
	sb_autojson *keys = NULL;
	const json_t *key;
	size_t i;
	int rc = sb_target_find(run, word, &keys, &hint, err);

	if (rc < 0)
		return rc;
	if (!json_array_size(keys))
		return sb_fail(
			err, SB_E_ARG,
			"--target: neither the source nor NetBox has an object \"%.120s\" of "
			"endpoint %s%s",
			word, run->slug, hint);
	json_array_foreach (keys, i, key)
		sb_buf_add_item(&text, json_string_value(key));
	if (json_array_size(keys) > 1)
		return sb_fail(err, SB_E_ARG,
			       "--target: several objects have the name \"%.120s\": use the key of "
			       "one: %s",
			       word, sb_buf_str(&text));
	*ret_key = strdup(json_string_value(json_array_get(keys, 0)));
	return *ret_key ? 0 : sb_fail(err, SB_E_NOMEM, "out of memory");
}
