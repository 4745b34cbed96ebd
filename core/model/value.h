/* SPDX-License-Identifier: Apache-2.0 */
/* Values of fields: flattens the forms of NetBox's answers, and compares values. */
#pragma once

#include "model/kinds.h"

/*
 * A flat row holds "id" and the fields in their written form: choices as their value, references as
 * ids, sets of references as sorted arrays of ids, generic references as {"type","id"}, addresses
 * canonical, MACs in upper case. The custom fields of ours that have a value are members with their
 * own names ("stagebox_key"). A kind with a MAC field also gets "mac_rows": [[id, "AA:..."], ...]
 * of the MAC addresses behind it.
 */

/**
 * Flatten one row of a NetBox answer.
 *
 * @row  borrowed
 *
 * New reference; fields that are missing in the answer are left out. NULL when out of memory or
 * when the row has no integer id.
 */
json_t *sb_value_flatten(const struct sb_kind *kind, const json_t *row);

/** The same, with "origin": the custom fields that are not ours and hold a value; with "holder", in
 * words, and "holder_device", an id, where the answer has the object that the row is a part of. */
json_t *sb_value_flatten_whole(const struct sb_kind *kind, const json_t *row);

/** One value in the form of a flat row, from an answer or a change record (references may be plain
 * ids, decimals strings). New reference or NULL. */
json_t *sb_value_flat(const struct sb_kind_field *field, const json_t *value);

/** A further reference instead of a copy: a value in a row or an op is never changed. */
static inline json_t *sb_value_share(const json_t *value)
{
	return json_incref((json_t *)(uintptr_t)value);
}

/** A set of references in the order of flat rows: ids ascending, then {"$ref"} by key. New
 * reference. */
json_t *sb_value_sorted(const json_t *set);

/** Equal for this field? NULL, JSON null and "" are the same for texts and choices. */
bool sb_value_same(const struct sb_kind_field *field, const json_t *a, const json_t *b);

/** Equal for a member of flat rows, whether or not it is a field of the kind? */
bool sb_value_same_member(const struct sb_kind *kind, const char *name, const json_t *a,
			  const json_t *b);

/** Does a flat row hold these values? Returns the name of the first that differs, or NULL. */
const char *sb_value_differs(const struct sb_kind *kind, const json_t *row, const json_t *values);

/** No value: NULL, null, "", []. */
bool sb_value_empty(const json_t *value);

/** Is it the value of a field that had no room in the field home (netbox/home_document.h)? What the
 * source has is not written for that alone, but with another change of the object. */
bool sb_value_is_truncated(const json_t *value);

/** "10.0.0.1/24", "2001:DB8::1/64" in canonical form into text (at least 64 bytes). The prefix
 * length is /32 or /128 when it is missing. SB_E_SHAPE when the text is not an address. */
int sb_address_canonical(const char *text, char *ret_text);

/** Query of fields= for a kind: "id,custom_fields,name,status"; names: only the members of this
 * object, NULL = all. Caller frees. */
char *sb_value_query(const struct sb_kind *kind, const json_t *names);

/** The key of a shared object: "shared/<kind>/<natural>[/<natural>]" from a NetBox answer (nested
 * references give their slug). Caller frees; NULL when a part is missing. */
char *sb_shared_key_of_row(const struct sb_kind *kind, const json_t *row);

/** The member that holds the name of a shared kind: its SB_TRAIT_TITLE; NULL = it has none. */
const char *sb_shared_name_field(const struct sb_kind *kind);

/** The second unique key of a shared object, from flat values: its name, in its group or of its
 * manufacturer "<id>|<name>". Caller frees; NULL when a part is missing or has no id. */
char *sb_shared_name(const struct sb_kind *kind, const json_t *flat);

/** The same as sb_shared_key_of_row() from demanded fields, where references are {"$ref":
 * "shared/..."}. */
char *sb_shared_key_of_want(const struct sb_kind *kind, const json_t *fields);

/** Is {"$ref": key}, which stands for the id of an object that a plan creates, in a value? */
bool sb_value_has_ref(const json_t *value);
