/* SPDX-License-Identifier: Apache-2.0 */
#include "model/home.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/abi_table.h"
#include "base/buf.h"
#include "base/text.h"
#include "model/added_field.h"
#include "model/custom_fields.h"
#include "model/kinds_check.h"

/* The sizes in ABI 2.0, the least that a module has. */
#define HOME_MIN_SIZE  (offsetof(struct sb_home, removed) + sizeof(const unsigned *))
#define FIELD_MIN_SIZE (offsetof(struct sb_home_field, traits) + sizeof(unsigned))

enum { MAX_KIND = 40, MAX_NAME = 50, MAX_LABEL = 50, MAX_DESCRIPTION = 120, MAX_ID = 9999 };

/* Members that objects of NetBox and of the plugin netbox-custom-objects (0.7.1) have anyway, and
 * parameters of its lists: a field of such a name would be a filter of the same name, too. */
static const char *const taken_names[] = {
	"bookmarks",
	"brief",
	"changelog_message",
	"clean",
	"clone",
	"config_context",
	"contacts",
	"created",
	"custom_field_data",
	"custom_fields",
	"custom_object_type",
	"custom_object_type_id",
	"delete",
	"display",
	"exclude",
	"fields",
	"format",
	"full_clean",
	"get_absolute_url",
	"id",
	"images",
	"jobs",
	"journal_entries",
	"last_updated",
	"limit",
	"local_context_data",
	"model",
	"objects",
	"offset",
	"omit",
	"ordering",
	"owner",
	"pk",
	"q",
	"refresh_from_db",
	"save",
	"serialize_object",
	"snapshot",
	"start",
	"subscriptions",
	"tag",
	"tags",
	"to_objectchange",
	"url",
};

int sb_inventory_parse(const char *word)
{
	int i;

	for (i = SB_INVENTORY_NONE; i <= SB_INVENTORY_OBJECTS; i++)
		if (sb_streq(word, sb_inventory_word((enum sb_inventory)i)))
			return i;
	return -1;
}

const char *sb_inventory_word(enum sb_inventory inventory)
{
	static const char *const words[] = {[SB_INVENTORY_NONE] = "off",
					    [SB_INVENTORY_FIELDS] = "fields",
					    [SB_INVENTORY_OBJECTS] = "custom-objects"};

	return words[inventory];
}

static bool is_allowed_type(enum sb_field_type type)
{
	return type == SB_FIELD_TEXT || type == SB_FIELD_INT || type == SB_FIELD_DECIMAL ||
	       type == SB_FIELD_BOOL || type == SB_FIELD_REF || type == SB_FIELD_JSON;
}

/* Words of a-z and 0-9 with single separators between them. */
static bool is_name(const char *text, char separator, size_t max)
{
	char doubled[3] = {separator, separator, '\0'};
	size_t len = text ? strlen(text) : 0, i;

	if (!len || len > max || text[0] == separator || text[len - 1] == separator ||
	    strstr(text, doubled))
		return false;
	for (i = 0; i < len; i++)
		if (text[i] != separator &&
		    !strchr("abcdefghijklmnopqrstuvwxyz0123456789", text[i]))
			return false;
	return true;
}

static bool is_line(const char *text, size_t max)
{
	return text && *text && strlen(text) <= max && sb_text_is_utf8(text) && !strchr(text, '\n');
}

static bool is_taken(const char *name)
{
	size_t i;

	for (i = 0; i < SB_ARRAY_LEN(taken_names); i++)
		if (sb_streq(taken_names[i], name))
			return true;
	return sb_custom_field_is(name);
}

static bool was_removed(const struct sb_home *home, unsigned id)
{
	const unsigned *removed;

	for (removed = home->removed; removed && *removed; removed++)
		if (*removed == id)
			return true;
	return false;
}

static const char *find_field_fault(const struct sb_home *home, const struct sb_home_field *field)
{
	const unsigned allowed = SB_TRAIT_TITLE | SB_TRAIT_NEEDED | SB_TRAIT_NOTE |
				 SB_TRAIT_VOLATILE | SB_TRAIT_UNREAD;
	const struct sb_home_field *other;

	if (!is_name(field->name, '_', MAX_NAME))
		return "a name is made of a-z, 0-9 and single _, at most 50 characters";
	if (is_taken(field->name))
		return "objects of NetBox have a member of this name anyway: choose another one";
	if (!field->id || field->id > MAX_ID)
		return "id must be 1 to 9999";
	if (was_removed(home, field->id))
		return "its id is among the removed ones: an id is used for one field only";
	for (other = home->fields; other != field; other++)
		if (other->id == field->id)
			return "another field has its id";
	if (!is_line(field->label, MAX_LABEL))
		return "a label of at most 50 characters of UTF-8 is needed";
	if (!is_allowed_type(field->type))
		return "it can have the type TEXT, INT, DECIMAL, BOOL, REF or JSON";
	if (field->traits & ~allowed)
		return "only SB_TRAIT_TITLE, NEEDED, NOTE, VOLATILE and UNREAD are possible";
	if (field->traits & SB_TRAIT_UNREAD && field->type != SB_FIELD_JSON)
		return "SB_TRAIT_UNREAD is for a JSON";
	if (field->traits & SB_TRAIT_TITLE && field->type != SB_FIELD_TEXT)
		return "SB_TRAIT_TITLE is for a TEXT";
	if (field->journal && field->type != SB_FIELD_TEXT && field->type != SB_FIELD_BOOL)
		return "journal is for a TEXT or BOOL";
	return NULL;
}

static const struct sb_home_field *find_field(const struct sb_home *home, const char *name)
{
	const struct sb_home_field *field;

	for (field = home->fields; field->name; field++)
		if (name && sb_streq(field->name, name))
			return field;
	return NULL;
}

static size_t count_trait(const struct sb_home *home, unsigned trait)
{
	const struct sb_home_field *field;
	size_t n = 0;

	for (field = home->fields; field->name; field++)
		n += (field->traits & trait) != 0;
	return n;
}

static const char *find_fault(const struct sb_kinds *kinds, const struct sb_home *home,
			      const char *module)
{
	const struct sb_home_field *parent = find_field(home, home->parent);
	const struct sb_kind *holder =
		parent && parent->kind ? sb_kinds_find(kinds, parent->kind) : NULL;

	if (!is_name(home->kind, '-', MAX_KIND) || sb_streq(home->kind, "truncated"))
		return "its name is made of a-z, 0-9 and single -, at most 40 characters";
	if (home->slug && !is_name(home->slug, '-', MAX_KIND))
		return "its slug is made of a-z, 0-9 and single -, at most 40 characters";
	if (!is_line(home->label, MAX_LABEL) || !is_line(home->labels, MAX_LABEL) ||
	    !is_line(home->description, MAX_DESCRIPTION))
		return "label and labels (at most 50 characters of UTF-8) and a description (120) "
		       "are needed";
	if (count_trait(home, SB_TRAIT_TITLE) != 1)
		return "exactly one field needs SB_TRAIT_TITLE: people know the objects by it";
	if (!parent || parent->type != SB_FIELD_REF || !(parent->traits & SB_TRAIT_NEEDED))
		return "parent must name a field of type REF with SB_TRAIT_NEEDED";
	if (!holder)
		return "the kind of its parent is unknown: register it before";
	if (!(holder->flags & SB_KIND_OWNED) || holder->flags & SB_KIND_UNMARKED ||
	    sb_kind_has_home(holder))
		return "its parent must be of an owned kind that NetBox has a model for";
	if (!home->custom_field)
		return "custom_field is needed";
	return sb_added_field_name_fault(home->custom_field, module, "json");
}

/* The fields as those of any kind. */
static struct sb_kind_field *make_fields(struct sb_home_kind *kind, size_t n)
{
	const struct sb_home_field *field = kind->home.fields;
	struct sb_kind_field *rows = calloc(n + 1, sizeof(*rows));
	size_t i, n_payloads = 0;

	for (i = 0; rows && i < n; i++, field++) {
		rows[i] = (struct sb_kind_field){.name = field->name,
						 .type = field->type,
						 .kind = field->kind,
						 .policy = field->policy,
						 .traits = field->traits,
						 .journal = field->journal};
		if (field->traits & SB_TRAIT_TITLE)
			kind->natural[0] = field->name;
		if (field->type == SB_FIELD_JSON)
			kind->payloads[n_payloads++] = field->name;
	}
	return rows;
}

static int add_kind(struct sb_kinds *kinds, struct sb_home_kind *kind, struct sb_error *err)
{
	const struct sb_home_field *field;
	struct sb_kind row = {.size = sizeof(row),
			      .name = kind->home.kind,
			      .path = kind->path,
			      .object_type = kind->object_type,
			      .natural = kind->natural,
			      .parent_field = kind->home.parent,
			      .flags = SB_KIND_OWNED | SB_KIND_CHILD,
			      .field_size = sizeof(struct sb_kind_field)};
	struct sb_kind_field *rows;
	size_t n = 0;
	int rc;

	for (field = kind->home.fields; field->name; field++)
		n++;
	if (n > SB_KIND_MAX_FIELDS)
		return sb_fail(err, SB_E_CONFIG, "kind \"%s\": more than 63 fields", row.name);
	rows = make_fields(kind, n);
	row.fields = rows;
	rc = rows ? sb_kinds_add(kinds, &row, err) : sb_fail(err, SB_E_NOMEM, "out of memory");
	free(rows);
	return rc;
}

/* Path and object type from the name of the kind. */
static void set_names(struct sb_home_kind *kind)
{
	char *at;

	snprintf(kind->path, sizeof(kind->path), SB_HOME_PATH "%s", kind->home.kind);
	snprintf(kind->objects, sizeof(kind->objects), SB_HOME_OBJECTS SB_HOME_SLUG "%s",
		 kind->home.slug ? kind->home.slug : kind->home.kind);
	snprintf(kind->former, sizeof(kind->former), SB_HOME_PATH "former/%s", kind->home.kind);
	snprintf(kind->object_type, sizeof(kind->object_type), SB_HOME_APP "%s", kind->home.kind);
	for (at = kind->object_type; *at; at++)
		if (*at == '-')
			*at = '_';
}

/* The definition of the field home: one of all kinds that share it. */
static int add_custom_field(struct sb_kinds *kinds, const struct sb_home_kind *kind)
{
	const struct sb_kind *holder =
		sb_kinds_find(kinds, find_field(&kind->home, kind->home.parent)->kind);
	const struct sb_custom_field *known;
	sb_autobuf types = SB_BUF_INIT(4096);
	struct sb_custom_field *custom;
	size_t i;

	known = sb_custom_field_added(kinds, kind->home.custom_field, &i);
	sb_buf_add(&types, known ? known->object_types : "");
	if (!known || !sb_custom_field_on(known, holder))
		sb_buf_addf(&types, "%s%s", types.len ? " " : "", holder->object_type);
	custom = types.failed ? NULL : calloc(1, sizeof(*custom) + types.len + 1);
	if (!custom)
		return SB_E_NOMEM;
	*custom = (struct sb_custom_field){
		.name = kind->home.custom_field,
		.label = kind->home.custom_field + strlen("stagebox_"),
		.type = "json",
		.description = SB_HOME_DESCRIPTION,
		.use = SB_CUSTOM_HOME,
		.object_types = memcpy(custom + 1, sb_buf_str(&types), types.len + 1),
		.visible = "if-set",
		.editable = "no",
		.filter_logic = "disabled",
	};
	if (!known)
		return sb_kinds_put_custom(kinds, custom);
	sb_kinds_set_custom(kinds, i, custom);
	return 0;
}

/* Two kinds cannot share a type of custom objects. */
static bool is_slug_taken(const struct sb_kinds *kinds, const struct sb_home_kind *kind)
{
	const struct sb_home_kind *other;
	size_t i;

	for (i = 0; (other = sb_kinds_home(kinds, i)); i++)
		if (other != kind && sb_streq(other->objects, kind->objects))
			return true;
	return false;
}

const struct sb_home_kind *sb_home_find(const struct sb_kinds *kinds, const char *kind)
{
	const struct sb_home_kind *home;
	size_t i;

	for (i = 0; (home = sb_kinds_home(kinds, i)); i++)
		if (sb_streq(home->home.kind, kind))
			return home;
	return NULL;
}

static int register_copy(struct sb_kinds *kinds, struct sb_home_kind *kind, const char *module,
			 struct sb_error *err)
{
	const struct sb_home_field *field;
	const char *fault = NULL;
	int rc;

	for (field = kind->home.fields; !fault && field->name; field++) {
		fault = find_field_fault(&kind->home, field);
		if (fault)
			return sb_fail(err, SB_E_CONFIG, "kind \"%.64s\": field \"%.64s\": %s",
				       kind->home.kind, field->name, fault);
	}
	fault = find_fault(kinds, &kind->home, module);
	if (fault)
		return sb_fail(err, SB_E_CONFIG, "kind \"%.64s\": %s", kind->home.kind, fault);
	set_names(kind);
	if (is_slug_taken(kinds, kind))
		return sb_fail(err, SB_E_CONFIG, "kind \"%.64s\": another kind has its slug",
			       kind->home.kind);
	rc = add_kind(kinds, kind, err);
	if (!rc && add_custom_field(kinds, kind) < 0)
		rc = sb_fail(err, SB_E_NOMEM, "out of memory");
	return rc;
}

/* A copy of the struct with its table behind it; NULL = out of memory. */
static struct sb_home_kind *copy_home(const struct sb_home *home)
{
	sb_autofree struct sb_home_field *fields =
		sb_abi_table(home->fields, home->field_size, sizeof(*fields));
	struct sb_home_kind *kind;
	size_t n = 0, bytes;

	while (fields && fields[n].name)
		n++;
	bytes = (n + 1) * sizeof(*fields);
	kind = fields ? calloc(1, sizeof(*kind) + bytes) : NULL;
	if (!kind)
		return NULL;
	sb_abi_copy(&kind->home, sizeof(kind->home), home, home->size);
	kind->home.fields = memcpy(kind + 1, fields, bytes);
	return kind;
}

int sb_home_register(struct sb_kinds *kinds, const char *module, const struct sb_home *home,
		     struct sb_error *err)
{
	struct sb_home_kind *kind;

	if (home->size < HOME_MIN_SIZE)
		return sb_fail(err, SB_E_CONFIG, "struct sb_home is too short: set its size");
	if (!home->kind || !home->fields || home->field_size < FIELD_MIN_SIZE)
		return sb_fail(
			err, SB_E_CONFIG,
			"a kind with a home needs kind, fields and field_size, the size of a "
			"row of fields");
	kind = copy_home(home);
	/* The kind refers to it, so that it is released with the kinds also when it fails. */
	if (!kind || sb_kinds_put_home(kinds, kind) < 0)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	return register_copy(kinds, kind, module, err);
}
