/* SPDX-License-Identifier: Apache-2.0 */
/* Tasks of Proxmox VE: their names, how they ended, and whether one is that of a lost request. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

#include "stagebox/json.h"

enum { SB_PVE_NODE_CHARS = 64, SB_PVE_UPID_CHARS = 255 };

/* UPID:{node}:{pid}:{pstart}:{starttime}:{type}:{id}:{user}: with numbers in hexadecimal digits. */

/** Is it the name of a task? *ret_node: of the node that has it. */
bool sb_pve_upid_parse(const char *upid, char ret_node[SB_PVE_NODE_CHARS]);

enum sb_pve_task_end {
	SB_PVE_TASK_RUNS,
	SB_PVE_TASK_WELL,   /* OK, or with warnings */
	SB_PVE_TASK_FAILED, /* any other exit state */
	SB_PVE_TASK_GONE,   /* stopped, and no exit state: its worker died */
};

/** Read the data of GET /nodes/{node}/tasks/{upid}/status. *ret_exit: borrowed, "" while it runs.
 */
enum sb_pve_task_end sb_pve_task_read(const json_t *status, const char **ret_exit);

/** The marks of a lost request. */
struct sb_pve_lost {
	const char *call; /* "start" */
	const char *user; /* of the write token: "stagebox@pve!write" */
	uint32_t vmid;
	const char *node;    /* to which it was sent */
	int64_t since_s;     /* time of the server before which it was not sent */
	const json_t *known; /* {"<UPID>": any}: tasks of other requests; NULL = none */
	const json_t *older; /* the same: tasks that were there before it was sent */
};

/** Is it the name of a task on this node, for this guest? */
bool sb_pve_upid_is_of(const char *upid, const char *node, uint32_t vmid);

/** Is it a list of tasks (GET /nodes/{node}/tasks), of which nothing is missing? What is not
 * understood must not count as "no task". @max: as many as were asked for */
bool sb_pve_tasks_are_whole(const json_t *list, size_t max);

/** The tasks of a list that a lost request could be taken for: {"<UPID>": true}. New reference;
 * NULL = out of memory. */
json_t *sb_pve_tasks_like(const json_t *list, const struct sb_pve_lost *lost);

/** The first task of a list (GET /nodes/{node}/tasks) that only this request can have begun; NULL =
 * none. Borrowed from the list. */
const char *sb_pve_task_of_lost(const json_t *list, const struct sb_pve_lost *lost);
