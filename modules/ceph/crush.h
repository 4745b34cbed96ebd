/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of a CRUSH map, from the text that crushtool makes of it. */
#pragma once

#include "stagebox/error.h"

/* Proxmox VE sends the whole map as one text: about 100 bytes for each OSD. */
#define CEPH_CRUSH_MAX (4u << 20)

/* Ceph's own limit (CRUSH_MAX_RULES). */
#define CEPH_CRUSH_MAX_RULES 256

/* Of lines without a known form, the first ones are kept, and each is cut after so many bytes. */
#define CEPH_CRUSH_MAX_UNKNOWN 16
#define CEPH_CRUSH_MAX_LINE    200

/**
 * Read the rules of a CRUSH map.
 *
 * @text  what `crushtool -d` writes; need not end with a NUL byte
 * @len   in bytes
 *
 * Returns a new reference, in time and memory linear in len, with the rules in the order of the
 * text:
 *
 *   {"rules": [{"name", "id"?, "type"?, "device_class"?, "steps": ["take default class ssd",
 *               "chooseleaf firstn 0 type host", "emit"],
 *               "text", "duplicate"?, "incomplete"?, "unknown"?, "more_unknown"?}],
 *    "incomplete"?, "unknown"?, "more_unknown"?}
 *
 * name          "" when the rule has none, which Ceph allows; several words, if it has them
 * id            that of "id N", or of older maps "ruleset N"
 * type          the word as it came: replicated, erasure, msr_firstn, msr_indep, or a number
 * device_class  only when all steps "take" name the same class
 * steps         all steps, also those without a known form, with one space between words
 * text          from the word "rule" to its closing brace, unchanged, with comments
 * duplicate     true when a rule before this one has the same name
 * incomplete    true when the block does not end before the next rule or the end of the text, with
 *               what was read of it; of the map, when that is so for any block
 * unknown       lines without a known form, without comments: those of the rule, and of the map
 *               those outside of blocks. Blocks of buckets and weights are skipped unread.
 * more_unknown  how many of these lines are left out
 *
 * Returns NULL with SB_E_SHAPE for a text above CEPH_CRUSH_MAX, with more than
 * CEPH_CRUSH_MAX_RULES rules, with a NUL byte, or that is not UTF-8; with SB_E_NOMEM when out of
 * memory.
 */
json_t *ceph_crush_read(const char *text, size_t len, struct sb_error *err);
