/* SPDX-License-Identifier: Apache-2.0 */
/* Texts about a run, from its record. */
#pragma once

#include "out.h"

/** Print the table of stages, then errors and reasons. */
void summary_record(struct out *out, const json_t *record);

/** Print the number of created objects by kind. */
void summary_changes(struct out *out, const json_t *record);

/** The error of a stage whose only fault is what it leaves out begins so: its entries say it. */
#define SUMMARY_LEFT_OUT "left out: "

/** Add what the entry of a stage leaves out to an array, where equal reasons are one. */
void summary_add_left_out(json_t *all, const json_t *entry);

/** Print such an array: one line for each reason. slug NULL = there is only one endpoint. */
void summary_left_out(struct out *out, const char *slug, const json_t *all);

/** Print each limit of the permissions once. slug NULL = there is only one endpoint. */
void summary_limits(struct out *out, const char *slug, const char *stage, const json_t *limits);

/** Print each shared object that NetBox has more than once. */
void summary_duplicates(struct out *out, const json_t *duplicates);

/** Print the fields that are kept because of the rest of their object, with both values. head NULL
 * = no heading. */
void summary_kept(struct out *out, const char *head, const json_t *kept);

/** Print the objects of NetBox that may be the same as a new one, in the same form. */
void summary_similar(struct out *out, const char *head, const json_t *similar);

/** Print the fields that need a decision, in the same form. */
void summary_conflicts(struct out *out, const char *head, const json_t *conflicts);
