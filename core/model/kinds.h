/* SPDX-License-Identifier: Apache-2.0 */
/* The registry of kinds: core's own and those of modules. */
#pragma once

#include "base/guess.h"
#include "stagebox/kind.h"

struct sb_kinds;
struct sb_custom_field; /* model/custom_fields.h */
struct sb_home_kind;    /* model/home.h */

/** A registry that holds the kinds of core. NULL = out of memory. */
struct sb_kinds *sb_kinds_create(void);
void sb_kinds_destroy(struct sb_kinds *kinds);

/** Add a kind; refuses a duplicate name, a bad size, and what is wrong by itself (kinds_check.h).
 * sb_kinds_check() checks references. */
int sb_kinds_add(struct sb_kinds *kinds, const struct sb_kind *kind, struct sb_error *err);

/** Note the module that registered a kind, for errors; borrowed. */
void sb_kinds_set_module(struct sb_kinds *kinds, const char *kind, const char *module);

/** The module that registered the kind at a position; NULL = core. */
const char *sb_kinds_module(const struct sb_kinds *kinds, size_t i);

/** The module that registered a kind; NULL = core, or nobody did. */
const char *sb_kinds_module_of(const struct sb_kinds *kinds, const char *kind);

/** Add a row to the fields of a kind; pointers to its fields are no longer valid. row is copied.
 * Returns 0; SB_E_STATE when the kind has as many fields as a kind may have; or SB_E_NOMEM. */
int sb_kinds_append_field(struct sb_kinds *kinds, const char *kind,
			  const struct sb_kind_field *row);

/** Keep the definition of a custom field that a module added (allocated; freed on failure, too).
 * Returns 0, or SB_E_NOMEM. */
int sb_kinds_put_custom(struct sb_kinds *kinds, struct sb_custom_field *custom_take);

/** A custom field of a module by position; NULL after the last one. */
const struct sb_custom_field *sb_kinds_custom(const struct sb_kinds *kinds, size_t i);

/** Replace the definition of a custom field of a module (allocated). */
void sb_kinds_set_custom(struct sb_kinds *kinds, size_t i, struct sb_custom_field *custom_take);

/** Is a name a field that is never read from NetBox (SB_TRAIT_UNREAD)? */
bool sb_kind_field_unread(const struct sb_kind *kind, const char *name);

/** Has the kind a home (model/home.h)? */
bool sb_kind_has_home(const struct sb_kind *kind);

/** Keep a kind with a home (one allocation; freed on failure, too). Returns 0, or SB_E_NOMEM. */
int sb_kinds_put_home(struct sb_kinds *kinds, struct sb_home_kind *home_take);

/** A kind with a home by position; NULL after the last one. */
const struct sb_home_kind *sb_kinds_home(const struct sb_kinds *kinds, size_t i);

/** Does every field refer to known kinds? SB_E_CONFIG names module, kind and field. */
int sb_kinds_check(const struct sb_kinds *kinds, struct sb_error *err);

/** By name, or NULL. */
const struct sb_kind *sb_kinds_find(const struct sb_kinds *kinds, const char *name);

/** By object type ("dcim.site"), or NULL. */
const struct sb_kind *sb_kinds_find_type(const struct sb_kinds *kinds, const char *object_type);

size_t sb_kinds_count(const struct sb_kinds *kinds);
const struct sb_kind *sb_kinds_at(const struct sb_kinds *kinds, size_t i);

/** Field of a kind by name, or NULL. */
const struct sb_kind_field *sb_kind_field(const struct sb_kind *kind, const char *name);

/** The kind, or the field of a kind, with the nearest name: "" or " (did you mean ...?)". The
 * result is in *ret_guess. */
const char *sb_kinds_guess(const struct sb_kinds *kinds, const char *name,
			   struct sb_guess *ret_guess);
const char *sb_kind_guess(const struct sb_kind *kind, const char *field,
			  struct sb_guess *ret_guess);

/** Does this field decide about the whole object: its natural key, its parent, a name, or what
 * NetBox needs to create it? Every other field can be left out of an object. */
bool sb_kind_field_decides(const struct sb_kind *kind, const char *field);

/** The first field of the kind that has the trait (one of enum sb_field_traits), or NULL. */
const struct sb_kind_field *sb_kind_trait(const struct sb_kind *kind, unsigned trait);

/** The text of a row by which people know the object: its title, else the first member of its
 * natural key. Borrowed; NULL = it has none. */
const char *sb_kind_title(const struct sb_kind *kind, const json_t *row);

/** May the value of this field be left to NetBox in a new object, because NetBox gives the same? */
bool sb_kind_is_initial(const struct sb_kind_field *field, const json_t *value);

/** The field of whose values NetBox makes objects; NULL = none. */
const struct sb_kind_field *sb_kind_maker(const struct sb_kind *kind);

/** The field that says that several objects may have one natural key; NULL = none. */
const struct sb_kind_field *sb_kind_sharing(const struct sb_kind *kind);

/** The custom field with which people take a guest into their hands, see SB_POLICY_INTENT. */
#define SB_MANAGE_FIELD "stagebox_manage"

/** The enum sb_policy of "always", "if-unchanged", ...; -1 for an unknown word. */
int sb_policy_parse(const char *word);

/** The reverse. */
const char *sb_policy_word(enum sb_policy policy);

/** The policy that the group "policy" of the configuration (may be NULL) has for "kind.field", else
 * for "field"; -1 = none. */
int sb_policy_configured(const json_t *policies, const struct sb_kind *kind,
			 const struct sb_kind_field *field);
