/* SPDX-License-Identifier: Apache-2.0 */
/* Reads members of events. A job runs code of modules, so that nothing it sends is believed: texts
 * have a length and no control characters, numbers have bounds, keys belong to the endpoint. All
 * return 0, or SB_E_SHAPE naming the member. */
#pragma once

#include "parent/state.h"

/** A text of 1 to 512 bytes that may be printed. Borrowed from event. */
int sb_event_text(const json_t *event, const char *name, const char **ret_text,
		  struct sb_error *err);

/** The same, one of these words (NULL at the end). */
int sb_event_word(const json_t *event, const char *name, const char *const *words,
		  const char **ret_text, struct sb_error *err);

/** 0 to 2^53. */
int sb_event_number(const json_t *event, const char *name, int64_t *ret_value,
		    struct sb_error *err);

/** A key of the parent's endpoint or of a shared object. */
int sb_event_key(const struct sb_parent *parent, const json_t *event, const char *name,
		 const char **ret_key, struct sb_error *err);

/** The keys of a request: such keys, or objects with one as "key". At most 1000. @may_update:
 * values may be sent to objects with any key, too (member "sent"): a PATCH */
int sb_event_keys(const struct sb_parent *parent, const json_t *keys, bool may_update,
		  struct sb_error *err);

/** The memory of agents (core/model/agent_turn.h), of guests of the endpoint. */
int sb_event_agents(const struct sb_parent *parent, const json_t *agents, struct sb_error *err);

/** The memory of refused values (sb_refusals_after() of core/run/refusal.h), of objects of the
 * endpoint and shared ones. */
int sb_event_refusals(const struct sb_parent *parent, const json_t *rows, struct sb_error *err);

/** Counters of missing objects: {"<key>": {"runs", "since", "kind"?, "name"?, "id"?, "why"?,
 * "parts"?}}. */
int sb_event_misses(const struct sb_parent *parent, const json_t *misses, struct sb_error *err);
