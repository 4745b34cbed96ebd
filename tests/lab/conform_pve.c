/* SPDX-License-Identifier: Apache-2.0 */
/* Shapes of answers of Proxmox VE: the kinds of rows, their members and the types of these. */
#include "conform_pve.h"

#include "stagebox/json.h"
#include "stagebox/types.h"

#include <stdio.h>
#include <string.h>

#define PATH_ROOM 256

void shapes_begin(struct shapes *shapes, json_t *recorded)
{
	*shapes = (struct shapes){.recorded = recorded, .seen = json_object()};
}

void shapes_end(struct shapes *shapes)
{
	json_decref(shapes->seen);
	memset(shapes, 0, sizeof(*shapes));
}

/* Does the path match the template, in which {node} and {vmid} match one word? */
static bool is_of(const char *path, const char *template)
{
	while (*template) {
		size_t len = strcspn(path, "/?");

		if (*template != '{') {
			if (*path++ != *template ++)
				return false;
			continue;
		}
		if (sb_starts_with(template, "{vmid}") && strspn(path, "0123456789") != len)
			return false;
		path += len;
		template += strcspn(template, "}") + 1;
	}
	return *path == '\0' || *path == '?';
}

const char *shapes_template(const struct shapes *shapes, const char *path)
{
	const char *template;
	json_t *shape;

	json_object_foreach (shapes->recorded, template, shape)
		if (is_of(path, template))
			return template;
	return NULL;
}

static const char *type_word(const json_t *value)
{
	const char *text = json_string_value(value);

	switch (json_typeof(value)) {
	case JSON_OBJECT: return "object";
	case JSON_ARRAY: return "array";
	case JSON_STRING:
		return *text && strspn(text, "0123456789") == strlen(text) ? "digits" : "text";
	case JSON_INTEGER: return "integer";
	case JSON_REAL: return "real";
	case JSON_NULL: return "null";
	default: return "boolean";
	}
}

/* The object under a key, created when it is missing. Borrowed. */
static json_t *object_under(json_t *object, const char *key)
{
	if (!json_object_get(object, key))
		json_object_set_new(object, key, json_object());
	return json_object_get(object, key);
}

static void count_member(json_t *entry, const char *name)
{
	json_object_set_new(entry, name,
			    json_integer(json_integer_value(json_object_get(entry, name)) + 1));
}

/* Are the names of the members of an object those of nodes, resources or requests? */
static bool has_any_names(const char *template, const char *path)
{
	static const char *const maps[] = {"node_status", "service_status", "lrm_status",
					   "results"};
	const char *last = strrchr(path, '.');
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(maps); i++)
		if (last && sb_streq(last + 1, maps[i]))
			return true;
	return sb_streq(template, "/access/permissions");
}

/* The name of a member: "net#" for "net0" in a configuration, "*" where any name is possible. */
static void member_name(const char *template, const char *path, const char *key, char *out,
			size_t size)
{
	size_t len = strlen(key), digits = 0;

	if (has_any_names(template, path)) {
		snprintf(out, size, "*");
		return;
	}
	while (digits < len && strchr("0123456789", key[len - 1 - digits]))
		digits++;
	if (digits && strstr(template, "/config"))
		snprintf(out, size, "%.*s#", (int)(len - digits), key);
	else
		snprintf(out, size, "%s", key);
}

static void add_value(json_t *shape, const char *template, const char *path, const json_t *value)
{
	json_t *entry = object_under(shape, path), *item;
	sb_autojson *counted = json_object();
	char deeper[PATH_ROOM], name[64];
	const char *key;
	size_t i;

	json_object_set_new(object_under(entry, "types"), type_word(value), json_true());
	if (json_is_object(value))
		count_member(entry, "objects");
	json_object_foreach ((json_t *)value, key, item) {
		member_name(template, path, key, name, sizeof(name));
		snprintf(deeper, sizeof(deeper), "%s.%s", path, name);
		add_value(shape, template, deeper, item);
		if (!json_object_get(counted, name))
			count_member(object_under(shape, deeper), "n");
		json_object_set_new(counted, name, json_true());
	}
	snprintf(deeper, sizeof(deeper), "%s[]", path);
	json_array_foreach (value, i, item)
		add_value(shape, template, deeper, item);
}

/* The kind of a row, "node 1": the values of the members that distinguish kinds. */
static void kind_of(const json_t *by, const json_t *row, char *out, size_t size)
{
	const json_t *name, *value;
	size_t len = 0, i;

	snprintf(out, size, "%s", json_array_size(by) ? "" : "all");
	json_array_foreach (by, i, name) {
		const char *blank = len ? " " : "";

		value = json_object_get(row, json_string_value(name));
		if (json_is_integer(value))
			snprintf(out + len, size - len, "%s%" JSON_INTEGER_FORMAT, blank,
				 json_integer_value(value));
		else if (json_is_string(value))
			snprintf(out + len, size - len, "%s%s", blank, json_string_value(value));
		len = strlen(out);
	}
}

void shapes_add(struct shapes *shapes, const char *path, const json_t *data)
{
	const char *template = shapes_template(shapes, path);
	const json_t *by = json_object_get(json_object_get(shapes->recorded, template), "by");
	json_t *seen = object_under(shapes->seen, template), *row;
	char kind[64];
	size_t i;

	if (!json_array_size(by)) {
		add_value(object_under(seen, "all"), template, "data", data);
		return;
	}
	json_array_foreach (data, i, row) {
		kind_of(by, row, kind, sizeof(kind));
		add_value(object_under(seen, kind), template, "row", row);
	}
}

static json_int_t number_of(const json_t *shape, const char *path, const char *what)
{
	return json_integer_value(json_object_get(json_object_get(shape, path), what));
}

void shapes_count(const struct shapes *shapes, const char *template, const char *type,
		  const char *member, json_int_t *ret_objects, json_int_t *ret_n)
{
	const char *dot = strrchr(member, '.'), *kind;
	char parent[PATH_ROOM];
	json_t *seen;

	*ret_objects = *ret_n = 0;
	snprintf(parent, sizeof(parent), "%.*s", (int)(dot - member), member);
	json_object_foreach (json_object_get(shapes->seen, template), kind, seen) {
		size_t len = strcspn(kind, " ");

		if (strlen(type) != len || strncmp(kind, type, len) != 0)
			continue;
		*ret_objects += number_of(seen, parent, "objects");
		*ret_n += number_of(seen, member, "n");
	}
}

static bool has_word(const json_t *types, const char *word)
{
	const json_t *type;
	size_t i;

	json_array_foreach (types, i, type)
		if (sb_streq(json_string_value(type), word))
			return true;
	return false;
}

/* The recorded facts of one kind of row, in the compared release (here) and in the other one
 * (there). */
struct known {
	struct shapes *shapes;
	const char *release, *template, *kind;
	const json_t *here, *there; /* members and their types */
	const json_t *schema;
	bool is_described; /* by the schema of this release */
	char where[160];
};

/* Is it documented that this member is not recorded? */
static bool is_unrecorded(const struct known *known, const char *member)
{
	const struct unrecorded *entry = known->shapes->unrecorded;
	unsigned bit = 1;

	for (; entry && entry->template; entry++, bit <<= 1) {
		size_t len = entry->member ? strlen(entry->member) : 0;

		if ((entry->release && !sb_streq(entry->release, known->release)) ||
		    !sb_streq(entry->template, known->template) ||
		    !sb_streq(entry->kind, known->kind) || !entry->member != !member ||
		    (member && strncmp(member, entry->member, len) != 0) ||
		    (member && !strchr(".[", member[len])))
			continue;
		known->shapes->n_unrecorded |= bit;
		return true;
	}
	return false;
}

/* The first two words of a path, "row.tag-style" of "row.tag-style.shape". */
static void top_of(const char *path, char *out)
{
	const char *dot = strchr(path, '.');
	size_t len = dot ? (size_t)(dot - path) + 1 : 0;

	len += strcspn(path + len, ".[");
	snprintf(out, PATH_ROOM, "%.*s", (int)len, path);
}

/* Does the release have a member that is recorded for the other one only? */
static bool is_shared(const struct known *known, const char *path)
{
	char top[PATH_ROOM];

	top_of(path, top);
	if (json_object_get(known->here, top) || json_object_get(known->schema, top))
		return true;
	return !known->is_described || !strchr(path, '.');
}

static bool is_type(const struct known *known, const char *path, const char *word)
{
	const json_t *here = json_object_get(known->here, path);
	const json_t *there = json_object_get(known->there, path);
	const json_t *schema = json_object_get(known->schema, path);

	if (there && !here && !is_shared(known, path))
		there = NULL;
	if (has_word(here, word) || has_word(there, word))
		return true;
	if (sb_streq(word, "digits") && (has_word(here, "text") || has_word(there, "text")))
		return true;
	/* Some numbers of the recorded servers were 0; the schema says whether they can have a
	 * fraction. */
	if (sb_streq(word, "real") && has_word(schema, "real"))
		return true;
	if (sb_streq(word, "integer") && (has_word(here, "real") || has_word(there, "real")))
		return true;
	return !here && !there && has_word(schema, word);
}

static void add_types(const json_t *types, struct sb_buf *out)
{
	const json_t *type;
	size_t i;

	json_array_foreach (types, i, type)
		sb_buf_addf(out, " %s", json_string_value(type));
	if (!types)
		sb_buf_add(out, " not");
}

static size_t compare_member(const struct known *known, const char *path, const json_t *entry,
			     struct sb_buf *out)
{
	const char *word;
	json_t *value;
	size_t n = 0;

	json_object_foreach (json_object_get(entry, "types"), word, value) {
		if (is_type(known, path, word) || is_unrecorded(known, path))
			continue;
		sb_buf_addf(out, "  %s: %s is %s, recorded", known->where, path, word);
		add_types(json_object_get(known->here, path), out);
		sb_buf_add(out, ", in the other release");
		add_types(json_object_get(known->there, path), out);
		sb_buf_add(out, "\n");
		n++;
	}
	return n;
}

/* A member that every real row has must be in every simulated row. */
static size_t compare_always(const struct known *known, const char *path, const json_t *seen,
			     struct sb_buf *out)
{
	const char *dot = strrchr(path, '.');
	char parent[PATH_ROOM];
	json_int_t objects, n;

	snprintf(parent, sizeof(parent), "%.*s", (int)(dot - path), path);
	objects = number_of(seen, parent, "objects");
	n = number_of(seen, path, "n");
	if (n == objects)
		return 0;
	sb_buf_addf(out, "  %s: %s is in %d of %d\n", known->where, path, (int)n, (int)objects);
	return 1;
}

static size_t compare_kind(const struct known *known, const json_t *always_here,
			   const json_t *always_there, const json_t *seen, struct sb_buf *out)
{
	const json_t *always = always_here ? always_here : always_there, *path;
	const char *name;
	json_t *entry;
	size_t n = 0, i;

	json_object_foreach ((json_t *)seen, name, entry)
		n += compare_member(known, name, entry, out);
	json_array_foreach (always, i, path)
		if (always_here || json_object_get(known->here, json_string_value(path)))
			n += compare_always(known, json_string_value(path), seen, out);
	if (always || is_unrecorded(known, NULL))
		return n;
	sb_buf_addf(out, "  %s: this kind of row is not recorded\n", known->where);
	return n + 1;
}

static const json_t *part_of(const json_t *recorded, const char *release, const char *part,
			     const char *key)
{
	const json_t *found = json_object_get(json_object_get(recorded, release), part);

	return key ? json_object_get(found, key) : found;
}

size_t shapes_compare(struct shapes *shapes, const char *release, struct sb_buf *out)
{
	const char *other = sb_streq(release, "9.2") ? "8.4" : "9.2", *template, *kind;
	json_t *kinds, *seen;
	size_t n = 0;

	json_object_foreach (shapes->seen, template, kinds) {
		const json_t *recorded = json_object_get(shapes->recorded, template);

		json_object_foreach (kinds, kind, seen) {
			struct known known = {.shapes = shapes,
					      .release = release,
					      .template = template,
					      .kind = kind};
			char type[64];

			known.schema = part_of(recorded, release, "schema", NULL);
			known.is_described = known.schema != NULL;
			if (!known.is_described)
				known.schema = part_of(recorded, other, "schema", NULL);

			snprintf(type, sizeof(type), "%.*s", (int)strcspn(kind, " "), kind);
			known.here = part_of(recorded, release, "members", type);
			known.there = part_of(recorded, other, "members", type);
			snprintf(known.where, sizeof(known.where), "%s %s (%s)", template, kind,
				 release);
			n += compare_kind(&known, part_of(recorded, release, "always", kind),
					  part_of(recorded, other, "always", kind), seen, out);
		}
	}
	return n;
}
