/* SPDX-License-Identifier: Apache-2.0 */
/* How a kind recognises the objects that other tools made. */
#pragma once

#include "stagebox/types.h"

#ifdef __cplusplus
extern "C" {
#endif

/* The value of the wanted object that a check compares with NetBox's. */
enum sb_adopt_match {
	SB_MATCH_LAST, /* the last part of the key: 101 of lab/<type>/101, pve1 of lab/node/pve1 */
	SB_MATCH_TYPE, /* the part of the key before the last */
	SB_MATCH_CLUSTER, /* the name of the cluster or standalone node at the source */
	SB_MATCH_ANY,     /* any value, which must be present */
	SB_MATCH_HOST,    /* the last part of the key, without a domain, in lower case */
};

/* Never grows: rules contain it. */
struct sb_adopt_check {
	const char *member; /* path in the row: "origin/source_id" is the custom field source_id */
	enum sb_adopt_match match;
};

/*
 * One way to recognise an object, the strongest first. The member of the first check must have the
 * right value; a member of a later check may be missing. When no member names the Proxmox VE
 * cluster, the object must be in our home in NetBox (SB_TRAIT_HOME).
 */
struct sb_adopt_rule {
	const char *name;        /* identifies the rule in questions */
	const char *words;       /* in plans: "adopted by <words>" */
	const char *path;        /* list of a tool's own rows; NULL = the list of the kind */
	const char *target;      /* rows: the member that names the object */
	const char *fields;      /* rows: the members to read */
	const char *back_filter; /* rows: filters by the object's id, to check a candidate */
	const char *needs_field; /* custom field that the rule requires; NULL = none */
	const char *filter;      /* finds the object by filter_value ... */
	const char *filter_all;  /* ... or, where NetBox has no such filter, finds all rows */
	enum sb_adopt_match filter_value;
	bool anywhere; /* ask also while our home in NetBox is new: for kinds with SB_KIND_HOST */
	struct sb_adopt_check checks[4];
};

/* Tools name some parts differently: a candidate is the part when its member has the value of the
 * wanted field. */
struct sb_adopt_part {
	size_t size;
	const char *member; /* of the candidate */
	const char *wanted; /* of the wanted object */
	const char *words;  /* "adopted by <words>" */
};

#ifdef __cplusplus
}
#endif
