/* SPDX-License-Identifier: Apache-2.0 */
/* Ops and plans: pure data, in an order that does not depend on how answers came in. */
#pragma once

#include "base/arena.h"
#include "base/buf.h"
#include "model/value.h"

struct sb_table;

/* The first three are of the system "netbox"; an action is of the system "pve", and has a word of
 * its own (sb_op_word()). */
enum sb_verb { SB_CREATE, SB_UPDATE, SB_DELETE, SB_ACT };

enum sb_op_state {
	SB_OP_WAITING, /* needs are open */
	SB_OP_READY,
	SB_OP_SENT,
	SB_OP_DONE,
	SB_OP_ALREADY, /* NetBox already had the values: nothing was written */
	SB_OP_FAILED,
	SB_OP_SKIPPED,   /* a need failed, was dropped, or the target changed */
	SB_OP_UNSETTLED, /* sent, no answer; waits for the settle time */
};

/* A flag of a position in sb_op.blocks. */
#define SB_OP_AFTER (~(SIZE_MAX >> 1))

struct sb_op {
	const char *key; /* the plan's */
	const struct sb_kind *kind;
	int64_t target;   /* id; 0 = by key (target_ref) or a create */
	char *target_ref; /* key of an object that this plan creates, or NULL */
	/* Flat values, where references may be {"$ref": key}, and arrays of tokens of unique
	 * values; each may be NULL. Of an action set and was are what its stage put there. A tree
	 * costs five times its text, so they are there only while the op is open: right after it
	 * was added, and after sb_op_open(). */
	json_t *set, *was, *claims, *frees;
	const char *packed;      /* the plan's: the four as texts, each with its zero; "" = NULL */
	const char *why, *stage; /* words of the plan */
	const char *action;      /* word of the plan: the name of an action; else NULL */
	const char *birth;       /* the plan's: the instance id of the guest of an action, NULL =
				    not known */
	const char *group;       /* another: the object whose counter a create changes; see
				    core/apply/bucket.c */
	size_t seq;              /* position in the plan */
	enum sb_verb verb;
	int account;   /* index of the account that counts it; -1 = none */
	bool is_open;  /* the trees are there */
	bool releases; /* an update that gives an adopted object back: it clears stagebox_key */

	/* While it is applied */
	bool is_alone;   /* NetBox refused an item that it shared */
	bool is_probe;   /* sends a value that NetBox has: does it take the object as it is? */
	bool is_refused; /* FAILED because NetBox refused the object, not on the way to it */
	bool is_ended;   /* counted in its account */
	enum sb_op_state state;
	size_t bucket;  /* where it waits for a request */
	size_t carrier; /* position + 1 of the op in whose item of a request it is sent, see
			   core/apply/item.c; 0 = it has an item of its own */
	char *cause;    /* FAILED, SKIPPED */
	char *root; /* SKIPPED: the cause of the op at the beginning of the chain; NULL = its own */
	size_t *blocks; /* positions of ops that need this one; with SB_OP_AFTER: that only wait for
			   its end, whatever it is */
	unsigned n_blocks, room_blocks;
	unsigned n_needs;         /* open needs */
	struct sb_op *ended_next; /* see sb_apply_end() */
};

struct sb_plan {
	struct sb_op *ops;
	size_t n, room;
	struct sb_arena texts;  /* keys, and values of packed ops */
	struct sb_table *words; /* texts that many ops share */
	struct sb_buf scratch;
	bool is_draft; /* the plan will be built again: new ops keep no values */
};

/** The word of an op in plan, record and messages: "create", or the name of its action. */
const char *sb_op_word(const struct sb_op *op);

/** The system that an op writes to: "netbox" or "pve". */
const char *sb_op_system(const struct sb_op *op);

/** The name of an object, by its id, while it swaps names with another one. New reference. */
json_t *sb_plan_temporary_name(int64_t id);
bool sb_plan_is_temporary(const char *name, int64_t id);

/** Append an op; strings are copied, set and was are taken (also on failure). NULL = no memory.
 * The new op is open; the one that was added before it is packed. The pointer is valid until the
 * next op is added, its seq as long as the plan. A draft drops set and was. */
struct sb_op *sb_plan_add(struct sb_plan *plan, const struct sb_kind *kind, enum sb_verb verb,
			  const char *key, const char *stage, const char *why, json_t *set_take,
			  json_t *was_take);

/** Append an action, as sb_plan_add() does. @action: copied */
struct sb_op *sb_plan_add_action(struct sb_plan *plan, const struct sb_kind *kind,
				 const char *action, const char *key, const char *stage,
				 const char *why, json_t *set_take, json_t *was_take);

/** Note the instance id of the guest that an action of the plan is for; copied, at most
 * SB_BIRTH_CHARS. Returns 0, or SB_E_NOMEM. */
int sb_plan_set_birth(struct sb_plan *plan, struct sb_op *op, const char *birth);

/** May a text be the name of an action? 1 to 31 characters of a-z, 0-9 and -, not "create",
 * "update" or "delete", which are verbs of NetBox. */
bool sb_is_action_name(const char *name);
void sb_plan_finish(struct sb_plan *plan);

/** Pack all ops that are open. */
void sb_plan_pack(struct sb_plan *plan);

/* op.c, too: the parts of a key */

/** How many characters of a key are its first three parts, which name the top object that it is a
 * part of: "lab/guest/101" of "lab/guest/101/net0". */
size_t sb_key_top_length(const char *key);

/** The same as a text; only so many characters as fit. */
void sb_key_top(const char *key, char ret_top[512]);

/* op.c: the values of an op that may be packed */

enum sb_op_part { SB_OP_SET, SB_OP_WAS, SB_OP_CLAIMS, SB_OP_FREES, SB_OP_PARTS };

/** Make the trees of set, was, claims and frees, to be read until sb_op_close(). SB_E_NOMEM. */
int sb_op_open(struct sb_op *op);

/** The same, to be changed: the op stays open until the plan packs it. */
int sb_op_edit(struct sb_op *op);

/** Note the text of a natural key that the op claims, or that it frees when done; NULL is ignored.
 * The op may be packed, and is open afterwards. Returns 0, or SB_E_NOMEM. */
int sb_op_add_claimed(struct sb_op *op, const struct sb_kind *kind, const char *natural);
int sb_op_add_freed(struct sb_op *op, const struct sb_kind *kind, const char *natural);

/** Drop the trees that sb_op_open() has made. */
void sb_op_close(struct sb_op *op);

/** Trees to texts; an op that cannot be packed stays open. */
void sb_op_pack(struct sb_op *op, struct sb_plan *plan);

/** One part, open or not: new reference, or NULL when there is none. */
json_t *sb_op_get(const struct sb_op *op, enum sb_op_part part);
bool sb_op_has(const struct sb_op *op, enum sb_op_part part);

/** Call fn with each key that a {"$ref": key} in set names, until it returns other than 0; returns
 * that, or SB_E_NOMEM. */
int sb_op_refs(const struct sb_op *op, int (*fn)(void *arg, const char *key), void *arg);

/** The key that the target of an open op has before it: another one when the op moves the object,
 * NULL when the op adopts it. Borrowed. */
const char *sb_op_key_before(const struct sb_op *op);

/** Release what an op holds itself. */
void sb_op_finish(struct sb_op *op);

/** First op of a key, or NULL; valid until the next op is added. Linear: for small plans. */
struct sb_op *sb_plan_find(struct sb_plan *plan, const char *key);

/** One op as documented; new reference. */
json_t *sb_op_to_json(const struct sb_op *op);

/** All ops, in order; shared ones apart. New references. Returns 0, or SB_E_NOMEM. */
int sb_plan_to_json(const struct sb_plan *plan, json_t **ret_ops, json_t **ret_shared);

/* The longest key in a plan document. */
enum { SB_PLAN_KEY_BYTES = 512 };

/** Append ops of a document, an array (borrowed). Returns 0, SB_E_NOMEM, or SB_E_SHAPE for unknown
 * kinds and wrong shapes; ops before the wrong one stay in the plan. */
int sb_plan_from_json(struct sb_plan *plan, const struct sb_kinds *kinds, const json_t *ops,
		      struct sb_error *err);

/**
 * Find what each op needs: the creates that its references name, earlier ops of its own key, and
 * for unique values the ops that free what it claims. Of the ops that other stages make for the
 * same object it needs only those that create it or change its key; of the others it awaits the
 * end. A ring of claims is broken by a temporary value, which adds ops. Objects that change their
 * site or cluster together are ordered so that NetBox accepts each of them (place.c). Sets n_needs,
 * blocks and READY or WAITING; call it after the last op was added. Returns 0, SB_E_NOMEM, or
 * SB_E_STATE for a ring that cannot be broken. See link.c.
 */
int sb_plan_link(struct sb_plan *plan, struct sb_error *err);

/** Let an op of a linked plan need another one, too, by their positions. Returns 0, or SB_E_NOMEM.
 */
int sb_plan_need(struct sb_plan *plan, size_t op, size_t needed);
