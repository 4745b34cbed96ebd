/* SPDX-License-Identifier: Apache-2.0 */
/* Kinds: the types of NetBox objects that stagebox writes, as rows of a table. */
#pragma once

#include "stagebox/adopt.h"
#include "stagebox/module.h"

#ifdef __cplusplus
extern "C" {
#endif

enum sb_field_type {
	SB_FIELD_TEXT,
	SB_FIELD_INT,
	SB_FIELD_DECIMAL, /* NetBox: up to two decimals; compared by value */
	SB_FIELD_BOOL,
	SB_FIELD_CHOICE,  /* read {"value","label"}, written "value" */
	SB_FIELD_REF,     /* read nested object, written id */
	SB_FIELD_REFS,    /* set of references, replaced whole: only one stage may write it */
	SB_FIELD_TAGS,    /* set of references; a stage removes only members that it added */
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
	SB_POLICY_INTENT, /* people, while their guest has the custom field stagebox_manage set;
			     else the default of the field. Of the configuration, not of kinds */
};

/* Traits say in which way NetBox treats a field beside its type, and what the field says about the
 * object. */
enum sb_field_traits {
	/* NetBox needs it to create an object, as it does the natural key and the parent. */
	SB_TRAIT_NEEDED = 1u << 0,
	/* The name by which people and messages know the object, and a shared one is found. */
	SB_TRAIT_TITLE = 1u << 1,
	/* REF to the parent within the kind: NetBox refuses to delete that one before this one. */
	SB_TRAIT_TREE = 1u << 2,
	/* A part of one parent that has another key now is the same part when this is equal: the
	 * MAC address of an interface, the volume of a disk. */
	SB_TRAIT_WITNESS = 1u << 3,
	/* CHOICE that says whether the object is in use: an object is not created while it is
	 * unknown, and it is not left to NetBox, whose default is `initial`. */
	SB_TRAIT_STATE = 1u << 4,
	/* Where the object is; NetBox allows one name in each place: its site. */
	SB_TRAIT_PLACE = 1u << 5,
	/* REF to the object within which numbers and names of the source are unique: its cluster.
	 */
	SB_TRAIT_HOME = 1u << 6,
	/* Hardware is known by it: equal values hint at the same object. */
	SB_TRAIT_HARDWARE = 1u << 7,
	/* REF to a part of this object, which NetBox does not give away while it is referred to:
	 * its primary address. */
	SB_TRAIT_PRIMARY = 1u << 8,
	/* REF or OBJECT that is cleared when an adopted object is given back to people. */
	SB_TRAIT_TIED = 1u << 9,
	/* Text for people: what they wrote there is lost when the object is deleted. */
	SB_TRAIT_NOTE = 1u << 10,
	/* BOOL: something of people is connected to the object. */
	SB_TRAIT_OCCUPIED = 1u << 11,
	/* Beside the name it shows that a candidate for adoption is the same object: its role. */
	SB_TRAIT_EVIDENCE = 1u << 12,
	/* INT by which the source knows a shared object, so that one with another number is another
	 * object, whatever its name is: the number of a VLAN. */
	SB_TRAIT_NUMBER = 1u << 13,
	/* The slug of a shared object; it changes with the title. */
	SB_TRAIT_SLUG = 1u << 14,
	/* The value changes by itself, like used space, and a difference alone is not written: it
	 * is written where NetBox has none, with another change of the object, and when NetBox's
	 * object is older than sb_reconcile.refresh_s, else than netbox.refresh. */
	SB_TRAIT_VOLATILE = 1u << 15,
	/* JSON that is not read from NetBox, because it is long: it is written with each other
	 * change of the object. Another field shows that it changed; see SB_HOME_DIGEST. */
	SB_TRAIT_UNREAD = 1u << 16,
};

struct sb_kind_field {
	const char *name;
	enum sb_field_type type;
	const char *kind;      /* REF, REFS, TAGS, OBJECT: kind of the target */
	enum sb_policy policy; /* default; configurable per field */
	unsigned max_chars;    /* TEXT, NAME: 0 = unlimited */
	unsigned traits;       /* enum sb_field_traits */

	/* CHOICE with SB_TRAIT_STATE: the value that NetBox gives to an object without one. */
	const char *initial;
	/* CHOICE: for a new object, in place of a value that NetBox does not offer, the best one
	 * first; ends with NULL. None of them may say that an object is active. */
	const char *const *instead;
	/* CHOICE: while an object has one of these values, NetBox allows others with its natural
	 * key; ends with NULL. */
	const char *const *shared;
	/* REF: the member of the target in which NetBox counts the objects of this kind that refer
	 * to it, also those that the token may not see. */
	const char *counter;
	/* REF: where the object has none, NetBox takes the place of the object to which one of
	 * these fields refers; ends with NULL. */
	const char *const *inherits;
	/* MAC: the kind of the object that NetBox makes of each value, without a key, and keeps
	 * when the value changes. */
	const char *makes;
	/* Why an object is not adopted that has a value here; the value of a CHOICE follows: "it
	 * has the role". */
	const char *apart;
	/* CHOICE: the values of objects that people keep for nothing else, so that they may be
	 * adopted; ends with NULL. */
	const char *const *plain;
	/* TEXT: what another tool writes here, so that it is not a person's; "#" stands for one
	 * word, "*" for any text: "Storage: *". */
	const char *generated;
	/* TEXT, CHOICE, BOOL ("true", "false"): values that people want to hear of; ends with NULL.
	 * When an object gets or loses one of them, the journal of NetBox's object gets an entry,
	 * of a kind with a home that of its parent. */
	const char *const *journal;
};

/* A field that must keep NetBox's value while another member of the object has, or does not have, a
 * value. Clearing the field is always allowed. */
struct sb_kind_keep {
	const char *field;
	const char *member; /* of the object after the update */
	const char *value;  /* NULL = true */
	bool is_not;
	const char *why; /* "it has a cable" */
};

enum sb_kind_flags {
	SB_KIND_OWNED = 1u << 0,  /* carries stagebox_key; may be pruned */
	SB_KIND_SHARED = 1u << 1, /* identified by natural key, never pruned; see sb_shared() */
	SB_KIND_CHILD = 1u << 2, /* part of parent_field's object; deleted as soon as it vanishes */
	SB_KIND_BIRTH = 1u << 3, /* carries an instance id, which detects a reused VMID */
	SB_KIND_UNMARKED = 1u << 4, /* owned, but without stagebox_key: found by id only */
	SB_KIND_SERIAL = 1u << 5,   /* NetBox creates them under one lock: one request at a time */
	/* NetBox deletes it with the object that it is assigned to, although it can exist alone. */
	SB_KIND_DETACHABLE = 1u << 6,
	SB_KIND_ENDPOINT = 1u << 7, /* an endpoint is one such object */
	/* People often have it under its host name before we come: it is adopted by that name and
	 * one more piece of evidence. */
	SB_KIND_HOST = 1u << 8,
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
	size_t field_size;                  /* of a row of fields */

	/* The reference to the object in which NetBox counts objects of this kind;
	 * NULL = none. A create locks the counting row until its request ends, so two concurrent
	 * requests that each touch several counting rows deadlock (seen in NetBox 4.7). */
	const char *counted_field;

	const struct sb_kind_keep *keeps; /* ends with field == NULL; NULL = none */
	size_t keep_size;                 /* of a row of keeps */

	/* The filter of other kinds by the object of this kind that they are assigned to:
	 * "interface_id"; NULL = nothing can be assigned to it. */
	const char *attached_by;

	/* The strongest first, ends with name == NULL; NULL = none. */
	const struct sb_adopt_rule *adopt_rules;
	size_t adopt_rule_size;                 /* of a row of adopt_rules */
	const struct sb_adopt_part *adopt_part; /* NULL = tools name these parts as we do */
};

/** Add a kind; call it from start(). The struct and its tables are copied; what they point to must
 * stay valid until stop(). Returns 0, SB_E_CONFIG with the field that cannot work and what to set,
 * or SB_E_NOMEM. */
SB_API int sb_kind_add(struct sb_ctx *ctx, const struct sb_kind *kind, struct sb_error *err);

/*
 * A custom field of a module, on kinds of core or of modules: `stagebox bootstrap` creates it, and
 * until then its values are not written. It is read, compared, written, given a policy and reported
 * as any field of these kinds; a stage that writes it names it in sb_stage.writes.
 */
struct sb_field {
	size_t size;
	/* "stagebox_<module>", or with "_<what>": a-z, 0-9 and _, at most 50 characters. */
	const char *name;
	const char *label;       /* on the pages of NetBox, in the group "Proxmox VE" */
	const char *description; /* one line */
	/* TEXT (with SB_TRAIT_NOTE of several lines), INT, DECIMAL, BOOL, CHOICE or JSON */
	enum sb_field_type type;
	const char *const *choices; /* CHOICE: its values, ends with NULL; each is its own label */
	const char *const *kinds;   /* owned kinds that carry it, ends with NULL */
	enum sb_policy policy;
	unsigned traits; /* SB_TRAIT_NOTE, SB_TRAIT_VOLATILE */
	bool is_hidden;  /* not on the pages of NetBox */
	/* TEXT, CHOICE, BOOL: values that people want to hear of, see struct sb_kind_field; ends
	 * with NULL */
	const char *const *journal;
};

/** Add a custom field to kinds; call it from start(), after sb_kind_add() of their kinds. The
 * struct is copied; what it points to must stay valid until stop(). Returns 0, SB_E_CONFIG with
 * what is wrong, or SB_E_NOMEM. */
SB_API int sb_field_add(struct sb_ctx *ctx, const struct sb_field *field, struct sb_error *err);

/** Does this NetBox support the kind (probed when the session opened)? */
SB_API bool sb_kind_available(const struct sb_stage_run *stage, const char *kind);

/** Can this field of the kind be written in this NetBox (probed when the session opened)? */
SB_API bool sb_field_writable(const struct sb_stage_run *stage, const char *kind,
			      const char *field);

#ifdef __cplusplus
}
#endif
