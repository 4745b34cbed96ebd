/* SPDX-License-Identifier: Apache-2.0 */
/* The permission of a job to write to Proxmox VE: only one that applies a saved plan has it. */
#pragma once

#include <jansson.h>
#include <stdint.h>

struct sb_write_grant {
	const char *document; /* SHA-256 of the plan document */
	char user[200];       /* of the write token, without its secret: "stagebox@pve!write" */
	int64_t settle_ms;    /* how long a request that nobody waits for may still arrive */
	/* The journal of earlier runs; borrowed. Of this document: [{"op", "state",
	 * "notes", "calls": [{"call", "outcome", "task"?, "exit"?}]}]; of all documents the calls
	 * without an outcome: [{"document", "op", "n", "key", "call", "node", "task"?, "begun"}].
	 */
	const json_t *known, *open;
	const json_t *others; /* calls of other documents since this plan was made: [{"key",
				 "document", "run", "call"}] */
	const json_t *tasks;  /* UPIDs of recent calls of all documents, which no lost call began */
};
