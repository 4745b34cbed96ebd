/* SPDX-License-Identifier: Apache-2.0 */
/* Objects that NetBox refuses as a whole, for the memory of the next runs. */
#include "apply/refused_object.h"

#include "apply/body.h"
#include "apply/named_field.h"
#include "apply/trouble.h"
#include "apply/unit.h"
#include "run/refusal.h"
#include "stagebox/json.h"

static void append_value(struct sb_apply *apply, const struct sb_op *op, const char *field,
			 const json_t *value, const char *words, bool is_exception)
{
	json_t *entry = json_pack("{s:s, s:s, s:s, s:O, s:o, s:b}", "kind", op->kind->name, "key",
				  op->key, "field", field, "value", value, "words",
				  sb_json_text(words, 500), "is_exception", is_exception);

	if (json_array_append_new(apply->refused_objects, entry) < 0)
		apply->failed_rc = SB_E_NOMEM;
}

/* Note the values of the named fields that decide about the object; the number of them. */
static size_t note_named(struct sb_apply *apply, const struct sb_op *op, enum sb_verb verb,
			 const json_t *set, const json_t *fields, const char *words,
			 bool is_exception)
{
	const char *name;
	json_t *about;
	size_t n = 0;

	json_object_foreach ((json_t *)(uintptr_t)fields, name, about) {
		const struct sb_kind_field *field = sb_named_field(op->kind, name);
		const json_t *value = field ? json_object_get(set, field->name) : NULL;

		if (!value || !sb_unit_decides(op->kind, verb, set, field->name))
			continue;
		append_value(apply, op, field->name, value, words, is_exception);
		n++;
	}
	return n;
}

void sb_refused_object_note(struct sb_apply *apply, size_t position, const json_t *fields,
			    const char *words, bool is_exception)
{
	const struct sb_op *op = &apply->plan->ops[position];
	const struct sb_trouble *trouble = sb_trouble_find(apply, position);
	sb_autojson *planned = trouble ? NULL : sb_op_get(op, SB_OP_SET), *set = NULL, *all = NULL;
	enum sb_verb verb = trouble ? trouble->verb : op->verb;
	/* NetBox names the natural key, and another value of this field is what it would accept. */
	bool is_shareable = verb == SB_CREATE && sb_kind_sharing(op->kind);

	if (verb == SB_DELETE)
		return;
	set = trouble ? json_incref(trouble->set) : sb_body_flat(apply, op->kind, planned);
	if (json_object_get(set, "stagebox_key") ||
	    (!is_shareable && note_named(apply, op, verb, set, fields, words, is_exception)))
		return;
	all = sb_refusal_object(op->kind, set, verb == SB_CREATE);
	append_value(apply, op, SB_REFUSAL_OBJECT, all, words, is_exception);
}

int sb_refused_objects_remember(struct sb_apply *apply)
{
	const struct sb_kinds *kinds = sb_registry_kinds(apply->run->registry);
	const json_t *entry;
	size_t i;

	json_array_foreach (apply->refused_objects, i, entry) {
		const char *kind = sb_json_str(entry, "kind"), *words = sb_json_str(entry, "words");

		if (json_is_true(json_object_get(entry, "is_exception")) &&
		    !json_object_get(apply->accepted, kind))
			continue;
		if (sb_refusal_add(apply->run, sb_kinds_find(kinds, kind),
				   sb_json_str(entry, "key"), sb_json_str(entry, "field"),
				   json_object_get(entry, "value"), words ? words : "") < 0)
			return SB_E_NOMEM;
	}
	return 0;
}
