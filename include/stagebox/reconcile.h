/* SPDX-License-Identifier: Apache-2.0 */
/* From source rows to ops: a module says what should be, core compares and decides. */
#pragma once

#include "stagebox/kind.h"
#include "stagebox/snap.h"

struct sb_want; /* one desired object, filled by a want callback */

/* Fields. A field that is not mentioned is not managed. All of these keep the first failure inside
 * the want, so that a callback may end with `return 0`. */

/** A value; taken. JSON null clears the field. */
SB_API void sb_want_set(struct sb_want *want, const char *field, json_t *value_take);
SB_API void sb_want_str(struct sb_want *want, const char *field, const char *text);
SB_API void sb_want_int(struct sb_want *want, const char *field, int64_t value);
SB_API void sb_want_bool(struct sb_want *want, const char *field, bool value);
SB_API void sb_want_null(struct sb_want *want, const char *field);

/** The value is not known now: NetBox's stays, the stage becomes partial. why is copied. */
SB_API void sb_want_unknown(struct sb_want *want, const char *field, const struct sb_error *why);

/** A reference to another object by kind and key (OBJECT fields too). When that object neither is
 * in NetBox nor will be, this object is skipped with the cause; when that is not known, this
 * object is unknown. It may be one of the same kind and sb_reconcile(): those are judged first. */
SB_API void sb_want_ref(struct sb_want *want, const char *field, const char *kind, const char *key);

/**
 * A reference that a person has written down, by NetBox's id (an integer) or by key (a string; of a
 * shared kind "shared/<kind>/<slug>"). One that is not there costs nothing but this: false, with
 * why, and the field is as it was. Since ABI 1.1.
 */
SB_API bool sb_want_ref_named(struct sb_want *want, const char *field, const char *kind,
			      const json_t *named, struct sb_error *why);

/** Does the field refer to the object with this key by now? Since ABI 1.1. */
SB_API bool sb_want_refers(const struct sb_want *want, const char *field, const char *kind,
			   const char *key);

/** Add one member to a REFS or TAGS field. An absent member is left out and the stage is partial,
 * an unknown one makes the field unknown. Call with key NULL to make the field an empty set. */
SB_API void sb_want_ref_add(struct sb_want *want, const char *field, const char *kind,
			    const char *key);

/** Is there no such object in NetBox yet? For what is a guess: it counts for a new object, and what
 * NetBox has is kept by not mentioning the field. */
SB_API bool sb_want_is_new(const struct sb_want *want);

/** Marks of the guest behind the number (kinds with SB_KIND_BIRTH), separated by blanks: it is the
 * same guest while at least one mark is common. "" = not known. */
SB_API void sb_want_birth(struct sb_want *want, const char *birth);

/** This object is not wanted and not vanished either: leave it alone, count it skipped. */
SB_API void sb_want_skip(struct sb_want *want, const char *why);

/** This object cannot be judged now: leave it alone, count it unknown, the stage is partial. */
SB_API void sb_want_leave(struct sb_want *want, const struct sb_error *why);

typedef int sb_want_fn(struct sb_run *run, const char *key, const json_t *row, struct sb_want *want,
		       void *arg, struct sb_error *err);

enum sb_reconcile_flags {
	/* The objects belong to another stage; this one owns only the fields that it sets: nothing
	 * is created, nothing vanishes. */
	SB_RECONCILE_FIELDS = 1u << 0,
};

struct sb_reconcile {
	size_t size;
	const char *kind;
	const char *source; /* rows: their keys are the objects' keys */
	const char *prefix; /* bounds what this call may call vanished: "lab/node/" */
	unsigned flags;
	sb_want_fn *want;
	void *arg;
};

/** Compare the rows of a source with NetBox's objects of a kind and make ops. From diff only. */
SB_API int sb_reconcile(struct sb_run *run, const struct sb_reconcile *reconcile,
			struct sb_error *err);

/**
 * Demand a shared object (tag, role, site, VLAN, ...). Equal demands of several stages become one
 * op of the core stage `shared`; differing ones fail, naming both stages. An object that people
 * made is used as it is. From diff only, before the wants that refer to it.
 *
 * @kind         with SB_KIND_SHARED
 * @fields_take  taken also on failure; must hold the natural key. References are given as
 *               {"$ref": "<key>"} with the key that an earlier sb_shared() returned
 * @ret_key      key to refer to it: "shared/tag/prod"; borrowed for the run; may be NULL
 */
SB_API int sb_shared(struct sb_run *run, const char *kind, json_t *fields_take,
		     const char **ret_key, struct sb_error *err);

/** A slug of NetBox made from any text: lower case, a-z 0-9 and hyphens, at most 100 characters.
 * Texts that differ but would meet get a stable suffix. Caller frees; NULL = out of memory. */
SB_API char *sb_slug(const char *text);
