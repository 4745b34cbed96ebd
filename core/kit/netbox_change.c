/* SPDX-License-Identifier: Apache-2.0 */
/* The NetBox of a case: the rows that the case adds, changes and removes. */
#include <string.h>

#include "base/guess.h"
#include "kit/netbox_priv.h"
#include "stagebox/json.h"

static const char *key_of(const json_t *row)
{
	return sb_json_str(json_object_get(row, "custom_fields"), "stagebox_key");
}

static bool has_key(const json_t *row, const char *key)
{
	const char *own = key_of(row);

	return own && sb_streq(own, key);
}

static json_t *find_by_key(const struct sb_kit_netbox *netbox, const char *list, const char *key)
{
	json_t *row;
	size_t i;

	json_array_foreach (sb_kit_rows(netbox, list), i, row)
		if (has_key(row, key))
			return row;
	return NULL;
}

static json_t *find_text(const struct sb_kit_netbox *netbox, const char *list, const char *member,
			 const char *text)
{
	json_t *row;
	size_t i;

	json_array_foreach (sb_kit_rows(netbox, list), i, row) {
		const char *own = sb_json_str(row, member);

		if (own && sb_streq(own, text))
			return row;
	}
	return NULL;
}

static json_t *find_named(const struct sb_kit_netbox *netbox, const char *list, const char *name)
{
	json_t *row = find_text(netbox, list, "slug", name);

	return row ? row : find_text(netbox, list, "name", name);
}

/* "shared/tag/web": by the kind and the last part. */
static json_t *find_shared(const struct sb_kit_netbox *netbox, const char *ref)
{
	const char *kind = ref + strlen("shared/"), *last = strrchr(ref, '/') + 1, *list;
	size_t len = strcspn(kind, "/");
	json_t *form;

	json_object_foreach (netbox->forms, list, form) {
		const char *name = sb_json_str(form, "kind");

		if (name && strlen(name) == len && memcmp(name, kind, len) == 0)
			return find_named(netbox, list, last);
	}
	return NULL;
}

static json_t *find_ref(const struct sb_kit_netbox *netbox, const char *ref)
{
	const char *list;
	json_t *rows, *row;

	if (sb_starts_with(ref, "shared/"))
		return find_shared(netbox, ref);
	json_object_foreach (netbox->lists, list, rows) {
		row = find_by_key(netbox, list, ref);
		if (row)
			return row;
	}
	return NULL;
}

/* The id that {"$ref": KEY} stands for; NULL with err. */
static json_t *resolve_ref(const struct sb_kit_netbox *netbox, const json_t *value,
			   struct sb_error *err)
{
	const char *ref = sb_json_str(value, "$ref");
	const json_t *row = NULL;

	if (!ref || json_object_size(value) != 1)
		sb_fail(err, SB_E_CONFIG,
			"\"$ref\" is not alone, or not a text: expected {\"$ref\": KEY}");
	else if (!(row = find_ref(netbox, ref)))
		sb_fail(err, SB_E_CONFIG, "\"$ref\": no object has the key \"%.200s\"", ref);
	return row ? json_incref(json_object_get(row, "id")) : NULL;
}

/* A copy of value with each {"$ref": KEY} replaced by an id; NULL with err. */
static json_t *resolve_refs(const struct sb_kit_netbox *netbox, const json_t *value,
			    struct sb_error *err)
{
	json_t *copy, *member, *done;
	const char *name;
	size_t i;

	if (json_object_get(value, "$ref"))
		return resolve_ref(netbox, value, err);
	if (!json_is_array(value) && !json_is_object(value))
		return json_copy((json_t *)(uintptr_t)value);
	copy = json_is_array(value) ? json_array() : json_object();
	json_array_foreach (value, i, member) {
		done = resolve_refs(netbox, member, err);
		if (!done || json_array_append_new(copy, done) < 0)
			goto fail;
	}
	json_object_foreach ((json_t *)(uintptr_t)value, name, member) {
		done = resolve_refs(netbox, member, err);
		if (!done || json_object_set_new(copy, name, done) < 0)
			goto fail;
	}
	return copy;
fail:
	json_decref(copy);
	return NULL;
}

/* The row that the words of the case mean; NULL = a new one. */
static json_t *find_row(const struct sb_kit_netbox *netbox, const char *list, const json_t *words)
{
	const char *key = sb_json_str(words, "$key"), *slug = sb_json_str(words, "slug");
	const json_t *id = json_object_get(words, "id");

	if (json_is_integer(id))
		return sb_kit_row(netbox, list, json_integer_value(id));
	if (key)
		return find_by_key(netbox, list, key);
	return slug ? find_text(netbox, list, "slug", slug) : NULL;
}

static int check_member(const char *name, const json_t *value, struct sb_error *err)
{
	json_int_t id = json_integer_value(value);

	if (sb_streq(name, "id") && (!json_is_integer(value) || id <= 0 || id > INT64_C(1) << 40))
		return sb_fail(err, SB_E_CONFIG, "\"id\" is not a positive number");
	if (sb_streq(name, "$key") && !json_is_string(value))
		return sb_fail(err, SB_E_CONFIG, "\"$key\" is not a text");
	if (sb_streq(name, "$gone") && !json_is_true(value))
		return sb_fail(err, SB_E_CONFIG, "\"$gone\" is not true");
	if (sb_streq(name, "custom_fields") && !json_is_object(value))
		return sb_fail(err, SB_E_CONFIG, "\"custom_fields\" is not an object");
	if (name[0] == '$' && !sb_streq(name, "$key") && !sb_streq(name, "$gone"))
		return sb_fail(err, SB_E_CONFIG,
			       "\"%.60s\" is not known: a row has \"$key\" and \"$gone\"", name);
	return 0;
}

static int check_words(const json_t *words, struct sb_error *err)
{
	const char *name;
	json_t *value;
	int rc = 0;

	if (!json_is_object(words))
		return sb_fail(err, SB_E_CONFIG, "is not an object");
	json_object_foreach ((json_t *)(uintptr_t)words, name, value)
		if (!rc)
			rc = check_member(name, value, err);
	return rc;
}

static json_t *add_row(struct sb_kit_netbox *netbox, const char *list, const json_t *words)
{
	static const char *const names[] = {"id", "slug", "name"}; /* by which others refer to it */
	json_t *row = json_object();
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(names); i++)
		if (json_object_get(words, names[i]))
			json_object_set(row, names[i], json_object_get(words, names[i]));
	return sb_kit_row_add(netbox, list, row) < 0 ? NULL : row;
}

/* Rows that are new exist before references are resolved, so that they may refer to each other. */
static int make_row(struct sb_kit_netbox *netbox, const char *list, const json_t *words,
		    json_t **ret_row, struct sb_error *err)
{
	const char *key = sb_json_str(words, "$key");
	json_t *row = find_row(netbox, list, words);
	int rc = check_words(words, err);

	if (rc < 0)
		return rc;
	if (!row && json_object_get(words, "$gone"))
		return sb_fail(err, SB_E_CONFIG, "is to be removed, but there is no such object");
	if (!row)
		row = add_row(netbox, list, words);
	if (!row)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	if (key)
		json_object_set_new(json_object_get(row, "custom_fields"), "stagebox_key",
				    json_string(key));
	*ret_row = row;
	return 0;
}

/* The members of a row without those for the kit. */
static int fill_row(struct sb_kit_netbox *netbox, const char *list, const json_t *words,
		    json_t *row, struct sb_error *err)
{
	sb_autojson *members = resolve_refs(netbox, words, err);

	if (!members)
		return err->code ? err->code : sb_fail(err, SB_E_NOMEM, "out of memory");
	json_object_del(members, "$key");
	return sb_kit_row_set(netbox, list, row, members) < 0
		       ? sb_fail(err, SB_E_NOMEM, "out of memory")
		       : 0;
}

/* made[i] is the object that the words i mean. */
static int make_rows(struct sb_kit_netbox *netbox, const char *list, const json_t *all,
		     json_t *made, struct sb_error *err)
{
	const json_t *words;
	json_t *row = NULL;
	size_t i;

	json_array_foreach (all, i, words) {
		int rc = make_row(netbox, list, words, &row, err);

		if (rc < 0)
			return sb_context(err, rc, "%s: row %zu", list, i + 1);
		json_array_append(made, row);
	}
	return 0;
}

static int fill_rows(struct sb_kit_netbox *netbox, const char *list, const json_t *all,
		     const json_t *made, struct sb_error *err)
{
	const json_t *words;
	size_t i;

	json_array_foreach (all, i, words) {
		json_t *row = json_array_get(made, i);
		int rc;

		if (json_object_get(words, "$gone")) {
			sb_kit_row_remove(netbox, list,
					  json_integer_value(json_object_get(row, "id")));
			continue;
		}
		rc = fill_row(netbox, list, words, row, err);
		if (rc < 0)
			return sb_context(err, rc, "%s: row %zu", list, i + 1);
	}
	return 0;
}

/* Rows of a list that no kind has would never be read: its name is probably misspelt. */
static int check_list(const struct sb_kit_netbox *netbox, const char *list, struct sb_error *err)
{
	struct sb_guess guess;
	const char *known;
	json_t *form;

	if (sb_kit_form(netbox, list))
		return 0;
	sb_guess_start(&guess, list);
	json_object_foreach (netbox->forms, known, form)
		sb_guess_try(&guess, known);
	return sb_fail(err, SB_E_CONFIG,
		       "%s: no kind of the loaded modules has this list%s; answer a request for "
		       "another one by its path: \"GET /api/%s/\"",
		       list, guess.hint, list);
}

int sb_kit_netbox_change(struct sb_kit_netbox *netbox, const json_t *rows, struct sb_error *err)
{
	sb_autojson *made = json_object();
	const char *list;
	json_t *all;
	int rc;

	json_object_foreach ((json_t *)(uintptr_t)rows, list, all) {
		json_t *of_list = json_array();

		json_object_set_new(made, list, of_list);
		rc = check_list(netbox, list, err);
		if (!rc)
			rc = make_rows(netbox, list, all, of_list, err);
		if (rc < 0)
			return rc;
	}
	json_object_foreach ((json_t *)(uintptr_t)rows, list, all) {
		rc = fill_rows(netbox, list, all, json_object_get(made, list), err);
		if (rc < 0)
			return rc;
	}
	return 0;
}
