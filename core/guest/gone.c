/* SPDX-License-Identifier: Apache-2.0 */
/* Is a guest really gone? The number tells, whatever the token may see. */
#include "guest/guest_priv.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

/* "lab/qemu/101" -> 101; 0 = no such key. */
static uint32_t vmid_of(const char *key)
{
	const char *text = strrchr(key, '/');
	uint64_t vmid = 0;

	if (!text || !text[1])
		return 0;
	for (text++; isdigit((unsigned char)*text) && vmid <= UINT32_MAX; text++)
		vmid = vmid * 10 + (uint64_t)(*text - '0');
	return *text || vmid > UINT32_MAX ? 0 : (uint32_t)vmid;
}

/* Both kinds share one number space: another guest of the number is proof enough. */
static int note_same_number(struct sb_run *run, const char *key, const json_t *row, void *arg,
			    struct sb_error *err)
{
	uint32_t *vmid = arg;
	int64_t number;

	(void)run;
	(void)key;
	(void)err;
	if (!sb_json_int(row, "vmid", &number) && number == *vmid)
		*vmid = 0;
	return 0;
}

static int on_next_id(struct sb_run *run, const char *key, const json_t *data,
		      const struct sb_error *why, struct sb_error *err)
{
	(void)why;
	(void)err;
	/* "already exists", an outage, no answer: all the same, it is not proven. */
	return sb_gone(run, key, data != NULL && !json_is_null(data));
}

int sb_guest_prove_gone(struct sb_run *run, const char *key, struct sb_error *err)
{
	sb_autojson *row = sb_row_get(run, "resource", key);
	uint32_t vmid = vmid_of(key), taken = vmid;
	int rc;

	if (row || !vmid)
		return sb_gone(run, key, false);
	rc = sb_rows_each(run, "resource", "", note_same_number, &taken, err);
	if (rc < 0)
		return rc;
	if (!taken)
		return sb_gone(run, key, true);
	return sb_pve_ask(run, on_next_id, key, SB_PVE_INLINE, err, "/cluster/nextid?vmid=%u",
			  vmid);
}
