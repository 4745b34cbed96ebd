/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds: the types of NetBox objects that are written, as rows of a table. */
#pragma once

#include "stagebox/module.h"

enum sb_field_type {
	SB_FIELD_TEXT,
	SB_FIELD_INT,
	SB_FIELD_DECIMAL, /* NetBox: up to two decimals; compared by value */
	SB_FIELD_BOOL,
	SB_FIELD_CHOICE,  /* read {"value","label"}, written "value" */
	SB_FIELD_REF,     /* read nested object, written id */
	SB_FIELD_REFS,    /* set of references, replaced whole */
	SB_FIELD_TAGS,    /* set of references; only what we set is removed */
	SB_FIELD_OBJECT,  /* generic: <name>_type and <name>_id */
	SB_FIELD_MAC,     /* compared without case */
	SB_FIELD_ADDRESS, /* IP address with prefix length, compared canonically */
	SB_FIELD_NAME,    /* text that NetBox compares without case */
	SB_FIELD_JSON,    /* anything, compared whole: list of texts, ranges */
};

/* Who owns a field. */
enum sb_policy {
	SB_POLICY_ALWAYS,       /* the source */
	SB_POLICY_IF_UNCHANGED, /* the source, until a person changed it in NetBox */
	SB_POLICY_IF_EMPTY,     /* the source, while NetBox has no value */
	SB_POLICY_CREATE_ONLY,  /* the source at creation, then people */
	SB_POLICY_NEVER,        /* people */
};

struct sb_kind_field {
	const char *name;
	enum sb_field_type type;
	const char *kind;      /* REF, REFS, TAGS, OBJECT: kind of the target */
	enum sb_policy policy; /* default; configurable per field */
	unsigned max_chars;    /* TEXT, NAME: 0 = unlimited */
};

enum sb_kind_flags {
	SB_KIND_OWNED = 1u << 0,    /* carries stagebox_key; may be pruned */
	SB_KIND_SHARED = 1u << 1,   /* identified by natural key, never pruned; see sb_shared() */
	SB_KIND_CHILD = 1u << 2,    /* part of parent_field's object: goes when that is complete */
	SB_KIND_BIRTH = 1u << 3,    /* carries stagebox_birth: a reused number is another object */
	SB_KIND_UNMARKED = 1u << 4, /* owned, but without stagebox_key: reached by id only */
};

struct sb_kind {
	size_t size;
	const char *name; /* "vm" */
	const char *path; /* below /api/, no slashes at the ends: "virtualization/clusters" */
	const char *object_type;    /* "virtualization.cluster" */
	const char *const *natural; /* fields of the natural key, ends with NULL */
	const char
		*parent_field; /* the reference whose objects must stay in one lane; NULL = none */
	unsigned flags;
	const struct sb_kind_field *fields; /* ends with name == NULL */

	/* Since ABI 1.1: the reference to the object on which NetBox keeps a count of these, NULL =
	 * none. A create locks that row until its request is over, so objects of two of them in one
	 * request and in another one at the same time end in a deadlock (seen in NetBox 4.7). */
	const char *counted_field;
};

/** Add a kind from start(). Copied shallowly: what it points to must stay. */
SB_API int sb_kind_add(struct sb_ctx *ctx, const struct sb_kind *kind, struct sb_error *err);

/** Does this NetBox have the kind (probed when the session opened)? */
SB_API bool sb_kind_available(const struct sb_run *run, const char *kind);

/** May this field of the kind be written here (probed)? */
SB_API bool sb_field_writable(const struct sb_run *run, const char *kind, const char *field);
