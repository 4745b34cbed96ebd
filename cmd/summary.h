/* SPDX-License-Identifier: Apache-2.0 */
/* Texts about a run, from its record. */
#pragma once

#include "out.h"

/** Print the table of stages, then summary_reasons(). */
void summary_record(struct out *out, const json_t *record);

/** Print errors, causes, values left out, limits, vanished objects, duplicates, kept fields,
 * similar objects and conflicts. */
void summary_reasons(struct out *out, const json_t *record);

/** Print each cause on one line with the number of its objects; with --verbose also the objects.
 * head: first word of each line, or NULL. */
void summary_causes(struct out *out, const char *head, const json_t *record);

/** Print the objects that vanished at the source and are kept, one line for each kind and reason.
 */
void summary_gone(struct out *out, const json_t *gone, bool lists_all);

/** Print addresses, MAC addresses and names that several objects have: [{"what", "value",
 * "keys"}]. */
void summary_duplicates(struct out *out, const json_t *list);

/** Print the number of created, updated, deleted and released objects by kind. */
void summary_changes(struct out *out, const json_t *record);

/** Print the values that the stages leave out: one line for each reason. slug NULL = there is only
 * one endpoint. */
void summary_left_out(struct out *out, const char *slug, const json_t *record);

/** Print of each stage its error, its limits, and its shared objects that exist more than once. */
void summary_stages(struct out *out, const json_t *record);

/** Print each limit once. slug NULL = there is only one endpoint. */
void summary_limits(struct out *out, const char *slug, const char *stage, const json_t *limits);

/** Print the lines that a stage added to its record, and with --verbose its numbers. slug NULL =
 * there is only one endpoint. */
void summary_notes(struct out *out, const char *slug, const char *stage, const json_t *entry);

/** Print each shared object that NetBox has more than once. */
void summary_shared_duplicates(struct out *out, const json_t *duplicates);

/** Print the fields that are kept because of the rest of their object, with both values. head NULL
 * = no heading; endpoint: its part of a plan document, which names ids, or NULL. */
void summary_kept(struct out *out, const char *head, const json_t *endpoint, const json_t *kept);

/** Print the objects of NetBox that may be the same as a new one, in the same form. */
void summary_similar(struct out *out, const char *head, const json_t *endpoint,
		     const json_t *similar);

/** Print the fields that need a decision, in the same form. */
void summary_conflicts(struct out *out, const char *head, const json_t *endpoint,
		       const json_t *conflicts);
