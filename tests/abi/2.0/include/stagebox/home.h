/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds that NetBox has no model for. A module declares such a kind once, and stagebox keeps its
 * objects in a home, which `stagebox bootstrap` makes and notes in NetBox (option `inventory`): a
 * type of custom objects (plugin netbox-custom-objects 0.7 or newer), or a JSON custom field of
 * their parents. A module reconciles the kind like any other. */
#pragma once

#include "stagebox/kind.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The one name with our prefix that a field may have, as a TEXT: it holds sb_json_digest() of what
 * is compared of an answer that another field keeps whole, and that has parts which always change.
 */
#define SB_HOME_DIGEST "stagebox_digest"

/* One field of such a kind. */
struct sb_home_field {
	/* a-z, 0-9 and single _, at most 50 characters; no word that objects of NetBox have anyway,
	 * like "id", "tags", "created", "owner", or that its lists have as a parameter, like
	 * "limit" */
	const char *name;
	/* The number of the field, 1 to 9999: of this field for ever, because a home may identify
	 * fields by it. One that is renamed keeps it, one that is removed leaves it in
	 * sb_home.removed. */
	unsigned id;
	const char *label;
	/* TEXT, INT, DECIMAL, BOOL, REF or JSON; custom objects take a DECIMAL of at most 8 digits,
	 * 2 of them behind the point */
	enum sb_field_type type;
	const char *kind; /* REF: kind of the target */
	enum sb_policy policy;
	/* SB_TRAIT_TITLE (exactly one TEXT), SB_TRAIT_NEEDED, SB_TRAIT_NOTE (of several lines),
	 * SB_TRAIT_VOLATILE, SB_TRAIT_UNREAD */
	unsigned traits;
	/* TEXT, BOOL ("true", "false"): values that people want to hear of, like "error"; ends with
	 * NULL. When an object gets or loses one of them, the journal of its parent in NetBox gets
	 * an entry, in the same run and after the write of the value; none is written otherwise. */
	const char *const *journal;
};

struct sb_home {
	size_t size;
	const char *kind;        /* "disk-shelf" */
	const char *label;       /* on the pages of NetBox: "Disk shelf" */
	const char *labels;      /* "Disk shelves" */
	const char *description; /* one line, at most 120 characters */
	/* The REF field, with SB_TRAIT_NEEDED, to the object that it is part of: it vanishes with
	 * it, and is kept there. */
	const char *parent;
	/* The custom field of the parent's kind that is the home: "stagebox_<module>", or with
	 * "_<what>". Several kinds of a module may share it, also with different parents. */
	const char *custom_field;
	const struct sb_home_field *fields; /* ends with name == NULL */
	size_t field_size;                  /* of a row of fields */
	const unsigned *removed; /* ids of fields of former versions, ends with 0; NULL = none */
	/* Of its custom objects, behind "stagebox-", for ever: "disk-shelves"; NULL = the kind */
	const char *slug;
};

/**
 * Add a kind with a home; call it from start(), after the kinds that it refers to. The struct and
 * its table are copied; the texts must stay valid until stop().
 *
 * A stage that writes the kind is skipped, with the reason, where NetBox has no home for it: before
 * bootstrap, with inventory = "off", or when the home that bootstrap chose is gone.
 *
 * Its objects are parts of their parent, as network cards are of a guest: one that vanished from a
 * source that was read completely is deleted in the same run, without the rules of prune.
 *
 * In a custom field the objects of one parent have 64 KiB: above that JSON fields are left out, the
 * largest first, and written again with a change of their object when there is room. Of a type of
 * custom objects, what the module says about a field (its name, type, reference, whether it is
 * needed) is applied by bootstrap; a removed field stays, and is no longer required.
 *
 * Returns 0, SB_E_CONFIG with what is wrong, or SB_E_NOMEM.
 */
SB_API int sb_home_add(struct sb_ctx *ctx, const struct sb_home *home, struct sb_error *err);

#ifdef __cplusplus
}
#endif
