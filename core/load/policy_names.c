/* SPDX-License-Identifier: Apache-2.0 */
#include "load/policy_names.h"

#include <string.h>

#include "base/guess.h"

/* False: no field of the kind has this name; the guess has tried them. */
static bool try_fields(const struct sb_kind *kind, const char *name, struct sb_guess *guess)
{
	const struct sb_kind_field *field;

	for (field = kind->fields; field->name; field++) {
		if (sb_streq(field->name, name))
			return true;
		sb_guess_try(guess, field->name);
	}
	return false;
}

static int check_any_kind(const struct sb_kinds *kinds, const char *name, struct sb_error *err)
{
	struct sb_guess guess;
	size_t i;

	sb_guess_start(&guess, name);
	for (i = 0; i < sb_kinds_count(kinds); i++)
		if (try_fields(sb_kinds_at(kinds, i), name, &guess))
			return 0;
	return sb_fail(err, SB_E_CONFIG,
		       "policy.%.60s: no kind of the loaded modules has this field%s", name,
		       guess.hint);
}

int sb_policy_name_check(const struct sb_kinds *kinds, const char *name, struct sb_error *err)
{
	const char *dot = strchr(name, '.');
	sb_autofree char *word = dot ? strndup(name, (size_t)(dot - name)) : NULL;
	const struct sb_kind *kind = word ? sb_kinds_find(kinds, word) : NULL;
	struct sb_guess guess;
	size_t i;

	if (!dot)
		return check_any_kind(kinds, name, err);
	if (!word)
		return sb_fail(err, SB_E_NOMEM, "out of memory");
	sb_guess_start(&guess, kind ? dot + 1 : word);
	if (kind)
		return try_fields(kind, dot + 1, &guess)
			       ? 0
			       : sb_fail(err, SB_E_CONFIG,
					 "policy.%.60s: kind \"%.30s\" has no such field%s", name,
					 word, guess.hint);
	for (i = 0; i < sb_kinds_count(kinds); i++)
		sb_guess_try(&guess, sb_kinds_at(kinds, i)->name);
	return sb_fail(err, SB_E_CONFIG,
		       "policy.%.60s: the loaded modules have no kind \"%.30s\"%s", name, word,
		       guess.hint);
}

int sb_policy_word_check(const struct sb_kinds *kinds, const char *name, const char *word,
			 struct sb_error *err)
{
	size_t i;

	if (!word || sb_policy_parse(word) != SB_POLICY_INTENT)
		return 0;
	for (i = 0; i < sb_kinds_count(kinds); i++)
		if (sb_kinds_at(kinds, i)->flags & SB_KIND_BIRTH &&
		    sb_kind_field(sb_kinds_at(kinds, i), SB_MANAGE_FIELD))
			return 0;
	return sb_fail(err, SB_E_CONFIG,
		       "policy.%.60s: \"intent\" needs the custom field " SB_MANAGE_FIELD
		       " of guests, which the module \"intent\" adds: load it, or set another word",
		       name);
}
