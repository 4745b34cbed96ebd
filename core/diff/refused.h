/* SPDX-License-Identifier: Apache-2.0 */
/* Values that a plan does not write because NetBox would refuse them. */
#pragma once

#include "diff/pass.h"

/** Take members out of the sets of a wanted object that NetBox refused earlier, or that are tags
 * which NetBox limits to other types of objects. A member that the object has already (row: flat,
 * may be NULL) stays. Returns 0, or SB_E_NOMEM. */
int sb_refused_members(struct sb_pass *pass, struct sb_want *want, const json_t *row);

/** Is a changed value not to be written, because NetBox refused it earlier or does not offer the
 * choice? 1 = yes, and it is noted; 0; or SB_E_NOMEM. */
int sb_refused_value(struct sb_pass *pass, const char *key, const struct sb_kind_field *field,
		     const json_t *value);

enum {
	SB_REFUSED_WAITS = 1, /* the object is not created before NetBox was changed */
	SB_REFUSED_BEFORE,    /* an earlier run tried: what refers to it does without it */
};

/** Make the fields of a new object acceptable: values that would be refused are left out, and a
 * status that NetBox does not offer is replaced. WAITS or BEFORE: it must not be created, *ret_why
 * says why; 0; or SB_E_NOMEM. */
int sb_refused_create(struct sb_run *run, const struct sb_kind *kind, const char *stage,
		      const char *key, json_t *fields, struct sb_error *ret_why);

/** Is an update not to be sent, because NetBox refused this very one? BEFORE: yes, and it is noted
 * and counted; 0; or SB_E_NOMEM. set: borrowed. */
int sb_refused_update(struct sb_pass *pass, const char *key, const json_t *set);

/** Note what the module's references to absent objects left out. Returns 0, or SB_E_NOMEM. */
int sb_refused_absent(struct sb_pass *pass, const struct sb_want *want);
