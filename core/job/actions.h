/* SPDX-License-Identifier: Apache-2.0 */
/* Actions on Proxmox VE in a job: a sync leaves them out, a saved plan carries them out. */
#pragma once

#include "run/grant.h"
#include "run/run.h"

/** Take the actions out of the plan of a sync; they are counted as skipped. Returns 0, or
 * SB_E_NOMEM. */
int sb_actions_leave_out(struct sb_run *run);

/** Note in each action the instance id of its guest, which apply compares with that of the guest
 * that it finds. Returns 0, or SB_E_NOMEM. */
int sb_actions_bind(struct sb_run *run);

/**
 * Permit the run to write to Proxmox VE, when its plan has actions: contact the server, which must
 * be the known one, and read what the journal has of them. Does nothing for a plan without actions.
 *
 * @task       of the job, borrowed by ret_grant
 * @ret_grant  must outlive the run
 *
 * Returns 0; SB_E_REFUSED without a write_token; SB_E_AUTH for a malformed one; or an error of the
 * contact.
 */
int sb_actions_permit(struct sb_run *run, const json_t *task, struct sb_write_grant *ret_grant,
		      struct sb_error *err);
