/* SPDX-License-Identifier: Apache-2.0 */
#include "model/kinds_check.h"

#include <stdio.h>
#include <string.h>

#include "model/extras.h"
#include "stagebox/home.h"

#define LOWER  "abcdefghijklmnopqrstuvwxyz"
#define DIGITS "0123456789"

enum { MAX_NAME = 50 }; /* characters of the names of kinds and fields */

#define BIT(type)     (1u << SB_FIELD_##type)
#define TEXTS         (BIT(TEXT) | BIT(NAME))
#define LISTS         (BIT(REFS) | BIT(TAGS))
#define REFERENCES    (BIT(REF) | BIT(OBJECT))
#define ANY_TYPE      (~0u)
#define N_FIELD_TYPES (SB_FIELD_JSON + 1)

static const char *const type_names[N_FIELD_TYPES] = {
	"TEXT", "INT",    "DECIMAL", "BOOL",    "CHOICE", "REF",  "REFS",
	"TAGS", "OBJECT", "MAC",     "ADDRESS", "NAME",   "JSON",
};

/* The types that a trait or member of a field is for. */
struct use {
	const char *name;
	unsigned types;
	bool needs_kind; /* of the target */
};

static const struct use trait_uses[] = {
	{"SB_TRAIT_NEEDED", ANY_TYPE, false},
	{"SB_TRAIT_TITLE", TEXTS | BIT(ADDRESS), false},
	{"SB_TRAIT_TREE", BIT(REF), true},
	{"SB_TRAIT_WITNESS", ANY_TYPE, false},
	{"SB_TRAIT_STATE", BIT(CHOICE), false},
	{"SB_TRAIT_PLACE", REFERENCES, true},
	{"SB_TRAIT_HOME", BIT(REF), true},
	{"SB_TRAIT_HARDWARE", TEXTS, false},
	{"SB_TRAIT_PRIMARY", BIT(REF), true},
	{"SB_TRAIT_TIED", REFERENCES, false},
	{"SB_TRAIT_NOTE", TEXTS | BIT(JSON), false},
	{"SB_TRAIT_OCCUPIED", BIT(BOOL), false},
	{"SB_TRAIT_EVIDENCE", BIT(REF), true},
	{"SB_TRAIT_NUMBER", BIT(INT), false},
	{"SB_TRAIT_SLUG", BIT(TEXT), false},
	{"SB_TRAIT_VOLATILE", ANY_TYPE, false},
	{"SB_TRAIT_UNREAD", BIT(JSON), false},
};

static const unsigned known_flags = SB_KIND_OWNED | SB_KIND_SHARED | SB_KIND_CHILD | SB_KIND_BIRTH |
				    SB_KIND_UNMARKED | SB_KIND_SERIAL | SB_KIND_DETACHABLE |
				    SB_KIND_ENDPOINT | SB_KIND_HOST;

/* Members that core adds to rows of NetBox. */
static const char *const reserved[] = {"id", "custom_fields", "last_updated", "origin", "holder"};

static bool is_word(const char *text, const char *characters)
{
	size_t len = text ? strlen(text) : 0;

	return len && len <= MAX_NAME && strspn(text, characters) == len;
}

/* "virtualization/clusters": words between single slashes. */
static bool is_path(const char *path)
{
	size_t len = strlen(path);

	return len && strspn(path, LOWER DIGITS "_-/") == len && *path != '/' &&
	       path[len - 1] != '/' && !strstr(path, "//");
}

/* "virtualization.cluster" */
static bool is_object_type(const char *type)
{
	const char *dot = strchr(type, '.');

	return dot && dot != type && dot[1] &&
	       strspn(type, LOWER DIGITS "_") == (size_t)(dot - type) &&
	       strspn(dot + 1, LOWER DIGITS "_") == strlen(dot + 1);
}

static const struct sb_kind_field *find_field(const struct sb_kind *kind, const char *name)
{
	const struct sb_kind_field *field;

	for (field = kind->fields; field->name; field++)
		if (sb_streq(field->name, name))
			return field;
	return NULL;
}

/* Fields */

static int fail_field(const struct sb_kind *kind, const struct sb_kind_field *field,
		      struct sb_error *err, const char *what, const char *more)
{
	return sb_fail(err, SB_E_CONFIG, "kind \"%s\": field \"%s\": %s%s", kind->name, field->name,
		       what, more ? more : "");
}

/* A trait or member that is not for a field of this type. */
static int check_use(const struct sb_kind *kind, const struct sb_kind_field *field,
		     const struct use *use, struct sb_error *err)
{
	char types[120] = "";
	size_t i, len;

	if (use->needs_kind && !field->kind && use->types & 1u << field->type)
		return sb_fail(err, SB_E_CONFIG,
			       "kind \"%s\": field \"%s\": %s needs the kind of the target: set "
			       ".kind",
			       kind->name, field->name, use->name);
	if (use->types & 1u << field->type)
		return 0;
	for (i = 0; i < N_FIELD_TYPES; i++) {
		len = strlen(types);
		if (use->types & 1u << i)
			snprintf(types + len, sizeof(types) - len, "%sSB_FIELD_%s",
				 len ? " or " : "", type_names[i]);
	}
	return sb_fail(err, SB_E_CONFIG,
		       "kind \"%s\": field \"%s\": %s is for the type %s, not SB_FIELD_%s",
		       kind->name, field->name, use->name, types, type_names[field->type]);
}

static int check_traits(const struct sb_kind *kind, const struct sb_kind_field *field,
			struct sb_error *err)
{
	size_t i;
	int rc = 0;

	if (field->traits >> SB_ARRAY_LEN(trait_uses))
		return fail_field(kind, field, err, "traits has bits that this ABI does not have",
				  NULL);
	for (i = 0; !rc && i < SB_ARRAY_LEN(trait_uses); i++)
		if (field->traits & 1u << i)
			rc = check_use(kind, field, &trait_uses[i], err);
	if (!rc && field->traits & SB_TRAIT_TREE && !sb_streq(field->kind, kind->name))
		return fail_field(kind, field, err,
				  "SB_TRAIT_TREE refers to a parent within the kind, not to ",
				  field->kind);
	return rc;
}

static int check_members(const struct sb_kind *kind, const struct sb_kind_field *field,
			 struct sb_error *err)
{
	const struct {
		struct use use;
		bool is_set;
	} members[] = {
		{{".initial", BIT(CHOICE), false}, field->initial != NULL},
		{{".instead", BIT(CHOICE), false}, field->instead != NULL},
		{{".shared", BIT(CHOICE), false}, field->shared != NULL},
		{{".plain", BIT(CHOICE), false}, field->plain != NULL},
		{{".counter", BIT(REF), true}, field->counter != NULL},
		{{".inherits", BIT(REF), true}, field->inherits != NULL},
		{{".makes", BIT(MAC), false}, field->makes != NULL},
		{{".generated", TEXTS, false}, field->generated != NULL},
		{{".max_chars", TEXTS, false}, field->max_chars != 0},
		{{".journal", BIT(TEXT) | BIT(CHOICE) | BIT(BOOL), false}, field->journal != NULL},
	};
	const char *const *name;
	size_t i;
	int rc = 0;

	for (i = 0; !rc && i < SB_ARRAY_LEN(members); i++)
		if (members[i].is_set)
			rc = check_use(kind, field, &members[i].use, err);
	for (name = field->inherits; !rc && name && *name; name++) {
		const struct sb_kind_field *home = find_field(kind, *name);

		if (!home || home->type != SB_FIELD_REF || !home->kind)
			return fail_field(
				kind, field, err,
				".inherits names what is not a REF field of the kind: ", *name);
	}
	return rc;
}

static bool is_reserved(const char *name)
{
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(reserved); i++)
		if (sb_streq(name, reserved[i]))
			return true;
	return sb_starts_with(name, "stagebox_") && !sb_streq(name, SB_HOME_DIGEST);
}

static int check_field(const struct sb_kind *kind, const struct sb_kind_field *field,
		       struct sb_error *err)
{
	int rc;

	if (!is_word(field->name, LOWER DIGITS "_"))
		return fail_field(kind, field, err, "a name has 1 to 50 characters a-z, 0-9 and _",
				  NULL);
	if (is_reserved(field->name))
		return fail_field(kind, field, err,
				  "core has this member in each object: use sb_field_add() for a "
				  "custom field",
				  NULL);
	if (find_field(kind, field->name) != field)
		return fail_field(kind, field, err, "it is in the table twice", NULL);
	if ((unsigned)field->type >= N_FIELD_TYPES)
		return fail_field(kind, field, err, "type is not one of enum sb_field_type", NULL);
	if ((unsigned)field->policy > SB_POLICY_NEVER)
		return fail_field(kind, field, err, "policy is not one of enum sb_policy", NULL);
	/* A field that is only looked at needs no kind: nothing refers by it. */
	if ((LISTS | REFERENCES) & 1u << field->type && !field->kind &&
	    field->policy != SB_POLICY_NEVER)
		return fail_field(kind, field, err,
				  "a reference needs the kind of its target: set .kind", NULL);
	if (field->type == SB_FIELD_TAGS && (!sb_streq(field->name, SB_MEMBER_TAGS) ||
					     !field->kind || !sb_streq(field->kind, SB_KIND_TAG)))
		return fail_field(kind, field, err,
				  "SB_FIELD_TAGS is for the field \"tags\" of kind \"tag\": use "
				  "SB_FIELD_REFS for another set",
				  NULL);
	rc = check_traits(kind, field, err);
	return rc ? rc : check_members(kind, field, err);
}

/* Kinds */

static int fail_kind(const struct sb_kind *kind, struct sb_error *err, const char *what,
		     const char *more)
{
	return sb_fail(err, SB_E_CONFIG, "kind \"%s\": %s%s", kind->name, what, more ? more : "");
}

/* Does the kind have a field of one of these types? */
static bool has_field(const struct sb_kind *kind, const char *name, unsigned types)
{
	const struct sb_kind_field *field = name ? find_field(kind, name) : NULL;

	return field && types & 1u << field->type;
}

static int check_names(const struct sb_kind *kind, struct sb_error *err)
{
	const char *const *name;

	if (!is_word(kind->name, LOWER DIGITS "-"))
		return fail_kind(kind, err, "a name has 1 to 50 characters a-z, 0-9 and -", NULL);
	if (!is_path(kind->path))
		return fail_kind(kind, err,
				 "path is below /api/, like \"virtualization/clusters\", not ",
				 kind->path);
	if (!is_object_type(kind->object_type))
		return fail_kind(kind, err, "object_type is like \"virtualization.cluster\", not ",
				 kind->object_type);
	if (sb_starts_with(kind->path, SB_HOME_PATH) !=
	    sb_starts_with(kind->object_type, SB_HOME_APP))
		return fail_kind(kind, err,
				 "kinds without a model of NetBox are added with sb_home_add()",
				 NULL);
	if (kind->flags & ~known_flags)
		return fail_kind(kind, err, "flags has bits that this ABI does not have", NULL);
	for (name = kind->natural; *name; name++)
		if (!has_field(kind, *name, ~(LISTS | BIT(JSON))))
			return fail_kind(
				kind, err,
				"natural names what is not a field with one value: ", *name);
	if (kind->parent_field && !has_field(kind, kind->parent_field, REFERENCES))
		return fail_kind(kind, err,
				 "parent_field is not a REF or OBJECT field: ", kind->parent_field);
	if (kind->counted_field && !has_field(kind, kind->counted_field, BIT(REF)))
		return fail_kind(kind, err,
				 "counted_field is not a REF field: ", kind->counted_field);
	return 0;
}

static int check_rules(const struct sb_kind *kind, struct sb_error *err)
{
	const struct sb_adopt_part *part = kind->adopt_part;
	const struct sb_adopt_rule *rule;
	const struct sb_kind_keep *keep;

	for (keep = kind->keeps; keep && keep->field; keep++)
		if (!has_field(kind, keep->field, ANY_TYPE) ||
		    !has_field(kind, keep->member, ANY_TYPE) || !keep->why)
			return fail_kind(
				kind, err,
				"a row of keeps needs a field, a member that is a field of "
				"the kind, and why: ",
				keep->field);
	for (rule = kind->adopt_rules; rule && rule->name; rule++) {
		if (!rule->words || !rule->checks[0].member || (!rule->filter && !rule->filter_all))
			return fail_kind(kind, err,
					 "a rule of adoption needs words, a filter and a first "
					 "check: ",
					 rule->name);
		if (rule->path && (!rule->target || !rule->fields || !is_path(rule->path)))
			return fail_kind(kind, err,
					 "a rule of adoption with a path needs target and fields: ",
					 rule->name);
	}
	if (part && (!has_field(kind, part->member, ANY_TYPE) ||
		     !has_field(kind, part->wanted, ANY_TYPE) || !part->words))
		return fail_kind(kind, err,
				 "adopt_part needs words, and fields of the kind in member and "
				 "wanted",
				 NULL);
	return 0;
}

int sb_kind_check(const struct sb_kind *kind, struct sb_error *err)
{
	const struct sb_kind_field *field;
	size_t n = 0;
	int rc = 0;

	for (field = kind->fields; !rc && field->name; field++, n++)
		rc = check_field(kind, field, err);
	if (!rc && n > SB_KIND_MAX_FIELDS)
		rc = fail_kind(kind, err, "more than 63 fields", NULL);
	if (!rc)
		rc = check_names(kind, err);
	return rc ? rc : check_rules(kind, err);
}
