/* SPDX-License-Identifier: Apache-2.0 */
/* Requests to the systems of an endpoint. Proxmox VE is the system "pve", which each endpoint has.
 * Another one is known to the transport of a later version, or to a recording. */
#pragma once

#include "stagebox/pve.h"

#ifdef __cplusplus
extern "C" {
#endif

struct sb_ask {
	size_t size;        /* sizeof, when the module was built */
	const char *system; /* "pve"; 1 to 15 characters of a-z and 0-9; NULL = "pve" */
	/* pve: the path below /api2/json with its query, encoded: "/nodes/pve1/network". Another
	 * system: what it is asked for, in its own words; at most 8,000 bytes of UTF-8 without
	 * control characters. It is part of recordings and messages: no secret. */
	const char *what;
	const char *key; /* copied; the key that the answer belongs to; NULL = "" */
	unsigned cost;   /* the limit of parallel requests; pve: enum sb_pve_class; else 0 to 3 */
	sb_answer_fn *on_answer;
	void *arg; /* for on_answer; must stay valid until it is called; may be NULL */
};

/**
 * Ask a system of the endpoint; on_answer is called later, once, from the same thread. Call this
 * only from fetch, prove_gone and on_answer.
 *
 * The data of an answer of pve is its member "data". That of another system is the JSON value that
 * it answered, or a text. A system that the endpoint does not have is an answer without data, whose
 * reason says so: what the stage would have read is unknown, and nothing is deleted for it.
 *
 * Returns 0; SB_E_ARG for a bad word, or a request that is empty or too long; SB_E_STATE outside
 * these callbacks; SB_E_REFUSED above limits.stage_requests, and when 1,000 answers in a row asked
 * again, both of which fail the stage; SB_E_NOMEM.
 */
SB_API int sb_ask(struct sb_stage_run *stage, const struct sb_ask *ask, struct sb_error *err);

#ifdef __cplusplus
}
#endif
