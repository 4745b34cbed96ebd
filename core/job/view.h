/* SPDX-License-Identifier: Apache-2.0 */
/* The job of a view (include/stagebox/view.h): read what it asks for, and let it make its document.
 */
#pragma once

#include "load/views.h"
#include "run/run.h"

/** Select the stage of the view, which is the last one of the registry, and give it the word of the
 * task. */
void sb_view_begin(struct sb_run *run, const json_t *task);

/**
 * Read, and make the event with the answer. run->netbox_why says why NetBox is not known, if it is
 * not.
 *
 * @ret_event       the event "view"; new reference, set on success only
 * @ret_is_partial  something that the view reads is unknown
 *
 * Returns 0, also when the endpoint does not have what the word names; else the failure of the
 * view, of a request, or SB_E_STATE when it is unknown whether the endpoint has it.
 */
int sb_view_answer(struct sb_run *run, const struct sb_view_entry *view, json_t **ret_event,
		   bool *ret_is_partial, struct sb_error *err);
