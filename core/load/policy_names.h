/* SPDX-License-Identifier: Apache-2.0 */
/* The names in the group "policy" of the configuration. */
#pragma once

#include "model/kinds.h"

/**
 * Check one name: "field" of any kind, or "kind.field". A misspelt one would have no effect, so
 * that a value of people is replaced which "never" was to keep.
 *
 * Returns 0, or SB_E_CONFIG with the nearest name.
 */
int sb_policy_name_check(const struct sb_kinds *kinds, const char *name, struct sb_error *err);

/**
 * Check the word for a name: "intent" needs the switch of a guest, a custom field that a module
 * adds. Without it the word would have no effect, and what people manage would be overwritten.
 *
 * Returns 0, or SB_E_CONFIG.
 */
int sb_policy_word_check(const struct sb_kinds *kinds, const char *name, const char *word,
			 struct sb_error *err);
