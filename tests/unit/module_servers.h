/* SPDX-License-Identifier: Apache-2.0 */
/* The servers that a module test scripts: Proxmox VE, and a NetBox with a few objects. */
#pragma once

#include "fake_io.h"
#include "model/kinds.h"
#include "module_run.h"

/** Let io answer as the test says: the contact, the answers of Proxmox VE, and NetBox's lists.
 * @texts: an array that keeps what the answers point to, as long as io is used */
void module_script(struct fake_io *io, const struct module_run *run, const struct sb_kinds *kinds,
		   json_t *texts);
