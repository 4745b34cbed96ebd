/* SPDX-License-Identifier: Apache-2.0 */
/* The rules that recognise objects of other tools. */
#pragma once

#include "run/run.h"

/* The value of the wanted object that a check compares with NetBox's. */
enum sb_adopt_match {
	SB_MATCH_LAST, /* the last part of the key: 101 of lab/<type>/101, pve1 of lab/node/pve1 */
	SB_MATCH_TYPE, /* the part of the key before the last */
	SB_MATCH_CLUSTER, /* the name of the cluster or standalone node at the source */
	SB_MATCH_ANY,     /* any value, which must be present */
	SB_MATCH_HOST,    /* the last part of the key, as by sb_adopt_host() */
};

struct sb_adopt_check {
	const char *member; /* path in the row: "origin/source_id" is the custom field source_id */
	enum sb_adopt_match match;
};

/*
 * One way to recognise an object, the strongest first. The member of the first check must have the
 * right value; a member of a later check may be missing. When no member names the Proxmox VE
 * cluster, the object must be in our cluster in NetBox.
 */
struct sb_adopt_rule {
	const char *name;  /* identifies the rule in questions */
	const char *words; /* in plans: "adopted by <words>" */
	const char *kind;
	const char *path;        /* list of a tool's own rows; NULL = the list of the kind */
	const char *target;      /* rows: the member that names the object */
	const char *fields;      /* rows: the members to read */
	const char *back_filter; /* rows: filters by the object's id, to check a candidate */
	const char *needs_field; /* custom field that the rule requires; NULL = none */
	const char *filter;      /* finds the object by filter_value ... */
	const char *filter_all;  /* ... or, where NetBox has no such filter, finds all rows */
	enum sb_adopt_match filter_value;
	bool anywhere; /* ask also while our cluster is new: adopt_device.c uses the rows */
	struct sb_adopt_check checks[4];
};

extern const struct sb_adopt_rule sb_adopt_rules[]; /* ends with name == NULL */

/** The rule that a question belongs to, by its text "<rule>?<query>". */
const struct sb_adopt_rule *sb_adopt_rule_of(const char *question);

/** The host part in lower case with a dot: "pve1." of "pve1" and of "PVE1.example.com". */
void sb_adopt_host(const char *name, char ret_host[256]);

/** The custom fields that rules need, as a query. */
const char *sb_adopt_fields_query(void);

/** Tools name some parts differently: the member of a candidate that must equal the wanted field
 * instead. @ret_words: for "adopted by <words>". NULL = not for this kind. */
const char *sb_adopt_part_member(const struct sb_kind *kind, const char **ret_wanted,
				 const char **ret_words);

/** True when a tool generated this text, so that it is not a person's. */
bool sb_adopt_is_generated(const struct sb_kind *kind, const char *field, const json_t *value);

/** Ids of the tags by which tools mark an object as gone; an adopted object loses them. New
 * reference. */
json_t *sb_adopt_gone_tags(const struct sb_run *run);
