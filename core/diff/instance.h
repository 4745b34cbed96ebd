/* SPDX-License-Identifier: Apache-2.0 */
/* Objects of ours that are the same guest by its instance id, under another key: it moved to
 * another endpoint or got another VMID. */
#pragma once

#include "diff/pass.h"
#include "model/birth.h"

/* Functions that return int return 0, or SB_E_NOMEM. birth: an instance id, NULL = none. */

/** Note that the source has the wanted object's instance id. */
int sb_instance_note(struct sb_run *run, const struct sb_want *want);

/** Where another endpoint may be the same Proxmox VE (snap->alike): count whether it has the wanted
 * guest in NetBox, with the same VMID and instance id. */
int sb_instance_compare(struct sb_run *run, const struct sb_kind *kind, const struct sb_want *want);

/** Note that the source's objects below the prefix were all looked at. */
int sb_instance_read(struct sb_run *run, const char *prefix);
bool sb_instance_is_read(const struct sb_run *run, const char *prefix);

/** Take a row of the answer to SB_ASK_INSTANCE. */
int sb_instance_take(struct sb_run *run, const struct sb_kind *kind, const json_t *row);

/**
 * The objects of ours in NetBox, of any endpoint, with a mark of the instance id.
 *
 * @ret_rows   new reference to an array of flat rows; NULL = none, or not known
 * @ret_asked  true: a question is open, this pass is a draft
 * @ret_why    code set: NetBox could not be read
 */
int sb_instance_rows(struct sb_run *run, const struct sb_kind *kind, const char *birth,
		     json_t **ret_rows, bool *ret_asked, struct sb_error *ret_why);

/**
 * Must an object that is about to be deleted be kept, because its guest is another object of ours
 * now? Also true until that is known. One that is kept is noted as similar to the other.
 *
 * @stage    becomes partial when NetBox could not be asked
 * @row      flat row of the object; borrowed
 * @ret_why  why it is kept; code 0 = it is being asked
 */
int sb_instance_keeps(struct sb_run *run, size_t stage, const struct sb_kind *kind, const char *key,
		      const json_t *row, bool *ret_keeps, struct sb_error *ret_why);

/**
 * Find the object of a new guest under the VMID that the guest had before: the only one in NetBox
 * with its instance id, which one guest of the source has, and whose own VMID is proven gone. It
 * moves, like a part (diff/move.h).
 *
 * @ret_row    its flat row, a new reference; NULL = none. want->stood is its key
 * @ret_asked  true: a question is open, this pass is a draft
 */
int sb_instance_find(struct sb_pass *pass, struct sb_want *want, json_t **ret_row, bool *ret_asked);

/** Before a guest is created: note the objects of ours with its instance id as similar. */
int sb_instance_check(struct sb_pass *pass, const struct sb_want *want);
