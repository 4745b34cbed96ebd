/* SPDX-License-Identifier: Apache-2.0 */
/* Sends the questions of a pass to the servers. */
#pragma once

#include "run/run.h"

int sb_questions_ask(struct sb_run *run, struct sb_error *err);
