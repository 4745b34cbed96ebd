/* SPDX-License-Identifier: Apache-2.0 */
/* Makes keys and the names of sources. */
#include "guest/guest_priv.h"

#include "base/buf.h"

#include <stdio.h>
#include <string.h>

#define MAX_KEY 4096

char *sb_guest_format(const char *fmt, ...)
{
	sb_autobuf buf = SB_BUF_INIT(MAX_KEY);
	va_list ap;

	va_start(ap, fmt);
	sb_buf_addv(&buf, fmt, ap);
	va_end(ap);
	return sb_buf_take(&buf);
}

char *sb_guest_prefix(const struct sb_stage_run *stage, const struct sb_guest_family *family)
{
	return sb_guest_format("%s/%s/", sb_run_endpoint(stage), family->type);
}

void sb_guest_sources_init(struct sb_guest_sources *sources, const struct sb_guest_family *family)
{
	snprintf(sources->guest, sizeof(sources->guest), "%s-guest", family->type);
	snprintf(sources->disk, sizeof(sources->disk), "%s-disk", family->type);
	snprintf(sources->mac, sizeof(sources->mac), "%s-mac", family->type);
	snprintf(sources->nic, sizeof(sources->nic), "%s-interface", family->type);
	snprintf(sources->address, sizeof(sources->address), "%s-address", family->type);
	snprintf(sources->host, sizeof(sources->host), "%s-host", family->type);
	snprintf(sources->configured, sizeof(sources->configured), "%s-configured", family->type);
	snprintf(sources->second, sizeof(sources->second), "%s-second", family->type);
	snprintf(sources->off, sizeof(sources->off), "%s-off", family->type);
	snprintf(sources->os, sizeof(sources->os), "%s-os", family->type);
}

void sb_guest_nic_id(unsigned index, char ret_id[8])
{
	char *end = stpcpy(ret_id, "net");

	if (index >= 10)
		*end++ = (char)('0' + index / 10);
	*end++ = (char)('0' + index % 10);
	*end = '\0';
}

char *sb_guest_place(const json_t *nic)
{
	const char *bridge = sb_json_str(nic, "bridge");
	int64_t tag = 0;

	if (!bridge || !*bridge || strchr(bridge, '/') || strlen(bridge) > 64)
		return NULL;
	sb_json_int(nic, "tag", &tag);
	return sb_guest_format("%s/%d", bridge, (int)tag);
}
