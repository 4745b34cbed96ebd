/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a plan. */
#pragma once

#include "out.h"

/** Write a plan document for people: grouped, with a sign per op, counts at the end. @errors: of
 * the endpoints that it lacks, [{"endpoint", "error"}]; NULL = none */
void plan_text(struct out *out, const json_t *doc, const json_t *errors);

/** Write the hash of the pure part: equal ones for equal plans. */
void plan_text_hash(struct out *out, const json_t *doc);

/** Write the hash that names this document, and until when it may be applied. */
void plan_text_document(struct out *out, const json_t *doc);
