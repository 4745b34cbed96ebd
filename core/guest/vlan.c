/* SPDX-License-Identifier: Apache-2.0 */
/* From tag and trunks of a NIC to the VLAN fields of NetBox. */
#include "guest/guest_priv.h"

#include <string.h>

#define MAX_VID 4094

/* A VLAN number; *text moves behind it. 0 = none. */
static unsigned vid_of(const char **text)
{
	unsigned vid = 0;

	for (; **text >= '0' && **text <= '9'; (*text)++)
		if (vid <= MAX_VID)
			vid = vid * 10 + (unsigned)(**text - '0');
	return vid <= MAX_VID ? vid : 0;
}

/* "10" or "30-40": mark its VLANs. A part of another form is dropped, as the server does. */
static void mark_part(const char *part, size_t len, bool *is_trunk)
{
	const char *end = part + len;
	unsigned first = vid_of(&part), last = first;

	if (part < end && *part == '-') {
		part++;
		last = vid_of(&part);
	}
	if (part != end || !first || !last)
		return;
	for (; first <= last; first++)
		is_trunk[first] = true;
}

static unsigned mark_trunks(const char *trunks, bool *is_trunk)
{
	unsigned n = 0, vid;
	size_t len;

	for (; *trunks; trunks += len + (trunks[len] != '\0')) {
		len = strcspn(trunks, "; ");
		mark_part(trunks, len, is_trunk);
	}
	for (vid = 1; vid <= MAX_VID; vid++)
		n += is_trunk[vid];
	return n;
}

void sb_guest_vlans_of(int64_t tag, const char *trunks, struct sb_guest_vlans *ret_vlans)
{
	struct sb_guest_vlans vlans = {0};
	bool is_trunk[MAX_VID + 1] = {false};
	unsigned n = trunks ? mark_trunks(trunks, is_trunk) : 0, vid;

	if (tag >= 1 && tag <= MAX_VID)
		vlans.untagged = (unsigned)tag;
	if (n > SB_GUEST_MAX_TAGGED) {
		vlans.mode = "tagged-all";
	} else if (n) {
		vlans.mode = "tagged";
		for (vid = 1; vid <= MAX_VID; vid++)
			if (is_trunk[vid])
				vlans.tagged[vlans.n_tagged++] = vid;
	} else if (vlans.untagged) {
		vlans.mode = "access";
	}
	*ret_vlans = vlans;
}
