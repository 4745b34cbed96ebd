/* SPDX-License-Identifier: Apache-2.0 */
/* One condition of a list query. */
#pragma once

#include "call.h"

enum nb_lookup {
	NB_EXACT,
	NB_IEXACT,
	NB_CONTAINS,
	NB_STARTS,
	NB_ENDS,
	NB_EMPTY,
	NB_REGEX,
	NB_IREGEX,
	NB_LT,
	NB_LTE,
	NB_GT,
	NB_GTE,
};

struct nb_cond;

/* Does the object fulfil the condition for one of its values? */
typedef bool (*nb_cond_fn)(const struct nb_call *call, const struct nb_cond *cond,
			   const struct nb_object *object, size_t value);

struct nb_cond {
	nb_cond_fn match;
	enum nb_lookup lookup;
	bool negate; /* no value may match */
	bool all;    /* every value must match: tag */
	bool ignore; /* the parameter has no effect */
	int field;
	bool names_rows;      /* values are ids of the rows themselves */
	const char *steps[3]; /* references to follow first */
	const char *type;     /* of the object at the end of the steps; NULL = any */
	const char *name;     /* custom field */
	const char **values;
	int64_t *numbers;
	char (*stored)[72]; /* addresses among the values, as objects hold them, sorted; replaces
			       all n values */
	size_t n_stored;
	const char *key; /* lookup key of the model that finds the rows of stored values, up to
			    their "/"; NULL = none */
	struct nb_search *search; /* of all n values, which it replaces; NULL = none */
	size_t n;
};

/* conditions.c */
/** Fill a condition from a parameter; false with an answer of 400. */
bool nb_cond_init(struct nb_call *call, struct nb_cond *cond, const char *key);
void nb_cond_finish(struct nb_cond *cond);
bool nb_cond_bad_choice(struct nb_call *call, const char *key, const char *value);
bool nb_cond_bad(struct nb_call *call, const char *key, const char *text);

/** Fill a condition on the field of the row, cond->field; plain: without a lookup. */
bool nb_cond_field(struct nb_call *call, struct nb_cond *cond, const char *key, bool plain);

/* custom_filter.c */
/** Fill a condition on custom objects; *ret_good false with an answer of 400. False = it is one
 * that all objects have. */
bool nb_cond_custom(struct nb_call *call, struct nb_cond *cond, const char *key, const char *name,
		    bool *ret_good);

/* lookups.c */
bool nb_lookup_text(enum nb_lookup lookup, const char *have, const char *want);
bool nb_lookup_number(enum nb_lookup lookup, double have, double want);
/** "2026-08-11T09:00:00Z" or a date: microseconds since 1970; false when it is not a time. */
bool nb_lookup_time(const char *text, int64_t *ret_us);
/** Cut off a lookup suffix: "name__isw" -> "name". Returns false for an unknown suffix. */
bool nb_lookup_split(char *key, enum nb_lookup *lookup, bool *negate, bool *any);

/* search.c */
/** A search for any of the words, ignoring case; NULL when one is too short, or without memory:
 * they are then compared one after the other. Destroy it with nb_search_destroy(). */
struct nb_search *nb_search_create(const char *const *words, size_t n);
void nb_search_destroy(struct nb_search *search);
bool nb_search_finds(const struct nb_search *search, const char *text);

/* conditions_net.c: addresses, and objects that are assigned to interfaces */
bool nb_cond_special(struct nb_call *call, struct nb_cond *cond, const char *key);
