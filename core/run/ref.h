/* SPDX-License-Identifier: Apache-2.0 */
/* Finding the object that another one refers to. */
#pragma once

#include "run/run.h"

enum sb_ref_state { SB_REF_ID, SB_REF_NEW, SB_REF_ABSENT, SB_REF_UNKNOWN };

/** Find the object (kind, key). @ret_value: id or {"$ref": key} (new reference) for ID and NEW;
 * @why: the cause for ABSENT and UNKNOWN. */
enum sb_ref_state sb_ref(struct sb_run *run, const char *kind, const char *key, json_t **ret_value,
			 struct sb_error *why);

/** The same by NetBox's id, among the objects of the kind's list and those that are adopted. */
enum sb_ref_state sb_ref_id(struct sb_run *run, const char *kind, int64_t id, json_t **ret_value,
			    struct sb_error *why);
