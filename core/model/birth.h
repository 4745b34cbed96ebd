/* SPDX-License-Identifier: Apache-2.0 */
/* Instance ids: they distinguish guests that had the same VMID one after another. */
#pragma once

#include <jansson.h>
#include <stdbool.h>

/* The longest mark that can prove something, with its end. */
#define SB_BIRTH_MARK 40

/* The longest instance id that a plan has. */
enum { SB_BIRTH_CHARS = 4096 };

/** True when two instance ids, each a list of marks separated by blanks, share a mark. */
bool sb_same_birth(const char *ours, const char *theirs);

/** The first mark of an instance id that a guest takes along to another cluster or VMID: a UUID or
 * a MAC address. A name of a volume does not count, because every cluster has the same ones. False
 * = there is none. @birth: NULL = none */
bool sb_birth_mark(const char *birth, char ret_mark[SB_BIRTH_MARK]);

/** The words for such a mark in messages: "hardware UUID" or "MAC address". */
const char *sb_birth_words(const char *mark);

/** Does the config of a guest, as Proxmox VE has it, contain all marks of an instance id? Notes of
 * people and names do not count. Stricter than sb_same_birth(): also what has a new network card is
 * another guest. */
bool sb_birth_is_of(const char *birth, const json_t *config);

/** The marks of a config by which guests differ, for messages: up to room - 1 characters, "" =
 * none. */
void sb_birth_marks(const json_t *config, char *ret_marks, size_t room);
