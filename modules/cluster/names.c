/* SPDX-License-Identifier: Apache-2.0 */
/* Makes the names of the cluster and of node devices from templates, and checks that those of nodes
 * are unique. */
#include "cluster.h"

#include <ctype.h>
#include <string.h>

#define NAME_CHARS 64

/* The placeholders and their values. */
struct words {
	const char *const names[4];
	const char *values[4];
};

/* Append to *text; false = out of memory. */
static bool append_text(char **text, const char *more, size_t len)
{
	size_t old = strlen(*text);
	char *grown = realloc(*text, old + len + 1);

	if (!grown)
		return false;
	memcpy(grown + old, more, len);
	grown[old + len] = '\0';
	*text = grown;
	return true;
}

/* Replace the placeholders of a template; caller frees, NULL = out of memory. */
static char *fill_template(const char *template, const struct words *words)
{
	char *text = strdup("");
	size_t len, i;
	bool ok = text != NULL;

	while (ok && *template) {
		for (i = 0; i < SB_ARRAY_LEN(words->names); i++)
			if (sb_starts_with(template, words->names[i]))
				break;
		if (i < SB_ARRAY_LEN(words->names)) {
			ok = append_text(&text, words->values[i], strlen(words->values[i]));
			template += strlen(words->names[i]);
			continue;
		}
		len = strcspn(template + 1, "{") + 1;
		ok = append_text(&text, template, len);
		template += len;
	}
	if (ok)
		return text;
	free(text);
	return NULL;
}

char *cluster_make_name(const struct sb_stage_run *stage)
{
	sb_autofree char *slug = sb_slug(sb_pve_name(stage));
	const struct words words = {{"{node}", "{cluster}", "{cluster_slug}", "{endpoint}"},
				    {"", sb_pve_name(stage), slug, sb_run_endpoint(stage)}};

	return slug ? fill_template(sb_run_cluster_name(stage), &words) : NULL;
}

/* The state while the names of one diff are made. */
struct naming {
	struct words words;
	json_t *names; /* owned: key -> name */
	json_t *taken; /* owned: name in lower case -> node */
};

static void naming_finish(struct naming *naming)
{
	json_decref(naming->names);
	json_decref(naming->taken);
}

static int add_name(struct naming *naming, const char *key, const char *node, json_t *name,
		    struct sb_error *err)
{
	sb_autofree char *lower = strdup(json_string_value(name));
	const char *other;
	char *c;

	for (c = lower; c && *c; c++)
		*c = (char)tolower((unsigned char)*c);
	other = lower ? sb_json_str(naming->taken, lower) : NULL;
	if (other)
		return sb_fail(err, SB_E_CONFLICT,
			       "the nodes %s and %s would both be named \"%s\" in NetBox: change "
			       "device_name of the endpoint so that names differ",
			       other, node, json_string_value(name));
	if (!lower || json_object_set_new(naming->taken, lower, json_string(node)) < 0 ||
	    json_object_set(naming->names, key, name) < 0)
		return sb_fail(err, SB_E_NOMEM, "name of node %s: out of memory", node);
	return 0;
}

/* A name that is cut loses dots and blanks at its new end. */
static json_t *fit_name(const char *text)
{
	json_t *name = sb_json_text(text, NAME_CHARS);
	size_t len = json_string_length(name);
	const char *cut = json_string_value(name);
	json_t *fitted;

	if (!name || len >= strlen(text))
		return name;
	while (len && strchr(". \t", cut[len - 1]))
		len--;
	fitted = json_stringn(cut, len);
	json_decref(name);
	return fitted;
}

static int name_node(struct sb_stage_run *stage, const char *key, const json_t *row, void *arg,
		     struct sb_error *err)
{
	struct naming *naming = arg;
	sb_autofree char *text = NULL;
	sb_autojson *name = NULL;

	naming->words.values[0] = sb_json_str(row, "name");
	text = fill_template(sb_run_device_name(stage), &naming->words);
	name = text ? fit_name(text) : NULL;
	if (!name)
		return sb_fail(err, SB_E_NOMEM, "name of %s: out of memory", key);
	return add_name(naming, key, naming->words.values[0], name, err);
}

int cluster_device_names(struct sb_stage_run *stage, json_t **ret_names, struct sb_error *err)
{
	sb_autofree char *slug = sb_slug(sb_pve_name(stage));
	sb_autofree char *prefix = cluster_key(stage, "/node/");
	SB_CLEANUP(naming_finish)
	struct naming naming = {.words = {{"{node}", "{cluster}", "{cluster_slug}", "{endpoint}"},
					  {"", sb_pve_name(stage), slug, sb_run_endpoint(stage)}},
				.names = json_object(),
				.taken = json_object()};
	int rc;

	if (!slug || !prefix || !naming.names || !naming.taken)
		return sb_fail(err, SB_E_NOMEM, "names of nodes: out of memory");
	rc = sb_rows_each(stage, "node", prefix, name_node, &naming, err);
	if (rc < 0)
		return rc;
	*ret_names = json_incref(naming.names);
	return 0;
}
