/* SPDX-License-Identifier: Apache-2.0 */
#include "pve/upid.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stagebox/types.h"

/* The types of task that a call begins end with one of these words: of a guest of either family,
 * and of the HA manager, which takes a shutdown down as a stop. */
static const struct {
	const char *call, *words[3];
} task_types[] = {
	{"start", {"start"}},   {"shutdown", {"shutdown", "hastop"}},
	{"stop", {"stop"}},     {"reboot", {"reboot"}},
	{"reset", {"reset"}},   {"suspend", {"suspend", "pause"}},
	{"resume", {"resume"}},
};

/* Of the type, the id and the user. */
#define UPID_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.:@!+=~"

/* The length of a part of a UPID, when it consists of hexadecimal digits. */
static bool is_hex(const char *text, size_t len)
{
	return len >= 8 && len <= 16 && strspn(text, "0123456789ABCDEFabcdef") >= len;
}

bool sb_pve_upid_parse(const char *upid, char ret_node[SB_PVE_NODE_CHARS])
{
	const char *at = upid;
	size_t len, part;

	if (!sb_starts_with(upid, "UPID:") || strlen(upid) > SB_PVE_UPID_CHARS)
		return false;
	at += strlen("UPID:");
	len = strcspn(at, ":");
	if (!len || len >= SB_PVE_NODE_CHARS ||
	    strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.") < len)
		return false;
	memcpy(ret_node, at, len);
	ret_node[len] = '\0';
	for (part = 0; part < 3; part++) { /* pid, pstart, starttime */
		at += len + 1;
		if (at[-1] != ':')
			return false;
		len = strcspn(at, ":");
		if (!is_hex(at, len))
			return false;
	}
	if (at[len] != ':' || strspn(at + len + 1, UPID_CHARS) != strlen(at + len + 1))
		return false;
	at = strchr(at + len + 1, ':');   /* behind the type */
	return at && strchr(at + 1, ':'); /* and behind the id */
}

bool sb_pve_upid_is_of(const char *upid, const char *node, uint32_t vmid)
{
	char found[SB_PVE_NODE_CHARS], number[16];
	const char *at = upid;
	int part;

	if (!sb_pve_upid_parse(upid, found) || !sb_streq(found, node))
		return false;
	for (part = 0; part < 6; part++) /* UPID, node, three numbers, type */
		at = strchr(at, ':') + 1;
	snprintf(number, sizeof(number), "%" PRIu32 ":", vmid);
	return sb_starts_with(at, number);
}

bool sb_pve_tasks_are_whole(const json_t *list, size_t max)
{
	const json_t *task;
	int64_t start_s;
	size_t i;

	if (!json_is_array(list) || json_array_size(list) >= max)
		return false;
	json_array_foreach (list, i, task)
		if (!sb_json_str(task, "upid") || !sb_json_str(task, "type") ||
		    !sb_json_str(task, "id") || !sb_json_str(task, "user") ||
		    sb_json_int(task, "starttime", &start_s) < 0)
			return false;
	return true;
}

enum sb_pve_task_end sb_pve_task_read(const json_t *status, const char **ret_exit)
{
	const char *state = sb_json_str(status, "status");
	const char *text = sb_json_str(status, "exitstatus");

	*ret_exit = text ? text : "";
	if (!state || !sb_streq(state, "stopped"))
		return SB_PVE_TASK_RUNS;
	if (!text || !*text)
		return SB_PVE_TASK_GONE;
	return sb_streq(text, "OK") || sb_starts_with(text, "WARNINGS: ") ? SB_PVE_TASK_WELL
									  : SB_PVE_TASK_FAILED;
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), n = strlen(end);

	return len >= n && sb_streq(text + len - n, end);
}

static bool fits_call(const char *type, const char *call)
{
	size_t i, j;

	for (i = 0; i < SB_ARRAY_LEN(task_types); i++)
		for (j = 0; sb_streq(task_types[i].call, call) && task_types[i].words[j]; j++)
			if (ends_with(type, task_types[i].words[j]))
				return true;
	return false;
}

/* The list has the whole user of a running task, and splits that of an ended one. */
static bool is_of_user(const json_t *task, const char *user)
{
	const char *name = sb_json_str(task, "user"), *token = sb_json_str(task, "tokenid");
	size_t len = name ? strlen(name) : 0;

	if (!name || !token)
		return sb_streq(name, user);
	return strncmp(user, name, len) == 0 && user[len] == '!' && sb_streq(user + len + 1, token);
}

/* *ret_upid: its name, *ret_start_s: when it began. */
static bool is_like(const json_t *task, const struct sb_pve_lost *lost, const char **ret_upid,
		    int64_t *ret_start_s)
{
	const char *upid = sb_json_str(task, "upid"), *type = sb_json_str(task, "type");

	if (!upid || !type || sb_json_int(task, "starttime", ret_start_s) < 0 ||
	    *ret_start_s < lost->since_s)
		return false;
	*ret_upid = upid;
	return sb_pve_upid_is_of(upid, lost->node, lost->vmid) && fits_call(type, lost->call) &&
	       is_of_user(task, lost->user) && !json_object_get(lost->known, upid) &&
	       !json_object_get(lost->older, upid);
}

json_t *sb_pve_tasks_like(const json_t *list, const struct sb_pve_lost *lost)
{
	sb_autojson *found = json_object();
	const char *upid;
	int64_t start_s;
	const json_t *task;
	size_t i;

	json_array_foreach (list, i, task)
		if (is_like(task, lost, &upid, &start_s) &&
		    json_object_set_new(found, upid, json_true()) < 0)
			return NULL;
	return sb_steal(found);
}

const char *sb_pve_task_of_lost(const json_t *list, const struct sb_pve_lost *lost)
{
	const char *found = NULL, *upid;
	int64_t first_s = INT64_MAX, start_s;
	const json_t *task;
	size_t i;

	json_array_foreach (list, i, task) {
		if (!is_like(task, lost, &upid, &start_s) || start_s >= first_s)
			continue;
		found = upid;
		first_s = start_s;
	}
	return found;
}
