/* SPDX-License-Identifier: Apache-2.0 */
/* The custom fields that stagebox has in NetBox: one table of their names and definitions. */
#pragma once

#include "model/kinds.h"

/* The feature that creates a custom field and fills it. A name is reserved for its feature: it is
 * never used for anything else, also after the feature is gone. */
enum sb_custom_use {
	SB_CUSTOM_REFLECTION, /* created by bootstrap */
	SB_CUSTOM_HA,         /* reserved for the module that makes them */
	SB_CUSTOM_INTENT,     /* planned: NetBox as the source of changes in Proxmox VE */
	SB_CUSTOM_BRANCHES,   /* planned: intent on branches of NetBox */
	SB_CUSTOM_MODULE,     /* added by a module, and created by bootstrap */
	SB_CUSTOM_HOME,       /* the field home of kinds of a module (model/home.h) */
};

/* The definition of one custom field, in the words of NetBox. */
struct sb_custom_field {
	const char *name, *label, *type, *description;
	enum sb_custom_use use;
	unsigned kind_flags;      /* every kind with one of these flags carries the field, or */
	const char *object_types; /* the object types that carry it, separated by blanks */
	const char *visible, *editable, *filter_logic;
	int search_weight;          /* 0 = global search does not look at it */
	const char *const *choices; /* type select: ends with NULL */
	/* Values of stagebox 0.1.0, where they differ; NULL = it did not have this field. */
	const char *former_label, *former_visible;
};

/** The group of all our custom fields on the pages of NetBox. */
#define SB_CUSTOM_GROUP "Proxmox VE"

/** The kind of the sets of choices of custom fields. */
#define SB_KIND_OF_CHOICES "choice-set"

/** A field that a module added, for a process that does not load modules: new reference,
 * {"name", "label", "type", "description", "object_types", "visible", "editable",
 * "filter_logic", "home"}. */
json_t *sb_custom_field_describe(const struct sb_custom_field *field);

/** The reverse, without choices; its texts are those of description. */
struct sb_custom_field sb_custom_field_described(const json_t *description);

/** The fields that bootstrap creates, by position: those of reflection, then those of modules. NULL
 * after the last one. */
const struct sb_custom_field *sb_custom_field_used(const struct sb_kinds *kinds, size_t i);

/** A field that a module added, by name; NULL = there is none. *ret_i: its position, may be NULL.
 */
const struct sb_custom_field *sb_custom_field_added(const struct sb_kinds *kinds, const char *name,
						    size_t *ret_i);

/** The names of these fields: new reference to an array, NULL = no memory. */
json_t *sb_custom_field_names(const struct sb_kinds *kinds);

/** The same for a process that does not load modules: @descriptions an array of
 * sb_custom_field_describe(). */
json_t *sb_custom_field_names_of(const json_t *descriptions);

/** Row of the table by position; NULL after the last one. */
const struct sb_custom_field *sb_custom_field_at(size_t i);

/** Row of the table by name, or NULL. */
const struct sb_custom_field *sb_custom_field_find(const char *name);

/** A field that a module added, else a row of the table, by name; NULL = neither. */
const struct sb_custom_field *sb_custom_field_of(const struct sb_kinds *kinds, const char *name);

/** Is a field of a kind a custom field of ours? Its values are read and written as members of
 * custom_fields; in flat rows and in ops it is a member like any other. */
bool sb_custom_field_is(const char *name);

/** Does this kind carry the custom field? */
bool sb_custom_field_on(const struct sb_custom_field *field, const struct sb_kind *kind);

/**
 * What bootstrap has to write for one custom field.
 *
 * @row    the field as a flat row of the kind custom-field; NULL = NetBox does not have it. The set
 *         of choices of a field of type select is not among the members
 * @types  the object types that need it, an array
 *
 * A definition that exists gets the object types that it lacks, and the values that stagebox 0.1.0
 * wrote are replaced by those of the table; what people changed stays. New reference: the members
 * to write, without description; empty when nothing is missing. NULL = out of memory.
 */
json_t *sb_custom_field_missing(const struct sb_custom_field *field, const json_t *row,
				const json_t *types);
