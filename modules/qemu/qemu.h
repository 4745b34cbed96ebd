/* SPDX-License-Identifier: Apache-2.0 */
/* Declarations for the files of this module. */
#pragma once

#include "stagebox/conf.h"
#include "stagebox/guest.h"
#include "stagebox/json.h"

extern const struct sb_guest_family qemu_family;

int qemu_read_guest(const struct sb_guest *guest, json_t *row, struct sb_error *err);
int qemu_read_nic(const struct sb_guest *guest, unsigned index, const json_t *props, json_t *row,
		  struct sb_error *err);

/** Is the guest agent enabled in the config? */
bool qemu_has_agent(const json_t *config);

/**
 * A text that changes with the config of a guest, for sb_agent_turn(). The order of the members
 * does not matter, nor do those that a backup, a snapshot or a rollback changes: the agent is the
 * same after them.
 */
void qemu_config_mark(const json_t *config, char ret_text[17]);

/** The callback for get-osinfo: put the operating system of the guest. */
int qemu_on_osinfo(struct sb_stage_run *stage, const char *key, const json_t *data,
		   const struct sb_error *why, void *arg, struct sb_error *err);

int qemu_ask_addresses(struct sb_stage_run *stage, const struct sb_guest *guest,
		       struct sb_error *err);
