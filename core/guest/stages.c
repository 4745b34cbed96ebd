/* SPDX-License-Identifier: Apache-2.0 */
/* The four stages of a family of guests. */
#include <stdio.h>

#include "guest/guest_priv.h"

/* Put "<type>.<part>" into text, whose size is that of the longest name of a stage. */
static const char *name_stage(const struct sb_guest_family *family, const char *part, char text[64])
{
	snprintf(text, 64, "%.40s.%s", family->type, part);
	return text;
}

int sb_guest_stages_add(struct sb_ctx *ctx, const struct sb_guest_family *family,
			struct sb_error *err)
{
	char guests[64], disks[64], interfaces[64], addresses[64], keys[64];
	struct sb_write writes[4][SB_GUEST_WRITES];
	const char *const after_cluster[] = {"cluster.cluster", "cluster.nodes", NULL};
	const char *const after_guests[] = {name_stage(family, "guests", guests), NULL};
	const char *const after_ports[] = {guests, "?cluster.interfaces", NULL};
	const char *const after_interfaces[] = {guests,
						name_stage(family, "interfaces", interfaces), NULL};
	const struct sb_stage stages[] = {
		{.size = sizeof(struct sb_stage),
		 .name = guests,
		 .after = after_cluster,
		 SB_TABLE(write, writes[SB_GUEST_GUESTS]),
		 .read_size = sizeof(struct sb_read),
		 .reads = sb_guest_reads(SB_GUEST_GUESTS),
		 .fetch = sb_guest_fetch,
		 .diff = sb_guest_diff_guests,
		 .need_size = sizeof(struct sb_need),
		 .needs = sb_guest_needs(),
		 .prove_gone = sb_guest_prove_gone,
		 .arg = (void *)(uintptr_t)family},
		{.size = sizeof(struct sb_stage),
		 .name = name_stage(family, "disks", disks),
		 .after = after_guests,
		 SB_TABLE(write, writes[SB_GUEST_DISKS]),
		 .read_size = sizeof(struct sb_read),
		 .reads = sb_guest_reads(SB_GUEST_DISKS),
		 .diff = sb_guest_diff_disks,
		 .arg = (void *)(uintptr_t)family},
		{.size = sizeof(struct sb_stage),
		 .name = interfaces,
		 .after = after_ports,
		 SB_TABLE(write, writes[SB_GUEST_INTERFACES]),
		 .read_size = sizeof(struct sb_read),
		 .reads = sb_guest_reads(SB_GUEST_INTERFACES),
		 .diff = sb_guest_diff_interfaces,
		 .arg = (void *)(uintptr_t)family},
		{.size = sizeof(struct sb_stage),
		 .name = name_stage(family, "addresses", addresses),
		 .after = after_interfaces,
		 SB_TABLE(write, writes[SB_GUEST_ADDRESSES]),
		 .read_size = sizeof(struct sb_read),
		 .reads = sb_guest_reads(SB_GUEST_ADDRESSES),
		 .diff = sb_guest_diff_addresses,
		 .need_size = sizeof(struct sb_need),
		 .needs = family->address_needs,
		 .arg = (void *)(uintptr_t)family},
	};
	size_t i;
	int rc = 0;

	snprintf(keys, sizeof(keys), "*/%.40s/", family->type);
	for (i = 0; i < SB_ARRAY_LEN(writes); i++)
		sb_guest_writes((enum sb_guest_part)i, keys, writes[i]);
	for (i = 0; rc >= 0 && i < SB_ARRAY_LEN(stages); i++)
		rc = sb_stage_add(ctx, &stages[i], err);
	return rc < 0 ? rc : 0;
}
