/* SPDX-License-Identifier: Apache-2.0 */
/* Sends the questions of a pass to the servers, between two passes. */
#pragma once

#include "run/run.h"

/** Send the questions of run->diff and wait for all answers, which are put into run->snap; calls
 * prove_gone() of stages. Returns 0 also when a server refuses a question: the snapshot then has
 * the reason. Else an error of the request loop, or SB_E_NOMEM. */
int sb_questions_ask(struct sb_run *run, struct sb_error *err);
