/* SPDX-License-Identifier: Apache-2.0 */
/* The document of a view (include/stagebox/view.h): checked where a module made it, and again where
 * it comes from a job. */
#pragma once

#include "stagebox/error.h"

/* An endpoint may show this much, as JSON text. */
#define SB_VIEW_MAX_BYTES ((size_t)8 << 20)

enum { SB_VIEW_MAX_COLUMNS = 16 };

/** Has a document the members that a view may set? Returns 0, or SB_E_SHAPE with the member and
 * what is wrong. */
int sb_view_document_check(const json_t *document, struct sb_error *err);

/** Add a note, unless the document has it. Returns 0, or SB_E_NOMEM. */
int sb_view_document_note(json_t *document, const char *text);
