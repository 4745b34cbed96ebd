/* SPDX-License-Identifier: Apache-2.0 */
/* Proves that a guest is gone: its VMID is free, also for guests that the token cannot see. */
#include "guest/guest_priv.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* The VMID in a key, 101 for "lab/qemu/101"; 0 = not a key of a guest. */
static uint32_t parse_vmid(const char *key)
{
	const char *text = strrchr(key, '/');
	uint64_t vmid = 0;

	if (!text || !text[1])
		return 0;
	for (text++; isdigit((unsigned char)*text) && vmid <= UINT32_MAX; text++)
		vmid = vmid * 10 + (uint64_t)(*text - '0');
	return *text || vmid > UINT32_MAX ? 0 : (uint32_t)vmid;
}

/* VMIDs are unique across both kinds: another guest with the VMID proves that this one is gone. */
static int note_same_vmid(struct sb_stage_run *stage, const char *key, const json_t *row, void *arg,
			  struct sb_error *err)
{
	uint32_t *vmid = arg;
	int64_t number;

	(void)stage;
	(void)key;
	(void)err;
	if (!sb_json_int(row, "vmid", &number) && number == *vmid)
		*vmid = 0;
	return 0;
}

static int on_next_id(struct sb_stage_run *stage, const char *key, const json_t *data,
		      const struct sb_error *why, void *arg, struct sb_error *err)
{
	(void)arg;
	(void)why;
	(void)err;
	/* "already exists", an outage or a missing answer prove nothing. */
	return sb_gone(stage, key, data != NULL && !json_is_null(data));
}

int sb_guest_prove_gone(struct sb_stage_run *stage, const char *key, void *arg,
			struct sb_error *err)
{
	sb_autojson *row = sb_row_get(stage, "resource", key);
	uint32_t vmid = parse_vmid(key), taken = vmid;
	int rc;

	(void)arg;
	if (row || !vmid)
		return sb_gone(stage, key, false);
	rc = sb_rows_each(stage, "resource", "", note_same_vmid, &taken, err);
	if (rc < 0)
		return rc;
	if (!taken)
		return sb_gone(stage, key, true);
	return sb_pve_ask(stage, on_next_id, NULL, key, SB_PVE_INLINE, err,
			  "/cluster/nextid?vmid=%u", vmid);
}
