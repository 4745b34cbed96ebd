/* SPDX-License-Identifier: Apache-2.0 */
/* Instance ids: they distinguish guests that had the same VMID one after another. */
#pragma once

#include <stdbool.h>

/* The longest mark that can prove something, with its end. */
#define SB_BIRTH_MARK 40

/** True when two instance ids, each a list of marks separated by blanks, share a mark. */
bool sb_same_birth(const char *ours, const char *theirs);

/** The first mark of an instance id that a guest takes along to another cluster or VMID: a UUID or
 * a MAC address. A name of a volume does not count, because every cluster has the same ones. False
 * = there is none. @birth: NULL = none */
bool sb_birth_mark(const char *birth, char ret_mark[SB_BIRTH_MARK]);

/** The words for such a mark in messages: "hardware UUID" or "MAC address". */
const char *sb_birth_words(const char *mark);
