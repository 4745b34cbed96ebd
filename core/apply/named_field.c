/* SPDX-License-Identifier: Apache-2.0 */
/* The fields that NetBox names in an error. */
#include "apply/named_field.h"

#include <string.h>

#include "model/custom_fields.h"
#include "model/kinds.h"

const struct sb_kind_field *sb_named_field(const struct sb_kind *kind, const char *name)
{
	static const char custom[] = "custom_fields.";
	const struct sb_kind_field *field;
	size_t len;

	if (sb_starts_with(name, custom) && sb_custom_field_is(name + sizeof(custom) - 1))
		name += sizeof(custom) - 1;
	for (field = kind->fields; field->name; field++) {
		len = strlen(field->name);
		if (sb_streq(field->name, name))
			return field;
		if (field->type == SB_FIELD_OBJECT && strncmp(name, field->name, len) == 0 &&
		    (sb_streq(name + len, "_id") || sb_streq(name + len, "_type")))
			return field;
	}
	return NULL;
}

bool sb_named_field_is_sent(const struct sb_op *op, const struct sb_kind_field *field)
{
	return field && json_object_get(op->set, field->name);
}

size_t sb_named_field_count(const struct sb_op *op, const json_t *fields)
{
	const char *name;
	json_t *words;
	size_t n = 0;

	json_object_foreach ((json_t *)(uintptr_t)fields, name, words)
		n += sb_named_field_is_sent(op, sb_named_field(op->kind, name));
	return n;
}
