/* SPDX-License-Identifier: Apache-2.0 */
/* The rules by which objects of other tools are recognised. */
#pragma once

#include "run/run.h"

/* What a value in NetBox is compared with. */
enum sb_adopt_is {
	SB_ADOPT_LAST, /* the last part of the key: 101 of lab/<type>/101, pve1 of lab/node/pve1 */
	SB_ADOPT_TYPE, /* the part before it */
	SB_ADOPT_ESTATE, /* the name of the cluster or standalone node at the source */
	SB_ADOPT_ANY,    /* any value, but one */
	SB_ADOPT_HOST,   /* the last part of the key as a host's name before a domain */
};

struct sb_adopt_check {
	const char *member; /* path in the row: "origin/source_id" is the custom field source_id */
	enum sb_adopt_is is;
};

/*
 * One way to recognise an object, the strongest first. The first check must hold a value and the
 * right one; of the others a member without a value says nothing. When none of them names the
 * estate, the object must stand in our cluster.
 */
struct sb_adopt_rule {
	const char *name;  /* of the rule, in questions */
	const char *words; /* in plans: "adopted by <words>" */
	const char *kind;
	const char *path;   /* of a tool's own rows; NULL = the kind's objects themselves */
	const char *target; /* rows: the member that holds the object */
	const char *fields; /* rows: what is read of them */
	const char *back;   /* rows: the filter by the object's id, where a namesake is checked */
	const char *needs;  /* the custom field without which there is no such rule; NULL = none */
	const char *ask;    /* the filter that finds it ... */
	const char *all;    /* ... or, where there is none, the one that finds all */
	enum sb_adopt_is asked;
	struct sb_adopt_check checks[4];
};

extern const struct sb_adopt_rule sb_adopt_rules[]; /* ends with name == NULL */

/** The rule that a question belongs to, by its text "<rule>?<query>". */
const struct sb_adopt_rule *sb_adopt_rule_of(const char *question);

/** The host in a name, with or without a domain, in small letters and with a dot: "pve1." of both
 * "pve1" and "PVE1.example.com". */
void sb_adopt_host(const char *name, char ret_host[256]);

/** Names of the custom fields that rules need, as a query. */
const char *sb_adopt_fields_query(void);

/** A part of an adopted object that a tool named otherwise: the member of the candidate that
 * equals a wanted field. @ret_words: how it is said. NULL = this kind has none. */
const char *sb_adopt_part_member(const struct sb_kind *kind, const char **ret_wanted,
				 const char **ret_words);

/** Is this value of a field a tool's own text, that nobody wrote? */
bool sb_adopt_is_generated(const struct sb_kind *kind, const char *field, const json_t *value);

/** Ids of the tags by which tools say that an object is gone. It is not, when it is adopted. New
 * reference. */
json_t *sb_adopt_gone_tags(const struct sb_run *run);
