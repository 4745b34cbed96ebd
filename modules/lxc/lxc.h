/* SPDX-License-Identifier: Apache-2.0 */
/* Declarations for the files of this module. */
#pragma once

#include "stagebox/guest.h"
#include "stagebox/json.h"

extern const struct sb_guest_family lxc_family;

int lxc_read_guest(const struct sb_guest *guest, json_t *row, struct sb_error *err);
int lxc_read_nic(const struct sb_guest *guest, unsigned index, const json_t *props, json_t *row,
		 struct sb_error *err);
int lxc_ask_addresses(struct sb_stage_run *stage, const struct sb_guest *guest,
		      struct sb_error *err);
