/* SPDX-License-Identifier: Apache-2.0 */
/* A case: a folder with what Proxmox VE answers, what NetBox has, and what the engine must do. */
#pragma once

#include "stagebox/error.h"

/*
 * CASE/stagebox.cfg    settings; what it lacks has defaults of the caller
 * CASE/pve.json        {"[METHOD ]PATH": answer (kit/answer.h), ...}
 * CASE/netbox.json     {"LIST": [row, ...], "METHOD /api/PATH": answer, ...}
 * CASE/expected.json   what the step must give
 * CASE/README.md       for people
 * CASE/files/          files that answers name
 * CASE/1/, CASE/2/     steps with pve.json, netbox.json and expected.json of their own: these
 *                      change what was there before. Without such folders the case is one step
 * A name that begins with a dot is ignored; any other file is an error.
 */

struct sb_kit_step {
	char *name;     /* "1"; "" for the only one */
	char *expected; /* path of expected.json, which may not exist */
	json_t *pve;    /* changes of the script of Proxmox VE */
	json_t *netbox; /* changes of the script of NetBox */
	json_t *rows;   /* {"LIST": [row, ...]}: changes of what NetBox has */
	json_t *wanted; /* of expected.json; NULL = there is none */
};

struct sb_kit_case {
	char *folder, *name;     /* name: the last part of the folder */
	char *conf;              /* path of stagebox.cfg; NULL = none */
	struct sb_kit_step base; /* what holds before the first of several steps; else zero */
	struct sb_kit_step *steps;
	size_t n_steps;
};

/** Read and check a whole case. Returns 0; SB_E_CONFIG naming the file that is wrong; or
 * SB_E_NOMEM. *ret_case: released by sb_kit_case_finish() in any case. */
SB_API int sb_kit_case_read(const char *folder, struct sb_kit_case *ret_case, struct sb_error *err);
SB_API void sb_kit_case_finish(struct sb_kit_case *the_case);
