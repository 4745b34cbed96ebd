/* SPDX-License-Identifier: Apache-2.0 */
/* Module ha: high availability of guests and clusters, as Proxmox VE reports it. It writes custom
 * fields of objects that other modules own, and nothing in Proxmox VE. */
#include "ha.h"

#include "stagebox/kind.h"
#include "stagebox/view.h"

static const char *const clusters[] = {"cluster", NULL};
static const char *const guests[] = {"vm", NULL};
static const char *const alarming[] = {"error", "fence", "recovery", NULL};

static const struct sb_field fields[] = {
	{.size = sizeof(struct sb_field),
	 .name = HA_FIELD,
	 .label = "HA",
	 .description = "quorum, master, fencing, nodes and scheduler of the HA manager",
	 .type = SB_FIELD_JSON,
	 .kinds = clusters},
	{.size = sizeof(struct sb_field),
	 .name = HA_FIELD_STATE,
	 .label = "HA state",
	 .description = "state of the HA resource; empty: the guest is not managed",
	 .type = SB_FIELD_CHOICE,
	 .choices = ha_states,
	 .kinds = guests,
	 .journal = alarming},
	{.size = sizeof(struct sb_field),
	 .name = HA_FIELD_MANAGED,
	 .label = "HA managed",
	 .description = "the guest is an HA resource that is not ignored",
	 .type = SB_FIELD_BOOL,
	 .kinds = guests},
	{.size = sizeof(struct sb_field),
	 .name = HA_FIELD_GROUP,
	 .label = "HA group",
	 .description = "HA group of the guest, or the HA rules that bind it",
	 .type = SB_FIELD_TEXT,
	 .kinds = guests},
};

static const char *const after_cluster[] = {"cluster.cluster", NULL};
static const char *const after_guests[] = {"cluster.cluster", "ha.cluster", "?qemu.guests",
					   "?lxc.guests", NULL};
static const char *const of_cluster[] = {HA_FIELD, NULL};
static const char *const of_guests[] = {HA_FIELD_STATE, HA_FIELD_MANAGED, HA_FIELD_GROUP, NULL};
static const struct sb_write writes_cluster[] = {
	{.kind = "cluster", .fields = of_cluster, .keys = "*/cluster"}, {0}};
static const struct sb_write writes_guests[] = {
	{.kind = "vm", .fields = of_guests, .keys = "*/qemu/"},
	{.kind = "vm", .fields = of_guests, .keys = "*/lxc/"},
	{0}};
static const struct sb_need needs[] = {
	{.path = "/", .privilege = "Sys.Audit", .use = "high availability"}, {0}};

static const struct sb_stage stages[] = {
	{.size = sizeof(struct sb_stage),
	 .name = "ha.cluster",
	 .after = after_cluster,
	 SB_TABLE(need, needs),
	 SB_TABLE(write, writes_cluster),
	 .fetch = ha_fetch,
	 .diff = ha_diff_cluster,
	 .arg = (void *)(uintptr_t)&ha_for_sync},
	{.size = sizeof(struct sb_stage),
	 .name = "ha.guests",
	 .after = after_guests,
	 SB_TABLE(need, needs),
	 SB_TABLE(write, writes_guests),
	 .fetch = ha_fetch_guests,
	 .diff = ha_diff_guests},
};

static const char *const names[] = {"name", NULL};
static const struct sb_read reads[] = {{.kind = "vm", .fields = names}, {0}};
static const struct sb_view view = {
	.size = sizeof(view),
	.name = "ha",
	.args = "[GUEST]",
	.summary = "show high availability as it is now, or that of one guest",
	.about =
		"Shows quorum, master, fencing, nodes, rules (until Proxmox VE 8 groups) and "
		"resources of each endpoint. GUEST is a key, name or VMID of a guest, or the id of "
		"a resource; guests of several clusters may have one VMID, and each is shown.",
	SB_TABLE(read, reads),
	SB_TABLE(need, needs),
	.fetch = ha_fetch_view,
	.show = ha_show,
	.arg = (void *)(uintptr_t)&ha_for_view,
};

static int start_module(struct sb_ctx *ctx, void **ret_state, struct sb_error *err)
{
	size_t i;
	int rc = 0;

	(void)ret_state;
	for (i = 0; !rc && i < SB_ARRAY_LEN(fields); i++)
		rc = sb_field_add(ctx, &fields[i], err);
	for (i = 0; !rc && i < SB_ARRAY_LEN(stages); i++)
		rc = sb_stage_add(ctx, &stages[i], err);
	return rc < 0 ? rc : sb_view_add(ctx, &view, err);
}

SB_MODULE(ha, .version = "0.1.0", .summary = "High availability of guests and clusters",
	  .start = start_module)
