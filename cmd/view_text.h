/* SPDX-License-Identifier: Apache-2.0 */
/* The answers of a view for people. */
#pragma once

#include "out.h"

/** Print {"endpoints": [{"slug", "notes", "tables"}]}, whose tables are those of a view document
 * (model/view_document.h). */
void view_text(struct out *out, const json_t *doc);
