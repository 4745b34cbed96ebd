/* SPDX-License-Identifier: Apache-2.0 */
/* What other tools and people left in NetBox: by which rules it becomes ours. */
#pragma once

#include "engine/object.h"

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

/* adopt_rules.c */
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

/* adopt.c */
enum sb_adopt_state {
	SB_ADOPT_NONE,    /* no rule finds anything */
	SB_ADOPT_ASKED,   /* questions were put: not decided in this pass */
	SB_ADOPT_FOUND,   /* exactly one */
	SB_ADOPT_REFUSED, /* several, or one that is another's: for people */
	SB_ADOPT_UNKNOWN, /* what a tool left could not be read */
};

struct sb_adopt {
	enum sb_adopt_state state;
	json_t *row;    /* FOUND: flat, with "by"; owned */
	json_t *others; /* REFUSED: [{"id", "name"}, ...]; owned */
	struct sb_error why;
};

void sb_adopt_finish(struct sb_adopt *adopt);

/** Look for an object that a tool's own identity names, by the rules of its kind. */
int sb_adopt_by_rule(struct sb_pass *pass, const struct sb_want *want, struct sb_adopt *ret_adopt);

/**
 * May a namesake not be adopted, because a tool's identity or its hardware says that it is another
 * object, or because it was adopted already? @ret_adopt: REFUSED with why, ASKED, UNKNOWN, or NONE
 * when nothing speaks against it.
 */
int sb_adopt_denies(struct sb_pass *pass, const struct sb_want *want, const json_t *candidate,
		    struct sb_adopt *ret_adopt);

/** The one unowned part of the same parent that is this part under a name that a tool gave it.
 * FOUND, REFUSED (several) or NONE. @natural: of the wanted part */
int sb_adopt_part(struct sb_pass *pass, const struct sb_want *want, const char *natural,
		  struct sb_adopt *ret_adopt);

/** "vm 40 "web"" for people, into at most 160 bytes. */
void sb_adopt_describe(const struct sb_kind *kind, const json_t *row, char ret_text[160]);

/** The key of the object that adopts it in this plan, or NULL. */
const char *sb_adopt_taker(const struct sb_pass *pass, const json_t *row);

/** It becomes ours: later stages find it by the key, and no other object takes it. */
int sb_adopt_take(struct sb_pass *pass, const struct sb_want *want, const json_t *row);

/* origin.c: what the rules must know of NetBox */

/** Is the rule in force here? Puts the question when that is not known yet (*ret_asked). A reason
 * means that it cannot be said (@why). */
int sb_origin_has_rule(struct sb_pass *pass, const struct sb_adopt_rule *rule, bool *ret_has,
		       bool *ret_asked, struct sb_error *ret_why);

/** Rows under "<rule>:<value>" or "<rule>@<id>": new reference to an array, NULL = none. */
json_t *sb_origin_rows(const struct sb_run *run, const char *index);

/** Take an answered row of a rule's question. */
int sb_origin_take(struct sb_run *run, const struct sb_adopt_rule *rule, const struct sb_kind *kind,
		   const json_t *row);

/** Ask which tools left something: the custom fields and the plugin. Counts *open while it waits.
 */
int sb_origin_ask_tools(struct sb_run *run, size_t *open, struct sb_error *err);

/** What a check compares of a row; false = no value. */
bool sb_origin_value(const json_t *row, const struct sb_adopt_check *check, char ret_text[256]);

/** A member of a row by its path, and its text into at most 256 bytes; false = no value. */
bool sb_origin_text(const json_t *row, const char *path, char ret_text[256]);
