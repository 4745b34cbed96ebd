/* SPDX-License-Identifier: Apache-2.0 */
/* Causes: why objects were refused, skipped, are unknown or incomplete. Equal causes are one, with
 * the objects that they affect. */
#pragma once

#include "stagebox/error.h"

/* The effect of a cause on an object, from harmless to worst. */
enum sb_effect {
	SB_EFFECT_PARTIAL, /* it is there, but a field was left out; or a part of a collection */
	SB_EFFECT_UNKNOWN,
	SB_EFFECT_SKIPPED,
	SB_EFFECT_FAILED,
};

/**
 * Note one object under its cause.
 *
 * @causes  object by text, changed
 * @key     of the object; NULL = the cause concerns no single object
 * @why     without the key and what else differs between objects, so that equal causes are equal
 *
 * Noted twice, an object counts once, with the worse effect. Returns 0, or SB_E_NOMEM.
 */
int sb_cause_note(json_t *causes, enum sb_effect effect, const char *key,
		  const struct sb_error *why);

/** Note n objects by their number alone. Returns 0, or SB_E_NOMEM. */
int sb_cause_count(json_t *causes, enum sb_effect effect, const char *text, size_t n);

/** [{"text", "code", "objects", "failed"?, "skipped"?, "unknown"?, "partial"?, "keys"}], sorted by
 * text, keys too: the order of the notes is that of the answers. more: a second set that is merged,
 * or NULL. New reference. */
json_t *sb_causes_list(const json_t *causes, const json_t *more);
