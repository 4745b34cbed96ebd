/* SPDX-License-Identifier: Apache-2.0 */
/* The check of a schema document, as the plugin does it by a JSON Schema. What is wrong within a
 * field is one error of the field. */
#include "custom.h"

#include <ctype.h>
#include <string.h>

enum { MAX_ERRORS = 10 };

enum want { ANY, TEXT, BOOL, INT, NUMBER, NAME, SLUG, WORD, TARGET, LIST, FILTER, REFUSED };

struct rule {
	const char *key;
	enum want want;
	int max;           /* characters of a text; the smallest INT when negative: -1 = from 0 */
	const char *words; /* of a WORD; of a field: the types that have it, NULL = all */
};

static const struct rule document_rules[] = {
	{"schema_version", WORD, 0, "1"}, {"types", LIST, 0, NULL}, {NULL, ANY, 0, NULL}};

static const struct rule type_rules[] = {
	{"description", TEXT, 200, NULL},  {"fields", LIST, 0, NULL},
	{"group_name", TEXT, 100, NULL},   {"name", NAME, 0, NULL},
	{"removed_fields", LIST, 0, NULL}, {"slug", SLUG, 0, NULL},
	{"verbose_name", TEXT, 100, NULL}, {"verbose_name_plural", TEXT, 100, NULL},
	{"version", TEXT, 0, NULL},        {NULL, ANY, 0, NULL}};

#define FIELD_TYPES                                                                                \
	"text longtext integer decimal boolean date datetime url json select multiselect object "  \
	"multiobject"

static const struct rule removed_rules[] = {{"id", INT, -2, NULL},
					    {"name", NAME, 0, NULL},
					    {"removed_in", TEXT, 0, NULL},
					    {"type", WORD, 0, FIELD_TYPES},
					    {NULL, ANY, 0, NULL}};

static const struct rule field_rules[] = {{"id", INT, -2, NULL},
					  {"name", NAME, 0, NULL},
					  {"type", WORD, 0, FIELD_TYPES},
					  {"label", TEXT, 50, NULL},
					  {"description", TEXT, 200, NULL},
					  {"group_name", TEXT, 50, NULL},
					  {"primary", BOOL, 0, NULL},
					  {"required", BOOL, 0, NULL},
					  {"unique", BOOL, 0, NULL},
					  {"default", ANY, 0, NULL},
					  {"weight", INT, -1, NULL},
					  {"search_weight", INT, -1, NULL},
					  {"filter_logic", WORD, 0, "disabled loose exact"},
					  {"ui_visible", WORD, 0, "always if-set hidden"},
					  {"ui_editable", WORD, 0, "yes no hidden"},
					  {"is_cloneable", BOOL, 0, NULL},
					  {"deprecated", BOOL, 0, NULL},
					  {"deprecated_since", TEXT, 0, NULL},
					  {"scheduled_removal", TEXT, 0, NULL},
					  {NULL, ANY, 0, NULL}};

/* What only fields of these types have. */
static const struct {
	const char *types;
	struct rule rule;
} typed_rules[] = {
	{"text longtext", {"validation_regex", TEXT, 500, NULL}},
	{"integer", {"validation_minimum", INT, 0, NULL}},
	{"integer", {"validation_maximum", INT, 0, NULL}},
	{"decimal", {"validation_minimum", NUMBER, 0, NULL}},
	{"decimal", {"validation_maximum", NUMBER, 0, NULL}},
	{"select multiselect", {"choice_set", TEXT, 0, NULL}},
	{"object multiobject", {"is_polymorphic", BOOL, 0, NULL}},
	{"object multiobject", {"related_object_type", TARGET, 0, NULL}},
	{"object multiobject", {"related_object_types", LIST, 0, NULL}},
	{"object multiobject", {"related_object_filter", FILTER, 0, NULL}},
	{"object", {"on_delete_behavior", WORD, 0, "set_null cascade protect"}},
};

static const struct {
	enum want want;
	const char *pattern;
} patterns[] = {{NAME, "^[a-z0-9]+(_[a-z0-9]+)*$"},
		{SLUG, "^[a-z0-9]+(-[a-z0-9]+)*$"},
		{TARGET, "^[a-z0-9_-]+/[a-z0-9_-]+$"}};

/* Small letters and digits, joined by single signs. */
static bool is_joined(const char *text, char sign)
{
	const char *at;

	for (at = text; *at; at++)
		if (!islower((unsigned char)*at) && !isdigit((unsigned char)*at) &&
		    (*at != sign || at == text || at[1] == sign || !at[1]))
			return false;
	return at != text;
}

static bool is_target(const char *text)
{
	static const char set[] = "abcdefghijklmnopqrstuvwxyz0123456789_-";
	size_t app = strspn(text, set), model = text[app] == '/' ? strspn(text + app + 1, set) : 0;

	return app && model && !text[app + 1 + model];
}

static const char *pattern_of(enum want want)
{
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(patterns); i++)
		if (patterns[i].want == want)
			return patterns[i].pattern;
	return NULL;
}

static const char *type_word(enum want want)
{
	switch (want) {
	case BOOL: return "boolean";
	case INT: return "integer";
	case NUMBER: return "number";
	case LIST: return "array";
	case FILTER: return "object', 'null";
	default: return "string";
	}
}

static bool is_of_type(enum want want, const json_t *value)
{
	switch (want) {
	case ANY: return true;
	case BOOL: return json_is_boolean(value);
	case INT: return json_is_integer(value);
	case NUMBER: return json_is_number(value);
	case LIST: return json_is_array(value);
	case FILTER: return json_is_object(value) || json_is_null(value);
	default: return json_is_string(value);
	}
}

static void add_error(json_t *errors, const json_t *path, const char *key, const char *text)
{
	json_t *own = json_copy((json_t *)(uintptr_t)path);

	if (key)
		json_array_append_new(own, json_string(key));
	json_array_append_new(errors, json_pack("{s:o, s:s}", "path", own, "message", text));
}

static void check_value(const struct rule *rule, const json_t *value, const json_t *path,
			json_t *errors)
{
	const char *word = json_string_value(value);
	sb_autobuf text = SB_BUF_INIT(1 << 20);

	nb_python_repr(&text, value);
	if (rule->want == WORD && !strchr(rule->words, ' ') &&
	    !(word && sb_streq(word, rule->words)))
		sb_buf_reset(&text), sb_buf_addf(&text, "'%s' was expected", rule->words);
	else if (!is_of_type(rule->want, value))
		sb_buf_addf(&text, " is not of type '%s'", type_word(rule->want));
	else if (rule->want == WORD && !nb_type_allowed(rule->words, word))
		sb_buf_add(&text, " is not one of the choices");
	else if ((rule->want == NAME && !is_joined(word, '_')) ||
		 (rule->want == SLUG && !is_joined(word, '-')) ||
		 (rule->want == TARGET && !is_target(word)))
		sb_buf_addf(&text, " does not match '%s'", pattern_of(rule->want));
	else if (rule->max > 0 && nb_chars(word) > (size_t)rule->max)
		sb_buf_add(&text, " is too long");
	else if (rule->max < 0 && json_integer_value(value) < -1 - rule->max)
		sb_buf_addf(&text, " is less than the minimum of %d", -1 - rule->max);
	else
		return;
	add_error(errors, path, rule->key, sb_buf_str(&text));
}

static const struct rule *find_rule(const struct rule *rules, const char *key)
{
	for (; rules->key; rules++)
		if (sb_streq(rules->key, key))
			return rules;
	return NULL;
}

/* Check that an object has the required members, blank separated, and no unknown ones. */
static void check_members(const struct rule *rules, const json_t *object, const char *required,
			  const json_t *path, json_t *errors)
{
	sb_autobuf unknown = SB_BUF_INIT(1 << 16), text = SB_BUF_INIT(1 << 16);
	const char *key;
	size_t n = 0, len;
	json_t *value;

	for (; *required; required += len + (required[len] == ' ')) {
		len = strcspn(required, " ");
		sb_buf_reset(&text);
		sb_buf_addf(&text, "'%.*s' is a required property", (int)len, required);
		if (!json_object_getn(object, required, len))
			add_error(errors, path, NULL, sb_buf_str(&text));
	}
	json_object_foreach ((json_t *)(uintptr_t)object, key, value)
		if (!find_rule(rules, key))
			sb_buf_addf(&unknown, "%s'%s'", n++ ? ", " : "", key);
	sb_buf_reset(&text);
	sb_buf_addf(&text, "Additional properties are not allowed (%s %s unexpected)",
		    sb_buf_str(&unknown), n > 1 ? "were" : "was");
	if (n)
		add_error(errors, path, NULL, sb_buf_str(&text));
	for (; rules->key; rules++) {
		value = json_object_get(object, rules->key);
		if (value)
			check_value(rules, value, path, errors);
	}
}

static const struct rule *rule_of_type(const char *key, const char *type)
{
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(typed_rules); i++)
		if (sb_streq(typed_rules[i].rule.key, key) &&
		    nb_type_allowed(typed_rules[i].types, type))
			return &typed_rules[i].rule;
	return NULL;
}

static bool field_is_valid(const json_t *field, const json_t *path)
{
	const char *type = json_string_value(json_object_get(field, "type")), *key;
	sb_autojson *errors = json_array();
	json_t *value;

	if (!json_is_object(field) || !type || !json_object_get(field, "id") ||
	    !json_object_get(field, "name"))
		return false;
	json_object_foreach ((json_t *)(uintptr_t)field, key, value) {
		const struct rule *rule = find_rule(field_rules, key);

		rule = rule ? rule : rule_of_type(key, type);
		if (!rule)
			return false;
		check_value(rule, value, path, errors);
	}
	if (nb_type_allowed("select multiselect", type) && !json_object_get(field, "choice_set"))
		return false;
	if (nb_type_allowed("object multiobject", type) &&
	    !json_object_get(field, json_is_true(json_object_get(field, "is_polymorphic"))
					    ? "related_object_types"
					    : "related_object_type"))
		return false;
	return !json_array_size(errors);
}

/* The path of a member of a list; elements are texts in the answer. New reference. */
static json_t *path_to(const json_t *path, const char *key, size_t i)
{
	json_t *own = json_copy((json_t *)(uintptr_t)path);

	json_array_append_new(own, json_string(key));
	json_array_append_new(own, json_sprintf("%zu", i));
	return own;
}

static void check_type(const json_t *type, const json_t *path, json_t *errors)
{
	json_t *item;
	size_t i;

	if (!json_is_object(type)) {
		add_error(errors, path, NULL, "The definition is not of type 'object'");
		return;
	}
	check_members(type_rules, type, "name slug", path, errors);
	json_array_foreach (json_object_get(type, "fields"), i, item) {
		sb_autojson *own = path_to(path, "fields", i);
		sb_autobuf text = SB_BUF_INIT(1 << 20);

		nb_python_repr(&text, item);
		sb_buf_add(&text, " is not valid under any of the given schemas");
		if (!field_is_valid(item, own))
			add_error(errors, own, NULL, sb_buf_str(&text));
	}
	json_array_foreach (json_object_get(type, "removed_fields"), i, item) {
		sb_autojson *own = path_to(path, "removed_fields", i);

		check_members(removed_rules, item, "id name type", own, errors);
	}
}

json_t *nb_custom_schema_errors(const json_t *document)
{
	const json_t *types = json_object_get(document, "types");
	json_t *errors = json_array(), *item;
	sb_autojson *root = json_array();
	size_t i;

	check_members(document_rules, document, "schema_version types", root, errors);
	if (json_is_array(types) && !json_array_size(types))
		add_error(errors, root, "types", "[] should be non-empty");
	json_array_foreach (types, i, item) {
		sb_autojson *path = path_to(root, "types", i);

		check_type(item, path, errors);
	}
	while (json_array_size(errors) > MAX_ERRORS)
		json_array_remove(errors, json_array_size(errors) - 1);
	return errors;
}
