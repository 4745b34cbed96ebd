/* SPDX-License-Identifier: Apache-2.0 */
/* The branch of a run for people. */
#pragma once

#include "cmd.h"

/** One line that names the branch, its state and what to do, and one per conflict; nothing for
 * NULL. @branch: "branch" of a record, or of a row of runs */
void branch_text(struct out *out, const json_t *branch);

/** "stagebox-7 open", for a table. New reference; JSON null for NULL. */
json_t *branch_text_brief(const json_t *branch);
