/* SPDX-License-Identifier: Apache-2.0 */
/* Ops whose objects NetBox refused, and what a run knows about refused values. */
#pragma once

#include "apply/state.h"

/* An op whose object NetBox refused at least once, or that lost a known refused value. */
struct sb_trouble {
	struct sb_trouble *next;
	size_t position;
	unsigned tries;
	enum sb_verb verb;
	json_t *set, *was; /* as planned, without what is left out for good */
	/* NetBox names no field: values are held back, and those of rest are not accepted yet. The
	 * refused value is assumed to be among suspects. */
	json_t *rest, *suspects, *held;
	json_t *quoted;  /* unit that is held back because NetBox's text quotes it */
	json_t *tried;   /* units that were held back so, in vain */
	char text[256];  /* NetBox's words */
	bool has_object; /* NetBox has the object, without rest */
	bool has_written;
};

/** The state of an op, or NULL. */
struct sb_trouble *sb_trouble_find(const struct sb_apply *apply, size_t position);

/** The same, created when there is none: the op stays open, with references as ids, because NetBox
 * quotes ids and names. NULL = out of memory, noted in apply->failed_rc. */
struct sb_trouble *sb_trouble_open(struct sb_apply *apply, size_t position);

/** Release all of them. */
void sb_trouble_finish(struct sb_apply *apply);

/** The values that an op sends next. An update is checked against the old values (was; may be NULL)
 * of these fields only. */
void sb_trouble_set(struct sb_op *op, const json_t *was, json_t *set_take);

/** Leave a unit out of the op for good, report it, and remember it for the next runs. */
void sb_trouble_leave_out(struct sb_apply *apply, struct sb_trouble *trouble, const json_t *unit,
			  const char *words);

/** The same for a unit of which it is not proven that NetBox refuses it: report it, but do not
 * remember it, so that the next run sends it. */
void sb_trouble_put_off(struct sb_apply *apply, struct sb_trouble *trouble, const json_t *unit,
			const char *words);

/** Count a refusal of a value whose field is known: after eight equal ones the value, and after
 * eight values with the same words, while none is accepted, the field is left out of the rest of
 * the kind. */
void sb_trouble_count(struct sb_apply *apply, const struct sb_op *op, const char *field,
		      const json_t *value, const char *words);

/** NetBox took the values of this op, or named others of its request only: what was learned of all
 * values of its fields does not hold. */
void sb_trouble_note_accepted(struct sb_apply *apply, const struct sb_op *op);

/** For the rest of this run leave out this value of the kind (NULL: any) without a try. The memory
 * of later runs has refused values of single objects only. */
void sb_trouble_learn(struct sb_apply *apply, const struct sb_op *op, const char *field,
		      const json_t *value, const char *words);

/** The words by which a unit of this set is known to be refused, or NULL. */
const char *sb_trouble_known(const struct sb_apply *apply, const struct sb_op *op,
			     const json_t *set, const json_t *unit);
