/* SPDX-License-Identifier: Apache-2.0 */
/* From source rows to ops: a module describes the desired objects, core compares and decides. */
#pragma once

#include "stagebox/kind.h"
#include "stagebox/snap.h"

#ifdef __cplusplus
extern "C" {
#endif

struct sb_want; /* one desired object, filled by a want callback */

/* Setters of fields. A field without a call is not managed. The want stores the first failure of a
 * setter, so that a callback may end with `return 0`. */

/** Set a field to a value, which is taken; JSON null clears the field. */
SB_API void sb_want_set(struct sb_want *want, const char *field, json_t *value_take);
SB_API void sb_want_str(struct sb_want *want, const char *field, const char *text);
SB_API void sb_want_int(struct sb_want *want, const char *field, int64_t value);
SB_API void sb_want_bool(struct sb_want *want, const char *field, bool value);
SB_API void sb_want_null(struct sb_want *want, const char *field);

/** The value is unknown in this run: NetBox's value stays, the stage becomes partial. why is
 * copied; it does not name the object, see sb_rows_unknown(). */
SB_API void sb_want_unknown(struct sb_want *want, const char *field, const struct sb_error *why);

/** A reference to another object by kind and key, also for OBJECT fields. If the target does not
 * exist in NetBox and is not created by this run, this object is skipped with the cause; if that is
 * unknown, this object is unknown. The target may be of the same kind and sb_reconcile() call: core
 * decides about targets first. */
SB_API void sb_want_ref(struct sb_want *want, const char *field, const char *kind, const char *key);

/**
 * A reference that a person wrote, by NetBox's id (an integer) or by key (a string; for a shared
 * kind "shared/<kind>/<slug>"). If the target does not exist, this returns false with why and
 * leaves the field as it was.
 */
SB_API bool sb_want_ref_named(struct sb_want *want, const char *field, const char *kind,
			      const json_t *named, struct sb_error *why);

/**
 * One candidate for a reference of which the object has one only, like the primary address: call it
 * for each candidate, the preferred one first. Core chooses: candidates that are worse are left out
 * unless nothing else is there; of the rest it takes the one to which the field refers now, else
 * the first. A worse one that a person chose stays, and so does an object that is not a candidate.
 * A target that does not exist is left out.
 *
 * @is_worse  an address that NetBox keeps with a shared role (vip, anycast, ...) is worse anyway
 */
SB_API void sb_want_ref_choice(struct sb_want *want, const char *field, const char *kind,
			       const char *key, bool is_worse);

/** Does the field of this want refer to the object with this key? */
SB_API bool sb_want_refers(const struct sb_want *want, const char *field, const char *kind,
			   const char *key);

/** Add one member to a REFS or TAGS field. A target that does not exist is omitted and the stage
 * becomes partial; an unknown target makes the field unknown. With key NULL the set is empty: of
 * TAGS, the members that this stage added before are removed. An object for which it does not call
 * this keeps them. */
SB_API void sb_want_ref_add(struct sb_want *want, const char *field, const char *kind,
			    const char *key);

/** Does the object not exist in NetBox yet? A module sets a guessed value for a new object only,
 * and keeps NetBox's value of an existing one by not setting the field. */
SB_API bool sb_want_is_new(const struct sb_want *want);

/**
 * Name a key under which this object may be in NetBox until now, because the source renamed it: the
 * former name of a port. May be called several times. NetBox's object of that key becomes this one,
 * with what people attached to it, when NetBox has no object with this object's own key, the former
 * key is gone at the source, both are parts of one parent, and nobody else claims it.
 */
SB_API void sb_want_was(struct sb_want *want, const char *key);

/** The instance id of a guest (kinds with SB_KIND_BIRTH): tokens separated by blanks. A VMID still
 * names the same guest as long as at least one token is the same. "" = unknown. */
SB_API void sb_want_birth(struct sb_want *want, const char *birth);

/**
 * Name an object of another kind that the source has at this one: an address, a MAC address. Core
 * looks for it in NetBox when it must know whether a candidate for adoption is this object, which
 * is for kinds with SB_KIND_HOST; others need no evidence.
 *
 * @kind   of the evidence: "ip"
 * @value  of the first field of its natural key, without a prefix length
 */
SB_API void sb_want_evidence(struct sb_want *want, const char *kind, const char *value);

/** The object is written, but a value of it is not certain: the stage becomes partial and reports
 * why, which does not name the object. */
SB_API void sb_want_partial(struct sb_want *want, const struct sb_error *why);

/** Do not create or change this object, although it has not vanished: count it skipped. */
SB_API void sb_want_skip(struct sb_want *want, const char *why);

/** The state of this object is unknown now: do not change it, count it unknown; the stage becomes
 * partial. */
SB_API void sb_want_leave(struct sb_want *want, const struct sb_error *why);

typedef int sb_want_fn(struct sb_stage_run *stage, const char *key, const json_t *row,
		       struct sb_want *want, void *arg, struct sb_error *err);

enum sb_reconcile_flags {
	/* The objects belong to another stage, and this stage owns only the fields that it sets: it
	 * creates no objects, and no object counts as vanished. Its fields are ops of their own, so
	 * that a refused value costs no other stage anything. */
	SB_RECONCILE_FIELDS = 1u << 0,
};

struct sb_reconcile {
	size_t size;
	const char *kind;
	const char *source; /* rows: their keys are the objects' keys */
	const char
		*prefix; /* all objects of the call are below it, and only these can be found
			  * vanished: "lab/node/"; a pattern in the writes of the stage covers it */
	unsigned flags;
	sb_want_fn *want;
	void *arg;
	/* Seconds: volatile fields of an object that is older in NetBox are written without another
	 * change (SB_TRAIT_VOLATILE); 0 = netbox.refresh */
	int64_t refresh_s;
};

/** Compare the rows of a source with NetBox's objects of a kind, and make ops. Only from diff. */
SB_API int sb_reconcile(struct sb_stage_run *stage, const struct sb_reconcile *reconcile,
			struct sb_error *err);

/** The number of our objects of a kind in NetBox below prefix ("", "<key of the parent>/"), or with
 * this full key, as NetBox was read. Only from diff. */
SB_API size_t sb_owned_count(const struct sb_stage_run *stage, const char *kind,
			     const char *prefix);

/** A text of our object with this key, as NetBox was read, such as its name; NULL when NetBox does
 * not have the object or the text. Caller frees. Only from diff. */
SB_API char *sb_owned_text(const struct sb_stage_run *stage, const char *kind, const char *key,
			   const char *field);

/**
 * Request a shared object (tag, role, site, VLAN, ...). Equal requests of several stages become one
 * op of the core stage `shared`; different ones fail, and the error names both stages. An object
 * that people created is used unchanged. Only from diff, before the wants that refer to it.
 *
 * @kind         with SB_KIND_SHARED
 * @fields_take  taken also on failure; must contain the natural key. References are given as
 *               {"$ref": "<key>"} with the key that an earlier sb_shared() returned
 * @ret_key      key to refer to it: "shared/tag/prod"; borrowed for the run; may be NULL
 */
SB_API int sb_shared(struct sb_stage_run *stage, const char *kind, json_t *fields_take,
		     const char **ret_key, struct sb_error *err);

/**
 * Report that objects of the source have one value that each of them should have alone: call it for
 * each of the objects. Plan and run list it under `duplicates`; nothing else follows from it. Only
 * from diff.
 *
 * @what   the name of the value, with a capital letter: "VLAN"
 * @value  "140 in VLAN group lab"
 * @key    names one of the objects: "lab/vnet/v140"
 *
 * Returns 0, SB_E_ARG or SB_E_NOMEM.
 */
SB_API int sb_note_duplicate(struct sb_stage_run *stage, const char *what, const char *value,
			     const char *key);

/** Make a NetBox slug from any text: a-z, 0-9 and hyphens, at most 100 characters. A stable suffix
 * keeps slugs of different texts apart, except texts that differ in case only, or in that one has a
 * blank, or a hyphen between blanks, where the other has a hyphen. Caller frees; NULL = out of
 * memory. */
SB_API char *sb_slug(const char *text);

/** As sb_slug(), but texts that differ in case only have different slugs, too: one with capital
 * letters gets the suffix. */
SB_API char *sb_slug_exact(const char *text);

#ifdef __cplusplus
}
#endif
