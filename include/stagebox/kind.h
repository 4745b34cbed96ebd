/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds: the types of NetBox objects that stagebox writes, as rows of a table. */
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
	SB_FIELD_TAGS,    /* set of references; only members that we added are removed */
	SB_FIELD_OBJECT,  /* generic: <name>_type and <name>_id */
	SB_FIELD_MAC,     /* compared without case */
	SB_FIELD_ADDRESS, /* IP address with prefix length, compared canonically */
	SB_FIELD_NAME,    /* text that NetBox compares without case */
	SB_FIELD_JSON,    /* anything, compared whole: list of texts, ranges */
};

/* Who owns a field. */
enum sb_policy {
	SB_POLICY_ALWAYS,       /* the source */
	SB_POLICY_IF_UNCHANGED, /* the source, until a person changes it in NetBox */
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
	SB_KIND_OWNED = 1u << 0,  /* carries stagebox_key; may be pruned */
	SB_KIND_SHARED = 1u << 1, /* identified by natural key, never pruned; see sb_shared() */
	SB_KIND_CHILD = 1u << 2, /* part of parent_field's object; deleted as soon as it vanishes */
	SB_KIND_BIRTH = 1u << 3, /* carries an instance id, which detects a reused VMID */
	SB_KIND_UNMARKED = 1u << 4, /* owned, but without stagebox_key: found by id only */
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

	/* Since ABI 1.1: the reference to the object in which NetBox counts objects of this kind;
	 * NULL = none. A create locks the counting row until its request ends, so two concurrent
	 * requests that each touch several counting rows deadlock (seen in NetBox 4.7). */
	const char *counted_field;
};

/** Add a kind; call it from start(). The struct is copied; its pointers must stay valid. */
SB_API int sb_kind_add(struct sb_ctx *ctx, const struct sb_kind *kind, struct sb_error *err);

/** Does this NetBox support the kind (probed when the session opened)? */
SB_API bool sb_kind_available(const struct sb_run *run, const char *kind);

/** Can this field of the kind be written in this NetBox (probed when the session opened)? */
SB_API bool sb_field_writable(const struct sb_run *run, const char *kind, const char *field);
