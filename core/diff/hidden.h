/* SPDX-License-Identifier: Apache-2.0 */
/* Detects objects that NetBox hides from the token. */
#pragma once

#include "run/run.h"

/** Before a create below an existing object, compare NetBox's count of its children with the list
 * that the token sees. Once a run. 1 = a list is incomplete, diff again; 0; or a negative code. */
int sb_hidden_check(struct sb_run *run, struct sb_error *err);
