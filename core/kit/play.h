/* SPDX-License-Identifier: Apache-2.0 */
/* Playing a case: the real engine in its own process, with the answers of the case in place of
 * servers. */
#pragma once

#include "kit/case.h"

struct sb_store;

struct sb_kit_play {
	const json_t *conf;       /* resolved; its only endpoint is played */
	struct sb_store *store;   /* empty: what the engine remembers between the steps */
	const json_t *forms;      /* of sb_look_forms() */
	bool updates;             /* write expected.json instead of comparing */
	const volatile int *stop; /* nonzero: end the running job and play no other; may be NULL */

	/*
	 * Called after each step: {"case", "step", "status", "given", "differences": [text],
	 * "asked": {"GET /pools": 200}, "not_asked": ["GET /pool"]}. status: "ok"; "different";
	 * "unset", there is no expected.json; "updated", it was written. asked: of Proxmox VE;
	 * not_asked: answers of the files of the step, and after the last step those of the case,
	 * that no request was for. given, which expected.json has, is
	 *   {"exit", "error"?, "plan": [op], "again": [op], "conflicts"?, "kept"?, "similar"?,
	 *    "stages": {"example.tenants": {...}}, "not_answered": ["GET /pools"]}
	 * with the ops of a second plan after the sync in "again".
	 */
	void (*on_step)(void *arg, const json_t *result);
	void *arg;
};

/**
 * Play a case: bootstrap, then for each step change what the servers have, plan, sync, and plan
 * again.
 *
 * Returns 0, whatever the steps gave; SB_E_CONFIG when the case cannot be played, naming the file;
 * SB_E_STATE when bootstrap failed or expected.json could not be written; SB_E_CANCELLED after a
 * stop; or SB_E_NOMEM.
 */
SB_API int sb_kit_play(const struct sb_kit_case *the_case, const struct sb_kit_play *play,
		       struct sb_error *err);
