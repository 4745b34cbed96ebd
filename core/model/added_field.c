/* SPDX-License-Identifier: Apache-2.0 */
#include "model/added_field.h"

#include <stdlib.h>
#include <string.h>

#include "base/abi_table.h"
#include "base/text.h"
#include "base/buf.h"
#include "model/custom_fields.h"

/* The size in ABI 2.0, the least that a module has. */
#define FIELD_MIN_SIZE (offsetof(struct sb_field, is_hidden) + sizeof(bool))

/* Of NetBox. */
enum { MAX_NAME = 50, MAX_LABEL = 50, MAX_DESCRIPTION = 200, MAX_CHOICE = 100 };

/* The word of NetBox; NULL = no custom field has this type. */
static const char *word_of_type(const struct sb_field *field)
{
	switch (field->type) {
	case SB_FIELD_TEXT: return field->traits & SB_TRAIT_NOTE ? "longtext" : "text";
	case SB_FIELD_INT: return "integer";
	case SB_FIELD_DECIMAL: return "decimal";
	case SB_FIELD_BOOL: return "boolean";
	case SB_FIELD_CHOICE: return "select";
	case SB_FIELD_JSON: return "json";
	default: return NULL;
	}
}

static const char of_another[] =
	"its name does not begin with stagebox_ and the name of the module";

static const char *find_name_fault(const char *name, const char *module)
{
	size_t len = strlen("stagebox_") + strlen(module);
	char prefix[96];

	if (strlen(name) > MAX_NAME)
		return "its name has more than 50 characters, which NetBox does not accept";
	if (name[strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_")] || strstr(name, "__"))
		return "its name is not made of a-z, 0-9 and single _";
	snprintf(prefix, sizeof(prefix), "stagebox_%s", module);
	return sb_starts_with(name, prefix) && (!name[len] || (name[len] == '_' && name[len + 1]))
		       ? NULL
		       : of_another;
}

/* A name that is planned for a feature belongs to the module of that feature. */
static const char *find_reserved_fault(const struct sb_custom_field *row, const char *type,
				       const char *module)
{
	static const char *const owners[] = {
		[SB_CUSTOM_HA] = "ha",
		[SB_CUSTOM_INTENT] = "intent",
		[SB_CUSTOM_BRANCHES] = "intent",
	};

	if (row->use == SB_CUSTOM_REFLECTION || !sb_streq(owners[row->use], module))
		return "its name is reserved for a feature of stagebox";
	return sb_streq(row->type, type) ? NULL : "its type differs from the reserved one";
}

const char *sb_added_field_name_fault(const char *name, const char *module, const char *type)
{
	const struct sb_custom_field *reserved = sb_custom_field_find(name);

	return reserved ? find_reserved_fault(reserved, type, module)
			: find_name_fault(name, module);
}

static const char *find_choice_fault(const char *const *choices)
{
	const char *const *one, *const *other;

	for (one = choices; one && *one; one++) {
		if (!**one || strlen(*one) > MAX_CHOICE || !sb_text_is_utf8(*one))
			return "a choice must have 1 to 100 characters of UTF-8";
		for (other = choices; other != one; other++)
			if (sb_streq(*one, *other))
				return "a choice is listed twice";
	}
	return NULL;
}

static const char *find_fault(const struct sb_field *field, const char *module)
{
	const char *fault;

	if (!field->label || !*field->label || strlen(field->label) > MAX_LABEL)
		return "a label of at most 50 characters is needed";
	if (!field->description || strlen(field->description) > MAX_DESCRIPTION)
		return "a description of at most 200 characters is needed";
	if (!field->kinds || !field->kinds[0])
		return "kinds is empty";
	if (!word_of_type(field))
		return "NetBox has no custom fields of this type: use TEXT, INT, DECIMAL, BOOL, "
		       "CHOICE or JSON";
	if ((field->type == SB_FIELD_CHOICE) != (field->choices && field->choices[0]))
		return "choices are needed for the type CHOICE, and for no other";
	fault = find_choice_fault(field->choices);
	if (fault)
		return fault;
	if (!sb_text_is_utf8(field->label) || !sb_text_is_utf8(field->description))
		return "label and description must be UTF-8";
	if (field->traits & ~(unsigned)(SB_TRAIT_NOTE | SB_TRAIT_VOLATILE))
		return "only the traits SB_TRAIT_NOTE and SB_TRAIT_VOLATILE are possible";
	if ((unsigned)field->policy > SB_POLICY_NEVER)
		return "its policy is unknown";
	if (field->journal && field->type != SB_FIELD_TEXT && field->type != SB_FIELD_CHOICE &&
	    field->type != SB_FIELD_BOOL)
		return "journal is for the types TEXT, CHOICE and BOOL";
	return sb_added_field_name_fault(field->name, module, word_of_type(field));
}

/* Append the row to one kind. Returns NULL, or what is wrong. */
static const char *add_to_kind(struct sb_kinds *kinds, const struct sb_field *field,
			       const char *name, struct sb_buf *types, int *ret_rc)
{
	const struct sb_kind_field row = {.name = field->name,
					  .type = field->type,
					  .policy = field->policy,
					  .traits = field->traits,
					  .journal = field->journal};
	const struct sb_kind *kind = sb_kinds_find(kinds, name);

	*ret_rc = SB_E_CONFIG;
	if (!kind)
		return "there is no such kind";
	if (sb_kind_has_home(kind))
		return "its objects have no custom fields: add a field to the kind itself";
	if (!(kind->flags & SB_KIND_OWNED) || kind->flags & SB_KIND_UNMARKED)
		return "its objects have no stagebox_key, so that nobody would own the value";
	if (sb_kind_field(kind, field->name))
		return "it has this field already";
	sb_buf_addf(types, "%s%s", types->len ? " " : "", kind->object_type);
	*ret_rc = sb_kinds_append_field(kinds, name, &row);
	return *ret_rc == SB_E_STATE   ? "it has as many fields as a kind may have"
	       : *ret_rc == SB_E_NOMEM ? "out of memory"
				       : NULL;
}

/* The definition with a copy of the object types behind it. */
static struct sb_custom_field *make_definition(const struct sb_field *field, const char *types)
{
	struct sb_custom_field *custom = calloc(1, sizeof(*custom) + strlen(types) + 1);

	if (!custom)
		return NULL;
	*custom = (struct sb_custom_field){
		.name = field->name,
		.label = field->label,
		.type = word_of_type(field),
		.description = field->description,
		.use = SB_CUSTOM_MODULE,
		.object_types = memcpy(custom + 1, types, strlen(types) + 1),
		.visible = field->is_hidden ? "hidden" : "if-set",
		.editable = "no",
		.filter_logic = field->type == SB_FIELD_JSON ? "disabled" : "exact",
		.choices = field->choices,
	};
	return custom;
}

int sb_added_field(struct sb_kinds *kinds, const char *module, const struct sb_field *given,
		   struct sb_error *err)
{
	sb_autobuf types = SB_BUF_INIT(4096);
	struct sb_field field;
	const char *const *kind;
	const char *fault;
	int rc;

	if (given->size < FIELD_MIN_SIZE)
		return sb_fail(err, SB_E_CONFIG, "struct sb_field is too short: set its size");
	if (!given->name || !*given->name)
		return sb_fail(err, SB_E_CONFIG, "a custom field has no name");
	sb_abi_copy(&field, sizeof(field), given, given->size);
	fault = sb_custom_field_added(kinds, field.name, NULL)
			? "it is added already: name all its kinds at once"
			: find_fault(&field, module);
	if (fault == of_another)
		return sb_fail(
			err, SB_E_CONFIG,
			"custom field \"%.64s\": %s: call it stagebox_%s, or stagebox_%s_ and "
			"a word",
			field.name, fault, module, module);
	if (fault)
		return sb_fail(err, SB_E_CONFIG, "custom field \"%.64s\": %s", field.name, fault);
	for (kind = field.kinds; *kind; kind++) {
		fault = add_to_kind(kinds, &field, *kind, &types, &rc);
		if (fault)
			return sb_fail(err, rc == SB_E_NOMEM ? rc : SB_E_CONFIG,
				       "custom field \"%.64s\" on kind \"%.64s\": %s", field.name,
				       *kind, fault);
	}
	rc = sb_kinds_put_custom(kinds, make_definition(&field, sb_buf_str(&types)));
	return rc < 0 ? sb_fail(err, rc, "out of memory") : 0;
}
