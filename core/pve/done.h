/* SPDX-License-Identifier: Apache-2.0 */
/* The call with an answer of Proxmox VE. */
#pragma once

#include <jansson.h>

#include "stagebox/error.h"

/** @data borrowed "data" member, NULL with why */
typedef void sb_pve_done(void *arg, const json_t *data, const struct sb_error *why);
