/* SPDX-License-Identifier: Apache-2.0 */
/* Requests with the write token of an endpoint. There is no function here that destroys. */
#pragma once

#include "pve/client.h"

enum sb_pve_written {
	SB_PVE_ACCEPTED, /* the server answered with a task, or did it at once */
	SB_PVE_REJECTED, /* the server refused it, or never got it: nothing happens */
	SB_PVE_LOST,     /* whether it got there is not known */
};

/**
 * The result of a request.
 *
 * @task  of ACCEPTED: the UPID, borrowed; NULL = it was done at once
 * @why   of REJECTED and LOST; else NULL
 */
typedef void sb_pve_written_fn(void *arg, enum sb_pve_written written, const char *task,
			       const struct sb_error *why);

/** The server of the io that has the write token of an endpoint: "pve-write:lab". */
#define SB_PVE_WRITE_SERVER "pve-write:"

/**
 * Power a guest: POST /nodes/{node}/{type}/{vmid}/status/{call}. Never repeated, unless the server
 * proved that it did nothing (429, or no connection).
 *
 * @params  an object of texts, numbers and booleans; NULL = none
 *
 * Returns 0, and calls done once; or a negative code.
 */
int sb_pve_post_status(struct sb_pve *pve, const char *node, const char *type, uint32_t vmid,
		       const char *call, const json_t *params, sb_pve_written_fn *done, void *arg,
		       struct sb_error *err);

/** GET path with the write token, which sees its own tasks. Arguments as of sb_pve_get(). */
int sb_pve_get_as_writer(struct sb_pve *pve, const char *path, sb_pve_done *done, void *arg,
			 struct sb_error *err);
