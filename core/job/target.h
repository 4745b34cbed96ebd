/* SPDX-License-Identifier: Apache-2.0 */
/* --target: the object that a word names. */
#pragma once

#include "run/run.h"

/** The top objects of this endpoint that a word names, after sb_fetch(): the word itself when it is
 * a key at the source or of ours in NetBox, or has keys below it; else the keys of the objects of
 * that name (case ignored), or whose key ends with the word, such as a VMID. *ret_keys: array,
 * empty = none; *ret_hint: "" or " (did you mean
 * ...?)", caller frees. New references. Returns 0, or SB_E_NOMEM. */
int sb_target_find(struct sb_run *run, const char *word, json_t **ret_keys, char **ret_hint,
		   struct sb_error *err);

/** The key of the one object that a word names; caller frees. SB_E_ARG when there is none, or when
 * several have this name. */
int sb_target_resolve(struct sb_run *run, const char *word, char **ret_key, struct sb_error *err);
